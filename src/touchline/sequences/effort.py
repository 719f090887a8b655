"""Journey effort: what it took customers to come from the beginning to a final step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from operator import add
from typing import Any, Final

import numpy as np
import numpy.typing as npt

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


@dataclass(frozen=True)
class Done:
    """Completed journeys, and what several measures need of them, made once.

    Attributes:
        journeys: From the first row to the last of each.
    """

    journeys: Journeys

    @cached_property
    def contact(self) -> Bools:
        """Which rows are contacts: all but acts and what systems did; shape (rows,)."""
        found = np.ones(len(self.journeys), dtype=np.bool_)
        for column, not_one in (("kind", _ACTS), ("author", ("system",))):
            if column in self.journeys.columns:
                coded = self.journeys.coded(column)
                for code, name in enumerate(coded.names):
                    if name in not_one:
                        found &= coded.codes != code
        return found

    @cached_property
    def conversation(self) -> npt.NDArray[Any]:
        """The number of each row's conversation; 0 for none. Shape (rows,)."""
        if "conversation" not in self.journeys.columns:
            return np.zeros(len(self.journeys), dtype=np.int64)
        return _numbers(self.journeys, "conversation")

    @cached_property
    def together(self) -> Ints:
        """All rows by customer, conversation and time."""
        return np.lexsort((self.conversation, self.journeys.owner))


def _numbers(journeys: Journeys, column: str) -> npt.NDArray[Any]:
    """Return a column of names or keys as numbers; 0 for none."""
    held = journeys.columns[column]
    return held.codes + np.int64(1) if isinstance(held, Coded) else np.nan_to_num(held)


def contacts(done: Done) -> Ints:
    """Return each customer's contacts: conversations, where they are known, else interactions that are no acts."""
    rows = done.together[done.contact[done.together]]
    owner, talk = done.journeys.owner[rows], done.conversation[rows]
    fresh = talk == 0
    fresh[:1] = True
    fresh[1:] |= (talk[1:] != talk[:-1]) | (owner[1:] != owner[:-1])
    return np.bincount(owner[fresh], minlength=done.journeys.customers)


def channels(done: Done) -> Ints:
    """Return how many different channels each customer's contacts used."""
    coded, customers = done.journeys.coded("channel"), done.journeys.customers
    rows = np.flatnonzero(done.contact & (coded.codes >= 0))
    width = max(len(coded.names), 1)
    pair = once(done.journeys.owner[rows].astype(np.int64) * width + coded.codes[rows], customers * width)
    return np.bincount(pair // width, minlength=customers)


def handovers(done: Done) -> Ints:
    """Return how often each customer went from one agent (or team) to another within a conversation.

    Without conversations, within 14 days.
    """
    agent = _numbers(done.journeys, "agent" if "agent" in done.journeys.columns else "team")
    rows = done.together[agent[done.together] != 0]
    owner, talk, agent = done.journeys.owner[rows], done.conversation[rows], agent[rows]
    moved = (agent[1:] != agent[:-1]) & (talk[1:] == talk[:-1]) & (owner[1:] == owner[:-1])
    here = np.flatnonzero(moved)
    at = done.journeys.at
    here = here[(talk[here] != 0) | (at[rows[here + 1]] - at[rows[here]] <= AGAIN)]
    return np.bincount(owner[here], minlength=done.journeys.customers)


def repeats(done: Done) -> Ints:
    """Return how often each customer told a theme again, within 14 days, over another channel or to another agent."""
    journeys = done.journeys
    theme = journeys.coded("theme")
    tells = theme.codes >= 0
    if "author" in journeys.columns and "customer" in journeys.coded("author").names:
        author = journeys.coded("author")
        tells &= author.codes == author.names.index("customer")
    rows = np.flatnonzero(tells)
    subject = journeys.owner[rows] * np.int64(len(theme.names)) + theme.codes[rows]
    order = np.argsort(subject, kind="stable")
    rows, subject = rows[order], subject[order]
    again = np.flatnonzero(subject[1:] == subject[:-1])
    before, after = rows[again], rows[again + 1]
    other = np.zeros(len(again), dtype=np.bool_)
    for column in ("channel", "agent"):
        if column in journeys.columns:
            held = _numbers(journeys, column)
            one, two = held[before], held[after]
            other |= (one != two) & (one != 0) & (two != 0)
    other &= journeys.at[after] - journeys.at[before] <= AGAIN
    return np.bincount(journeys.owner[after[other]], minlength=journeys.customers)


def elapsed(done: Done) -> Ints:
    """Return the seconds from each customer's first row to the last."""
    journeys = done.journeys
    return (journeys.at[journeys.starts[1:] - 1] - journeys.at[journeys.starts[:-1]]) // _SECOND


#: Measures in the order of the figure, with what each one needs: any of the columns.
MEASURES: Final[dict[str, tuple[Callable[[Done], Ints], tuple[str, ...]]]] = {
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
    took, names = Done(done), measured(journeys)
    group = group_codes(done, asked.by, done.starts[1:] - 1)
    cells = [group * len(names) + number for number in range(len(names))]
    values = [MEASURES[name][0](took) for name in names]
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
