"""More than usual: of anything that is counted, against its own hours of the week.

With L the items expected in a time (by weekday and hour) and k how many times as many might come,

    e = exp((log(k) n - (k - 1) L) / dispersion)

of n items that came is of mean 1 where they come at their usual rate (Poisson); days that scatter more than that
temper it by their dispersion. `restarting` sums it over all moments at which the spike may have begun, for several k:
at most one false alarm in ``patience`` days, seen at the item that decides. Source: Shin, Ramdas and Rinaldo 2024;
Kenett and Pollak 1996 for Shiryaev and Roberts with Poisson counts.

For a *share* (a theme's or an emotion's among all touches) use `shift` with values of 0 and 1: growing volume alone
does not make a share spike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np

from touchline.detection.base import DAY, MONTH, QUARTER, Alarm, Evidence, Floats, Ints, State, register
from touchline.detection.cadence import Cadence, closed, counted, nothing, through, usual
from touchline.detection.checking import above, whole
from touchline.detection.days import local_seconds, spans
from touchline.detection.once import first_of
from touchline.detection.restarting import followed, fresh, mixed, walk, weights
from touchline.detection.stepping import Stepping
from touchline.errors import QuestionError

_TIMES: Final = (1.3, 2.0, 4.0)
_HOUR: Final = 3600
#: Sums of the items since the likeliest start: n, expected.
_SINCE: Final = 2
_Z: Final = 1.96


@register
@dataclass(frozen=True)
class Spike(Stepping):
    """Alarm when more comes than the hours of the week let expect.

    Attributes:
        patience: Days between two false alarms, on average, at least.
        least_n: Items of a spike before which nothing is said.
        once: Days in which a customer counts once: one who writes fifty mails is no spike.
        memory: Half-life of the past, days.
        zone: The reporting zone.

    >>> from touchline.detection.base import evidence
    >>> past = evidence(np.arange(0, 60 * 86_400, 7200), np.zeros(720))
    >>> watch = Spike(patience=90)
    >>> later = evidence(60 * 86_400 + np.arange(0, 86_400, 1200), np.zeros(72))
    >>> alarm = watch.step(watch.start(past), later)[1]
    >>> round(alarm.before), round(alarm.after), (alarm.at - 60 * 86_400) // 3600
    (12, 66, 3)
    """

    kind: ClassVar[str] = "spike"

    patience: float = MONTH
    least_n: int = 5
    once: int = 1
    memory: float = 60.0
    zone: str = "UTC"

    def __post_init__(self) -> None:
        """Refuse what it cannot work with."""
        above(self, "patience", "memory")
        whole(self, "least_n", "once")

    def start(self, history: Evidence | None = None) -> State:
        """Return the state before the first item, with the hours of the past; empty days in it count."""
        state: State = {"past": nothing(), "seen": [], "day": None, "clock": None, "bets": None}
        if history is None or not len(history):
            return state
        past = history[np.argsort(history.at, kind="stable")]
        local = local_seconds(past.at, self.zone)
        for day, low, high in spans(local // DAY):
            state = self._turned(state, day)
            seen, places = first_of(state["seen"], day, past.customer[low:high], self.once)
            hours = local[low:high][places] % DAY // _HOUR
            state = dict(state, seen=seen, past=counted(state["past"], hours))
        return dict(state, clock=int(local[-1]))

    def run(self, state: State, evidence: Evidence) -> tuple[State, list[Alarm]]:
        """Return the state after some items, in order of arrival, and every alarm in it."""
        alarms: list[Alarm] = []
        local = local_seconds(evidence.at, self.zone)
        days = np.maximum.accumulate(local // DAY)
        if state["day"] is not None:
            days = np.maximum(days, state["day"])
        for day, low, high in spans(days):
            state = self._turned(state, day)
            seen, places = first_of(state["seen"], day, evidence.customer[low:high], self.once)
            state = dict(state, seen=seen)
            if not len(places):
                continue
            at = evidence.at[low:high][places]
            moments = np.maximum.accumulate(np.maximum(local[low:high][places], day * DAY))
            if state["clock"] is not None:
                moments = np.maximum(moments, state["clock"])
            known = usual(state["past"])
            if known is not None:
                state = self._bet(state, known, moments, at, alarms)
            past = counted(state["past"], moments % DAY // _HOUR)
            state = dict(state, past=past, clock=int(moments[-1]))
        return state, alarms

    def tick(self, state: State, now: int) -> tuple[State, Alarm | None]:
        """Return the state at a moment: days without items count as such."""
        day = int(local_seconds(np.array([now]), self.zone)[0]) // DAY
        if state["day"] is None or day <= state["day"]:
            return state, None
        return self._turned(state, day), None

    def standing(self, state: State) -> float:
        """Return R over the patience."""
        bets = state["bets"]
        return 0.0 if bets is None else float(min(np.dot(bets["prior"], bets["r"]) / self.patience, 1.0))

    def fire(self, state: State, now: int) -> tuple[State, Alarm]:
        """Return what the state holds as an alarm, and the state restarted."""
        known, bets = usual(state["past"]), state["bets"]
        if known is None or bets is None:
            raise QuestionError("the detector has seen too little to tell anything", where=self.kind)
        return dict(state, bets=None), self._alarm(known, bets, now)

    def _turned(self, state: State, day: int) -> State:
        """Return the state at the beginning of a day, every day before it counted."""
        if state["day"] is None or state["day"] == day:
            return dict(state, day=day)
        past = state["past"]
        for over in range(state["day"], day):
            past = closed(past, over, self.memory)
        return dict(state, day=day, past=past)

    def _fresh(self, known: Cadence) -> dict[str, Any]:
        times = np.array(_TIMES)
        growth = (times * np.log(times) - times + 1) / known.dispersion
        return fresh(weights(np.log1p(self.patience * known.per_day * growth)), _SINCE)

    def _bet(self, state: State, known: Cadence, local: Ints, at: Ints, alarms: list[Alarm]) -> State:
        """Return the state after the items of one day, and append what they alarm."""
        before = local[0] if state["clock"] is None else state["clock"]
        moments = np.concatenate([[before], local])
        expected = np.diff(through(known.rate, moments))
        days = np.diff(moments) / DAY
        times = np.array(_TIMES)[:, None]
        log_e = (np.log(times) - (times - 1) * expected) / known.dispersion
        rows = np.stack([np.ones(len(at)), expected], axis=1)
        bets = state["bets"] or self._fresh(known)
        begin = 0
        while begin < len(at):
            log_r = walk(log_e[:, begin:], np.array(bets["r"]), days[begin:])
            over = mixed(log_r, np.array(bets["prior"])) >= self.patience
            found = None
            for place in np.flatnonzero(over).tolist():
                upto = begin + place + 1
                after = followed(bets, log_e[:, begin:upto], at[begin:upto], rows[begin:upto], log_r[:, place])
                alarm = self._alarm(known, after, int(at[upto - 1]))
                if alarm.detail["n"] >= self.least_n:
                    found = (upto, alarm)
                    break
            if found is None:
                return dict(state, bets=followed(bets, log_e[:, begin:], at[begin:], rows[begin:], log_r[:, -1]))
            begin, alarm = found
            alarms.append(alarm)
            bets = self._fresh(known)
        return dict(state, bets=bets)

    def _alarm(self, known: Cadence, bets: dict[str, Any], at: int) -> Alarm:
        stated: Floats = np.array(bets["prior"]) * np.array(bets["r"])
        best, capital = int(np.argmax(stated)), float(stated.sum())
        since = at if bets["since"][best] is None else min(bets["since"][best], at)
        n, expected = bets["gone"][best]
        times = n / max(expected, 1e-9)
        half = _Z * float(np.sqrt(max(n, 1.0) * known.dispersion)) / max(expected, 1e-9)
        usually = known.per_day
        detail = {"n": int(n), "expected": expected, "times": times, "evidence": capital / self.patience,
                  "dispersion": known.dispersion}  # fmt: skip
        return Alarm(at, since, usually, usually * times, usually * max(times - half, 0.0), usually * (times + half),
                     capital / (capital + QUARTER), detail)  # fmt: skip
