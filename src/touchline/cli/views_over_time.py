"""Stages over time, cohorts and clusters as terminal tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from rich.console import Group, RenderableType
from rich.text import Text

from touchline.cli.tables import BAD, bar, figure, percent, sheet, thousands

if TYPE_CHECKING:
    from touchline.scores.base import Figure


def dwell(found: Figure) -> RenderableType:
    """How long visits last, and which stages hold customers up."""
    rows = found.to_dicts()
    by = found.facts["by"]
    table = sheet(
        (str(found.facts["of"]).capitalize(), "left"),
        *(((str(by), "left"),) if by else ()),
        ("Median", "right"),
        ("9 in 10", "right"),
        ("Mean", "right", 2),
        ("Bottleneck", "right"),
        ("", "left", 1),
        ("Excess", "right"),
        ("Visits", "right", 3),
        ("Open", "right", 4),
        ("Customers", "right", 5),
    )
    most = max((row["excess_share"] or 0 for row in rows), default=0) or 1
    for row in rows:
        table.add_row(
            row["stage"],
            *((row["segment"],) if by else ()),
            _days(row, "median_days"),
            _days(row, "p90_days"),
            _days(row, "mean_days"),
            Text("" if row["rank"] is None else f"#{row['rank']}", style="bold" if row["rank"] == 1 else ""),
            bar((row["excess_share"] or 0) / most, BAD),
            percent(row["excess_share"]),
            thousands(row["n"]),
            thousands(row["open"]),
            thousands(row["customers"]),
        )
    return figure(found, table, "How long customers stay")


def dropoff(found: Figure) -> RenderableType:
    """Who did not go on."""
    rows = found.to_dicts()
    by = found.facts["by"]
    title = "Where feedback stops" if found.facts["feedback_alone"] else "Who did not go on"
    table = sheet(
        ("Stage", "left"),
        *(((str(by), "left"),) if by else ()),
        ("Drop-off", "right"),
        ("", "left", 1),
        *((("Against the rest", "right"),) if by else ()),
        ("Due after", "right", 4),
        ("Came", "right", 3),
        ("Closed", "right", 2),
        ("Open", "right", 5),
    )
    for row in rows:
        table.add_row(
            row["stage"],
            *((row["segment"],) if by else ()),
            _share(row, "dropoff"),
            bar(row["dropoff"] or 0, BAD),
            *((_against(row),) if by else ()),
            _days(row, "due_days"),
            thousands(row["n"]),
            thousands(row["customers"]),
            thousands(row["open"]),
        )
    return figure(found, table, title)


def survival(found: Figure) -> RenderableType:
    """Curves as rows: a column per day."""
    rows = found.to_dicts()
    by = found.facts["by"]
    days = list(dict.fromkeys(row["day"] for row in rows))
    table = sheet(
        ("From", "left"),
        *(((str(by), "left"),) if by else ()),
        ("Half by", "right"),
        *((f"{day:g} d", "right", len(days) - i) for i, day in enumerate(days)),
        *((("p", "right"),) if by else ()),
        ("Customers", "right", len(days) + 1),
    )
    curves: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        curves.setdefault((row["stage"], row.get("segment", "")), []).append(row)
    for (stage, segment), line in curves.items():
        table.add_row(
            stage,
            *((segment,) if by else ()),
            _days(line[0], "median_days"),
            *(_share(row, "survival") for row in line),
            *((_p(line[0]["p_adjusted"]),) if by else ()),
            thousands(line[0]["n"]),
        )
    return figure(found, table, "Still on the way")


def cohorts(found: Figure) -> RenderableType:
    """The triangle: a line per cohort, a column per period since."""
    rows = found.to_dicts()
    by = found.facts["by"]
    letter = found.facts["period"][0].upper()
    periods = sorted({row["period"] for row in rows})
    table = sheet(
        ("Began", "left"),
        *(((str(by), "left"),) if by else ()),
        ("Customers", "right"),
        *((f"{letter}{period}", "right", period + 1) for period in periods),
    )
    lines: dict[tuple[Any, str], dict[int, dict[str, Any]]] = {}
    for row in rows:
        lines.setdefault((row["cohort"], row.get("segment", "")), {})[row["period"]] = row
    for (cohort, segment), line in lines.items():
        table.add_row(
            Text("all", style="bold") if cohort is None else cohort.isoformat(),
            *((segment,) if by else ()),
            thousands(next(iter(line.values()))["size"]),
            *(_cell(line[period], found.facts["measure"]) if period in line else "" for period in periods),
        )
    return figure(found, table, "Cohorts")


def overview(found: Figure) -> RenderableType:
    """A line per segment's value, a column per metric; what surely differs from the rest is bold and signed."""
    rows = found.to_dicts()
    metrics = found.facts["metrics"]
    shares = {row["metric"] for row in rows if row["unit"] == "share of customers"}
    table = sheet(
        ("Segment", "left"),
        ("Value", "left"),
        ("Customers", "right"),
        *((metric.replace("stage:", "").replace("_", " "), "right", i) for i, metric in enumerate(metrics, start=1)),
    )
    lines: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for row in rows:
        lines.setdefault((row["segment"], row["level"]), {})[row["metric"]] = row
    for (segment, level), line in lines.items():
        first = next(iter(line.values()))
        table.add_row(
            segment,
            level,
            f"{thousands(first['customers'])} ({percent(first['customers'] / max(found.facts['customers'], 1))})",
            *(_metric(line[metric], metric in shares) for metric in metrics),
        )
    return figure(found, table, "Segments side by side")


