"""The restarting e-process: a sum over all moments at which a change may have begun.

With e_t >= 0 and of mean 1 at most while nothing has changed, given all that was before, and with d_t days passed since
the last item,

    R_t = (R_(t-1) + d_t) e_t

is the sum, over every moment of the past, of the product of all e since then. Its mean is at most the days that have
passed. So the rule "alarm when R reaches D, then begin anew" has at least D days between two false alarms on average,
at whatever volume and whenever it is looked at (optional stopping). Several kinds of e are mixed: the weighted mean of
their R has the same bound. Source: Shin, Ramdas and Rinaldo 2024 (e-detectors; with starts weighted by time, not by
item); Shiryaev 1963 and Roberts 1966.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from touchline.detection.base import Floats, Ints

_STEEPEST: Final = 64.0
_HALVINGS: Final = 40
#: Logarithms beyond are cut: no number is greater.
_MOST: Final = 700.0


def walk(log_e: Floats, r: Floats, days: Floats) -> Floats:
    """Return log R after each item.

    Args:
        log_e: Shape (kinds, n).
        r: R before the first, shape (kinds,).
        days: Passed before each item, shape (n,).

    >>> made = walk(np.log([[2.0, 0.5]]), np.zeros(1), np.ones(2))
    >>> np.exp(made).round(9).tolist()
    [[2.0, 1.5]]
    """
    with np.errstate(divide="ignore"):
        begun, start = np.log(r), np.log(days)
    path = np.cumsum(log_e, axis=1)
    before = path - log_e
    terms = np.concatenate([begun[:, None], start[None, :] - before], axis=1)
    found: Floats = path + np.logaddexp.accumulate(terms, axis=1)[:, 1:]
    return found


def mixed(log_r: Floats, weight: Floats) -> Floats:
    """Return the weighted mean of R over the kinds, shape (n,)."""
    found: Floats = weight @ np.exp(np.minimum(log_r, _MOST))
    return found


def begins(log_e: Floats, product: Floats) -> tuple[Floats, Ints]:
    """Return the greatest product over starts after the last item, as a logarithm, and which item it starts at.

    Args:
        log_e: Shape (kinds, n).
        product: Logarithm of the greatest product before the first item, 0 or more, shape (kinds,).

    Returns:
        The new one, 0 or more, and the item: -1 for the start from before, n for one yet to come. Shape (kinds,).

    >>> begins(np.array([[-1.0, 2.0]]), np.array([0.5]))
    (array([2.]), array([1]))
    """
    path = np.concatenate([-product[:, None], np.zeros((len(log_e), 1)), np.cumsum(log_e, axis=1)], axis=1)
    # The last of equal minima: a start that has gained nothing yet is one to come.
    place = path.shape[1] - 1 - path[:, ::-1].argmin(axis=1)
    low = np.take_along_axis(path, place[:, None], axis=1)[:, 0]
    return path[:, -1] - low, place - 1


def weights(b: Floats) -> Floats:
    """Return what each kind weighs, so that not knowing which is right costs each the same share of its delay.

    A kind is seen when the logarithm of its capital has grown to about b; a weight of p puts log(1 / p) on top. With
    ``p = exp(-c b)``, c such that the weights add up to 1, that is the share c of it for every kind.

    Args:
        b: Above 0, shape (kinds,).

    >>> weights(np.array([2.0, 4.0])).round(3).tolist()
    [0.618, 0.382]
    """
    low, high = 0.0, 1.0
    while np.exp(-high * b).sum() > 1 and high < _STEEPEST:
        high *= 2
    for _ in range(_HALVINGS):
        c = (low + high) / 2
        low, high = (c, high) if np.exp(-c * b).sum() > 1 else (low, c)
    weight = np.exp(-high * b)
    found: Floats = weight / weight.sum()
    return found


def fresh(prior: Floats, columns: int) -> dict[str, Any]:
    """Return bets of which none has begun, as plain values.

    Args:
        prior: What each kind weighs.
        columns: Sums that are kept of the items since each kind's likeliest start.
    """
    kinds = len(prior)
    gone = [[0.0] * columns] * kinds
    return {"prior": prior.tolist(), "r": [0.0] * kinds, "c": [0.0] * kinds, "since": [None] * kinds, "gone": gone}


def followed(bets: dict[str, Any], log_e: Floats, at: Ints, rows: Floats, log_r: Floats) -> dict[str, Any]:
    """Return the bets after some items, with the likeliest start of each kind and the sums since then.

    Args:
        bets: Before.
        log_e: Of the items, shape (kinds, n).
        at: When they came, shape (n,).
        rows: What is summed, shape (n, columns).
        log_r: After the last item, shape (kinds,).
    """
    c, place = begins(log_e, np.array(bets["c"]))
    running = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
    since, gone = [], []
    for kind, item in enumerate(place.tolist()):
        if item < 0:
            held = bets["since"][kind]
            since.append(int(at[0]) if held is None else held)
            gone.append((np.array(bets["gone"][kind]) + running[-1]).tolist())
        else:
            since.append(int(at[item]) if item < len(at) else None)
            gone.append((running[-1] - running[item]).tolist())
    return dict(bets, r=np.exp(np.minimum(log_r, _MOST)).tolist(), c=c.tolist(), since=since, gone=gone)
