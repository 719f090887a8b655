"""Figures as terminal tables: calm, aligned, numbers with their interval and n, low n dimmed."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text

from touchline.cli.console import out
from touchline.cli.sheet import Sheet
from touchline.figures.colour import ink_on, jsi_colour

if TYPE_CHECKING:
    from touchline.scores.base import Figure

GOOD: Final = "#0f8b7a"
BAD: Final = "#d2612f"
_BAR: Final = 18
_COLUMN: Final = 10
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"


def figure(found: Figure, body: RenderableType, title: str) -> Group:
    """Put a title above a table and what it means below."""
    parts: list[RenderableType] = [Text(title, style="bold"), body, Text(found.meaning, style="dim")]
    parts += [Text(f"· {note}", style="dim") for note in found.notes]
    return Group(*parts, Text(""))


def sheet(*columns: tuple[str, str] | tuple[str, str, int]) -> Sheet:
    """Return an empty table: header, alignment (``left`` or ``right``) and, where it may yield, how soon."""
    return Sheet(*((column[0], column[1], column[2] if len(column) == 3 else 0) for column in columns))


def score(row: dict[str, Any], name: str = "jsi", *, digits: int = 0) -> Text:
    """Return a value with half the width of its interval: ``37 ±3``; hidden and low n say so."""
    value = row.get(name)
    if row.get("hidden"):
        return Text("n < 5", style="dim")
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return Text("–", style="dim")
    ends = ("low", "high") if name in ("jsi", "value") else (f"{name}_low", f"{name}_high")
    low, high = row.get(ends[0]), row.get(ends[1])
    text = Text(f"{value:.{digits}f}", style="bold")
    if low is not None and high is not None:
        text.append(f" ±{(high - low) / 2:.{digits}f}", style="dim not bold")
    if row.get("low_n"):
        text.stylize("italic dim")
    return text


def cell(row: dict[str, Any], *, coloured: bool = True) -> Text:
    """Return a heatmap's cell."""
    if row.get("hidden"):
        return Text(" ·· ", style="dim")
    if row.get("value") is None:
        return Text("  –  ", style="dim")
    low, high = row.get("low"), row.get("high")
    half = f"±{(high - low) / 2:.0f}" if low is not None and high is not None else ""
    text = f" {row['value']:.0f} {half:<4}"
    if row.get("low_n"):
        return Text(f"░{text.strip():<6}", style="italic dim")
    if not coloured:
        return Text(text)
    colour = jsi_colour(row["value"])
    return Text(text, style=f"{ink_on(colour)} on {colour}")


def delta(value: float | None, *, digits: int = 1, sure: bool = True) -> Text:
    """Return a change with its arrow; a change that may be chance is grey."""
    if value is None or math.isnan(value):
        return Text("–", style="dim")
    arrow = "▲" if value > 0 else "▼" if value < 0 else "•"
    style = "dim" if not sure else GOOD if value > 0 else BAD
    return Text(f"{arrow} {abs(value):.{digits}f}", style=style)


def short(name: str) -> str:
    """Return a name cut to a column's width.

    >>> short("Company has responded to the consumer")
    'Company has…'
    """
    return name if len(name) <= _COLUMN + 2 else name[: _COLUMN + 1].rstrip() + "…"


def bar(share: float, style: str = BAD) -> Text:
    """Return a bar of a share of the full width, in eighths of a character."""
    width = _BAR if out.width >= 100 else _BAR // 2
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, rest = divmod(eighths, 8)
    return Text(_EIGHTHS[8] * full + (_EIGHTHS[rest] if rest else ""), style=style)


def percent(value: float | None) -> str:
    """Return a share as a percentage."""
    return "–" if value is None or math.isnan(value) else f"{100 * value:.0f} %"


def thousands(value: int | None) -> str:
    """Return a count with thin groups."""
    return "–" if value is None else f"{value:,}"


def quotes(lines: Iterable[tuple[str, str]]) -> RenderableType:
    """Return verbatims with where they are from."""
    text = Text()
    for words, where in lines:
        text.append("“" + words.strip() + "” ", style="italic")
        text.append(where + "\n", style="dim")
    text.rstrip()
    return Padding(text, (0, 0, 0, 2))


def safe(text: str) -> str:
    """Return text with Rich's own markup defused."""
    return escape(text)
