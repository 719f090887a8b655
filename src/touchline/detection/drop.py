"""The last days against the own past of the same weekdays, and of the same season a year before.

What is expected of a day is the usual level of its weekday over the past year's days (the nearest weigh most), plus
what the same week a year before differed from the thirteen before them, where there is a year. The mean of the
last days is compared with it once a day: z over the spread of both, where days that scatter more than their touches
explain widen it. One look errs with the chance 1 / ``patience`` at most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final, Literal

import numpy as np

from touchline.detection.base import MONTH, QUARTER, Alarm, Floats, State, register
from touchline.detection.baseline import W2, W2X, W2X2, WX, N, Usual, W, nothing, passed, queued, usual
from touchline.detection.checking import above, one_of, whole
from touchline.detection.daily import Daily
from touchline.detection.days import midnight

#: Days of a year that begin with the same weekday.
_YEAR: Final = 364
#: Days on either side of a day a year before, and before those, that tell its season.
_AROUND: Final = 3
_BEFORE: Final = 91
_SEASON_N: Final = 30
_Z: Final = 1.96


@register
@dataclass(frozen=True)
class Drop(Daily):
    """Alarm when the last days lie below what their weekdays and season let expect.

    Attributes:
        patience: Days between two false alarms, on average.
        side: ``drop``, ``rise`` or ``both``.
        days: Days that are compared, the last ones that are over.
        least_n: Items in them before which nothing is said.
        once: Days in which a customer counts once.
        memory: Half-life of the past, days.
        season: Whether the same weeks a year before are taken into account.
        zone: The reporting zone.

    >>> from touchline.detection.base import evidence
    >>> rng = np.random.default_rng(0)
    >>> past = evidence(np.arange(8_000) * 864, rng.random(8_000) < 0.7)
    >>> watch = Drop(patience=90)
    >>> later = evidence(80 * 86_400 + np.arange(1_100) * 864, rng.random(1_100) < 0.5)
    >>> watch.step(watch.start(past), later)[1].detail["z"] < -2
    True
    """

    kind: ClassVar[str] = "drop"

    patience: float = MONTH
    side: Literal["drop", "rise", "both"] = "drop"
    days: int = 7
    least_n: int = 30
    once: int = 7
    memory: float = 90.0
    season: bool = True
    zone: str = "UTC"

    def __post_init__(self) -> None:
        """Refuse what it cannot work with."""
        above(self, "patience", "days", "memory")
        whole(self, "least_n", "once")
        one_of(self, "side", ("drop", "rise", "both"))

    @property
    def keep(self) -> int:  # type: ignore[override]
        """Days that are kept."""
        return _YEAR + _AROUND + _BEFORE + self.days + 1

    def look(self, state: State, day: int) -> tuple[State, Alarm | None]:
        """Compare the days until a day with what was to be expected."""
        rows = np.array(state["days"])
        last = rows[:, 0] > day - self.days
        past, now = rows[~last], rows[last]
        if not len(past) or now[:, 1 + N].sum() < self.least_n:
            return state, None
        known = self._usual(past, int(past[-1, 0]) + 1)
        if known is None:
            return state, None
        season = [self._season(rows, int(at)) if self.season else (0.0, 0.0) for at in now[:, 0]]
        w, wx = now[:, 1 + W], now[:, 1 + WX]
        share = w / w.sum()
        expected = float(share @ (known.level[(now[:, 0].astype(np.int64) + 3) % 7] + [shift for shift, _ in season]))
        observed = float(wx.sum() / w.sum())
        spread = known.variance * known.weight**2 * known.dispersion
        noise = spread * now[:, 1 + N].sum() / w.sum() ** 2
        error = float(np.sqrt(noise + known.error**2 + (share @ np.sqrt([v for _, v in season])) ** 2))
        z = (observed - expected) / error
        beyond = abs(z) >= self._bound() and (self.side == "both" or (z < 0) == (self.side == "drop"))
        if not beyond:
            return dict(state, told=None), None
        if state["told"] is not None:
            return state, None
        half = _Z * float(np.sqrt(noise))
        alarm = Alarm(
            midnight(day + 1, self.zone), midnight(int(now[0, 0]), self.zone), expected, observed,
            max(observed - half, 0.0), min(observed + half, 1.0), self._sure(z),
            {"n": int(now[:, 1 + N].sum()), "change": observed - expected, "z": float(z), "days": self.days,
             "season": float(share @ [shift for shift, _ in season]), "dispersion": known.dispersion},
        )  # fmt: skip
        return dict(state, told=day), alarm

    def _bound(self) -> float:
        from scipy.special import ndtri

        return float(-ndtri(min(1 / self.patience, 1.0) / (2 if self.side == "both" else 1)))

    def _sure(self, z: float) -> float:
        """Return the chance that it is real: that of the z by chance against one real change a quarter."""
        from scipy.special import ndtr

        chance = float(ndtr(-abs(z)))
        return 1 / (1 + chance * QUARTER)

    def _usual(self, past: Floats, day: int) -> Usual | None:
        learnt = nothing()
        for row in past[past[:, 0] > day - 4 * self.memory]:
            learnt = queued(learnt, int(row[0]), float(row[1 + W] / max(row[1 + N], 1)), row[1:].tolist())
        return usual(passed(learnt, day, day, 0, self.memory))

    def _season(self, rows: Floats, day: int) -> tuple[float, float]:
        """Return how the same days a year before differed from those before them, and the variance of that."""
        then = day - _YEAR
        around = rows[(rows[:, 0] >= then - _AROUND) & (rows[:, 0] <= then + _AROUND), 1:].sum(axis=0)
        before = rows[(rows[:, 0] < then - _AROUND) & (rows[:, 0] >= then - _AROUND - _BEFORE), 1:].sum(axis=0)
        if around[N] < _SEASON_N or before[N] < _SEASON_N:
            return 0.0, 0.0
        apart = around[WX] / around[W] - before[WX] / before[W]
        noise = sum(_variance(part) for part in (around, before))
        # What chance explains of it is left out.
        kept = max(apart**2 - noise, 0.0) / apart**2 if apart else 0.0
        return float(kept * apart), float(kept * noise)


def _variance(row: Floats) -> float:
    """Return the variance of a mean."""
    mean = row[WX] / row[W]
    return float(max(row[W2X2] - 2 * mean * row[W2X] + mean**2 * row[W2], 0.01 * row[W2]) / row[W] ** 2)
