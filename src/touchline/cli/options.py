"""Options that many commands share, and what they become."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from touchline.errors import QuestionError
from touchline.scores.base import Filters

if TYPE_CHECKING:
    from touchline.questions import Questions

FILTERS = "Filters"

WorkspaceOption = Annotated[
    Path,
    typer.Option(
        "--workspace",
        "-w",
        envvar="TOUCHLINE_WORKSPACE",
        help="Folder that holds touchline.toml.",
        show_default="here",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON for programs.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="Write CSV; cells that a spreadsheet would run are defused.")]
Since = Annotated[str | None, typer.Option(help="First day, 2026-01-31.", rich_help_panel=FILTERS)]
Until = Annotated[str | None, typer.Option(help="Last day, inclusive.", rich_help_panel=FILTERS)]
Last = Annotated[
    int | None, typer.Option(help="The last so many days, beside as many before.", rich_help_panel=FILTERS)
]
Stages = Annotated[
    list[str] | None,
    typer.Option("--stage", help="A stage's id, name or alias; may be repeated.", rich_help_panel=FILTERS),
]
Segments = Annotated[
    list[str] | None,
    typer.Option("--segment", help="NAME=VALUE[,VALUE]; may be repeated.", rich_help_panel=FILTERS),
]
Channels = Annotated[
    list[str] | None, typer.Option("--channel", help="A channel; may be repeated.", rich_help_panel=FILTERS)
]
Sources = Annotated[
    list[str] | None, typer.Option("--source", help="A source; may be repeated.", rich_help_panel=FILTERS)
]
Methods = Annotated[
    list[str] | None,
    typer.Option(
        "--method",
        help="How the touch was read: survey, rule, model, llm, proxy ...; may be repeated.",
        rich_help_panel=FILTERS,
    ),
]


class Template(StrEnum):
    """The taxonomies that ship."""

    b2c = "b2c"
    b2b = "b2b"
    saas = "saas"
    ecommerce = "ecommerce"
    support = "support"


TemplateOption = Annotated[Template, typer.Option("--template", "-t", help="The journey's stages to start from.")]


def filters(
    since: str | None = None,
    until: str | None = None,
    stages: list[str] | None = None,
    segments: list[str] | None = None,
    channels: list[str] | None = None,
    sources: list[str] | None = None,
    methods: list[str] | None = None,
) -> Filters:
    """Return the filters that the options state."""
    return Filters(
        since=_day("--since", since),
        until=_day("--until", until),
        stages=tuple(stages or ()),
        channels=tuple(channels or ()),
        sources=tuple(sources or ()),
        methods=tuple(methods or ()),
        segments=tuple(_segment(text) for text in segments or ()),
    )


def period(journey: Questions, chosen: Filters, last: int | None) -> tuple[Filters, Filters | None]:
    """Return the filters of the period asked for and of the one before it, where there is one."""
    from touchline.questions import before, latest

    if last is not None:
        if last < 1:
            raise QuestionError(f"--last {last} is no number of days", todo="give 1 or more")
        span = journey.span()
        return latest(span, last, chosen) if span else (chosen, None)
    if chosen.since and chosen.until:
        return chosen, before(chosen)
    return chosen, None


def _day(option: str, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise QuestionError(f"{option} {text!r} is no date", todo="write it as 2026-01-31") from None


def _segment(text: str) -> tuple[str, tuple[str, ...]]:
    name, equals, values = text.partition("=")
    if not equals or not name.strip() or not values.strip():
        raise QuestionError(f"--segment {text!r} is not NAME=VALUE", todo="write it as tier=vip or tier=vip,standard")
    return name.strip(), tuple(value.strip() for value in values.split(","))
