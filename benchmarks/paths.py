"""Funnels and paths on a million events, beside the same by hand: ``python -m benchmarks.paths``."""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np

from benchmarks import near_limit_paths as by_hand
from benchmarks.timing import Pair, pair
from touchline.sequences import Journey
from touchline.vocabulary.coded import Coded
from touchline.warehouse.index.journeys import Columns, Journeys, narrow

#: How much longer than by hand a question may take; it also makes intervals, names and who is behind.
AT_MOST = 1.5
_DAY = 86_400_000_000
_STEPS = ["e0", "e1", "e2", "e3", "e4"]


def journeys(rows: int, seed: int = 1) -> Journeys:
    """Random journeys: a tenth as many customers, 12 events of unequal frequency, 4 tiers, 15 months."""
    rng = np.random.default_rng(seed)
    customers = rows // 10
    weight = rng.gamma(1.2, 1, customers)
    owner = np.sort(rng.choice(customers, rows, p=weight / weight.sum()))
    at = rng.integers(0, 450 * _DAY, rows) + 1_700_000_000_000_000
    at = at[np.lexsort((at, owner))]
    known, starts = np.unique(owner, return_index=True)
    share = 1 / np.sqrt(np.arange(1, 13))
    event = narrow(Coded(rng.choice(12, rows, p=share / share.sum()), tuple(f"e{code}" for code in range(12))))
    starts = np.append(starts, rows).astype(np.int64)
    tier = narrow(Coded(np.repeat(rng.integers(0, 4, len(known)), np.diff(starts)), ("a", "b", "c", "d")))
    return Journeys(
        keys=known.astype(np.int64),
        starts=starts,
        at=at,
        columns=Columns.of({"event": event, "step": event, "seg_tier": tier}),
        observed=(int(at.min()), int(at.max())),
    )


def run(rows: int, rounds: int) -> list[Pair]:
    """Measure every question."""
    held = journeys(rows)
    held.owner.sum()
    asked = Journey(held)
    questions: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        ("funnel, 5 steps", lambda: asked.funnel(_STEPS), lambda: by_hand.funnel(held, _STEPS)),
        (
            "funnel, 5 steps, 30 days",
            lambda: asked.funnel(_STEPS, window="30d"),
            lambda: by_hand.windowed(held, _STEPS, 30 * _DAY),
        ),
        ("transitions with times", asked.transitions, lambda: by_hand.transitions(held)),
        (
            "what comes later",
            lambda: asked.transitions(kind="eventually"),
            lambda: by_hand.eventually(held),
        ),
        ("flow around a step", lambda: asked.sankey("e3"), lambda: by_hand.sankey(held, "e3", 3)),
        ("step matrix, 10", asked.step_matrix, lambda: by_hand.step_matrix(held, 10)),
        ("variants, top 20", asked.variants, lambda: by_hand.variants(held, 20)),
        ("loops", asked.rework, lambda: by_hand.rework(held)),
        (
            "path search, e3 > !e1* > e2",
            lambda: asked.find("e3 > !e1* > e2"),
            lambda: by_hand.find(held, "e3", "e1", "e2"),
        ),
    ]
    return [
        pair(f"{name} / by hand", ours, theirs, rounds=rounds, at_most=AT_MOST, goal=f"at most {AT_MOST}")
        for name, ours, theirs in questions
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    for line in run(chosen.rows, chosen.rounds):
        mark = "met" if line.met else "missed"
        print(f"{line.name:45} {line.ours:8.3f} s {line.other:8.3f} s {line.ratio:6.2f}  {mark}")
