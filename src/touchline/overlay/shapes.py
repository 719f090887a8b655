"""The shapes of a measured line: where it surely falls and rises again, and what those falls and rises are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from touchline.maps.measured import Measure
from touchline.overlay.taking import adjusted, chance, error
from touchline.scores.base import LOW_N

Shape = Literal["sawtooth", "rapid drop", "trough", "peak"]

#: A fall of so many points from one step to the next is a rapid drop.
RAPID: Final = 15.0
#: So many sure changes in turn, each against the one before, are a sawtooth.
TEETH: Final = 4
_SURE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Found:
    """A shape.

    Attributes:
        name: Which.
        steps: Ids of the steps that it spans: of a drop its two ends, of a trough or peak its floor or top.
        points: A drop's fall; the smaller side of a trough or peak; a sawtooth's mean change.
        before: Of a trough or peak, the step that the line comes from.
        after: The step that it goes to.
    """

    name: Shape
    steps: tuple[str, ...]
    points: float
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class _Turn:
    """A sure change from the step numbered ``at`` to the next."""

    at: int
    points: float


def shapes(line: Sequence[tuple[str, Measure]]) -> tuple[Found, ...]:
    """Return the shapes of a line, left to right.

    A change between neighbours counts where it is sure: its two-sided p-value, from both intervals, is under 0.05 after
    correction over all neighbours (Benjamini-Hochberg). Where a step has no value, or fewer than 30 customers, the line
    is broken and nothing is said across the gap. Customers whom two steps share make a change surer than it is taken
    for here.

    Args:
        line: Ids and measures of the steps, in their order.

    >>> known = [(name, Measure(value, value - 3, value + 3, 900, 600)) for name, value in
    ...          (("look", 70.0), ("wait", 40.0), ("stay", 41.0), ("use", 68.0))]
    >>> [(one.name, one.steps) for one in shapes(known)]
    [('rapid drop', ('look', 'wait')), ('trough', ('wait', 'stay'))]
    """
    names = [name for name, _ in line]
    found: list[Found] = []
    for turns in _runs(_sure(line)):
        teeth = _sawtooth(turns)
        if teeth:
            points = sum(abs(turn.points) for turn in teeth) / len(teeth)
            found.append(Found("sawtooth", tuple(names[teeth[0].at : teeth[-1].at + 2]), points))
        found += [
            Found("rapid drop", (names[turn.at], names[turn.at + 1]), -turn.points)
            for turn in turns
            if turn.points <= -RAPID
        ]
        for left, right in pairwise(turns):
            if left.points * right.points > 0 or (left in teeth and right in teeth):
                continue
            name: Shape = "trough" if left.points < 0 else "peak"
            points = min(abs(left.points), abs(right.points))
            span = tuple(names[left.at + 1 : right.at + 1])
            found.append(Found(name, span, points, names[left.at], names[right.at + 1]))
    places = {name: at for at, (name, _) in enumerate(line)}
    return tuple(sorted(found, key=lambda one: places[one.steps[0]]))


def _sure(line: Sequence[tuple[str, Measure]]) -> list[float | None]:
    """Return each change from a step to the next: None across a gap, 0 where it is not sure."""
    changes: list[float | None] = []
    chances: list[float | None] = []
    for (_, left), (_, right) in pairwise(line):
        if not (_known(left) and _known(right)):
            changes.append(None)
            chances.append(None)
            continue
        assert left.value is not None and right.value is not None  # noqa: S101, PT018  `_known` says so
        changes.append(right.value - left.value)
        errors = error(left, right.value), error(right, left.value)
        spread = sum(one**2 for one in errors if one is not None) ** 0.5
        chances.append(chance(right.value - left.value, spread or None))
    told = adjusted(chances)
    return [
        None if change is None else change if p is not None and p < _SURE else 0.0
        for change, p in zip(changes, told, strict=True)
    ]


def _known(measure: Measure) -> bool:
    return measure.value is not None and measure.customers >= LOW_N


def _runs(changes: Sequence[float | None]) -> list[list[_Turn]]:
    """Return the sure changes of each stretch without a gap."""
    runs: list[list[_Turn]] = [[]]
    for at, change in enumerate(changes):
        if change is None:
            runs.append([])
        elif change:
            runs[-1].append(_Turn(at, change))
    return runs


def _sawtooth(turns: Sequence[_Turn]) -> list[_Turn]:
    """Return the longest row of sure changes each against the one before; none that is too short."""
    best: list[_Turn] = []
    row: list[_Turn] = []
    for turn in turns:
        row = [*row, turn] if row and row[-1].points * turn.points < 0 else [turn]
        best = row if len(row) > len(best) else best
    return best if len(best) >= TEETH else []
