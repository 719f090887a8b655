"""What is wrong or weak in a map that could be read: names of nothing, lanes told twice, steps with nothing on them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from touchline.maps.kinds import LANE_KINDS, ROUTES, SEVERITIES, STATUSES
from touchline.maps.model import Card, Map, Route, Step
from touchline.vocabulary.names import nearest
from touchline.words import Number, phrase

if TYPE_CHECKING:
    from touchline.vocabulary.taxonomy import Taxonomy

#: What a proof may be.
PROOFS: Final = ("interaction", "theme", "research", "assumption")

_MAP_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_PLAIN: Final = re.compile(r"[\w.:-]{1,80}")
_SCORES: Final = ("effort", "impact", "desirability", "feasibility", "viability")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong or weak.

    Attributes:
        level: ``wrong``: something will not work; ``weak``: the map could say more.
        what: What, as a sentence without its full stop.
        todo: What to do.
        of: Which kind of part it is about: ``map``, ``phase``, ``step``, ``lane``, ``card``, ``route``,
            ``stakeholder``.
        id: Its id; "" for the map.
        key: The field; "" for the part as a whole.
    """

    level: Literal["wrong", "weak"]
    what: str
    todo: str
    of: str = "map"
    id: str = ""
    key: str = ""

    def __str__(self) -> str:
        """One line: what, what to do."""
        return f"{self.what}; {self.todo}"


def check(
    found: Map,
    taxonomy: Taxonomy | None = None,
    others: Iterable[Map] | None = None,
    personas: Collection[str] | None = None,
) -> list[Fault]:
    """Return everything that is wrong in a map, then everything that is weak.

    Args:
        found: The map.
        taxonomy: Its stages, touchpoints and themes are what a map may name; None: they are not looked at.
        others: The workspace's maps, which it may link to; None: links are not looked at.
        personas: Names of the workspace's personas; None: they are not looked at.

    >>> from touchline.maps.model import Card, Lane, Map, Phase, Step
    >>> wall = Map("wall", "Wall", owner="Ann", phases=(Phase("p", "P", (Step("s", "Waits"),)),),
    ...     lanes=(Lane("l", "pains"),), cards=(Card("c", "l", "s", "Late", severity="bad"),))
    >>> [str(fault) for fault in check(wall)]
    ["card 'Late': severity is 'bad'; it is one of trivial, work-around, gives up"]
    """
    faults = [*_ids(found), *_whole(found), *_columns(found), *_rows(found), *_routes(found)]
    faults += _cards(found)
    if taxonomy is not None:
        faults += _named(found, taxonomy)
    if others is not None:
        faults += _links(found, {one.id for one in others} | {found.id})
    if personas is not None:
        faults += _personas(found, personas)
    return sorted(faults, key=lambda fault: fault.level == "weak")


def _wrong(what: str, todo: str, of: str = "map", which: str = "", key: str = "") -> Fault:
    return Fault("wrong", what, todo, of, which, key)


def _weak(what: str, todo: str, of: str = "map", which: str = "", key: str = "") -> Fault:
    return Fault("weak", what, todo, of, which, key)


def _of_card(card: Card) -> str:
    return phrase("card {text}", text=repr((card.text or card.id)[:40]))


def _of_step(step: Step) -> str:
    return phrase("step {name}", name=repr((step.name or step.id)[:40]))


def _near(name: str, known: Iterable[str]) -> str:
    near = nearest(name, tuple(known))
    return phrase("did you mean {near}?", near=near) if near else ""


def _ids(found: Map) -> Iterator[Fault]:
    if not _MAP_ID.fullmatch(found.id):
        yield _wrong(
            phrase("the map's id is {id}", id=repr(found.id)),
            phrase("write lower-case words joined by hyphens"),
            key="id",
        )
    every = [
        *(("phase", one.id) for one in found.phases), *(("step", one.id) for one in found.steps()),
        *(("lane", one.id) for one in found.lanes), *(("card", one.id) for one in found.cards),
        *(("route", one.id) for one in found.routes), *(("stakeholder", one.id) for one in found.stakeholders),
    ]  # fmt: skip
    counted = Counter(which for _, which in every)
    for of, which in every:
        if not _PLAIN.fullmatch(which):
            yield _wrong(
                phrase("a {of}'s id is {which}", of=of, which=repr(which)),
                phrase("write letters, digits and hyphens only"),
                of,
                which,
                "id",
            )
        elif counted[which] > 1:
            counted[which] = 0  # told once
            yield _wrong(
                phrase("the id {which} is that of several parts", which=repr(which)),
                phrase("choose another for all but one"),
                of,
                which,
                "id",
            )


