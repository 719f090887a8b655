"""`touchline themes`: list, discover, and say what a theme is called, part of, kept or hidden."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from touchline.cli.console import out, progress
from touchline.cli.options import (
    Channels,
    CsvOption,
    JsonOption,
    Last,
    Segments,
    Since,
    Sources,
    Stages,
    Until,
    WorkspaceOption,
    filters,
    period,
)
from touchline.cli.tables import BAD, GOOD, figure, percent, sheet, thousands
from touchline.cli.writing import write_figure, write_json
from touchline.errors import InputError

if TYPE_CHECKING:
    from touchline.scores.base import Figure
    from touchline.themes import Discovery
    from touchline.workspace.themes import Themes

app = typer.Typer(
    help="What customers talk about: list themes, discover more, rename, merge, split, pin or hide them.",
    no_args_is_help=False,
    invoke_without_command=True,
)
ThemeId = Annotated[str, typer.Argument(metavar="ID", help="A theme's id.", show_default=False)]
_EXAMPLE = 60  # characters of an example that are shown
_STYLES = {"pain": BAD, "delight": GOOD}


@app.callback()
def main(context: typer.Context, workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """What customers talk about: list themes, discover more, rename, merge, split, pin or hide them."""
    if context.invoked_subcommand is None:
        list_(workspace=workspace, as_json=as_json)


@app.command(name="list")
def list_(
    workspace: WorkspaceOption = Path(), since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """List the themes that customers raise, group by group: how often, at which stage, how, and in which words.

    [dim]touchline themes list --stage delivery --last 28[/]
    """
    from touchline.questions import open_workspace

    chosen = filters(since, until, stage, segment, channel, source)
    with open_workspace(workspace) as journey:
        found = journey.themes(period(journey, chosen, last)[0])
    if not write_figure(found, as_json=as_json, as_csv=as_csv):
        _show(found)


def _show(found: Figure) -> None:
    table = sheet(
        ("Group", "left"), ("Theme", "left"), ("Id", "left"), ("Mentions", "right"), ("Customers", "right"),
        ("Negative", "right"), ("Stage", "left", 1), ("For example", "left", 2),
    )  # fmt: skip
    group = None
    for row in found.to_dicts():
        words = row["example"] or ""
        table.add_row(
            Text("" if row["group"] == group else row["group"], style="bold"),
            Text(row["name"], style=_STYLES.get(row["polarity"], "")),
            Text(row["theme"] + (" (pinned)" if row["pinned"] else ""), style="dim"),
            thousands(row["n"]),
            thousands(row["customers"]),
            Text("n < 5", style="dim") if row["hidden"] else percent(row["negative"]),
            row["stage_name"],
            Text(words if len(words) <= _EXAMPLE else words[: _EXAMPLE - 1] + "…", style="dim"),
        )
        group = row["group"]
    out.print(figure(found, table, "Themes"))


@app.command()
def discover(
    workspace: WorkspaceOption = Path(),
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be found.")] = False,
    least: Annotated[
        int | None,
        typer.Option("--least", min=1, help="Distinct customers that a new theme needs; grows with the data."),
    ] = None,
    afresh: Annotated[
        bool, typer.Option("--afresh", help="Let go of themes found before, but for those pinned or edited.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Find the themes that customers raise and that nothing names yet, and write them to themes.yaml.

    Themes found before keep their id, name and phrases; only what they do not speak for can found new ones.

    [dim]touchline themes discover --dry-run --workspace acme[/]
    """
    from touchline.workspace import Workspace

    with Workspace(workspace) as opened:
        with progress("themes") as told:
            found = opened.themes.discover(keep=not dry_run, least=least, afresh=afresh, progress=told)
        path = opened.themes.path
    if as_json:
        write_json(_discovered(found, dry_run))
        return
    table = sheet(("Group", "left"), ("Theme", "left"), ("Id", "left"), ("Stage", "left"), ("Phrases", "left", 1))
    for theme in sorted(found.fresh, key=lambda f: (f.group, f.id)):
        phrases = ", ".join(theme.phrases[:4]) + (" …" if len(theme.phrases) > 4 else "")
        table.add_row(
            theme.group,
            Text(theme.name, style=_STYLES.get(theme.polarity, "")),
            Text(theme.id, style="dim"),
            theme.stage,
            Text(phrases, style="dim"),
        )
    if found.fresh:
        out.print(table)
    where = "would be found" if dry_run else f"found; {path.name} has them" if found.fresh else "found"
    needs = f"a word needs {found.least} customers or more, a phrase half of them"
    out.print(f"{thousands(len(found.fresh))} new themes {where}; {needs}")


