"""A level under a fixed bound, with a minimum of items. It states a fact and promises nothing about chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from touchline.detection.base import Alarm, Evidence, State, register
from touchline.detection.checking import above, one_of, whole
from touchline.detection.days import local_days, spans
from touchline.detection.stepping import Stepping
from touchline.errors import QuestionError

_Z = 1.96


@register
@dataclass(frozen=True)
class Threshold(Stepping):
    """Alarm when the mean of the last days passes a bound; again only after it has come back.

    Attributes:
        level: The bound, in the unit of the evidence: 0.6 is a JSI of 60.
        least_n: Items before which the mean says nothing.
        days: Days that the mean is taken over, today included.
        side: ``drop``: below the bound; ``rise``: above. ``both`` is taken as ``drop``.
        zone: The reporting zone, in which days begin.

    >>> from touchline.detection.base import evidence
    >>> watch = Threshold(level=0.5, least_n=3)
    >>> state, alarm = watch.step(watch.start(), evidence([10, 20, 30, 40], [1, 0, 0, 0]))
    >>> alarm.at, round(alarm.after, 2)
    (30, 0.33)
    """

    kind: ClassVar[str] = "threshold"

    level: float = 0.6
    least_n: int = 30
    days: int = 7
    side: Literal["drop", "rise", "both"] = "drop"
    zone: str = "UTC"

    def __post_init__(self) -> None:
        """Refuse what it cannot work with."""
        whole(self, "least_n")
        above(self, "days")
        one_of(self, "side", ("drop", "rise", "both"))
        if not 0 <= self.level <= 1:
            raise QuestionError(f"level is {self.level!r}", where=self.kind, todo="give 0 to 1: 0.6 is a JSI of 60")

    def start(self, history: Evidence | None = None) -> State:
        """Return the state before the first evidence: the days of the past that the mean still takes in."""
        state: State = {"days": [], "day": None, "beyond": False}
        if history is None or not len(history):
            return state
        return self.run(state, history[np.argsort(history.at, kind="stable")])[0]

    def run(self, state: State, evidence: Evidence) -> tuple[State, list[Alarm]]:
        """Return the state after some evidence, and every passing of the bound."""
        alarms: list[Alarm] = []
        clock = np.maximum.accumulate(local_days(evidence.at, self.zone))
        if state["day"] is not None:
            clock = np.maximum(clock, state["day"])
        days, day, beyond = state["days"], state["day"], state["beyond"]
        for day, low, high in spans(clock):
            days = [entry for entry in days if entry[0] > day - self.days]
            rows = np.stack([np.ones(high - low), evidence.weight[low:high], evidence.weight[low:high]], axis=1)
            rows[:, 2] *= evidence.value[low:high]
            begun = np.array([entry[1:4] for entry in days]).reshape(-1, 3).sum(axis=0)
            n, w, wx = (begun + np.cumsum(rows, axis=0)).T
            mean = np.divide(wx, w, out=np.full(len(w), np.nan), where=w > 0)
            past = (mean > self.level) if self.side == "rise" else (mean < self.level)
            told = n >= self.least_n
            # Where too few items say anything the last word stands.
            last = np.maximum.accumulate(np.where(told, np.arange(len(n)), -1))
            now = np.where(last >= 0, past[np.maximum(last, 0)], beyond)
            for place in np.flatnonzero(now & ~np.concatenate([[beyond], now[:-1]])).tolist():
                since = int(evidence.at[low]) if not days else int(days[0][4])
                half = _Z * float(np.sqrt(max(mean[place] * (1 - mean[place]), 0.01) / n[place]))
                alarms.append(
                    Alarm(
                        int(evidence.at[low + place]),
                        min(since, int(evidence.at[low + place])),
                        self.level,
                        float(mean[place]),
                        float(max(mean[place] - half, 0.0)),
                        float(min(mean[place] + half, 1.0)),
                        1.0,
                        {"n": int(n[place]), "days": self.days, "change": float(mean[place] - self.level)},
                    )
                )
            beyond = bool(now[-1])
            added = rows.sum(axis=0)
            if days and days[-1][0] == day:
                added = added + np.array(days[-1][1:4])
                days = [*days[:-1], [day, *added.tolist(), days[-1][4]]]
            else:
                days = [*days, [day, *added.tolist(), int(evidence.at[low])]]
        return {"days": days, "day": day, "beyond": beyond}, alarms
