"""Who was lost and who stayed: by a contract's end, or by inactivity.

By contract, a *decision* is a renewal, a cancellation, or an end that passed with neither. The end is the one that an
attribute states, else the last start or renewal plus the term; a renewal within the grace after it still counts. What
ends later than the data, grace included, is open. By inactivity, a customer is lost at the moment at which the days
without an active step are full; one who comes back later was lost all the same, and may be lost again.

An *example* is a customer at a moment, from which the outcome is foretold: the lead before a decision; or, by
inactivity, moments spaced by the look-ahead, each with those not lost then. Nothing after the moment is looked at but
the outcome.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from touchline.errors import QuestionError
from touchline.value.basis import CANCELS, RENEWALS, Basis
from touchline.value.voices import DAY, until
from touchline.warehouse.index.journeys import Bools, Floats, Ints
from touchline.words import Number, phrase

How = Literal["contract", "inactivity"]


@dataclass(frozen=True)
class Outcomes:
    """What became of customers, sorted by customer and time; one entry per decision or loss.

    Attributes:
        how: ``contract`` or ``inactivity``.
        owner: The customer's number.
        due: When it was due: the contract's end or the decision where that came first; the loss.
        lost: Was the customer lost?
        known: When that was known.
        ends: Per customer when the running contract ends, 0 without one; by inactivity when it would be lost; -1 lost.
    """

    how: How
    owner: Ints
    due: Ints
    lost: Bools
    known: Ints
    ends: Ints

    def __len__(self) -> int:
        """Return the number of outcomes."""
        return len(self.owner)


@dataclass(frozen=True)
class Examples:
    """Customers at moments, and what became of them; sorted by moment and customer.

    Attributes:
        owner: The customer's number.
        moment: The moment, microseconds.
        lost: Was the customer lost?
        known: When that was known.
        early: How many were left out, as their customer had no history at the moment.
    """

    owner: Ints
    moment: Ints
    lost: Bools
    known: Ints
    early: int = 0

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.owner)

    def of(self, rows: Bools | Ints) -> Examples:
        """Return some of them."""
        return Examples(self.owner[rows], self.moment[rows], self.lost[rows], self.known[rows])

    def latest(self) -> Ints:
        """Return the places of each customer's latest, ascending."""
        order = np.lexsort((self.moment, self.owner))
        owner = self.owner[order]
        ends = np.append(owner[1:] != owner[:-1], True) if len(order) else np.zeros(0, np.bool_)
        return np.sort(order[ends])


def how(basis: Basis) -> How:
    """Return how customers are lost here: as ``[value]`` says, else by which events there are."""
    if basis.value.churn != "auto":
        return basis.value.churn
    if basis.value.contract_end or basis.value.renewal or basis.value.cancel:
        return "contract"
    either = basis.usual("", RENEWALS).any() or basis.usual("", CANCELS).any()
    return "contract" if either else "inactivity"


def said(basis: Basis, way: How) -> str:
    """Return the definition in words."""
    value = basis.value
    if way == "contract":
        return phrase(
            "Lost: a contract that was cancelled, or ended without a renewal within {grace} days{term}",
            grace=Number(f"{value.grace:g}"),
            term="" if value.contract_end else phrase(" (a term is {term} days)", term=Number(f"{value.term:g}")),
        )
    return phrase(
        "Lost: {inactive} days without {active}",
        inactive=Number(f"{value.inactive:g}"),
        active=value.active or phrase("buying"),
    )


def outcomes(basis: Basis) -> Outcomes:
    """Find what became of customers.

    Raises:
        QuestionError: By contract, but nothing says when one ends.
    """
    return _by_contract(basis) if how(basis) == "contract" else _by_inactivity(basis)


def _by_contract(basis: Basis) -> Outcomes:
    journeys, value = basis.journeys, basis.value
    renewals = np.flatnonzero(basis.usual(value.renewal, RENEWALS))
    cancels = np.flatnonzero(basis.usual(value.cancel, CANCELS))
    begins = np.flatnonzero(basis.rows(value.start)) if value.start else np.zeros(0, np.int64)
    if not (len(renewals) + len(cancels) + len(begins) + len(basis.ends.owner)):
        raise QuestionError(
            phrase("nothing says when a contract ends"),
            where="[value]",
            todo=phrase("name renewal, cancel or contract_end, or set churn to inactivity"),
        )
    term, grace = int(value.term * DAY), int(value.grace * DAY)
    if len(basis.ends.owner):  # what is stated goes before what the term says
        renewals = begins = np.zeros(0, np.int64)
    owner = np.concatenate([journeys.owner[np.concatenate([renewals, cancels, begins])], basis.ends.owner])
    at = np.concatenate([journeys.at[np.concatenate([renewals, cancels, begins])], basis.ends.since])
    kind = np.repeat([0, 1, 2, 2], [len(renewals), len(cancels), len(begins), len(basis.ends.owner)])
    end = np.concatenate([at[: len(at) - len(basis.ends.owner)] + term, basis.ends.end])
    order = np.lexsort((kind, at, owner))
    owner, at, kind, end = owner[order].astype(np.int64), at[order], kind[order], end[order]
    same = np.zeros(len(owner), dtype=np.bool_)  # has the customer an entry before this one?
    same[1:] = owner[1:] == owner[:-1]
    before = np.concatenate([[0], end[:-1]])
    after_cancel = same & np.concatenate([[False], kind[:-1] == 1])
    runs = same & ~after_cancel & (at <= before + grace)
    came_back = same & ~after_cancel & ~runs  # the contract had lapsed: a new one, no decision on the old
    renewed = ((kind == 0) & ~came_back & ~after_cancel) | ((kind == 2) & runs & (end > before))
    cancelled = (kind == 1) & ~after_cancel & ~came_back
    due = np.where(runs, np.minimum(before, at), at)
    followed = np.append(same[1:], False) & (np.append(at[1:], 0) <= end + grace)
    lapsed = (kind != 1) & ~followed & (end + grace <= basis.end)
    parts = [np.flatnonzero(renewed), np.flatnonzero(cancelled), np.flatnonzero(lapsed)]
    rows, sizes = np.concatenate(parts), [len(part) for part in parts]
    lost, passed = np.repeat([False, True, True], sizes), np.repeat([False, False, True], sizes)
    known = np.where(passed, end[rows] + grace, at[rows])
    due = np.where(passed, end[rows], due[rows])
    ends = np.zeros(journeys.customers, dtype=np.int64)
    last = np.append(~same[1:], True) if len(owner) else np.zeros(0, np.bool_)
    ends[owner[last]] = np.where((kind[last] == 1) | lapsed[last], -1, end[last])
    order = np.lexsort((due, owner[rows]))
    return Outcomes("contract", owner[rows][order], due[order], lost[order], known[order], ends)


