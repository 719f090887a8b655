"""Customers who buy when they like: BG/NBD of how often, Gamma-Gamma of how much.

BG/NBD (Fader, Hardie and Lee 2005, "Counting your customers" the easy way): while alive a customer buys at a Poisson
rate that is Gamma(r, alpha) over customers; after each purchase a customer leaves with a probability that is Beta(a, b)
over customers. From a customer's x repeat purchases, the last one t_x after the first, over a time T,

    L = G(r+x) alpha^r / G(r) * B(a, b+x) / B(a, b)
        * [ (alpha+T)^-(r+x) + (x > 0) a / (b+x-1) (alpha+t_x)^-(r+x) ]

Gamma-Gamma (Fader and Hardie 2013): the mean amount m of x purchases is Gamma around a customer's own mean, which is
inverse Gamma over customers, with p, q, gamma; ``E(mean) = p (gamma + m x) / (p x + q - 1)``.

Time is in weeks. Both are fitted by maximum likelihood with their exact gradients; logarithms of the parameters stay
within 7 of 0 and are held there by a millionth of their square, for data that say nothing of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from touchline.errors import QuestionError
from touchline.warehouse.index.journeys import Floats, Ints
from touchline.words import phrase

#: How far a parameter goes, as a logarithm, and how little its square holds it where the data say nothing.
_FURTHEST: Final = 7.0
_HELD: Final = 1e-6
#: From this r on customers hardly differ in how often they buy.
ALIKE: Final = 30.0


@dataclass(frozen=True)
class History:
    """Customers' purchases in short, one entry per customer.

    Attributes:
        x: Repeat purchases, shape (n,).
        last: Weeks from the first purchase to the last; 0 without a repeat.
        span: Weeks from the first purchase to the end of what is known.
        mean: Mean amount of the repeat purchases; NaN without one.
        weight: How often each counts.
    """

    x: Floats
    last: Floats
    span: Floats
    mean: Floats
    weight: Floats

    @classmethod
    def of(cls, x: Floats, last: Floats, span: Floats, mean: Floats | None = None) -> History:
        """Return histories that count once each."""
        x = np.asarray(x, dtype=np.float64)
        nothing = np.full(len(x), np.nan)
        return cls(x, np.asarray(last, float), np.asarray(span, float), nothing if mean is None else mean, x * 0 + 1)

    def some(self, rows: Ints) -> History:
        """Return those of some customers."""
        return History(self.x[rows], self.last[rows], self.span[rows], self.mean[rows], self.weight[rows])

    def weighed(self, weight: Floats) -> History:
        """Return those that count, as often as said; equal ones of an unknown mean are not merged."""
        there = weight > 0
        return History(self.x[there], self.last[there], self.span[there], self.mean[there], weight[there])


@dataclass(frozen=True, slots=True)
class BgNbd:
    """Parameters of BG/NBD; time in weeks."""

    r: float
    alpha: float
    a: float
    b: float

    def alive(self, h: History) -> Floats:
        """Return the probability that each customer still buys; 1 without a repeat purchase, as nobody leaves unseen.

        >>> h = History.of(np.array([2.0]), np.array([30.43]), np.array([38.86]))
        >>> BgNbd(0.243, 4.414, 0.793, 2.426).alive(h).round(4).tolist()
        [0.7266]
        """
        odds = np.log(self.a) - np.log(self.b + np.maximum(h.x, 1) - 1)
        odds = odds + (self.r + h.x) * (np.log(self.alpha + h.span) - np.log(self.alpha + h.last))
        out: Floats = np.where(h.x > 0, 1 / (1 + np.exp(np.minimum(odds, 700))), 1.0)
        return out

    def expected(self, h: History, weeks: float) -> Floats:
        """Return how many purchases to expect of each customer in the next weeks (their equation 10).

        >>> h = History.of(np.array([2.0]), np.array([30.43]), np.array([38.86]))
        >>> BgNbd(0.243, 4.414, 0.793, 2.426).expected(h, 39).round(3).tolist()
        [1.226]
        """
        from scipy.special import hyp2f1

        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        # Euler's transformation: its series goes by alpha / (alpha + span + weeks), and all factors are positive.
        z = weeks / (alpha + h.span + weeks)
        c = a + b + h.x - 1
        series = hyp2f1(r + h.x, b + h.x, c, z)
        grown = 1 - ((alpha + h.span) / (alpha + h.span + weeks)) ** (r + h.x) * series
        out: Floats = (a + b + h.x - 1) / (a - 1) * grown * self.alive(h)
        return out

    def bought(self, weeks: Floats) -> Floats:
        """Return how many repeat purchases to expect of a new customer within some weeks (their equation 9)."""
        from scipy.special import hyp2f1

        weeks = np.asarray(weeks, dtype=np.float64)
        z = weeks / (self.alpha + weeks)
        series = hyp2f1(self.r, self.b, self.a + self.b - 1, z)
        grown = 1 - (self.alpha / (self.alpha + weeks)) ** self.r * series
        out: Floats = (self.a + self.b - 1) / (self.a - 1) * grown
        return out


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """Parameters of Gamma-Gamma; gamma in units of money."""

    p: float
    q: float
    gamma: float

    def expected(self, h: History) -> Floats:
        """Return the mean amount to expect of each customer; the population's of one without a repeat purchase."""
        x = h.x
        paid = np.where(x > 0, np.nan_to_num(h.mean), 0.0)
        bottom = self.p * x + self.q - 1
        out: Floats = np.divide(self.p * (self.gamma + paid * x), bottom, out=np.full(len(x), np.nan), where=bottom > 0)
        return out


