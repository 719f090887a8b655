"""``touchline cases``: straight on the server's database, whether or not it runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from touchline.cli.console import out
from touchline.cli.options import JsonOption, WorkspaceOption
from touchline.cli.tables import safe
from touchline.cli.writing import write_json
from touchline.server.people.terminal import opened

if TYPE_CHECKING:
    from touchline.server.people.facade import Access

cases = typer.Typer(help="Recoveries of customers: what is open and late, one of them, how it goes.",
                    no_args_is_help=True)  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(cases, name="cases")


@cases.command("list")
def list_cases(
    workspace: WorkspaceOption = Path(),
    view: Annotated[str, typer.Option(help="unassigned, today, overdue, escalated, closed or all.")] = "all",
    stage: Annotated[str, typer.Option(help="Only cases about this stage.")] = "",
    team: Annotated[str, typer.Option(help="Only this team's.")] = "",
    words: Annotated[str, typer.Option(help="In what was said, why it was opened, or the customer.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=10_000)] = 50,
    as_json: JsonOption = False,
) -> None:
    """List cases, those due first first.

    [dim]touchline cases list --view overdue --workspace acme[/]
    """
    slug, access = _opened(workspace)
    from touchline.server.care import seeing

    rows = seeing.cases(slug, access, seeing.Wanted(view=view, stage=stage, team=team, words=words))
    n, found = rows.count(), [seeing.told(case) for case in rows[:limit]]
    if as_json:
        write_json({"n": n, "cases": found})
        return
    table = Table("#", "Customer", "Why", "Status", "Owner", "Due", box=None, pad_edge=False, header_style="dim")
    for one in found:
        due = (one["due_at"] or "")[:16].replace("T", " ")
        table.add_row(str(one["number"]), safe(one["customer"]), safe(one["reason"]), one["status"],
                      safe(one["owner"] or "nobody"), f"{due}, late" if one["late"] else due)  # fmt: skip
    out.print(table if found else "No cases in this list")
    if n > len(found):
        out.print(f"{n - len(found):,} more; --limit shows them")


@cases.command("show")
def show_case(
    number: Annotated[int, typer.Argument(help="The case's number.")],
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Show a case with its comments and its whole history.

    [dim]touchline cases show 12 --workspace acme[/]
    """
    slug, access = _opened(workspace)
    from touchline.server.care import seeing, story

    told = story.whole(seeing.find(slug, number, access))
    if as_json:
        write_json(told)
        return
    owner = told["owner"] or "nobody"
    out.print(f"[bold]#{number}[/] {safe(told['customer'])}: {safe(told['reason'])}")
    out.print(f"{told['status']}, {told['priority']}, {safe(owner)}, due {(told['due_at'] or 'never')[:16]}")
    if told["excerpt"]:
        out.print(f"[dim]>[/] {safe(told['excerpt'])}")
    for one in told["comments"]:
        to = "" if one["internal"] else " to the customer"
        out.print(f"[dim]{one['at'][:16]}[/] {safe(one['by'])}{to}: {safe(one['text'])}")
    for line in told["history"]:
        before, after = line["before"], line["after"]
        what = ", ".join(f"{name}: {before.get(name) or '-'} > {value}" for name, value in after.items())
        out.print(f"[dim]{line['at'][:16]} {safe(line['by'])} {line['kind']} {safe(what)}[/]")


@cases.command("metrics")
def case_metrics(
    workspace: WorkspaceOption = Path(),
    days: Annotated[int, typer.Option(help="Opened or closed in the last so many days; 0 for all.", min=0)] = 91,
    as_json: JsonOption = False,
) -> None:
    """Show how recovery goes: open and late, how long it takes, how often it succeeds, by cause, team and stage.

    [dim]touchline cases metrics --days 28 --workspace acme[/]
    """
    slug, access = _opened(workspace)
    from django.utils import timezone

    from touchline.figures.numbers import percent, span
    from touchline.server.care.measuring import metrics

    now: datetime = timezone.now()
    told = metrics(slug, access, since=now - timedelta(days=days) if days else None, now=now)
    if as_json:
        write_json(told)
        return
    out.print(f"{told['open']} open, {told['overdue']} overdue, {told['unassigned']} with nobody")
    table = Table("By", "", "Open", "Overdue", "Closed", "To first touch", "To close", "Recovered", box=None,
                  pad_edge=False, header_style="dim")  # fmt: skip
    rows = [("", {"name": "all", **told})]
    for name in ("cause", "team", "stage"):
        rows += [(name, row) for row in told["by"][name]]
    for by, row in rows:
        good = row["recovered"]
        share = "-" if good["share"] is None else (
            f"{percent(good['share'])} ({percent(good['low'])} to {percent(good['high'])}, n {good['n']})"
        )  # fmt: skip
        table.add_row(by, safe(row["name"] or "-"), str(row["open"]), str(row["overdue"]), str(row["closed"]),
                      span(row["first_touch"]["median"]), span(row["to_close"]["median"]), share)  # fmt: skip
    out.print(table)


def _opened(folder: Path) -> tuple[str, Access]:
    """Return the folder's workspace in the server's database, and the rights of who may write its folder."""
    slug = opened(folder).slug
    from touchline.server.people.facade import operator

    return slug, operator(slug)
