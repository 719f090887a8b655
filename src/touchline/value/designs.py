"""What may drive an outcome, as columns of numbers: of single touches, or of customers at moments."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from touchline.errors import QuestionError
from touchline.scores.base import LOW_N
from touchline.scores.touched import Touched
from touchline.value.basis import Basis
from touchline.value.features import HALF_YEAR, since_active
from touchline.value.outcomes import Examples, examples, outcomes, said
from touchline.value.voices import DAY, ragged, until
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.warehouse.index.journeys import Bools, Floats, Ints
from touchline.words import phrase

#: Fewest rows, and fewest with and without the outcome, that drivers are told from.
_ENOUGH: Final = (100, 20)


@dataclass(frozen=True)
class Driver:
    """A column. ``kind`` is theme, stage, channel, effort, resolution, waiting, or other; ``side`` bad or good."""

    kind: str
    value: str
    side: str = ""


@dataclass(frozen=True)
class Design:
    """Rows of numbers and what came out.

    Attributes:
        drivers: What the columns are.
        x: Shape (n, columns).
        there: What each column is about of these rows, shape (n, columns).
        outcome: What came out, shape (n,).
        keys: Customer keys, shape (n,).
        what: The outcome in words.
        facts: More of it.
    """

    drivers: tuple[Driver, ...]
    x: Floats
    there: Bools
    outcome: Bools
    keys: Ints
    what: str
    facts: dict[str, object] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.outcome)

    def enough(self) -> Design:
        """Return the columns that 30 customers or more speak of.

        Raises:
            QuestionError: Too little is known.
        """
        rows, least = len(self.outcome), int(min(self.outcome.sum(), (~self.outcome).sum()))
        if rows < _ENOUGH[0] or least < _ENOUGH[1]:
            raise QuestionError(
                phrase(
                    "too little is known to tell drivers from: {rows} outcomes, {sum} of them bad",
                    rows=rows,
                    sum=int(self.outcome.sum()),
                ),
                todo=phrase(
                    "it takes {enough}, with {enough2} of each kind; ask of a longer time or more segments",
                    enough=_ENOUGH[0],
                    enough2=_ENOUGH[1],
                ),
            )
        order = np.argsort(self.keys, kind="stable")
        new = np.append(True, np.diff(self.keys[order]) != 0)
        people = np.add.reduceat(self.there[order], np.flatnonzero(new), axis=0, dtype=np.int64) > 0
        varies = self.x.std(axis=0) > 0
        kept = (people.sum(axis=0) >= LOW_N) & varies
        drivers = tuple(d for d, keep in zip(self.drivers, kept, strict=True) if keep)
        return replace(self, drivers=drivers, x=self.x[:, kept], there=self.there[:, kept])


def of_score(data: Touched) -> Design:
    """Return what may drive a bad score: one row per touch, bad where s is -1.

    Themes count whatever the feeling with which they were raised.
    """
    drivers: list[Driver] = []
    columns: list[Bools | Floats] = []
    there: list[Bools] = []

    def add(kind: str, value: str, column: Bools | Floats, known: Bools | None = None) -> None:
        drivers.append(Driver(kind, value))
        columns.append(column)
        there.append(column != 0 if known is None else known)

    for code, name in enumerate(data.theme.names):
        add("theme", name, data.carries(code))
    for kind in ("stage", "channel"):
        coded = data.columns[kind]
        for code, name in enumerate(coded.names):
            if name != UNASSIGNED:
                add(kind, name, coded.codes == code)
    for kind, value in (
        ("effort", "high"),
        ("effort", "low"),
        ("resolution", "unresolved"),
        ("resolution", "resolved"),
    ):
        coded = data.columns[kind]
        add(kind, value, coded.codes == (coded.names.index(value) if value in coded.names else -2))
    known = np.isfinite(data.waited)
    add("waiting", "hours", np.where(known, np.log1p(np.nan_to_num(data.waited)), 0.0), known)
    add("waiting", "was answered", known)
    return Design(
        tuple(drivers), np.column_stack(columns).astype(np.float64), np.column_stack(there), data.s < 0, data.customer,
        phrase("a bad score: a touch of sentiment -1"),
    )  # fmt: skip


@dataclass(frozen=True)
class Past:
    """Touches of the half year before moments: for each pair the example and the touch."""

    example: Ints
    touch: Ints


def past(data: Touched, basis: Basis, made: Examples) -> Past:
    """Return the touches of each example's customer in the half year before its moment."""
    keys = basis.journeys.keys
    owner = np.searchsorted(keys, data.customer)
    known = owner < len(keys)
    known[known] = keys[owner[known]] == data.customer[known]
    order = np.lexsort((data.conversation, data.at, owner))
    order = order[known[order]]
    at = data.at[order]
    starts = np.searchsorted(owner[order], np.arange(len(keys) + 1)).astype(np.int64)
    end = until(starts, at, made.owner, made.moment)
    begin = until(starts, at, made.owner, made.moment - HALF_YEAR)
    example, row = ragged(begin, end - begin)
    return Past(example.astype(np.int64), order[row])


