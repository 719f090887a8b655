"""Who is hit: found where it is planted, and not where chance alone is."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from touchline.server.monitoring.hitting import Hit, counted


def touches(keys: list[int], s: list[int], **segments: list[str | None]) -> pa.Table:
    named = {f"seg_{name}": pa.array(values, pa.string()) for name, values in segments.items()}
    return pa.table({"customer_key": keys, "s": s, **named})


def test_a_segment_that_is_hit_is_counted_by_customers_and_by_what_they_were_last() -> None:
    keys = [*range(20), *range(20, 40), 0, 39]
    s = [-1] * 15 + [1] * 5 + [-1] * 3 + [1] * 17 + [1, -1]
    region = ["apac"] * 20 + ["emea"] * 20 + ["apac", "emea"]
    assert counted(touches(keys, s, region=region)) == [Hit("region", "apac", 15, 20, 4, 20)]
    moved = [*region[:-2], "apac", "apac"]  # the last customer has moved meanwhile
    assert counted(touches(keys, s, region=moved)) == [Hit("region", "apac", 16, 21, 3, 19)]
    assert counted(touches([], [], region=[])) == []
    assert counted(touches([1, 2], [-1, -1], region=["apac", "apac"])) == []  # nobody else to compare with
    assert counted(touches([1, 2], [-1, 1], region=[None, None])) == []


def test_chance_alone_hits_nobody_in_nineteen_of_twenty_worlds() -> None:
    rng = np.random.default_rng(7)
    told = 0
    for _world in range(200):
        segments = {f"s{n}": [str(one) for one in rng.integers(0, 4, 60)] for n in range(3)}
        told += bool(counted(touches(list(range(60)), (1 - 2 * (rng.random(60) < 0.4)).tolist(), **segments)))
    assert told <= 10
