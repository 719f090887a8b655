"""What came of what was done: the figures of a step before and after its card was finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from touchline.maps.measured import Measure
from touchline.maps.model import Card, Map
from touchline.overlay.binding import Place, of_segment, places
from touchline.overlay.gaps import ANSWERS, SURE
from touchline.overlay.priorities import answered
from touchline.overlay.taking import adjusted, chance, error, number, taken
from touchline.overlay.values import NOTHING, Learned, Outcome, Priority
from touchline.protocol import EVERYTHING
from touchline.scores.base import Filters

if TYPE_CHECKING:
    from touchline.protocol import Questions
    from touchline.vocabulary.taxonomy import Taxonomy

#: Days that are compared on either side, unless fewer have passed; and the fewest.
DAYS: Final = 56
FEWEST: Final = 7
_SCORES: Final = ("jsi", "nps", "csat", "ces")
_Z: Final = 1.959963984540054


def learned(
    maps: Sequence[Map],
    questions: Questions,
    filters: Filters = EVERYTHING,
    *,
    taxonomy: Taxonomy,
    days: int = DAYS,
    foretold: Sequence[Priority] = (),
) -> tuple[Learned, ...]:
    """Compare the days after an opportunity or solution was done with as many days before.

    It is a comparison in time without a control: whatever else changed on that day is in it. Beside a JSI stands what
    the whole journey did meanwhile; where some customers had the change and others not, ask `Questions.impact`.

    Args:
        maps: Whose cards with the status ``done`` and a day are looked at; the step, or that of a pain point that the
            card answers, must be bound to a stage.
        questions: Are asked two or three times a card.
        filters: As everywhere; days, stages and touchpoints are the cards' own.
        taxonomy: Its stages.
        days: How many days on either side.
        foretold: Priorities that were kept from before, beside which the change is shown.

    Returns:
        A row for each card and figure: the card's metric (JSI without one), and the share of its theme. The last
        done first.
    """
    span = questions.span(EVERYTHING)
    promised = {(one.map, one.card): one.jsi.value for one in foretold}
    bare = replace(filters, since=None, until=None, stages=(), touchpoints=())
    rows: list[Learned] = []
    for where in maps:
        bound = places(where, taxonomy)[0]
        for card in where.cards_of(*ANSWERS):
            place = _felt(where, card, bound)
            if card.status == "done" and card.done is not None and place is not None:
                one = _Done(where, card, *place, card.done, _passed(card.done, span, days))
                rows += _rows(one, questions, of_segment(bare, where.segment), promised.get((where.id, card.id)))
    told = adjusted([row.p for row in rows])
    judged = [_judged(row, p) for row, p in zip(rows, told, strict=True)]
    return tuple(sorted(judged, key=lambda row: (-row.done.toordinal(), row.map, row.card)))


@dataclass(frozen=True, slots=True)
class _Done:
    """A card that was done, where it is felt, and how many days have passed since."""

    where: Map
    card: Card
    step: str
    place: Place
    day: date
    days: int

    def sides(self, filters: Filters) -> tuple[Filters, Filters]:
        """Return the filters of the days before and after, of the step's stage and touchpoint."""
        points = (self.place.touchpoint,) if self.place.touchpoint else ()
        here = replace(filters, stages=(self.place.stage,), touchpoints=points)
        length = timedelta(days=self.days)
        before = replace(here, since=self.day - length, until=self.day - timedelta(days=1))
        return before, replace(here, since=self.day, until=self.day + length - timedelta(days=1))

    @property
    def theme(self) -> str:
        """The theme that it was to remove."""
        return self.card.theme or next((pain.theme for pain in answered(self.where, self.card) if pain.theme), "")


def _felt(where: Map, card: Card, bound: Mapping[str, Place]) -> tuple[str, Place] | None:
    """Return the bound step that a card is felt at: its own, else that of a pain point that it answers."""
    steps = (one.step for one in (card, *answered(where, card)))
    return next(((step, bound[step]) for step in steps if step in bound), None)


def _passed(done: date, span: tuple[date, date] | None, days: int) -> int:
    """Return how many days on either side there are data of, at most ``days``."""
    if span is None:
        return 0
    return max(0, min(days, (span[1] - done).days + 1, (done - span[0]).days))


