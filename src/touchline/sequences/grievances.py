"""Open grievances: how many complaints customers carry into a step, and what each further one adds to losing them."""

from __future__ import annotations

from dataclasses import dataclass
from operator import add
from typing import TYPE_CHECKING, Final

import numpy as np

from touchline.errors import QuestionError
from touchline.scores.base import Figure
from touchline.scores.cells import hidden_note
from touchline.scores.intervals import wilson
from touchline.sequences.exact import Exact
from touchline.sequences.happening import first_happening, happenings
from touchline.sequences.signs import signs
from touchline.sequences.steps import step
from touchline.sequences.tabling import table
from touchline.warehouse.index.journeys import NO_SIGN, Floats, Ints, Journeys
from touchline.words import Number, phrase

if TYPE_CHECKING:
    from touchline.warehouse.index.journeys import Bools

#: Events that say a customer was lost or kept, where the question does not.
LOST: Final = ("cancelled", "churned", "subscription_cancelled", "contract_ended", "contract_cancelled")
KEPT: Final = ("renewed", "subscription_renewed", "contract_renewed")
#: From so many grievances on customers are one row.
MOST: Final = 4
_WAS_KEPT, _WAS_LOST, _OPEN = range(3)
_Z: Final = 1.959963984540054
_COLUMNS: Final = {
    "grievances": "text", "n": "count", "customers": "count", "lost": "count", "open": "count", "rate": "number",
    "low": "number", "high": "number", "censored": "flag",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of grievances, checked.

    Attributes:
        at: The step that customers come to.
        lost: The step that says a customer was lost; None where nothing does.
        kept: The step that says a customer was kept; None where nothing does.
        window: How long after coming to the step it is decided, microseconds.
    """

    at: str
    lost: str | None
    kept: str | None
    window: int


def asked_of(journeys: Journeys, at: str, lost: str | None, kept: str | None, window: int) -> Asked:
    """Return the question, with the events that usually say who was lost or kept where it names none.

    Raises:
        QuestionError: Nothing in the data says who was lost or kept.
    """
    if lost is None and kept is None:
        names = journeys.coded("event").names if "event" in journeys.columns else ()
        lost = "|".join(f"event:{name}" for name in LOST if name in names) or None
        kept = "|".join(f"event:{name}" for name in KEPT if name in names) or None
    if lost is None and kept is None:
        raise QuestionError(
            phrase("nothing says which customers were lost"),
            where="lost/kept",
            todo=phrase("name the step that loses them, such as event:cancelled, or the one that keeps them"),
        )
    return Asked(at, lost, kept, window)


def carried(journeys: Journeys, asked: Asked) -> tuple[Ints, Ints, Ints]:
    """Return the customers who came to the step, their open grievances then, and how it ended.

    A grievance is a negative interaction about a stage that no later one about the same stage, which is not negative,
    put right before the customer came to the step.

    Returns:
        Numbers of customers, grievances, and ends (0 kept, 1 lost, 2 not known yet).
    """
    came = first_happening(journeys, happenings(journeys, asked.at))
    codes, s = journeys.coded("about").codes, signs(journeys)
    before = np.arange(len(journeys)) < np.repeat(came, np.diff(journeys.starts))
    stages = len(journeys.coded("about").names) + 1
    good, bad = (np.flatnonzero(before & signed) for signed in (s >= 0, (s < 0) & (s != NO_SIGN)))
    righted_by, subject = (journeys.owner[rows] * np.int64(stages) + codes[rows] + 1 for rows in (good, bad))
    righted = np.full(journeys.customers * stages, -1, dtype=np.int64)
    righted[righted_by] = good  # the last of them stays
    grievances = np.bincount(journeys.owner[bad[bad > righted[subject]]], minlength=journeys.customers)
    who = np.flatnonzero(came < len(journeys))
    begin = came[who]
    until = journeys.at[begin] + asked.window
    lost_at, kept_at = (_next(journeys, text, who, begin, until) for text in (asked.lost, asked.kept))
    over = until <= journeys.observed[1]
    silence = _WAS_LOST if asked.kept is not None else _WAS_KEPT
    undecided = np.where(over, silence, _OPEN)
    decided = np.where(lost_at < kept_at, _WAS_LOST, _WAS_KEPT)
    end = np.where((lost_at < len(journeys)) | (kept_at < len(journeys)), decided, undecided)
    return who, grievances[who], end


def _next(journeys: Journeys, text: str | None, who: Ints, begin: Ints, until: Ints) -> Ints:
    """Return each customer's first row of a step from a row on, within the window; the number of rows for none."""
    none = len(journeys)
    if text is None:
        return np.full(len(who), none, dtype=np.int64)
    rows: Bools = step(journeys, text).rows
    there = np.append(np.flatnonzero(rows), none)
    found = there[np.searchsorted(there, begin)]
    late = np.append(journeys.at, np.iinfo(np.int64).max)[found] > until
    return np.where((found < journeys.starts[who + 1]) & ~late, found, none)


def kernel(journeys: Journeys, asked: Asked) -> Exact:
    """Count customers by how it ended and their open grievances."""
    _, grievances, end = carried(journeys, asked)
    return Exact.of(end, grievances)


@dataclass(frozen=True, slots=True)
class Slope:
    """How the odds of losing a customer follow the number of grievances.

    Attributes:
        odds: By what each further grievance multiplies the odds.
        low: Lower end of its 95 % interval.
        high: Upper end.
        points: Percentage points that each further grievance adds, on average over the customers.
        p: That it adds nothing.
    """

    odds: float
    low: float
    high: float
    points: float
    p: float


def slope(x: Floats, n: Floats, lost: Floats) -> Slope | None:
    """Fit ``logit P(lost) = a + b x`` by maximum likelihood (iteratively reweighted least squares).

    Args:
        x: Grievances.
        n: Customers with so many.
        lost: Those of them who were lost.

    Returns:
        The slope with Wald's interval; None where x, or the outcome, does not vary or separates the customers.

    >>> found = slope(np.array([0.0, 1.0]), np.array([100.0, 100.0]), np.array([20.0, 50.0]))
    >>> round(found.odds, 6), round(found.points, 3)
    (4.0, 0.284)

    Source: McCullagh and Nelder 1989, Generalized Linear Models, chapter 4.
    """
    from scipy.special import expit, ndtr

    if len(x) < 2 or not 0 < lost.sum() < n.sum():
        return None
    design = np.stack([np.ones_like(x), x], axis=1)
    share = lost.sum() / n.sum()
    beta = np.array([np.log(share / (1 - share)), 0.0])
    for _ in range(50):
        p = expit(design @ beta)
        information = (design * (n * p * (1 - p))[:, None]).T @ design
        if np.linalg.cond(information) > 1e12:
            return None
        move = np.linalg.solve(information, design.T @ (lost - n * p))
        beta = beta + move
        if np.abs(move).max() < 1e-10:
            break
    else:
        return None
    error = float(np.sqrt(np.linalg.inv(information)[1, 1]))
    p = expit(design @ beta)
    b = float(beta[1])
    points = float((n * p * (1 - p)).sum() / n.sum() * b)
    low, high = (float(np.exp(b + sign * _Z * error)) for sign in (-1, 1))
    return Slope(float(np.exp(b)), low, high, points, float(2 * ndtr(-abs(b) / error)))


def grievances(journeys: Journeys, asked: Asked) -> Figure:
    """Return how many are lost by the number of open grievances that they came with.

    Raises:
        QuestionError: A step that does not exist; no column ``about`` or ``s``.
    """
    counted = journeys.counted(lambda part: kernel(part, asked), add)
    most = max((int(counted.of_cell(end)[0].max(initial=0)) for end in range(3)), default=0) + 1
    by_end = np.zeros((3, max(most, MOST + 1)), dtype=np.int64)
    for end in range(3):
        values, times = counted.of_cell(end)
        by_end[end, values] = times
    grouped = np.concatenate([by_end[:, :MOST], by_end[:, MOST:].sum(axis=1, keepdims=True)], axis=1)
    n = grouped[_WAS_KEPT] + grouped[_WAS_LOST]
    rate, low, high = wilson(grouped[_WAS_LOST], n)
    shown = [number for number in range(MOST + 1) if grouped[:, number].sum()]
    rows = [
        {
            "grievances": f"{number}+" if number == MOST else str(number), "n": int(n[number]),
            "customers": int(n[number]), "lost": int(grouped[_WAS_LOST, number]), "open": int(grouped[_OPEN, number]),
            "rate": rate[number], "low": low[number], "high": high[number], "censored": bool(grouped[_OPEN, number]),
        }
        for number in shown
    ]  # fmt: skip
    made = table(rows, _COLUMNS)
    decided = by_end[_WAS_KEPT] + by_end[_WAS_LOST]
    there = np.flatnonzero(decided)
    fitted = slope(there.astype(float), decided[there].astype(float), by_end[_WAS_LOST, there].astype(float))
    facts: dict[str, float | int | str | None] = {
        "at": asked.at, "lost": asked.lost, "kept": asked.kept, "decided": int(decided.sum()),
        "open": int(by_end[_OPEN].sum()), "mean_grievances": _mean(by_end.sum(axis=0)),
    }  # fmt: skip
    if fitted is not None:
        facts |= {"odds_ratio": fitted.odds, "odds_low": fitted.low, "odds_high": fitted.high,
                  "adds": fitted.points, "p": fitted.p}  # fmt: skip
    return Figure("grievances", made, _meaning(asked, fitted), _notes(made["hidden"].to_numpy(), facts), facts,
                  behind=lambda row: _behind(journeys, asked, shown[row]))  # fmt: skip


def _mean(counts: Ints) -> float | None:
    total = int(counts.sum())
    return float(counts @ np.arange(len(counts))) / total if total else None


def _meaning(asked: Asked, fitted: Slope | None) -> str:
    lost = asked.lost or phrase("no {kept}", kept=asked.kept)
    told = phrase(
        "Customers by the complaints that nothing had put right when they came to {at}; rate "
        "is the share lost ({lost}) within {window} days, with Wilson's 95 % interval.",
        at=asked.at,
        lost=lost,
        window=Number(f"{asked.window / 86400000000:g}"),
    )
    if fitted is None:
        return told
    return phrase(
        "{told} Each further one multiplies the odds of losing the customer by {odds} ({low} "
        "to {high}; logistic regression) and adds {points} points on average.",
        told=told,
        odds=Number(f"{fitted.odds:.2f}"),
        low=Number(f"{fitted.low:.2f}"),
        high=Number(f"{fitted.high:.2f}"),
        points=Number(f"{100 * fitted.points:.1f}"),
    )


def _notes(hide: Bools, facts: dict[str, float | int | str | None]) -> tuple[str, ...]:
    waiting = facts["open"]
    more = (
        phrase(
            "{waiting} customers could still go either way when the data end; they count in open alone.",
            waiting=waiting,
        ),
    )
    return (*hidden_note(hide), *(more if waiting else ()))


def _behind(journeys: Journeys, asked: Asked, number: int) -> Ints:
    who, count, end = carried(journeys, asked)
    wanted = (np.minimum(count, MOST) == number) & (end != _OPEN)
    keys: Ints = journeys.keys[who[wanted]]
    return keys
