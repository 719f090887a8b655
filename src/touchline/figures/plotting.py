"""The picture of an answer: which drawing suits which figure, and how its rows become it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any, Final, TypeAlias

from touchline.figures.curves import Curve, CurvePoint, share_curves
from touchline.figures.dots import Dot, dots
from touchline.figures.flow import FlowLink, FlowNode, flow
from touchline.figures.grid import GridCell, share_grid
from touchline.figures.headings import heading, titled
from touchline.figures.markup import Markup
from touchline.figures.names import called
from touchline.figures.numbers import day, percent, plain, span
from touchline.figures.spread import Spread, spreads
from touchline.figures.steps import FunnelStep, funnel_steps
from touchline.words import phrase

Row: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Sequence[Row]
#: A drawing that has everything but its width, which it takes as ``width=``.
Sized: TypeAlias = Callable[..., Markup]

#: The columns that may be what a row is about, and those that may be its value, the first that is there.
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d")
_NAMES: Final = (
    "name",
    "variant",
    "value",
    "level",
    "state",
    "path",
    "stage",
    "theme",
    "step",
    "segment",
    "cluster",
    "customer",
)
_VALUES: Final = (
    "difference", "rate", "lift", "credit", "dropoff", "churn", "mean_days", "jsi", "share", "value", "mean", "health",
    "effect", "n",
)  # fmt: skip
_GROUPS: Final = ("metric_name", "metric", "moment", "segment", "stage", "model", "group")
_SHARES: Final = frozenset({"rate", "dropoff", "churn", "share"})
_DAYS: Final = frozenset({"mean_days"})
_MOST_DOTS: Final = 40
_FEW: Final = 12  # of more rows, those that are hidden are in the table only
_MOST_COHORTS: Final = 16
_MOST_STATES: Final = 14
#: What the dots of a figure show, where the first that fits would not be it.
_OF: Final = {"clusters": "share", "variants": "share", "find": "share", "service": "value", "stages": "jsi"}


def plotted(name: str, rows: Rows, facts: Mapping[str, Any] | None = None, width: float | None = None) -> Markup:
    """Return the picture of a figure.

    Args:
        name: Of the figure: ``funnel``, ``survival`` ... One without a drawing of its own gets a dot and an interval
            per row.
        rows: Its rows.
        facts: Its facts.
        width: Of the drawing; its own without one.

    >>> "lost" in plotted("funnel", [{"name": "a", "n": 9, "rate": 1.0, "lost": 0}, {"name": "b", "n": 4, "rate": 0.4,
    ...                                                                             "lost": 5}])
    True
    """
    made = _DRAWN.get(name, _dots)(name, rows, facts or {})
    return made() if width is None else made(width=width)


def _funnel(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
    if rows and "value" in rows[0]:
        last = max(row["step"] for row in rows)
        ends = [row for row in rows if row["step"] == last]
        shown = [_dot(row, "rate", _day(row["value"]), f"n {plain(row['n'])}") for row in ends]
        return partial(
            dots,
            shown,
            title=phrase("{title} to {name}", title=title(name), name=ends[0]["name"]) if ends else title(name),
        )
    steps = [
        FunnelStep(
            str(row["name"]), row["n"] or 0, row["rate"], row.get("low"), row.get("high"), row.get("lost") or 0,
            row.get("step_seconds_median"), row.get("open") or 0, bool(row.get("low_n")),
        )
        for row in rows
    ]  # fmt: skip
    return partial(funnel_steps, steps, title=title(name))


def _survival(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
    groups: dict[str, list[CurvePoint]] = {}
    for row in rows:
        if row["survival"] is None:
            continue
        key = str(row.get("value") or row.get("segment") or row.get("stage") or "all")
        points = groups.setdefault(key, [CurvePoint(0.0, 1.0, 1.0, 1.0)])
        points.append(CurvePoint(row["day"], row["survival"], row["low"], row["high"]))
    # at the days asked for only: between them a straight line, not a step that was not measured
    curves = [Curve(key, tuple(points), stepped=False) for key, points in groups.items()]
    return partial(share_curves, curves, title=title(name), unit="days")


def _cohorts(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
    share = facts.get("measure", "retention") == "retention"
    held = [row for row in rows if row["cohort"] is not None]
    cohorts = list(dict.fromkeys(_day(row["cohort"]) for row in held))[-_MOST_COHORTS:]
    periods = sorted({row["period"] for row in held})[:13]
    most = max((row["value"] for row in held if row["value"] is not None and row["period"] > 0), default=1.0) or 1.0
    cells: dict[tuple[str, int], GridCell] = {}
    for row in held:
        if row["value"] is None:
            text = "…" if row.get("censored") else ""
        else:
            text = percent(row["value"]) if share else plain(row["value"], 1)
        depth = (row["value"] or 0.0) / most if not share else (row["value"] or 0.0)
        about = phrase(
            "{day}, period {period}: {text}, {customers} customers",
            day=_day(row["cohort"]),
            period=row["period"],
            text=text,
            customers=row["customers"] or 0,
        )
        cells[_day(row["cohort"]), row["period"]] = GridCell(
            text, depth, about, bool(row.get("censored")), bool(row.get("low_n"))
        )
    shown = [(cohort, [cells.get((cohort, period)) for period in periods]) for cohort in cohorts]
    return partial(share_grid, [str(period) for period in periods], shown, title=title(name))


def _matrix(row_name: str, column_name: str, value: str) -> Callable[[str, Rows, Mapping[str, Any]], Sized]:
    def draw(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
        across, down = _most(rows, column_name), _most(rows, row_name)
        held = {(row[row_name], row[column_name]): row for row in rows if row.get(value) is not None}
        shown = []
        for one in down:
            cells = []
            for other in across:
                row = held.get((one, other))
                cells.append(
                    None
                    if row is None or not row[value]
                    else GridCell(
                        percent(row[value]), row[value], f"{one}, {other}: {plain(row.get('n') or 0)}",
                        low_n=bool(row.get("low_n")),
                    )
                )  # fmt: skip
            shown.append((str(one), cells))
        return partial(share_grid, [str(other) for other in across], shown, title=title(name))

    return draw


def _most(rows: Rows, column: str) -> list[Any]:
    """Return the values of a column that most rows count, in order of that; numbers in their own."""
    weight: dict[Any, int] = {}
    for row in rows:
        weight[row[column]] = weight.get(row[column], 0) + (row.get("n") or 0)
    if all(isinstance(value, int) for value in weight):
        return sorted(weight)
    return sorted(weight, key=lambda value: -weight[value])[:_MOST_STATES]


def _flow(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
    links = [row for row in rows if row.get("target") is not None]
    nodes: dict[tuple[int, str], int] = {}
    for row in links:
        nodes[row["level"], row["source"]] = max(nodes.get((row["level"], row["source"]), 0), 0)
    for row in links:
        nodes.setdefault((row["level"] + 1, row["target"]), 0)
    for level, node in nodes:
        out = sum(row["n"] for row in links if (row["level"], row["source"]) == (level, node))
        into = sum(row["n"] for row in links if (row["level"] + 1, row["target"]) == (level, node))
        nodes[level, node] = max(out, into)
    ending = {"ended", "end", "none", "nothing", "left"}
    return partial(
        flow,
        [FlowNode(level, node, n, node.strip("<>").lower() in ending) for (level, node), n in nodes.items()],
        [FlowLink(row["level"], row["source"], row["target"], row["n"]) for row in links],
        title=title(name),
    )


def _attribution(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
    most = sorted({row["name"] for row in rows}, key=lambda of: -max(r["credit"] or 0 for r in rows if r["name"] == of))
    shown = [
        _dot(
            row,
            "credit",
            str(row["name"]),
            "" if row.get("share") is None else percent(row["share"]),
            group=str(row["model"]),
        )
        for row in rows
        if row["name"] in most[:8]
    ]
    return partial(dots, shown[:80], title=title(name))


def _dots(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
    if not rows:
        return partial(dots, [], title=title(name))
    columns = list(rows[0])
    told: list[str] = [c for c in _NAMES if c in columns and isinstance(_first(rows, c), str)]
    told += [c for c in columns if isinstance(_first(rows, c), (str, date, datetime))]
    label = next((c for c in told if len({row[c] for row in rows}) > 1), told[0] if told else columns[0])
    value = _OF.get(name) or _whose(columns, rows)
    if value not in columns:
        numbers = [c for c in _VALUES if c in columns and c != label and isinstance(_first(rows, c), (int, float))]
        value = numbers[0] if numbers else None
    if len(rows) > _FEW:
        rows = [row for row in rows if value is None or row[value] is not None] or rows
    group = next((c for c in _GROUPS if c in columns and c != label), None)
    if value is None:
        return partial(dots, [], title=title(name))
    shown = [
        _dot(row, value, "–" if row[label] is None else _day(row[label]),
             f"n {plain(row['n'])}" if row.get("n") and value != "n" else "",
             group=str(row[group] or "") if group else "", unit=str(row.get("unit") or ""))
        for row in rows[:_MOST_DOTS]
    ]  # fmt: skip
    if len({dot.group for dot in shown}) == len(shown):  # a group of one is no group
        shown = [
            replace(dot, group="")
            if label == "name"
            else replace(dot, name=f"{dot.group} {dot.name}".strip(), group="")
            for dot in shown
        ]
    groups = list(dict.fromkeys(dot.group for dot in shown))
    shown.sort(key=lambda dot: groups.index(dot.group))  # a group stands together, in the order of its first row
    units = {row.get("unit") for row in rows}
    return partial(dots, shown, title=title(name), apart=len(units) > 1)


def _differences(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
    shown = [
        replace(
            _dot(row, "difference", f"{row['stage_name']}: {row['segment']} {called(str(row['value']))}",
                 f"n {plain(row['n'])}", group=str(row["name"])),
            text=plain(row["difference"], 1, signed=True),
        )
        for row in rows
        if row["difference"] is not None
    ]  # fmt: skip
    groups = list(dict.fromkeys(dot.group for dot in shown[:_MOST_DOTS]))
    found = sorted(shown[:_MOST_DOTS], key=lambda dot: groups.index(dot.group))
    return partial(dots, found, title=title(name), apart=True)


def _changepoints(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
    known = sorted((row for row in rows if row["change"] is not None), key=lambda row: (row["series"], row["week"]))
    names: dict[str, str] = {"jsi": phrase("JSI, in points"), "volume": phrase("Touches a week")}
    shown = [
        Dot(f"{day(row['week'])}: {row['stage_name']}", row["change"], plain(row["change"], 1, signed=True),
            note=f"n {plain(row['n'])}", group=names.get(row["series"], str(row["series"])), low_n=row["low_n"])
        for row in known
    ]  # fmt: skip
    return partial(dots, shown[:_MOST_DOTS], title=title(name), apart=True)


def _compounding(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
    shown = [
        replace(
            _dot(row, "difference", f"{called(row['before'])} → {called(row['after'])}", f"n {plain(row['n'])}"),
            text="n < 5" if row["difference"] is None else plain(100 * row["difference"], signed=True),
        )
        for row in rows[:_MOST_DOTS]
    ]
    return partial(dots, shown, title=phrase("Share who are negative later, in points more"))


def _reasons(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
    known = [row for row in rows if row["share"] is not None]
    channels = sorted({row["channel"] or "" for row in known})
    shown = [
        _dot(row, "share", str(row["name"]), f"n {plain(row['n'])}", group=channel)
        for channel in channels
        for row in known
        if (row["channel"] or "") == channel
    ]
    return partial(dots, shown[:_MOST_DOTS], title=title(name))


def _backlog(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
    shown = [Dot(_dated(row["name"]), float(row["n"]), plain(row["n"]), low_n=row["low_n"]) for row in rows]
    return partial(dots, shown[-_MOST_DOTS:], title=phrase("Conversations that are open"))


def _distribution(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
    shown = [
        Spread(
            day(row["period"], year=facts.get("by") != "week"), row["negative"], row["neutral"], row["positive"],
            row["score"], row["low"], row["high"], row["n"], row["low_n"], row["unfinished"],
        )
        for row in rows
    ]  # fmt: skip
    names = (phrase("unhappy"), phrase("neutral"), phrase("happy"))
    return partial(spreads, shown, title=title(name), names=names, signed=facts.get("of") == "nps")


def _dated(value: Any) -> str:
    """Return the day that a text names, as people write it; any other text as it is."""
    try:
        return day(date.fromisoformat(str(value)[:10]))
    except ValueError:
        return str(value)


def _dot(row: Row, value: str, label: str, note: str, *, group: str = "", unit: str = "") -> Dot:
    found = row.get(value)
    low, high = (row.get(f"{value}_low"), row.get(f"{value}_high"))
    low, high = (row.get("low") if low is None else low), (row.get("high") if high is None else high)
    if isinstance(low, date) or value == "n":  # an interval of something else
        low = high = None
    if found is None:
        text = "n < 5"
    elif unit == "seconds":
        text = span(float(found))
    elif value in _DAYS:
        text = span(float(found) * 86_400)
    elif value in _SHARES or unit == "share":
        text = percent(float(found))
    else:
        text = plain(float(found), 0 if abs(found) >= 100 or float(found).is_integer() else 2 if abs(found) < 10 else 1)
    return Dot(
        label, None if found is None else float(found), text, None if low is None else float(low),
        None if high is None else float(high), note, group, low_n=bool(row.get("low_n")),
    )  # fmt: skip


def title(name: str) -> str:
    """Return a figure's name as a heading.

    >>> title("step_matrix")
    'Step matrix'
    """
    return titled(name)


def _whose(columns: Sequence[str], rows: Rows) -> str | None:
    """Return the column of numbers whose interval the columns low and high are: the one before them."""
    at = columns.index("low") if "low" in columns else 0
    found = columns[at - 1] if at else ""
    return found if isinstance(_first(rows, found) if found else None, (int, float)) else None


def _first(rows: Rows, column: str) -> Any:
    return next((row[column] for row in rows if row[column] is not None), None)


def _day(value: Any) -> str:
    """Return a day, a period by its first day, or a name, as people read it."""
    if isinstance(value, str) and _ISO.fullmatch(value):
        value = date.fromisoformat(value)
    return day(value) if isinstance(value, (date, datetime)) else str(value)


def _issues(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
    known = [row for row in rows if row["lift"] is not None]
    shown = [
        _dot(row, "lift", f"{called(row['theme'])}: {called(row['born'])} → {called(row['resurfaces'])}",
             f"n {plain(row['customers'])}")
        for row in known
    ]  # fmt: skip
    return partial(dots, shown, title=phrase("Lift over chance of issues that resurface"))


def _drivers(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
    known = [row for row in rows if row["importance"] is not None]
    shown = [
        _dot(row, "importance", f"{heading(row['kind'])}: {called(row['name'])}", f"n {plain(row['n'])}")
        for row in known[:_MOST_DOTS]
    ]
    return partial(dots, shown, title=title(name))


def _variants(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
    """The rest would stand so far off that all variants were one dot: its row is in the table."""
    return _dots(name, [row for row in rows if row.get("variant") != "(other)"] or rows, facts)


def _value(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
    groups = len({row["value"] for row in rows}) > 1
    shown = [
        _dot(row, "churn", str(row["band"]), f"n {plain(row['n'])}", group=_day(row["value"]) if groups else "")
        for row in rows
    ]
    return partial(dots, shown, title=phrase("Churn by the JSI before"))


def _gate(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
    told = {"sensitivity": phrase("Rightly held"), "specificity": phrase("Rightly let go")}
    curves = [
        Curve(
            told[of],
            tuple(
                CurvePoint(row["threshold"], row[of], row[f"{of}_low"], row[f"{of}_high"])
                for row in rows
                if row[of] is not None
            ),
            stepped=False,
        )
        for of in told
    ]
    return partial(share_curves, curves, title=title(name), unit=phrase("JSI from which on a gate lets go"))


def _forecast(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
    furthest = {row["series"]: row for row in sorted(rows, key=lambda row: row["ahead"] or 0)}
    known = [row for row in furthest.values() if row["value"] is not None]
    shown = [
        replace(_dot(row, "value", row["name"], f"n {plain(row['n'])}"), text=plain(row["value"])) for row in known
    ]
    whole = phrase("JSI expected in the week of {day}", day=day(known[0]["period"])) if known else title(name)
    return partial(dots, shown, title=whole)


def _drift(name: str, rows: Rows, facts: Mapping[str, Any]) -> Sized:
    shown = []
    for of, group in (("distance", phrase("How far apart, 0 to 1")), ("change", phrase("Change of the mean or share"))):
        held = [row for row in rows if row[of] is not None]
        shown += [
            replace(_dot(row, of, row["measure"], f"n {plain(row['n'])}", group=group), text=plain(row[of], 2))
            for row in held
        ]
    return partial(dots, shown, title=title(name), apart=True)


_DRAWN: Final[dict[str, Callable[[str, Rows, Mapping[str, Any]], Sized]]] = {
    "funnel": _funnel,
    "survival": _survival,
    "cohorts": _cohorts,
    "attribution": _attribution,
    "backlog": _backlog,
    "changepoints": _changepoints,
    "compounding": _compounding,
    "differences": _differences,
    "distribution": _distribution,
    "reasons": _reasons,
    "issues": _issues,
    "value": _value,
    "variants": _variants,
    "drivers": _drivers,
    "gate": _gate,
    "forecast": _forecast,
    "drift": _drift,
    "sankey": _flow,
    "transitions": _matrix("source", "target", "share"),
    "eventually": _matrix("source", "target", "share"),
    "step_matrix": _matrix("state", "position", "share"),
}
