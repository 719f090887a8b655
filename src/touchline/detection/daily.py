"""Days that are over: what detectors that look once a day keep of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from touchline.detection.base import Alarm, Evidence, State
from touchline.detection.baseline import sums
from touchline.detection.days import local_days, spans
from touchline.detection.once import first_of
from touchline.detection.stepping import Stepping


class Daily(Stepping):
    """The part of a detector that looks at days when they are over: by the first item of a later one, or the clock.

    A subclass has ``keep`` days and says in ``look`` what the days until a day tell.
    """

    zone: str
    once: int
    keep: int

    def look(self, state: State, day: int) -> tuple[State, Alarm | None]:
        """Return the state after a day that is over, and an alarm; ``state["days"]`` are rows [day, sums]."""
        raise NotImplementedError

    def start(self, history: Evidence | None = None) -> State:
        """Return the state before the first evidence, with the days of the past."""
        state: State = {"days": [], "seen": [], "day": None, "told": None}
        if history is None or not len(history):
            return state
        past = history[np.argsort(history.at, kind="stable")]
        for day, low, high in spans(local_days(past.at, self.zone)):
            state = self._added(dict(state, day=day), day, past[low:high])
        return state

    def run(self, state: State, evidence: Evidence) -> tuple[State, list[Alarm]]:
        """Return the state after some evidence, and the alarms of every day that ended in it."""
        alarms: list[Alarm] = []
        clock = np.maximum.accumulate(local_days(evidence.at, self.zone))
        if state["day"] is not None:
            clock = np.maximum(clock, state["day"])
        for day, low, high in spans(clock):
            state, found = self._turned(state, day)
            alarms += found
            state = self._added(state, day, evidence[low:high])
        return state, alarms

    def tick(self, state: State, now: int) -> tuple[State, Alarm | None]:
        """Return the state at a moment, and the first alarm of the days that are over."""
        day = int(local_days(np.array([now]), self.zone)[0])
        if state["day"] is None or day <= state["day"]:
            return state, None
        state, alarms = self._turned(state, day)
        return state, alarms[0] if alarms else None

    def _turned(self, state: State, day: int) -> tuple[State, list[Alarm]]:
        """Return the state at the beginning of a day, and the alarms of the day that ended; empty days tell nothing."""
        if state["day"] is None or state["day"] == day:
            return dict(state, day=day), []
        state, alarm = self.look(state, state["day"])
        return dict(state, day=day), [alarm] if alarm else []

    def _added(self, state: State, day: int, items: Evidence) -> State:
        seen, places = first_of(state["seen"], day, items.customer, self.once)
        counted = items[places]
        if not len(counted):
            return dict(state, seen=seen)
        row: list[Any] = sums(counted.value, counted.weight)
        days = [entry for entry in state["days"] if entry[0] > day - self.keep]
        if days and days[-1][0] == day:
            row = [a + b for a, b in zip(days[-1][1:], row, strict=True)]
            days = days[:-1]
        return dict(state, seen=seen, days=[*days, [day, *row]])
