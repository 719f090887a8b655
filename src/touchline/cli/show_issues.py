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
