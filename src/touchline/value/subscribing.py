"""Customers under contract: the shifted beta-geometric of Fader and Hardie 2007, "How to project customer retention".

At each end of a term a customer leaves with a probability that is Beta(alpha, beta) over customers, so that those who
stay are ever more loyal:

    P(leaves at the 1st) = alpha / (alpha + beta)       P(t) = (beta + t - 2) / (alpha + beta + t - 1) P(t - 1)
    P(stays at the n-th | stayed so far) = (beta + n - 1) / (alpha + beta + n - 1)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.errors import QuestionError
from touchline.warehouse.index.journeys import Floats
from touchline.words import phrase


@dataclass(frozen=True, slots=True)
class Geometric:
    """Parameters of a shifted beta-geometric."""

    alpha: float
    beta: float

    def stays(self, n: Floats) -> Floats:
        """Return the probability of staying at the n-th end of a term after staying at all before.

        >>> Geometric(1.0, 3.0).stays(np.array([1.0, 2.0])).tolist()
        [0.75, 0.8]
        """
        out: Floats = (self.beta + n - 1) / (self.alpha + self.beta + n - 1)
        return out

    def surviving(self, terms: int) -> Floats:
        """Return the share still there after 0, 1, ... terms, shape (terms + 1,).

        >>> Geometric(1.0, 3.0).surviving(2).round(4).tolist()
        [1.0, 0.75, 0.6]
        """
        return np.concatenate([[1.0], np.cumprod(self.stays(np.arange(1.0, terms + 1)))])


def fit_geometric(left: Floats, stayed: Floats) -> Geometric:
    """Fit by maximum likelihood.

    Args:
        left: Customers who left at the 1st, 2nd, ... end of a term, shape (terms,).
        stayed: Customers who stayed at each of them and are not seen to leave later, by the last end at which they
            were seen to stay, shape (terms,).

    Raises:
        QuestionError: Nobody left, or nobody stayed.

    >>> found = fit_geometric(np.array([131, 126, 90, 60, 42, 34, 26.0]), np.array([0, 0, 0, 0, 0, 0, 491.0]))
    >>> round(found.alpha, 3), round(found.beta, 3)
    (0.668, 3.806)
    """
    from scipy.optimize import minimize
    from scipy.special import betaln, digamma

    left, stayed = np.asarray(left, dtype=np.float64), np.asarray(stayed, dtype=np.float64)
    n = np.arange(1.0, len(left) + 1)
    survived = (left * (n - 1)).sum() + (stayed * n).sum()
    if not left.sum() or not survived:
        raise QuestionError(
            phrase("nobody left") if not left.sum() else phrase("nobody stayed"),
            where="lifetime value",
            todo=phrase("it takes both"),
        )
    total = left.sum() + stayed.sum()

    def loss(at: Floats) -> tuple[float, Floats]:
        alpha, beta = np.exp(at)
        # P(t) = B(alpha + 1, beta + t - 1) / B(alpha, beta) and S(t) = B(alpha, beta + t) / B(alpha, beta)
        value = left @ betaln(alpha + 1, beta + n - 1) + stayed @ betaln(alpha, beta + n) - total * betaln(alpha, beta)
        both = left @ digamma(alpha + beta + n) + stayed @ digamma(alpha + beta + n)
        shared = total * digamma(alpha + beta) - both
        by_alpha = left.sum() * digamma(alpha + 1) + stayed.sum() * digamma(alpha) - total * digamma(alpha) + shared
        by_beta = left @ digamma(beta + n - 1) + stayed @ digamma(beta + n) - total * digamma(beta) + shared
        return -float(value) / total, -np.array([by_alpha * alpha, by_beta * beta]) / total

    found = minimize(
        loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(-12, 12)] * 2, options={"ftol": 1e-14, "gtol": 1e-9}
    )
    alpha, beta = np.exp(found.x).tolist()
    return Geometric(alpha, beta)


def lifetime(model: Geometric, passed: Floats, wait: Floats, horizon: float, term: float, yearly: float) -> Floats:
    """Return the discounted number of terms that a customer pays for within the horizon.

    Args:
        model: How customers leave.
        passed: Ends of terms at which each customer stayed so far, shape (n,).
        wait: Days until the next one, shape (n,).
        horizon: Days to look ahead.
        term: Days of a term.
        yearly: Discount rate per year.
    """
    total = np.zeros(len(passed))
    stays = np.ones(len(passed))
    for number in range(int(horizon // term) + 1):
        when = wait + number * term
        stays = stays * model.stays(passed + number + 1)
        total += np.where(when <= horizon, stays / (1 + yearly) ** (when / 365.0), 0.0)
    return total
