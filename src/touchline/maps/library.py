"""The maps that ship with Touchline: a template of every kind, and complete examples; and how a map begins from one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final

from touchline.errors import MapError
from touchline.maps.kinds import Kind, State
from touchline.maps.model import Card, Map, Phase, Step
from touchline.maps.naming import free, slug
from touchline.maps.reading import read
from touchline.vocabulary.model import Stage
from touchline.vocabulary.taxonomy import Taxonomy
from touchline.words import phrase

_FOLDERS: Final = {"template": "templates", "example": "examples"}
#: What the cards of a template carry, so that they can be told from one's own and removed together.
EXAMPLE: Final = "example"
#: A template with this tag has a step per stage of the taxonomy, whatever its stages are.
STAGES: Final = "stages"
#: What the maps of `touchline demo` carry.
DEMO: Final = "demo"


@dataclass(frozen=True, slots=True)
class Entry:
    """A map of the library as a list shows it.

    Attributes:
        name: Of its file, and the id of the map.
        title: What people read.
        kind: One of `KINDS`.
        state: ``current`` or ``future``.
        about: What it is for, in a sentence or two.
        steps: How many it has.
        cards: How many it has.
        tags: Free words; an example's name its industry.
    """

    name: str
    title: str
    kind: Kind
    state: State
    about: str
    steps: int
    cards: int
    tags: tuple[str, ...] = ()


def templates() -> tuple[Entry, ...]:
    """Return the templates, those for everybody first.

    >>> [entry.name for entry in templates()][:3]
    ['journey', 'future', 'zoom']
    """
    return tuple(_entry(_map("template", name)) for name in _ORDER)


def examples() -> tuple[Entry, ...]:
    """Return the examples, those of `touchline demo` first.

    >>> [entry.name for entry in examples() if "demo" in entry.tags]
    ['nordlicht', 'nordlicht-delivery', 'nordlicht-future']
    """
    found = [_map("example", name) for name in _names("example")]
    return tuple(_entry(one) for one in sorted(found, key=lambda one: (DEMO not in one.tags, one.id)))


def template(name: str) -> Map:
    """Return a template as it ships, with its example cards.

    Raises:
        MapError: There is none of that name.

    >>> template("empathy").kind
    'empathy'
    """
    return _map("template", name)


def example(name: str) -> Map:
    """Return a complete example.

    Raises:
        MapError: There is none of that name.
    """
    return _map("example", name)


def demo() -> tuple[Map, ...]:
    """Return the maps of the company of `touchline demo`: its journey, the journey as it shall be, and a blueprint.

    >>> [(one.kind, one.state) for one in demo()]
    [('journey', 'current'), ('blueprint', 'current'), ('journey', 'future')]
    """
    return tuple(example(entry.name) for entry in examples() if DEMO in entry.tags)


def start(
    name: str,
    taxonomy: Taxonomy | None = None,
    *,
    map_id: str = "",
    title: str = "",
    stage: str = "",
    cards: bool = True,
) -> Map:
    """Return a new map that begins from a template, bound to a taxonomy so that measured data show in it at once.

    Args:
        name: The template.
        taxonomy: The workspace's; without one the template keeps its own bindings.
        map_id: Of the new map; "" makes one of the title.
        title: Of the new map; "" for the template's.
        stage: Of a stage zoom, the stage: its touchpoints become the steps.
        cards: Whether what the template shows as an example comes along: its cards, tagged `EXAMPLE`, beliefs, routes
            and stakeholders; else its phases, steps and lanes only.

    Raises:
        MapError: There is no such template, or no such stage.

    >>> mine = start("zoom", Taxonomy.template("saas"), title="Setting up", stage="onboarding", cards=False)
    >>> mine.id, [step.touchpoint for step in mine.steps()][:3], len(mine.cards)
    ('setting-up', ['account_creation', 'team_invitation', 'setup_wizard'], 0)
    """
    made = template(name)
    title = title or made.name
    made = replace(
        made,
        id=map_id or slug(title, "map"),
        name=title,
        note="",
        tags=tuple(tag for tag in made.tags if tag != STAGES),
        cards=tuple(replace(card, tags=(*card.tags, EXAMPLE)) for card in made.cards),
    )
    made = made if cards else _bare(made)
    if taxonomy is None:
        return made
    if stage:
        return _zoomed(made, taxonomy, stage)
    if STAGES in template(name).tags and any(step.stage not in taxonomy.ids for step in made.steps() if step.stage):
        made = _by_stage(made, taxonomy)
    return fitted(made, taxonomy)


def future(of: Map, *, map_id: str = "", title: str = "") -> Map:
    """Return a future map to begin from: the current one's steps and what stays, without its pains, quotes and beliefs.

    Steps keep their ids, so that the two maps are compared step by step. What the current map lacks is there.

    Args:
        of: The current map.
        map_id: Of the new map; "" for the current one's with ``-future``.
        title: Of the new map; "" for the current one's with what it is.

    >>> shall = future(template("journey"))
    >>> shall.id, shall.of, shall.state, len(shall.cards_of("pains"))
    ('journey-future', 'journey', 'future', 0)
    """
    gone = {lane.id for lane in of.lanes if lane.kind in _OF_TODAY}
    lanes = tuple(lane for lane in of.lanes if lane.id not in gone)
    kept = tuple(replace(card, missing=False) for card in of.cards if card.lane not in gone and card.status != "done")
    here = {card.id for card in kept}
    return replace(
        of,
        id=map_id or f"{of.id}-future",
        name=title or f"{of.name}, as it shall be",
        state="future",
        of=of.id,
        lanes=lanes,
        cards=tuple(replace(card, addresses=tuple(one for one in card.addresses if one in here)) for card in kept),
        phases=tuple(
            replace(phase, steps=tuple(replace(step, believed=()) for step in phase.steps)) for phase in of.phases
        ),
        tags=tuple(tag for tag in of.tags if tag not in (DEMO, STAGES)),
    )


def fitted(found: Map, taxonomy: Taxonomy) -> Map:
    """Return a map that is bound to what a taxonomy knows: stages by their aliases, and nothing that is not there.

    >>> [step.stage for step in fitted(template("buyer"), Taxonomy.template("saas")).steps()][2:]
    ['evaluation', 'evaluation', 'evaluation', 'purchase']
    """
    return replace(
        found,
        phases=tuple(
            replace(phase, steps=tuple(_fitted_step(step, taxonomy) for step in phase.steps)) for phase in found.phases
        ),
        cards=tuple(
            replace(
                card,
                touchpoint=card.touchpoint if taxonomy.touchpoint(card.touchpoint) else "",
                theme=card.theme if taxonomy.theme(card.theme) else "",
            )
            for card in found.cards
        ),
    )


#: Lanes that are about today only.
_OF_TODAY: Final = frozenset({"pains", "quotes", "thoughts", "questions", "measured", "notes", "happy"})
#: Templates in the order in which people look for them.
_ORDER: Final = (
    "journey", "future", "zoom", "support", "blueprint", "empathy", "day", "experience", "competitor", "buyer",
    "account", "lifecycle",
)  # fmt: skip


def _bare(made: Map) -> Map:
    """Return a template's phases, steps and lanes, without what somebody would have to believe first."""
    phases = tuple(
        replace(phase, steps=tuple(replace(step, believed=(), moment=False) for step in phase.steps))
        for phase in made.phases
    )
    return replace(made, phases=phases, cards=(), routes=(), stakeholders=())