def _discovered(found: Discovery, dry_run: bool) -> dict[str, object]:
    from dataclasses import asdict

    return {"dry_run": dry_run, "least": found.least, "themes": [asdict(theme) for theme in found.fresh]}


@app.command()
def rename(
    theme: ThemeId,
    name: Annotated[str, typer.Argument(help="Its new name.", show_default=False)],
    workspace: WorkspaceOption = Path(),
) -> None:
    """Give a theme another name; its id stays.

    [dim]touchline themes rename pain_refund "Refund takes too long"[/]
    """
    _change(workspace, lambda themes: themes.rename(theme, name), f"{theme} is called {name!r} now")


@app.command()
def merge(
    theme: ThemeId,
    into: Annotated[
        str | None, typer.Argument(metavar="INTO", help="The theme that stays.", show_default=False)
    ] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Let ID stand for itself again.")] = False,
    workspace: WorkspaceOption = Path(),
) -> None:
    """Let the mentions of one theme be another's, also those to come.

    [dim]touchline themes merge pain_courier pain_driver[/]
    """
    if undo:
        _change(workspace, lambda themes: themes.unmerge(theme), f"{theme} stands for itself again")
    elif into is None:
        raise InputError("merge needs two themes", todo="name the one that stays, or --undo a merge")
    else:
        _change(workspace, lambda themes: themes.merge(theme, into), f"{theme} is part of {into} now")


@app.command()
def split(
    theme: ThemeId,
    phrases: Annotated[
        list[str],
        typer.Option("--phrases", help="What mentions of the new theme say; may be repeated, or comma-separated."),
    ],
    name: Annotated[str, typer.Option("--name", help="Its name; the first phrase by default.")] = "",
    workspace: WorkspaceOption = Path(),
) -> None:
    """Make a theme of those mentions of another that say one of some phrases.

    [dim]touchline themes split pain_app --phrases "app crashes,app freezes" --name "App crashes"[/]
    """
    said = [phrase for text in phrases for phrase in text.split(",")]
    made: list[str] = []
    _change(workspace, lambda themes: made.append(themes.split(theme, said, name=name)), "")
    out.print(f"{made[0]} is split from {theme}")


@app.command()
def pin(theme: ThemeId, workspace: WorkspaceOption = Path()) -> None:
    """Keep a theme also when themes are found afresh.

    [dim]touchline themes pin pain_refund[/]
    """
    _change(workspace, lambda themes: themes.pin(theme), f"{theme} is pinned")


@app.command()
def unpin(theme: ThemeId, workspace: WorkspaceOption = Path()) -> None:
    """Let a theme go when themes are found afresh.

    [dim]touchline themes unpin pain_refund[/]
    """
    _change(workspace, lambda themes: themes.pin(theme, pinned=False), f"{theme} is not pinned")


@app.command()
def hide(
    theme: ThemeId,
    undo: Annotated[bool, typer.Option("--undo", help="Show it again.")] = False,
    workspace: WorkspaceOption = Path(),
) -> None:
    """Let the mentions of a theme have none: for words that turn out to say nothing.

    [dim]touchline themes hide pain_window[/]
    """
    told = f"{theme} is shown" if undo else f"{theme} is hidden"
    _change(workspace, lambda themes: themes.hide(theme, hidden=not undo), told)


def _change(workspace: Path, change: Callable[[Themes], object], told: str) -> None:
    from touchline.workspace import Workspace

    with Workspace(workspace) as opened:
        change(opened.themes)
    if told:
        out.print(Text(told))
