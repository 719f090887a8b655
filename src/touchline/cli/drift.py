"""`touchline drift`: whether recent texts, and what is read of them, differ from those before."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.text import Text

from touchline.cli.console import out
from touchline.cli.options import (
    Channels,
    CsvOption,
    JsonOption,
    Methods,
    Segments,
    Sources,
    Stages,
    Until,
    WorkspaceOption,
    filters,
)
from touchline.cli.tables import BAD, GOOD, figure, percent, sheet, thousands
from touchline.cli.writing import write_figure
from touchline.errors import QuestionError

if TYPE_CHECKING:
    from rich.console import Group

    from touchline.scores.base import Figure

_SPAN: Final = re.compile(r"\s*(\d{1,5})\s*(d|days?|w|weeks?)?\s*", re.IGNORECASE)
_STYLE: Final = {"drifted": f"bold {BAD}", "watch": BAD, "steady": GOOD, "too few": "dim"}


def drift(
    workspace: WorkspaceOption = Path(),
    reference: Annotated[str, typer.Option(help="Length of the period to compare with: 90d, 12w.")] = "90d",
    recent: Annotated[str, typer.Option(help="Length of the recent period, after it.")] = "14d",
    until: Until = None, stage: Stages = None, segment: Segments = None, channel: Channels = None,
    source: Sources = None, method: Methods = None, as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Compare recent texts with those before: labels, how sure the reader is, what it cannot place, new words.

    [dim]touchline drift --reference 90d --recent 14d --workspace acme[/]
    """
    from touchline.questions import open_workspace

    lengths = {"reference_days": _days("--reference", reference), "recent_days": _days("--recent", recent)}
    chosen = filters(None, until, stage, segment, channel, source, method)
    with open_workspace(workspace) as journey:
        found = journey.drift(chosen, **lengths)
    if not write_figure(found, as_json=as_json, as_csv=as_csv):
        out.print(view(found))


def _days(option: str, text: str) -> int:
    """Return a length of time in days.

    >>> _days("--recent", "2w"), _days("--recent", "14 d")
    (14, 14)
    """
    found = _SPAN.fullmatch(text)
    days = int(found[1]) * (7 if (found[2] or "d").lower().startswith("w") else 1) if found else 0
    if not days:
        raise QuestionError(f"{option} {text!r} is no length of time", todo="write it as 14d or 2w")
    return days


def view(found: Figure) -> Group:
    """Show one row per measure, and what moved most."""
    table = sheet(
        ("", "left"), ("Verdict", "left"), ("Before", "right"), ("Recent", "right"), ("Change", "right"),
        ("PSI", "right"), ("p", "right", 2), ("Moved most", "left", 1), ("Customers", "right", 3),
    )  # fmt: skip
    for row in found.to_dicts():
        table.add_row(row["measure"], Text(row["verdict"], style=_STYLE[row["verdict"]]), *_numbers(row))
    return figure(found, table, "Drift")


def _numbers(row: dict[str, Any]) -> tuple[str, ...]:
    change = "" if row["change"] is None else f"{100 * row['change']:+.1f} ±{50 * (row['high'] - row['low']):.1f}"
    moved = ", ".join(f"{m['name']} {percent(m['reference'])} to {percent(m['recent'])}" for m in row["moved"] or ())
    return (
        "" if row["reference"] is None else f"{100 * row['reference']:.1f} %",
        "" if row["recent"] is None else f"{100 * row['recent']:.1f} %",
        change,
        "" if row["stability_index"] is None else f"{row['stability_index']:.2f}",
        "" if row["p_adjusted"] is None else f"{row['p_adjusted']:.3f}",
        moved,
        f"{thousands(row['customers_reference'])} / {thousands(row['customers'])}",
    )
