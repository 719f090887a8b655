"""Issues across stages: what a customer complains of at one stage and again, later, at another.

An issue is *born* where a customer first raises a theme at a stage, and *resurfaces* where the same customer raises
it at another stage, later and within the window. What chance alone would do: with q the theme's share of what is said
at a stage, and the i-th thing (from 1) that a customer says at stage a followed by m_i things said at stage b, later
and within the window,

    E = sum over customers and i of (1 - q_a)^(i-1) q_a (1 - (1 - q_b)^m_i)          lift = O / E

the chance that the first time the theme comes up at a is the i-th thing said there, and that it comes up at b after
it. Where all that is said at b follows all that is said at a, this is (1 - (1-q_a)^n_a)(1 - (1-q_b)^n_b) for each
customer who spoke at both; it also holds where stages alternate and where the window cuts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import add
from typing import Any, Final

import numpy as np

from touchline.scores.base import HIDDEN_N, Figure, Filters
from touchline.scores.cells import hidden_note
from touchline.sequences.distinct import once
from touchline.sequences.exact import Exact, quantile
from touchline.sequences.resampling import Entries, interval, sums
from touchline.sequences.signs import signs
from touchline.sequences.tabling import days, table
from touchline.warehouse.index.journeys import Bools, Floats, Ints, Journeys
from touchline.words import Number, phrase

_COLUMNS: Final = {
    "theme": "text", "born": "text", "resurfaces": "text", "forward": "flag", "n": "count", "customers": "count",
    "expected": "number", "lift": "number", "low": "number", "high": "number", "share": "number",
    "median_days": "number", "born_share": "number", "open": "count", "censored": "flag",
}  # fmt: skip
_BITS: Final = 18  # of how many things a customer said at one stage, at most
_ALMOST: Final = 1 - 1e-12


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of issues, checked.

    Attributes:
        window: How much later an issue may resurface, microseconds.
        negative: Are only complaints counted?
        replicates: Bootstrap samples.
        filters: Themes and stages of the rows to show.
    """

    window: int
    negative: bool = True
    replicates: int = 200
    filters: Filters = field(default_factory=Filters)


@dataclass(frozen=True, slots=True)
class Said:
    """What was said about a stage, in order of customer and time; one entry each.

    Attributes:
        owner: Number of the customer.
        at: When, microseconds.
        stage: The stage's code.
        theme: The theme's code; -1 for none.
        later: The customer's first entry at a later time, or where the next customer's begin.
        until: The customer's first entry after the window.
        stages: How many stages there are.
        themes: How many themes.
    """

    owner: Ints
    at: Ints
    stage: Ints
    theme: Ints
    later: Ints
    until: Ints
    stages: int
    themes: int


@dataclass(frozen=True, slots=True)
class Threads:
    """Issues: a theme that one customer raised at one stage and again at another; one entry each.

    Attributes:
        owner: Number of the customer.
        cell: Stage of birth, stage of return and theme in one number.
        delay: Microseconds between.
        open: Was the window still open when the data ended?
    """

    owner: Ints
    cell: Ints
    delay: Ints
    open: Bools


@dataclass(frozen=True, slots=True)
class Counts:
    """What slices count; the first of 1 + r columns is the data, the others are bootstrap samples.

    Attributes:
        observed: Issues, shape (stages * stages * themes, 1 + r).
        both: Customers who said something at the one stage and later at the other, shape (stages * stages, 1 + r).
        said: Things said by stage and theme, the last theme for none, shape (stages * (themes + 1), 1 + r).
        chances: By pair of stages: the i-th thing said at a, from 0, with m said at b after it, packed.
        delays: Seconds between, by issue.
        raised: Customers who raised the theme at the stage, shape (stages, themes).
        waiting: Of these, those whose window was open when the data ended.
        returned: Issues of those, shape (stages * stages * themes,).
        born: Customers who raised the theme first at the stage, shape (stages, themes).
    """

    observed: Floats
    both: Floats
    said: Floats
    chances: Exact
    delays: Exact
    raised: Ints
    waiting: Ints
    returned: Ints
    born: Ints

    def __add__(self, other: Counts) -> Counts:
        """Return what both slices count."""
        return Counts(*(getattr(self, name) + getattr(other, name) for name in Counts.__slots__))


