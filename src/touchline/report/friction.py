"""Where customers meet most trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from touchline.figures import CauseBar, cause_bar
from touchline.figures.markup import Child, Markup, tag
from touchline.figures.numbers import between, percent, plain, plus_minus
from touchline.report.pieces import card, notes, numbers
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.words import phrase, phrase_of

if TYPE_CHECKING:
    from touchline.report.asked import Asked, Row

_TOUCHPOINTS: Final = 2  # named under a stage
_DETAILED: Final = 3  # stages that name them


def friction(asked: Asked) -> Markup:
    """Return the ranking of stages by friction, with their worst touchpoints."""
    rows = asked.friction.to_dicts()
    shown = [row for row in rows if row["touchpoint"] is None and not row["hidden"]]
    stages = [row for row in shown if row["rank"] is not None]
    few = "; ".join(f"{row['name']} {_value(row)}" for row in shown if row["low_n"] and row["stage"] != UNASSIGNED)
    most = max((row["high"] or row["per_100"] for row in stages), default=1.0)
    return card(
        phrase("Where the friction is"),
        phrase("negative, effortful or unresolved comments, weighted by severity, per 100 customers who were there"),
        tag("ol", [_stage(row, rows, most) for row in stages], class_="ranking")
        if stages
        else tag("p", phrase("Too few customers to rank."), class_="nothing"),
        notes([phrase("Too few customers for a rank: {few}.", few=few)] if few else []),
        numbers(
            (
                phrase("Where"),
                phrase("Stage"),
                phrase_of("column", "Rank"),
                phrase("Per 100"),
                phrase("95 % interval"),
                phrase("Weighted count"),
                phrase_of("column", "Share"),
                phrase("Were there"),
            ),
            [_numbers(row, rows) for row in rows],
        ),
    )


def _stage(row: Row, rows: list[Row], most: float) -> Markup:
    inside = [
        other for other in rows
        if other["stage"] == row["stage"] and other["touchpoint"] and not other["hidden"] and other["per_100"]
    ]  # fmt: skip
    inside.sort(key=lambda other: -float(other["friction"]))
    named = ", ".join(f"{other['name']} {plain(other['per_100'])}" for other in inside[:_TOUCHPOINTS])
    known = phrase(
        "{share} of all friction · {customers_there} customers there",
        share=percent(row["share"]),
        customers_there=row["customers_there"],
    )
    bar = CauseBar(row["name"], row["per_100"], row["low"], row["high"], unit=phrase("per 100 customers"))
    text: list[Child] = [tag("b", row["name"]), tag("span", known)]
    if named and row["rank"] <= _DETAILED:
        text.append(tag("span", phrase("most at {named}", named=named)))
    value = [tag("b", plain(row["per_100"])), tag("small", plus_minus(row["low"], row["high"]))]
    return tag(
        "li",
        tag("span", str(row["rank"]), class_="rank"),
        tag("div", text, class_="what"),
        cause_bar(bar, most=most),
        tag("span", value, class_="points"),
    )


def _value(row: Row) -> str:
    return f"{plain(row['per_100'])} {plus_minus(row['low'], row['high'])}"


def _numbers(row: Row, rows: list[Row]) -> tuple[Child, ...]:
    stage = next((other["name"] for other in rows if other["stage"] == row["stage"] and not other["touchpoint"]), "")
    return (
        row["name"],
        stage,
        "–" if row["rank"] is None else str(row["rank"]),
        "hidden" if row["hidden"] else plain(row["per_100"]),
        between(row["low"], row["high"]),
        plain(row["friction"]),
        percent(row["share"]),
        plain(row["customers_there"]),
    )
