"""What customers said, as arrays beside their journeys; and how each stood at any moment.

The standing JSI is that of `touchline.scores.standing`, asked of many customers at many moments at once: over the
touches up to the moment t, ``w_i = weight_i * 2^(-(t - t_i)/H)`` and ``JSI = 50 (1 + sum(w s) / (sum(w) + 1))``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from touchline.scores.intervals import PRIOR
from touchline.scores.standing import AT_RISK, ENOUGH, HEALTHY, SEVERE
from touchline.vocabulary.coded import Coded
from touchline.warehouse.index.journeys import NO_SIGN, Bools, Floats, Ints, Journeys

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.warehouse.base import Warehouse

DAY: Final = 86_400_000_000
TREND: Final = 28 * DAY
BANDS: Final = ("at risk", "watch", "healthy", "no data")
_PAIRS: Final = 4_000_000  # pairs of a moment and a touch at a time


@dataclass(frozen=True)
class Voices:
    """Touches of journeys' customers, sorted by customer and time.

    Attributes:
        starts: Where each customer's touches begin, and their number, shape (customers + 1,).
        at: Microseconds, shape (touches,).
        s: -1, 0 or +1.
        weight: Severity times role times confidence.
        severity: 0.5, 1, 2 or 3.
        hard: Did it tell of high effort?
        unresolved: Did it tell of something unresolved?
        theme: The theme; code -1 for none.
        stage: The stage that it speaks of; code -1 for none.
        conversation: Key of the conversation; with the stage it names the touch. The row's number without one.
    """

    starts: Ints
    at: Ints
    s: Floats
    weight: Floats
    severity: Floats
    hard: Bools
    unresolved: Bools
    theme: Coded
    stage: Coded
    conversation: Ints

    def __len__(self) -> int:
        """Return the number of touches."""
        return len(self.at)

    def of(self, customers: Bools) -> Voices:
        """Return the touches of some customers.

        Args:
            customers: Shape (customers,).
        """
        rows = np.repeat(customers, np.diff(self.starts))
        lengths = np.diff(self.starts)[customers]
        return Voices(
            np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64),
            self.at[rows], self.s[rows], self.weight[rows], self.severity[rows], self.hard[rows],
            self.unresolved[rows], Coded(self.theme.codes[rows], self.theme.names),
            Coded(self.stage.codes[rows], self.stage.names), self.conversation[rows],
        )  # fmt: skip


@dataclass(frozen=True)
class Standings:
    """How customers stood at moments, one entry per pair.

    Attributes:
        n: Touches by then.
        jsi: 0 to 100; NaN without a touch.
        trend: JSI less that of 28 days before; NaN without a touch by then.
        n_eff: ``(sum w)^2 / sum(w^2)``.
        band: Place in `BANDS`.
    """

    n: Ints
    jsi: Floats
    trend: Floats
    n_eff: Floats
    band: Ints


def voices_of(journeys: Journeys) -> Voices:
    """Return the signed rows of journeys as touches: for tables without a workspace.

    Args:
        journeys: Rows with ``s`` count, weighed by ``weight`` where there is one; ``theme``, ``severity``, ``effort``
            (``high``) and ``resolution`` (``unresolved``) are read where they are there.
    """
    if "s" not in journeys.columns:
        return _none(journeys.customers)
    raw = np.asarray(journeys.numbers("s"), dtype=np.float64)
    rows = np.flatnonzero(~np.isnan(raw) & (raw != NO_SIGN))
    before = np.zeros(len(journeys) + 1, dtype=np.int64)
    before[rows + 1] = 1
    s = raw[rows]

    def number(name: str) -> Floats:
        if name not in journeys.columns:
            return np.ones(len(rows))
        found = np.asarray(journeys.numbers(name), dtype=np.float64)[rows]
        return np.where(np.isnan(found), 1.0, found)

    severity = number("severity")
    about = next((name for name in ("about", "stage") if name in journeys.columns), None)
    return Voices(
        np.cumsum(before)[journeys.starts],
        journeys.at[rows],
        s,
        number("weight") * (severity if "weight" not in journeys.columns else 1.0),
        severity,
        _says(journeys, "effort", "high", rows),
        _says(journeys, "resolution", "unresolved", rows),
        journeys.coded("theme").take(rows) if "theme" in journeys.columns else Coded(np.full(len(rows), -1), ()),
        journeys.coded(about).take(rows) if about else Coded(np.full(len(rows), -1), ()),
        rows.astype(np.int64),
    )


def _says(journeys: Journeys, column: str, name: str, rows: Ints) -> Bools:
    if column not in journeys.columns or name not in (coded := journeys.coded(column)).names:
        return np.zeros(len(rows), dtype=np.bool_)
    found: Bools = coded.codes[rows] == coded.names.index(name)
    return found


def _none(customers: int) -> Voices:
    nothing, never = np.zeros(0), np.zeros(0, dtype=np.bool_)
    none = np.zeros(0, dtype=np.int64)
    unnamed = Coded(none, ())
    starts = np.zeros(customers + 1, np.int64)
    return Voices(starts, none, nothing, nothing, nothing, never, never, unnamed, unnamed, none)


def voices_from(warehouse: Warehouse, journeys: Journeys) -> Voices:
    """Return the touches of a workspace's identified customers."""

    def build() -> ir.Table:
        touches = warehouse.table("touches")
        told = touches.filter(touches.identified)
        return told.select(
            "customer_key", "occurred_at", "s", "weight", "severity", "theme", "conversation_key", "stage",
            hard=(told.effort == "high").fill_null(False),
            unresolved=(told.resolution == "unresolved").fill_null(False),
        )  # fmt: skip

    table = warehouse.ask(("value", "voices"), build)
    keys = table["customer_key"].to_numpy()
    owner = np.searchsorted(journeys.keys, keys)
    there = owner < journeys.customers
    there[there] = journeys.keys[owner[there]] == keys[there]
    at = table["occurred_at"].cast("int64").to_numpy()
    stage = Coded.of(table["stage"])
    rank = np.argsort(np.argsort(np.array(stage.names, dtype=object))) if stage.names else np.zeros(1, np.int64)
    tie = (rank[stage.codes], table["conversation_key"].to_numpy())  # equal times: the same order in every run
    order = np.lexsort((*tie, at, owner))
    order = order[there[order]]

    def floats(name: str) -> Floats:
        found: Floats = table[name].to_numpy().astype(np.float64)[order]
        return found

    return Voices(
        np.searchsorted(owner[order], np.arange(journeys.customers + 1)).astype(np.int64),
        at[order], floats("s"), floats("weight"), floats("severity"),
        table["hard"].to_numpy()[order], table["unresolved"].to_numpy()[order], Coded.of(table["theme"]).take(order),
        stage.take(order), table["conversation_key"].to_numpy().astype(np.int64)[order],
    )  # fmt: skip


