"""Random small worlds of events with many ties, and their plain rows for oracles."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
from hypothesis import strategies as st

import touchline as tl
from touchline.sequences import Journey

STAGES = ("look", "buy", "use", "renew")
EVENTS = (*STAGES, "chat", "call")
BEGIN = int(datetime(2026, 3, 20, tzinfo=UTC).timestamp())
HOUR = 3600


@dataclass(frozen=True)
class Row:
    """One event; ``at`` in seconds since 1970."""

    customer: str
    event: str
    at: int
    tier: str | None
    s: int | None
    value: float | None


def rows(copies: int = 5, days: int = 40) -> st.SearchStrategy[list[Row]]:
    """Rows of a few customers, each ``copies`` times under other names, so that figures are not hidden."""
    one = st.tuples(
        st.integers(0, 4),
        st.sampled_from(EVENTS),
        st.one_of(st.integers(0, 3).map(lambda n: n * 24 * HOUR), st.integers(0, days * 24 * HOUR)),
        st.sampled_from(("vip", "std", None)),
        st.sampled_from((-1, 0, 1, None)),
        st.sampled_from((None, 10.0, 2.5)),
    )

    def spread(found: list[tuple]) -> list[Row]:
        return [
            Row(f"c{who}-{copy}", event, BEGIN + at, tier, s, value)
            for copy in range(copies)
            for who, event, at, tier, s, value in found
        ]

    return st.lists(one, min_size=1, max_size=25).map(spread)


def journey(world: list[Row], zone: str = "UTC") -> Journey:
    """Return the journeys of rows."""
    table = pa.table({
        "customer": [row.customer for row in world],
        "event": pa.array([row.event for row in world], pa.string()),
        "time": pa.array([row.at for row in world], pa.timestamp("s", "UTC")),
        "tier": pa.array([row.tier for row in world], pa.string()),
        "s": pa.array([row.s for row in world], pa.float64()),
        "value": pa.array([row.value for row in world], pa.float64()),
    })  # fmt: skip
    return tl.read_events(table, stages=STAGES, zone=zone)


def by_customer(world: list[Row]) -> dict[str, list[Row]]:
    """Return each customer's rows in order; ties keep the rows' own."""
    found: dict[str, list[Row]] = {}
    for row in world:
        found.setdefault(row.customer, []).append(row)
    return {name: sorted(mine, key=lambda row: row.at) for name, mine in sorted(found.items())}
