"""Calibration: is what we are 80 % sure of right 80 % of the time?

Confidences are sorted into bins of equal width. With ``n_b`` rows, mean confidence ``c_b`` and share right ``a_b`` in
bin b,

    ECE = sum(n_b / n * |a_b - c_b|)

Source: Naeini, Cooper and Hauskrecht 2015; Guo, Pleiss, Sun and Weinberger 2017. With few rows the ECE is above 0 even
for a reader that is perfectly calibrated; how much above is drawn and told beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

BINS: Final = 10
_DRAWS: Final = 200


@dataclass(frozen=True, slots=True)
class Bin:
    """The rows of one bin, of confidences above ``low`` and up to ``high``."""

    low: float
    high: float
    n: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far confidence is from being right.

    Attributes:
        n: Rows.
        ece: Expected calibration error, 0 to 1; NaN without rows.
        chance: The ECE to expect of so many rows whose confidences are exactly right.
        over: Mean confidence less share right: above 0 is overconfident.
        bins: Those with rows, from the least sure.
    """

    n: int
    ece: float
    chance: float
    over: float
    bins: tuple[Bin, ...]


def calibration(confidence: Floats, right: Bools, *, bins: int = BINS, seed: int = 0) -> Calibration:
    """Compare confidences with what came out.

    Args:
        confidence: Of each row, 0 to 1, shape (n,).
        right: Whether each was right, same shape.
        bins: How many bins of equal width.
        seed: Of the draws behind ``chance``.

    >>> sure = calibration(np.array([0.9, 0.9, 0.6, 0.6]), np.array([True, True, True, False]))
    >>> round(sure.ece, 3), [(b.n, b.right) for b in sure.bins]
    (0.1, [(2, 0.5), (2, 1.0)])
    """
    n = len(confidence)
    if not n:
        nothing = float("nan")
        return Calibration(0, nothing, nothing, nothing, ())
    of = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    size = np.bincount(of, minlength=bins)
    expected = np.bincount(of, confidence, bins)
    hits = np.bincount(of, right, bins)
    rng = np.random.default_rng(seed)
    drawn = [np.bincount(of, rng.random(n) < confidence, bins) for _ in range(_DRAWS)]
    return Calibration(
        n=n,
        ece=float(np.abs(hits - expected).sum() / n),
        chance=float(np.mean([np.abs(one - expected).sum() / n for one in drawn])),
        over=float((expected.sum() - hits.sum()) / n),
        bins=tuple(
            Bin(b / bins, (b + 1) / bins, int(size[b]), float(expected[b] / size[b]), float(hits[b] / size[b]))
            for b in np.flatnonzero(size).tolist()
        ),
    )
