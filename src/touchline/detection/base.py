"""What every detector takes, keeps and gives.

A detector is a frozen dataclass of its parameters. What it has seen is a *state*, a plain dictionary that can be
written as JSON; ``step`` takes a state and new evidence and returns the next state, so that a state can be kept in any
store and taken up by another process. Evidence may come one by one, by the drain or by the day: the end is the same.

A detector restarts after each alarm and goes on against the same past. While a change lasts it may so alarm again:
those alarms are one incident, which is over when none has come until `Alarm.calm_at`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Final, Protocol, TypeVar, runtime_checkable

import numpy as np
import numpy.typing as npt

from touchline.errors import QuestionError, unknown

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]
State = dict[str, Any]

DAY: Final = 86_400
#: Days of a month, on which budgets are counted.
MONTH: Final = 30.4375
#: Real changes of one monitor are taken to come once a quarter where `Alarm.how_sure` is worked out.
QUARTER: Final = 3 * MONTH
#: An incident is not over before so many days without an alarm.
_CALM_DAYS: Final = 7


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What came in, in the order in which it was first scored.

    Attributes:
        at: When each happened, seconds since 1970 UTC, shape (n,).
        value: In [0, 1]: (s + 1) / 2 of a touch, so that 0.01 is one point of the JSI; 0 or 1 of a rate.
        weight: What each counts, 0 or more.
        customer: Who, a key that stays; touches without a customer have keys of their own.
    """

    at: Ints
    value: Floats
    weight: Floats
    customer: Keys

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self.at)

    def __getitem__(self, which: slice | npt.NDArray[Any]) -> Evidence:
        """Return some of the items."""
        return Evidence(self.at[which], self.value[which], self.weight[which], self.customer[which])


def evidence(
    at: npt.ArrayLike,
    value: npt.ArrayLike,
    weight: npt.ArrayLike | None = None,
    customer: npt.ArrayLike | None = None,
) -> Evidence:
    """Return evidence from lists or arrays; weights are 1 and each item is of a customer of its own by default.

    Raises:
        QuestionError: Unequal lengths, a value outside [0, 1], or a weight below 0 or that is no number.

    >>> seen = evidence([0, 60], [0.0, 1.0])
    >>> len(seen), seen.weight.tolist(), seen.customer.tolist()
    (2, [1.0, 1.0], [0, 1])
    """
    moments = np.asarray(at, dtype=np.int64).ravel()
    values = np.asarray(value, dtype=np.float64).ravel()
    weights = np.ones(len(moments)) if weight is None else np.asarray(weight, dtype=np.float64).ravel()
    who = np.arange(len(moments), dtype=np.uint64) if customer is None else np.asarray(customer).ravel()
    if who.dtype != np.uint64:
        who = who.astype(np.int64).view(np.uint64)
    if not len(moments) == len(values) == len(weights) == len(who):
        raise QuestionError("the columns of the evidence are of unequal length", todo="give one value for each moment")
    if len(values) and not ((values >= 0) & (values <= 1)).all():
        raise QuestionError("a value lies outside 0 to 1", todo="give (s + 1) / 2 of a touch, or 0 and 1")
    if len(weights) and not ((weights >= 0) & (weights < np.inf)).all():
        raise QuestionError("a weight is below 0 or no number", todo="give weights of 0 or more")
    return Evidence(moments, values, weights, who)


#: No evidence.
NOTHING: Final = Evidence(np.zeros(0, np.int64), np.zeros(0), np.zeros(0), np.zeros(0, np.uint64))


def joined(first: Evidence, second: Evidence) -> Evidence:
    """Return the items of both, in order."""
    return Evidence(
        np.concatenate([first.at, second.at]),
        np.concatenate([first.value, second.value]),
        np.concatenate([first.weight, second.weight]),
        np.concatenate([first.customer, second.customer]),
    )


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something changed.

    Attributes:
        at: When it was seen, seconds since 1970 UTC: the time of the evidence that decided.
        since: When it most likely began.
        before: The level before, in the unit of the evidence (0.01 is a point of the JSI), or events per day.
        after: The level since then.
        low: Lower end of the 95 % interval of ``after``.
        high: Upper end of it.
        how_sure: In (0, 1): the chance that this is no false alarm, if real changes came once a quarter. 1 of a fact.
        detail: More, as plain values: ``n`` items behind ``after``, what the detector itself knows.
    """

    at: int
    since: int
    before: float
    after: float
    low: float
    high: float
    how_sure: float
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def calm_at(self) -> int:
        """When the incident is over if no further alarm comes: twice as long as it took to see it, 7 days at least."""
        return self.at + max(2 * (self.at - self.since), _CALM_DAYS * DAY)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values.

        >>> Alarm(60, 0, 0.7, 0.5, 0.4, 0.6, 0.9).as_json()["since"]
        0
        """
        return {each.name: getattr(self, each.name) for each in fields(self)} | {"detail": dict(self.detail)}


@runtime_checkable
class Detector(Protocol):
    """A frozen dataclass of parameters, and what it does with evidence."""

    kind: ClassVar[str]

    def start(self, history: Evidence | None = None) -> State:
        """Return the state before the first evidence, with what the past teaches; the past alarms nobody."""
        ...

    def step(self, state: State, evidence: Evidence) -> tuple[State, Alarm | None]:
        """Return the state after some evidence, and the first alarm in it; the state given is not changed."""
        ...

    def run(self, state: State, evidence: Evidence) -> tuple[State, list[Alarm]]:
        """Return the state after some evidence, and every alarm in it."""
        ...

    def tick(self, state: State, now: int) -> tuple[State, Alarm | None]:
        """Return the state at a moment until which nothing else came, and an alarm that the clock alone brings."""
        ...

    def standing(self, state: State) -> float:
        """Return how far the evidence has come towards an alarm, 0 to 1; for `budget.family` and for display."""
        ...

    def fire(self, state: State, now: int) -> tuple[State, Alarm]:
        """Return what the state holds as an alarm, and the state restarted; where `budget.family` says so."""
        ...


Kind = TypeVar("Kind")
_KINDS: Final[dict[str, Any]] = {}


def register(made: type[Kind]) -> type[Kind]:
    """Make a detector known by its ``kind``: a decorator of the dataclass."""
    _KINDS[made.kind] = made  # type: ignore[attr-defined]
    return made


def kinds() -> Mapping[str, Callable[..., Detector]]:
    """Return every detector by its name; ``dataclasses.fields`` tells its parameters and their defaults."""
    from touchline.detection import all_kinds

    all_kinds()
    return dict(_KINDS)


def detector(kind: str, parameters: Mapping[str, Any] | None = None) -> Detector:
    """Return a detector by its name.

    Args:
        kind: One of `kinds`; ``shift`` is the default of a monitor.
        parameters: Those that are not to have their defaults.

    Raises:
        QuestionError: No such detector, no such parameter, or a value that it cannot have.

    >>> detector("shift", {"patience": 90.0}).patience
    90.0
    """
    known = kinds()
    if kind not in known:
        raise unknown("detector", kind, known)
    made = known[kind]
    names = tuple(each.name for each in fields(made))  # type: ignore[arg-type]
    for name in parameters or {}:
        if name not in names:
            raise unknown(f"parameter of {kind}", name, names)
    return made(**(parameters or {}))
