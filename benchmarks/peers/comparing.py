"""Ours and a peer's side by side: the seconds of each, and whether every cell is equal."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from time import perf_counter
from typing import Any

from benchmarks import page

Cells = Mapping[Any, float]


@dataclass(frozen=True, slots=True)
class Compared:
    """One question on one log.

    Attributes:
        log: Its name.
        name: The question.
        ours: Seconds.
        theirs: Seconds.
        cells: How many numbers were compared.
        differing: How many of them differ by more than rounding.
        at_least: How many times as fast ours is meant to be on a million events; None where no goal was set.
        note: What is not alike in what the two do.
    """

    log: str
    name: str
    ours: float
    theirs: float
    cells: int
    differing: int
    at_least: float | None = None
    note: str = ""

    @property
    def line(self) -> str:
        """As it is printed."""
        times = self.theirs / self.ours
        goal = (
            "" if self.at_least is None else f"goal {self.at_least:g}x {'met' if times >= self.at_least else 'missed'}"
        )
        told = "equal" if not self.differing else f"{self.differing:,} DIFFER"
        return (
            f"{self.log:28} {self.name:30} {self.ours:8.3f} s {self.theirs:8.3f} s {times:7.1f}x  "
            f"{self.cells:>8,} cells {told:12} {goal} {self.note}"
        )

    @property
    def row(self) -> page.Row:
        """As it stands in docs/performance.md."""
        times = self.theirs / self.ours
        goal = "" if self.at_least is None else f"at least {self.at_least:g}"
        return page.Row(
            f"{self.name} {self.note}".strip(), f"{self.ours:.3f} s", f"{self.theirs:.3f} s", f"{times:.1f}", goal,
            self.at_least is None or times >= self.at_least,
        )  # fmt: skip


def differing(ours: Cells, theirs: Cells, rounding: float = 1e-9) -> int:
    """Count the cells that differ; one that only the other has differs unless it is 0."""
    keys = {*ours, *theirs}
    return sum(
        abs(float(ours.get(key, 0)) - float(theirs.get(key, 0))) > rounding * max(1.0, abs(float(ours.get(key, 0))))
        for key in keys
    )


def beside(
    log: str,
    name: str,
    ours: tuple[Callable[[], Any], Callable[[Any], Cells]],
    theirs: tuple[Callable[[], Any], Callable[[Any], Cells]],
    *,
    rounds: int = 3,
    at_least: float | None = None,
    note: str = "",
) -> Compared:
    """Ask both in turns, keep the best of each, and compare cell by cell.

    Args:
        log: The log's name.
        name: The question.
        ours: Asks, and makes cells of the answer; only the asking is timed.
        theirs: The same of the peer.
        rounds: Times that each is asked.
        at_least: The goal of how many times as fast.
        note: What is not alike.
    """
    answers: list[Any] = [None, None]
    times: list[list[float]] = [[], []]
    for _ in range(rounds):
        for who, (ask, _) in enumerate((ours, theirs)):
            gc.collect()
            begun = perf_counter()
            answers[who] = ask()
            times[who].append(perf_counter() - begun)
    mine, its = ours[1](answers[0]), theirs[1](answers[1])
    wrong = differing(mine, its)
    return Compared(log, name, min(times[0]), min(times[1]), len({*mine, *its}), wrong, at_least, note)


def told(found: Iterable[Compared], peer: str, write: str = "") -> int:
    """Print every line as it comes; return 1 where a cell differs.

    Args:
        found: The lines.
        peer: The other tool, by the name of its package.
        write: The command, when the simulated log's lines shall stand in docs/performance.md.
    """
    busy, all_ = page.load(), []
    for one in found:
        print(one.line, flush=True)
        all_.append(one)
    if write:
        rows = [one.row for one in all_ if one.log.startswith("simulated")]
        page.write(f"beside {peer} {version(peer)}", write, busy, rows)
    return int(any(one.differing for one in all_))
