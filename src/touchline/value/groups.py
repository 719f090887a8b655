"""Groups of customers as people name them: a segment's value, ``region=emea``, or a step."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from touchline.errors import QuestionError
from touchline.sequences.steps import step
from touchline.value.voices import until
from touchline.warehouse.index.journeys import Bools, Ints, Journeys
from touchline.words import phrase

_EQUALS: Final = re.compile(r"^\s*(?:segment:)?([\w .-]+?)\s*=\s*([^\[\]<>|=]+?)\s*$")


def segment_in(journeys: Journeys, text: str) -> tuple[str, tuple[str, ...]] | None:
    """Return the column and the values that ``region=emea,apac`` names; None where it is a step.

    Raises:
        QuestionError: The segment has no such value.
    """
    found = _EQUALS.match(text)
    if found is None:
        return None
    name = next((name for name in (f"seg_{found[1]}", found[1]) if name in journeys.columns), None)
    if name is None:
        return None
    values = tuple(value.strip() for value in found[2].split(","))
    names = journeys.coded(name).names
    for value in values:
        if value not in names:
            raise QuestionError(
                phrase("the segment {found} has no value {value}", found=repr(found[1]), value=repr(value)),
                where=text,
                todo=phrase("there are: {listed}", listed=", ".join(names)),
            )
    return name, values


def rows_of(journeys: Journeys, text: str) -> Bools:
    """Return the rows at which a segment has one of its values, or at which a step happens, shape (rows,)."""
    named = segment_in(journeys, text)
    if named is None:
        return step(journeys, text).rows
    coded = journeys.coded(named[0])
    table = np.array([*(name in named[1] for name in coded.names), False])
    found: Bools = table[coded.codes]
    return found


def members(journeys: Journeys, text: str, moment: int) -> Bools:
    """Return who belongs to a group, shape (customers,).

    By a segment: whose value at the moment it is, or at the first row of those who came later. By a step: whoever did
    it, before or after.

    Args:
        journeys: Whose.
        text: ``region=emea``, or a step.
        moment: When segments are looked at, microseconds.

    >>> import pyarrow as pa
    >>> from touchline.warehouse.index.frames import journeys_of
    >>> made = journeys_of(pa.table({"customer": ["a", "a", "b"], "event": ["x", "y", "x"], "tier": ["vip", "basic",
    ...     "basic"], "time": ["2026-01-01", "2026-01-03", "2026-01-01"]}))
    >>> members(made, "tier=vip", 1767350000000000).tolist(), members(made, "event:y", 0).tolist()
    ([True, False], [True, False])
    """
    found = rows_of(journeys, text)
    if segment_in(journeys, text) is None:
        done = np.zeros(journeys.customers, dtype=np.bool_)
        done[journeys.owner[found]] = True
        return done
    everyone = np.arange(journeys.customers)
    end = until(journeys.starts, journeys.at, everyone, np.full(len(everyone), moment))
    row: Ints = np.maximum(end - 1, journeys.starts[:-1])
    held: Bools = found[row]
    return held
