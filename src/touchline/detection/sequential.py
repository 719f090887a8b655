"""One always-valid test of a bounded mean: may be looked at after every item, and errs once in 1 / alpha at most.

The confidence sequence around the mean of x in [0, 1] is the predictable plug-in empirical Bernstein one,

    sum(l_i x_i) / sum(l_i) +- (log(2 / alpha) + sum(4 (x_i - mu_(i-1))^2 psi(l_i))) / sum(l_i)
    psi(l) = (-log(1 - l) - l) / 4        l_i = min(sqrt(2 log(2 / alpha) / (s_(i-1)^2 i log(i + 1))), 1/2)

with mu and s^2 the running mean and variance, one pseudo-item each. It holds at all times at once with 1 - alpha.
Source: Waudby-Smith and Ramdas 2024, theorem 2; Howard, Ramdas, McAuliffe and Sekhon 2021 for the idea.

Its past slows it: what was quiet for 20,000 items takes thousands to turn. It answers "is the mean under the level,
from here on?", as of a pilot, a fix or a campaign; for watching without end there is `shift`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

import numpy as np

from touchline.detection.base import Alarm, Evidence, State, register
from touchline.detection.checking import above, one_of, whole
from touchline.detection.days import local_days, spans
from touchline.detection.once import first_of
from touchline.detection.stepping import Stepping
from touchline.errors import QuestionError

_CAP: Final = 0.5


@register
@dataclass(frozen=True)
class Sequential(Stepping):
    """Alarm once, when the mean since the start surely lies beyond a level.

    Attributes:
        level: In the unit of the evidence; None: the mean of the history that `start` is given.
        alpha: The chance that it ever alarms though the mean does not lie beyond.
        side: ``drop``: below the level; ``rise``: above; ``both``.
        once: Days in which a customer counts once. Weights are left out: each item counts 1.
        zone: The reporting zone.

    >>> from touchline.detection.base import evidence
    >>> watch = Sequential(level=0.7)
    >>> state, alarm = watch.step(watch.start(), evidence(np.arange(400), np.arange(400) % 2))
    >>> alarm.at, round(alarm.high, 2)
    (72, 0.7)
    """

    kind: ClassVar[str] = "sequential"

    level: float | None = None
    alpha: float = 0.05
    side: Literal["drop", "rise", "both"] = "drop"
    once: int = 7
    zone: str = "UTC"

    def __post_init__(self) -> None:
        """Refuse what it cannot work with."""
        above(self, "alpha")
        whole(self, "once")
        one_of(self, "side", ("drop", "rise", "both"))
        if self.alpha >= 1 or not (self.level is None or 0 <= self.level <= 1):
            raise QuestionError("a level or an alpha that cannot be", where=self.kind, todo="give levels from 0 to 1")

    def start(self, history: Evidence | None = None) -> State:
        """Return the state before the first item; a history gives the level alone.

        Raises:
            QuestionError: There is neither a level nor a history.
        """
        level = self.level
        if level is None:
            if history is None or not history.weight.sum() > 0:
                raise QuestionError("no level to test against", where=self.kind, todo="give a level or a history")
            level = float((history.weight @ history.value) / history.weight.sum())
        # n, sum x, sum of squared deviations, sum l, sum l x, sum of 4 (x - mu)^2 psi(l)
        return {"level": level, "sums": [0.0] * 6, "seen": [], "day": None, "first": None, "told": False}

    def run(self, state: State, evidence: Evidence) -> tuple[State, list[Alarm]]:
        """Return the state after some items, and the alarm if it was among them."""
        alarms: list[Alarm] = []
        clock = np.maximum.accumulate(local_days(evidence.at, self.zone))
        if state["day"] is not None:
            clock = np.maximum(clock, state["day"])
        for day, low, high in spans(clock):
            seen, places = first_of(state["seen"], day, evidence.customer[low:high], self.once)
            state = dict(state, seen=seen, day=day)
            items = evidence[low:high][places]
            if len(items):
                state, alarm = self._followed(state, items)
                alarms += [alarm] if alarm else []
        return state, alarms

    def interval(self, state: State) -> tuple[float, float]:
        """Return the confidence sequence's interval now: true at all times at once with 1 - alpha."""
        _, _, _, stake, paid, spent = state["sums"]
        if stake <= 0:
            return 0.0, 1.0
        half = (np.log(2 / self.alpha) + spent) / stake
        return float(max(paid / stake - half, 0.0)), float(min(paid / stake + half, 1.0))

    def standing(self, state: State) -> float:
        """Return 1 once it has alarmed, 0 before."""
        return float(state["told"])

    def _followed(self, state: State, items: Evidence) -> tuple[State, Alarm | None]:
        n, total, squares, stake, paid, spent = state["sums"]
        x = items.value
        i = n + np.arange(1, len(x) + 1)
        summed = total + np.cumsum(x)
        mean = (0.5 + summed) / (i + 1)
        before = (0.5 + summed - x) / i
        spread = squares + np.cumsum((x - mean) ** 2)
        variance = (0.25 + spread - (x - mean) ** 2) / i
        bet = np.minimum(np.sqrt(2 * np.log(2 / self.alpha) / (variance * i * np.log(i + 1))), _CAP)
        stakes = stake + np.cumsum(bet)
        paids = paid + np.cumsum(bet * x)
        spents = spent + np.cumsum((x - before) ** 2 * (-np.log1p(-bet) - bet))
        middle, half = paids / stakes, (np.log(2 / self.alpha) + spents) / stakes
        below, beyond = middle + half < state["level"], middle - half > state["level"]
        told = {"drop": below, "rise": beyond, "both": below | beyond}[self.side]
        first = int(items.at[0]) if state["first"] is None else state["first"]
        sums = [float(column[-1]) for column in (i, summed, spread, stakes, paids, spents)]
        alarm = None
        if told.any() and not state["told"]:
            at = int(np.argmax(told))
            alarm = Alarm(
                int(items.at[at]), min(first, int(items.at[at])), state["level"], float(summed[at] / i[at]),
                float(max(middle[at] - half[at], 0.0)), float(min(middle[at] + half[at], 1.0)), 1 - self.alpha,
                {"n": int(i[at]), "change": float(summed[at] / i[at] - state["level"]), "alpha": self.alpha},
            )  # fmt: skip
        return dict(state, sums=sums, first=first, told=state["told"] or bool(told.any())), alarm
