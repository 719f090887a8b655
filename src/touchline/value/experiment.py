"""A randomised test, read: the effect with its interval, and whether one may stop.

A customer is in the test from the first row that names their side on. What comes out is counted within the window after
that; who came in too late for it to be over is not counted yet. Who was on both sides is left out. What one sees at the
end holds if one looks once (Newcombe 1998 for shares, Welch 1947 for means); the *always-valid* interval holds however
often one looks (`touchline.value.sequential`). A split that is far from the planned one (chi-squared, p < 0.001) means
that the assignment is broken: then nothing else counts (Fabijan et al. 2019).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa

from touchline.errors import QuestionError
from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.scores.cells import column, hidden_note
from touchline.scores.intervals import t_interval, wilson
from touchline.sequences.proportions import newcombe
from touchline.sequences.spans import microseconds
from touchline.value.basis import Basis
from touchline.value.churn import moment_day
from touchline.value.groups import rows_of
from touchline.value.money import UNIT
from touchline.value.sequential import Looks, looks
from touchline.value.voices import DAY, until
from touchline.warehouse.index.journeys import Bools, Floats, Ints
from touchline.words import Number, phrase

#: The size of effect that a test is best at where none is named, per standard deviation.
_SMALL: Final = 0.1
_BROKEN: Final = 0.001
_MEASURES: Final = ("revenue", "jsi")


@dataclass(frozen=True)
class Trial:
    """Customers of a test, in the order in which what came out became known.

    Attributes:
        owner: Their numbers.
        treated: Who was treated.
        known: When what came out was known, microseconds.
        y: What came out.
        open: How many came in too late.
        crossed: How many were on both sides.
        entered: How many came in, control and treated, open ones too.
    """

    owner: Ints
    treated: Bools
    known: Ints
    y: Floats
    open: int
    crossed: int
    entered: tuple[int, int]

    def of(self, rows: Bools | Ints) -> Trial:
        """Return some of them."""
        parts = (self.owner[rows], self.treated[rows], self.known[rows], self.y[rows])
        return Trial(*parts, self.open, self.crossed, self.entered)


def trial(basis: Basis, control: str, treated: str, of: str, window: str) -> Trial:
    """Return what came out of a test.

    Args:
        basis: The customers.
        control: Rows that name the control: ``variant=a``, or a step.
        treated: Rows that name the treated.
        of: A step that customers reach; ``revenue``; or ``jsi``, of those who said something.
        window: So long after they came in.

    Raises:
        QuestionError: A side is empty, or a name does not exist.
    """
    journeys = basis.journeys
    span = microseconds(window, "window")
    entry = np.full((2, journeys.customers), -1, dtype=np.int64)
    for side, text in enumerate((control, treated)):
        rows = np.flatnonzero(rows_of(journeys, text) & basis.within(journeys.at))
        owner, first = np.unique(journeys.owner[rows], return_index=True)
        entry[side, owner] = journeys.at[rows[first]]
        if not len(owner):
            raise QuestionError(
                phrase("nobody is {text}", text=text), where="experiment", todo=phrase("name another segment or step")
            )
    crossed = (entry >= 0).all(axis=0)
    there = np.flatnonzero((entry >= 0).any(axis=0) & ~crossed)
    at, side = entry[:, there].max(axis=0), entry[1, there] >= 0
    over = at + span <= basis.end
    y = _came_out(basis, there, at, span, of)
    rows = np.flatnonzero(over & np.isfinite(y))
    rows = rows[np.lexsort((there[rows], at[rows]))]
    entered = (int((~side).sum()), int(side.sum()))
    return Trial(there[rows], side[rows], at[rows] + span, y[rows], int((~over).sum()), int(crossed.sum()), entered)


def _came_out(basis: Basis, owner: Ints, at: Ints, span: int, of: str) -> Floats:
    journeys, voices = basis.journeys, basis.voices
    if of == "jsi":
        begin, end = (until(voices.starts, voices.at, owner, at + more) for more in (-1, span))
        w = np.concatenate([[0.0], np.cumsum(voices.weight)])
        ws = np.concatenate([[0.0], np.cumsum(voices.weight * voices.s)])
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Floats = 50 * (1 + (ws[end] - ws[begin]) / (w[end] - w[begin]))
        return np.where(end > begin, found, np.nan)
    begin, end = (until(journeys.starts, journeys.at, owner, at + more) for more in (-1, span))
    if of == "revenue":
        total = np.concatenate([[0], np.cumsum(basis.money.amounts)])
        paid: Floats = (total[end] - total[begin]) / UNIT
        return paid
    done = np.concatenate([[0], np.cumsum(rows_of(journeys, of))])
    return (done[end] > done[begin]).astype(np.float64)


def experiment(
    basis: Basis,
    *,
    control: str,
    treated: str,
    of: str,
    window: str = "14d",
    expect: float | None = None,
    alpha: float = 0.05,
    ratio: float = 1.0,
) -> Figure:
    """Return what a randomised test has shown so far.

    Args:
        basis: The customers.
        control: Who are the control: ``variant=a``, or a step.
        treated: Who are the treated.
        of: A step that customers reach; ``revenue``; or ``jsi``.
        window: So long after they came in counts.
        expect: The size of effect that the test is best at, in the unit of what comes out, fixed before it began.
        alpha: How often the always-valid test may cry without cause.
        ratio: Treated per control, as planned.

    Returns:
        Rows control, treated and difference: name, n, customers, value with low and high (95 %; if looked at once),
        always_low and always_high (of the difference, however often one looks), p, p_always, hidden, low_n. Facts:
        verdict (``better``, ``worse``, ``no such difference``, ``go on``, ``broken``), split_p, open, crossed, lift
        (relative), ``looks``: the difference and its always-valid interval day by day.

    Raises:
        QuestionError: A side is empty, or a name does not exist.
    """
    if not 0 < alpha < 1 or ratio <= 0 or (expect is not None and expect <= 0):
        raise QuestionError(phrase("alpha is a share, ratio and expect are above 0"), where="experiment")
    made = trial(basis, control, treated, of, window)
    tau = expect or _SMALL * (float(made.y.std()) if len(made.y) else 0.0) or 1.0
    seen = looks(made.y, made.treated, tau, alpha)
    shares = of not in _MEASURES
    y, other = made.y[made.treated], made.y[~made.treated]
    split = _split(made.entered, ratio)
    few = min(len(y), len(other)) < HIDDEN_N
    rows = [_side("control", control, other, shares), _side("treated", treated, y, shares)]
    rows.append(_difference(y, other, shares, seen))
    hide = np.array([few] * 3)
    verdict = "go on" if few else _verdict(seen, expect)
    notes = list(basis.money.notes if of == "revenue" else ())
    if split < _BROKEN:
        verdict = "broken"
        notes.append(
            phrase(
                "{entered} against {entered2} customers is not the split that was planned (p = "
                "{split}): the assignment is broken, and the difference may be its doing.",
                entered=made.entered[0],
                entered2=made.entered[1],
                split=Number(f"{split:.2g}"),
            )
        )
    if made.open:
        notes.append(
            phrase(
                "{open} customers came in less than {window} ago and are not counted yet.",
                open=made.open,
                window=window,
            )
        )
    if made.crossed:
        notes.append(phrase("{crossed} customers were on both sides and are left out.", crossed=made.crossed))
    keys = [basis.journeys.keys[made.owner[side]] for side in (~made.treated, made.treated)]
    keys.append(basis.journeys.keys[made.owner])
    usual = rows[0]["value"]
    return Figure(
        "experiment",
        _table(rows, hide),
        phrase(
            "{of} within {window} of coming in: low and high are 95 % if one looks once, at the "
            "end; always_low and always_high hold however often one looks ({alpha}).",
            of=phrase("Share that reaches {of}", of=of) if shares else of,
            window=window,
            alpha=Number(f"{1 - alpha:.0%}"),
        ),
        (*notes, *hidden_note(hide)),
        {
            "verdict": verdict,
            "of": of,
            "shares": shares,
            "window": window,
            "expect": tau,
            "split_p": split,
            "open": made.open,
            "crossed": made.crossed,
            "currency": basis.money.currency if of == "revenue" else "",
            "lift": None if few or not usual else rows[2]["value"] / usual,
            "looks": [] if few else _days(made, seen, basis.journeys.zone),
        },
        lambda row: np.unique(keys[row]),
    )


def _split(entered: tuple[int, int], ratio: float) -> float:
    """Return how likely a split as uneven as this is, by the chi-squared test."""
    from scipy.special import chdtrc

    total = sum(entered)
    due = total / (1 + ratio), total * ratio / (1 + ratio)
    return float(chdtrc(1, sum((n - d) ** 2 / d for n, d in zip(entered, due, strict=True)))) if total else 1.0


def _side(role: str, name: str, y: Floats, shares: bool) -> dict[str, Any]:
    n = len(y)
    if shares:
        value, low, high = (float(x) for x in wilson(y.sum(), n))
    else:
        value = float(y.mean()) if n else float("nan")
        low, high = (float(x) for x in t_interval(n, value, y.var(ddof=1) if n > 1 else 0.0))
    return {"role": role, "name": name, "n": n, "value": value, "low": low, "high": high}


def _difference(y: Floats, other: Floats, shares: bool, seen: Looks) -> dict[str, Any]:
    from scipy.special import stdtr, stdtrit

    n, m = len(y), len(other)
    nothing = float("nan")
    row = {"role": "difference", "name": "difference", "n": n + m, "value": nothing, "low": nothing, "high": nothing}
    if min(n, m) < 2:
        return row
    effect = float(y.mean() - other.mean())
    if shares:
        low, high, p = (float(x) for x in newcombe(y.sum(), n, other.sum(), m)[1:])
    else:
        a, b = y.var(ddof=1) / n, other.var(ddof=1) / m
        free = (a + b) ** 2 / (a**2 / (n - 1) + b**2 / (m - 1)) if a + b > 0 else n + m - 2
        half = float(stdtrit(free, 0.975) * np.sqrt(a + b))
        low, high = effect - half, effect + half
        p = float(2 * stdtr(free, -abs(effect) / np.sqrt(a + b))) if a + b > 0 else 1.0
    ends = {"always_low": float(seen.low[-1]), "always_high": float(seen.high[-1])}
    return row | {"value": effect, "low": low, "high": high, "p": p, "p_always": float(seen.p[-1])} | ends


def _verdict(seen: Looks, expect: float | None) -> str:
    if seen.low[-1] > 0:
        return "better"
    if seen.high[-1] < 0:
        return "worse"
    if expect is not None and -expect < seen.low[-1] and seen.high[-1] < expect:
        return "no such difference"
    return "go on"


def _days(made: Trial, seen: Looks, zone: str) -> list[dict[str, Any]]:
    """Return what one would have seen at the end of each day."""
    day = made.known // DAY
    last = np.flatnonzero(np.append(day[1:] != day[:-1], True))
    return [
        {
            "day": moment_day(int(made.known[i]), zone), "n": i + 1, "effect": float(seen.effect[i]),
            "low": float(seen.low[i]), "high": float(seen.high[i]), "p": float(seen.p[i]),
        }
        for i in last.tolist() if np.isfinite(seen.low[i])
    ]  # fmt: skip


def _table(rows: list[dict[str, Any]], hide: Bools) -> pa.Table:
    def numbers(name: str) -> pa.Array:
        return column(np.array([row.get(name, np.nan) for row in rows], dtype=np.float64), hide)

    n = pa.array([row["n"] for row in rows], pa.int64())
    return pa.table(
        {
            **{name: pa.array([row[name] for row in rows], pa.string()) for name in ("role", "name")},
            "n": n,
            "customers": n,
            **{name: numbers(name) for name in ("value", "low", "high", "always_low", "always_high", "p", "p_always")},
            "hidden": pa.array(hide),
            "low_n": pa.array([row["n"] < LOW_N for row in rows], pa.bool_()),
        }
    )