def _whole(found: Map) -> Iterator[Fault]:
    if not found.name.strip():
        yield _wrong(phrase("the map has no name"), phrase("give it one"), key="name")
    if len(found.segment) not in (0, 2):
        yield _wrong(
            phrase("the segment is not a name and a value"), phrase("write segment: [tier, vip]"), key="segment"
        )
    if found.review_days < 0:
        yield _wrong(phrase("review_days is below 0"), phrase("write 0 for never"), key="review_days")
    if not any(True for _ in found.steps()):
        yield _weak(phrase("there is no step"), phrase("add a phase with a step"), key="phases")
    if not found.lanes:
        yield _weak(phrase("there is no lane"), phrase("add one: actions, pains ..."), key="lanes")
    if not found.owner:
        yield _weak(phrase("nobody looks after the map"), phrase("write owner: ..."), key="owner")
    if found.state == "future" and not found.of:
        yield _weak(phrase("the future map improves no map"), phrase("write of: and the current map's id"), key="of")
    for one in found.stakeholders:
        for key in ("interest", "influence"):
            value = getattr(one, key)
            if value is not None and not 1 <= value <= 5:
                told = phrase("stakeholder {name}: {key} is {value}", name=repr(one.name), key=key, value=value)
                yield _wrong(told, phrase("write 1 to 5"), "stakeholder", one.id, key)


def _columns(found: Map) -> Iterator[Fault]:
    filled = {card.step for card in found.cards}
    for phase in found.phases:
        if not phase.steps:
            yield _weak(
                phrase("phase {name} has no step", name=repr(phase.name)),
                phrase("add one, or remove the phase"),
                "phase",
                phase.id,
            )
    for step in found.steps():
        told = _of_step(step)
        if step.id not in filled:
            yield _weak(
                phrase("{told} has no card", told=told), phrase("say what the customer does there"), "step", step.id
            )
        believed = Counter(one.persona for one in step.believed)
        for persona, times in believed.items():
            if times > 1:
                whose = phrase("of {persona}", persona=repr(persona)) if persona else phrase("of all")
                yield _wrong(
                    phrase("{told}: {times} beliefs {whose}", told=told, times=times, whose=whose),
                    phrase("keep one per persona"),
                    "step",
                    step.id,
                    "believed",
                )
        for one in step.believed:
            for key, low, high in (("jsi", 0, 100), ("effort", 1, 7), ("minutes", 0, 1e9)):
                value = getattr(one, key)
                if value is not None and not low <= value <= high:
                    what = phrase("{told}: believed {key} is {value}", told=told, key=key, value=Number(f"{value:g}"))
                    todo: str = (
                        phrase("write 0 or more")
                        if key == "minutes"
                        else phrase("write {low} to {high}", low=Number(f"{low:g}"), high=Number(f"{high:g}"))
                    )
                    yield _wrong(what, todo, "step", step.id, "believed")
            if one.persona and found.personas and one.persona not in found.personas:
                what = phrase(
                    "{told}: a belief of {persona}, who is not among the map's personas",
                    told=told,
                    persona=repr(one.persona),
                )
                todo = _near(one.persona, found.personas) or phrase("add the name to personas")
                yield _weak(what, todo, "step", step.id, "believed")


def _rows(found: Map) -> Iterator[Fault]:
    filled = {card.lane for card in found.cards}
    seen: dict[tuple[str, str, str], str] = {}
    for lane in found.lanes:
        told = phrase("lane {name}", name=repr((lane.name or lane.kind)[:40]))
        kind = LANE_KINDS.get(lane.kind)
        if kind is None:
            todo = _near(lane.kind, LANE_KINDS) or phrase("it is one of {listed}", listed=", ".join(LANE_KINDS))
            yield _wrong(
                phrase("{told}: there is no kind of lane {kind}", told=told, kind=repr(lane.kind)),
                todo,
                "lane",
                lane.id,
                "kind",
            )
            continue
        first = seen.setdefault((lane.kind, lane.of, lane.name), lane.id)
        if first != lane.id and kind.look != "line":
            yield _wrong(
                phrase("{told} stands twice", told=told), phrase("name them differently, or keep one"), "lane", lane.id
            )
        if kind.look == "cards" and lane.id not in filled:
            yield _weak(phrase("{told} has no card", told=told), phrase("fill it, or remove the lane"), "lane", lane.id)
        if kind.look == "line" and lane.id in filled:
            yield _weak(
                phrase("{told} is a line, and has cards that are not shown", told=told),
                phrase("move them"),
                "lane",
                lane.id,
            )


