"""Attribution in plain loops, by other ways than the package's where there are any."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from math import factorial

import numpy as np
from tests.sequences.worlds import Row, journeys_in

NONE = "(none)"


@dataclass(frozen=True)
class Path:
    """Names and times of touches; what it is worth, None where it leads nowhere."""

    customer: str
    touches: tuple[tuple[str, datetime], ...]
    value: float | None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.touches)


def paths_of(rows: list[Row], converts: Callable[[Row], bool], worth: Callable[[Row], float],
             window: timedelta | None) -> list[Path]:  # fmt: skip
    found = []
    for customer, mine in journeys_in(rows).items():
        waiting: list[tuple[str, datetime]] = []
        for row in mine:
            if converts(row):
                near = [t for t in waiting if window is None or row.time - t[1] <= window]
                far = waiting[: len(waiting) - len(near)]
                if far:
                    found.append(Path(customer, tuple(far), None))
                found.append(Path(customer, tuple(near), worth(row)))
                waiting = []
            elif row.channel is not None:
                waiting.append((row.channel, row.time))
        if waiting:
            found.append(Path(customer, tuple(waiting), None))
    return found


def score_paths(rows: list[Row]) -> list[Path]:
    found = []
    for customer, mine in journeys_in(rows).items():
        before, waiting = None, []
        for row in mine:
            if row.channel is not None:
                waiting.append((row.channel, row.time))
            if row.s is not None:
                if before is not None:
                    found.append(Path(customer, tuple(waiting), row.s - before))
                before, waiting = row.s, []
        if waiting:
            found.append(Path(customer, tuple(waiting), None))
    return found


def shared(path: Path, model: str, half_life: timedelta) -> list[tuple[str, float]]:
    names, n = path.names, len(path.touches)
    if model == "first":
        return [(names[0], 1.0)]
    if model == "last":
        return [(names[-1], 1.0)]
    if model == "last_non_direct":
        others = [name for name in names if name != "direct"]
        return [(others[-1] if others else names[-1], 1.0)]
    if model == "linear":
        return [(name, 1 / n) for name in names]
    if model == "time_decay":
        weights = [0.5 ** ((path.touches[-1][1] - t) / half_life) for _, t in path.touches]
        return [(name, weight / sum(weights)) for name, weight in zip(names, weights, strict=True)]
    assert model == "position"
    if n == 1:
        return [(names[0], 1.0)]
    if n == 2:
        return [(names[0], 0.5), (names[1], 0.5)]
    return [(names[0], 0.4), *((name, 0.2 / (n - 2)) for name in names[1:-1]), (names[-1], 0.4)]


def shapley(paths: list[Path]) -> dict[str, float]:
    """Over all coalitions, by the definition."""
    wins = [(set(path.names), path.value) for path in paths if path.value is not None and path.touches]
    names = sorted({name for path in paths for name in path.names})

    def v(coalition: set[str]) -> float:
        return sum(value for needs, value in wins if needs <= coalition)

    found = {}
    for name in names:
        others = [other for other in names if other != name]
        found[name] = sum(
            factorial(size) * factorial(len(names) - size - 1) / factorial(len(names))
            * (v({*team, name}) - v(set(team)))
            for size in range(len(others) + 1) for team in combinations(others, size)
        )  # fmt: skip
    return found


def markov(paths: list[Path], order: int, sign: int = 1) -> tuple[dict[str, float], dict[str, float]]:
    """Removal effects by solving each chain without a name anew, and what names get; of gains, or of losses."""
    moves: dict[tuple[str, ...], Counter[object]] = defaultdict(Counter)
    earns: dict[tuple[str, ...], float] = defaultdict(float)
    for path in paths:
        state: tuple[str, ...] = ()
        for name in path.names:
            after = (*state, name)[-order:]
            moves[state][after] += 1
            state = after
        if path.touches:
            moves[state]["end"] += 1
            earns[state] += max(sign * (path.value or 0.0), 0.0)

    def worth(without: str | None) -> float:
        known = [state for state in moves if not (state and state[-1] == without)]
        place = {state: i for i, state in enumerate(known)}
        chain, reward = np.eye(len(known)), np.zeros(len(known))
        for state in known:
            total = sum(moves[state].values())
            reward[place[state]] = earns[state] / total
            for after, n in moves[state].items():
                if after in place:
                    chain[place[state], place[after]] -= n / total
        return float(np.linalg.solve(chain, reward)[place[()]]) if () in place else 0.0

    names = sorted({name for path in paths for name in path.names})
    whole = worth(None)
    effect = {name: (whole - worth(name)) / whole if whole > 0 else 0.0 for name in names}
    total = sum(effect.values())
    earned = sum(earns.values())
    return effect, {name: earned * effect[name] / total if total > 0 else 0.0 for name in names}


def credit_of(paths: list[Path], model: str, half_life: timedelta, order: int) -> dict[str, float]:
    """What every name gets, and conversions without a touch under ``(none)``."""
    found: dict[str, float] = defaultdict(float)
    for path in paths:
        if path.value is not None and not path.touches:
            found[NONE] += path.value
    if model == "shapley":
        parts = [shapley(paths)]
    elif model == "markov":
        gains, losses = markov(paths, order)[1], markov(paths, order, -1)[1]
        parts = [gains, {name: -value for name, value in losses.items()}]
    else:
        parts = [
            {name: share * path.value}
            for path in paths if path.value is not None and path.touches
            for name, share in shared(path, model, half_life)
        ]  # fmt: skip
    for part in parts:
        for name, value in part.items():
            found[name] += value
    return dict(found)
