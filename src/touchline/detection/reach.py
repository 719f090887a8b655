"""What can be seen at a volume: how long a drop of so many points takes, and the smallest one that is seen in time.

With I = d^2 / (2 variance) the information of a touch on a drop of d, n touches a day and a false alarm in ``patience``
days at most, no rule at all has a worst mean delay below about (e^-b + b - 1) / (I n) days, where e^b - b - 1 =
patience n I (Moustakides 1986 for Page's CUSUM in its Brownian limit; for rare alarms that is log(patience n) / (I n),
Lorden 1971). `bound` is that. `days` adds what it costs not to know the size of the drop, as `shift` does not:
``python -m benchmarks.detection`` prints it beside what was measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from touchline.detection.base import MONTH
from touchline.detection.budget import PER_MONTH
from touchline.detection.shift import Shift
from touchline.errors import QuestionError
from touchline.scores.base import Figure
from touchline.words import Number, phrase

WITHIN: Final = 60
#: Points of the JSI that `detectable` tells of.
POINTS: Final = (2, 3, 5, 10, 20)
_NEWTON: Final = 60
_TOLD: Final = 4.0
SCHEMA: Final = pa.schema(
    [("points", pa.float64()), ("days", pa.float64()), ("bound", pa.float64()), ("within", pa.bool_())]
)


@dataclass(frozen=True, slots=True)
class Volume:
    """What is watched.

    Attributes:
        per_day: Touches a day that count (a customer's first in a week).
        patience: Days between two false alarms of the monitor.
        variance: Of a touch's value in [0, 1].
    """

    per_day: float
    patience: float
    variance: float

    def information(self, drop: Any) -> Any:
        """Return I of a drop, in the unit of the evidence."""
        return drop**2 / (2 * self.variance)

    def bound(self, drop: float) -> float:
        """Return the days below which no rule's worst mean delay can lie.

        >>> round(Volume(20, 243.5, 0.2).bound(0.05), 1)
        20.7
        """
        information = self.information(drop)
        b = _height(self.patience * self.per_day * information)
        return float((np.exp(-b) + b - 1) / information / self.per_day)

    def first_order(self, drop: float) -> float:
        """Return log(patience n) / (I n), the bound for rare alarms; above `bound` where alarms are not that rare."""
        return float(np.log(max(self.patience * self.per_day, 1.0)) / self.information(drop) / self.per_day)

    def days(self, drop: float) -> float:
        """Return the days that the default takes, about, on the safe side of the median.

        A drop that adds less than `_TOLD` to the logarithm's argument until a false alarm is due is not told from
        chance: that takes the patience. A stake on another size than the drop's grows more slowly, and each size has
        but its share of the bets.
        """
        information = self.information(drop)
        watch = Shift(patience=self.patience)
        of = watch.deltas(self.per_day, self.variance) / drop
        share = float((of * (2 - of)).max())
        if self.patience * self.per_day * information < _TOLD or share <= 0:
            return self.patience
        own = float(np.log1p(self.patience * self.per_day * information))
        height = np.exp(-own) + own - 1 + np.log(watch.sizes)
        return min(float(height / (share * information) / self.per_day), self.patience)

    def smallest(self, within: float = WITHIN) -> float:
        """Return the smallest drop that is seen within so many days; 1 where none is."""
        low, high = 0.0, 1.0
        if self.days(high) > within:
            return 1.0
        for _ in range(_NEWTON):
            middle = (low + high) / 2
            low, high = (middle, high) if middle == 0 or self.days(middle) > within else (low, middle)
        return high


def detectable(
    n_per_day: float,
    budget: float = PER_MONTH,
    base: float = 65.0,
    *,
    monitors: int = 1,
    drop: float | None = None,
    within: int = WITHIN,
    variance: float | None = None,
) -> Figure:
    """Return which drops can be seen in time at a volume.

    Args:
        n_per_day: Touches a day that count: a customer's first in a week.
        budget: False alarms a month that the workspace allows.
        base: The usual JSI, 0 to 100.
        monitors: How many share the budget.
        drop: Points to tell of; None: 2, 3, 5, 10 and 20.
        within: Days.
        variance: Of a touch's value in [0, 1]; None: the most there can be at that base.

    Returns:
        One row per drop: ``points``, ``days`` that the default takes about, the theoretical ``bound``, and whether it
        is seen ``within`` the days. ``meaning`` is the sentence for people; facts: ``smallest`` drop in points,
        ``patience``, ``per_day``, ``base``.

    Raises:
        QuestionError: Numbers that cannot be.

    >>> found = detectable(10, 1.0, 65, monitors=8, drop=3)
    >>> found.meaning[:68]
    'A drop of 3 points is not detectable within 60 days at 10 touches a '
    """
    if not (n_per_day > 0 and budget > 0 and 0 < base < 100 and monitors >= 1 and within >= 1):
        raise QuestionError("a volume, budget, base or number of monitors that cannot be", where="detectable",
                            todo="give numbers above 0, and a base between 0 and 100")  # fmt: skip
    if drop is not None and not 0 < drop <= 100:
        raise QuestionError(f"a drop of {drop:g} points", where="drop", todo="give more than 0, 100 at most")
    level = base / 100
    volume = Volume(n_per_day, MONTH / budget * monitors, level * (1 - level) if variance is None else variance)
    points = POINTS if drop is None else (drop,)
    rows = []
    for each in points:
        days = volume.days(each / 100)
        rows.append({"points": each, "days": days, "bound": volume.bound(each / 100), "within": days <= within})
    smallest = volume.smallest(within) * 100
    at = phrase(
        "at {n_per_day} touches a day with one false alarm in {patience} days",
        n_per_day=Number(f"{n_per_day:g}"),
        patience=Number(f"{volume.patience:.0f}"),
    )
    least = (
        phrase("the smallest that is has {smallest} points", smallest=Number(f"{smallest:.1f}"))
        if smallest < base
        else phrase("none is")
    )
    unseen = [row for row in rows if not row["within"]]
    if unseen:
        meaning = phrase(
            "A drop of {max} points is not detectable within {within} days {at}; {least}.",
            max=Number(f"{max(row['points'] for row in unseen):g}"),
            within=within,
            at=at,
            least=least,
        )
    else:
        meaning = phrase(
            "A drop of {min} points is seen within about {days} days {at}; {least}.",
            min=Number(f"{min(points):g}"),
            days=Number(f"{rows[0]['days']:.2g}"),
            at=at,
            least=least,
        )
    facts = {"smallest": smallest, "patience": volume.patience, "per_day": n_per_day, "base": base, "within": within}
    return Figure("detectable", pa.Table.from_pylist(rows, schema=SCHEMA), meaning, facts=facts)


def _height(product: float) -> float:
    """Return b of e^b - b - 1 = product."""
    b = float(np.log1p(product) + np.sqrt(product) / (1 + product))
    for _ in range(_NEWTON):
        slope = np.expm1(b)
        if slope <= 0:
            return 0.0
        b = max(b - float((np.exp(b) - b - 1 - product) / slope), 1e-9)
    return b
