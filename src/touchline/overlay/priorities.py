"""What to do first: opportunities by what they would bring, whom they would spare, and what they cost to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from touchline.errors import QuestionError
from touchline.maps.kinds import SEVERITIES, STATUSES
from touchline.maps.measured import Measure, Overlay
from touchline.maps.model import Card, Map
from touchline.overlay.binding import Place, of_segment, places
from touchline.overlay.gaps import ANSWERS
from touchline.overlay.taking import taken
from touchline.overlay.values import NOTHING, PainHit, Priority, Quadrant, Weighing
from touchline.protocol import EVERYTHING

if TYPE_CHECKING:
    from touchline.protocol import Questions
    from touchline.scores.base import Filters
    from touchline.vocabulary.taxonomy import Taxonomy

#: What a severity weighs, as of mentions (docs/definitions.md): trivial, normal, blocks the goal.
WEIGHT: Final = dict(zip(SEVERITIES, (0.5, 1.0, 2.0), strict=True))
#: What an opportunity whose effort nobody told is taken to cost, of 1 to 5.
UNTOLD: Final = 3
#: Value and effort that divide the quadrants.
MUCH: Final = 0.5
LITTLE: Final = 3
#: What-ifs that are asked at most.
MOST: Final = 24
_EVEN: Final = Weighing()


@dataclass(frozen=True, slots=True)
class _Gain:
    """What a what-if foretells."""

    jsi: Measure = NOTHING
    whole: Measure = NOTHING
    kept: Measure = NOTHING
    revenue: Measure = NOTHING
    currency: str = ""
    note: str = ""


def priorities(
    maps: Sequence[Map],
    questions: Questions,
    filters: Filters = EVERYTHING,
    *,
    taxonomy: Taxonomy,
    overlays: Mapping[str, Overlay] | None = None,
    weighing: Weighing = _EVEN,
    most: int = MOST,
) -> tuple[Priority, ...]:
    """Rank the opportunities and solutions of some maps.

    Three parts speak for one, each from 0 to 1: *impact*, the JSI points of the whole journey that the what-if of its
    themes foretells, against the largest in the list (where nothing is measured, half of what the team believes, of 5);
    *pain*, severity times the share of customers hit, summed over the pain points that it answers, against the largest;
    *fit*, the mean of desirability, feasibility and viability, of 5. With ``weighing`` they give its value, and

        score = 100 * value * (6 - effort) / 5

    with 3 for an effort that nobody told. What-ifs of several themes of one card are summed: an upper bound where
    the same touches carry two of them.

    Args:
        maps: Whose cards are ranked together.
        questions: Are asked one what-if per stage and theme.
        filters: As everywhere; stages and touchpoints are the cards' own.
        taxonomy: Its stages.
        overlays: By map id: what was measured of their cards, from which the share of customers is.
        weighing: How the parts weigh.
        most: What-ifs that are asked at most, those of the most cards first.

    Returns:
        The best first; what is done and what nothing speaks for come last, with rank 0; what is dropped is left out.
    """
    bound = {where.id: places(where, taxonomy)[0] for where in maps}
    found = [
        _unranked(where, card, (overlays or {}).get(where.id), bound[where.id])
        for where in maps
        for card in where.cards_of(*ANSWERS)
        if card.status != "dropped"
    ]
    bare = replace(filters, stages=(), touchpoints=())
    over = {where.id: of_segment(bare, where.segment) for where in maps}
    gains = _gains(found, questions, over, most)
    return tuple(_ranked([_gaining(one, gains, over[one.map]) for one in found], weighing))


def pains(maps: Sequence[Map], overlays: Mapping[str, Overlay]) -> tuple[PainHit, ...]:
    """Return every pain point of some maps, those that hurt most customers most first; nothing is asked.

    Args:
        maps: Whose pain points.
        overlays: By map id: what was measured of their cards.

    Returns:
        By severity times the share of customers hit; those whose share nobody knows come last, the worst first.
    """
    found = [_hit(where, card, overlays.get(where.id)) for where in maps for card in where.cards_of("pains")]

    def hurts(one: PainHit) -> tuple[bool, float, float, str, str]:
        return one.weight is None, -(one.weight or 0.0), -WEIGHT.get(one.severity, 1.0), one.map, one.card

    return tuple(sorted(found, key=hurts))


def board(found: Iterable[Priority]) -> dict[str, tuple[Priority, ...]]:
    """Return priorities by status, in the order of a roadmap; one without a status is an idea.

    >>> [key for key in board([Priority("m", "c", "Say so", status="doing")])]
    ['idea', 'planned', 'doing', 'done', 'dropped']
    """
    columns: dict[str, tuple[Priority, ...]] = dict.fromkeys(STATUSES, ())
    for one in found:
        columns[one.status or STATUSES[0]] += (one,)
    return columns


def _unranked(where: Map, card: Card, overlay: Overlay | None, bound: Mapping[str, Place]) -> Priority:
    pains = answered(where, card)
    chances = {one.id for one in where.cards_of(*ANSWERS)}
    stage = next((bound[one.step].stage for one in (card, *pains) if one.step in bound), "")
    themes = [card.theme] if card.theme else [pain.theme for pain in pains if pain.theme]
    return Priority(
        map=where.id,
        card=card.id,
        text=card.text,
        step=card.step,
        stage=stage,
        themes=tuple(dict.fromkeys(themes)),
        status=card.status,
        under=next((which for which in card.addresses if which in chances), ""),
        owner=card.owner,
        due=card.due,
        pains=tuple(_hit(where, pain, overlay) for pain in pains),
        believed=card.impact,
        effort=card.effort,
        desirability=card.desirability,
        feasibility=card.feasibility,
        viability=card.viability,
    )


def answered(where: Map, card: Card) -> list[Card]:
    """Return the pain points that a card answers, those of the opportunities that a solution answers too."""
    by_id = {one.id: one for one in where.cards}
    pains = {one.id for one in where.cards_of("pains")}
    seen: dict[str, Card] = {}
    open_ = list(card.addresses)
    while open_:
        which = open_.pop(0)
        if which in by_id and which not in seen:
            seen[which] = by_id[which]
            open_ += by_id[which].addresses
    return [one for one in seen.values() if one.id in pains]


def _hit(where: Map, pain: Card, overlay: Overlay | None) -> PainHit:
    measured = overlay.cards.get(pain.id) if overlay else None
    share = measured.measure if measured else NOTHING
    return PainHit(
        map=where.id,
        card=pain.id,
        text=pain.text,
        severity=pain.severity,
        share=share,
        weight=None if share.value is None else WEIGHT.get(pain.severity, 1.0) * share.value,
        step=pain.step,
        theme=pain.theme,
        level=measured.level if measured else "untold",
        answers=tuple(
            card.id
            for card in where.cards_of(*ANSWERS)
            if card.status != "dropped" and any(one.id == pain.id for one in answered(where, card))
        ),
    )


def _gains(
    found: Sequence[Priority], questions: Questions, over: Mapping[str, Filters], most: int
) -> dict[tuple[Filters, str, str], _Gain]:
    """Ask one what-if for each stage and theme of each segment."""
    wanted: dict[tuple[Filters, str, str], int] = {}
    for one in found:
        if one.stage and one.status != "done":
            for theme in one.themes:
                key = over[one.map], one.stage, theme
                wanted[key] = wanted.get(key, 0) + 1
    chosen = sorted(wanted, key=lambda key: (-wanted[key], key[1:]))[:most]
    return {key: _gain(questions, *key) for key in chosen}


def _gain(questions: Questions, filters: Filters, stage: str, theme: str) -> _Gain:
    try:
        figure = questions.whatif(filters, stage=stage, theme=theme)
    except QuestionError as error:  # nobody raised the theme there, or the map names one that there is not
        return _Gain(note=error.what)
    rows = {row["measure"]: taken(row, "change") for row in figure.to_dicts()}
    return _Gain(
        rows.get("jsi", NOTHING),
        rows.get("jsi_all", NOTHING),
        _turned(rows.get("lost", NOTHING)),
        rows.get("revenue", NOTHING),
        str(figure.facts.get("currency") or ""),
        "" if "revenue" in rows else " ".join(figure.notes),
    )


def _turned(lost: Measure) -> Measure:
    """Turn customers lost into customers kept."""
    if lost.value is None:
        return lost
    low, high = (None if end is None else -end for end in (lost.high, lost.low))
    return Measure(-lost.value, low, high, lost.n, lost.customers)


def _gaining(one: Priority, gains: Mapping[tuple[Filters, str, str], _Gain], over: Filters) -> Priority:
    keys = [(over, one.stage, theme) for theme in one.themes]
    mine = [gains[key] for key in keys if key in gains]
    if not mine:
        return one
    return replace(
        one,
        jsi=_sum([gain.jsi for gain in mine]),
        whole=_sum([gain.whole for gain in mine]),
        kept=_sum([gain.kept for gain in mine]),
        revenue=_sum([gain.revenue for gain in mine]),
        currency=next((gain.currency for gain in mine if gain.currency), ""),
        note=" ".join(dict.fromkeys(gain.note for gain in mine if gain.note)),
    )


def _sum(measures: Sequence[Measure]) -> Measure:
    """Add changes and the ends of their intervals."""
    known = [one for one in measures if one.value is not None]
    if not known:
        return max(measures, key=lambda one: one.n)
    low, high = (
        None if any(end is None for end in ends) else sum(end for end in ends if end is not None)
        for ends in ([one.low for one in known], [one.high for one in known])
    )
    value = sum(one.value for one in known if one.value is not None)
    return Measure(value, low, high, sum(one.n for one in known), sum(one.customers for one in known))


def _ranked(found: Sequence[Priority], weighing: Weighing) -> list[Priority]:
    pains = [_pain(one) for one in found]
    most_pain = max((pain for pain in pains if pain is not None), default=0.0)
    most_gain = max((one.whole.value for one in found if one.whole.value is not None), default=0.0)
    weighed = [_weighed(one, pain, weighing, most_gain, most_pain) for one, pain in zip(found, pains, strict=True)]
    weighed.sort(key=lambda one: (one.score is None, -(one.score or 0.0), -(one.whole.value or 0.0), one.map, one.card))
    return [replace(one, rank=place if one.score is not None else 0) for place, one in enumerate(weighed, 1)]


def _pain(one: Priority) -> float | None:
    known = [pain.weight for pain in one.pains if pain.weight is not None]
    return sum(known) if known else None


def _weighed(one: Priority, pain: float | None, weighing: Weighing, most_gain: float, most_pain: float) -> Priority:
    if one.status == "done":
        return one
    parts: list[tuple[float, float]] = []
    basis = ""
    if one.whole.value is not None:
        basis = "measured"
        parts.append((weighing.impact, max(one.whole.value, 0.0) / most_gain if most_gain > 0 else 0.0))
    elif one.believed is not None:
        basis = "believed"
        parts.append((weighing.impact, weighing.belief * one.believed / 5))
    if pain is not None:
        parts.append((weighing.pain, pain / most_pain if most_pain > 0 else 0.0))
    fits = [fit for fit in (one.desirability, one.feasibility, one.viability) if fit is not None]
    if fits:
        parts.append((weighing.fit, sum(fits) / len(fits) / 5))
    weight = sum(part[0] for part in parts)
    if weight <= 0:
        return replace(one, basis=basis, quadrant=_quadrant(0.0, one.effort))
    value = sum(share * part for share, part in parts) / weight
    effort = min(max(one.effort if one.effort is not None else UNTOLD, 1), 5)
    score = 100 * value * (6 - effort) / 5
    return replace(one, basis=basis, value=value, score=score, quadrant=_quadrant(value, one.effort))


def _quadrant(value: float, effort: int | None) -> Quadrant:
    little = (effort if effort is not None else UNTOLD) <= LITTLE
    if value >= MUCH:
        return "quick win" if little else "big bet"
    return "fill-in" if little else "leave"
