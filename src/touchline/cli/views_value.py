"""Views of the figures of money and future."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from rich.console import Group, RenderableType
from rich.text import Text

from touchline.cli.tables import BAD, bar, figure, percent, sheet, thousands

if TYPE_CHECKING:
    from touchline.scores.base import Figure

_DASH: Final = "–"


def amount(value: Any) -> str:
    """Return money in whole units.

    >>> amount(1234.56), amount(None)
    ('1,235', '–')
    """
    return _DASH if value is None else f"{float(value):,.0f}"


def share(row: dict[str, Any], name: str, low: str = "low", high: str = "high") -> Text:
    """Return a share with half the width of its interval, in percent."""
    if row[name] is None:
        return Text("n < 5" if row.get("hidden") else _DASH, style="dim")
    text = Text(f"{100 * row[name]:.1f} %", style="bold")
    if row.get(low) is not None and row.get(high) is not None:
        text.append(f" ±{50 * (row[high] - row[low]):.1f}", style="dim not bold")
    if row.get("low_n"):
        text.stylize("italic dim")
    return text


def between(row: dict[str, Any], low: str, high: str) -> str:
    """Return an interval of money."""
    return _DASH if row[low] is None else f"{amount(row[low])} to {amount(row[high])}"


def value(found: Figure) -> Group:
    """JSI bands down; churn, revenue and what is at risk across."""
    facts = found.facts
    table = sheet(
        ("Standing", "left"), ("Past churn", "right"), ("Outcomes", "right", 3), ("Customers", "right", 2),
        ("Revenue", "right"), ("Foretold", "right", 1), ("At risk", "right"), ("Interval", "right", 4),
    )  # fmt: skip
    several = len({row["value"] for row in found.to_dicts()}) > 1
    for row in found.to_dicts():
        whole = row["band"] == "all"
        name = row["value"] if several and whole else "Everybody" if whole else f"  {row['band']}"
        table.add_row(
            Text(name, style="bold" if whole else ""), share(row, "churn"), thousands(row["n"]),
            thousands(row["customers"]), amount(row["revenue"]), percent(row["foretold"]),
            Text(amount(row["risk"]), style=BAD if (row["risk_low"] or 0) > 0 else ""),
            between(row, "risk_low", "risk_high"),
        )  # fmt: skip
    said: list[RenderableType] = []
    odds = facts["churn_odds"]
    if not math.isnan(odds):
        said.append(
            Text(
                f"Ten points of JSI more go with {odds:.2f} times the odds of being lost "
                f"({facts['churn_odds_low']:.2f} to {facts['churn_odds_high']:.2f})" + _slope(facts) + ".",
                style="dim",
            )
        )
    return Group(figure(found, table, f"Value {facts['currency']}".strip()), *said)


def _slope(facts: Any) -> str:
    slope = facts["revenue_slope"]
    if math.isnan(slope):
        return ""
    low, high = facts["revenue_slope_low"], facts["revenue_slope_high"]
    return f", and with {slope:+,.0f} {facts['currency']} of a year's revenue ({low:+,.0f} to {high:+,.0f})"


def revenue(found: Figure) -> Group:
    """Periods down; what stays of revenue across."""
    several = len({row["value"] for row in found.to_dicts()}) > 1
    table = sheet(
        ("Period", "left"), *([("", "left")] if several else []), ("Revenue", "right"), ("Net", "right"),
        ("Gross", "right", 1), ("Logo churn", "right"), ("New", "right", 4), ("Returned", "right", 5),
        ("Expansion", "right", 2), ("Contraction", "right", 3), ("Lost", "right", 2), ("Customers", "right", 6),
    )  # fmt: skip
    for row in found.to_dicts():
        open_ = " …" if row["censored"] else ""
        table.add_row(
            f"{row['period']}{open_}", *([row["value"]] if several else []), amount(row["revenue"]),
            share(row, "net", "net_low", "net_high"), share(row, "gross", "gross_low", "gross_high"),
            share(row, "churn"), amount(row["new"]), amount(row["returned"]), amount(row["expansion"]),
            amount(row["contraction"]), amount(row["lost"]), thousands(row["customers"]),
        )  # fmt: skip
    return figure(found, table, f"Revenue {found.facts['currency']}".strip())


def churn(found: Figure) -> Group:
    """Who was lost, by anything."""
    table = sheet(
        (str(found.facts["by"]).removeprefix("segment:").capitalize(), "left"), ("Churn", "right"), ("", "left", 3),
        ("Lost", "right"), ("Of", "right", 1), ("Share of all lost", "right", 2), ("Their revenue", "right", 4),
    )  # fmt: skip
    rows = found.to_dicts()
    few = [row for row in rows if row["hidden"]]
    for row in rows:
        if row["hidden"]:
            continue
        table.add_row(
            row["name"], share(row, "churn"), bar(row["churn"] or 0), thousands(row["lost"]), thousands(row["n"]),
            percent(row["share"]), amount(row["revenue"]),
        )  # fmt: skip
    if few and len(few) == len(rows):
        table.add_row("all", Text("n < 5", style="dim"), "", _DASH, _DASH, _DASH, _DASH)
    return figure(found, table, "Customers lost")


def churn_model(found: Figure) -> Group:
    """Measures down; the model and what it must beat across."""
    table = sheet(
        ("Measure", "left"), ("Better", "left", 2), ("Model", "right"), ("Base rate", "right", 1),
        ("Recency alone", "right"), ("Gain", "right"),
    )  # fmt: skip
    for row in found.to_dicts():
        table.add_row(
            row["measure"], row["better"], _plus(row, "model", "low", "high"), _number(row["base_rate"]),
            _number(row["recency"]), _plus(row, "gain", "gain_low", "gain_high"),
        )  # fmt: skip
    parts = found.facts["parts"]
    said = "; ".join(
        f"{name} {part['since']} to {part['until']}: {part['n']:,} outcomes, {part['lost']:,} lost"
        for name, part in parts.items()
    )
    return Group(figure(found, table, "The churn model, judged"), Text(said.capitalize(), style="dim"))


def _number(value: float | None) -> str:
    return _DASH if value is None else f"{value:.3f}"


def _plus(row: dict[str, Any], name: str, low: str, high: str) -> Text:
    if row[name] is None:
        return Text(_DASH, style="dim")
    text = Text(f"{row[name]:.3f}", style="bold")
    if row[low] is not None:
        text.append(f" ±{(row[high] - row[low]) / 2:.3f}", style="dim not bold")
    return text


def churn_weights(found: Figure) -> Group:
    """Facts down, odds ratios across."""
    table = sheet(
        ("Fact", "left"), ("Odds of being lost", "right"), ("Interval", "right"), ("Mean", "right", 1),
        ("Deviation", "right", 2),
    )  # fmt: skip
    for row in found.to_dicts():
        sure = row["low"] > 1 or row["high"] < 1
        table.add_row(
            row["fact"], Text(f"{row['odds']:.2f}", style="bold" if sure else "dim"),
            f"{row['low']:.2f} to {row['high']:.2f}", f"{row['mean']:.2f}", f"{row['deviation']:.2f}",
        )  # fmt: skip
    return figure(found, table, "What speaks for losing a customer")


def health(found: Figure) -> Group:
    """Customers down; their health and its parts across."""
    parts = ("experience", "trend", "recency", "activity", "trouble")
    table = sheet(
        ("Customer", "left"), ("Health", "right"), ("", "left", 8), ("JSI band", "left", 3),
        *((name.capitalize(), "right", 4 + place // 3) for place, name in enumerate(parts)),
        ("Foretold", "right", 1), ("Revenue", "right", 2),
    )  # fmt: skip
    for row in found.to_dicts():
        table.add_row(
            row["customer"], Text(_whole(row["health"]), style="bold"), bar((row["health"] or 0) / 100),
            row["band"], *(_whole(row[name]) for name in parts), percent(row["foretold"]), amount(row["revenue"]),
        )  # fmt: skip
    return figure(found, table, "Health")


def _whole(value: float | None) -> str:
    return _DASH if value is None else f"{value:.0f}"


def clv(found: Figure) -> Group:
    """Customers or segments down; what they are worth across."""
    by_segment = "name" in found.table.column_names
    first: tuple[tuple[str, str] | tuple[str, str, int], ...] = (
        (("Segment", "left"), ("Customers", "right", 1), ("Mean", "right"))
        if by_segment
        else (("Customer", "left"), ("Alive", "right"), ("Purchases", "right", 1), ("Of", "right", 2))
    )
    table = sheet(*first, ("Value", "right"), ("Interval", "right", 3))
    for row in found.to_dicts():
        told: tuple[str, ...]
        if by_segment:
            told = (row["name"], thousands(row["customers"]), amount(row["mean"]))
        else:
            bought = _DASH if row["purchases"] is None else f"{row['purchases']:.1f}"
            told = (row["customer"], percent(row["alive"]), bought, amount(row["amount"]))
        table.add_row(*told, Text(amount(row["value"]), style="bold"), between(row, "low", "high"))
    facts = found.facts
    whole = f"All {facts['customers']:,} customers: {amount(facts['value'])} {facts['currency']}"
    if not math.isnan(facts["value_low"]):
        whole += f" ({amount(facts['value_low'])} to {amount(facts['value_high'])})"
    return Group(figure(found, table, "Lifetime value"), Text(f"{whole}.", style="dim"))


def gate(found: Figure) -> Group:
    """Thresholds down; who would have been held across."""
    table = sheet(
        ("JSI below", "right"), ("", "left"), ("Held", "right"), ("Of them lost", "right"),
        ("Of the passed lost", "right", 3), ("Lost found", "right", 1), ("Kept passed", "right", 2),
        ("Youden's J", "right", 4), ("Cost", "right", 5),
    )  # fmt: skip
    called = {"youden": "separates best", "cost": "cheapest", "gate": "the gate"}
    for row in found.to_dicts():
        why = ", ".join(called[name] for name in (row["chosen"] or "").split())
        table.add_row(
            Text(str(row["threshold"]), style="bold" if why else ""), Text(why, style="bold"), thousands(row["held"]),
            share(row, "held_lost"), share(row, "passed_lost", "passed_lost_low", "passed_lost_high"),
            percent(row["sensitivity"]), percent(row["specificity"]), _number(row["youden"]), _number(row["cost"]),
        )  # fmt: skip
    facts = found.facts
    said = (
        f"AUC {facts['auc']:.2f} ({facts['auc_low']:.2f} to {facts['auc_high']:.2f}); separates best at "
        f"{facts['youden']:.0f} ({facts['youden_low']:.0f} to {facts['youden_high']:.0f}), cheapest at "
        f"{facts['cheapest']:.0f} ({facts['cheapest_low']:.0f} to {facts['cheapest_high']:.0f})."
    )
    return Group(figure(found, table, "Which JSI tells who will stay"), Text(said, style="dim"))


def fairness(found: Figure) -> Group:
    """What differs most comes first."""
    rows = [row for row in found.to_dicts() if not row["hidden"] and row["difference"] is not None]
    rows.sort(key=lambda row: (not row["significant"], 2.0 if row["p"] is None else row["p"]))
    table = sheet(
        ("Segment", "left"), ("Measure", "left"), ("Rate", "right"), ("Others", "right"), ("Difference", "right"),
        ("95 %", "right", 2), ("p, corrected", "right", 1), ("Customers", "right", 3),
    )  # fmt: skip
    for row in rows[:40]:
        p = row["p"]
        table.add_row(
            f"{row['segment']}={row['value']}", row["measure"], percent(row["rate"]), percent(row["rest"]),
            Text(f"{100 * row['difference']:+.1f}", style="bold" if row["significant"] else ""),
            f"{100 * row['difference_low']:+.1f} to {100 * row['difference_high']:+.1f}",
            "–" if p is None else ("< .001" if p < 0.001 else f"{p:.3f}"), thousands(row["customers"]),
        )  # fmt: skip
    return figure(found, table, "Whether models treat segments alike")


VIEWS: Final[dict[str, Callable[[Figure], RenderableType]]] = {
    "value": value,
    "revenue": revenue,
    "churn": churn,
    "churn_model": churn_model,
    "churn_weights": churn_weights,
    "health": health,
    "clv": clv,
    "gate": gate,
    "fairness": fairness,
}
