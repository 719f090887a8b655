"""What is counted: customers, accounts, or sessions; journeys grouped anew, and rows by a segment."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

import numpy as np

from touchline.errors import QuestionError, unknown
from touchline.vocabulary.coded import Coded
from touchline.warehouse.index.journeys import Columns, Ints, Journeys, narrow
from touchline.words import phrase

Unit = Literal["customer", "account", "session"]
UNITS: Final[tuple[Unit, ...]] = ("customer", "account", "session")

#: The column that holds each row's customer key in journeys of accounts.
CUSTOMER: Final = "customer key"
#: What the rows without a value of a segment are called.
NONE: Final = "(none)"
_PATH: Final = ("no", "yes")


def by_account(journeys: Journeys) -> Journeys:
    """Return what each account did, over all of its people, in order; rows without an account are left out.

    The keys are those of accounts; the column `CUSTOMER` says whose row each is.

    Raises:
        QuestionError: There is no column ``account``.
    """
    if "account" not in journeys.columns:
        raise unknown("column", "account", sorted(journeys.columns))
    column = journeys.columns["account"]
    account: Ints = (column.codes.astype(np.int64) + 1) if isinstance(column, Coded) else column.astype(np.int64)
    order = np.lexsort((journeys.at, account))
    order = order[account[order] != 0]
    keys, begin = np.unique(account[order], return_index=True)
    makers = {name: lambda name=name: journeys.columns[name] for name in journeys.columns}
    columns = Columns(makers | {CUSTOMER: lambda: journeys.keys[journeys.owner]})
    return replace(
        journeys,
        keys=keys,
        starts=np.append(begin, len(order)).astype(np.int64),
        at=journeys.at[order],
        columns=columns.changed(lambda c: Coded(c.codes[order], c.names) if isinstance(c, Coded) else c[order]),
        names=(),
    )


def by_session(journeys: Journeys, gap: int) -> Journeys:
    """Return sessions as journeys of their own: a customer's rows, cut where they paused.

    Keys stay those of customers, and are no longer distinct.

    Args:
        journeys: Whole customers.
        gap: A longer pause than this many microseconds begins a session.
    """
    new = journeys.first.copy()
    new[1:] |= np.diff(journeys.at) > gap
    begin = np.flatnonzero(new)
    return replace(
        journeys,
        keys=journeys.keys[journeys.owner[begin]],
        starts=np.append(begin, len(journeys)).astype(np.int64),
        names=(),
    )


def segment_of(journeys: Journeys, by: str) -> Coded:
    """Return each row's value of what figures are split by.

    Args:
        journeys: Where to look.
        by: ``segment:NAME``, a segment's name, or any column of names; ``path:PATTERN`` splits customers into those
            whose journey has the path and those whose has not.

    Raises:
        QuestionError: There is no such column.
    """
    if by.startswith("path:"):
        from touchline.sequences.find import has_path

        there = has_path(journeys, by.removeprefix("path:"))[journeys.owner]
        return narrow(Coded(there.astype(np.int64), _PATH))
    return journeys.coded(column_of(journeys, by))


def segment_names(journeys: Journeys, by: str) -> tuple[str, ...]:
    """Return the values that `segment_of` codes."""
    return _PATH if by.startswith("path:") else journeys.coded(column_of(journeys, by)).names


def column_of(journeys: Journeys, by: str) -> str:
    """Return the column that ``segment:NAME``, a segment or a column is.

    Raises:
        QuestionError: There is none.
    """
    name = by.removeprefix("segment:").strip()
    if f"seg_{name}" in journeys.columns:
        return f"seg_{name}"
    if by.startswith("segment:") and name not in journeys.columns:
        known = [column.removeprefix("seg_") for column in journeys.columns if column.startswith("seg_")]
        raise unknown("segment", name, known)
    return name


def check_unit(count_by: str) -> None:
    """Raise an error for a unit that does not exist."""
    if count_by not in UNITS:
        raise QuestionError(
            phrase("cannot count by {count_by}", count_by=repr(count_by)),
            todo=phrase("count by {listed}", listed=", ".join(UNITS)),
        )