def _fitted_step(step: Step, taxonomy: Taxonomy) -> Step:
    stage = taxonomy.stage_id(step.stage) or "" if step.stage else ""
    point = taxonomy.touchpoint(step.touchpoint) if step.touchpoint else None
    return replace(step, stage=stage, touchpoint=point.id if point and point.stage == stage else "")


def _by_stage(made: Map, taxonomy: Taxonomy) -> Map:
    """Return a template with one step per stage; cards and beliefs come from the first step that means the stage."""
    meant: dict[str, Step] = {}
    for step in made.steps():
        found = taxonomy.stage_id(step.stage) if step.stage else None
        if found:
            meant.setdefault(found, step)
    phases, homes, taken = [], {}, {lane.id for lane in made.lanes} | {card.id for card in made.cards}
    for stage in taxonomy.stages:
        like = meant.get(stage.id)
        phase, column = _places(stage.id, taken)
        phases.append(Phase(phase, stage.name, (_step_of(stage, column, like),)))
        if like:
            homes[like.id] = column
    cards = tuple(replace(card, step=homes[card.step]) for card in made.cards if card.step in homes)
    return replace(made, phases=tuple(phases), cards=_known(cards), routes=())


def _step_of(stage: Stage, which: str, like: Step | None) -> Step:
    return Step(
        which,
        stage.name,
        stage.id,
        moment=bool(like and like.moment),
        believed=like.believed if like else (),
    )


