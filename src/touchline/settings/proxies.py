"""Behavioural proxies: acts that stand in for words.

``when`` is a rule of one condition, so that placement needs no interpreter: either a measure of one
interaction against a limit, or events that became rarer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from touchline.settings.rules import Rule
from touchline.settings.rules.events import stands_for
from touchline.settings.rules.tree import Changed, Compare, Operator

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Threshold:
    """A measure against a limit: ``wait_minutes > 2 * target(30)`` is over 60."""

    measure: str
    operator: Operator
    limit: float

    def holds(self, values: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
        """Return for each value of the measure whether it is met; NaN, a missing one, never is.

        >>> import numpy as np
        >>> Threshold("wait_minutes", ">", 60.0).holds(np.array([61.0, 60.0, np.nan]))
        array([ True, False, False])
        """
        import numpy as np

        compare = {
            "=": np.equal, "!=": np.not_equal, "<": np.less,
            "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal,
        }[self.operator]  # fmt: skip
        met: npt.NDArray[np.bool_] = compare(values, self.limit) & ~np.isnan(values)
        return met


@dataclass(frozen=True, slots=True)
class Drop:
    """Events that became rarer than in the span before: ``log-ins down 50 % in 28 d``.

    Attributes:
        event: The noun; `touchline.settings.rules.events` tells what it stands for.
        percent: By how much at least, above 0 to 100.
        window_days: Length of the span ``(t - window, t]``, and of the one before it.
    """

    event: str
    percent: float
    window_days: float

    @property
    def share(self) -> float:
        """By how much at least, as a share."""
        return self.percent / 100

    def counts(self, event: str | None, kind: str | None) -> bool:
        """Is an interaction with this event and kind one of those counted?"""
        return stands_for(self.event, event, kind)

    def holds(self, before: npt.NDArray[np.integer], after: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
        """Return for each pair of counts whether the drop is met; nothing falls from zero.

        >>> import numpy as np
        >>> Drop("login", 50.0, 28.0).holds(np.array([10, 10, 0]), np.array([5, 6, 0]))
        array([ True, False, False])
        """
        met: npt.NDArray[np.bool_] = (before > 0) & (100 * (before - after) >= self.percent * before)
        return met


@dataclass(frozen=True, slots=True)
class Proxy:
    """An act that counts as a touch with the method ``proxy``, at half weight.

    Attributes:
        name: How it is called in lists.
        stage: The stage that it speaks of, an id or alias; None leaves it to placement.
        touchpoint: The touchpoint, when it is known.
        sentiment: -1, 0 or +1.
        when: The rule as written.
        test: The rule as placement runs it.
    """

    name: str
    stage: str | None
    touchpoint: str | None
    sentiment: Literal[-1, 0, 1]
    when: Rule
    test: Threshold | Drop

    @property
    def kind(self) -> Literal["threshold", "drop"]:
        """Which of the two tests it is."""
        return "threshold" if isinstance(self.test, Threshold) else "drop"


#: What a rule must look like to be a proxy's.
PROXY_FORMS: Final = "'wait_minutes > 2 * target(30)' or 'log-ins down 50 % in 28 d'"


def proxy_test(rule: Rule) -> Threshold | Drop | None:
    """Return the test of a proxy's rule; None when it is neither a threshold nor a drop.

    >>> proxy_test(Rule.parse("wait_minutes > 2 * target(30)"))
    Threshold(measure='wait_minutes', operator='>', limit=60.0)
    >>> proxy_test(Rule.parse("log-ins down 50 % in 28 d"))
    Drop(event='log-ins', percent=50.0, window_days=28.0)
    """
    match rule.tree:
        case Compare(name, operator, float(limit)):
            return Threshold(name, operator, limit)
        case Changed(event, "down", percent, days):
            return Drop(event, percent, days)
        case _:
            return None
