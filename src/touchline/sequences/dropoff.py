"""Who came to a stage and did not go on: drop-off, with windows that are still open set aside."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from operator import add
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from touchline.scores.base import HIDDEN_N, Figure, Filters
from touchline.scores.cells import hidden_note
from touchline.scores.intervals import benjamini_hochberg, wilson
from touchline.scores.segments import SIGNIFICANT
from touchline.sequences.exact import Exact, quantile
from touchline.sequences.grouping import group_names, group_order
from touchline.sequences.proportions import newcombe
from touchline.sequences.spans import microseconds
from touchline.sequences.tabling import days, table
from touchline.sequences.visits import SECOND
from touchline.sequences.waiting import Waits, to_next_stage
from touchline.sequences.walks import state_counts
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.warehouse.index.journeys import Bools, Ints, Journeys

#: Kinds of interaction that are acts; where there are none, feedback is all that is known.
_ACTS: Final = ("event", "order", "milestone")
_COMPARED: Final = ("rest", "difference", "difference_low", "difference_high", "p", "p_adjusted")
_COLUMNS: Final = {
    "stage": "text", "segment": "text", "n": "count", "customers": "count", "reached": "count", "dropped": "count",
    "open": "count", "dropoff": "number", "low": "number", "high": "number", "due_days": "number",
    **dict.fromkeys(_COMPARED, "number"), "significant": "flag", "censored": "flag",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dropped:
    """Customers per cell (group times stage), each array of shape (cells,).

    Attributes:
        entered: Who came to the stage.
        complete: Of these, whose window had closed when the data end.
        reached: Of those, who came to a later stage in it.
    """

    entered: Ints
    complete: Ints
    reached: Ints

    @classmethod
    def of(cls, counted: Exact, deadline: Ints, cells: int) -> Dropped:
        """Judge what `kernel` counted.

        Args:
            counted: Seconds by cell.
            deadline: Seconds from entering each stage till its window closes, shape (stages - 1,).
            cells: How many cells there are.
        """
        found = np.zeros((3, cells), dtype=np.int64)
        for cell in range(cells):
            until = int(deadline[cell % len(deadline)])
            gone = _over(counted, 3 * cell + 2, until - 1)  # nobody took longer than they were watched
            found[:, cell] = (
                counted.n(3 * cell) + counted.n(3 * cell + 1),
                _over(counted, 3 * cell, until - 1) + gone,
                gone - _over(counted, 3 * cell + 1, until),
            )
        return cls(*found)


def _over(counted: Exact, cell: int, seconds: int) -> int:
    values, counts = counted.of_cell(cell)
    return int(counts[np.searchsorted(values, seconds, side="right") :].sum())


def kernel(journeys: Journeys, by: str | None, filters: Filters) -> Exact:
    """Count seconds by three times the cell (group times stage), and what they are.

    0: watched without going on, 1: until they went on, 2: watched in all, of those who went on.
    """
    found = to_next_stage(journeys, by, filters)
    cells, ended = 3 * (found.group * (len(journeys.stages) - 1) + found.start), np.flatnonzero(found.ended)
    return Exact.of(
        np.concatenate([cells + found.ended, cells.take(ended) + 2]),
        np.concatenate([found.seconds, found.watched.take(ended)]),
    )


def judged(found: Waits, deadline: Ints) -> tuple[Bools, Bools]:
    """Return whose window had closed when the data end, and who of them went on in it."""
    until = deadline[found.start]
    complete = found.watched >= until
    return complete, complete & (found.ended > 0) & (found.seconds <= until)


def dropoff(
    journeys: Journeys,
    *,
    window: str = "30d",
    due: str | None = None,
    by: str | None = None,
    filters: Filters | None = None,
) -> Figure:
    """Return who did not go on; `touchline.sequences.journey.SequenceQuestions.dropoff` says it all."""
    chosen = filters or Filters()
    allowed = microseconds(window, "window") // SECOND
    groups, stages = group_names(journeys, by), journeys.stages[:-1]
    counted = journeys.counted(lambda part: kernel(part, by, chosen), add)
    if due is None:
        waits = _typical(counted, len(groups), len(stages))
    else:
        waits = [float(microseconds(due, "due") // SECOND)] * len(stages)
    deadline = np.array([round(wait) + allowed for wait in waits], dtype=np.int64)
    total = Dropped.of(counted, deadline, len(groups) * len(stages))
    cells = [
        (group, number)
        for number in range(len(stages))
        for group in group_order(groups)
        if total.entered[group * len(stages) + number]
    ]
    rows = _rows(total, cells, stages, groups, waits, compared=by is not None)
    columns = {
        name: kind
        for name, kind in _COLUMNS.items()
        if by is not None or name not in ("segment", "significant", *_COMPARED)
    }

    def behind(row: int) -> Ints:
        group, number = cells[row]
        found = to_next_stage(journeys, by, chosen)
        complete, reached = judged(found, deadline)
        keys: Ints = journeys.keys[found.owner[complete & ~reached & (found.group == group) & (found.start == number)]]
        return keys

    made = table(rows, columns)
    feedback = _feedback_alone(journeys)
    since = (
        phrase("when half of those who went on had done so") if due is None else phrase("{due} after entering", due=due)
    )
    return Figure(
        name="dropoff",
        table=made,
        meaning=(
            phrase(
                "Where feedback stops: share of the customers who came to a stage and did not speak of a later one "
                "within {window} from when it was due ({since}), with Wilson's 95 % interval.",
                window=window,
                since=since,
            )
            if feedback
            else phrase(
                "Drop-off: share of the customers who came to a stage and did not reach a later one within {window} "
                "from when it was due ({since}), with Wilson's 95 % interval.",
                window=window,
                since=since,
            )
        ),
        notes=(
            phrase(
                "{sum} windows are still open when the data end; they count on neither side.",
                sum=int((total.entered - total.complete).sum()),
            ),
            *(
                (phrase("{stages} is the last stage: there is none to go on to.", stages=journeys.stages[-1]),)
                if journeys.stages
                else ()
            ),
            *hidden_note(made["hidden"].to_numpy(zero_copy_only=False)),
        ),
        facts={
            "window_days": days(allowed),
            "by": by,
            "feedback_alone": feedback,
            "tests": sum(row["p"] == row["p"] for row in rows) if by is not None else 0,
        },
        behind=behind,
    )


def _typical(counted: Exact, groups: int, stages: int) -> list[float]:
    """Return the median seconds of those who went on, per stage; 0 where nobody did."""
    cells = [[3 * (group * stages + stage) + 1 for group in range(groups)] for stage in range(stages)]
    found = [quantile(counted.of_cells(each), 0.5) for each in cells]
    return [0.0 if np.isnan(seconds) else seconds for seconds in found]


def _rows(
    total: Dropped,
    cells: list[tuple[int, int]],
    stages: tuple[str, ...],
    groups: tuple[str, ...],
    waits: list[float],
    *,
    compared: bool,
) -> list[dict[str, Any]]:
    where = np.array([group * len(stages) + number for group, number in cells], dtype=np.int64)
    n, lost = total.complete[where], (total.complete - total.reached)[where]
    share, low, high = wilson(lost, n)
    number = np.array([number for _, number in cells], dtype=np.int64)
    everyone = total.complete.reshape(len(groups), -1).sum(axis=0)
    everyone_lost = (total.complete - total.reached).reshape(len(groups), -1).sum(axis=0)
    n_rest, lost_rest = everyone[number] - n, everyone_lost[number] - lost
    few = (n < HIDDEN_N) | (n_rest < HIDDEN_N)
    difference, below, above, p = (np.where(few, np.nan, x) for x in newcombe(lost, n, lost_rest, n_rest))
    rest = np.where(few, np.nan, wilson(lost_rest, n_rest)[0])
    adjusted = benjamini_hochberg(p) if compared else p
    return [
        {
            "stage": stages[at],
            "segment": groups[group],
            "n": int(total.entered[where[i]]),
            "customers": int(n[i]),
            "reached": int(total.reached[where[i]]),
            "dropped": int(lost[i]),
            "open": int(total.entered[where[i]] - n[i]),
            "dropoff": share[i],
            "low": low[i],
            "high": high[i],
            "due_days": days(waits[at]),
            "rest": rest[i],
            "difference": difference[i],
            "difference_low": below[i],
            "difference_high": above[i],
            "p": float(p[i]),
            "p_adjusted": adjusted[i],
            "significant": bool(adjusted[i] < SIGNIFICANT),
            "censored": not n[i],
        }
        for i, (group, at) in enumerate(cells)
    ]


def _feedback_alone(journeys: Journeys) -> bool:
    """Are there no acts among the interactions: no event, order or milestone?"""
    if "kind" not in journeys.columns:
        return False
    met = journeys.counted(partial(state_counts, by="kind"), add)[1:]
    names = journeys.coded("kind").names
    return not any(met[code] for code, name in enumerate(names) if name in _ACTS)
