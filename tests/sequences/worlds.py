"""Random small worlds: a few customers, a few events, many ties."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pyarrow as pa
from hypothesis import strategies as st

START = datetime(2026, 1, 1)
STAGES = ("trial", "use", "renewal")
EVENTS = (*STAGES, "visit", "order")
CHANNELS = ("ads", "mail", "direct", None)
THEMES = ("late", "price", None)
ABOUT = ("trial", "use", "support", None)
AGENTS = ("ann", "bob", None)


@dataclass(frozen=True)
class Row:
    """One interaction."""

    customer: str
    event: str
    time: datetime
    channel: str | None
    theme: str | None
    about: str | None
    s: int | None
    value: float | None
    agent: str | None
    tier: str | None


def rows_of(customers: int = 6, most: int = 24) -> st.SearchStrategy[list[Row]]:
    """Rows in any order; times are a few different days, so that ties are common."""
    row = st.builds(
        Row,
        customer=st.sampled_from([f"c{i}" for i in range(customers)]),
        event=st.sampled_from(EVENTS),
        time=st.integers(0, 9).map(lambda day: START + timedelta(days=day)),
        channel=st.sampled_from(CHANNELS),
        theme=st.sampled_from(THEMES),
        about=st.sampled_from(ABOUT),
        s=st.sampled_from((-1, 0, 1, None)),
        value=st.sampled_from((10.0, 2.5, -3.0, None)),
        agent=st.sampled_from(AGENTS),
        tier=st.sampled_from(("vip", "std", None)),
    )
    return st.lists(row, min_size=1, max_size=most)


def every_name(rows: list[Row]) -> list[Row]:
    """Add a customer who does everything once, so that no step or column is unknown."""
    many = [
        Row("zz", event, START + timedelta(days=n), "ads", "late", ABOUT[n % 3], n % 3 - 1, 1.0, "ann", "vip")
        for n, event in enumerate(EVENTS)
    ]
    others = [
        Row("zz", "visit", START + timedelta(days=9), channel, "price", "support", 0, 1.0, "bob", "std")
        for channel in ("mail", "direct")
    ]
    return [*rows, *many, *others]


def frame(rows: list[Row]) -> pa.Table:
    """Return rows as a table."""
    names = list(Row.__dataclass_fields__)
    kinds = {"time": pa.timestamp("us"), "s": pa.int64(), "value": pa.float64()}
    return pa.table({n: pa.array([getattr(r, n) for r in rows], kinds.get(n, pa.string())) for n in names})


def journeys_in(rows: list[Row]) -> dict[str, list[Row]]:
    """Return each customer's rows in order of time; ties in the order of the rows."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.customer, []).append(row)
    return {name: sorted(mine, key=lambda row: row.time) for name, mine in sorted(found.items())}


def copied(rows: list[Row]) -> list[Row]:
    """Return the rows and a second tenant of the same."""
    return [*rows, *(replace(row, customer="copy of " + row.customer) for row in rows)]


def later(rows: list[Row], days: int) -> list[Row]:
    """Return the rows some days later."""
    return [replace(row, time=row.time + timedelta(days=days)) for row in rows]
