"""`touchline show why`, `drivers`, `moments`, `differences` and `changepoints`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from touchline.cli import show
from touchline.cli.asking import Who, answer
from touchline.cli.options import (
    Channels,
    CsvOption,
    JsonOption,
    Last,
    Methods,
    Segments,
    Since,
    Sources,
    Stages,
    Until,
    WorkspaceOption,
    filters,
)


@show.app.command()
def why(
    stage: Annotated[str | None, typer.Argument(help="A stage; else the one that costs the journey most.")] = None,
    workspace: WorkspaceOption = Path(),
    others: Annotated[int, typer.Option(help="How many more parts of each level are shown.", min=0)] = 2,
    who: Who = None,
    since: Since = None, until: Until = None, last: Last = None,
    segment: Segments = None, channel: Channels = None, source: Sources = None, method: Methods = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Five whys: from a stage to its theme, and where, for whom, with whom and when it costs most.

    [dim]touchline show why delivery[/]
    """
    chosen = filters(since, until, None, segment, channel, source, method)
    answer(workspace, lambda j, f, _: j.why(stage, f, others=others), chosen, last, as_json, as_csv, who)


@show.app.command()
def drivers(
    workspace: WorkspaceOption = Path(),
    of: Annotated[Literal["score", "churn"], typer.Option(help="A bad score, or losing the customer.")] = "score",
    who: Who = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    method: Methods = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """What drives a bad score or churn, all else equal; which stages and themes to fix, keep, watch or ignore.

    [dim]touchline show drivers --of churn[/]
    """
    chosen = filters(since, until, stage, segment, channel, source, method)
    answer(workspace, lambda j, f, _: j.drivers(f, of=of), chosen, last, as_json, as_csv, who)


@show.app.command()
def changepoints(
    workspace: WorkspaceOption = Path(),
    who: Who = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    method: Methods = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """The weeks in which a stage's score or volume changed its level, and what changed most there.

    [dim]touchline show changepoints --stage delivery[/]
    """
    chosen = filters(since, until, stage, segment, channel, source, method)
    answer(workspace, lambda j, f, _: j.changepoints(f), chosen, last, as_json, as_csv, who)


@show.app.command()
def differences(
    workspace: WorkspaceOption = Path(),
    limit: Annotated[int, typer.Option(help="Rows at most; all are tested.", min=1)] = 30,
    who: Who = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    method: Methods = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Every metric of every stage of every segment against the rest, the surest and largest differences first.

    [dim]touchline show differences --last 90[/]
    """
    chosen = filters(since, until, stage, segment, channel, source, method)
    answer(workspace, lambda j, f, _: j.differences(f, limit=limit), chosen, last, as_json, as_csv, who)


@show.app.command()
def moments(
    workspace: WorkspaceOption = Path(),
    by: Annotated[Literal["stage", "touchpoint"], typer.Option(help="What a moment is.")] = "stage",
    outcome: Annotated[Literal["churn", "revenue"], typer.Option(help="What it has an effect on.")] = "churn",
    who: Who = None,
    since: Since = None, until: Until = None, last: Last = None, segment: Segments = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Moments that matter and moments of delight: emotional load times the effect on churn or revenue.

    [dim]touchline show moments --by touchpoint[/]
    """
    chosen = filters(since, until, None, segment)
    answer(workspace, lambda j, f, _: j.moments(f, by=by, outcome=outcome), chosen, last, as_json, as_csv, who)
