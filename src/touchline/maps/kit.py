"""The workshop kit: exercises, agendas and follow-ups with which a group makes a map.

It is data (``kits/workshop.yaml``): the workshop page, a print-out and an agenda of one's own read the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from touchline.errors import MapError
from touchline.maps.plain import from_plain
from touchline.words import Phrase, phrase

_KITS: Final = Path(__file__).with_name("kits")
#: Keys whose values are for programs.
_CODES: Final = frozenset({"id", "lane", "fill", "exercise"})
_GAP: Final = re.compile(r"\{(\w+)\}")

#: What measured data can be laid beside an exercise: personas with their size, themes, the funnel, quotes, questions
#: that customers ask, and the measured line.
FILLS: Final = ("personas", "themes", "funnel", "quotes", "questions", "sentiment")


@dataclass(frozen=True, slots=True)
class Prompt:
    """One thing that an exercise asks for.

    Attributes:
        id: Unique in its exercise; the name of its gap in the exercise's sentence.
        name: One or two words.
        ask: The question to the room.
        hint: What makes a good answer.
        example: One.
        lane: The kind of lane that its answers become cards of; "" where they do not.
    """

    id: str
    name: str
    ask: str
    hint: str = ""
    example: str = ""
    lane: str = ""


@dataclass(frozen=True, slots=True)
class Exercise:
    """One thing that the group does together.

    Attributes:
        id: Unique in the kit.
        name: What people read.
        aim: Why it is done.
        how: What the facilitator says, step by step.
        sentence: A sentence with a gap per prompt, such as ``{persona}``; "" for none.
        prompts: What it asks for.
        output: What the room has at its end.
        fill: Which data are laid beside it, of `FILLS`.
    """

    id: str
    name: str
    aim: str
    how: tuple[str, ...] = ()
    sentence: str = ""
    prompts: tuple[Prompt, ...] = ()
    output: str = ""
    fill: tuple[str, ...] = ()

    def told(self, answers: Mapping[str, str]) -> str:
        """Return the sentence with answers in its gaps; a gap without one keeps its name in brackets.

        >>> scope = kit().exercise("scope")
        >>> scope.told({"persona": "Nora", "start": "an empty tin"})[:58]
        'We map how Nora gets from an empty tin to [end], as it is '
        """
        return _GAP.sub(lambda gap: answers.get(gap[1]) or f"[{gap[1]}]", str(self.sentence))


@dataclass(frozen=True, slots=True)
class Item:
    """A line of an agenda.

    Attributes:
        minutes: How long.
        exercise: The exercise's id; "" for what is none, as a break.
        name: What people read; "" for the exercise's own name.
        what: What is done in this time.
    """

    minutes: int
    exercise: str = ""
    name: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A part of an agenda without a longer interruption."""

    name: str
    items: tuple[Item, ...] = ()

    @property
    def minutes(self) -> int:
        """How long it takes."""
        return sum(item.minutes for item in self.items)


@dataclass(frozen=True, slots=True)
class Agenda:
    """What is done when.

    Attributes:
        id: Unique in the kit.
        name: What people read: its length.
        for_whom: When it is the right one.
        sessions: In their order.
    """

    id: str
    name: str
    for_whom: str = ""
    sessions: tuple[Session, ...] = ()

    @property
    def minutes(self) -> int:
        """How long all sessions take, breaks in them included."""
        return sum(session.minutes for session in self.sessions)


@dataclass(frozen=True, slots=True)
class Task:
    """Something to do before or after: when, what, and which role."""

    when: str
    what: str
    who: str = ""


@dataclass(frozen=True, slots=True)
class Role:
    """Who is in the room, and what for."""

    name: str
    what: str


@dataclass(frozen=True, slots=True)
class Kit:
    """Everything for a workshop.

    Attributes:
        id: Its file's name.
        name: What people read.
        promise: What the room leaves with.
        roles: Who is needed.
        before: What to prepare, in order.
        exercises: What can be done, in the order of a workshop.
        agendas: From the shortest to the longest.
        after: The follow-ups, in order.
    """

    id: str
    name: str
    promise: str = ""
    roles: tuple[Role, ...] = ()
    before: tuple[Task, ...] = ()
    exercises: tuple[Exercise, ...] = ()
    agendas: tuple[Agenda, ...] = ()
    after: tuple[Task, ...] = ()

    def exercise(self, which: str) -> Exercise:
        """Return an exercise by its id.

        Raises:
            MapError: There is none.
        """
        for one in self.exercises:
            if one.id == which:
                return one
        known = ", ".join(one.id for one in self.exercises)
        raise MapError(
            phrase("there is no exercise {which}", which=repr(which)),
            todo=phrase("there are {known}", known=str(known)),
        )

    def agenda(self, which: str) -> Agenda:
        """Return an agenda by its id.

        Raises:
            MapError: There is none.
        """
        for one in self.agendas:
            if one.id == which:
                return one
        known = ", ".join(one.id for one in self.agendas)
        raise MapError(
            phrase("there is no agenda {which}", which=repr(which)), todo=phrase("there are {known}", known=str(known))
        )


@cache
def kit(name: str = "workshop") -> Kit:
    """Return a workshop kit that ships with Touchline.

    Raises:
        MapError: There is none of that name.

    >>> [(agenda.id, agenda.minutes) for agenda in kit().agendas[:2]]
    [('two-hours', 120), ('two-and-a-half-hours', 150)]
    """
    known = sorted(file.stem for file in _KITS.glob("*.yaml"))
    if name not in known:
        raise MapError(
            phrase("there is no workshop kit {name}", name=repr(name)),
            todo=phrase("there are {names}", names=", ".join(known)),
        )
    return from_plain(Kit, _said(yaml.safe_load((_KITS / f"{name}.yaml").read_text(encoding="utf-8"))))


def _said(value: Any, key: str = "") -> Any:
    """Return what a kit's file holds with its words as phrases, which a page says in its reader's language."""
    if isinstance(value, dict):
        return {name: _said(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [_said(one, key) for one in value]
    return Phrase(value) if isinstance(value, str) and key not in _CODES else value
