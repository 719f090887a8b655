"""Funnels and path search in plain loops, one journey at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

Row = dict[str, Any]


@dataclass
class Way:
    """How far one unit came: the rows of its steps, whether its first window is over, whether it may come further."""

    rows: list[int]
    closed: bool
    live: bool


def sessions(rows: list[Row], gap: timedelta) -> list[list[Row]]:
    parts = [[rows[0]]]
    for before, row in pairwise(rows):
        if row["time"] - before["time"] > gap:
            parts.append([])
        parts[-1].append(row)
    return parts


def attempt(
    rows: list[Row],
    begin: int,
    steps: list[str],
    order: str,
    window: timedelta | None,
    each: timedelta | None,
    exclude: tuple[str, ...],
) -> tuple[list[int], bool]:
    """The rows of one attempt, and whether an excluded row came after it began."""
    taken, left, place = [begin], list(steps), begin
    broken = any(row["event"] in exclude for row in rows[begin + 1 :])
    if order == "any":
        left = [step for step in left if step != rows[begin]["event"]]
    else:
        left.pop(0)
    while left:
        place += 1
        if place >= len(rows):
            break
        row = rows[place]
        if row["event"] in exclude:
            break
        if window is not None and row["time"] - rows[begin]["time"] > window:
            break
        wanted = row["event"] in left if order == "any" else row["event"] == left[0]
        if wanted:
            if each is not None and row["time"] - rows[taken[-1]]["time"] > each:
                break
            taken.append(place)
            left.remove(row["event"])
        elif order == "strict":
            break
    return taken, broken


def way(
    rows: list[Row],
    steps: list[str],
    order: str,
    window: timedelta | None,
    each: timedelta | None,
    exclude: tuple[str, ...],
    entry: str,
    end: datetime,
    begins: Any = lambda row: True,
) -> Way | None:
    starts = [
        i for i, row in enumerate(rows) if (row["event"] in steps if order == "any" else row["event"] == steps[0])
        and begins(row)
    ]  # fmt: skip
    if not starts:
        return None
    if entry == "first":
        starts = starts[:1]
    best: list[int] = []
    live = False
    for begin in starts:
        taken, broken = attempt(rows, begin, steps, order, window, each, exclude)
        if len(taken) > len(best):
            best = taken
        over = (window is not None and rows[begin]["time"] + window <= end) or (
            each is not None and rows[taken[-1]]["time"] + each <= end
        )
        stuck = broken or (order == "strict" and taken[-1] != len(rows) - 1)
        live |= len(taken) < len(steps) and not over and not stuck
    limits = [x for x in (window, None if each is None else each * (len(steps) - 1)) if x is not None]
    closed = not limits or rows[starts[0]]["time"] + min(limits) <= end
    return Way(best, closed, live and len(best) < len(steps))


# --- path search: a backtracking matcher over a tree of tuples ---------------------------------------------


Taken = tuple[int, int | None, Any]


def matches_from(node: Any, rows: list[Row], place: int, last: int | None, joint: Any) -> list[Taken]:
    """Every way to go through a node: (next place, last row taken, what joins it to what follows).

    ``place`` is the earliest next row; ``last`` the row taken before, None at the beginning; ``joint`` the pending
    (later, limit) to the next row that is taken.
    """
    kind = node[0]
    if kind == "atom":
        _, names, negated = node
        found = []
        later, limit = joint
        choices = range(place, len(rows)) if later and last is not None else (place,)
        for at in choices:
            if at >= len(rows):
                continue
            event = rows[at]["event"]
            good = (names is None or event in names) != negated if names is not None else True
            if good and last is not None and limit is not None and rows[at]["time"] - rows[last]["time"] > limit:
                good = False
            if good:
                found.append((at + 1, at, (False, None)))
        return found
    if kind == "choice":
        return [way for option in node[1] for way in matches_from(option, rows, place, last, joint)]
    if kind == "repeat":
        _, inner, low, high = node
        states = {(place, last, joint)}
        found = set(states) if low == 0 else set()
        times = 0
        while states and (high is None or times < high):
            after = {to for state in states for to in matches_from(inner, rows, *state)}
            states = after if times + 1 <= low else after - found
            times += 1
            if times >= low:
                states = states - found
                found |= states
        return list(found)
    _, parts, joints = node
    states = set(matches_from(parts[0], rows, place, last, joint))
    for (later, limit), part in zip(joints, parts[1:], strict=True):
        after = set()
        for at, taken, (was_later, was_limit) in states:
            limits = [x for x in (was_limit, limit) if x is not None]
            both = (was_later or later, min(limits) if limits else None)
            after |= set(matches_from(part, rows, at, taken, both))
        states = after
    return list(states)


def search(node: Any, rows: list[Row], at_start: bool = False, at_end: bool = False) -> tuple[int, int] | None:
    """First and last row of the match that ends first, of those the one that begins first."""
    found = []
    for begin in range(1 if at_start else len(rows)):
        for _, last, _ in matches_from(node, rows, begin, None, (False, None)):
            if last is not None and (not at_end or last == len(rows) - 1):
                found.append((last, begin))
    if not found:
        return None
    end, begin = min(found)
    return begin, end


def written(node: Any) -> str:
    """The pattern's text."""
    kind = node[0]
    if kind == "atom":
        _, names, negated = node
        if names is None:
            return "*"
        text = names[0] if len(names) == 1 else f"({'|'.join(names)})"
        return ("!" if negated else "") + text
    if kind == "choice":
        return "(" + "|".join(written(option) for option in node[1]) + ")"
    if kind == "repeat":
        _, inner, low, high = node
        text = f"({written(inner)})" if inner[0] == "repeat" else written(inner)
        return text + {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((low, high), f"{{{low},{high or ''}}}")
    _, parts, joints = node
    text = written(parts[0])
    for (later, limit), part in zip(joints, parts[1:], strict=True):
        span = "" if limit is None else f"{{{limit.days * 24 + limit.seconds // 3600}h}}"
        text += f" {'..' if later else '>'}{span} {written(part)}"
    return f"({text})"


def nullable(node: Any) -> bool:
    kind = node[0]
    if kind == "atom":
        return False
    if kind == "choice":
        return any(nullable(option) for option in node[1])
    if kind == "repeat":
        return node[2] == 0 or nullable(node[1])
    return all(nullable(part) for part in node[1])


def as_regex(text: str) -> re.Pattern[str]:
    """A pattern of single letters without ``..`` and limits, as a regular expression over letters."""
    text = text.replace(" ", "").replace(">", "")
    text = re.sub(r"!\(([^)]*)\)", lambda m: f"[^{m[1].replace('|', '')}]", text)
    return re.compile(re.sub(r"!(\w)", r"[^\1]", text))
