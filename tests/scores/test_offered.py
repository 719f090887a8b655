"""What filters may be chosen is what customers have, of those who are asked about."""

from __future__ import annotations

from collections import defaultdict

import pytest
from tests.worlds import SEGMENTS, TAXONOMY, MemoryWarehouse, make_world

from touchline.scores.base import Filters
from touchline.scores.offered import offered

WORLD = make_world(5, conversations=200)
WAREHOUSE = MemoryWarehouse(WORLD)


@pytest.mark.parametrize("filters", [Filters(), Filters(stages=("delivery",)), Filters(channels=("email",))])
def test_values_are_those_of_the_touches_asked_about(filters: Filters) -> None:
    who: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for touch in WORLD["touches"].to_pylist():
        if filters.stages and touch["stage"] not in filters.stages:
            continue
        if filters.channels and touch["channel"] not in filters.channels:
            continue
        for of, column in (("channel", "channel"), *((f"segment:{name}", f"seg_{name}") for name in SEGMENTS)):
            if touch[column]:
                who[of][touch[column]].add(touch["customer_key"])
    found = offered(WAREHOUSE, TAXONOMY, filters)
    assert list(found) == ["channel", *(f"segment:{name}" for name in SEGMENTS)]
    for of, counts in found.items():
        assert counts == {value: len(keys) for value, keys in who[of].items()}
        assert list(counts) == sorted(counts)
