"""A level that moved: the default detector, an e-detector on touches against their own past.

For each size of change d and the usual level m of the weekday, a gambler stakes on every touch that it lies below,

    e = 1 + stake u (m - x)        stake = d / (variance + d^2)

(u: the touch's weight over the mean weight). While the level is m or more the gambler wins nothing on average, whatever
the distribution of x in [0, 1]; when it has sunk by d, the stake makes capital grow about as fast as can be (Kelly
1956; Waudby-Smith and Ramdas 2024, "Estimating means of bounded random variables by betting"). Gamblers begin at every
moment of the past; `restarting` sums them, so that a long quiet past does not slow the alarm, and an alarm comes at
most once in ``patience`` days by chance (Shin, Ramdas and Rinaldo 2024).

A customer's second and third touch within ``once`` days are measured against what this customer is expected to say
after the first (`again`) instead of m; with d known to show in full only where the first came before the change, their
stake is that of d less what the first already tells of it.

What can break the promise is held down apart: a customer's fourth touch and those after it are left out, what is
expected is learnt per weekday and taken lower by its own uncertainty, and where days scatter more than their touches
explain, stakes shrink by that dispersion (`baseline`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

import numpy as np

from touchline.detection.again import Lines, Turns, lines, paired, table, turns
from touchline.detection.base import DAY, MONTH, QUARTER, Alarm, Evidence, Floats, Ints, State, register
from touchline.detection.baseline import Usual, nothing, passed, queued, sums, usual
from touchline.detection.checking import above, one_of, whole
from touchline.detection.days import local_days, spans, weekday
from touchline.detection.restarting import followed, fresh, mixed, walk
from touchline.errors import QuestionError

Side = Literal["drop", "rise", "both"]

#: No stake loses more than this share of the capital at one touch.
_MOST: Final = 0.9
#: Sums of the items since the likeliest start: n, w, w x.
_SINCE: Final = 3
_Z: Final = 1.96
#: A change is staked on if its logarithmic growth within the patience is so much, or more.
_TOLD: Final = 16.0
#: R alarms at so many times the patience: what is learnt errs, and what errs upwards alarms more often.
_ROOM: Final = 1.25
#: Days that are taken to lie between two touches of one day.
_SAME_DAY: Final = 0.25


@register
@dataclass(frozen=True)
class Shift:
    """Alarm when the level has moved against its own past.

    Attributes:
        patience: Days between two false alarms, on average, at least; `budget.split` gives it.
        side: ``drop``, ``rise`` or ``both``.
        least: The smallest change to stake on, 0.03 being three points of the JSI; smaller ones take longer.
        most: The greatest; greater ones are seen by it too.
        sizes: How many sizes from ``least`` to ``most``. Each has the same share of the bets: more share less each.
        once: Days in which what a customer says again is measured against what the customer said before.
        lag: Days after which a day counts as past.
        memory: Half-life of the past, days.
        margin: Standard errors of what is expected by which it is taken lower (for a rise: higher).
        zone: The reporting zone, whose weekdays differ.

    >>> from touchline.detection.base import evidence
    >>> rng = np.random.default_rng(0)
    >>> past = evidence(np.arange(8_000) * 864, rng.random(8_000) < 0.7)
    >>> watch = Shift(patience=90)
    >>> later = evidence(80 * 86_400 + np.arange(1_000) * 864, rng.random(1_000) < np.repeat([0.7, 0.5], 500))
    >>> state, alarms = watch.run(watch.start(past), later)
    >>> first = alarms[0]
    >>> (first.since - 80 * 86_400) // 864, (first.at - 80 * 86_400) // 864, round(first.before, 2)
    (484, 583, 0.7)
    """

    kind: ClassVar[str] = "shift"

    patience: float = MONTH
    side: Side = "drop"
    least: float = 0.03
    most: float = 0.12
    sizes: int = 2
    once: int = 7
    lag: int = 28
    memory: float = 365.0
    margin: float = 0.25
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
            items = past[low:high]
            seen, which = turns(seen, day, items.customer, items.value, self.once)
            learnt = _learn(learnt, day, items[which.place], which)
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
            items = evidence[low:high]
            seen, which = turns(state["seen"], day, items.customer, items.value, self.once)
            state = dict(state, seen=seen)
            items = items[which.place]
            if not len(items):
                continue
            known = usual(state["past"])
            if known is not None:
                log_e = self._log_e(known, lines(table(state["past"])), items, days[low:high][which.place], which)
                state = self._bet(state, known, items, log_e, alarms)
            state = dict(
                state,
                past=_learn(state["past"], day, items, which),
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
        """Return R over what it alarms at."""
        bets = state["bets"]
        if bets is None:
            return 0.0
        return float(min(np.array(bets["prior"]) @ np.array(bets["r"]) / self.patience / _ROOM, 1.0))

    def fire(self, state: State, now: int) -> tuple[State, Alarm]:
        """Return what the state holds as an alarm, and the state restarted."""
        known, bets = usual(state["past"]), state["bets"]
        if known is None or bets is None:
            raise QuestionError("the detector has seen too little to tell anything", where="shift")
        return dict(state, bets=None), self._alarm(known, bets, now)

    def deltas(self, per_day: float, variance: float) -> Floats:
        """Return the sizes of change that are staked on; those of a rise are below 0.

        Where the volume is too small for ``least`` to be told from chance they begin at what can be told: stakes on
        less would only share the evidence of the others.

        Args:
            per_day: Touches a day that count.
            variance: Of a touch, its dispersion included.

        >>> Shift(patience=240).deltas(14, 0.175).round(3).tolist(), Shift(patience=240).deltas(140, 0.175).tolist()[0]
        ([0.041, 0.12], 0.03)
        """
        told = np.sqrt(2 * variance * _TOLD / (self.patience * max(per_day, 1e-9)))
        size = np.geomspace(min(max(self.least, float(told)), self.most), self.most, self.sizes)
        return {"drop": size, "rise": -size, "both": np.concatenate([size, -size])}[self.side]

    def stakes(self, known: Usual) -> Floats:
        """Return the stake on each size, below 0 for a rise."""
        size = self.deltas(known.per_day, known.variance * known.dispersion)
        stake = size / (known.variance + size**2) / known.dispersion
        worst = np.where(size > 0, 1 - known.level.min(), known.level.max()) * known.heaviest / known.weight
        found: Floats = np.sign(size) * np.minimum(np.abs(stake), _MOST / np.maximum(worst, 1e-9))
        return found

    def stakes_again(self, known: Usual, found: Lines, which: Turns, level: Floats) -> Floats:
        """Return the stake on each size for touches that are not first ones, shape (sizes, n).

        Args:
            known: What is usual.
            found: The lines of second and third touches.
            which: The touches, none a first one.
            level: What is expected of each, shape (sizes, n).
        """
        variance = known.variance * known.dispersion
        size = self.deltas(known.per_day, variance)[:, None]
        growth = size**2 / (2 * variance)
        delay = np.log1p(self.patience * known.per_day * growth) / growth / known.per_day
        # Shares of the likely starts that lie after the first touch: of those the first tells its slope of the change.
        since = 1 - np.minimum(np.maximum(which.days, _SAME_DAY) / delay, 1.0)
        shows = size * (1 - found.slope[which.turn - 1] * since)
        stake = shows / (found.variance[which.turn - 1] + shows**2) / known.dispersion
        worst = np.where(size > 0, 1 - level, level) * known.heaviest / known.weight
        staked: Floats = np.sign(size) * np.minimum(np.abs(stake), _MOST / np.maximum(worst, 1e-9))
        return np.where(found.known[which.turn - 1], staked, 0.0)

    def _turned(self, state: State, day: int) -> State:
        """Return the state at the beginning of a day, or the same within one."""
        if state["day"] == day:
            return state
        first = day if state["first"] is None else state["first"]
        return dict(state, day=day, first=first, past=passed(state["past"], day, first, self.lag, self.memory))

    def _begun(self, bets: dict[str, Any] | None) -> dict[str, Any]:
        """Return the bets, new ones where there are none or, of an older version, another number of them."""
        kinds = self.sizes * (2 if self.side == "both" else 1)
        if bets is None or len(bets["r"]) != kinds:
            return fresh(np.full(kinds, 1 / kinds), _SINCE)
        return bets

    def _log_e(self, known: Usual, found: Lines, items: Evidence, days: Ints, which: Turns) -> Floats:
        """Return what each size's gambler makes of the items of one day, as logarithms, shape (sizes, n)."""
        stake = np.repeat(self.stakes(known)[:, None], len(items), axis=1)
        margin = np.sign(stake) * self.margin
        level = np.clip(known.level[weekday(days)] - margin * known.error, 0.0, 1.0)
        later = np.flatnonzero(which.turn)
        if len(later):
            those = which[later]
            offset, error = found.expected(those.turn, those.before)
            expected = known.level[weekday(days[later])] + offset
            level[:, later] = np.clip(expected - margin[:, later] * error, 0.0, 1.0)
            stake[:, later] = self.stakes_again(known, found, those, level[:, later])
        u = np.minimum(items.weight, known.heaviest) / known.weight
        log_e: Floats = np.log1p(stake * u * (level - items.value))
        return log_e

    def _bet(self, state: State, known: Usual, items: Evidence, log_e: Floats, alarms: list[Alarm]) -> State:
        """Return the state after the items of one day, and append what they alarm."""
        clock = np.maximum.accumulate(items.at)
        if state["clock"] is not None:
            clock = np.maximum(clock, state["clock"])
        passed_by = np.diff(clock, prepend=state["clock"] if state["clock"] is not None else clock[0]) / DAY
        bets = self._begun(state["bets"])
        rows = np.stack([np.ones(len(items)), items.weight, items.weight * items.value], axis=1)
        begin = 0
        while begin < len(items):
            r = np.array(bets["r"])
            log_r = walk(log_e[:, begin:], r, passed_by[begin:])
            over = np.flatnonzero(mixed(log_r, np.array(bets["prior"])) >= self.patience * _ROOM)
            end = begin + (int(over[0]) + 1 if len(over) else len(items) - begin)
            bets = followed(bets, log_e[:, begin:end], items.at[begin:end], rows[begin:end], log_r[:, end - begin - 1])
            begin = end
            if len(over):
                at = int(clock[end - 1])
                alarms.append(self._alarm(known, bets, at))
                bets = self._begun(None)
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


def _learn(past: State, day: int, items: Evidence, which: Turns) -> State:
    if not len(items):
        return past
    first = which.turn == 0
    row = sums(items.value[first], items.weight[first]) + paired(which, items.value, items.weight)
    return queued(past, day, float(items.weight.max()), row)
