"""`touchline show impact`: what changes did, and would do."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.asking import Who, answer
from touchline.cli.options import (
    Channels,
    CsvOption,
    JsonOption,
    Last,
    Segments,
    Since,
    Stages,
    Until,
    WorkspaceOption,
    filters,
)
from touchline.cli.show import app


class Measured(StrEnum):
    """What a change may have changed."""

    jsi = "jsi"
    nps = "nps"
    churn = "churn"
    revenue = "revenue"


class Foretold(StrEnum):
    """What can be foretold."""

    jsi = "jsi"
    contacts = "contacts"


@app.command()
def impact(
    change: Annotated[str, typer.Option(help="The day on which it began, 2026-05-01.")],
    treated: Annotated[str, typer.Option(help="Who had it: region=emea, or a step.")],
    workspace: WorkspaceOption = Path(),
    of: Annotated[Measured, typer.Option(help="What it may have changed: jsi, nps, churn or revenue.")] = Measured.jsi,
    stage: Annotated[str | None, typer.Option(help="Only this stage.", show_default="the whole and every one")] = None,
    against: Annotated[
        str, typer.Option(help="Whom to compare with: a segment or a step.", show_default="everybody else")
    ] = "",
    like: Annotated[
        list[str] | None, typer.Option(help="Weigh them to the same mix of this segment; may be repeated.")
    ] = None,
    before: Annotated[str, typer.Option(help="How much time before: 90d.", show_default="as much as after")] = "",
    after: Annotated[str, typer.Option(help="How much time after.", show_default="all, up to half a year")] = "",
    since: Since = None, until: Until = None, last: Last = None, segment: Segments = None,
    as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """What a change did: before and after, against comparable customers, with a check of how both went before.

    [dim]touchline show impact --change 2026-05-01 --treated region=emea --of jsi[/]
    """
    answer(
        workspace,
        lambda j, f, _: j.impact(
            f, change=change, treated=treated, of=of.value, stage=stage, against=against, like=tuple(like or ()),
            before=before, after=after,
        ),
        filters(since, until, None, segment), last, as_json, as_csv, who,
    )  # fmt: skip


@app.command()
def whatif(
    stage: Annotated[str, typer.Option(help="The stage that the theme is removed from.")],
    theme: Annotated[str, typer.Option(help="The theme's id, as `touchline show causes --json` tells it.")],
    workspace: WorkspaceOption = Path(),
    share: Annotated[float, typer.Option(help="How much of it is removed: 0.5 for half.")] = 1.0,
    cost: Annotated[float | None, typer.Option(help="What that costs over the horizon; gives the return.")] = None,
    margin: Annotated[float, typer.Option(help="Which part of revenue is gain.")] = 1.0,
    since: Since = None, until: Until = None, last: Last = None, segment: Segments = None,
    as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """What it would bring to remove a theme from a stage: JSI, customers who stay, revenue, and the return on a cost.

    [dim]touchline show whatif --stage delivery --theme late_delivery --cost 50000[/]
    """
    answer(
        workspace,
        lambda j, f, _: j.whatif(f, stage=stage, theme=theme, share=share, cost=cost, margin=margin),
        filters(since, until, None, segment), last, as_json, as_csv, who,
    )  # fmt: skip


@app.command()
def forecast(
    workspace: WorkspaceOption = Path(),
    of: Annotated[Foretold, typer.Option(help="jsi of each stage, or contacts of each channel.")] = Foretold.jsi,
    by: Annotated[str, typer.Option(help="week or day.", show_default="week; day for contacts")] = "",
    ahead: Annotated[
        int | None, typer.Option(help="How many periods.", min=1, max=366, show_default="8 weeks or 28 days")
    ] = None,
    stage: Annotated[str | None, typer.Option(help="Only this stage, or all for the whole.")] = None,
    since: Since = None, until: Until = None, last: Last = None, segment: Segments = None,
    as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """What is to come, with prediction intervals of 80 and 95 %: the JSI of stages, or contacts by channel.

    [dim]touchline show forecast --of contacts --ahead 28[/]
    """
    answer(
        workspace, lambda j, f, _: j.forecast(f, of=of.value, by=by, ahead=ahead, stage=stage),
        filters(since, until, None, segment), last, as_json, as_csv, who,
    )  # fmt: skip


@app.command()
def metrics(
    workspace: WorkspaceOption = Path(),
    metric: Annotated[
        list[str] | None, typer.Option(help="A metric's id; may be repeated.", show_default="all that can be measured")
    ] = None,
    by: Annotated[
        str,
        typer.Option(help="stage, touchpoint, channel, segment:NAME, day, week or month.", show_default="the whole"),
    ] = "",
    since: Since = None, until: Until = None, last: Last = None, stage: Stages = None, segment: Segments = None,
    channel: Channels = None, as_json: JsonOption = False, as_csv: CsvOption = False, who: Who = None,
) -> None:  # fmt: skip
    """The metrics of metrics.yaml, and those that ship: conversion, time to first value, log-in trend ...

    [dim]touchline show metrics --metric conversion --by segment:region[/]
    """
    answer(
        workspace, lambda j, f, _: j.metrics(f, names=tuple(metric or ()), by=by),
        filters(since, until, stage, segment, channel), last, as_json, as_csv, who,
    )  # fmt: skip