def _by_inactivity(basis: Basis) -> Outcomes:
    journeys = basis.journeys
    span = int(basis.value.inactive * DAY)
    rows = np.flatnonzero(basis.active)
    owner, at = journeys.owner[rows].astype(np.int64), journeys.at[rows]
    same = np.append(owner[1:] == owner[:-1], False) if len(rows) else np.zeros(0, np.bool_)
    following = np.where(same, np.append(at[1:], 0), basis.end + 1)
    lost = at + span < following
    ends = np.zeros(journeys.customers, dtype=np.int64)
    ends[owner[~same]] = np.where(lost[~same], -1, at[~same] + span)
    moment = at[lost] + span
    return Outcomes("inactivity", owner[lost], moment, np.ones(int(lost.sum()), np.bool_), moment, ends)


def examples(basis: Basis, found: Outcomes) -> Examples:
    """Return the examples that outcomes make, in the period that counts."""
    made = _decided(basis, found) if found.how == "contract" else _watched(basis, found)
    history = until(basis.journeys.starts, basis.journeys.at, made.owner, made.moment)
    there = history > basis.journeys.starts[made.owner]
    kept = there & basis.within(made.moment)
    rows = np.flatnonzero(kept)
    rows = rows[np.lexsort((made.owner[rows], made.moment[rows]))]
    early = int((~there).sum())
    return Examples(made.owner[rows], made.moment[rows], made.lost[rows], made.known[rows], early)


def _decided(basis: Basis, found: Outcomes) -> Examples:
    return Examples(found.owner, found.due - int(basis.value.lead * DAY), found.lost, found.known)


def _watched(basis: Basis, found: Outcomes) -> Examples:
    """Customers not lost at moments spaced by the look-ahead, and whether they were before the next."""
    ahead, span = int(basis.value.ahead * DAY), int(basis.value.inactive * DAY)
    begin, end = basis.journeys.observed
    moments = np.arange(end - ahead, begin, -ahead)[::-1]
    rows = np.flatnonzero(basis.active)
    at = basis.journeys.at[rows]
    starts = np.searchsorted(rows, basis.journeys.starts)
    everyone = np.arange(basis.journeys.customers)
    parts: list[tuple[Ints, Ints, Bools]] = []
    for moment in moments.tolist():
        stop = until(starts, at, everyone, np.full(len(everyone), moment))
        there = np.flatnonzero(stop > starts[:-1])
        last = at[stop[there] - 1]
        there = there[last + span > moment]
        lost = _first_loss(found, there, moment) <= moment + ahead
        parts.append((there, np.full(len(there), moment), lost))
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return Examples(none, none, np.zeros(0, np.bool_), none)
    owner, moment_of, lost_of = (np.concatenate([part[i] for part in parts]) for i in range(3))
    return Examples(owner, moment_of, lost_of.astype(np.bool_), moment_of + ahead)


def _first_loss(found: Outcomes, owner: Ints, moment: int) -> Ints:
    """Return when each customer is next lost after a moment; far away where never."""
    starts = np.searchsorted(found.owner, np.arange(int(owner.max(initial=0)) + 2))
    place = until(starts, found.due, owner, np.full(len(owner), moment))
    there = place < starts[owner + 1]
    far = np.iinfo(np.int64).max
    if not len(found.due):
        return np.full(len(owner), far)
    out: Ints = np.where(there, found.due[np.where(there, place, 0)], far)
    return out


def current(basis: Basis, found: Outcomes) -> tuple[Ints, Floats]:
    """Return the customers who are there now, and how often within the horizon their staying is decided.

    By contract, whose end is known and has not passed; the times are the ends within the horizon. By inactivity, who
    are not lost; the times are look-aheads within the horizon.
    """
    owner = np.flatnonzero(found.ends > 0)
    if found.how == "inactivity":
        return owner, np.full(len(owner), basis.value.horizon / basis.value.ahead)
    horizon, term = int(basis.value.horizon * DAY), int(basis.value.term * DAY)
    left = basis.end + horizon - np.maximum(found.ends[owner], basis.end)
    times = np.where(left >= 0, 1 + left // term, 0)
    return owner, times.astype(np.float64)
