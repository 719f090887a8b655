"""Small random worlds of journeys: few customers, few events, many equal times."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from touchline.sequences.durations import Durations

START = datetime(2026, 1, 1)
EVENTS = ("a", "b", "c", "d")
SCHEMA = pa.schema(
    [
        ("customer", pa.string()),
        ("event", pa.string()),
        ("time", pa.timestamp("us")),
        ("account", pa.string()),
        ("tier", pa.string()),
        ("channel", pa.string()),
    ]
)
Row = dict[str, Any]


@st.composite
def worlds(draw: st.DrawFn, customers: int = 7, most: int = 9, days: int = 8) -> list[Row]:
    """Rows in no order; tier may be unknown and may change, an account has several customers."""
    rows: list[Row] = []
    for number in range(draw(st.integers(1, customers))):
        account = draw(st.sampled_from((None, "x", "y")))
        rows.extend(
            {
                "customer": f"c{number}",
                "event": draw(st.sampled_from(EVENTS)),
                "time": START + timedelta(hours=12 * draw(st.integers(0, 2 * days))),
                "account": account,
                "tier": draw(st.sampled_from(("vip", "basic", None))),
                "channel": draw(st.sampled_from(("web", "phone", None))),
            }
            for _ in range(draw(st.integers(1, most)))
        )
    return draw(st.permutations(rows))


def table(rows: list[Row]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def journeys(rows: list[Row], key: str = "customer") -> dict[str, list[Row]]:
    """Rows of each customer in order; ties stay as they came, customers by name."""
    ordered = sorted(rows, key=lambda row: (row["customer"], row["time"]))
    if key != "customer":
        ordered = [row for row in sorted(ordered, key=lambda row: row["time"]) if row[key] is not None]
    found: dict[str, list[Row]] = {}
    for row in ordered:
        found.setdefault(row[key], []).append(row)
    return {name: found[name] for name in sorted(found)}


def multiset(durations: Durations) -> list[tuple[int, int]]:
    """Return the groups and seconds that durations hold, in order."""
    return sorted(pair for part in durations.parts for pair in zip(*(array.tolist() for array in part), strict=True))
