"""A level that moved: the default detector, an e-detector on touches against their own past.

For each size of change d and the usual level m of the weekday, a gambler stakes on every touch that it lies below,

    e = 1 + stake u (m - x)        stake = d / (variance + d^2)

(u: the touch's weight over the mean weight). While the level is m or more the gambler wins nothing on average, whatever
the distribution of x in [0, 1]; when it has sunk by d, the stake makes capital grow about as fast as can be (Kelly
1956; Waudby-Smith and Ramdas 2024, "Estimating means of bounded random variables by betting"). Gamblers begin at every
moment of the past; `restarting` sums them, so that a long quiet past does not slow the alarm, and an alarm comes at
most once in ``patience`` days by chance (Shin, Ramdas and Rinaldo 2024).

What can break that promise is held down apart: a customer counts once in ``once`` days (`once`), the level is learnt
per weekday and taken lower by its own uncertainty, and where days scatter more than their touches explain, stakes
shrink by that dispersion (`baseline`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

import numpy as np

from touchline.detection.base import DAY, MONTH, QUARTER, Alarm, Evidence, Floats, Ints, State, register
from touchline.detection.baseline import Usual, nothing, passed, queued, sums, usual
from touchline.detection.checking import above, one_of, whole
from touchline.detection.days import local_days, spans, weekday
from touchline.detection.once import first_of
from touchline.detection.restarting import followed, fresh, mixed, walk, weights
from touchline.errors import QuestionError

Side = Literal["drop", "rise", "both"]

#: No stake loses more than this share of the capital at one touch.
_MOST: Final = 0.9
#: Sums of the items since the likeliest start: n, w, w x.
_SINCE: Final = 3
_Z: Final = 1.96


@register
@dataclass(frozen=True)
class Shift:
    """Alarm when the level has moved against its own past.

    Attributes:
        patience: Days between two false alarms, on average, at least; `budget.split` gives it.
        side: ``drop``, ``rise`` or ``both``.
        least: The smallest change to stake on, 0.025 being two and a half points of the JSI; smaller ones take longer.
        most: The greatest.
        sizes: How many sizes from ``least`` to ``most``.
        once: Days in which a customer counts once.
        lag: Days after which a day counts as past.
        memory: Half-life of the past, days.
        margin: Standard errors of the usual level by which it is taken lower (for a rise: higher).
        zone: The reporting zone, whose weekdays differ.

    >>> from touchline.detection.base import evidence
    >>> rng = np.random.default_rng(0)
    >>> past = evidence(np.arange(8_000) * 864, rng.random(8_000) < 0.7)
    >>> watch = Shift(patience=90)
    >>> later = evidence(80 * 86_400 + np.arange(1_000) * 864, rng.random(1_000) < np.repeat([0.7, 0.5], 500))
    >>> state, alarms = watch.run(watch.start(past), later)
    >>> first = alarms[0]
    >>> (first.since - 80 * 86_400) // 864, (first.at - 80 * 86_400) // 864, round(first.before, 2)
    (500, 583, 0.7)
    """

    kind: ClassVar[str] = "shift"

    patience: float = MONTH
    side: Side = "drop"
    least: float = 0.025
    most: float = 0.2
    sizes: int = 4
    once: int = 7
    lag: int = 28
    memory: float = 365.0
    margin: float = 0.5
    zone: str = "UTC"

    def __post_init__(self) -> None:
        """Refuse what it cannot work with."""
        above(self, "patience", "least", "most", "memory")
        whole(self, "once", "lag")
        one_of(self, "side", ("drop", "rise", "both"))
        if not self.least <= self.most <= 1 or self.sizes < 1:
            raise QuestionError("least, most and sizes do not fit", where="shift", todo="0 < least <= most <= 1")

    def start(self, history: Evidence | None = None) -> State:
        """Return the state before the first evidence; ``history`` is in any order and alarms nobody."""
        state: State = {"past": nothing(), "seen": [], "day": None, "first": None, "clock": None, "bets": None}
        if history is None or not len(history):
            return state
        past = history[np.argsort(history.at, kind="stable")]
        days = local_days(past.at, self.zone)
        first, last = int(days[0]), int(days[-1])
        seen: list[list[Any]] = []
        learnt = state["past"]
        for day, low, high in spans(days):
            seen, places = first_of(seen, day, past.customer[low:high], self.once)
            learnt = _learn(learnt, day, past[low:high][places])
        learnt = passed(learnt, last + 1, first, 0, self.memory)
        return dict(state, past=learnt, seen=seen, day=last, first=first, clock=int(past.at[-1]))

    def step(self, state: State, evidence: Evidence) -> tuple[State, Alarm | None]:
        """Return the state after some evidence, in order of arrival, and the first alarm in it."""
        state, alarms = self.run(state, evidence)
        return state, alarms[0] if alarms else None

    def run(self, state: State, evidence: Evidence) -> tuple[State, list[Alarm]]:
        """Return the state after some evidence, and every alarm in it."""
        alarms: list[Alarm] = []
        if not len(evidence):
            return state, alarms
        days = local_days(evidence.at, self.zone)
        clock = np.maximum.accumulate(days)
        if state["day"] is not None:
            clock = np.maximum(clock, state["day"])
        for day, low, high in spans(clock):
            state = self._turned(state, day)
            seen, places = first_of(state["seen"], day, evidence.customer[low:high], self.once)
            state = dict(state, seen=seen)
            items = evidence[low:high][places]
            if not len(items):
                continue
            known = usual(state["past"])
            if known is not None:
                state = self._bet(state, known, items, days[low:high][places], alarms)
            state = dict(
                state,
                past=_learn(state["past"], day, items),
                clock=int(max(items.at.max(), state["clock"] or items.at.max())),
            )
        return state, alarms

    def tick(self, state: State, now: int) -> tuple[State, Alarm | None]:
        """Return the state at a moment; the clock alone brings no alarm."""
        if state["day"] is None:
            return state, None
        day = int(local_days(np.array([now]), self.zone)[0])
        return (self._turned(state, day) if day > state["day"] else state), None

    def standing(self, state: State) -> float:
        """Return R over the patience."""
        bets = state["bets"]
        if bets is None:
            return 0.0
        return float(min(np.array(bets["prior"]) @ np.array(bets["r"]) / self.patience, 1.0))

    def fire(self, state: State, now: int) -> tuple[State, Alarm]:
        """Return what the state holds as an alarm, and the state restarted."""
        known, bets = usual(state["past"]), state["bets"]
        if known is None or bets is None:
            raise QuestionError("the detector has seen too little to tell anything", where="shift")
        return dict(state, bets=None), self._alarm(known, bets, now)

    def deltas(self) -> Floats:
        """Return the sizes of change that are staked on; those of a rise are below 0."""
        size = np.geomspace(self.least, self.most, self.sizes)
        return {"drop": size, "rise": -size, "both": np.concatenate([size, -size])}[self.side]

    def stakes(self, known: Usual) -> Floats:
        """Return the stake on each size, below 0 for a rise."""
        size = self.deltas()
        stake = size / (known.variance + size**2) / known.dispersion
        worst = np.where(size > 0, 1 - known.level.min(), known.level.max()) * known.heaviest / known.weight
        found: Floats = np.sign(size) * np.minimum(np.abs(stake), _MOST / np.maximum(worst, 1e-9))
        return found

    def prior(self, known: Usual) -> Floats:
        """Return what each size weighs, so that not knowing the size costs each the same share of its delay.

        A change of size d is seen when the logarithm of the capital has grown to about
        ``b = log(1 + patience per_day d^2 / (2 variance))``; a weight of p puts log(1 / p) on top. With
        ``p = exp(-c b)``, c such that the weights add up to 1, that is the share c of it for every size.
        """
        size = self.deltas()
        growth = size**2 / (2 * known.variance * known.dispersion)
        return weights(np.log1p(self.patience * known.per_day * growth))

    def _turned(self, state: State, day: int) -> State:
        """Return the state at the beginning of a day, or the same within one."""
        if state["day"] == day:
            return state
        first = day if state["first"] is None else state["first"]
        return dict(state, day=day, first=first, past=passed(state["past"], day, first, self.lag, self.memory))

    def _bet(self, state: State, known: Usual, items: Evidence, days: Ints, alarms: list[Alarm]) -> State:
        """Return the state after the items of one day, and append what they alarm."""
        stake = self.stakes(known)[:, None]
        u = np.minimum(items.weight, known.heaviest) / known.weight
        level = np.clip(known.level[weekday(days)] - np.sign(stake) * self.margin * known.error, 0.0, 1.0)
        log_e = np.log1p(stake * u * (level - items.value))
        clock = np.maximum.accumulate(items.at)
        if state["clock"] is not None:
            clock = np.maximum(clock, state["clock"])
        passed_by = np.diff(clock, prepend=state["clock"] if state["clock"] is not None else clock[0]) / DAY
        bets = state["bets"] or fresh(self.prior(known), _SINCE)
        rows = np.stack([np.ones(len(items)), items.weight, items.weight * items.value], axis=1)
        begin = 0
        while begin < len(items):
            r = np.array(bets["r"])
            log_r = walk(log_e[:, begin:], r, passed_by[begin:])
            over = np.flatnonzero(mixed(log_r, np.array(bets["prior"])) >= self.patience)
            end = begin + (int(over[0]) + 1 if len(over) else len(items) - begin)
            bets = followed(bets, log_e[:, begin:end], items.at[begin:end], rows[begin:end], log_r[:, end - begin - 1])
            begin = end
            if len(over):
                at = int(clock[end - 1])
                alarms.append(self._alarm(known, bets, at))
                bets = fresh(self.prior(known), _SINCE)
        return dict(state, bets=bets)

    def _alarm(self, known: Usual, bets: dict[str, Any], at: int) -> Alarm:
        stated = np.array(bets["prior"]) * np.array(bets["r"])
        best, capital = int(np.argmax(stated)), float(stated.sum())
        since = bets["since"][best]
        n, w, wx = bets["gone"][best]
        after = wx / w if w > 0 else known.mean
        half = _Z * np.sqrt(known.variance * known.dispersion / max(n, 1.0))
        detail = {
            "n": int(n),
            "change": float(after - known.mean),
            "per_day": known.per_day,
            "evidence": capital / self.patience,
            "dispersion": known.dispersion,
        }
        return Alarm(
            at,
            at if since is None else min(since, at),
            known.mean,
            float(after),
            float(max(after - half, 0.0)),
            float(min(after + half, 1.0)),
            capital / (capital + QUARTER),
            detail,
        )


def _learn(past: State, day: int, items: Evidence) -> State:
    if not len(items):
        return past
    return queued(past, day, float(items.weight.max()), sums(items.value, items.weight))
