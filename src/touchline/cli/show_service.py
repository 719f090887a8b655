"""`touchline show service`, `reasons`, `backlog`, `fcr`, `sla`, and `touchline staffing`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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
from touchline.cli.show import app, moment_of
from touchline.errors import QuestionError

By = Annotated[str, typer.Option(help="channel, team, agent, week, stage, source, segment:NAME or all.")]


@app.command()
def service(
    workspace: WorkspaceOption = Path(), by: By = "channel", who: Who = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    method: Methods = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """First response, resolution, queue, handle and hold times, hand-overs, reopening, abandonment.

    [dim]touchline show service --by team --last 28[/]
    """
    chosen = filters(since, until, stage, segment, channel, source, method)
    answer(workspace, lambda j, f, _: j.service(f, by=by), chosen, last, as_json, as_csv, who)


@app.command()
def reasons(
    workspace: WorkspaceOption = Path(), who: Who = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    method: Methods = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Why customers contact service: theme by channel, how much, and whether it grows.

    [dim]touchline show reasons --last 28 --channel phone[/]
    """
    chosen = filters(since, until, stage, segment, channel, source, method)
    answer(workspace, lambda j, f, b: j.reasons(f, previous=b), chosen, last, as_json, as_csv, who)


@app.command()
def backlog(
    workspace: WorkspaceOption = Path(),
    by: Annotated[
        str, typer.Option(help="week, or for one moment channel, team, agent, stage, source, segment:NAME or all.")
    ] = "week",
    at: Annotated[str | None, typer.Option(help="As of this day, unless by week; else the end of the data.")] = None,
    who: Who = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    method: Methods = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """What is open and how old: at the end of each week, or at one moment by anything.

    [dim]touchline show backlog    touchline show backlog --by team --at 2026-03-01[/]
    """
    if at is not None and by == "week":
        raise QuestionError("--at is for one moment, and --by week is for many", todo="add --by channel or --by all")
    chosen, moment = filters(since, until, stage, segment, channel, source, method), moment_of(at)
    answer(workspace, lambda j, f, _: j.backlog(f, by=by, at=moment), chosen, last, as_json, as_csv, who)


@app.command()
def fcr(
    workspace: WorkspaceOption = Path(), by: By = "channel", who: Who = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    method: Methods = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """First contact resolution: closed, not opened again, no new contact on the theme; and who agrees.

    [dim]touchline show fcr --by stage[/]
    """
    chosen = filters(since, until, stage, segment, channel, source, method)
    answer(workspace, lambda j, f, _: j.fcr(f, by=by), chosen, last, as_json, as_csv, who)


@app.command()
def sla(
    workspace: WorkspaceOption = Path(), by: By = "channel", who: Who = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    method: Methods = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """How often the targets of first response and resolution were kept, in the hours that count.

    [dim]touchline show sla --by week --channel chat[/]
    """
    chosen = filters(since, until, stage, segment, channel, source, method)
    answer(workspace, lambda j, f, _: j.sla(f, by=by), chosen, last, as_json, as_csv, who)
