"""`touchline show`: one command per question."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

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
from touchline.errors import QuestionError

if TYPE_CHECKING:
    from datetime import datetime

    from touchline.scores.base import Filters

app = typer.Typer(
    help="Ask a question of the journey: stages, jsi, heatmap, friction, causes ...", no_args_is_help=True
)


def _needs_before(before: Filters | None) -> Filters:
    if before is None:
        raise QuestionError(
            "a change needs a period to be compared with the one before",
            todo="add --last 28, or --since and --until",
        )
    return before


@app.command()
def stages(
    workspace: WorkspaceOption = Path(), since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    method: Methods = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """JSI, NPS, CSAT and CES per stage, with intervals and the change from the period before.

    [dim]touchline show stages --last 28 --segment tier=vip[/]
    """
    chosen = filters(since, until, stage, segment, channel, source, method)
    answer(workspace, lambda j, f, b: j.stages(f, previous=b), chosen, last, as_json, as_csv)


@app.command()
def jsi(
    workspace: WorkspaceOption = Path(),
    by: Annotated[
        str,
        typer.Option(
            help="stage, sub_stage, touchpoint, theme, week, channel, source, family, method, programme, all, "
            "segment:NAME."
        ),
    ] = "stage",
    customer: Annotated[str | None, typer.Option(help="The standing JSI of this customer.")] = None,
    account: Annotated[str | None, typer.Option(help="The standing JSI of this account.")] = None,
    at: Annotated[str | None, typer.Option(help="As of this day, for a standing JSI.")] = None,
    lowest: Annotated[int, typer.Option(help="The standing JSI of so many customers, lowest first.")] = 0,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    method: Methods = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """The Journey Sentiment Index of a period by anything, or standing, of a person or an account.

    [dim]touchline show jsi --by segment:region    touchline show jsi --customer C-1042 --at 2026-03-01[/]
    """
    chosen = filters(since, until, stage, segment, channel, source, method)
    if customer or account or lowest:
        of: Literal["person", "account"] = "account" if account else "person"
        key, moment = account or customer, moment_of(at)
        answer(workspace, lambda j, f, _: j.standing(f, of=of, key=key, at=moment, limit=lowest or 50),
            chosen, last, as_json, as_csv,
        )  # fmt: skip
        return
    answer(workspace, lambda j, f, _: j.jsi(f, by=by), chosen, last, as_json, as_csv)


def moment_of(at: str | None) -> datetime | None:
    """Return a moment given on the command line: the end of a day, where only a day was given."""
    from datetime import datetime, time, timedelta

    if at is None:
        return None
    try:
        day = datetime.fromisoformat(at)
    except ValueError:
        raise QuestionError(f"--at {at!r} is no date", todo="write it as 2026-01-31") from None
    return day + timedelta(days=1) if day.time() == time() else day


@app.command()
def heatmap(
    workspace: WorkspaceOption = Path(),
    by: Annotated[
        str,
        typer.Option(
            help="metric, segment:NAME, week, channel, sub_stage, touchpoint, source, family, programme, method, "
            "theme, emotion."
        ),
    ] = "metric",
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    method: Methods = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Stages against metrics, a segment, weeks or channels; low n is dimmed, under five customers hidden.

    [dim]touchline show heatmap --by segment:region[/]
    """
    chosen = filters(since, until, stage, segment, channel, source, method)
    answer(workspace, lambda j, f, _: j.heatmap(f, by=by), chosen, last, as_json, as_csv)


