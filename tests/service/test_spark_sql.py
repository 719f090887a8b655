"""Every query of service can be said in Spark SQL too; running it there is the warehouse's test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tests.service.world import desk
from tests.worlds import TAXONOMY, MemoryWarehouse

from touchline.scores.base import Filters
from touchline.service.backlog import backlog
from touchline.service.measures import service
from touchline.service.reasons import reasons
from touchline.service.resolution import fcr
from touchline.service.targets import sla
from touchline.settings import Settings

DECLARED = Settings.parse(
    '[workspace]\ntimezone = "Europe/Berlin"\n[service]\nhours = ["mon-fri 09:00-17:00"]\nsilence = "9 d"'
)


class SayingItForSpark(MemoryWarehouse):
    """Writes each expression as Spark SQL before it answers."""

    def __init__(self) -> None:
        self.said: list[str] = []
        super().__init__(desk(11, conversations=20))

    def held(self, name: str) -> None:
        return None

    def ask(self, key: tuple[object, ...], build: Callable[[], Any]) -> Any:
        import ibis

        # Databricks' dialect is Spark's, and Ibis writes it without Spark at hand.
        self.said.append(str(ibis.to_sql(build(), dialect="databricks")))
        return super().ask(key, build)


@pytest.mark.parametrize("question", [service, sla, backlog, fcr, reasons])
def test_it_can_be_said(question: Callable[..., Any]) -> None:
    warehouse = SayingItForSpark()
    question(warehouse, TAXONOMY, DECLARED, Filters())
    assert warehouse.said
    assert all("SELECT" in sql for sql in warehouse.said)
