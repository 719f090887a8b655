"""Who did something, and then, for a time, not something else: the moments at which a rule on journeys is due.

A rule reads "when a customer on stage S does X, after D, unless they do Y". It is due at t + D for each X at t, if no Y
follows within (t, t + D] and the customer holds S at t + D. One X after another starts anew.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from touchline.errors import QuestionError, unknown
from touchline.warehouse.index.journeys import Bools, Ints, Journeys
from touchline.words import phrase

#: Names of feelings, and the sign of each.
FEELINGS = {"negative": -1, "neutral": 0, "positive": 1}


@dataclass(frozen=True, slots=True)
class Happening:
    """What a customer does or says; what is empty may be anything, what is given must all hold.

    Several names are parted by ``|``: ``signed_up|account_created`` is either.

    Attributes:
        event: The event's name.
        kind: Of the interaction: ``survey``, ``ticket``, ``order`` ...
        touchpoint: Where.
        channel: Through which medium.
        stage: The stage that the words or scores speak of.
        theme: The theme of the words.
        feels: ``negative``, ``neutral`` or ``positive``.
    """

    event: str = ""
    kind: str = ""
    touchpoint: str = ""
    channel: str = ""
    stage: str = ""
    theme: str = ""
    feels: str = ""

    def __post_init__(self) -> None:
        if self.feels and self.feels not in FEELINGS:
            raise unknown("feeling", self.feels, FEELINGS)

    @property
    def anything(self) -> bool:
        """Whether nothing is asked for."""
        return self == Happening()

    def rows(self, journeys: Journeys) -> Bools:
        """Return which rows it is, shape (rows,)."""
        found = np.ones(len(journeys), dtype=np.bool_)
        asked = {
            "event": self.event, "kind": self.kind, "touchpoint": self.touchpoint, "channel": self.channel,
            "about": self.stage, "theme": self.theme,
        }  # fmt: skip
        for name, value in asked.items():
            if value:
                coded = journeys.coded(name)
                wanted = {one.strip() for one in value.split("|")}
                found &= np.isin(coded.codes, [code for code, one in enumerate(coded.names) if one in wanted])
        if self.feels:
            found &= np.asarray(journeys.numbers("s")) == FEELINGS[self.feels]
        return found


@dataclass(frozen=True, slots=True)
class Rule:
    """When something is due.

    Attributes:
        does: What starts the wait.
        after: The wait, in microseconds.
        unless: What ends it; None: nothing does.
        at: The progress stage that the customer must hold at its end; empty for any.
    """

    does: Happening
    after: int = 0
    unless: Happening | None = None
    at: str = ""

    def __post_init__(self) -> None:
        if self.after < 0:
            raise QuestionError(phrase("a wait is not negative"), where="after", todo=phrase("give 0 or more"))


@dataclass(frozen=True, slots=True)
class Due:
    """What is due, in order of time.

    Attributes:
        customers: Keys, shape (n,).
        since: When each wait began, microseconds UTC, shape (n,).
        at: When it was over, shape (n,).
    """

    customers: Ints
    since: Ints
    at: Ints


def due(journeys: Journeys, rule: Rule, since: int, until: int) -> Due:
    """Return what became due in a time.

    Args:
        journeys: Whose.
        rule: What.
        since: Due after this moment, microseconds UTC.
        until: And not after this one.

    >>> from touchline.vocabulary.coded import Coded
    >>> from touchline.warehouse.index.journeys import Columns
    >>> event = Coded(np.array([0, 1, 0], dtype=np.int8), ("signed_up", "logged_in"))
    >>> keys, starts, at = np.array([7, 9]), np.array([0, 2, 3]), np.array([0, 5, 3])
    >>> one = Journeys(keys, starts, at, Columns.of({"event": event}), (0, 20))
    >>> rule = Rule(Happening(event="signed_up"), after=10, unless=Happening(event="logged_in"))
    >>> due(one, rule, 0, 20).customers.tolist()
    [9]
    """
    at = np.asarray(journeys.at)
    began = np.flatnonzero(rule.does.rows(journeys) & (at + rule.after > since) & (at + rule.after <= until))
    owner = journeys.owner[began]
    last = _last(journeys, began, at[began] + rule.after)
    kept = np.ones(len(began), dtype=np.bool_)
    if rule.unless is not None:
        before = np.concatenate(([0], np.cumsum(rule.unless.rows(journeys))))
        kept &= before[last + 1] == before[_last(journeys, began, at[began]) + 1]
    if rule.at:
        held = journeys.coded("stage")
        code = held.names.index(rule.at) if rule.at in held.names else None
        kept &= (held.codes[last] == code) if code is not None else False
    began, owner = began[kept], owner[kept]
    order = np.lexsort((journeys.keys[owner], at[began]))
    began, owner = began[order], owner[order]
    return Due(np.asarray(journeys.keys)[owner], at[began], at[began] + rule.after)


def _last(journeys: Journeys, rows: Ints, until: Ints) -> Ints:
    """Return the last row of each row's customer that is not after a moment; ``until`` is not before the row's own."""
    at, ends = np.asarray(journeys.at), np.asarray(journeys.starts)[journeys.owner[rows] + 1]
    low, high = rows.astype(np.int64), ends.astype(np.int64)  # the answer is in [low, high)
    while np.any(high - low > 1):
        middle = (low + high) // 2
        fits = at[np.minimum(middle, len(at) - 1)] <= until
        wide = high - low > 1
        low, high = np.where(wide & fits, middle, low), np.where(wide & ~fits, middle, high)
    return low