def clusters(found: Figure) -> RenderableType:
    """Types of behaviour, and the rule that finds each."""
    rows = found.to_dicts()
    table = sheet(
        ("#", "right"),
        ("Type", "left"),
        ("Customers", "right"),
        ("Events", "right", 2),
        ("Days", "right", 3),
        *((("JSI", "right"),) if rows and "jsi" in rows[0] else ()),
        *(((f"Took {found.facts['to']}", "right"),) if found.facts["to"] else ()),
        ("Silhouette", "right", 4),
    )
    for row in rows:
        table.add_row(
            str(row["cluster"]),
            row["name"],
            f"{thousands(row['customers'])} ({percent(row['share'])})" if row["share"] is not None else "n < 5",
            _number(row["events"]),
            _number(row["days"]),
            *((_number(row["jsi"]),) if "jsi" in row else ()),
            *((percent(row["conversion"]),) if found.facts["to"] else ()),
            _number(row["silhouette"], 2),
        )
    told: list[RenderableType] = [table]
    for row in rows:
        told.append(Text(f"{row['cluster']}  {row['name']}", style="bold"))
        if row["apart"]:
            told.append(Text(f"   does: {row['apart']}"))
        if row["rule"]:
            told.append(Text(f"   rule: {row['rule']}"))
            right = f"{percent(row['precision'])} of whom it finds are right"
            told.append(Text(f"   finds {percent(row['recall'])} of them; {right}", "dim"))
    return figure(found, Group(*told, Text("")), "Types of behaviour")


def _number(value: float | None, digits: int = 0) -> str:
    return "\u2013" if value is None else f"{value:,.{digits}f}"


def _metric(row: dict[str, Any], share: bool) -> Text:
    if row["hidden"]:
        return Text("··", style="dim")
    if row["value"] is None:
        return Text("\u2013", style="dim")
    value = row["value"]
    text = percent(value) if share else f"{value:,.2f}" if abs(value) < 10 else f"{value:,.0f}"
    if not row["significant"]:
        return Text(text, style="italic dim" if row["low_n"] else "")
    return Text(text + (" ▲" if row["difference"] > 0 else " ▼"), style="bold")


def _cell(row: dict[str, Any], measure: str) -> Text:
    if row["hidden"]:
        return Text("··", style="dim")
    if row["value"] is None:
        return Text("…" if row["censored"] else "\u2013", style="dim")
    said = {"retention": lambda x: f"{100 * x:.0f}", "score": lambda x: f"{x:+.2f}", "jsi": lambda x: f"{x:.0f}"}
    text = said.get(measure, lambda x: f"{x:,.2f}")(row["value"])
    return Text(text, style="italic dim" if row["low_n"] else "")


def _days(row: dict[str, Any], name: str) -> Text:
    if row["hidden"]:
        return Text("n < 5", style="dim")
    value = row[name]
    if value is None:
        return Text("\u2013", style="dim")
    text = f"{value * 24:.1f} h" if value < 1 else f"{value:.1f} d" if value < 100 else f"{value:.0f} d"
    return Text(text, style="italic dim" if row["low_n"] else "")


def _share(row: dict[str, Any], name: str) -> Text:
    if row["hidden"]:
        return Text("n < 5", style="dim")
    if row[name] is None:
        return Text("open" if row.get("censored") else "\u2013", style="dim")
    text = Text(percent(row[name]), style="italic dim" if row["low_n"] else "bold")
    if row["low"] is not None and row["high"] is not None:
        text.append(f" \u00b1{50 * (row['high'] - row['low']):.0f}", style="dim not bold")
    return text


def _against(row: dict[str, Any]) -> Text:
    if row["hidden"] or row["difference"] is None:
        return Text("\u2013", style="dim")
    return Text(f"{100 * row['difference']:+.0f}", style="bold" if row["significant"] else "dim")


def _p(value: float | None) -> Text:
    if value is None:
        return Text("\u2013", style="dim")
    return Text("< 0.001" if value < 0.001 else f"{value:.3f}", style="bold" if value < 0.05 else "dim")


VIEWS: Final[dict[str, Callable[[Figure], RenderableType]]] = {
    "dwell": dwell,
    "dropoff": dropoff,
    "survival": survival,
    "cohorts": cohorts,
    "overview": overview,
    "clusters": clusters,
}