def said(journeys: Journeys, asked: Asked) -> Said:
    """Return what was said about stages.

    Raises:
        QuestionError: There is no column ``theme`` or ``about``.
    """
    about, theme = journeys.coded("about"), journeys.coded("theme")
    there = about.codes >= 0
    if asked.negative and "s" in journeys.columns:
        held = signs(journeys)
        there &= held == -1
    owner, at = journeys.owner[there].astype(np.int64), journeys.at[there]
    times, moment = np.unique(at, return_inverse=True)
    width = len(times) + 1
    place = owner * width + moment
    beyond = owner * width + np.searchsorted(times, times + asked.window, side="right")[moment]
    return Said(
        owner=owner,
        at=at,
        stage=about.codes[there].astype(np.int64),
        theme=theme.codes[there].astype(np.int64),
        later=np.searchsorted(place, place, side="right"),
        until=np.searchsorted(place, beyond, side="left"),
        stages=len(about.names),
        themes=len(theme.names),
    )


def threads(what: Said, window: int, observed_until: int) -> tuple[Threads, Ints, Ints]:
    """Return the issues; and of every customer, theme and stage the first entry, with the group's number.

    Args:
        what: What was said.
        window: Microseconds.
        observed_until: When the data end.
    """
    many = len(what.owner) + 1
    themed = np.flatnonzero(what.theme >= 0)
    group = (what.owner[themed] * what.themes + what.theme[themed]) * what.stages + what.stage[themed]
    ordered = np.sort(group * many + themed)  # by customer, theme and stage, then in order of time
    groups, rows = ordered // many, ordered % many
    new = np.ones(len(groups), dtype=np.bool_)
    new[1:] = groups[1:] != groups[:-1]
    first, group = rows[new], groups[new]
    parts: list[tuple[Ints, Ints, Ints]] = []
    for apart in range(1, what.stages):
        one = np.flatnonzero(group[apart:] // what.stages == group[: len(group) - apart] // what.stages)
        for birth, back in ((one, one + apart), (one + apart, one)):
            start = first[birth]
            found = np.searchsorted(ordered, group[back] * many + what.later[start])
            entry = np.append(ordered, -1)[found]
            hit = (entry // many == group[back]) & (entry % many < what.until[start])
            parts.append((birth[hit], back[hit], entry[hit] % many))
    none = np.zeros(0, dtype=np.int64)
    birth, back, entry = (np.concatenate([none, *(part[column] for part in parts)]) for column in range(3))
    order = np.argsort(birth, kind="stable")
    birth, back, entry = birth[order], back[order], entry[order]
    start = first[birth]
    pair = (group[birth] % what.stages) * what.stages + group[back] % what.stages
    found_threads = Threads(
        owner=what.owner[start],
        cell=pair * what.themes + group[birth] // what.stages % max(what.themes, 1),
        delay=what.at[entry] - what.at[start],
        open=what.at[start] + window > observed_until,
    )
    return found_threads, first, group


def count(journeys: Journeys, asked: Asked) -> Counts:
    """Count over whole customers."""
    what = said(journeys, asked)
    found, first, group = threads(what, asked.window, journeys.observed[1])
    stages, themes = what.stages, what.themes
    seconds = 1_000_000

    upto = np.zeros((stages, len(what.owner) + 1), dtype=np.int32)
    for stage in range(stages):
        np.cumsum(what.stage == stage, out=upto[stage, 1:])
    begins = np.searchsorted(what.owner, np.arange(journeys.customers))
    rank = upto[what.stage, np.arange(len(what.owner))] - upto[what.stage, begins[what.owner]]
    cells, values, owners = [], [], []
    for stage in range(stages):
        follow = upto[stage, what.until] - upto[stage, np.minimum(what.later, what.until)]
        here = np.flatnonzero((follow > 0) & (what.stage != stage))
        cells.append(what.stage[here] * stages + stage)
        values.append((rank[here].astype(np.int64) << _BITS) | follow[here])
        owners.append(what.owner[here])
    cell = np.concatenate(cells) if cells else np.zeros(0, np.int64)
    pairs = stages * stages
    who = once(np.concatenate(owners) * max(pairs, 1) + cell) if cells else cell
    in_theme = np.where(what.theme < 0, themes, what.theme)
    group_stage, group_theme = group % max(stages, 1), group // max(stages, 1) % max(themes, 1)
    flat = group_stage * themes + group_theme
    open_now = what.at[first] + asked.window > journeys.observed[1]
    shape, size = (stages, themes), stages * themes
    subject = group // max(stages, 1)
    earliest = np.lexsort((first, subject))
    is_first = np.ones(len(subject), dtype=np.bool_)
    is_first[1:] = subject[earliest][1:] != subject[earliest][:-1]
    cuts = np.cumsum([pairs * themes, pairs, stages * (themes + 1)])
    entries = [
        Entries(found.owner, found.cell),
        Entries(who // max(pairs, 1), cuts[0] + who % max(pairs, 1)),
        Entries(what.owner, cuts[1] + what.stage * (themes + 1) + in_theme),
    ]
    observed, both, spoken = np.split(sums(journeys.keys, entries, int(cuts[2]), asked.replicates), cuts[:2])
    return Counts(
        observed=observed,
        both=both,
        said=spoken,
        chances=Exact.of(cell, np.concatenate(values) if values else cell),
        delays=Exact.of(found.cell, found.delay // seconds),
        raised=np.bincount(flat, minlength=size).reshape(shape),
        waiting=np.bincount(flat[open_now], minlength=size).reshape(shape),
        returned=np.bincount(found.cell[found.open], minlength=pairs * themes),
        born=np.bincount(flat[earliest[is_first]], minlength=size).reshape(shape),
    )


@dataclass(frozen=True, slots=True)
class Chance:
    """What chance alone would do, by theme; each of shape (themes,).

    Attributes:
        expected: Issues expected.
        by_a: How E follows q at the first stage: d log E / d log q_a.
        by_b: The same at the second.
    """

    expected: Floats
    by_a: Floats
    by_b: Floats


def chance(chances: tuple[Ints, Ints], q_a: Floats, q_b: Floats) -> Chance:
    """Return how often themes would come up at both stages of a pair if nothing carried over.

    Args:
        chances: Packed numbers and how often each was, of the pair.
        q_a: Each theme's share of what is said at the first stage, shape (themes,).
        q_b: At the second.

    >>> packed = (np.array([2]), np.array([10]))  # ten customers said one thing at a, and then two at b
    >>> chance(packed, np.array([0.5]), np.array([0.5])).expected.tolist()
    [3.75]
    """
    packed, n = chances
    i, m = (packed >> _BITS)[:, None], (packed & ((1 << _BITS) - 1))[:, None]
    q_a, q_b = np.minimum(q_a, _ALMOST), np.minimum(q_b, _ALMOST)
    at_a = n[:, None] * q_a * (1 - q_a) ** i
    none_at_b = (1 - q_b) ** m
    expected = (at_a * (1 - none_at_b)).sum(axis=0)
    some = np.where(expected > 0, expected, 1.0)
    by_a = (at_a * (1 - none_at_b) * (1 - i * q_a / (1 - q_a))).sum(axis=0) / some
    by_b = (at_a * m * none_at_b / (1 - q_b) * q_b).sum(axis=0) / some
    return Chance(expected, by_a, by_b)


def issues(journeys: Journeys, asked: Asked, limit: int = 50) -> Figure:
    """Return what comes back across stages, by how much more often than by chance.

    Raises:
        QuestionError: There is no column ``theme`` or ``about``.
    """
    counted = journeys.counted(lambda part: count(part, asked), add)
    names, themes = journeys.coded("about").names, journeys.coded("theme").names
    rows = _rows(counted, journeys, asked, names, themes)
    rows.sort(key=lambda row: (row["customers"] < HIDDEN_N, row["expected"] - row["customers"], row["theme"]))
    shown = rows[:limit]
    made = table(shown, _COLUMNS)
    hide = made["hidden"].to_numpy()
    kind = "complaints" if asked.negative and "s" in journeys.columns else "mentions"
    notes = list(hidden_note(hide))
    if not int(counted.said[:, 0].sum()):
        notes.append(phrase("No {kind} carry both a theme and a stage, so that nothing could come back.", kind=kind))
    if len(rows) > limit:
        notes.append(
            phrase(
                "{limit} of {n} issues are shown, those with most customers above chance first.",
                limit=limit,
                n=len(rows),
            )
        )
    return Figure(
        "issues",
        made,
        phrase(
            "A theme raised by the same customer at one stage (born) and later, within {days} "
            "days, at another (resurfaces), over {kind}. n customers raised it where it was "
            "born, customers of them again; expected is what chance alone would do; lift = "
            "customers / expected with a 95 % Poisson bootstrap by customers; born_share is the "
            "share of all who ever raised the theme and did so first at this stage.",
            days=Number(f"{days(asked.window / 1000000.0):g}"),
            kind=kind,
        ),
        tuple(notes),
        {"issues": len(rows), "said": int(counted.said[:, 0].sum()), "window_days": days(asked.window / 1e6)},
        behind=lambda row: _behind(journeys, asked, shown[row]["cell"]),
    )


def _rows(
    counted: Counts, journeys: Journeys, asked: Asked, names: tuple[str, ...], themes: tuple[str, ...]
) -> list[dict[str, Any]]:
    stages = len(names)
    if not (stages and themes):  # an event log: nobody says anything of any stage
        return []
    spoken = counted.said.reshape(stages, len(themes) + 1, -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        q = np.nan_to_num(spoken[:, :-1] / spoken.sum(axis=1, keepdims=True))
        moved = np.nan_to_num(q / q[:, :, :1])
    observed = counted.observed.reshape(stages, stages, len(themes), -1)
    both = counted.both.reshape(stages, stages, -1)
    place = {stage: number for number, stage in enumerate(journeys.stages)}
    ever = counted.born.sum(axis=0)
    rows = []
    for a in range(stages):
        for b in range(stages):
            seen = np.flatnonzero(observed[a, b, :, 0])
            seen = seen[[_wanted(asked.filters, themes[t], names[a], names[b]) for t in seen]] if len(seen) else seen
            if not len(seen):
                continue
            alone = chance(counted.chances.of_cell(a * stages + b), q[a, seen, 0], q[b, seen, 0])
            drawn = (
                alone.expected[:, None]
                * (both[a, b] / both[a, b, 0])
                * moved[a, seen] ** alone.by_a[:, None]
                * moved[b, seen] ** alone.by_b[:, None]
            )
            with np.errstate(divide="ignore", invalid="ignore"):
                lift = observed[a, b, seen] / drawn
            low, high = interval(lift[:, 1:], lift[:, 0])
            for number, theme in enumerate(seen):
                cell = (a * stages + b) * len(themes) + int(theme)
                hits, raised = int(observed[a, b, theme, 0]), int(counted.raised[a, theme])
                waiting = int(counted.waiting[a, theme]) - int(counted.returned[cell])
                rows.append({
                    "cell": cell, "theme": themes[theme], "born": names[a], "resurfaces": names[b],
                    "forward": place[names[a]] < place[names[b]] if names[a] in place and names[b] in place else None,
                    "n": raised, "customers": hits, "expected": float(alone.expected[number]),
                    "lift": float(lift[number, 0]), "low": float(low[number]), "high": float(high[number]),
                    "share": hits / raised,
                    "median_days": days(quantile(counted.delays.of_cell(cell), 0.5)),
                    "born_share": int(counted.born[a, theme]) / int(ever[theme]), "open": waiting,
                    "censored": waiting > 0,
                })  # fmt: skip
    return rows


def _wanted(filters: Filters, theme: str, born: str, back: str) -> bool:
    return (not filters.themes or theme in filters.themes) and (
        not filters.stages or born in filters.stages or back in filters.stages
    )


def _behind(journeys: Journeys, asked: Asked, cell: int) -> Ints:
    found, _, _ = threads(said(journeys, asked), asked.window, journeys.observed[1])
    keys: Ints = journeys.keys[once(found.owner[found.cell == cell])]
    return keys
