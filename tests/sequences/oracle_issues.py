"""Issues across stages in plain loops; what chance would do by drawing every outcome."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import product

from tests.sequences.worlds import Row, journeys_in

Key = tuple[str, str, str]


@dataclass
class Issue:
    """One theme, born at a stage and back at another."""

    who: list[str] = field(default_factory=list)
    delays: list[timedelta] = field(default_factory=list)
    expected: float = 0.0
    waiting: int = 0


def spoken(rows: list[Row], negative: bool) -> dict[str, list[Row]]:
    mine = {
        who: [r for r in those if r.about and (r.s == -1 or not negative)] for who, those in journeys_in(rows).items()
    }
    return {who: those for who, those in mine.items() if those}


def issues(rows: list[Row], window: timedelta, negative: bool, until: datetime) -> dict[Key, Issue]:
    said = spoken(rows, negative)
    themes = sorted({r.theme for those in said.values() for r in those if r.theme})
    stages = sorted({str(r.about) for those in said.values() for r in those})
    found: dict[Key, Issue] = defaultdict(Issue)
    q = {}
    for stage, theme in product(stages, themes):
        there = [r for those in said.values() for r in those if r.about == stage]
        q[stage, theme] = sum(r.theme == theme for r in there) / len(there)
    for a, b, theme in product(stages, stages, themes):
        if a == b:
            continue
        issue = found[theme, a, b]
        for who, those in said.items():
            raised = [r for r in those if r.about == a and r.theme == theme]
            if raised:
                first = raised[0]
                again = [
                    r for r in those
                    if r.about == b and r.theme == theme and first.time < r.time <= first.time + window
                ]  # fmt: skip
                if again:
                    issue.who.append(who)
                    issue.delays.append(again[0].time - first.time)
                elif first.time + window > until:
                    issue.waiting += 1
            issue.expected += by_chance(those, a, b, q[a, theme], q[b, theme], window)
    return {key: issue for key, issue in found.items() if issue.who}


def by_chance(those: list[Row], a: str, b: str, q_a: float, q_b: float, window: timedelta) -> float:
    """The probability that the theme comes back, over all ways in which it may come up or not."""
    first_chance, total = 1.0, 0.0
    for row in (r for r in those if r.about == a):
        none = 1.0
        for other in those:
            if other.about == b and row.time < other.time <= row.time + window:
                none *= 1 - q_b
        total += first_chance * q_a * (1 - none)
        first_chance *= 1 - q_a
    return total
