"""Views of what changes did and would do, and of what is to come."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from rich.console import Group, RenderableType
from rich.text import Text

from touchline.cli.tables import figure, sheet, thousands

if TYPE_CHECKING:
    from touchline.scores.base import Figure

_DASH: Final = "–"


def number(value: Any, scale: float = 1.0, digits: int = 1, *, sign: bool = False) -> str:
    """Return a number, or a dash.

    >>> number(0.123, 100), number(None), number(2.0, sign=True)
    ('12.3', '–', '+2.0')
    """
    if value is None:
        return _DASH
    return f"{value * scale:+,.{digits}f}" if sign else f"{value * scale:,.{digits}f}"


def impact(found: Figure) -> Group:
    """The whole and stages down; both groups before and after, and the effect, across."""
    scale = 100.0 if found.facts["of"] == "churn" else 1.0
    table = sheet(
        ("", "left"), ("Treated", "right", 2), ("Others", "right", 3), ("Effect", "right"), ("Interval", "right", 1),
        ("p adj.", "right", 4), ("Before: slope p", "right", 5), ("placebo p", "right", 5), ("Alike before", "left"),
        ("Customers", "right", 6),
    )  # fmt: skip
    alike = {True: "yes", False: "no", None: "?"}
    for row in found.to_dicts():
        if row["hidden"]:
            table.add_row(row["name"], *[Text("n < 5", style="dim")] * 1, *[""] * 7, thousands(row["customers"]))
            continue
        sure = row["p_adjusted"] is not None and row["p_adjusted"] < 0.05
        table.add_row(
            row["name"],
            f"{number(row['before'], scale)} → {number(row['after'], scale)}",
            f"{number(row['before_other'], scale)} → {number(row['after_other'], scale)}",
            Text(number(row["effect"], scale, sign=True), style="bold" if sure else "italic" if row["low_n"] else ""),
            f"{number(row['low'], scale)} to {number(row['high'], scale)}",
            number(row["p_adjusted"], digits=3), number(row["slope_p"], digits=2), number(row["placebo_p"], digits=2),
            alike[row["parallel"]], thousands(row["customers"]),
        )  # fmt: skip
    unit = "percentage points" if scale == 100 else found.facts["unit"]
    return figure(found, table, f"Impact on {found.facts['of']} ({unit})")


#: Measures of *what if*: name, scale, digits.
_MEASURES: Final = {
    "jsi": ("JSI of the stage", 1.0, 1),
    "jsi_all": ("JSI of the whole", 1.0, 1),
    "churn": ("Customers lost, %", 100.0, 2),
    "lost": ("Customers lost", 1.0, 1),
    "revenue": ("Revenue", 1.0, 0),
    "net": ("Gain less cost", 1.0, 0),
    "roi": ("Return on the cost, %", 100.0, 0),
}


def whatif(found: Figure) -> Group:
    """Measures down; now, without the theme, and the change across."""
    table = sheet(
        ("", "left"), ("Now", "right", 1), ("Then", "right", 1), ("Change", "right"), ("Interval", "right"),
        ("Customers", "right", 2),
    )  # fmt: skip
    facts = found.facts
    for row in found.to_dicts():
        name, scale, digits = _MEASURES[row["measure"]]
        if row["measure"] in ("revenue", "net") and facts["currency"]:
            name = f"{name}, {facts['currency']}"
        if row["hidden"]:
            table.add_row(name, "", "", Text("n < 5", style="dim"), "", thousands(row["customers"]))
            continue
        own = row["measure"] in ("net", "roi")
        sure = row["low"] is not None and (row["low"] > 0 or row["high"] < 0)
        table.add_row(
            name, *("" if own else number(row[when], scale, digits) for when in ("before", "after")),
            Text(number(row["change"], scale, digits, sign=True), style="bold" if sure else "italic"),
            f"{number(row['low'], scale, digits)} to {number(row['high'], scale, digits)}", thousands(row["customers"]),
        )  # fmt: skip
    shown = figure(found, table, f"What if {facts['theme']} were gone from {facts['stage']}")
    if facts["chance"] is None:
        return shown
    told = f"It brings more than it costs in {facts['chance']:.0%} of the samples"
    told += f"; it pays back after {facts['payback']:,.0f} days." if facts["payback"] else "."
    return Group(shown, Text(told, style="dim"))


def forecast(found: Figure) -> Group:
    """Series down; the last value, and what is expected next and at the end, across."""
    facts = found.facts
    digits = 0 if facts["of"] == "contacts" else 1
    table = sheet(
        ("", "left"), ("Of late", "left", 2), ("Last", "right", 1), ("Next", "right"), ("95 %", "right", 3),
        (f"In {facts['ahead']} {facts['by']}s", "right"), ("80 %", "right", 4), ("95 % ", "right"),
        ("Model", "left", 5), ("Error", "right", 6),
    )  # fmt: skip
    rows = found.to_dicts()
    for key in dict.fromkeys(row["series"] for row in rows):
        mine = [row for row in rows if row["series"] == key]
        first, last = mine[0], mine[-1]
        if first["hidden"]:
            table.add_row(first["name"], *[""] * 2, Text("n < 5", style="dim"), *[""] * 6)
            continue
        past = [value for _, value in facts["history"][key]]
        there = [value for value in past if value is not None]
        table.add_row(
            first["name"], _blocks(past[-16:]), number(there[-1], digits=digits),
            Text(number(first["value"], digits=digits), style="bold"), _span(first, "low", "high", digits),
            Text(number(last["value"], digits=digits), style="bold"), _span(last, "low80", "high80", digits),
            _span(last, "low", "high", digits), first["model"], number(first["scaled"], digits=2),
        )  # fmt: skip
    inside = " and ".join(f"{share:.0%} inside those of {level}" for level, share in facts["covered"].items())
    title = "Forecast of contacts" if facts["of"] == "contacts" else "Forecast of the JSI"
    return Group(figure(found, table, title), Text(f"Of past values lay {inside}.", style="dim"))


def _span(row: dict[str, Any], low: str, high: str, digits: int) -> str:
    return f"{number(row[low], digits=digits)} to {number(row[high], digits=digits)}"


def _blocks(values: list[float | None]) -> str:
    """Return a line of blocks, from the least to the largest."""
    there = [value for value in values if value is not None]
    low, span = min(there, default=0.0), (max(there, default=0.0) - min(there, default=0.0)) or 1.0
    return "".join("·" if value is None else "▁▂▃▄▅▆▇█"[min(7, int(8 * (value - low) / span))] for value in values)


_VERDICTS: Final = {
    "better": "The treated do better: one may stop.",
    "worse": "The treated do worse: one may stop.",
    "no such difference": "There is no difference as large as was expected: one may stop.",
    "go on": "Nothing is sure yet: go on, or stop without an answer.",
    "broken": "The assignment is broken: mend it and begin again.",
}


def experiment(found: Figure) -> Group:
    """Both sides and their difference down; looked at once, and at any time, across."""
    facts = found.facts
    scale, digits = (100.0, 2) if facts["shares"] else (1.0, 2)
    table = sheet(
        ("", "left"), ("Customers", "right", 1), ("Value", "right"), ("95 %, once", "right"),
        ("p, once", "right", 2), ("At any time", "right"), ("p, at any time", "right"),
    )  # fmt: skip
    for row in found.to_dicts():
        own = row["role"] == "difference"
        if row["hidden"]:
            table.add_row(row["name"], thousands(row["customers"]), Text("n < 5", style="dim"), *[""] * 4)
            continue
        table.add_row(
            row["name"], thousands(row["customers"]),
            Text(number(row["value"], scale, digits, sign=own), style="bold"),
            f"{number(row['low'], scale, digits)} to {number(row['high'], scale, digits)}",
            number(row["p"], digits=4) if own else "",
            f"{number(row['always_low'], scale, digits)} to {number(row['always_high'], scale, digits)}" if own else "",
            number(row["p_always"], digits=4) if own else "",
        )  # fmt: skip
    unit = "%" if facts["shares"] else facts["currency"]
    title = f"Test: {facts['of']} within {facts['window']}" + (f" ({unit})" if unit else "")
    return Group(figure(found, table, title), Text(_VERDICTS[facts["verdict"]], style="bold"))


def experiment_size(found: Figure) -> Group:
    """Differences down; how many customers they take across."""
    shares = found.facts["base"] is not None
    scale = 100.0 if shares else 1.0
    table = sheet(
        ("Difference, points" if shares else "Difference", "right"), ("Control", "right", 2), ("Treated", "right", 2),
        ("In all, looked at once", "right"), ("At any time, at most", "right"), ("Days", "right", 1),
        ("Days, at most", "right", 1),
    )  # fmt: skip
    for row in found.to_dicts():
        days = ["–" if row[name] is None else thousands(row[name]) for name in ("days", "days_always")]
        table.add_row(
            number(row["lift"], scale, 2), thousands(row["n_control"]), thousands(row["n_treated"]),
            Text(thousands(row["n"]), style="bold"), thousands(row["n_always"]), *days,
        )  # fmt: skip
    return figure(found, table, "Customers that a test takes")


_TARGETS: Final = {"in": "on target", "below": "below target", "above": "above target", "open": "not sure", None: ""}


def metrics(found: Figure) -> Group:
    """Metrics and groups down; value and target across."""
    by = found.facts["by"]
    rows = found.to_dicts()
    aimed = any(row["target"] for row in rows)
    table = sheet(
        ("Metric", "left"), *([(str(by).removeprefix("segment:").capitalize(), "left")] if by else []),
        ("Value", "right"), ("Interval", "right"), ("", "left"), *([("Target", "left")] if aimed else []),
        ("Better", "left", 3), ("Kind", "left", 4), ("n", "right", 2), ("Customers", "right", 1), ("Open", "right", 2),
    )  # fmt: skip
    before = ""
    for row in rows:
        name, before = ("" if row["name"] == before else row["name"]), row["name"]
        kind = ", ".join(part for part in (row["nature"], row["signal"]) if part)
        digits = 3 if row["unit"] == "days" and (row["value"] or 0) < 1 else 1
        told = "n < 5" if row["hidden"] else number(row["value"], digits=digits)
        value = Text(told, style="dim" if row["hidden"] else "bold")
        ends = [number(row[end], digits=digits) for end in ("low", "high")]
        shown = "" if row["low"] is None else " to ".join(ends)
        table.add_row(
            name, *([row["group_name"]] if by else []), value, shown, row["unit"],
            *([_TARGETS[row["target"]]] if aimed else []), row["direction"], kind, thousands(row["n"]),
            thousands(row["customers"]), thousands(row["open"]),
        )  # fmt: skip
    return figure(found, table, "Metrics")


VIEWS: Final[dict[str, Callable[[Figure], RenderableType]]] = {
    "impact": impact,
    "whatif": whatif,
    "forecast": forecast,
    "experiment": experiment,
    "experiment_size": experiment_size,
    "metrics": metrics,
}
