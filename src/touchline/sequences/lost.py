"""What those did instead who did not come through a funnel."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import pyarrow as pa

from touchline.scores.base import HIDDEN_N, LOW_N, Figure
from touchline.scores.intervals import wilson
from touchline.sequences.attempts import Reached
from touchline.sequences.funnel import Asked, counted_in, follow
from touchline.sequences.units import CUSTOMER
from touchline.warehouse.index.journeys import Ints, Journeys
from touchline.words import phrase

#: No further interaction, within the window where there is one.
NOTHING: Final = "(nothing)"
#: One that has no value of the column asked for.
UNNAMED: Final = "(none)"

_SCHEMA: Final = pa.schema(
    [
        ("step", pa.int64()),
        ("name", pa.string()),
        ("instead", pa.string()),
        ("n", pa.int64()),
        ("customers", pa.int64()),
        ("lost", pa.int64()),
        ("share", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("hidden", pa.bool_()),
        ("low_n", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class LostCounts:
    """Units by the last step reached and what came next, shape (steps, 2 + names): nothing, unnamed, the names."""

    n: Ints

    def __add__(self, other: LostCounts) -> LostCounts:
        return LostCounts(self.n + other.n)


def _stayed(units: Journeys, question: Asked, found: Reached, column: str) -> tuple[Ints, Ints]:
    """Return the last step of each unit, -1 for those who came through or may still come, and what it did next."""
    steps = len(question.steps)
    windowed = question.rules.horizon(steps) is not None
    gone = (found.depth < steps) & ~(found.live & windowed)
    last = found.rows[found.depth - 1, np.arange(len(found.unit))]
    after = np.minimum(last + 1, len(units) - 1)
    there = last + 1 < units.starts[found.unit + 1]
    if question.rules.window is not None:
        there &= units.at[after] - units.at[found.rows[0]] <= question.rules.window
    if question.rules.step_window is not None:
        there &= units.at[after] - units.at[last] <= question.rules.step_window
    code = np.where(there, units.coded(column).codes[after].astype(np.int64) + 2, 0)
    return np.where(gone, found.depth - 1, -1), code


def count(journeys: Journeys, question: Asked, column: str) -> LostCounts:
    """Count what the lost did next: the kernel.

    Args:
        journeys: A slice of whole customers (accounts).
        question: The funnel.
        column: By which column it is told.
    """
    units, found, _ = follow(journeys, question)
    steps, width = len(question.steps), len(units.coded(column).names) + 2
    step, code = _stayed(units, question, found, column)
    gone = step >= 0
    cells = np.bincount(step[gone] * width + code[gone], minlength=steps * width)
    return LostCounts(cells.reshape(steps, width))


def lost_instead(journeys: Journeys, question: Asked, column: str, top: int = 8) -> Figure:
    """Answer what the lost did instead: the next interaction after the last step that they reached.

    Args:
        journeys: Everybody's.
        question: The funnel; it is not split.
        column: By which column it is told.
        top: So many per step, most common first; the others together as ``(other)``.

    Returns:
        Rows step, name (the last step reached), instead, n, customers, lost (all that stayed at that step), share of
        them with low and high (95 %, Wilson), hidden, low_n. Shares of a step add up to 1.
    """
    from dataclasses import replace

    question = replace(question, by=None)
    units = counted_in(journeys, question)
    counts = units.counted(partial(count, question=question, column=column), operator.add).n
    names = (NOTHING, UNNAMED, *units.coded(column).names)
    rows: list[dict[str, Any]] = []
    places: list[tuple[int, tuple[int, ...]]] = []
    for step, text in enumerate(question.steps[:-1]):
        total = int(counts[step].sum())
        order = [int(code) for code in np.lexsort((np.array(names), -counts[step])) if counts[step, code]]
        cells: list[tuple[str, tuple[int, ...]]] = [(names[code], (code,)) for code in order[:top]]
        if rest := tuple(order[top:]):
            cells.append(("(other)", rest))
        for name, codes in cells:
            n = int(counts[step, list(codes)].sum())
            share, low, high = (float(x) for x in wilson(n, total))
            row: dict[str, Any] = {"step": step + 1, "name": text, "instead": name, "n": n, "lost": total}
            row |= {"hidden": total < HIDDEN_N, "low_n": total < LOW_N}
            if total >= HIDDEN_N:
                row |= {"share": share, "low": low, "high": high}
            rows.append(row)
            places.append((step, codes))

    def behind(row: int) -> Ints:
        whole, found, _ = follow(units, question)
        step, code = _stayed(whole, question, found, column)
        there = (step == places[row][0]) & np.isin(code, places[row][1])
        if question.unit == "account":
            member = np.zeros(whole.customers, dtype=np.bool_)
            member[found.unit[there]] = True
            return np.unique(whole.numbers(CUSTOMER)[member[whole.owner]]).astype(np.int64)
        return np.unique(whole.keys[found.unit[there]])

    for number, row in enumerate(rows):
        row["customers"] = row["n"] if question.unit == "customer" else len(behind(number))
    return Figure(
        "funnel_lost",
        pa.Table.from_pylist(rows, schema=_SCHEMA),
        phrase(
            "What those did next, after the last step that they reached, who did not come "
            "through; shares of the lost at that step, with 95 % intervals (Wilson)."
        ),
        (
            phrase("Who may still come, because their window is open, is not lost.")
            if question.rules.horizon(2)
            else phrase("Without a window everyone who has not come yet counts as lost."),
        ),
        facts={"steps": list(question.steps), "by": column, "lost": int(counts.sum())},
        behind=behind,
    )
