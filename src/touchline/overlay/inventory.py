"""Where customer and company meet: every touchpoint, who looks after it, and whether customers are heard there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from touchline.maps.measured import Measure
from touchline.maps.model import Card, Map
from touchline.overlay.taking import taken
from touchline.overlay.values import Contact, Hearing
from touchline.protocol import EVERYTHING
from touchline.scores.base import LOW_N

if TYPE_CHECKING:
    from touchline.protocol import Questions
    from touchline.scores.base import Filters
    from touchline.vocabulary.model import Stage, Touchpoint
    from touchline.vocabulary.taxonomy import Taxonomy


def inventory(
    questions: Questions, filters: Filters = EVERYTHING, *, taxonomy: Taxonomy, maps: Sequence[Map] = ()
) -> tuple[Contact, ...]:
    """Return every touchpoint of the taxonomy, and those that only the maps name.

    A touchpoint is ``measured`` where 30 customers or more are heard there, ``thin`` where fewer are; ``blind spot``
    where customers were at its stage and none was heard at it; ``silent`` where nobody was at its stage either.

    Args:
        questions: Are asked twice: for the JSI by touchpoint, and for friction.
        filters: As everywhere.
        taxonomy: Its touchpoints.
        maps: Whose steps and cards show touchpoints, or say that they are missing.

    Returns:
        In the taxonomy's order; then those that only maps name, by their names.
    """
    heard = {row["key"]: row for row in questions.jsi(filters, by="touchpoint").to_dicts() if row["key"]}
    trouble: dict[str, dict[str, Any]] = {}
    there: dict[str, int] = {}
    for row in questions.friction(filters).to_dicts():
        if row["touchpoint"] is None:
            there[row["stage"]] = row["customers_there"]
        elif row["customers_there"] > trouble.get(row["touchpoint"], {}).get("customers_there", -1):
            trouble[row["touchpoint"]] = row
    shown = _shown(maps, taxonomy)
    missing = {_point(card, taxonomy) for where in maps for card in _missing(where)}
    known = [
        _contact(stage, point, heard.get(point.id), trouble.get(point.id), there, shown.get(point.id, ()), missing)
        for stage in taxonomy.stages
        for sub in stage.sub_stages
        for point in sub.touchpoints
    ]
    ids = {contact.id for contact in known}
    return (*known, *_only_on_maps(maps, taxonomy, ids, missing))


def _contact(
    stage: Stage,
    point: Touchpoint,
    heard: Mapping[str, Any] | None,
    trouble: Mapping[str, Any] | None,
    there: Mapping[str, int],
    maps: tuple[str, ...],
    missing: set[str],
) -> Contact:
    jsi = taken(heard)
    return Contact(
        id=point.id,
        name=point.name,
        stage=stage.id,
        stage_name=stage.name,
        channels=point.channels,
        ownership=point.ownership,
        owner=point.owner or stage.owner,
        hearing=_hearing(jsi, there.get(stage.id, 0)),
        volume=jsi.n,
        jsi=jsi,
        friction=taken(trouble, "per_100"),
        maps=maps,
        missing=point.id in missing,
    )


def _hearing(jsi: Measure, there: int) -> Hearing:
    if jsi.customers:
        return "measured" if jsi.customers >= LOW_N else "thin"
    return "blind spot" if there else "silent"


def _missing(where: Map) -> list[Card]:
    return [card for card in where.cards if card.missing]


def _point(card: Card, taxonomy: Taxonomy) -> str:
    """Return the touchpoint that a card is: the taxonomy's id, else its own words."""
    named = card.touchpoint or card.text.strip()
    return found.id if (found := _find(named, taxonomy)) else named


def _find(named: str, taxonomy: Taxonomy) -> Touchpoint | None:
    by_id = taxonomy.touchpoint(named)
    wanted = named.casefold()
    return by_id or next((point for point in taxonomy.touchpoints if point.name.casefold() == wanted), None)


def _shown(maps: Sequence[Map], taxonomy: Taxonomy) -> dict[str, tuple[str, ...]]:
    """Return which maps name each touchpoint: a step bound to it, or a card that is it."""
    found: dict[str, tuple[str, ...]] = {}
    for where in maps:
        points = [step.touchpoint for step in where.steps() if step.touchpoint]
        points += [card.touchpoint for card in where.cards if card.touchpoint]
        points += [_point(card, taxonomy) for card in (*where.cards_of("touchpoints"), *_missing(where))]
        for point in dict.fromkeys(filter(None, points)):
            found[point] = (*found.get(point, ()), where.id)
    return found


def _only_on_maps(maps: Sequence[Map], taxonomy: Taxonomy, known: set[str], missing: set[str]) -> list[Contact]:
    shown = _shown(maps, taxonomy)
    at: dict[str, tuple[str, str, str]] = {}
    for where in maps:
        stages = {step.id: step.stage for step in where.steps()}
        for card in (*where.cards_of("touchpoints"), *_missing(where)):
            if (point := _point(card, taxonomy)) and point not in known:
                at.setdefault(point, (stages[card.step], card.channel, card.owner))
    found = []
    for point, (stage, channel, owner) in sorted(at.items(), key=lambda one: one[0].casefold()):
        there = taxonomy.stage(stage) if stage in taxonomy.ids else None
        found.append(
            Contact(
                id="",
                name=point,
                stage=there.id if there else "",
                stage_name=there.name if there else "",
                channels=(channel,) if channel else (),
                owner=owner or (there.owner if there else ""),
                maps=shown.get(point, ()),
                missing=point in missing,
            )
        )
    return found
