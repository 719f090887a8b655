"""Views of the figures of service: groups down, metrics across."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.console import Group, RenderableType
from rich.text import Text

from touchline.cli.tables import delta, figure, percent, sheet, short, thousands

if TYPE_CHECKING:
    from touchline.scores.base import Figure

_TITLES: Final = {
    "service": "How service is done",
    "sla": "Targets kept",
    "fcr": "First contact resolution",
}
#: Weeks of the backlog and themes that a terminal shows.
_WEEKS: Final = 26
_THEMES: Final = 20


def span(seconds: float | None) -> str:
    """Return a time as one reads it.

    >>> span(42), span(300), span(5400), span(200_000), span(None)
    ('42 s', '5.0 min', '1.5 h', '2.3 d', '–')
    """
    if seconds is None:
        return "–"
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= (size if unit != "d" else 1.5 * size):
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.0f} s"


def metrics(found: Figure) -> RenderableType:
    """Show groups down and metrics across, each number with its interval."""
    rows = found.to_dicts()
    names = {row["metric"]: row["metric_name"] for row in rows}
    groups: dict[str, dict[str, dict[str, Any]]] = {}
    called: dict[str, str] = {}
    for row in rows:
        groups.setdefault(row["group"], {})[row["metric"]] = row
        called[row["group"]] = row["name"]
    table = sheet(
        (str(found.facts["by"]).removeprefix("segment:").capitalize(), "left"),
        *((name, "right", place) for place, name in enumerate(names.values())),
    )
    for group, cells in groups.items():
        table.add_row(called[group], *(_cell(cells.get(metric)) for metric in names))
    return figure(found, table, _TITLES[found.name])


def _cell(row: dict[str, Any] | None) -> Text:
    if row is None:
        return Text("–", style="dim")
    if row["hidden"]:
        return Text("n < 5", style="dim")
    value, low, high = row["value"], row["low"], row["high"]
    if value is None:
        return Text("–", style="dim")
    if row["unit"] == "count":
        return Text(thousands(int(value)))
    if row["unit"] == "kappa":
        return Text(f"{value:.2f}", style="italic dim" if row["low_n"] else "")
    if row["unit"] == "share":
        text = Text(percent(value), style="bold")
        text.append(f" ±{50 * (high - low):.0f}" if low is not None else "", style="dim not bold")
    else:
        text = Text(span(value), style="bold")
        text.append(f" ({span(low)}–{span(high)})" if low is not None else "", style="dim not bold")
    if row["low_n"]:
        text.stylize("italic dim")
    return text


def backlog(found: Figure) -> RenderableType:
    """Show what is open, how old, and what came and went."""
    rows = found.to_dicts()
    weekly = found.facts["by"] == "week"
    table = sheet(
        ("Week of" if weekly else str(found.facts["by"]).removeprefix("segment:").capitalize(), "left"),
        ("Open", "right"),
        *((("Opened", "right", 2), ("Closed", "right", 3)) if weekly else ()),
        ("Age, median", "right"),
        ("Age, p90", "right", 1),
        ("Oldest", "right", 4),
        ("Customers", "right", 5),
    )
    for row in rows[-_WEEKS:] if weekly else rows:
        age = Text("n < 5" if row["hidden"] else span(row["age_median"]), style="italic dim" if row["low_n"] else "")
        if row["low"] is not None:
            age.append(f" ({span(row['low'])}–{span(row['high'])})", style="dim")
        table.add_row(
            row["name"] + (" …" if row["censored"] else ""), thousands(row["n"]),
            *((thousands(row["opened"]), thousands(row["closed"])) if weekly else ()),
            age, span(row["age_p90"]), span(row["oldest"]), thousands(row["customers"]),
        )  # fmt: skip
    earlier = Text(
        f"{len(rows) - _WEEKS} earlier weeks: with --json" if weekly and len(rows) > _WEEKS else "", style="dim"
    )
    return Group(figure(found, table, "What is open"), earlier)


def reasons(found: Figure) -> RenderableType:
    """Show themes down, with their share, change and count per channel."""
    rows = found.to_dicts()
    whole = [row for row in rows if row["channel"] is None]
    per: dict[tuple[str, str], dict[str, Any]] = {
        (row["theme"], row["channel"]): row for row in rows if row["channel"] is not None
    }
    channels = sorted({channel for _, channel in per})
    table = sheet(
        ("Theme", "left"),
        ("Conversations", "right"),
        ("Share", "right"),
        ("Change", "right"),
        *((short(channel), "right", place) for place, channel in enumerate(channels, 1)),
    )
    for row in whole[:_THEMES]:
        share = Text(
            "n < 5" if row["hidden"] else percent(row["share"]), style="italic dim" if row["low_n"] else "bold"
        )
        if row["low"] is not None:
            share.append(f" ±{50 * (row['high'] - row['low']):.0f}", style="dim not bold")
        change = None if row["change"] is None else 100 * (row["change"] - 1)
        table.add_row(
            row["name"], thousands(row["n"]), share,
            delta(change, digits=0, sure=row["significant"]) + ("" if change is None else " %"),
            *(thousands(per[row["theme"], one]["n"]) if (row["theme"], one) in per else "–" for one in channels),
        )  # fmt: skip
    more = Text(f"{len(whole) - _THEMES} more themes: with --json" if len(whole) > _THEMES else "", style="dim")
    return Group(figure(found, table, "Why customers contact service"), more)


def staffing(found: Figure) -> RenderableType:
    """Show the numbers around the need, the need in bold."""
    mail = found.facts["model"] == "backlog"
    table = sheet(
        ("Agents", "right"), ("In time", "right"), ("Busy", "right"),
        *((("Open, mean", "right"), ("Open, mornings", "right")) if mail else
          (("Wait at all", "right"), ("Mean wait", "right"), ("Give up", "right"))),
    )  # fmt: skip
    for row in found.to_dicts():
        style = "bold" if row["needed"] else "dim"
        cells = [thousands(row["agents"]), f"{100 * row['in_time']:.1f} %", percent(row["busy"])]
        if mail:
            cells += [thousands(round(row["mean_backlog"])), thousands(round(row["morning_backlog"]))]
        else:
            cells += [percent(row["wait_chance"]), span(row["mean_wait"]), percent(row["abandoned"])]
        table.add_row(*(Text(cell, style=style) for cell in cells))
    need = Text(f"{found.facts['agents']} agents", style="bold")
    if found.facts["scheduled"] != found.facts["agents"]:
        need.append(f", {found.facts['scheduled']} on the rota")
    return Group(need, figure(found, table, "Staffing"))


VIEWS: Final = {
    "service": metrics,
    "sla": metrics,
    "fcr": metrics,
    "backlog": backlog,
    "reasons": reasons,
    "staffing": staffing,
}