def of_churn(data: Touched, basis: Basis, *, sides: str = "") -> Design:
    """Return what may drive losing a customer: one row per customer and moment, from the half year before.

    Stages and themes are the mean feeling there (0 where nothing was said); with ``sides`` they are told apart as bad
    and good experiences of each value of that column. What else tells who stays (days since active, tenure, how much
    was said) is held fixed.

    Args:
        data: Touches with themes of all mentions.
        basis: The customers.
        sides: A column of the touches whose values are split into bad and good: ``stage``, ``touchpoint``.

    Raises:
        QuestionError: Nothing says when a customer is lost.
    """
    found = outcomes(basis)
    made = examples(basis, found)
    before = past(data, basis, made)
    many = len(made)
    drivers: list[Driver] = []
    columns: list[Floats] = []
    there: list[Bools] = []

    def count(mask: Bools | None = None) -> Floats:
        chosen = slice(None) if mask is None else mask[before.touch]
        return np.bincount(before.example[chosen], minlength=many).astype(np.float64)

    def add(kind: str, value: str, column: Floats, known: Bools, side: str = "") -> None:
        drivers.append(Driver(kind, value, side))
        columns.append(column)
        there.append(known)

    def felt(kind: str, value: str, mask: Bools) -> None:
        spoke = count(mask)
        total = count(mask & (data.s > 0)) - count(mask & (data.s < 0))
        add(kind, value, np.divide(total, spoke, out=np.zeros(many), where=spoke > 0), spoke > 0)

    def presence(kind: str, value: str, mask: Bools) -> None:
        spoke = count(mask)
        add(kind, value, (spoke > 0).astype(np.float64), spoke > 0)

    if sides:
        coded = data.columns[sides]
        for code, name in enumerate(coded.names):
            if name == UNASSIGNED:
                continue
            for side, mask in (("bad", data.s < 0), ("good", data.s > 0)):
                own = count((coded.codes == code) & mask)
                add(sides, name, (own > 0).astype(np.float64), own > 0, side)
    else:
        stage = data.columns["stage"]
        for code, name in enumerate(stage.names):
            if name != UNASSIGNED:
                felt("stage", name, stage.codes == code)
        for code, name in enumerate(data.theme.names):
            felt("theme", name, data.carries(code))
    channel = data.columns["channel"]
    for code, name in enumerate(channel.names):
        presence("channel", name, channel.codes == code)
    for kind, value in (("effort", "high"), ("resolution", "unresolved")):
        coded = data.columns[kind]
        presence(kind, value, coded.codes == (coded.names.index(value) if value in coded.names else -2))
    known = np.isfinite(data.waited)
    waited = count(known)
    pairs = known[before.touch]
    hours = np.bincount(before.example[pairs], data.waited[before.touch[pairs]], many)
    mean = np.divide(hours, waited, out=np.zeros(many), where=waited > 0)
    add("waiting", "hours", np.log1p(mean), waited > 0)
    everyone = np.ones(many, dtype=np.bool_)
    add("other", "comments", np.log1p(count()), everyone)
    if many:
        journeys = basis.journeys
        end = until(journeys.starts, journeys.at, made.owner, made.moment)
        add("other", "days since active", np.log1p(since_active(basis, made.owner, made.moment, end)), everyone)
        add("other", "tenure", np.log1p((made.moment - journeys.at[journeys.starts[made.owner]]) / DAY), everyone)
    return Design(
        tuple(drivers), np.column_stack(columns), np.column_stack(there), made.lost, basis.journeys.keys[made.owner],
        phrase("losing a customer. {said}", said=said(basis, found.how)), {"how": found.how},
    )  # fmt: skip
