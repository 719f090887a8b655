"""Views of the data themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from rich.console import RenderableType
from rich.text import Text

from touchline.cli.tables import BAD, figure, percent, sheet, thousands

if TYPE_CHECKING:
    from touchline.scores.base import Figure

_SPEAKS: Final = {"fresh": "", "late": BAD, "silent": f"bold {BAD}", "once": "dim"}


def quality(found: Figure) -> RenderableType:
    """Sources down, measures across."""
    if not found.table.num_rows:
        return Text(found.meaning, style="dim")
    table = sheet(
        ("Source", "left"), ("Records", "right"), ("Complete", "right"), ("Valid", "right"), ("Unique", "right"),
        ("Consistent", "right", 3), ("Identified", "right"), ("Speaks every", "right", 2), ("Last", "right", 1),
        ("", "left"),
    )  # fmt: skip
    for row in found.to_dicts():
        whole = row["source"] == "all"
        shares = [
            Text(percent(row[name]), style=BAD if name == row["weakest"] and row[name] < 0.9 else "")
            for name in ("completeness", "validity", "uniqueness", "consistency", "identity")
        ]
        table.add_row(
            Text("All" if whole else row["source"], style="bold" if whole else ""), thousands(row["n"]), *shares,
            "–" if row["days_between"] is None else f"{row['days_between']:g} d", f"{row['last']:%Y-%m-%d}",
            Text("" if whole else row["speaks"], style=_SPEAKS[row["speaks"]]),
        )  # fmt: skip
    return figure(found, table, "How good the data are")


VIEWS: Final[dict[str, Callable[[Figure], RenderableType]]] = {"quality": quality}
