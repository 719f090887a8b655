"""Every query of the scores can be said in Spark SQL too; running it there is the warehouse's test."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from tests.worlds import TAXONOMY, MemoryWarehouse, make_world

from touchline.scores.base import Filters
from touchline.scores.bridge import bridge
from touchline.scores.change import change
from touchline.scores.jsi import jsi
from touchline.scores.quality import quality
from touchline.scores.stages import stages
from touchline.scores.standing import standing

NOW = Filters(
    since=date(2026, 2, 16),
    methods=("survey",),
    themes=("price",),
    channels=("email",),
    segments=(("tier", ("vip",)),),
)


class SayingItForSpark(MemoryWarehouse):
    """Writes each expression as Spark SQL before it answers."""

    def __init__(self) -> None:
        self.said: list[str] = []
        super().__init__(make_world(11, conversations=300))

    def held(self, name: str) -> None:
        return None

    def ask(self, key: tuple[object, ...], build: Callable[[], Any]) -> Any:
        import ibis

        # Databricks' dialect is Spark's, and Ibis writes it without Spark at hand.
        self.said.append(str(ibis.to_sql(build(), dialect="databricks")))
        return super().ask(key, build)


@pytest.mark.parametrize(
    "question",
    [
        lambda warehouse: stages(warehouse, TAXONOMY, NOW),
        lambda warehouse: jsi(warehouse, TAXONOMY, NOW, by="segment:region"),
        lambda warehouse: standing(warehouse, NOW, key="c3", at=datetime(2026, 3, 1)),
        lambda warehouse: standing(warehouse, Filters(), of="account", order="falling"),
        lambda warehouse: change(warehouse, TAXONOMY, NOW),
        lambda warehouse: bridge(warehouse, TAXONOMY, NOW),
        lambda warehouse: quality(warehouse, TAXONOMY),
    ],
    ids=["stages", "jsi", "person", "account", "change", "bridge", "quality"],
)
def test_it_can_be_said(question: Callable[[MemoryWarehouse], Any]) -> None:
    warehouse = SayingItForSpark()
    question(warehouse)
    assert warehouse.said
    assert all("SELECT" in sql for sql in warehouse.said)
