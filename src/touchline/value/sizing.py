"""How many customers a randomised test takes.

Of shares p1 and p2 (two-sided, k treated per control):

    n1 = (z_a sqrt((1 + 1/k) p (1 - p)) + z_b sqrt(p1 (1 - p1) + p2 (1 - p2) / k))^2 / (p1 - p2)^2
    p = (p1 + k p2) / (1 + k)

(Fleiss, Levin and Paik 2003, section 4.3, without the correction for continuity; that of R's ``power.prop.test``). Of
means the power is that of Student's t, by its noncentral distribution (R's ``power.t.test``). One that is looked at all
the time takes up to ``n_always``: where the always-valid interval would miss 0 with that power at that one look.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError
from touchline.scores.base import Figure
from touchline.value.sequential import half_width
from touchline.words import Number, phrase

#: Effects that are shown beside the one asked for.
_BESIDE: Final = (0.5, 1.0, 2.0)
_MOST: Final = 1e12


def shares(p1: float, p2: float, *, alpha: float = 0.05, power: float = 0.80, ratio: float = 1.0) -> float:
    """Return the customers of the control that it takes to tell two shares apart, not rounded.

    Args:
        p1: Share of the control.
        p2: Share of the treated.
        alpha: How often a test may cry without cause.
        power: How often it shall find the difference.
        ratio: Treated customers per control.

    >>> round(shares(0.50, 0.75, power=0.90), 1)
    76.7
    """
    from scipy.special import ndtri

    a, b = ndtri(1 - alpha / 2), ndtri(power)
    p = (p1 + ratio * p2) / (1 + ratio)
    top = a * math.sqrt((1 + 1 / ratio) * p * (1 - p)) + b * math.sqrt(p1 * (1 - p1) + p2 * (1 - p2) / ratio)
    return float(top**2 / (p1 - p2) ** 2)


def means(effect: float, sd: float, *, alpha: float = 0.05, power: float = 0.80, ratio: float = 1.0) -> float:
    """Return the customers of the control that it takes to tell two means apart, not rounded.

    Args:
        effect: Their difference.
        sd: Standard deviation of customers, on both sides.
        alpha: How often a test may cry without cause.
        power: How often it shall find the difference.
        ratio: Treated customers per control.

    >>> round(means(1.0, 1.0, power=0.90), 4)
    22.0211
    """
    from scipy.special import nctdtr, stdtrit

    def reached(n: float) -> float:
        free = n * (1 + ratio) - 2
        away = abs(effect) / sd * math.sqrt(n * ratio / (1 + ratio))
        return float(1 - nctdtr(free, away, stdtrit(free, 1 - alpha / 2)))

    return _least(reached, power, 2.0 / min(1.0, ratio))


def always(variance: float, effect: float, *, alpha: float = 0.05, power: float = 0.80) -> float:
    """Return the customers of the control at which an always-valid interval misses 0 with a power.

    Args:
        variance: Of the difference, times the customers of the control.
        effect: The difference; also the size that the test is best at.
        alpha: How often a test may cry without cause, at any time.
        power: How often it shall find the difference.
    """
    from scipy.special import ndtr

    def reached(n: float) -> float:
        v = variance / n
        return float(ndtr((abs(effect) - half_width(v, abs(effect), alpha)) / math.sqrt(v)))

    return _least(reached, power, 2.0)


def _least(reached: Callable[[float], float], power: float, begin: float) -> float:
    """Return where a rising function reaches a value."""
    from scipy.optimize import brentq

    low, high = begin, 2 * begin
    while reached(high) < power:
        high *= 2
        if high > _MOST:
            raise QuestionError(phrase("the difference is too small to be found"), todo=phrase("ask for a larger one"))
    return low if reached(low) >= power else float(brentq(lambda n: reached(n) - power, low, high, xtol=1e-6))


def size(
    *,
    base: float | None = None,
    lift: float,
    sd: float | None = None,
    alpha: float = 0.05,
    power: float = 0.80,
    ratio: float = 1.0,
    per_day: float | None = None,
) -> Figure:
    """Return how many customers a test takes.

    Args:
        base: The control's share, 0 to 1; without it means are compared.
        lift: The difference to be found, in the same unit: 0.02 for two percentage points.
        sd: Standard deviation of customers, for means.
        alpha: How often a test may cry without cause.
        power: How often it shall find the difference.
        ratio: Treated customers per control.
        per_day: Customers that come into the test a day.

    Returns:
        One row for half the difference, the difference, and twice as much: lift, control and treated (the values; null
        for means), n_control, n_treated, n, n_always (the most that a test takes that is looked at all the time), days
        and days_always.

    Raises:
        QuestionError: A number that is none of the kind.

    >>> size(base=0.50, lift=0.25, power=0.90).to_dicts()[1]["n_control"]
    77
    """
    _check(base, lift, sd, alpha, power, ratio, per_day)
    rows: list[dict[str, Any]] = []
    for factor in _BESIDE:
        effect = lift * factor
        if base is not None and not 0 < base + effect < 1:
            continue
        if base is not None:
            other = base + effect
            n = shares(base, other, alpha=alpha, power=power, ratio=ratio)
            variance = base * (1 - base) + other * (1 - other) / ratio
        else:
            n = means(effect, sd or 1.0, alpha=alpha, power=power, ratio=ratio)
            variance = (sd or 1.0) ** 2 * (1 + 1 / ratio)
        control, open_ = math.ceil(n - 1e-9), always(variance, effect, alpha=alpha, power=power)
        treated, total = math.ceil(n * ratio - 1e-9), math.ceil(open_) + math.ceil(open_ * ratio)
        rows.append(
            {
                "lift": effect, "control": base, "treated": None if base is None else base + effect,
                "n_control": control, "n_treated": treated, "n": control + treated, "n_always": total,
                "days": math.ceil((control + treated) / per_day) if per_day else None,
                "days_always": math.ceil(total / per_day) if per_day else None,
            }
        )  # fmt: skip
    types = {"lift": pa.float64(), "control": pa.float64(), "treated": pa.float64()}
    names = ("lift", "control", "treated", "n_control", "n_treated", "n", "n_always", "days", "days_always")
    return Figure(
        "experiment_size",
        pa.table({name: pa.array([row[name] for row in rows], types.get(name, pa.int64())) for name in names}),
        phrase(
            "Customers that a randomised test takes to find a difference in {power} of cases, "
            "while it finds one where there is none in {alpha}: looked at once at the end (n), "
            "or at the most when looked at whenever one likes (n_always).",
            power=Number(f"{power:.0%}"),
            alpha=Number(f"{alpha:.0%}"),
        ),
        (),
        {"base": base, "sd": sd, "alpha": alpha, "power": power, "ratio": ratio},
    )


def _check(
    base: float | None, lift: float, sd: float | None, alpha: float, power: float, ratio: float, per_day: float | None
) -> None:
    if (base is None) == (sd is None):
        raise QuestionError(
            phrase("shares or means?"), where="size", todo=phrase("give base (a share), or sd (of means)")
        )
    if base is not None and not 0 < base < 1:
        raise QuestionError(
            phrase("{base} is no share", base=Number(f"{base:g}")),
            where="base",
            todo=phrase("give more than 0 and less than 1"),
        )
    if base is not None and not 0 < base + lift < 1:
        raise QuestionError(
            phrase("{base} and {lift} more is no share", base=Number(f"{base:g}"), lift=Number(f"{lift:g}")),
            where="lift",
            todo=phrase("give a smaller difference"),
        )
    if not np.isfinite(lift) or lift == 0 or (sd is not None and sd <= 0):
        raise QuestionError(
            phrase("there is nothing to find"), where="lift", todo=phrase("give a difference, and an sd above 0")
        )
    for name, value in (("alpha", alpha), ("power", power)):
        if not 0 < value < 1:
            raise QuestionError(
                phrase("{value} is no {name}", value=Number(f"{value:g}"), name=name),
                where=name,
                todo=phrase("give more than 0 and less than 1"),
            )
    if alpha >= power or ratio <= 0 or (per_day is not None and per_day <= 0):
        raise QuestionError(
            phrase("such a test cannot be"), where="size", todo=phrase("ratio and per_day above 0, alpha below power")
        )
