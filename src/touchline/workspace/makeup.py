"""What a customer's standing JSI is made of, touch by touch, how it came about, and what they are worth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from touchline.scores.base import Filters
from touchline.scores.intervals import PRIOR

if TYPE_CHECKING:
    from touchline.workspace.workspace import Workspace

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Part:
    """What one touch adds.

    Attributes:
        interaction_id: The customer's first words or answer of it.
        occurred_at: When, UTC.
        stage: What about.
        s: -1, 0 or +1.
        method: What decided it.
        weight: As it was then.
        now: As it is at the time asked about: halved with every half-life.
        points: What it adds to the JSI.
    """

    interaction_id: str
    occurred_at: datetime
    stage: str
    s: int
    method: str
    weight: float
    now: float
    points: float


@dataclass(frozen=True, slots=True)
class Worth:
    """What a customer pays, and how healthy that is.

    Attributes:
        paid: In the last 365 days; None where nothing is known of money.
        currency: Of it; empty where none is named.
        health: 0 to 100; None where nothing is known.
        parts: What it is made of, 0 to 100 each; what is not known is left out.
        renewal: The end of their contract that was stated last; None where none was.
    """

    paid: float | None = None
    currency: str = ""
    health: float | None = None
    parts: tuple[tuple[str, float], ...] = ()
    renewal: datetime | None = None


def makeup(happened: Iterable[Mapping[str, Any]], at: datetime, half_life: float) -> tuple[Part, ...]:
    """Return what a standing JSI is made of: 50 and the points of all parts add up to it.

    Args:
        happened: A timeline's rows, with ``interaction_id``, ``occurred_at`` and ``touches``.
        at: The time of the standing.
        half_life: In days.

    Returns:
        The heaviest first.

    >>> told = {"stage": "delivery", "s": -1, "weight": 2.0, "method": "model"}
    >>> row = {"interaction_id": "1", "occurred_at": datetime(2026, 1, 1), "touches": [told]}
    >>> [(round(part.now, 2), round(part.points, 2)) for part in makeup([row], datetime(2026, 1, 31), 30.0)]
    [(1.0, -25.0)]
    """
    touches = [
        (row, touch, touch["weight"] * 0.5 ** ((at - row["occurred_at"]) / _DAY / half_life))
        for row in happened
        for touch in row["touches"] or ()
        if row["occurred_at"] <= at
    ]
    total = sum(now for _row, _touch, now in touches) + PRIOR
    parts = [
        Part(row["interaction_id"], row["occurred_at"], touch["stage"], touch["s"], touch["method"], touch["weight"],
             now, 50 * now * touch["s"] / total)
        for row, touch, now in touches
    ]  # fmt: skip
    return tuple(sorted(parts, key=lambda part: (-part.now, part.interaction_id, part.stage)))


def through_time(
    happened: Sequence[Mapping[str, Any]], at: datetime, half_life: float, *, most: int = 60
) -> list[tuple[datetime, float, int]]:
    """Return the standing JSI week by week, from the first touch to a time: time, JSI, and touches in that week."""
    touched = [row["occurred_at"] for row in happened if row["touches"] and row["occurred_at"] <= at]
    if not touched:
        return []
    weeks = min(most, (at - min(touched)).days // 7 + 1)
    moments = [at - timedelta(days=7 * back) for back in range(weeks, -1, -1)]
    made = []
    for moment in moments:
        parts = makeup(happened, moment, half_life)
        if parts:
            n = sum(part.occurred_at > moment - timedelta(days=7) for part in parts)
            made.append((moment, 50 + sum(part.points for part in parts), n))
    return made


def worth(workspace: Workspace, customer: str, filters: Filters) -> Worth:
    """Return what a customer pays, how healthy that is, and when their contract ends.

    Args:
        workspace: Open, and up to date.
        customer: Their reference.
        filters: Its segments say who may be told of.
    """
    from touchline.settings.value import HEALTH
    from touchline.value.basis import workspace_basis
    from touchline.value.churn import yearly
    from touchline.value.health import combined, health_parts
    from touchline.value.money import UNIT

    keys = workspace.warehouse.fetch(
        "SELECT DISTINCT customer_key FROM interactions WHERE customer_ref = $ref", ref=customer
    )["customer_key"].to_numpy()
    basis = workspace_basis(workspace.asked, workspace.journeys, workspace.settings)
    basis = basis.chosen(replace(Filters(), segments=filters.segments))
    mine = np.isin(basis.journeys.keys, keys)
    if not mine.any():
        return Worth()
    known = bool(basis.money.there.any())
    currency = basis.money.currency
    basis = basis.of(mine)
    owner, moment = np.zeros(1, np.int64), np.full(1, basis.end)
    parts, _band = health_parts(basis, owner, moment)
    weights = np.array([getattr(basis.value.health, name) for name in HEALTH])
    score = float(combined(parts, weights)[0])
    ends = basis.ends.end[basis.ends.owner == 0]
    return Worth(
        paid=float(yearly(basis, owner, moment)[0] / UNIT) if known else None,
        currency=currency,
        health=None if np.isnan(score) else score,
        parts=tuple((name, float(part)) for name, part in zip(HEALTH, parts[0], strict=True) if not np.isnan(part)),
        renewal=datetime(1970, 1, 1) + timedelta(microseconds=int(ends[-1])) if len(ends) else None,
    )