def _zoomed(made: Map, taxonomy: Taxonomy, name: str) -> Map:
    """Return a template with the touchpoints of a stage as its steps, under its sub-stages."""
    stage = taxonomy.stage(name) if taxonomy.stage_id(name) else None
    if stage is None:
        raise MapError(
            phrase("there is no stage {name}", name=repr(name)),
            todo=phrase("there are {names}", names=", ".join(taxonomy.ids)),
        )
    like = {step.touchpoint: step for step in made.steps() if step.stage == stage.id}
    phases, homes, taken = [], {}, {lane.id for lane in made.lanes} | {card.id for card in made.cards}
    for sub in stage.sub_stages:
        phase = free([slug(sub.name, "phase"), slug(f"{sub.name} phase")], taken)
        taken.add(phase)
        steps = []
        for point in sub.touchpoints:
            step = free([slug(point.name, "step"), slug(f"{point.name} step")], taken)
            taken.add(step)
            same = like.get(point.id)
            steps.append(Step(step, point.name, stage.id, point.id, believed=same.believed if same else ()))
            if same:
                homes[same.id] = step
        phases.append(Phase(phase, sub.name, tuple(steps)))
    if not phases:
        phases = [Phase(f"{stage.id}-phase", stage.name, (Step(stage.id, stage.name, stage.id),))]
    cards = tuple(replace(card, step=homes[card.step]) for card in made.cards if card.step in homes)
    return fitted(replace(made, phases=tuple(phases), cards=_known(cards), routes=()), taxonomy)


def _places(stage: str, taken: set[str]) -> tuple[str, str]:
    """Return ids for a phase and a step that are not taken."""
    step = free([slug(stage), f"{slug(stage)}-step"], taken)
    taken.add(step)
    phase = free([f"{slug(stage)}-phase"], taken)
    taken.add(phase)
    return phase, step


def _known(cards: tuple[Card, ...]) -> tuple[Card, ...]:
    """Return cards that address only each other."""
    here = {card.id for card in cards}
    return tuple(replace(card, addresses=tuple(one for one in card.addresses if one in here)) for card in cards)


def _entry(found: Map) -> Entry:
    steps = sum(1 for _ in found.steps())
    return Entry(found.id, found.name, found.kind, found.state, found.note, steps, len(found.cards), found.tags)


@cache
def _names(of: str) -> tuple[str, ...]:
    return tuple(sorted(file.stem for file in _files(of)))


def _files(of: str) -> Iterator[Path]:
    yield from (Path(__file__).parent / _FOLDERS[of]).glob("*.yaml")


@cache
def _map(of: str, name: str) -> Map:
    if name not in _names(of):
        raise MapError(
            phrase("there is no {of} {name}", of=str(of), name=repr(name)),
            todo=phrase("there are {names}", names=", ".join(_names(of))),
        )
    path = Path(__file__).parent / _FOLDERS[of] / f"{name}.yaml"
    return read(path.read_text(encoding="utf-8"), path.name)
