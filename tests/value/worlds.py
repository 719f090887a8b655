"""Small random worlds of contracts, purchases and words, and larger ones with a planted effect."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from touchline.warehouse.index.frames import journeys_of
from touchline.warehouse.index.journeys import Journeys

START = datetime(2024, 1, 1)
EVENTS = ("renewed", "cancelled", "started", "order", "visit")


def random_journeys(seed: int, customers: int = 12, events: int = 120, days: int = 700) -> Journeys:
    """A world of many ties, refunds, two currencies and every order of starts, renewals and ends."""
    rng = np.random.default_rng(seed)
    many = int(rng.integers(1, events))
    what = rng.choice(EVENTS, many, p=[0.3, 0.15, 0.1, 0.3, 0.15])
    paid = np.where(what == "order", np.round(rng.normal(20, 15, many), 2), np.nan)
    return journeys_of(
        pa.table(
            {
                "customer": [f"c{i}" for i in rng.integers(0, customers, many)],
                "event": what.tolist(),
                "time": [START + timedelta(days=int(d)) for d in rng.integers(0, days, many)],
                "value": pa.array(paid, from_pandas=True),
                "currency": rng.choice(["EUR", "USD"], many).tolist(),
                "seg_tier": rng.choice(["basic", "vip"], many).tolist(),
                "s": rng.choice([-1, 0, 1], many).tolist(),
            }
        )
    )


seeds = st.integers(0, 2**32 - 1)


def planted(seed: int = 1, customers: int = 1200, effect: float = 1.2) -> Journeys:
    """Yearly contracts over four years; who is unhappy before a renewal is likelier to cancel.

    Every customer starts, says something four times a year, and decides once a year. ``effect`` is the change of the
    log odds of leaving per unit of mood.
    """
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    for number in range(customers):
        begin = START + timedelta(days=float(rng.uniform(0, 365)))
        tier = "vip" if rng.random() < 0.3 else "basic"
        rows.append({"event": "started", "time": begin, "value": 100.0, "s": None, "customer": f"c{number:05}"})
        mood = rng.normal()
        for year in range(1, 4):
            mood = 0.6 * mood + 0.8 * rng.normal()
            due = begin + timedelta(days=365 * year)
            if due > START + timedelta(days=4 * 365):
                break
            for quarter in range(1, 5):
                at = due - timedelta(days=91 * quarter - 50)
                said = int(np.sign(mood + 0.4 * rng.normal()) if rng.random() < 0.8 else 0)
                rows.append({"event": "survey", "time": at, "value": None, "s": said, "customer": f"c{number:05}"})
            leaves = rng.random() < 1 / (1 + np.exp(1.2 + effect * mood))
            name, paid = ("cancelled", None) if leaves else ("renewed", 100.0 + 10 * (tier == "vip"))
            rows.append({"event": name, "time": due, "value": paid, "s": None, "customer": f"c{number:05}"})
            if leaves:
                break
        for row in rows[::-1]:
            if "seg_tier" in row:
                break
            row["seg_tier"] = tier
    rows.append({"event": "visit", "time": START + timedelta(days=4 * 365), "value": None, "s": None,
                 "customer": "last", "seg_tier": "basic"})  # fmt: skip
    return journeys_of(pa.Table.from_pylist(rows))
