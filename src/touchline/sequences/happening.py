"""When a step happens: an event each time, a stage when it is entered."""

from __future__ import annotations

import numpy as np

from touchline.sequences.steps import step
from touchline.warehouse.index.journeys import Bools, Journeys


def happenings(journeys: Journeys, text: str) -> Bools:
    """Return the rows at which a step happens, shape (rows,).

    A stage is held from row to row, and happens when it is entered. Anything else happens at each of its rows.

    Args:
        journeys: Where to look.
        text: The step, as in `touchline.sequences.steps`.

    Raises:
        QuestionError: It cannot be read, or names what does not exist.

    >>> import pyarrow as pa
    >>> from touchline.warehouse.index.frames import journeys_of
    >>> made = journeys_of(pa.table({"customer": ["a"] * 4, "event": ["trial", "mail", "renewal", "mail"],
    ...     "time": ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"]}), stages=("trial", "renewal"))
    >>> happenings(made, "renewal").tolist(), happenings(made, "mail").tolist()
    ([False, False, True, False], [False, True, False, True])
    """
    rows = step(journeys, text).rows
    if not all(_is_stage(journeys, choice) for choice in text.split("|")):
        return rows
    entered = rows.copy()
    entered[1:] &= ~rows[:-1] | journeys.first[1:]
    return entered


def _is_stage(journeys: Journeys, choice: str) -> bool:
    name = choice.partition("[")[0].strip()
    if "stage" not in journeys.columns:
        return False
    column, colon, _ = name.partition(":")
    if colon:
        return column.strip() == "stage"
    return name in journeys.stages or name in journeys.coded("stage").names


def first_happening(journeys: Journeys, rows: Bools) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return each customer's first of some rows; the number of all rows where there is none.

    Args:
        journeys: Where.
        rows: Shape (rows,).

    Returns:
        Shape (customers,).
    """
    there = np.append(np.flatnonzero(rows), len(journeys))
    found = there[np.searchsorted(there, journeys.starts[:-1])]
    return np.where(found < journeys.starts[1:], found, len(journeys))
