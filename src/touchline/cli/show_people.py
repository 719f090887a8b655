"""`touchline show feedback` and `customers`: what was written, and by whom."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from touchline.cli.asking import answer
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

if TYPE_CHECKING:
    from touchline.workspace.customers import Band
    from touchline.workspace.feedback import Tone


class ToneOption(StrEnum):
    """What was felt."""

    negative = "negative"
    neutral = "neutral"
    positive = "positive"


class FitOption(StrEnum):
    """Which texts come first."""

    best = "best"
    newest = "newest"


class SortingOption(StrEnum):
    """Which customers come first."""

    lowest = "lowest"
    highest = "highest"
    falling = "falling"
    rising = "rising"
    value = "value"
    recent = "recent"
    name = "name"


class BandOption(StrEnum):
    """How a customer stands."""

    at_risk = "at risk"
    watch = "watch"
    healthy = "healthy"
    no_data = "no data"


Limit = Annotated[int, typer.Option(help="How many are listed.", min=1)]
Skip = Annotated[int, typer.Option(help="How many of the first to leave out.", min=0)]


@app.command()
def feedback(
    workspace: WorkspaceOption = Path(),
    words: Annotated[
        str, typer.Option(help="What the text says: words by their beginnings, those in double quotes together.")
    ] = "",
    sentiment: Annotated[ToneOption | None, typer.Option(help="Of what it says.", show_default=False)] = None,
    emotion: Annotated[str | None, typer.Option(help="anger, joy ...")] = None,
    effort: Annotated[str | None, typer.Option(help="high or low.")] = None,
    intent: Annotated[str | None, typer.Option(help="complaint, question, request, praise ...")] = None,
    theme: Annotated[list[str] | None, typer.Option(help="A theme's id; may be repeated.")] = None,
    contradictions: Annotated[
        bool, typer.Option("--contradictions", help="Only where a score and the words point apart.")
    ] = False,
    order: Annotated[FitOption, typer.Option(help="best or newest first; without words the newest.")] = FitOption.best,
    limit: Limit = 20, skip: Skip = 0, since: Since = None, until: Until = None, last: Last = None,
    stage: Stages = None, segment: Segments = None, channel: Channels = None, as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """What customers wrote, searched by words, stage, theme and what was read in it.

    [dim]touchline show feedback --words 'late "no answer"' --sentiment negative --stage delivery[/]
    """
    from dataclasses import replace

    chosen = replace(filters(since, until, stage, segment, channel), themes=tuple(theme or ()))
    tone: Tone | None = sentiment.value if sentiment else None
    answer(
        workspace,
        lambda j, f, _: j.feedback(
            f, words=words, sentiment=tone, emotion=emotion, effort=effort, intent=intent,
            contradictions=contradictions, order=order.value, limit=limit, skip=skip,
        ),
        chosen, last, as_json, as_csv,
    )  # fmt: skip


@app.command()
def customers(
    workspace: WorkspaceOption = Path(),
    find: Annotated[str, typer.Option(help="Part of a reference.")] = "",
    band: Annotated[BandOption | None, typer.Option(help="Only those who stand so.", show_default=False)] = None,
    account: Annotated[str | None, typer.Option(help="Only those of this account.")] = None,
    order: Annotated[SortingOption, typer.Option(help="Who comes first.")] = SortingOption.lowest,
    limit: Limit = 20, skip: Skip = 0, since: Since = None, until: Until = None, segment: Segments = None,
    as_json: JsonOption = False, as_csv: CsvOption = False,
) -> None:  # fmt: skip
    """Customers by reference, with their standing, its trend and what they paid.

    [dim]touchline show customers --order falling --band "at risk"[/]
    """
    stands: Band | None = band.value if band else None
    answer(
        workspace,
        lambda j, f, _: j.customers(
            f, find=find, band=stands, account=account, order=order.value, limit=limit, skip=skip
        ),
        filters(since, until, None, segment), None, as_json, as_csv,
    )  # fmt: skip
