"""Each stage in one block: scores, trend, who differs, why, what lifts it, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from touchline.figures import gauge, stacked_bar, trend_line
from touchline.figures.markup import Child, Markup, tag
from touchline.figures.numbers import LOW, arrow, between, count, day, half, period, places, plain
from touchline.report.findings import advice, against, complaining, moved, who_differs
from touchline.report.pieces import numbers, quote, scored
from touchline.report.trend import trend_points
from touchline.report.why import frequent, ranked, words
from touchline.words import Number, joined, phrase

if TYPE_CHECKING:
    from touchline.report.asked import Asked, Row

_CAUSES: Final = 3
_SEGMENTS: Final = 4
_DELIGHTS: Final = 2
_QUOTES: Final = 3


def blocks(asked: Asked) -> list[Markup]:
    """Return one block per stage with enough customers, and one line for the others."""
    shown = [row for row in asked.rows if not row["hidden"]]
    silent = [row for row in asked.rows if row["hidden"]]
    made = [_block(row, asked) for row in shown]
    if silent:
        told = joined(
            "; ",
            (
                f"{row['name']} ({count(row['n'], 'comment')})"
                if row["n"]
                else phrase("{name} (no comments)", name=row["name"])
                for row in silent
            ),
        )
        made.append(
            tag(
                "p",
                phrase("Fewer than five customers spoke of: {told}. Their figures are hidden.", told=told),
                class_="silent",
            )
        )
    return made


def contents(asked: Asked) -> Markup:
    """Return links to the blocks."""
    links = [tag("a", row["name"], href=f"#stage-{row['stage']}") for row in asked.rows if not row["hidden"]]
    return tag("nav", links, class_="stages", aria_label=phrase("Stages"))


def _block(row: Row, asked: Asked) -> Markup:
    stage = asked.taxonomy.stage(row["stage"])
    owner = phrase("owner {owner}", owner=stage.owner) if stage.owner else phrase("no owner")
    about = f"{count(row['n'], 'comment')}, {count(row['customers'], 'customer')} · {owner}"
    why = [*_causes(row, asked), *_delights(row, asked), *_segments(row, asked)]
    told: list[Child] = [scores(row, asked), shares(row)]
    left: list[Child]
    right: list[Child]
    if why:
        left, right = [*told, _trend(row, asked)], [to_do(row, asked), *why]
    else:  # little is known: keep the block low
        trend = _trend(row, asked)
        left, right = ([*told, to_do(row, asked)], [trend]) if trend else (told, [to_do(row, asked)])
    head = tag("div", tag("h2", row["name"]), tag("p", about), class_="hd")
    two = tag("div", tag("div", left), tag("div", right), class_="two")
    return tag("section", head, two, class_="card stage", id=f"stage-{row['stage']}")


def scores(row: Row, asked: Asked) -> Markup:
    """Return a stage's scores and its gauge."""
    parts = [tag("div", tag("span", "JSI"), _value(scored(row)), _change(row, asked), class_="score main")]
    for name, label, digits, unit, signed in (
        ("nps", "NPS", None, "", True),
        ("csat", "CSAT", None, " %", False),
        ("ces", "CES", 1, "", False),
    ):
        n = row[f"{name}_n"]
        if not n:
            continue
        shown = scored(row, name, decimals=digits, unit=unit, signed=signed) if row[name] is not None else "hidden"
        parts.append(tag("div", tag("span", label), _value(shown), tag("small", f"n {plain(n)}"), class_="score"))
    drawn = gauge(
        row["jsi"],
        row["low"],
        row["high"],
        title=phrase("{name}, JSI", name=row["name"]),
        target=row["target"],
        low_n=row["low_n"],
        width=480,
    )
    return tag("div", tag("div", parts, class_="scores"), drawn)


def _value(shown: Child) -> Markup:
    return tag("span", shown, class_="value")


def _change(row: Row, asked: Asked) -> Markup:
    if row["low_n"]:
        return tag("small", phrase("{low}: no arrow, no rank", low=LOW))
    if row["change"] is None:
        return tag("small", phrase("of 100"))
    tone = "flat" if not moved(row) else "bad" if row["change"] < 0 else "good"
    digits = places(half(row["change_low"], row["change_high"]))
    if round(row["change"], digits) == 0:
        return tag("small", phrase("as in {against}", against=against(asked)))
    sure = "" if moved(row) else phrase(", within chance")
    return tag(
        "small",
        tag("span", arrow(row["change"], digits), class_=tone),
        phrase(" on {against}{sure}", against=against(asked), sure=sure),
    )


def shares(row: Row) -> Markup | None:
    """Return how many of a stage's comments are negative, neutral and positive."""
    if row["negative"] is None:
        return None
    neutral = max(0.0, 1.0 - row["negative"] - row["positive"])
    drawn = stacked_bar(
        row["negative"], neutral, row["positive"], title=phrase("{name}, comments", name=row["name"]), width=480
    )
    legend = tag("p", phrase("negative · neutral · positive"), class_="legend")
    return tag("div", drawn, legend, class_="shares")


def _trend(row: Row, asked: Asked) -> Markup | None:
    rows = asked.trend_of(row["stage"])
    if sum(one["jsi"] is not None for one in rows) < 2:
        return None
    points = trend_points(asked, row["stage"])
    by = period(asked.trend.facts["by"])
    unfinished = phrase(" · the last is unfinished") if rows[-1]["unfinished"] else ""
    return tag(
        "div",
        tag(
            "h3",
            phrase("JSI by {by}", by=by),
            tag(
                "small",
                phrase("dotted: gate {gate}{unfinished}", gate=Number(f"{asked.gate:g}"), unfinished=unfinished),
            ),
        ),
        trend_line(
            points, title=phrase("{name}, JSI by {by}", name=row["name"], by=by), step=asked.step, gate=asked.gate
        ),
        numbers(
            (str(by).title(), "JSI", phrase("95 % interval"), phrase("Comments"), phrase("Customers")),
            [
                (
                    day(one["period"]),
                    "hidden" if one["hidden"] else plain(one["jsi"]),
                    between(one["low"], one["high"]),
                    plain(one["n"]),
                    plain(one["customers"]),
                )
                for one in rows
            ],
        ),
    )


def to_do(row: Row, asked: Asked) -> Markup:
    """Return what to do about a stage."""
    first, *others = advice(row, asked)
    said = [tag("p", first), *(tag("p", other, class_="known") for other in others)]
    return tag("div", tag("h3", phrase("What to do")), said, class_="do")


def _causes(row: Row, asked: Asked) -> list[Markup]:
    rows = asked.of(asked.causes, row["stage"])[:_CAUSES]
    if not rows:
        return []
    if complaining(asked):
        heading, drawn = phrase("Said most often"), frequent(rows)
    else:
        heading, drawn = phrase("Probable causes"), ranked(rows)
    return [tag("h3", heading), drawn, *(quote(one) for one in words(rows, _QUOTES))]


def _delights(row: Row, asked: Asked) -> list[Markup]:
    rows = asked.of(asked.delights, row["stage"])[:_DELIGHTS]
    if not rows:
        return []
    return [tag("h3", phrase("What lifts it")), ranked(rows, "lifts"), *(quote(one) for one in words(rows, 1))]


def _segments(row: Row, asked: Asked) -> list[Markup]:
    rows = asked.differing(row["stage"])
    if not rows:
        return []
    told = [tag("li", who_differs(one)) for one in rows[:_SEGMENTS]]
    return [tag("h3", phrase("Who differs")), tag("ul", told, class_="plain")]
