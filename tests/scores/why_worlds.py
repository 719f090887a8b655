"""Worlds of touches with a planted cause, or with none: for drills, differences and change points."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from tests.worlds import START, Rows, Tables, make_world, rows

Bad = Callable[[dict[str, Any]], float]


def planted(
    seed: int,
    *,
    customers: int = 400,
    each: int = 3,
    bad: Bad = lambda _: 0.3,
    theme: Callable[[dict[str, Any], np.random.Generator], str | None] = lambda _, rng: (
        "late_delivery",
        "rude_agent",
        "price",
        None,
    )[rng.integers(4)],
    stages: tuple[str, ...] = ("delivery",),
) -> Tables:
    """Return a world in which touches are negative with the probability that ``bad`` gives.

    Args:
        seed: Equal seeds give equal worlds.
        customers: How many.
        each: Touches of each; a customer's own mood makes them alike.
        bad: Of a touch's segments, channel, stage and week, the probability that it is negative.
        theme: What a negative touch is about.
        stages: Drawn from.
    """
    rng = np.random.default_rng(seed)
    tables = make_world(7, conversations=60)
    touch = rows(tables, "touches")[0]
    mention = rows(tables, "mentions")[0]
    touches: Rows = []
    mentions: Rows = []
    for customer in range(1, customers + 1):
        mood = rng.beta(20, 20) * 2
        tier, region = str(rng.choice(["basic", "plus", "vip"])), str(rng.choice(["emea", "apac"]))
        for _ in range(each):
            number = len(touches)
            when = START + timedelta(days=int(rng.integers(0, 84)), hours=9)
            where = {
                "customer_key": customer * 7919, "identified": True, "account_key": None,
                "conversation_key": 9_000_000 + number, "interaction_id": f"p{number}",
                "stage": str(rng.choice(stages)), "touchpoint": None, "sub_stage": None,
                "channel": str(rng.choice(["email", "web", "phone"])), "source": "desk", "family": "ticket",
                "programme": None, "purpose": None, "occurred_at": when, "day": when.date(),
                "week": when.date() - timedelta(days=when.weekday()), "seg_tier": tier, "seg_region": region,
            }  # fmt: skip
            unhappy = rng.random() < min(bad(where) * mood, 1.0)
            about = theme(where, rng) if unhappy else None
            s = -1 if unhappy else int(rng.random() < 0.7)
            touches.append(touch | where | {"s": s, "weight": 1.0, "severity": 1.0, "theme": about})
            if about:
                mentions.append(mention | where | {"mention": 0, "theme": about, "sentiment": -1, "severity": 1.0})
    return {
        **tables,
        "touches": pa.Table.from_pylist(touches, schema=tables["touches"].schema),
        "mentions": pa.Table.from_pylist(mentions, schema=tables["mentions"].schema),
    }
