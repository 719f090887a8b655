"""Funnels and paths as terminal tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from rich.console import RenderableType
from rich.text import Text

from touchline.cli.tables import BAD, GOOD, bar, delta, figure, percent, sheet, thousands

if TYPE_CHECKING:
    from touchline.scores.base import Figure

_LONGEST: Final = 70  # characters of a variant


def span(seconds: float | None) -> str:
    """Return a time in the unit that reads best.

    >>> span(90), span(7200), span(86400 * 3.25), span(None)
    ('1.5 min', '2.0 h', '3.2 d', '–')
    """
    if seconds is None:
        return "–"
    for unit, each in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= each:
            return f"{seconds / each:,.1f} {unit}" if seconds < 100 * each else f"{seconds / each:,.0f} {unit}"
    return f"{seconds:.0f} s"


def _rate(row: dict[str, Any], name: str, low: str, high: str) -> Text:
    if row[name] is None:
        return Text("n < 5" if row["hidden"] else "–", style="dim")
    text = Text(percent(row[name]), style="italic" if row["low_n"] else "bold")
    return text.append(f" ({100 * row[low]:.0f}–{100 * row[high]:.0f})", style="dim not bold")


def funnel(found: Figure) -> RenderableType:
    """How many come through."""
    rows = found.to_dicts()
    split = "value" in found.table.column_names
    windowed = any(row["open"] is not None for row in rows)
    table = sheet(
        *(((str(rows[0]["segment"]) if rows else "", "left"),) if split else ()),
        ("Step", "left"),
        ("n", "right"),
        ("", "left", 4),
        ("Of first", "right"),
        ("Of step before", "right", 1),
        ("Median", "right", 2),
        ("9 in 10", "right", 3),
        *((("Open", "right", 5),) if windowed else ()),
        *((("To the rest", "right"), ("p, corrected", "right", 1)) if split else ()),
    )
    most = max((row["n"] for row in rows), default=0) or 1
    value = None
    for row in rows:
        cells: list[Text | str] = []
        if split:
            cells.append("" if row["value"] == value else str(row["value"]))
            value = row["value"]
        cells += [str(row["name"]), thousands(row["n"]), bar(row["n"] / most, GOOD)]
        cells += [_rate(row, "rate", "low", "high"), _rate(row, "step_rate", "step_low", "step_high")]
        cells += [span(row["seconds_median"]), span(row["seconds_p90"])]
        if windowed:
            cells.append(thousands(row["open"]))
        if split:
            change = None if row["difference"] is None else 100 * row["difference"]
            p = row["p_adjusted"]
            cells += [delta(change, sure=row["significant"])]
            cells.append("–" if p is None else "< .001" if p < 0.001 else f"{p:.3f}")
        table.add_row(*cells)
    return figure(found, table, "Funnel")


def lost(found: Figure) -> RenderableType:
    """What the lost did instead."""
    table = sheet(("After", "left"), ("They did", "left"), ("n", "right"), ("", "left", 2), ("Of the lost", "right"))
    step = None
    for row in found.to_dicts():
        table.add_row(
            "" if row["step"] == step else str(row["name"]), row["instead"], thousands(row["n"]),
            bar(row["share"] or 0, BAD), _rate(row, "share", "low", "high"),
        )  # fmt: skip
        step = row["step"]
    return figure(found, table, "What the lost did instead")


def transitions(found: Figure) -> RenderableType:
    """Where customers go next."""
    table = sheet(
        ("From", "left"),
        ("To", "left"),
        ("n", "right"),
        ("Of all from there", "right"),
        ("", "left", 3),
        ("Median", "right", 1),
        ("9 in 10", "right", 2),
        ("Customers", "right", 4),
    )
    for row in found.to_dicts()[:40]:
        table.add_row(
            row["source"], row["target"], thousands(row["n"]), percent(row["share"]), bar(row["share"], GOOD),
            span(row["seconds_median"]), span(row["seconds_p90"]), thousands(row["customers"]),
        )  # fmt: skip
    title = "Where customers go next" + (" (the 40 most common moves)" if found.table.num_rows > 40 else "")
    return figure(found, table, title)


def eventually(found: Figure) -> RenderableType:
    """What comes at any time after what."""
    table = sheet(
        ("From", "left"), ("Later", "left"), ("Customers", "right"), ("Of those there", "right"), ("", "left", 2),
        ("Median", "right", 1), ("9 in 10", "right", 3), ("Pairs", "right", 4),
    )  # fmt: skip
    for row in found.to_dicts()[:40]:
        table.add_row(
            row["source"], row["target"], thousands(row["customers"]), _rate(row, "share", "low", "high"),
            bar(row["share"] or 0, GOOD), span(row["seconds_median"]), span(row["seconds_p90"]), thousands(row["n"]),
        )  # fmt: skip
    title = "What comes later" + (" (the 40 most common)" if found.table.num_rows > 40 else "")
    return figure(found, table, title)


def sankey(found: Figure) -> RenderableType:
    """The levels around a step: each node, and where it went on to most."""
    rows = found.to_dicts()
    table = sheet(
        ("Level", "right"), ("State", "left"), ("Customers", "right"), ("Share", "right"), ("", "left", 1),
        ("Mostly on to", "left", 2),
    )  # fmt: skip
    level = None
    for row in rows:
        if row["part"] != "node":
            continue
        onward = [r for r in rows if r["part"] == "link" and (r["level"], r["source"]) == (row["level"], row["source"])]
        top = max(onward, key=lambda r: r["n"], default=None)
        table.add_row(
            "" if row["level"] == level else f"{row['level']:+d}" if row["level"] else "0", row["source"],
            thousands(row["n"]), _rate(row, "share", "low", "high"), bar(row["share"] or 0, GOOD),
            "" if top is None else f"{top['target']} ({percent(top['n'] / row['n'])})",
        )  # fmt: skip
        level = row["level"]
    return figure(found, table, f"Around {found.facts['anchor']}")


def step_matrix(found: Figure) -> RenderableType:
    """States against positions."""
    rows = found.to_dicts()
    positions = sorted({row["position"] for row in rows})
    table = sheet(("", "left"), *((str(at), "right", at - 1) for at in positions))
    cells = {(row["state"], row["position"]): row for row in rows}
    for state in dict.fromkeys(row["state"] for row in rows):
        table.add_row(
            state,
            *(
                Text(
                    percent(cell["share"]), style="bold" if (cell["share"] or 0) >= 0.2 else "" if cell["n"] else "dim"
                )
                for cell in (cells[state, at] for at in positions)
            ),
        )
    return figure(found, table, "Where customers are at each step")


def variants(found: Figure) -> RenderableType:
    """Whole journeys."""
    table = sheet(
        ("#", "right"), ("Journey", "left"), ("Steps", "right", 3), ("Customers", "right"), ("Share", "right"),
        ("Together", "right", 2), ("Median", "right", 1),
    )  # fmt: skip
    for row in found.to_dicts():
        text = str(row["variant"])
        text = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
        table.add_row(
            "" if row["rank"] is None else str(row["rank"]), text,
            "" if row["steps"] is None else str(row["steps"]), thousands(row["n"]), _rate(row, "share", "low", "high"),
            percent(row["cumulative"]), span(row["seconds_median"]),
        )  # fmt: skip
    return figure(found, table, f"Journeys that are alike ({found.facts['variants']:,} variants)")


def rework(found: Figure) -> RenderableType:
    """Loops."""
    table = sheet(
        ("State", "left"), ("Extra", "right"), ("Of all", "right", 2), ("Repeats", "right", 3), ("Returns", "right", 4),
        ("Came back", "right"), ("Mostly from", "left", 1), ("Away, median", "right", 5), ("Customers", "right", 6),
    )  # fmt: skip
    for row in found.to_dicts():
        back = "–" if row["from"] is None else f"{row['from']} ({percent(row['from_share'])})"
        table.add_row(
            row["state"], thousands(row["extra"]), percent(row["extra_share"]), thousands(row["repeats"]),
            thousands(row["returns"]), _rate(row, "share", "low", "high"), back, span(row["away_seconds_median"]),
            thousands(row["customers"]),
        )  # fmt: skip
    return figure(found, table, "Loops: what is repeated and come back to")


def find(found: Figure) -> RenderableType:
    """Whose journey has a path."""
    rows = found.to_dicts()
    split = "value" in found.table.column_names
    table = sheet(
        (str(rows[0]["segment"]) if split and rows else "", "left"), ("Have it", "right"), ("Of", "right"),
        ("Share", "right"), ("Median", "right", 1), ("9 in 10", "right", 2),
        *((("To the rest", "right"), ("p, corrected", "right", 1)) if split else ()),
    )  # fmt: skip
    for row in rows:
        cells: list[Text | str] = [str(row["value"]) if split else "customers", thousands(row["n"])]
        cells += [thousands(row["customers"]), _rate(row, "share", "low", "high")]
        cells += [span(row["seconds_median"]), span(row["seconds_p90"])]
        if split:
            p = row["p_adjusted"]
            cells.append(delta(None if row["difference"] is None else 100 * row["difference"], sure=row["significant"]))
            cells.append("–" if p is None else "< .001" if p < 0.001 else f"{p:.3f}")
        table.add_row(*cells)
    return figure(found, table, str(found.facts["path"]))


VIEWS: Final[dict[str, Callable[[Figure], RenderableType]]] = {
    "funnel": funnel,
    "funnel_lost": lost,
    "transitions": transitions,
    "eventually": eventually,
    "sankey": sankey,
    "step_matrix": step_matrix,
    "variants": variants,
    "rework": rework,
    "find": find,
}
