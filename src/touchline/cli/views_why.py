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


def _named(row: dict[str, Any]) -> str:
    return str(row["name"]) if row["kind"] in ("theme", "stage") else f"{row['kind']}: {row['name']}"


def drivers(found: Figure) -> RenderableType:
    """Drivers, most important first; those that do not stand out are dim."""
    table = sheet(
        ("Driver", "left"), ("Kind", "left", 4), ("Importance", "right"), ("95 %", "right", 1), ("Effect", "right"),
        ("JSI", "right", 3), ("", "left"), ("Customers", "right", 2),
    )  # fmt: skip
    for row in found.to_dicts():
        effect = f"{100 * row['effect']:+.1f}"
        table.add_row(
            Text(_named(row), style="" if row["stands_out"] else "dim"), row["kind"], f"{row['importance']:.2f}",
            span(row, 2), Text(effect, style="bold" if row["stands_out"] else "dim"),
            "–" if row["jsi"] is None else f"{row['jsi']:.0f}", row["quadrant"] or "", thousands(row["customers"]),
        )  # fmt: skip
    facts = found.facts
    fit = Text(
        f"On {facts['held_out']:,} customers held out: AUC {facts['auc']:.2f} "
        f"({facts['auc_low']:.2f} to {facts['auc_high']:.2f}); effects are points of probability.",
        style="dim",
    )
    return figure(found, Group(table, fit), f"Drivers of {'churn' if facts['of'] == 'churn' else 'a bad score'}")


def nps_bridge(found: Figure) -> RenderableType:
    """Who answered, what they said: bars that add up to the change."""
    facts = found.facts
    told = Text("There is too little to tell.", style="dim")
    if facts["change"] is not None:
        told = Text(
            f"NPS {facts['before']:+.0f} to {facts['after']:+.0f}: {facts['change']:+.1f} points, of which mix "
            f"{facts['mix']:+.1f} and within {facts['within']:+.1f}."
        )
    table = sheet(
        ("", "left", 2), ("What", "left"), ("Points", "right"), ("95 %", "right", 1), ("Answers before", "right", 3),
        ("after", "right", 4),
    )  # fmt: skip
    for row in found.to_dicts():
        if row["total"] is not None:
            style = "bold" if row["low"] * row["high"] > 0 else "dim"
            table.add_row(
                row["kind"], row["name"], Text(f"{row['total']:+.1f}", style=style), span(row),
                thousands(row["n_before"]), thousands(row["n_after"]),
            )  # fmt: skip
    return figure(found, Group(told, Text(""), table), "Why the NPS moved")


def changepoints(found: Figure) -> RenderableType:
    """A sentence per change, and the levels."""
    rows = [row for row in found.to_dicts() if not row["hidden"]]
    table = sheet(
        ("Week of", "left"), ("95 %", "left", 1), ("Stage", "left"), ("", "left"), ("Before", "right"),
        ("After", "right"), ("p", "right", 2), ("Changed most", "left", 3),
    )  # fmt: skip
    for row in rows:
        causes = ", ".join(f"{one['name']} {one['points']:+.1f}" for one in row["causes"])
        after = Text(f"{row['after']:.1f}", style="dim" if row["low_n"] else "bold")
        table.add_row(
            str(row["week"]), f"{row['low']} to {row['high']}", row["stage_name"], row["series"],
            f"{row['before']:.1f}", after, chance(row["p_adjusted"]), causes or "–",
        )  # fmt: skip
    shown: RenderableType = table if rows else Text("Nothing changed its level beyond chance.", style="dim")
    return figure(found, shown, "Change points")


def differences(found: Figure) -> RenderableType:
    """Comparisons, the surest and largest first; those that may be chance are dim."""
    table = sheet(
        ("Who", "left"), ("Stage", "left"), ("Metric", "left"), ("Here", "right", 4), ("Rest", "right", 5),
        ("Difference", "right"), ("95 %", "right", 1), ("p, corrected", "right", 2), ("Customers", "right", 3),
    )  # fmt: skip
    for row in found.to_dicts():
        if row["difference"] is None:
            continue
        style = "bold" if row["significant"] else "dim"
        table.add_row(
            f"{row['segment']} {row['value']}", row["stage_name"], row["name"], f"{row['here']:.0f}",
            f"{row['rest']:.0f}", Text(f"{row['difference']:+.1f}", style=style),
            f"{row['difference_low']:+.1f} to {row['difference_high']:+.1f}", chance(row["p_adjusted"]),
            thousands(row["customers"]),
        )  # fmt: skip
    return figure(found, table, "Differences")


def moments(found: Figure) -> RenderableType:
    """Moments, the strongest first; those that may be chance are dim."""
    churn = found.facts["outcome"] == "churn"
    table = sheet(
        ("Moment", "left"), ("", "left"), ("Load", "right"), ("Effect, points" if churn else "Effect", "right"),
        ("95 %", "right", 1), ("Score", "right", 2), ("JSI", "right", 4), ("Customers", "right", 3),
    )  # fmt: skip
    by = 100.0 if churn else 1.0
    for row in found.to_dicts():
        if row["hidden"]:
            continue
        table.add_row(
            Text(row["name"], style="" if row["stands_out"] else "dim"), row["moment"], percent(row["load"]),
            Text(f"{by * row['effect']:+.1f}", style="bold" if row["stands_out"] else "dim"),
            f"{by * row['effect_low']:+.1f} to {by * row['effect_high']:+.1f}", f"{by * row['score']:+.1f}",
            f"{row['jsi']:.0f}", thousands(row["customers"]),
        )  # fmt: skip
    return figure(found, table, "Moments that matter")


VIEWS: Final[dict[str, Callable[[Figure], RenderableType]]] = {
    "why": why,
    "drivers": drivers,
    "nps_bridge": nps_bridge,
    "changepoints": changepoints,
    "differences": differences,
    "moments": moments,
}
