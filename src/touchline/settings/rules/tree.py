"""What a rule says, as a tree of frozen values. `touchline.settings.rules` tells what each one means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

Operator: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">="]
Value: TypeAlias = str | float | date

#: Stands for ``usage``: every interaction of kind ``event``.
USAGE = "*"


@dataclass(frozen=True, slots=True)
class Compare:
    """An attribute against a value: ``seats >= 100``."""

    name: str
    operator: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Among:
    """An attribute in a list: ``region in (emea, apac)``; ``inside`` is false for ``not in``."""

    name: str
    values: tuple[Value, ...]
    inside: bool = True


@dataclass(frozen=True, slots=True)
class Stage:
    """The stage that the customer is on: ``stage in (awareness, consideration)``."""

    values: tuple[str, ...]
    inside: bool = True


@dataclass(frozen=True, slots=True)
class Counted:
    """How often something happened: ``orders >= 3 in 90 d``."""

    event: str
    operator: Operator
    number: float
    days: float


@dataclass(frozen=True, slots=True)
class Changed:
    """Less or more of something than before: ``log-ins down 50 % in 28 d``."""

    event: str
    direction: Literal["down", "up"]
    percent: float
    days: float


@dataclass(frozen=True, slots=True)
class Absent:
    """Nothing of it: ``no login for 30 d``; ``days`` None means ever."""

    event: str
    days: float | None


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest answer against a number: ``nps <= 6``, ``csat <= 2 in 90 d``."""

    kind: str
    operator: Operator
    number: float
    days: float | None


@dataclass(frozen=True, slots=True)
class Answered:
    """The sign of answers: ``detractor``, ``detractor twice in 180 d``, ``csat dissatisfied``.

    ``times`` None asks for the latest answer, a number for at least so many such answers.
    """

    kind: str
    sign: Literal[-1, 0, 1]
    times: int | None
    days: float | None


@dataclass(frozen=True, slots=True)
class Index:
    """The person's standing JSI against a number: ``jsi < 40``."""

    operator: Operator
    number: float


@dataclass(frozen=True, slots=True)
class Band:
    """The band of the person's standing JSI: ``jsi at risk``."""

    name: Literal["at_risk", "watch", "healthy"]


@dataclass(frozen=True, slots=True)
class Seen:
    """When the customer was last, or first, seen: ``seen within 60 d``, ``first seen within 30 d``."""

    days: float
    first: bool = False


@dataclass(frozen=True, slots=True)
class Unseen:
    """The customer was seen, but not of late: ``not seen for 90 d``."""

    days: float


@dataclass(frozen=True, slots=True)
class Status:
    """A status of ``[lifecycle]``: ``new``, ``lapsed``, ``at risk``."""

    name: str


@dataclass(frozen=True, slots=True)
class And:
    """Every part holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One part at least holds."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Node


Leaf: TypeAlias = (
    Compare | Among | Stage | Counted | Changed | Absent | Latest | Answered | Index | Band | Seen | Unseen | Status
)
Node: TypeAlias = Leaf | And | Or | Not


def leaves(node: Node) -> tuple[Leaf, ...]:
    """Return the conditions of a tree, left to right.

    >>> leaves(And((Unseen(30.0), Not(Status("new")))))
    (Unseen(days=30.0), Status(name='new'))
    """
    match node:
        case And(parts) | Or(parts):
            return tuple(leaf for part in parts for leaf in leaves(part))
        case Not(part):
            return leaves(part)
        case _:
            return (node,)
