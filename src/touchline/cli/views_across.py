"""Views of the questions that reach across stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.text import Text

from touchline.cli.tables import figure, sheet, thousands

if TYPE_CHECKING:
    from touchline.scores.base import Figure


def attribution(found: Figure) -> RenderableType:
    """Names against models, one table per group; the interval stands beside a single model."""
    rows = found.to_dicts()
    models = [str(model) for model in found.facts["models"]]
    groups = list(dict.fromkeys(row.get("group", "all") for row in rows))
    sheets: list[RenderableType] = []
    for group in groups:
        mine = [row for row in rows if row.get("group", "all") == group]
        table = sheet(
            (str(found.facts["of"]).capitalize(), "left"),
            *((model.replace("_", " ").capitalize(), "right", rank) for rank, model in enumerate(models)),
            ("Paths", "right"),
            ("Customers", "right", 1),
        )
        cells = {(row["name"], row["model"]): row for row in mine}
        for name in dict.fromkeys(row["name"] for row in mine):
            one = next(row for row in mine if row["name"] == name)
            table.add_row(
                str(name),
                *(_credit(cells.get((name, model)), alone=len(models) == 1) for model in models),
                thousands(one["n"]),
                thousands(one["customers"]),
            )
        sheets += ([Text(str(group), style="bold")] if len(groups) > 1 else []) + [table]
    return figure(found, Group(*sheets), "Attribution")


def _credit(row: dict[str, Any] | None, *, alone: bool) -> Text:
    if row is None or row["credit"] is None:
        return Text("–", style="dim")
    value = row.get("points", row["credit"]) if "points" in row else row["credit"]
    shown = f"{value:+.2f}" if "points" in row else _number(value)
    if alone and row["low"] is not None and "points" not in row:
        shown += f" ({_number(row['low'])}–{_number(row['high'])})"
    return Text(shown, style="dim" if row["low_n"] else "")


def _number(value: float) -> str:
    return f"{value:,.1f}" if abs(value) < 1000 else f"{value:,.0f}"
