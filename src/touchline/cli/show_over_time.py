"""`touchline show dwell`, `dropoff`, `survival`, `cohorts`, `overview`, `clusters`: journeys through time."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.asking import Who, answer
from touchline.cli.console import write
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
from touchline.cli.options import (
    period as period_of,
)
from touchline.cli.show import app


class PeriodName(StrEnum):
    """Lengths of a period."""

    day = "day"
    week = "week"
    month = "month"


class MeasureName(StrEnum):
    """What cohorts are measured by."""

    retention = "retention"
    score = "score"
    jsi = "jsi"
    revenue = "revenue"


By = Annotated[str | None, typer.Option(help="Break it down by a segment, or any column: region, channel.")]


@app.command()
def dwell(
    workspace: WorkspaceOption = Path(),
    of: Annotated[str, typer.Option(help="Visits of what: stage, touchpoint, channel, step.")] = "stage",
    by: By = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """How long customers stay at each stage, and where the bottlenecks are.

    [dim]touchline show dwell --by region[/]
    """
    chosen = filters(since, until, stage, segment, channel, source)
    answer(workspace, lambda j, f, _: j.dwell(of=of, by=by, filters=f), chosen, last, as_json, as_csv, who)


@app.command()
def dropoff(
    workspace: WorkspaceOption = Path(),
    window: Annotated[str, typer.Option(help="How long after it was due a later stage still counts: 30d.")] = "30d",
    due: Annotated[
        str | None,
        typer.Option(help="When it is due after entering; by default when half of those who went on had done so."),
    ] = None,
    by: By = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """Who came to a stage and did not go on to a later one; windows still open are set aside.

    [dim]touchline show dropoff --window 30d --by region[/]
    """
    chosen = filters(since, until, stage, segment, channel, source)
    answer(
        workspace, lambda j, f, _: j.dropoff(window=window, due=due, by=by, filters=f),
        chosen, last, as_json, as_csv, who,
    )  # fmt: skip


@app.command()
def survival(
    workspace: WorkspaceOption = Path(),
    start: Annotated[str | None, typer.Option(help="The step that begins; without it, every stage at once.")] = None,
    end: Annotated[str | None, typer.Option(help="The step that ends.")] = None,
    by: By = None,
    at: Annotated[list[float] | None, typer.Option(help="Days to read the curve off; may be repeated.")] = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """How long until the next step: Kaplan-Meier, with medians and log-rank tests between segments.

    [dim]touchline show survival --start purchase --end renewal --at 30 --at 90 --by region[/]
    """
    chosen = filters(since, until, stage, segment, channel, source)
    answer(
        workspace, lambda j, f, _: j.survival(start, end, by=by, at=tuple(at or ()), filters=f),
        chosen, last, as_json, as_csv, who,
    )  # fmt: skip


@app.command()
def cohorts(
    workspace: WorkspaceOption = Path(),
    first: Annotated[str | None, typer.Option(help="The step that begins; the first interaction without it.")] = None,
    period: Annotated[PeriodName, typer.Option(help="The length of a period.")] = PeriodName.month,
    returning: Annotated[str | None, typer.Option(help="The step that counts as coming back; any without it.")] = None,
    measure: Annotated[MeasureName, typer.Option(help="What is told of a cohort.")] = MeasureName.retention,
    unbounded: Annotated[
        bool, typer.Option("--unbounded", help="Count those who came back then or any time later.")
    ] = False,
    by: By = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """Customers by when they began, and what became of them: who came back, their score, their revenue.

    [dim]touchline show cohorts --first purchase --period month --by region[/]
    """
    chosen = filters(since, until, stage, segment, channel, source)
    answer(
        workspace,
        lambda j, f, _: j.cohorts(
            first=first,
            period=period.value,
            returning=returning,
            measure=measure.value,
            unbounded=unbounded,
            by=by,
            filters=f,
        ),
        chosen, last, as_json, as_csv, who,
    )  # fmt: skip


@app.command()
def overview(
    workspace: WorkspaceOption = Path(),
    by: Annotated[list[str] | None, typer.Option(help="A segment or column; may be repeated. All without it.")] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            help="events, duration, active_days, jsi, revenue, count:STEP, or a step for the share who took it; may be "
            "repeated."
        ),
    ] = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """What the customers of each segment did, beside everybody else, with p-values corrected for all tests.

    [dim]touchline show overview --by region --metric events --metric jsi --metric renewal[/]
    """
    chosen = filters(since, until, stage, segment, channel, source)
    answer(
        workspace, lambda j, f, _: j.overview(by=tuple(by or ()), metrics=tuple(metric or ()), filters=f),
        chosen, last, as_json, as_csv, who,
    )  # fmt: skip


@app.command()
def clusters(
    workspace: WorkspaceOption = Path(),
    k: Annotated[int | None, typer.Option("-k", "--number", help="How many; chosen from 2 to 8 without it.")] = None,
    of: Annotated[str, typer.Option(help="The column that journeys are made of: step, stage, touchpoint.")] = "step",
    to: Annotated[str | None, typer.Option(help="A step, to say how many of each type took it.")] = None,
    toml: Annotated[
        bool, typer.Option("--toml", help="Write the proposed personas, to paste into touchline.toml.")
    ] = False,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """Types of behaviour among customers, what sets each apart, and a rule that finds it again.

    [dim]touchline show clusters --to renewal    touchline show clusters --toml[/]
    """
    chosen = filters(since, until, stage, segment, channel, source)
    if toml:
        from touchline.questions import open_workspace

        with open_workspace(workspace) as journey:
            now, _ = period_of(journey, chosen, last)
            write(journey.clusters(k=k, of=of, to=to, filters=now).facts["personas"])
        return
    answer(
        workspace, lambda j, f, _: j.clusters(k=k, of=of, to=to, filters=f),
        chosen, last, as_json, as_csv, who,
    )  # fmt: skip
