"""Journey effort: what it took customers to come from the beginning to a final step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import add
from typing import Any, Final

import numpy as np

from touchline.errors import QuestionError
from touchline.scores.base import Figure
from touchline.scores.cells import hidden_note
from touchline.scores.intervals import t_interval
from touchline.sequences.distinct import once
from touchline.sequences.exact import Exact, quantile
from touchline.sequences.grouping import group_codes, group_names
from touchline.sequences.happening import first_happening, happenings
from touchline.sequences.steps import step
from touchline.sequences.tabling import days, table
from touchline.vocabulary.coded import Coded
from touchline.warehouse.index.journeys import Bools, Floats, Ints, Journeys
from touchline.words import phrase

#: A theme told again so soon is information repeated; a change of agent so soon is a hand-over. Microseconds.
AGAIN: Final = 14 * 86_400_000_000
ALL: Final = "all"
#: Kinds of interaction that are acts and no contacts.
_ACTS: Final = ("event", "order", "milestone")
_SECOND: Final = 1_000_000
_Z: Final = 1.959963984540054
_COLUMNS: Final = {
    "segment": "text", "measure": "text", "n": "count", "customers": "count", "mean": "number", "low": "number",
    "high": "number", "median": "number", "median_low": "number", "median_high": "number", "p90": "number",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of effort, checked.

    Attributes:
        start: The step that a journey begins with; None: the first progress stage.
        end: The step that completes it.
        by: The segment or column whose value at the end groups journeys.
    """

    start: str | None
    end: str
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many journeys took how much.

    Attributes:
        exact: By group and measure in one number (elapsed time in seconds).
        begun: Customers who began.
        completed: Customers who came to the end.
    """

    exact: Exact
    begun: int
    completed: int

    def __add__(self, other: Counts) -> Counts:
        """Return what both slices count."""
        return Counts(self.exact + other.exact, self.begun + other.begun, self.completed + other.completed)


def final_step(journeys: Journeys, end: str | None) -> str:
    """Return the step that completes a journey: the one named, else renewal, else the last progress stage.

    Raises:
        QuestionError: None is named, and there are no progress stages.
    """
    if end is not None:
        return end
    if not journeys.stages:
        raise QuestionError(
            phrase("nothing says when a journey is complete"), where="end", todo=phrase("name its last step")
        )
    return "renewal" if "renewal" in journeys.stages else journeys.stages[-1]


def completed(journeys: Journeys, asked: Asked) -> tuple[Journeys, int]:
    """Return the completed journeys, from their first row to their last, and how many customers began one.

    Raises:
        QuestionError: A step that does not exist, or no stages where no start is named.
    """
    begins = journeys.coded("stage").codes >= 0 if asked.start is None else step(journeys, asked.start).rows
    first, ends = first_happening(journeys, begins), np.flatnonzero(happenings(journeys, asked.end))
    last = np.append(ends, len(journeys))[np.searchsorted(ends, first, side="right")]
    done = np.flatnonzero(last < journeys.starts[1:])
    change = np.zeros(len(journeys) + 1, dtype=np.int8)
    change[first[done]] = 1
    change[last[done] + 1] -= 1  # where the next customer's begins at once, it goes on
    inside: Bools = np.cumsum(change[:-1], dtype=np.int8).view(np.bool_)
    return journeys.keep(inside), int(np.count_nonzero(first < len(journeys)))


def _contact(journeys: Journeys) -> Bools:
    """Return which rows are contacts: all but acts and what systems did."""
    found = np.ones(len(journeys), dtype=np.bool_)
    for column, not_one in (("kind", _ACTS), ("author", ("system",))):
        if column in journeys.columns:
            coded = journeys.coded(column)
            out = np.array([name in not_one for name in coded.names] + [False])
            found &= ~out[coded.codes]
    return found


def _numbers(journeys: Journeys, column: str) -> Ints:
    """Return a column of names or keys as numbers; -1 for none."""
    held = journeys.columns[column]
    if isinstance(held, Coded):
        return held.codes.astype(np.int64)
    keys, code = np.unique(np.nan_to_num(held), return_inverse=True)
    return np.where(keys[code] == 0, -1, code).astype(np.int64)


def contacts(journeys: Journeys) -> Ints:
    """Return each customer's contacts: conversations, where they are known, else interactions that are no acts."""
    rows = np.flatnonzero(_contact(journeys))
    owner = journeys.owner[rows].astype(np.int64)
    if "conversation" not in journeys.columns:
        return np.bincount(owner, minlength=journeys.customers)
    code = _numbers(journeys, "conversation")[rows]
    alone = code < 0
    pair = once(owner[~alone] * (int(code.max(initial=0)) + 1) + code[~alone])
    together = pair // (int(code.max(initial=0)) + 1)
    return np.bincount(np.concatenate([owner[alone], together]), minlength=journeys.customers)


