"""Weighted least squares whose intervals hold where a customer's observations go together.

    b = (X' W X)^-1 X' W y        V = (X' W X)^-1 (sum over clusters c of u_c u_c') (X' W X)^-1 * G/(G-1) (N-1)/(N-k)

with u_c the sum of x w e over the cluster's observations. Source: Liang and Zeger 1986; the small-sample factor is the
usual one (CR1; Cameron and Miller 2015). Tests are those of Student's t with G - 1 degrees of freedom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.warehouse.index.journeys import Floats, Ints


@dataclass(frozen=True)
class Line:
    """What a regression found.

    Attributes:
        weights: One per column, shape (k,).
        covariance: Of the weights, over clusters, shape (k, k).
        clusters: How many there were.
    """

    weights: Floats
    covariance: Floats
    clusters: int

    def told(self, place: int) -> tuple[float, float, float, float]:
        """Return a weight, its 95 % interval and its two-sided p-value."""
        from scipy.special import stdtr, stdtrit

        value, error = float(self.weights[place]), float(np.sqrt(max(self.covariance[place, place], 0.0)))
        if self.clusters < 2:
            return value, float("nan"), float("nan"), float("nan")
        half = float(stdtrit(self.clusters - 1, 0.975)) * error
        p = 1.0 if value == 0 else float(2 * stdtr(self.clusters - 1, -abs(value) / error)) if error > 0 else 0.0
        return value, value - half, value + half, p


def line(x: Floats, y: Floats, clusters: Ints, weights: Floats | None = None) -> Line | None:
    """Fit by weighted least squares.

    Args:
        x: Shape (n, k); a column of ones is not added.
        y: Shape (n,).
        clusters: Keys of what goes together, shape (n,).
        weights: Shape (n,); all 1 by default.

    Returns:
        What was found; None where the columns do not tell the weights apart.

    >>> x = np.column_stack([np.ones(4), [0.0, 0, 1, 1]])
    >>> line(x, np.array([1.0, 3.0, 4.0, 6.0]), np.arange(4)).weights.round(6).tolist()
    [2.0, 3.0]
    """
    n, k = x.shape
    w = np.ones(n) if weights is None else weights
    bread = x.T @ (x * w[:, None])
    if n <= k or np.linalg.matrix_rank(bread) < k:
        return None
    inverse = np.linalg.inv(bread)
    found = inverse @ (x.T @ (w * y))
    _, of = np.unique(clusters, return_inverse=True)
    many = int(of.max()) + 1
    left = w * (y - x @ found)
    sums = np.stack([np.bincount(of, x[:, place] * left, many) for place in range(k)], axis=1)
    factor = many / max(many - 1, 1) * (n - 1) / (n - k)
    return Line(found, inverse @ (sums.T @ sums) @ inverse * factor, many)
