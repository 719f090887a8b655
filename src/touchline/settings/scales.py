"""Score scales: when an answer is good, neither, or bad.

The signs are DESIGN section 5's. Boxes are named by the good end of their scale:

| kind, points        | +1       | 0             | -1   |
|---------------------|----------|---------------|------|
| nps, 0 to 10        | 9-10     | 7-8           | 0-6  |
| csat, rating, 2     | the top  |               | the other |
| csat, rating, 3     | the top  | the middle    | the lowest |
| csat, rating, 5     | 4-5      | 3             | 1-2  |
| csat, rating, 7     | 6-7      | 4-5           | 1-3  |
| csat, rating, 10    | 9-10     | 6-8           | 1-5  |
| any other width     | top two; past 11 points the top fifth | from the centre up | the rest |
| ces, any width      | above the centre: 5-7 of 7 | the centre: 4 of 7 | below it |

The *middle* of a satisfaction scale reaches from its centre up to the satisfied boxes, so that a better
answer never gets a worse sign: 5 of 7 is not satisfied, but nobody who says "somewhat satisfied" counts as
unhappy. ``satisfied`` and ``neutral`` in ``touchline.toml`` say otherwise. An answer between two boxes (the
mean of several items) takes the sign of the lower one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

ScoreKind: TypeAlias = Literal["nps", "csat", "ces", "rating", "other"]

NPS_RANGES: Final = ((0.0, 10.0), (1.0, 10.0))
#: A rating is of stars; without a declared range they are five.
RATING_RANGE: Final = (1.0, 5.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """How the answers to one question are read.

    Attributes:
        question: Name of the question, or a glob; empty in a declaration for all questions of its kind.
        kind: nps, csat, ces, rating or other.
        low: Its lowest value; None when nobody declared it.
        high: Its highest.
        direction: +1 the high end is good (CES: easy), -1 it is bad (hard), None not known.
        satisfied_from: The satisfied box nearest to the centre; None when answers have no sign.
        neutral_from: The neutral box nearest to the bad end; None when there is no neutral box.

    >>> [Scale.of("csat", 1, 7).sign(value) for value in (7, 5, 3, 0)]
    [1, 0, -1, None]
    """

    question: str
    kind: ScoreKind
    low: float | None = None
    high: float | None = None
    direction: Literal[1, -1] | None = 1
    satisfied_from: float | None = None
    neutral_from: float | None = None

    @classmethod
    def of(
        cls,
        kind: ScoreKind,
        low: float | None = None,
        high: float | None = None,
        *,
        question: str = "",
        direction: Literal[1, -1] | None = None,
        satisfied: tuple[float, ...] | None = None,
        neutral: tuple[float, ...] | None = None,
    ) -> Scale:
        """Make a scale with the default boxes where none are given.

        Args:
            kind: What it measures.
            low: Its lowest value; by default 0 for NPS and 1 for a rating, else not known.
            high: Its highest; by default 10 for NPS and 5 for a rating, else not known.
            question: Name of the question, or a glob.
            direction: +1 when the high end is good; by default so for all but CES, which must be declared.
            satisfied: The boxes that count +1.
            neutral: The boxes that count 0.

        Returns:
            The scale. An NPS question on any other scale than 0-10 or 1-10 is no NPS and becomes ``other``.
        """
        if low is None or high is None:
            low, high = {"nps": NPS_RANGES[0], "rating": RATING_RANGE}.get(kind, (low, high))
        if kind == "nps" and (low, high) not in NPS_RANGES:
            kind = "other"
        if direction is None and kind != "ces":
            direction = 1
        if low is None or high is None or direction is None:
            return cls(question, kind, low, high, direction)
        low, high = float(low), float(high)
        if satisfied is not None:
            good = min(satisfied) if direction == 1 else max(satisfied)
            middle = (min(neutral) if direction == 1 else max(neutral)) if neutral else None
            return cls(question, kind, low, high, direction, good, middle)
        top, middle = _boxes(kind, low, high)
        if direction == -1:  # the same boxes, counted from the other end
            top = None if top is None else low + high - top
            middle = None if middle is None else low + high - middle
        return cls(question, kind, low, high, direction, top, middle)

    def filled(self, question: str, low: float | None, high: float | None) -> Scale:
        """Return the scale of one question; ends that were not declared are the data's."""
        if self.low is not None:
            return replace(self, question=question)
        return Scale.of(self.kind, low, high, question=question, direction=self.direction)

    def fits(self, question: str) -> bool:
        """Is this scale declared for the question? Names are compared without regard to case."""
        return fnmatchcase(question.casefold(), self.question.casefold())

    @property
    def undecided(self) -> str:
        """What must be declared before these answers get a sign, as a question; empty when nothing."""
        if self.satisfied_from is not None or self.kind == "other":
            return ""
        if self.low is None or self.high is None:
            return f"from which lowest to which highest value does '{self.question}' ({self.kind}) go?"
        return f"is {self.high:g} on '{self.question}' easy or hard?"

    def sign(self, value: float) -> Literal[-1, 0, 1] | None:
        """Return +1, 0 or -1; None off the scale, and on a scale that is not decided.

        >>> [Scale.of("nps").sign(v) for v in (9, 8, 6, 11)]
        [1, 0, -1, None]
        """
        if self.satisfied_from is None or self.low is None or self.high is None or self.direction is None:
            return None
        if not self.low <= value <= self.high:
            return None
        if (value - self.satisfied_from) * self.direction >= 0:
            return 1
        if self.neutral_from is not None and (value - self.neutral_from) * self.direction >= 0:
            return 0
        return -1

    def signs(self, values: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """Return the signs of many values, NaN for none.

        >>> import numpy as np
        >>> Scale.of("csat", 1, 5).signs(np.array([5.0, 3.0, 1.0, 6.0, np.nan]))
        array([ 1.,  0., -1., nan, nan])
        """
        import numpy as np

        if self.satisfied_from is None or self.low is None or self.high is None or self.direction is None:
            return np.full(len(values), np.nan)
        good = (values - self.satisfied_from) * self.direction >= 0
        middle = np.zeros(len(values), dtype=bool)
        if self.neutral_from is not None:
            middle = (values - self.neutral_from) * self.direction >= 0
        on_scale = (values >= self.low) & (values <= self.high)
        signs: npt.NDArray[np.float64] = np.where(on_scale, np.where(good, 1.0, np.where(middle, 0.0, -1.0)), np.nan)
        return signs


def _boxes(kind: ScoreKind, low: float, high: float) -> tuple[float | None, float | None]:
    """Return the lowest satisfied and the lowest neutral value of a scale whose high end is good."""
    steps = (high - low) / 2  # from the lowest value to the centre
    centre = low + math.ceil(steps)
    if kind == "other":
        return None, None
    if kind == "nps":
        return 9.0, 7.0
    if kind == "ces":
        return low + math.floor(steps) + 1, centre if steps == int(steps) else None
    points = high - low + 1
    if points <= 3:
        satisfied = high
    elif points <= 11:
        satisfied = high - 1
    else:
        satisfied = high - (high - low) / 5
    return satisfied, centre if centre < satisfied and points > 2 else None
