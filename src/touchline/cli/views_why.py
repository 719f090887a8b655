"""Views of the questions of why."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from rich.console import Group, RenderableType
from rich.text import Text

from touchline.cli.tables import figure, percent, sheet, thousands

if TYPE_CHECKING:
    from touchline.scores.base import Figure


def why(found: Figure) -> RenderableType:
    """The chain in sentences with customers' words, and under it all parts that stand out."""
    rows = found.to_dicts()
    told: list[RenderableType] = []
    for row in rows:
        if not row["chosen"] or row["hidden"]:
            continue
        told.append(Text("  " * row["level"] + row["says"], style="bold" if row["level"] else ""))
        told += [Text("  " * row["level"] + f"  “{one['text']}”", style="dim italic") for one in row["verbatims"][:2]]
    table = sheet(
        ("Level", "right", 3), ("Part", "left"), ("Points", "right"), ("95 %", "right", 1), ("p", "right", 4),
        ("Share", "right"), ("Elsewhere", "right", 5), ("Comments", "right"), ("Customers", "right", 2),
    )  # fmt: skip
    for row in rows[1:]:
        if row["hidden"]:
            continue
        name = f"{row['of'].replace('_', '-')} {row['name']}"
        table.add_row(
            str(row["level"]), Text(name, style="bold" if row["chosen"] else "dim"), f"{row['points']:.1f}",
            span(row), chance(row["p"]), percent(row["share"]), percent(row["share_rest"]), thousands(row["n"]),
            thousands(row["customers"]),
        )  # fmt: skip
    if len(rows) > 1:
        told += [Text(""), table]
    return figure(found, Group(*told), "Why")


def span(row: dict[str, Any], digits: int = 1) -> str:
    """Return an interval in words."""
    if row["low"] is None or row["high"] is None:
        return "–"
    return f"{row['low']:.{digits}f} to {row['high']:.{digits}f}"


def chance(p: float | None) -> str:
    """Return a p-value as it is printed."""
    if p is None:
        return "–"
    return "< .001" if p < 0.001 else f"{p:.3f}"


VIEWS: Final[dict[str, Callable[[Figure], RenderableType]]] = {"why": why}
