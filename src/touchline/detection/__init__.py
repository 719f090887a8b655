"""When did something change? Detectors that are looked at as evidence comes in, and an alarm budget that they share.

``base.py`` has what they take and give, ``budget.py`` how the budget is split, ``shift.py`` the default.
"""

from touchline.detection.base import Alarm, Detector, Evidence, State, detector, evidence, kinds
from touchline.detection.budget import PER_MONTH, family, split

__all__ = [
    "PER_MONTH",
    "Alarm",
    "Detector",
    "Evidence",
    "State",
    "all_kinds",
    "detector",
    "evidence",
    "family",
    "kinds",
    "split",
]


def all_kinds() -> None:
    """Load every module that registers a detector."""
    from touchline.detection import (  # noqa: F401
        changepoint,
        drop,
        sequential,
        severe,
        shift,
        silence,
        spike,
        threshold,
    )
