"""How a workspace's alarm budget is shared among its monitors.

False alarms of several monitors add up, whatever hangs on whatever. So a workspace that allows one false alarm a month
gives each of its monitors a share, and a monitor with the share p may cry once in month / p: its *patience*. The delay
of an alarm grows only with the logarithm of the patience, so a hundred monitors are slower than one, but not a hundred
times.

Where hundreds run, many of them see the same break, each too weakly for its own small share. `family` asks for all at
once: with K equal shares and standings e_1 >= e_2 >= ... (1 is an alarm of one's own), the first k alarm together for
the largest k with e_k >= 1 / k. While nothing has changed this happens no more often than the whole budget: the mean of
the monitors' e-detectors is an e-detector, and e_k >= 1 / k lifts it over the budget's bound. Source: Wang and Ramdas
2022 (e-BH); Dandapanthula and Ramdas 2025 (many streams of sequential change detection).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from touchline.detection.base import MONTH
from touchline.errors import QuestionError

#: False alarms of a whole workspace in a month.
PER_MONTH: Final = 1.0


def split(
    monitors: Sequence[str], per_month: float = PER_MONTH, shares: Mapping[str, float] | None = None
) -> dict[str, float]:
    """Return each monitor's patience: days between two false alarms of it, on average, at least.

    Args:
        monitors: Their names. Those that state facts (severe items, a threshold) need no share: leave them out.
        per_month: False alarms that the workspace allows in a month.
        shares: How much of it some monitors get, against 1 of every other.

    Raises:
        QuestionError: A budget or a share of 0 or less.

    >>> {name: round(days, 1) for name, days in split(["delivery", "support"], shares={"support": 3}).items()}
    {'delivery': 121.8, 'support': 40.6}
    """
    if not per_month > 0:
        raise QuestionError("an alarm budget of nothing", where="per_month", todo="allow more than 0 a month")
    given = {name: float((shares or {}).get(name, 1.0)) for name in monitors}
    for name, share in given.items():
        if not share > 0:
            raise QuestionError(f"the share of {name!r} is {share:g}", where="shares", todo="give more than 0")
    whole = sum(given.values())
    return {name: MONTH / per_month * whole / share for name, share in given.items()}


def family(standing: Mapping[str, float], among: int | None = None) -> list[str]:
    """Return the monitors that alarm together, though perhaps none would alone.

    Args:
        standing: `Detector.standing` of each monitor with an equal share.
        among: How many share the budget, where some are not in ``standing``.

    Returns:
        The names, the strongest first; `Detector.fire` makes their alarms.

    >>> family({"a": 0.6, "b": 0.55, "c": 0.1}), family({"a": 0.6, "b": 0.1})
    (['a', 'b'], [])
    """
    ranked = sorted(standing, key=lambda name: (-standing[name], name))
    if among is not None and among < len(ranked):
        raise QuestionError("more monitors than share the budget", where="among", todo="count them all")
    found = 0
    for k, name in enumerate(ranked, start=1):
        if standing[name] * k >= 1:
            found = k
    return ranked[:found]