@app.command()
def friction(
    workspace: WorkspaceOption = Path(), since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    method: Methods = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Where customers meet most trouble: weighted by severity, per 100 who were there.

    [dim]touchline show friction --channel email[/]
    """
    chosen = filters(since, until, stage, segment, channel, source, method)
    answer(workspace, lambda j, f, _: j.friction(f), chosen, last, as_json, as_csv)


@app.command()
def causes(
    workspace: WorkspaceOption = Path(),
    limit: Annotated[int, typer.Option(help="Causes per stage.")] = 5,
    lifts: Annotated[bool, typer.Option("--delights", help="What lifts a stage instead.")] = False,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    method: Methods = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Root causes per stage: the JSI points that would come back, how common, with customers' own words.

    [dim]touchline show causes --stage delivery[/]
    """
    chosen = filters(since, until, stage, segment, channel, source, method)
    answer(workspace, lambda j, f, _: (j.delights if lifts else j.causes)(f, limit=limit),
        chosen, last, as_json, as_csv,
    )  # fmt: skip


@app.command()
def segments(
    workspace: WorkspaceOption = Path(),
    name: Annotated[list[str] | None, typer.Option("--name", help="Only these segments.")] = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    method: Methods = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Every segment against the rest, per stage, with p-values corrected for how many were compared.

    [dim]touchline show segments --name region[/]
    """
    chosen = filters(since, until, stage, segment, channel, source, method)
    answer(workspace, lambda j, f, _: j.segments(f, names=name), chosen, last, as_json, as_csv)


@app.command()
def trend(
    workspace: WorkspaceOption = Path(),
    by: Annotated[str, typer.Option(help="day, week or month.")] = "week",
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    method: Methods = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """JSI through time per stage; gaps are gaps, an unfinished period says so.

    [dim]touchline show trend --by month --stage delivery[/]
    """
    chosen = filters(since, until, stage, segment, channel, source, method)
    answer(workspace, lambda j, f, _: j.trend(f, by=by), chosen, last, as_json, as_csv)


@app.command()
def lifecycle(
    workspace: WorkspaceOption = Path(),
    at: Annotated[str | None, typer.Option(help="As of this day; the end of the data by default.")] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """How many customers are prospect, new, active, at risk, lapsed, advocate: the rules of [lifecycle].

    [dim]touchline show lifecycle --at 2026-03-01[/]
    """
    moment = moment_of(at)
    answer(workspace, lambda j, _f, _b: j.lifecycle(moment), filters(), None, as_json, as_csv)


@app.command()
def quality(
    workspace: WorkspaceOption = Path(),
    at: Annotated[str | None, typer.Option(help="As of this day; the end of the data by default.")] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """How good the data of each source are: complete, valid, unique, consistent, identified, fresh.

    [dim]touchline show quality[/]
    """
    moment = moment_of(at)
    answer(workspace, lambda j, _f, _b: j.quality(moment), filters(), None, as_json, as_csv)


@app.command()
def personas(
    workspace: WorkspaceOption = Path(),
    at: Annotated[str | None, typer.Option(help="As of this day; the end of the data by default.")] = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """How many customers each persona of touchline.toml stands for.

    [dim]touchline show personas[/]
    """
    moment = moment_of(at)
    answer(workspace, lambda j, _f, _b: j.personas(moment), filters(), None, as_json, as_csv)


@app.command()
def change(
    workspace: WorkspaceOption = Path(),
    by: Annotated[
        str, typer.Option(help="family (of sources), stage, channel, method, segment:NAME, or theme.")
    ] = "family",
    metric: Annotated[Literal["jsi", "nps"], typer.Option(help="The score that moved.")] = "jsi",
    over: Annotated[
        str, typer.Option(help="With --metric nps --by theme: whose mix is taken out; programme, source, segment:NAME.")
    ] = "programme",
    who: Who = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    method: Methods = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Why the JSI or the NPS moved from the period before: exactly split into mix and within, or by theme.

    [dim]touchline show change --last 28 --by theme    touchline show change --metric nps --last 90 --by theme[/]
    """
    chosen = filters(since, until, stage, segment, channel, source, method)
    if metric == "nps":
        answer(
            workspace,
            lambda j, f, b: j.nps_bridge(f, previous=_needs_before(b), by=by, over=over),
            chosen, last, as_json, as_csv, who,
        )  # fmt: skip
        return
    if by == "theme":
        answer(
            workspace,
            lambda j, f, b: j.bridge(f, previous=_needs_before(b)),
            chosen,
            last,
            as_json,
            as_csv,
        )
        return
    answer(
        workspace,
        lambda j, f, b: j.change(f, previous=_needs_before(b), by=by),
        chosen,
        last,
        as_json,
        as_csv,
    )
