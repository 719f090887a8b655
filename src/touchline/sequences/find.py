"""Path search: whose journey has a path, how long it takes, and for whom it is more common."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import pyarrow as pa

from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.scores.intervals import benjamini_hochberg, wilson
from touchline.sequences.durations import Durations
from touchline.sequences.matching import endings, having, matches
from touchline.sequences.pattern import is_pattern, read
from touchline.sequences.proportions import newcombe
from touchline.sequences.steps import step
from touchline.sequences.units import NONE, segment_names, segment_of
from touchline.vocabulary.coded import Coded
from touchline.warehouse.index.journeys import Bools, Ints, Journeys
from touchline.words import phrase

_SCHEMA: Final = [
    ("n", pa.int64()),
    ("customers", pa.int64()),
    ("share", pa.float64()),
    ("low", pa.float64()),
    ("high", pa.float64()),
    ("seconds_median", pa.float64()),
    ("seconds_p90", pa.float64()),
    ("hidden", pa.bool_()),
    ("low_n", pa.bool_()),
]
_COMPARED: Final = [
    ("difference", pa.float64()),
    ("difference_low", pa.float64()),
    ("difference_high", pa.float64()),
    ("p", pa.float64()),
    ("p_adjusted", pa.float64()),
    ("significant", pa.bool_()),
]
_LEVEL: Final = 0.05


def rows_of(journeys: Journeys, text: str) -> Bools:
    """Return the rows of a step; a path stands for the rows at which it is complete.

    Raises:
        QuestionError: It cannot be read, or names what does not exist.
    """
    return endings(journeys, read(text)) if is_pattern(text) else step(journeys, text).rows


def has_path(journeys: Journeys, text: str) -> Bools:
    """Return whose journey has a path, shape (customers,).

    Raises:
        QuestionError: It cannot be read, or names what does not exist.
    """
    return having(journeys, read(text))


def with_path(journeys: Journeys, path: str) -> Journeys:
    """Return the whole journeys of those who have a path.

    Raises:
        QuestionError: As `has_path`.
    """
    return journeys.of(has_path(journeys, path))


@dataclass(frozen=True, slots=True)
class PathCounts:
    """What a path search counts, by group; adds up over slices of customers.

    Attributes:
        n: Customers who have the path, shape (groups,).
        customers: All customers.
        seconds: From a match's first row to its last.
    """

    n: Ints
    customers: Ints
    seconds: Durations

    def __add__(self, other: PathCounts) -> PathCounts:
        return PathCounts(self.n + other.n, self.customers + other.customers, self.seconds + other.seconds)


def count(journeys: Journeys, text: str, by: str | None) -> PathCounts:
    """Count a path: the kernel.

    Args:
        journeys: A slice of whole customers.
        text: The pattern.
        by: What customers are split by: the value at their last row.
    """
    found = matches(journeys, read(text))
    split = segment_of(journeys, by) if by else None
    group, groups = _group(journeys, split)
    return PathCounts(
        np.bincount(group[found.customer], minlength=groups),
        np.bincount(group, minlength=groups),
        Durations.of(group[found.customer], journeys.at[found.end] - journeys.at[found.begin]),
    )


def _group(journeys: Journeys, split: Coded | None) -> tuple[Ints, int]:
    if split is None:
        return np.zeros(journeys.customers, dtype=np.int64), 1
    return split.codes[journeys.starts[1:] - 1].astype(np.int64) + 1, len(split.names) + 1


def find(journeys: Journeys, text: str, by: str | None) -> Figure:
    """Answer whose journey has a path.

    Raises:
        QuestionError: It cannot be read, or names what does not exist.
    """
    counts = journeys.counted(partial(count, text=text, by=by), operator.add)
    names = (NONE, *segment_names(journeys, by)) if by else ("",)
    groups = [group for group in range(len(names)) if counts.customers[group]]
    groups.sort(key=lambda group: (names[group] == NONE, names[group]))
    share, low, high = wilson(counts.n, counts.customers)
    times = counts.seconds.quantiles(np.arange(len(names)))
    rows: list[dict[str, Any]] = []
    for group in groups if by else [0]:
        n, everyone = int(counts.n[group]), int(counts.customers[group])
        hidden = everyone < HIDDEN_N
        row: dict[str, Any] = {"segment": (by or "").removeprefix("segment:"), "value": names[group]} if by else {}
        row |= {"path": text.strip(), "n": n, "customers": everyone, "hidden": hidden, "low_n": everyone < LOW_N}
        if not hidden:
            row |= {"share": float(share[group]), "low": float(low[group]), "high": float(high[group])}
        if n >= HIDDEN_N:
            row |= {"seconds_median": float(times[group, 0]), "seconds_p90": float(times[group, 1])}
        rows.append(row)
    family = _compare(rows, counts, groups, names) if by else 0
    fields = [("path", pa.string())]
    fields = [("segment", pa.string()), ("value", pa.string()), *fields, *_SCHEMA, *_COMPARED] if by else [
        *fields, *_SCHEMA
    ]  # fmt: skip
    notes = [
        phrase("Of a customer's matches the one that ends first counts, from the first row that it can begin with.")
    ]
    if by:
        notes.append(
            phrase(
                "p-values are corrected for {family} comparisons (Benjamini-Hochberg); a customer's "
                "value is that at their last interaction, and the rest is everyone else together.",
                family=family,
            )
        )
    return Figure(
        "find",
        pa.Table.from_pylist(rows, schema=pa.schema(fields)),
        phrase(
            "Customers whose journey has the path, of all, with a 95 % interval (Wilson), and "
            "the time from its first interaction to its last."
        ),
        tuple(notes),
        facts={"path": text.strip(), "n": int(counts.n.sum()), "customers": int(counts.customers.sum())},
        behind=lambda row: _behind(journeys, text, by, groups[row] if by else None),
    )


def _compare(rows: list[dict[str, Any]], counts: PathCounts, groups: list[int], names: tuple[str, ...]) -> int:
    n, everyone = counts.n.sum(), counts.customers.sum()
    change, low, high, p = newcombe(counts.n, counts.customers, n - counts.n, everyone - counts.customers)
    tested = []
    for row, group in zip(rows, groups, strict=True):
        row["significant"] = False
        if row["hidden"] or everyone - counts.customers[group] < HIDDEN_N or names[group] == NONE:
            continue
        row |= {"difference": float(change[group]), "p": float(p[group])}
        row |= {"difference_low": float(low[group]), "difference_high": float(high[group])}
        tested.append(row)
    for row, value in zip(tested, benjamini_hochberg([row["p"] for row in tested]), strict=True):
        row |= {"p_adjusted": float(value), "significant": bool(value < _LEVEL)}
    return len(tested)


def _behind(journeys: Journeys, text: str, by: str | None, group: int | None) -> Ints:
    there = has_path(journeys, text)
    if by and group is not None:
        there &= _group(journeys, segment_of(journeys, by))[0] == group
    return journeys.keys[there]
