"""Once a week: is there a change point in the last weeks' days, and did the last piece move?

The days' means, freed of their weekdays' differences, go through `scores.changepoints` (circular binary segmentation,
tested by permutation). It needs no usual level, finds when it happened with an interval, and sees a bump that has gone
back; it is slower than `shift`, since it looks once a week at whole days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

import numpy as np

from touchline.detection.base import MONTH, QUARTER, Alarm, State, register
from touchline.detection.baseline import W2, WX, N, W
from touchline.detection.checking import above, one_of, whole
from touchline.detection.daily import Daily
from touchline.detection.days import midnight
from touchline.errors import QuestionError

_WEEK: Final = 7
_LEAST_DAYS: Final = 14
#: Permutations cannot tell less likely things.
_LEAST_ALARM: Final = 0.002
_Z: Final = 1.96


@register
@dataclass(frozen=True)
class ChangePoint(Daily):
    """Alarm when the last weeks hold a change of level that was not told before.

    Attributes:
        patience: Days between two false alarms, on average.
        side: ``drop``, ``rise`` or ``both``.
        days: Days that are looked at.
        least_n: Items in them before which nothing is said.
        once: Days in which a customer counts once.
        zone: The reporting zone.
    """

    kind: ClassVar[str] = "changepoint"

    patience: float = MONTH
    side: Literal["drop", "rise", "both"] = "drop"
    days: int = 56
    least_n: int = 100
    once: int = 7
    zone: str = "UTC"

    def __post_init__(self) -> None:
        """Refuse what it cannot work with."""
        above(self, "patience")
        whole(self, "least_n", "once", "days")
        one_of(self, "side", ("drop", "rise", "both"))
        if self.days < _LEAST_DAYS:
            raise QuestionError(f"days is {self.days}", where=self.kind, todo=f"give {_LEAST_DAYS} or more")

    @property
    def keep(self) -> int:  # type: ignore[override]
        """Days that are kept."""
        return self.days

    def look(self, state: State, day: int) -> tuple[State, Alarm | None]:
        """Look for a change point when a week is over."""
        looked = state.get("looked")
        if looked is not None and day - looked < _WEEK:
            return state, None
        state = dict(state, looked=day)
        rows = np.array(state["days"])
        rows = rows[(rows[:, 0] > day - self.days) & (rows[:, 1 + W] > 0)]
        if len(rows) < _LEAST_DAYS or rows[:, 1 + N].sum() < self.least_n:
            return state, None
        from touchline.scores.changepoints import ALARM, change_points

        w, y = rows[:, 1 + W] ** 2 / rows[:, 1 + W2], rows[:, 1 + WX] / rows[:, 1 + W]
        weekday = (rows[:, 0].astype(np.int64) + 3) % _WEEK
        mean = float((w * y).sum() / w.sum())
        whole_weeks = len(rows) >= 4 * _WEEK
        if whole_weeks:
            own = np.bincount(weekday, w * y, _WEEK) / np.maximum(np.bincount(weekday, w, _WEEK), 1e-12)
            y = y - own[weekday] + mean
        points, p = change_points(y, w, alarm=min(max(_WEEK / self.patience, _LEAST_ALARM), ALARM), seed=day)
        if not points:
            return dict(state, told=None), None
        last = points[-1]
        since = int(rows[last.at, 0])
        worse = last.after < last.before
        if self.side != "both" and worse != (self.side == "drop"):
            return state, None
        if state["told"] is not None and rows[last.low, 0] <= state["told"] <= rows[last.high, 0]:
            return state, None
        inside = slice(last.at, last.end)
        spread = float((w[inside] * (y[inside] - last.after) ** 2).sum() / w[inside].sum() / (last.end - last.at))
        half = _Z * float(np.sqrt(spread))
        detail = {
            "n": int(rows[inside, 1 + N].sum()),
            "change": last.after - last.before,
            "p": p,
            "since_low": midnight(int(rows[last.low, 0]), self.zone),
            "since_high": midnight(int(rows[last.high, 0]), self.zone),
        }
        low, high = max(last.after - half, 0.0), min(last.after + half, 1.0)
        sure = 1 / (1 + p * QUARTER / _WEEK)
        alarm = Alarm(
            midnight(day + 1, self.zone), midnight(since, self.zone), last.before, last.after, low, high, sure, detail
        )
        return dict(state, told=since), alarm
