"""A source that has stopped, measured against its own cadence.

Pauses are counted in *active hours*: an hour of the week counts as much as the share of weeks in which it had anything,
so that nights and weekends that are always quiet do not make a pause, and a nightly export is awaited by its hour. A
pause is silence when it is longer than ``factor`` times the longest of the past, and less likely by the cadence than
one in ``patience`` days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from touchline.detection.base import DAY, MONTH, Alarm, Evidence, Floats, State, register
from touchline.detection.cadence import Cadence, closed, counted, nothing, through, usual
from touchline.detection.checking import above
from touchline.detection.days import local_seconds, spans
from touchline.detection.stepping import Stepping
from touchline.errors import QuestionError

_HOUR: Final = 3600
#: Longest pauses that are kept.
_KEPT: Final = 10
#: No hour is quite sure to have something.
_SUREST: Final = 0.98


@register
@dataclass(frozen=True)
class Silence(Stepping):
    """Alarm, by the clock, when nothing comes any more; once in a silence.

    Attributes:
        patience: Days between two false alarms, on average.
        factor: How many times the longest pause of the past.
        hours: A pause is at least so long, by the clock on the wall.
        memory: Half-life of the past, days; pauses are forgotten after two.
        zone: The reporting zone.

    >>> from touchline.detection.base import evidence
    >>> past = evidence(np.arange(0, 60 * 86_400, 1800), np.zeros(2880))
    >>> watch = Silence(patience=30)
    >>> state = watch.start(past)
    >>> [watch.tick(state, 60 * 86_400 + hours * 3600)[1] is not None for hours in (1, 6)]
    [False, True]
    """

    kind: ClassVar[str] = "silence"

    patience: float = MONTH
    factor: float = 1.5
    hours: float = 1.0
    memory: float = 60.0
    zone: str = "UTC"

    def __post_init__(self) -> None:
        """Refuse what it cannot work with."""
        above(self, "patience", "factor", "memory")
        if not 0 <= self.hours < float("inf"):
            raise QuestionError(f"hours is {self.hours!r}", where=self.kind, todo="give 0 or more")

    def start(self, history: Evidence | None = None) -> State:
        """Return the state before the first item, with the hours and pauses of the past."""
        state: State = {"past": nothing(), "day": None, "last": None, "pauses": [], "told": False}
        if history is None or not len(history):
            return state
        return self.run(state, history[np.argsort(history.at, kind="stable")])[0]

    def run(self, state: State, evidence: Evidence) -> tuple[State, list[Alarm]]:
        """Return the state after some items; they end a silence and bring no alarm."""
        if not len(evidence):
            return state, []
        local = np.maximum.accumulate(local_seconds(evidence.at, self.zone))
        if state["last"] is not None:
            local = np.maximum(local, state["last"][0])
        if state["day"] is not None:
            local = np.maximum(local, state["day"] * DAY)
        for day, low, high in spans(local // DAY):
            state = self._turned(state, day)
            moments = local[low:high]
            known = usual(state["past"])
            if known is not None and state["last"] is not None:
                reached = through(known.there, np.concatenate([[state["last"][0]], moments]))
                pauses = np.diff(reached)
                longest = int(pauses.argmax())
                if not (state["told"] and longest == 0):  # a silence that was told is no pause
                    fresh = [[day, float(pauses[longest])]]
                    kept = [pause for pause in state["pauses"] if pause[0] > day - 2 * self.memory]
                    state = dict(state, pauses=_longest([*kept, *fresh]))
            state = dict(
                state,
                past=counted(state["past"], moments % DAY // _HOUR),
                last=[int(moments[-1]), int(evidence.at[low:high].max())],
                told=False,
            )
        return state, []

    def tick(self, state: State, now: int) -> tuple[State, Alarm | None]:
        """Return the state at a moment until which nothing more came, and an alarm if that is silence."""
        if state["day"] is None or state["last"] is None or now <= state["last"][1]:
            return state, None
        local = int(local_seconds(np.array([now]), self.zone)[0])
        known = usual(state["past"])
        if state["told"] or known is None or now - state["last"][1] < self.hours * _HOUR:
            return state, None
        active = known.there
        pause = float(np.diff(through(active, np.array([state["last"][0], local])))[0])
        longest = max((length for _, length in state["pauses"]), default=0.0)
        chance = float(np.exp(-np.diff(through(_hazard(known), np.array([state["last"][0], local])))[0]))
        if pause <= self.factor * longest or chance * active.sum() / 7 * self.patience > 1:
            return state, None
        since = state["last"][1]
        detail = {"n": 0, "hours": (now - since) / _HOUR, "active_hours": pause, "longest": longest, "chance": chance}
        return dict(state, told=True), Alarm(now, since, known.per_day, 0.0, 0.0, 0.0, 1 - chance, detail)

    def _turned(self, state: State, day: int) -> State:
        """Return the state at the beginning of a day, every day before it counted; days of a silence are no cadence."""
        if state["day"] is None or state["day"] == day:
            return dict(state, day=day)
        past = state["past"]
        for over in range(state["day"], day):
            if not (state["told"] and over > state["last"][0] // DAY):
                past = closed(past, over, self.memory)
        return dict(state, day=day, past=past)


def _hazard(known: Cadence) -> Floats:
    """Return what an hour without anything takes from the logarithm of the chance."""
    found: Floats = -np.log1p(-np.minimum(known.there, _SUREST))
    return found


def _longest(pauses: list[list[float]]) -> list[list[float]]:
    return sorted(sorted(pauses, key=lambda pause: -pause[1])[:_KEPT], key=lambda pause: pause[0])
