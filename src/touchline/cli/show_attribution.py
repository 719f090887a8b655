"""`touchline show attribution`."""

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
def attribution(
    workspace: WorkspaceOption = Path(),
    conversion: Annotated[
        str | None, typer.Option(help="The step that converts: renewal, event:order, event:order|event:renewed.")
    ] = None,
    jsi: Annotated[bool, typer.Option("--jsi", help="Credit changes of the JSI instead of conversions.")] = False,
    of: Annotated[str, typer.Option(help="What gets the credit: channel, source, campaign ...")] = "channel",
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="first, last, last_non_direct, linear, time_decay, position, markov, shapley; may be repeated; all."
        ),
    ] = None,
    value: Annotated[str | None, typer.Option(help="Credit this column of the conversion, such as value.")] = None,
    window: Annotated[str | None, typer.Option(help="How long before its conversion a touch counts: 30d.")] = None,
    half_life: Annotated[str, typer.Option(help="Of time decay.")] = "7d",
    order: Annotated[int, typer.Option(help="Touches that the Markov chain remembers.", min=1)] = 1,
    direct: Annotated[
        list[str] | None, typer.Option(help="A name that last_non_direct passes over; may be repeated.")
    ] = None,
    touches: Annotated[str | None, typer.Option(help="The step that is a touch; all but the conversion.")] = None,
    by: Annotated[str | None, typer.Option(help="Break down by a segment or column.")] = None,
    replicates: Annotated[int, typer.Option(help="Bootstrap samples behind the intervals; 0: none.", min=0)] = 200,
    who: Who = None,
    since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, source: Sources = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """What each channel contributed to conversions, to revenue, or to a change of the JSI, by eight models.

    Filters choose conversions; what went before them counts wherever it was.

    [dim]touchline show attribution --conversion renewal --of channel --model markov[/]
    """
    chosen = filters(since, until, stage, segment, channel, source)
    answer(
        workspace,
        lambda j, f, _: j.attribution(
            conversion, of=of, models=model or (), value=value, window=window, half_life=half_life, order=order,
            direct=direct or (), touches=touches, by=by, jsi=jsi, replicates=replicates, filters=f,
        ),
        chosen, last, as_json, as_csv, who,
    )  # fmt: skip