def _routes(found: Map) -> Iterator[Fault]:
    order = {step.id: at for at, step in enumerate(found.steps())}
    for route in found.routes:
        told = phrase("route {text}", text=repr((route.text or route.id)[:40]))
        if route.kind not in ROUTES:
            todo = phrase("it is one of {listed}", listed=", ".join(ROUTES))
            yield _wrong(
                phrase("{told}: kind is {kind}", told=told, kind=repr(route.kind)), todo, "route", route.id, "kind"
            )
        if route.start not in order:
            yield _wrong(
                phrase("{told}: there is no step {start}", told=told, start=repr(route.start)),
                phrase("start at a step"),
                "route",
                route.id,
                "start",
            )
        if route.end and route.end not in order:
            yield _wrong(
                phrase("{told}: there is no step {end}", told=told, end=repr(route.end)),
                phrase("end at a step"),
                "route",
                route.id,
                "end",
            )
        yield from _way(route, order, told)


def _way(route: Route, order: dict[str, int], told: str) -> Iterator[Fault]:
    if route.kind == "exit" and route.end:
        yield _wrong(
            phrase("{told}: an exit leads to a step", told=told),
            phrase("leave end out, or make it a branch"),
            "route",
            route.id,
            "end",
        )
    if route.kind in ("branch", "loop") and not route.end:
        yield _wrong(
            phrase("{told}: a {kind} leads nowhere", told=told, kind=route.kind),
            phrase("write end: ..."),
            "route",
            route.id,
            "end",
        )
    if route.kind == "loop" and route.start in order and route.end in order and order[route.start] < order[route.end]:
        yield _weak(
            phrase("{told}: a loop leads forward", told=told), phrase("make it a branch"), "route", route.id, "kind"
        )


def _cards(found: Map) -> Iterator[Fault]:
    known = {
        "lane": {lane.id for lane in found.lanes},
        "step": {step.id for step in found.steps()},
        "card": {card.id for card in found.cards},
    }
    for card in found.cards:
        told = _of_card(card)
        for key in ("lane", "step"):
            to = getattr(card, key)
            if to not in known[key]:
                todo = _near(to, known[key]) or phrase("move it")
                yield _wrong(
                    phrase("{told}: there is no {key} {to}", told=told, key=key, to=repr(to)),
                    todo,
                    "card",
                    card.id,
                    key,
                )
        yield from _values(card, told)
        yield from _said(card, told)
        for one in card.addresses:
            todo = _near(one, known["card"] - {card.id}) or phrase("write a card's id")
            if one == card.id:
                yield _wrong(
                    phrase("{told} addresses itself", told=told),
                    phrase("write another card's id"),
                    "card",
                    card.id,
                    "addresses",
                )
            elif one not in known["card"]:
                yield _wrong(
                    phrase("{told} addresses {one}, and there is no such card", told=told, one=repr(one)),
                    todo,
                    "card",
                    card.id,
                    "addresses",
                )


def _values(card: Card, told: str) -> Iterator[Fault]:
    for key, known in (("status", STATUSES), ("severity", SEVERITIES)):
        value = getattr(card, key)
        if value and value not in known:
            yield _wrong(
                phrase("{told}: {key} is {value}", told=told, key=key, value=repr(value)),
                phrase("it is one of {listed}", listed=", ".join(known)),
                "card",
                card.id,
                key,
            )
    for key in _SCORES:
        value = getattr(card, key)
        if value is not None and not 1 <= value <= 5:
            yield _wrong(
                phrase("{told}: {key} is {value}", told=told, key=key, value=value),
                phrase("write 1 to 5"),
                "card",
                card.id,
                key,
            )
    if card.minutes is not None and card.minutes < 0:
        yield _wrong(
            phrase("{told}: minutes is below 0", told=told), phrase("write 0 or more"), "card", card.id, "minutes"
        )
    if card.done and card.status not in ("", "done"):
        what = phrase("{told} was done, and its status is {status}", told=told, status=repr(card.status))
        yield _wrong(what, phrase("write status: done"), "card", card.id, "status")
    if (card.value is not None or card.target is not None) and not (card.metric or card.text.strip()):
        yield _wrong(
            phrase("{told} has a value or target of nothing", told=told),
            phrase("write metric: ..."),
            "card",
            card.id,
            "metric",
        )