def fit_bg_nbd(h: History, start: BgNbd | None = None) -> BgNbd:
    """Fit BG/NBD by maximum likelihood.

    Args:
        h: What customers did.
        start: Where to begin; the answer does not hang on it.

    Raises:
        QuestionError: Nobody bought again.
    """
    if not (h.x > 0).any():
        raise QuestionError(
            phrase("nobody bought again"), where="lifetime value", todo=phrase("it takes a longer history")
        )
    begin = start or BgNbd(1.0, float(np.median(h.span)) or 1.0, 1.0, 2.0)
    found = _minimised(lambda at: _bg_nbd(at, h), np.log([begin.r, begin.alpha, begin.a, begin.b]))
    return BgNbd(*np.exp(found).tolist())


def log_likelihood(model: BgNbd, h: History) -> float:
    """Return the log-likelihood of BG/NBD."""
    return -_bg_nbd(np.log([model.r, model.alpha, model.a, model.b]), h)[0] * float(h.weight.sum())


def _bg_nbd(at: Floats, h: History) -> tuple[float, Floats]:
    """Return minus the mean log-likelihood and its slope, over logarithms of the parameters."""
    from scipy.special import digamma, gammaln

    r, alpha, a, b = np.exp(at)
    x, last, span = h.x, h.last, h.span
    total = h.weight.sum()
    again = x > 0
    left = b + np.maximum(x, 1) - 1
    stays = -(r + x) * np.log(alpha + span)
    leaves = np.where(again, np.log(a) - np.log(left) - (r + x) * np.log(alpha + last), -np.inf)
    both = np.logaddexp(stays, leaves)
    alive = np.exp(stays - both)
    gone = 1 - alive
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + both
    value = value + gammaln(b + x) + gammaln(a + b) - gammaln(a + b + x) - gammaln(b)
    both_log = alive * np.log(alpha + span) + gone * np.log(alpha + last)
    slopes = (
        digamma(r + x) - digamma(r) + np.log(alpha) - both_log,
        r / alpha - (r + x) * (alive / (alpha + span) + gone / (alpha + last)),
        digamma(a + b) - digamma(a + b + x) + gone / a,
        digamma(b + x) + digamma(a + b) - digamma(a + b + x) - digamma(b) - gone / left,
    )
    slope = np.array([float(h.weight @ one) * scale for one, scale in zip(slopes, (r, alpha, a, b), strict=True)])
    return -float(h.weight @ value) / total, -slope / total


def fit_gamma_gamma(h: History, start: GammaGamma | None = None) -> GammaGamma:
    """Fit Gamma-Gamma by maximum likelihood, to customers who bought again for more than nothing.

    Raises:
        QuestionError: Fewer than five did.
    """
    mine = (h.x > 0) & (np.nan_to_num(h.mean) > 0)
    if int(mine.sum()) < 5:
        raise QuestionError(
            phrase("{sum} customers bought again for an amount", sum=int(mine.sum())),
            where="lifetime value",
            todo=phrase("it takes 5"),
        )
    used = History(h.x[mine], h.last[mine], h.span[mine], h.mean[mine], h.weight[mine])
    begin = start or GammaGamma(2.0, 3.0, float(np.average(used.mean, weights=used.weight)))
    found = _minimised(lambda at: _gamma_gamma(at, used), np.log([begin.p, begin.q, begin.gamma]))
    return GammaGamma(*np.exp(found).tolist())


def _gamma_gamma(at: Floats, h: History) -> tuple[float, Floats]:
    from scipy.special import digamma, gammaln

    p, q, g = np.exp(at)
    x, m = h.x, h.mean
    total = h.weight.sum()
    sums = g + m * x
    value = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(g)
    value = value + (p * x - 1) * np.log(m) + p * x * np.log(x) - (p * x + q) * np.log(sums)
    both = digamma(p * x + q)
    slopes = (
        x * (both - digamma(p * x) + np.log(m) + np.log(x) - np.log(sums)),
        both - digamma(q) + np.log(g) - np.log(sums),
        q / g - (p * x + q) / sums,
    )
    slope = np.array([float(h.weight @ one) * scale for one, scale in zip(slopes, (p, q, g), strict=True)])
    return -float(h.weight @ value) / total, -slope / total


def _minimised(loss: Callable[[Floats], tuple[float, Floats]], begin: Floats) -> Floats:
    from scipy.optimize import minimize

    def held(at: Floats) -> tuple[float, Floats]:
        value, slope = loss(at)
        return value + _HELD * float(at @ at), slope + 2 * _HELD * at

    found = minimize(
        held, np.clip(begin, -_FURTHEST, _FURTHEST), jac=True, method="L-BFGS-B",
        bounds=[(-_FURTHEST, _FURTHEST)] * len(begin), options={"maxiter": 200, "ftol": 1e-11, "gtol": 1e-7},
    )  # fmt: skip
    out: Floats = found.x
    return out


def discounted(model: BgNbd, h: History, weeks: float, yearly: float) -> Floats:
    """Return expected purchases in the next weeks, later ones discounted, a quarter at a time.

    Args:
        model: How often customers buy.
        h: What they did.
        weeks: How far to look ahead.
        yearly: Discount rate per year.
    """
    edges = np.append(np.arange(0, weeks, 13.0), weeks)
    before = np.zeros(len(h.x))
    total = np.zeros(len(h.x))
    for begin, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        so_far = model.expected(h, end)
        total += (so_far - before) / (1 + yearly) ** ((begin + end) / 2 / 52.1775)
        before = so_far
    return total
