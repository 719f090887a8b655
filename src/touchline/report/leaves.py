"""The report's numbers as plain tables, one a subject: what a workbook and a deck are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from touchline.figures.numbers import NOTHING, day, p_value, percent, period, plain
from touchline.report.findings import attention, headline
from touchline.report.method import explained
from touchline.report.opening import about
from touchline.words import joined, phrase, phrase_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from touchline.report.asked import Asked
    from touchline.report.chosen import Plan

#: What a column holds: text, a count, a score of 0 to 100 or -100 to 100, a share of 1, points, a probability, a day.
Kind = Literal["text", "count", "score", "share", "points", "p", "day", "yes"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, and what it holds."""

    head: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A table.

    Attributes:
        name: For sheets, at most 31 letters.
        about: How it is read.
        columns: Of it.
        rows: Values as they are, None where there is none: nothing is rounded.
    """

    name: str
    about: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]


_TEXTS: Final = (Column("What"), Column("Said"))


def leaves(asked: Asked, plan: Plan) -> list[Leaf]:
    """Return the tables of the chosen sections; that of the finding is always the first."""
    made = [_summary(asked)]
    if not asked.empty:
        for section, leaf in (
            ("line", _stages), ("segments", _segments), ("metrics", _metrics), ("why", _causes),
            ("friction", _friction), ("trend", _trend), ("stages", _differences),
        ):  # fmt: skip
            if plan.has(section):
                made.append(leaf(asked))
    if plan.has("method"):
        rows = tuple((term, told) for term, told in explained(asked))
        made.append(
            Leaf(
                phrase("Method"),
                phrase("What every figure here means"),
                (Column("Term"), Column("Meaning")),
                rows,
            )
        )
    return made


def _summary(asked: Asked) -> Leaf:
    rows: list[tuple[Any, ...]] = [
        (phrase_of("column", "Report"), asked.title),
        (phrase_of("column", "About"), joined(" · ", about(asked))),
    ]
    rows += [(phrase("Finding"), sentence) for sentence in headline(asked)]
    if not asked.empty:
        for one in attention(asked):
            rows.append((one.about, joined(" ", [*one.sentences, one.known])))
    return Leaf(phrase("Summary"), phrase("The finding, and what needs attention"), _TEXTS, tuple(rows))


def headlines(asked: Asked) -> Leaf:
    """Return the headline figures."""
    facts = asked.facts
    columns = (Column("Figure"), Column("Value", "score"), Column("Low", "score"), Column("High", "score"),
               Column("Change", "points"), Column("n", "count"))  # fmt: skip
    rows = []
    for name in ("jsi", "nps", "csat", "ces"):
        n = facts["customers"] if name == "jsi" else facts[f"{name}_n"]
        ends = (facts[name], facts[f"{name}_low"], facts[f"{name}_high"], facts[f"{name}_change"])
        rows.append((name.upper(), *ends, n))
    rows.append((phrase("Comments"), None, None, None, None, facts["n"]))
    rows.append((phrase("Customers"), None, None, None, None, facts["customers"]))
    return Leaf(
        phrase("Headlines"),
        phrase("With their 95 % interval, and the change against the period before"),
        columns,
        tuple(rows),
    )


def _stages(asked: Asked) -> Leaf:
    columns = (
        Column("Stage"), Column("JSI", "score"), Column("Low", "score"), Column("High", "score"),
        Column("Before", "score"), Column("Change", "points"), Column("p, corrected", "p"), Column("Target", "score"),
        Column("NPS", "score"), Column("CSAT", "score"), Column("CES", "points"), Column("Negative", "share"),
        Column("Positive", "share"), Column("Comments", "count"), Column("Customers", "count"),
        Column("Under 30 customers", "yes"),
    )  # fmt: skip
    names = ("name", "jsi", "low", "high", "previous_jsi", "change", "p_adjusted", "target", "nps", "csat", "ces",
             "negative", "positive", "n", "customers", "low_n")  # fmt: skip
    about = phrase("Journey Sentiment Index by stage, 0 to 100, with its 95 % interval")
    return Leaf(phrase("Journey line"), about, columns, _picked(asked.stages.to_dicts(), names))


def _segments(asked: Asked) -> Leaf:
    columns = (Column("Stage"), Column("Value"), Column("JSI", "score"), Column("Low", "score"),
               Column("High", "score"), Column("Comments", "count"), Column("Customers", "count"),
               Column("Under 30 customers", "yes"))  # fmt: skip
    names = ("name", "column_name", "value", "low", "high", "n", "customers", "low_n")
    across = asked.across
    rows = _picked(across.figure.to_dicts(), names) if across else ()
    return Leaf(
        phrase("Stage by segment"),
        phrase("JSI by {name}", name=across.name) if across else phrase("No segment is known"),
        columns,
        rows,
    )


def _metrics(asked: Asked) -> Leaf:
    columns = (Column("Stage"), Column("Metric"), Column("Value", "points"), Column("Low", "points"),
               Column("High", "points"), Column("n", "count"), Column("Customers", "count"),
               Column("Under 30 customers", "yes"))  # fmt: skip
    names = ("name", "column_name", "value", "low", "high", "n", "customers", "low_n")
    about = phrase("Each metric in its own unit; negative, high effort and unresolved are shares of 1")
    return Leaf(phrase("Stage by metric"), about, columns, _picked(asked.metrics.to_dicts(), names))


def _causes(asked: Asked) -> Leaf:
    columns = (
        Column("Stage"), Column("Theme"), Column("Points alone", "points"), Column("Low", "points"),
        Column("High", "points"), Column("Adds", "points"), Column("Together", "points"),
        Column("Of comments", "share"), Column("Lift", "points"), Column("Comments", "count"),
        Column("Customers", "count"), Column("Under 30 customers", "yes"),
    )  # fmt: skip
    names = ("stage_name", "name", "impact", "low", "high", "pareto", "cumulative", "prevalence", "lift", "n",
             "customers", "low_n")  # fmt: skip
    about = phrase(
        "Probable causes: JSI points that would come back if the theme's comments were as the stage's others"
    )
    return Leaf(phrase("Causes"), about, columns, _picked(asked.causes.to_dicts(), names))


def _friction(asked: Asked) -> Leaf:
    columns = (Column("Where"), Column("Rank", "count"), Column("Per 100", "points"), Column("Low", "points"),
               Column("High", "points"), Column("Weighted count", "points"), Column("Share", "share"),
               Column("Were there", "count"), Column("Customers", "count"))  # fmt: skip
    names = ("name", "rank", "per_100", "low", "high", "friction", "share", "customers_there", "customers")
    rows = [row for row in asked.friction.to_dicts() if row["touchpoint"] is None]
    about = phrase("Negative, effortful or unresolved comments, weighted by severity, per 100 customers who were there")
    return Leaf(phrase("Friction"), about, columns, _picked(rows, names))


def _trend(asked: Asked) -> Leaf:
    columns = (Column("From", "day"), Column("Stage"), Column("JSI", "score"), Column("Low", "score"),
               Column("High", "score"), Column("Comments", "count"), Column("Customers", "count"),
               Column("Unfinished", "yes"))  # fmt: skip
    names = ("period", "name", "jsi", "low", "high", "n", "customers", "unfinished")
    return Leaf(
        phrase("Trend"),
        phrase("JSI by {by}", by=period(asked.trend.facts["by"])),
        columns,
        _picked(asked.trend.to_dicts(), names),
    )


def _differences(asked: Asked) -> Leaf:
    columns = (Column("Stage"), Column("Segment"), Column("Value"), Column("JSI", "score"), Column("The rest", "score"),
               Column("Difference", "points"), Column("Low", "points"), Column("High", "points"),
               Column("p, corrected", "p"), Column("More than chance", "yes"),
               Column("Customers", "count"))  # fmt: skip
    names = ("stage_name", "segment", "value", "jsi", "rest_jsi", "difference", "difference_low", "difference_high",
             "p_adjusted", "significant", "customers")  # fmt: skip
    about = phrase(
        "Each segment against the rest; p corrected ({correction})", correction=asked.segments.facts["correction"]
    )
    return Leaf(phrase("Who differs"), about, columns, _picked(asked.segments.to_dicts(), names))


def _picked(rows: list[dict[str, Any]], names: tuple[str, ...]) -> tuple[tuple[Any, ...], ...]:
    """Return rows of some columns; what is hidden keeps its counts only where those are shown elsewhere too."""
    return tuple(tuple(row[name] for name in names) for row in rows)


def shown(value: Any, kind: Kind) -> str:
    """Return a value as people read it in a slide's table.

    >>> shown(0.124, "share"), shown(-2.31, "points"), shown(None, "score"), shown(1284, "count")
    ('12 %', '−2.3', '–', '1,284')
    """
    if value is None:
        return NOTHING
    said: dict[str, Callable[[Any], str]] = {
        "share": percent, "score": plain, "count": plain, "day": day, "text": str,
        "points": lambda number: plain(number, 1), "yes": lambda so: "yes" if so else "",
        "p": lambda p: p_value(p).removeprefix("p").replace("=", "").strip(),
    }  # fmt: skip
    return said[kind](value)