def _said(card: Card, told: str) -> Iterator[Fault]:
    for proof in card.proof:
        if proof.kind not in PROOFS:
            todo = phrase("it is one of {listed}", listed=", ".join(PROOFS))
            yield _wrong(
                phrase("{told}: a proof's kind is {kind}", told=told, kind=repr(proof.kind)),
                todo,
                "card",
                card.id,
                "proof",
            )
        elif proof.kind != "assumption" and not (proof.ref or proof.note):
            what = phrase("{told}: a proof of kind {kind} names nothing", told=told, kind=proof.kind)
            yield _wrong(what, phrase("write ref: ..."), "card", card.id, "proof")
    if not card.text.strip() and not (card.metric or card.picture or card.touchpoint or card.channel):
        yield _weak(
            phrase("{told} says nothing", told=told), phrase("write its text, or remove it"), "card", card.id, "text"
        )


def _named(found: Map, taxonomy: Taxonomy) -> Iterator[Fault]:
    """Yield the stages, touchpoints and themes that the taxonomy does not have."""
    points = {point.id: point for point in taxonomy.touchpoints}
    for step in found.steps():
        told = _of_step(step)
        stage = taxonomy.stage_id(step.stage) if step.stage else None
        if step.stage and stage is None:
            todo = _near(step.stage, taxonomy.ids) or phrase("there are {listed}", listed=", ".join(taxonomy.ids))
            yield _wrong(
                phrase("{told}: there is no stage {stage}", told=told, stage=repr(step.stage)),
                todo,
                "step",
                step.id,
                "stage",
            )
        point = taxonomy.touchpoint(step.touchpoint) if step.touchpoint else None
        if step.touchpoint and point is None:
            todo = _near(step.touchpoint, points) or phrase("write a touchpoint's id, or leave it out")
            yield _wrong(
                phrase("{told}: there is no touchpoint {touchpoint}", told=told, touchpoint=repr(step.touchpoint)),
                todo,
                "step",
                step.id,
                "touchpoint",
            )
        if point is not None and stage is not None and point.stage != stage:
            what = phrase(
                "{told}: the touchpoint {id} is one of stage {stage}",
                told=told,
                id=repr(point.id),
                stage=repr(point.stage),
            )
            yield _wrong(what, phrase("write stage: {stage}", stage=point.stage), "step", step.id, "stage")
    for card in found.cards:
        if card.touchpoint and taxonomy.touchpoint(card.touchpoint) is None and not card.missing:
            what = phrase(
                "{of_card}: there is no touchpoint {touchpoint}",
                of_card=_of_card(card),
                touchpoint=repr(card.touchpoint),
            )
            todo = _near(card.touchpoint, points) or phrase("write a touchpoint's id, or mark it as missing")
            yield _wrong(what, todo, "card", card.id, "touchpoint")
        if card.theme and taxonomy.theme(card.theme) is None:
            what = phrase(
                "{of_card}: the taxonomy has no theme {theme}", of_card=_of_card(card), theme=repr(card.theme)
            )
            todo = _near(card.theme, [theme.id for theme in taxonomy.themes]) or phrase(
                "it may be one that the data brought up"
            )
            yield _weak(what, todo, "card", card.id, "theme")


def _links(found: Map, known: set[str]) -> Iterator[Fault]:
    """Yield the links to maps that are not there."""
    links: list[tuple[str, str, str, str, str]] = [("map", "", "of", found.of, phrase("the map"))]
    links += [("step", step.id, "zoom", step.zoom, _of_step(step)) for step in found.steps()]
    links += [("card", card.id, "map", card.map, _of_card(card)) for card in found.cards]
    for of, which, key, to, told in links:
        if to and to not in known:
            todo = _near(to, known - {found.id}) or phrase("write a map's id")
            yield _wrong(phrase("{told}: there is no map {to}", told=told, to=repr(to)), todo, of, which, key)
        elif to and to == found.id:
            yield _wrong(
                phrase("{told} leads to its own map", told=told), phrase("write another map's id"), of, which, key
            )


def _personas(found: Map, known: Collection[str]) -> Iterator[Fault]:
    for name in found.personas:
        if name not in known:
            todo = _near(name, known) or phrase("describe it under [[personas]] in touchline.toml")
            yield _weak(phrase("there is no persona {name}", name=repr(name)), todo, key="personas")
