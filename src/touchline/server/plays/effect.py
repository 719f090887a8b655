"""What a play does: those for whom it was played against those who were held out by chance.

Recovered: heard of again within 28 days, and not unhappy the last time. JSI change: the standing JSI 28 days after the
start less that at the start. Stayed: not lost within 90 days, as the page on value tells losses. Only those
count whose days are over. Shares have Wilson's intervals, their difference Newcombe's (1998, method 10); means have
Student's, their difference Welch's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from touchline.errors import QuestionError
from touchline.scores.intervals import t_interval, wilson
from touchline.server.plays import reading
from touchline.server.plays.models import TREATED, Play, Run

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.server.workspaces.facade import Held

RECOVERY: Final = timedelta(days=28)
STAYING: Final = timedelta(days=90)
#: Fewer on one side, and nothing is compared.
LEAST: Final = 5


@dataclass(frozen=True, slots=True)
class Value:
    """A share (0 to 1) or a mean, of how many, with its 95 % interval."""

    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure on both sides.

    Attributes:
        treated: Of those for whom it was played.
        held_out: Of those held out.
        difference: Treated less held out, with its interval; of n the smaller side, and no value below `LEAST`.
    """

    treated: Value
    held_out: Value
    difference: Value


@dataclass(frozen=True, slots=True)
class Effect:
    """What is known of a play's effect.

    Attributes:
        recovered: Shares.
        jsi: Changes of the standing JSI, in points.
        stayed: Shares; None where nothing says who is lost.
        waiting: Runs whose 28 days are not over.
    """

    recovered: Compared
    jsi: Compared
    stayed: Compared | None
    waiting: int

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


def effect(held: Held, play: Play) -> Effect:
    """Return what is known of a play's effect."""
    runs = list(Run.objects.filter(play=play).order_by("id"))
    return held.ask(lambda local: _effect(local, runs))


def _effect(local: Local, runs: Sequence[Run]) -> Effect:
    warehouse = local.workspace.warehouse
    end = reading.until(warehouse) or datetime(1970, 1, 1, tzinfo=UTC)
    over = [run for run in runs if run.at + RECOVERY <= end]
    recovered: dict[bool, list[bool]] = {True: [], False: []}
    moved: dict[bool, list[float]] = {True: [], False: []}
    if over:
        first = min(run.at for run in over)
        heard = reading.later_touches(warehouse, sorted({run.person for run in over}), first)
        half_life = local.workspace.settings.score.half_life_person
        for run in over:
            since = [s for at, s in heard.get(run.person, ()) if run.at < at <= run.at + RECOVERY]
            recovered[run.arm == TREATED].append(bool(since) and since[-1] >= 0)
        for run, after in _standings_after(local, over, half_life):
            if run.jsi is not None and after is not None:
                moved[run.arm == TREATED].append(after - run.jsi)
    return Effect(
        shares(recovered[True], recovered[False]), means(moved[True], moved[False]), _stayed(local, runs, end),
        len(runs) - len(over),
    )  # fmt: skip


def _standings_after(local: Local, runs: Sequence[Run], half_life: float) -> list[tuple[Run, float | None]]:
    by_day: dict[datetime, list[Run]] = {}
    for run in runs:
        by_day.setdefault((run.at + RECOVERY).replace(minute=0, second=0, microsecond=0), []).append(run)
    found: list[tuple[Run, float | None]] = []
    for at, some in by_day.items():
        stood = reading.standings(local.workspace.warehouse, [run.person for run in some], at, half_life)
        found += [(run, stood[run.person][0] if run.person in stood else None) for run in some]
    return found


def _stayed(local: Local, runs: Sequence[Run], end: datetime) -> Compared | None:
    over = [run for run in runs if run.at + STAYING <= end]
    if not over:
        return shares([], [])
    from touchline.value.basis import workspace_basis
    from touchline.value.outcomes import outcomes

    workspace = local.workspace
    basis = workspace_basis(workspace.asked, workspace.journeys, workspace.settings)
    try:
        found = outcomes(basis)
    except QuestionError:  # nothing says who stays: neither contracts nor a rule for inactivity
        return None
    lost: dict[int, list[int]] = {}
    keys = basis.journeys.keys[found.owner[found.lost]].tolist()
    for key, due in zip(keys, found.due[found.lost].tolist(), strict=True):
        lost.setdefault(key, []).append(due)
    sides: dict[bool, list[bool]] = {True: [], False: []}
    for run in over:
        begin, until = int(run.at.timestamp() * 1e6), int((run.at + STAYING).timestamp() * 1e6)
        sides[run.arm == TREATED].append(not any(begin < due <= until for due in lost.get(run.person, ())))
    return shares(sides[True], sides[False])


def shares(treated: Sequence[bool], out: Sequence[bool]) -> Compared:
    """Compare two shares.

    >>> found = shares([True] * 56 + [False] * 14, [True] * 48 + [False] * 32)
    >>> round(found.difference.value, 2), round(found.difference.low, 4), round(found.difference.high, 4)
    (0.2, 0.0524, 0.3339)

    Source: Newcombe 1998, table II (56/70 against 48/80).
    """
    a, b = _share(treated), _share(out)
    n = min(a.n, b.n)
    if n < LEAST:
        return Compared(a, b, Value(n))
    assert a.value is not None and a.low is not None and a.high is not None  # noqa: S101, PT018
    assert b.value is not None and b.low is not None and b.high is not None  # noqa: S101, PT018
    difference = a.value - b.value
    low = difference - float(np.hypot(a.value - a.low, b.high - b.value))
    high = difference + float(np.hypot(a.high - a.value, b.value - b.low))
    return Compared(a, b, Value(n, difference, low, high))


def _share(hits: Sequence[bool]) -> Value:
    if not hits:
        return Value(0)
    value, low, high = (float(one) for one in wilson(sum(hits), len(hits)))
    return Value(len(hits), value, low, high)


def means(treated: Sequence[float], out: Sequence[float]) -> Compared:
    """Compare two means.

    >>> found = means([3.0, 5, 4, 6, 2, 4], [1.0, 0, 2, 1, 1, 1])
    >>> round(found.difference.value, 2), found.difference.low > 0
    (3.0, True)
    """
    from scipy.stats import t

    a, b = _mean(treated), _mean(out)
    n = min(a.n, b.n)
    if n < LEAST or a.value is None or b.value is None:
        return Compared(a, b, Value(n))
    va, vb = float(np.var(treated, ddof=1)) / a.n, float(np.var(out, ddof=1)) / b.n
    difference = a.value - b.value
    if not va + vb:
        return Compared(a, b, Value(n, difference, difference, difference))
    freedom = (va + vb) ** 2 / (va**2 / (a.n - 1) + vb**2 / (b.n - 1))
    half = float(t.ppf(0.975, freedom)) * float(np.sqrt(va + vb))
    return Compared(a, b, Value(n, difference, difference - half, difference + half))


def _mean(values: Sequence[float]) -> Value:
    if len(values) < 2:
        return Value(len(values))
    mean = float(np.mean(values))
    low, high = t_interval(len(values), mean, float(np.var(values, ddof=1)))
    return Value(len(values), mean, float(low), float(high))