def _rows(one: _Done, questions: Questions, filters: Filters, promised: float | None) -> list[Learned]:
    metric = one.card.metric if one.card.metric in _SCORES else "jsi"
    blank = Learned(
        one.where.id, one.card.id, one.card.text, one.step, metric, one.theme, one.day, one.days, foretold=promised
    )
    if one.days < FEWEST:
        return [blank]
    before, after = one.sides(filters)
    earlier = _stage(questions.stages(before).to_dicts(), one.place.stage)
    figure = questions.stages(after, previous=before)
    later = _stage(figure.to_dicts(), one.place.stage)
    rows = [_scored(blank, questions, (before, after), earlier, later)]
    if one.theme and earlier and later:
        rows.append(_themed(blank, questions, (before, after), (earlier["n"], later["n"])))
    return rows


def _stage(rows: Sequence[dict[str, Any]], stage: str) -> dict[str, Any] | None:
    return next((row for row in rows if row["stage"] == stage), None)


def _scored(
    blank: Learned,
    questions: Questions,
    sides: tuple[Filters, Filters],
    earlier: dict[str, Any] | None,
    later: dict[str, Any] | None,
) -> Learned:
    if blank.metric != "jsi":
        ends = (f"{blank.metric}_low", f"{blank.metric}_high")
        was, now = (taken(row, blank.metric, ends=ends, n=f"{blank.metric}_n") for row in (earlier, later))
        change, p = _difference(was, now)
        return replace(blank, before=was, after=now, change=change, p=p)
    was, now = taken(earlier), taken(later)
    if later is None or later.get("change") is None:
        return replace(blank, before=was, after=now)
    change = taken(later, "change", ends=("change_low", "change_high"))
    before, after = (replace(side, stages=(), touchpoints=()) for side in sides)
    rest = _whole(questions.stages(after, previous=before).facts)
    return replace(blank, before=was, after=now, change=change, rest=rest, p=number(later["p"]))


def _whole(facts: Mapping[str, Any]) -> Measure:
    names = ("jsi_change", "jsi_change_low", "jsi_change_high")
    value, low, high = (number(facts.get(name)) for name in names)
    return Measure(value, low, high, int(facts["n"]), int(facts["customers"]))


def _difference(before: Measure, after: Measure) -> tuple[Measure, float | None]:
    """Return the change of a figure by the intervals of both sides, taken for independent, and its p-value."""
    spreads = error(before), error(after)
    if before.value is None or after.value is None:
        return NOTHING, None
    change = after.value - before.value
    if spreads[0] is None or spreads[1] is None:
        return Measure(change, n=after.n, customers=after.customers), None
    spread = float((spreads[0] ** 2 + spreads[1] ** 2) ** 0.5)
    ends = change - _Z * spread, change + _Z * spread
    return Measure(change, *ends, n=after.n, customers=after.customers), chance(change, spread)


def _themed(blank: Learned, questions: Questions, sides: tuple[Filters, Filters], touches: tuple[int, int]) -> Learned:
    """Compare how many of the step's touches are about the theme, in percent."""
    from touchline.scores.intervals import wilson
    from touchline.sequences.proportions import newcombe

    found = [questions.jsi(replace(side, themes=(blank.theme,)), by="all").to_dicts() for side in sides]
    hits = [int(rows[0]["n"]) if rows else 0 for rows in found]
    people = [int(rows[0]["customers"]) if rows else 0 for rows in found]
    shares = []
    for which in (0, 1):
        value, low, high = (number(100 * float(one)) for one in wilson(hits[which], touches[which]))
        shares.append(Measure(value, low, high, touches[which], people[which]))
    value, low, high, p = (float(one) for one in newcombe(hits[1], touches[1], hits[0], touches[0]))
    change = Measure(number(100 * value), number(100 * low), number(100 * high), touches[1], people[1])
    return replace(
        blank, metric="theme", before=shares[0], after=shares[1], change=change, p=number(p), question="jsi",
        foretold=None,
    )  # fmt: skip


def _judged(row: Learned, p: float | None) -> Learned:
    outcome: Outcome = "no change shown"
    if row.change.value is None or p is None:
        outcome = "too early"
    elif p < SURE:
        good = row.change.value < 0 if row.metric == "theme" else row.change.value > 0
        outcome = "better" if good else "worse"
    return replace(row, p_adjusted=p, outcome=outcome)
