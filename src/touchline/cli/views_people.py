"""Views of what customers wrote, and of customers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from rich.console import RenderableType
from rich.text import Text

from touchline.cli.tables import BAD, GOOD, figure, score, sheet, thousands

if TYPE_CHECKING:
    from touchline.scores.base import Figure

_TONES: Final = {-1: BAD, 0: "dim", 1: GOOD}


def feedback(found: Figure) -> RenderableType:
    """Texts, with what was felt coloured and what was looked for underlined."""
    table = sheet(("When", "left"), ("Who", "left"), ("What they wrote", "left", 1), ("About", "left"))
    for row in found.to_dicts():
        about = Text("\n").join(
            Text(" · ".join(part for part in (one["stage"], one["theme"]) if part), style=_TONES[one["sentiment"]])
            for one in row["mentions"]
        )
        table.add_row(f"{row['occurred_at']:%Y-%m-%d}", Text(row["customer_ref"] or "anonymous"), _text(row), about)
    told = f"{thousands(found.facts['n'])} texts of {thousands(found.facts['customers'])} customers"
    return figure(found, table, told)


def _text(row: dict[str, Any]) -> Text:
    text = Text(row["text"] or "")
    for one in row["mentions"]:
        text.stylize(_TONES[one["sentiment"]], one["start"], one["end"])
    for span in row["found"]:
        text.stylize("bold underline", span["start"], span["end"])
    return text


def customers(found: Figure) -> RenderableType:
    """Customers, with how they stand; those behind a row of another figure are known without it."""
    if "jsi" not in found.table.column_names:
        from touchline.cli.views import plain

        return plain(found)
    table = sheet(
        ("Customer", "left"), ("Account", "left"), ("JSI", "right"), ("28 days", "right"), ("", "left"),
        ("Touches", "right"), ("Paid", "right"), ("Last seen", "right"),
    )  # fmt: skip
    for row in found.to_dicts():
        trend = row["trend"]
        table.add_row(
            Text(row["customer"]), Text(row["account"] or ""), score(row),
            Text("–" if trend is None else f"{trend:+.0f}", style=BAD if (trend or 0) < -0.5 else ""),
            Text(row["band"], style=BAD if row["band"] == "at risk" else "dim"), thousands(int(row["n"] or 0)),
            "–" if row["value"] is None else f"{row['value']:,.0f}", f"{row['last_seen']:%Y-%m-%d}",
        )  # fmt: skip
    return figure(found, table, f"{thousands(found.facts['customers'])} customers")


VIEWS: Final[dict[str, Callable[[Figure], RenderableType]]] = {"feedback": feedback, "customers": customers}
