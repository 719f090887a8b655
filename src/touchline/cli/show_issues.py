"""`touchline show issues`, `compounding`, `grievances` and `effort`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from touchline.cli import show
from touchline.cli.asking import Who, answer
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
)


@show.app.command()
def issues(
    workspace: WorkspaceOption = Path(),
    window: Annotated[str, typer.Option(help="How much later an issue may come back.")] = "90d",
    everything: Annotated[bool, typer.Option("--all", help="Whatever was said, not complaints alone.")] = False,
    limit: Annotated[int, typer.Option(help="Rows at most.", min=1)] = 20,
    who: Who = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Themes that the same customers raise at one stage and again at a later one, against what chance would do.

    [dim]touchline show issues --window 60d --stage renewal[/]
    """
    chosen = filters(since, until, stage, segment, channel, source)
    answer(
        workspace,
        lambda j, f, _: j.issues(window=window, negative=not everything, limit=limit, filters=f),
        chosen, last, as_json, as_csv, who,
    )  # fmt: skip


@show.app.command()
def compounding(
    workspace: WorkspaceOption = Path(),
    who: Who = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Does trouble at one stage come with trouble at a later one, whatever it was about?

    [dim]touchline show compounding --segment tier=vip[/]
    """
    chosen = filters(since, until, stage, segment, channel, source)
    answer(workspace, lambda j, f, _: j.compounding(filters=f), chosen, last, as_json, as_csv, who)


@show.app.command()
def grievances(
    workspace: WorkspaceOption = Path(),
    at: Annotated[str, typer.Option(help="The step that customers come to.")] = "renewal",
    lost: Annotated[str | None, typer.Option(help="The step that loses them: event:cancelled.")] = None,
    kept: Annotated[str | None, typer.Option(help="The step that keeps them; without it they are lost.")] = None,
    window: Annotated[str, typer.Option(help="How long it may take.")] = "90d",
    who: Who = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Complaints that customers carry into renewal, and what each further one adds to losing them.

    [dim]touchline show grievances --at renewal --lost event:cancelled --kept event:renewed[/]
    """
    chosen = filters(since, until, stage, segment, channel, source)
    answer(
        workspace,
        lambda j, f, _: j.grievances(at, lost=lost, kept=kept, window=window, filters=f),
        chosen, last, as_json, as_csv, who,
    )  # fmt: skip


@show.app.command()
def effort(
    workspace: WorkspaceOption = Path(),
    end: Annotated[str | None, typer.Option(help="The step that completes a journey; renewal, else the last.")] = None,
    start: Annotated[str | None, typer.Option(help="The step that begins it; the first progress stage.")] = None,
    by: Annotated[str | None, typer.Option(help="Break down by a segment or column.")] = None,
    who: Who = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """What a completed journey took: contacts, channels, hand-overs, things told twice, days.

    [dim]touchline show effort --end renewal --by tier[/]
    """
    chosen = filters(since, until, stage, segment, channel, source)
    answer(workspace, lambda j, f, _: j.effort(end, start=start, by=by, filters=f), chosen, last, as_json, as_csv, who)