def channels(journeys: Journeys) -> Ints:
    """Return how many different channels each customer's contacts used."""
    coded = journeys.coded("channel")
    rows = np.flatnonzero(_contact(journeys) & (coded.codes >= 0))
    pair = once(journeys.owner[rows].astype(np.int64) * len(coded.names) + coded.codes[rows])
    return np.bincount(pair // max(len(coded.names), 1), minlength=journeys.customers)


def handovers(journeys: Journeys) -> Ints:
    """Return how often each customer went from one agent (or team) to another within a conversation.

    Without conversations, within 14 days.
    """
    agent = _numbers(journeys, "agent" if "agent" in journeys.columns else "team")
    rows = np.flatnonzero(agent >= 0)
    talk = "conversation" in journeys.columns
    thread = _numbers(journeys, "conversation")[rows] if talk else np.zeros(len(rows), np.int64)
    owner, at = journeys.owner[rows].astype(np.int64), journeys.at[rows]
    order = np.lexsort((rows, thread, owner))
    owner, thread, at, agent = owner[order], thread[order], at[order], agent[rows][order]
    same = (owner[1:] == owner[:-1]) & (thread[1:] == thread[:-1])
    if not talk:
        same &= at[1:] - at[:-1] <= AGAIN
    moved = same & (agent[1:] != agent[:-1])
    return np.bincount(owner[1:][moved], minlength=journeys.customers)


def repeats(journeys: Journeys) -> Ints:
    """Return how often each customer told a theme again, within 14 days, over another channel or to another agent."""
    theme = journeys.coded("theme")
    tells = theme.codes >= 0
    if "author" in journeys.columns and "customer" in journeys.coded("author").names:
        author = journeys.coded("author")
        tells &= author.codes == author.names.index("customer")
    rows = np.flatnonzero(tells)
    owner, code = journeys.owner[rows].astype(np.int64), theme.codes[rows].astype(np.int64)
    rows = rows[np.lexsort((rows, code, owner))]
    owner, code, at = journeys.owner[rows].astype(np.int64), theme.codes[rows], journeys.at[rows]
    same = (owner[1:] == owner[:-1]) & (code[1:] == code[:-1]) & (at[1:] - at[:-1] <= AGAIN)
    other = np.zeros(len(same), dtype=np.bool_)
    for column in ("channel", "agent"):
        if column in journeys.columns:
            held = _numbers(journeys, column)[rows]
            other |= (held[1:] != held[:-1]) & (held[1:] >= 0) & (held[:-1] >= 0)
    return np.bincount(owner[1:][same & other], minlength=journeys.customers)


def elapsed(journeys: Journeys) -> Ints:
    """Return the seconds from each customer's first row to the last."""
    return (journeys.at[journeys.starts[1:] - 1] - journeys.at[journeys.starts[:-1]]) // _SECOND


#: Measures in the order of the figure, with what each one needs: any of the columns.
MEASURES: Final[dict[str, tuple[Callable[[Journeys], Ints], tuple[str, ...]]]] = {
    "contacts": (contacts, ()),
    "channels": (channels, ("channel",)),
    "handovers": (handovers, ("agent", "team")),
    "repeats": (repeats, ("theme",)),
    "elapsed_days": (elapsed, ()),
}


def measured(journeys: Journeys) -> list[str]:
    """Return the measures that the columns at hand allow."""
    return [m for m, (_, needs) in MEASURES.items() if not needs or any(c in journeys.columns for c in needs)]


def kernel(journeys: Journeys, asked: Asked) -> Counts:
    """Count completed journeys by what they took."""
    done, begun = completed(journeys, asked)
    names = measured(journeys)
    group = group_codes(done, asked.by, done.starts[1:] - 1)
    cells = [group * len(names) + number for number in range(len(names))]
    values = [MEASURES[name][0](done) for name in names]
    return Counts(Exact.of(np.concatenate(cells), np.concatenate(values)), begun, done.customers)


def effort(journeys: Journeys, asked: Asked) -> Figure:
    """Return what completed journeys took, by measure and group.

    Raises:
        QuestionError: As `completed`, or an unknown segment.
    """
    counted = journeys.counted(lambda part: kernel(part, asked), add)
    names = measured(journeys)
    groups = group_names(journeys, asked.by)
    every = [(ALL, list(range(len(groups))))]
    every += [] if asked.by is None else [(name, [number]) for number, name in enumerate(groups)]
    rows = [
        {"segment": segment, "measure": measure, "members": members}
        | _summary(counted.exact.of_cells([g * len(names) + place for g in members]), measure)
        for segment, members in every
        for place, measure in enumerate(names)
    ]
    rows = [row for row in rows if row["n"]]
    shown = {name: kind for name, kind in _COLUMNS.items() if name != "segment" or asked.by is not None}
    made = table([{name: row[name] for name in shown} for row in rows], shown)
    left = counted.begun - counted.completed
    notes = list(hidden_note(made["hidden"].to_numpy()))
    if left:
        notes.append(
            phrase(
                "{left} of {begun} journeys that began are not complete; they are not counted here.",
                left=left,
                begun=counted.begun,
            )
        )
    missing = [measure for measure in MEASURES if measure not in names]
    if missing:
        notes.append(phrase("Not measured for want of columns: {listed}.", listed=", ".join(missing)))
    start = asked.start or phrase("the first progress stage")
    return Figure(
        "effort",
        made,
        phrase(
            "What it took a customer to come from {start} to {end}, per completed journey: "
            "contacts, different channels, hand-overs between agents or teams, themes told again "
            "within 14 days over another channel or to another agent, and days. The mean with "
            "Student's 95 % interval, the median with that of its order statistics.",
            start=start,
            end=asked.end,
        ),
        tuple(notes),
        {"begun": counted.begun, "completed": counted.completed, "start": asked.start, "end": asked.end},
        behind=lambda row: _behind(journeys, asked, rows[row]["members"]),
    )


def _summary(counted: tuple[Ints, Ints], measure: str) -> dict[str, Any]:
    values, counts = counted
    n = int(counts.sum())
    found = {"n": n, "customers": n}
    if not n:
        return found | dict.fromkeys(
            ("mean", "low", "high", "median", "median_low", "median_high", "p90"), float("nan")
        )
    scaled: Floats = values / 86_400 if measure == "elapsed_days" else values.astype(np.float64)
    mean = float(scaled @ counts) / n
    spread = float(((scaled - mean) ** 2) @ counts) / max(n - 1, 1)
    low, high = t_interval(n, mean, spread)
    median_low, median_high = median_interval(counted)
    every = [mean, float(low), float(high)]
    read = [quantile(counted, 0.5), median_low, median_high, quantile(counted, 0.9)]
    every += [days(x) for x in read] if measure == "elapsed_days" else read
    return found | dict(zip(("mean", "low", "high", "median", "median_low", "median_high", "p90"), every, strict=True))


def median_interval(counted: tuple[Ints, Ints]) -> tuple[float, float]:
    """Return the 95 % interval of a median from order statistics; NaN with fewer than six values.

    The ranks are those of the binomial of n halves, cut so that at most 2.5 % lie outside at either end.

    >>> median_interval((np.arange(1, 11), np.ones(10, dtype=np.int64)))
    (2.0, 9.0)

    Source: Conover 1999, Practical Nonparametric Statistics, 3.2.
    """
    from scipy.special import bdtr

    values, counts = counted
    n = int(counts.sum())
    if n < 6:
        return float("nan"), float("nan")
    guess = int(n / 2 - _Z * np.sqrt(n) / 2)
    ranks = np.arange(max(guess - 5, 0), guess + 6)
    below = int(ranks[bdtr(ranks, n, 0.5) <= 0.025].max(initial=-1)) + 1  # so many values may lie below
    upto = np.cumsum(counts)
    low = values[np.searchsorted(upto, below - 1, side="right")] if below else values[0]
    high = values[np.searchsorted(upto, n - below, side="right")] if below else values[-1]
    return float(low), float(high)


def _behind(journeys: Journeys, asked: Asked, members: list[int]) -> Ints:
    done, _ = completed(journeys, asked)
    keys: Ints = done.keys[np.isin(group_codes(done, asked.by, done.starts[1:] - 1), members)]
    return keys
