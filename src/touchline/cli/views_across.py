"""Views of the questions that reach across stages."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from rich.console import Group, RenderableType
from rich.text import Text

from touchline.cli.tables import figure, percent, sheet, thousands

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


def issues(found: Figure) -> RenderableType:
    """What comes back, from where, how much more often than by chance."""
    table = sheet(
        ("Theme", "left"),
        ("Born", "left"),
        ("Resurfaces", "left"),
        ("Customers", "right"),
        ("By chance", "right", 3),
        ("Lift", "right"),
        ("95 %", "right", 1),
        ("Share", "right", 4),
        ("Median days", "right", 2),
    )
    rows = [row for row in found.to_dicts() if not row["hidden"]]
    for row in rows:
        style = "dim" if row["low_n"] else ("bold" if row["low"] is not None and row["low"] > 1 else "")
        table.add_row(
            row["theme"], row["born"], row["resurfaces"], thousands(row["customers"]), f"{row['expected']:.1f}",
            Text(_two(row["lift"]), style=style), _span(row["low"], row["high"]), percent(row["share"]),
            f"{row['median_days']:.1f}",
        )  # fmt: skip
    return figure(found, table if rows else Text("Nothing comes back often enough to be shown.", style="dim"), "Issues")


def compounding(found: Figure) -> RenderableType:
    """Pairs of stages: negative after negative, and after not negative."""
    table = sheet(
        ("Before", "left"),
        ("After", "left"),
        ("If negative", "right"),
        ("If not", "right"),
        ("Points", "right"),
        ("95 %", "right", 1),
        ("p, corrected", "right", 2),
        ("Customers", "right", 3),
    )
    for row in found.to_dicts():
        if row["difference"] is None:
            continue
        p = row["p_adjusted"]
        table.add_row(
            row["before"], row["after"], percent(row["if_negative"]), percent(row["if_not"]),
            Text(f"{100 * row['difference']:+.0f}", style="bold" if row["significant"] else "dim"),
            f"{100 * row['low']:+.0f} to {100 * row['high']:+.0f}", "< .001" if p < 0.001 else f"{p:.3f}",
            thousands(row["customers"]),
        )  # fmt: skip
    return figure(found, table, "Trouble that comes with trouble")


def grievances(found: Figure) -> RenderableType:
    """How many are lost, by the complaints that they came with."""
    table = sheet(
        ("Open grievances", "left"), ("Customers", "right"), ("Lost", "right", 2), ("Rate", "right"),
        ("95 %", "right", 1), ("Not known yet", "right", 3),
    )  # fmt: skip
    for row in found.to_dicts():
        table.add_row(
            row["grievances"], thousands(row["customers"]), thousands(row["lost"]), percent(row["rate"]),
            "–" if row["rate"] is None else f"{percent(row['low'])} to {percent(row['high'])}", thousands(row["open"]),
        )  # fmt: skip
    return figure(found, table, "Open grievances")


def effort(found: Figure) -> RenderableType:
    """What a completed journey took."""
    rows = [row for row in found.to_dicts() if not row["hidden"]]
    split = "segment" in found.table.column_names
    table = sheet(
        *([("Segment", "left")] if split else []),
        ("Measure", "left"), ("Mean", "right"), ("95 %", "right", 1), ("Median", "right"), ("90 %", "right", 2),
        ("Journeys", "right", 3),
    )  # fmt: skip
    for row in rows:
        table.add_row(
            *([row["segment"]] if split else []),
            row["measure"].replace("_", " "), _two(row["mean"]), _span(row["low"], row["high"]),
            f"{row['median']:.3g}", f"{row['p90']:.3g}", thousands(row["n"]),
        )  # fmt: skip
    return figure(found, table, "Journey effort")


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _span(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"{low:.2f}–{high:.2f}"


VIEWS: Final[dict[str, Callable[[Figure], RenderableType]]] = {
    "attribution": attribution,
    "issues": issues,
    "compounding": compounding,
    "grievances": grievances,
    "effort": effort,
}
