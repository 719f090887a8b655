"""Why a stage hurts and what lifts it: causes as bars that add up, and customers' words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from touchline.figures import CauseBar, cause_bar
from touchline.figures.markup import Child, Markup, tag
from touchline.figures.numbers import LOW, between, percent, plain
from touchline.report.findings import complaining, costliest
from touchline.report.pieces import card, notes, numbers, quote
from touchline.words import joined, phrase, phrase_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from touchline.report.asked import Asked, Row

_QUOTES: Final = 4
_OFTEN: Final = 1.5  # times as often as at the other stages
_LEAST: Final = 0.05  # points that a bar is drawn for
_READING: Final = phrase(
    "probable causes · JSI points that come back if a cause goes; solid: after those above it, so that bars add up"
)


def why(asked: Asked) -> Markup | None:
    """Return why the stage that costs most hurts; None where no stage can be named."""
    worst = costliest(asked)
    if worst is None:
        return None
    rows = asked.of(asked.causes, worst["stage"])
    often = complaining(asked)
    said = words(rows, _QUOTES)
    return card(
        phrase("What {name} is blamed for", name=worst["name"])
        if often
        else phrase("Why {name} hurts", name=worst["name"]),
        phrase("themes of the complaints and the share of them that carries each") if often else _READING,
        (frequent(rows) if often else ranked(rows))
        if rows
        else tag("p", phrase("No theme is carried by five customers or more."), class_="nothing"),
        tag("h3", phrase("In their words"), class_="words") if said else None,
        [quote(one) for one in said],
        notes(_cautions(asked, worst)),
        numbers(
            (
                phrase("Theme"),
                phrase("Points alone"),
                phrase("95 % interval"),
                phrase("Adds"),
                phrase("Together"),
                phrase("Comments"),
                phrase("Customers"),
                phrase("Of comments"),
                phrase_of("column", "Lift"),
            ),
            [_numbers(row) for row in rows],
        )
        if rows
        else None,
    )


def ranked(
    rows: list[Row], direction: Literal["hurts", "lifts"] = "hurts", leads: Callable[[Row], str] | None = None
) -> Markup:
    """Return causes as a list of bars on one scale; those that are worth nothing are left to the table.

    Args:
        rows: Those of the figure.
        direction: Whether they hurt or lift.
        leads: Returns the address that a cause leads to; without it none leads anywhere.
    """
    rows = [row for row in rows if row["impact"] >= _LEAST] or rows[:1]
    most = max((max(row["high"], row["pareto"]) for row in rows), default=1.0)
    entries = [_cause(row, most, direction, leads(row) if leads else "") for row in rows]
    return tag("ol", entries, class_="ranking causes")


def frequent(rows: list[Row]) -> Markup:
    """Return themes as a list of bars of how often they are said, for where no score tells them apart."""
    rows = sorted(rows, key=lambda row: -float(row["prevalence"]))
    return tag("ol", [_theme(row) for row in rows], class_="ranking causes")


def _theme(row: Row) -> Markup:
    bar = CauseBar(row["name"], 100 * row["prevalence"], unit=phrase("% of comments"))
    return _entry(
        row,
        [phrase("{customers} customers", customers=row["customers"])],
        cause_bar(bar, most=100),
        percent(row["prevalence"]),
        "",
    )


def _cause(row: Row, most: float, direction: Literal["hurts", "lifts"], href: str) -> Markup:
    bar = CauseBar(row["name"], row["impact"], row["low"], row["high"], row["pareto"])
    known: list[str] = [
        phrase("{prevalence} of comments", prevalence=percent(row["prevalence"])),
        phrase("{customers} customers", customers=row["customers"]),
    ]
    points, interval = plain(row["impact"], 1, signed=True), between(row["low"], row["high"], 1)
    return _entry(row, known, cause_bar(bar, most=most, direction=direction), points, interval, href)


def _entry(row: Row, known: list[str], drawing: Markup, value: str, margin: str, href: str = "") -> Markup:
    if row["lift"] is not None and row["lift"] >= _OFTEN:
        known.append(phrase("{lift}× elsewhere", lift=plain(row["lift"], 1 if row["lift"] < 10 else 0)))
    if row["low_n"]:
        known.append(LOW)
    return tag(
        "li",
        tag(
            "div",
            tag("b", tag("a", row["name"], href=href) if href else row["name"]),
            tag("span", joined(" · ", known)),
            class_="what",
        ),
        drawing,
        tag("span", tag("b", value), tag("small", margin) if margin else None, class_="points"),
        class_="few" if row["low_n"] else None,
    )


def words(rows: list[Row], limit: int) -> list[Row]:
    """Return verbatims of the causes that are more than chance in turn, none twice; of the first where none is."""
    rows = [row for row in rows if row["low"] > 0] or rows[:1]
    found: dict[str, Row] = {}
    for place in range(3):
        for row in rows:
            if place < len(row["verbatims"]):
                said = row["verbatims"][place]
                found.setdefault(said["text"], said)
    return list(found.values())[:limit]


def _cautions(asked: Asked, worst: Row) -> list[str]:
    unthemed = asked.causes.facts["unthemed"]
    said: list[str] = [
        phrase("A probable cause is what goes with low scores; it is the cause when a person has confirmed it.")
    ]
    if unthemed and unthemed >= 0.1:
        said.append(
            phrase(
                "{unthemed} of the negative comments of the journey carry no theme and stand for no cause.",
                unthemed=percent(unthemed),
            )
        )
    if complaining(asked):
        said.append(
            phrase("Where nearly every comment is negative, no theme can be worth points: the others are no better.")
        )
    return said


def _numbers(row: Row) -> tuple[Child, ...]:
    return (
        row["name"],
        plain(row["impact"], 1, signed=True),
        between(row["low"], row["high"], 1),
        plain(row["pareto"], 1, signed=True),
        plain(row["cumulative"], 1, signed=True),
        plain(row["n"]),
        plain(row["customers"]) + (f" ({LOW})" if row["low_n"] else ""),
        percent(row["prevalence"]),
        "–" if row["lift"] is None else f"{plain(row['lift'], 1)}×",
    )