def until(starts: Ints, at: Ints, owner: Ints, moment: Ints) -> Ints:
    """Return how far a customer's rows go up to a moment: one past the last row at or before it.

    Args:
        starts: Where each customer's rows begin, and their number, shape (customers + 1,).
        at: Of each row, ascending within a customer.
        owner: Customers asked for, shape (n,).
        moment: Moments asked for, shape (n,).

    >>> until(np.array([0, 2, 3]), np.array([5, 7, 6]), np.array([0, 0, 1]), np.array([4, 5, 9])).tolist()
    [0, 1, 3]
    """
    low, high = starts[owner].astype(np.int64), starts[owner + 1].astype(np.int64)
    while (open_ := low < high).any():
        middle = (low + high) // 2
        before = open_ & (at[np.where(open_, middle, 0)] <= moment)
        low = np.where(before, middle + 1, low)
        high = np.where(open_ & ~before, middle, high)
    return low


def standings(
    voices: Voices,
    owner: Ints,
    moment: Ints,
    *,
    half_life: float = 30.0,
    at_risk: float = AT_RISK,
    healthy: float = HEALTHY,
) -> Standings:
    """Return how customers stood at moments.

    Args:
        voices: What was said.
        owner: Customers asked for, shape (n,).
        moment: Moments asked for, microseconds, shape (n,).
        half_life: In days.
        at_risk: Below it a standing is at risk, where enough speaks for it.
        healthy: From it on it is healthy.
    """
    end = until(voices.starts, voices.at, owner, moment)
    n = end - voices.starts[owner]
    w, ws, ww, severe = _decayed(voices, owner, moment, n, half_life)
    then = until(voices.starts, voices.at, owner, moment - TREND) - voices.starts[owner]
    w0, ws0, _, _ = _decayed(voices, owner, moment - TREND, then, half_life)
    jsi = 50 * (1 + ws / (w + PRIOR))
    trend = np.where(then > 0, jsi - 50 * (1 + ws0 / (w0 + PRIOR)), np.nan)
    n_eff = np.divide(w**2, ww, out=np.zeros_like(w), where=ww > 0)
    band = np.where(jsi >= healthy, 2, 1)
    band = np.where(((jsi < at_risk) & (n_eff >= ENOUGH)) | (severe > 0), 0, band)
    return Standings(n, np.where(n > 0, jsi, np.nan), trend, n_eff, np.where(n > 0, band, 3))


def _decayed(
    voices: Voices, owner: Ints, moment: Ints, n: Ints, half_life: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return sum(w), sum(w s), sum(w^2) and the number still severe, of the first n touches of each customer."""
    out = np.zeros((4, len(owner)))
    edges = np.concatenate([[0], np.cumsum(n)])
    begin = 0
    while begin < len(owner):
        end = max(begin + 1, int(np.searchsorted(edges, edges[begin] + _PAIRS, side="right")) - 1)
        span = slice(begin, end)
        pair, row = ragged(voices.starts[owner[span]], n[span])
        decay = np.exp2(-(moment[span][pair] - voices.at[row]) / (half_life * DAY))
        w, s = decay * voices.weight[row], voices.s[row]
        still = (s < 0) & (voices.severity[row] >= SEVERE) & (decay * voices.severity[row] >= 1)
        for place, number in enumerate((w, w * s, w * w, still.astype(np.float64))):
            out[place, span] = np.bincount(pair, number, end - begin)
        begin = end
    return out[0], out[1], out[2], out[3]


def ragged(first: Ints, n: Ints) -> tuple[Ints, Ints]:
    """Return, for runs of n rows from ``first`` on, the run and the row of each.

    >>> [part.tolist() for part in ragged(np.array([4, 9]), np.array([2, 1]))]
    [[0, 0, 1], [4, 5, 9]]
    """
    run = np.repeat(np.arange(len(n)), n)
    before = np.cumsum(n) - n
    return run, first[run] + np.arange(len(run)) - before[run]
