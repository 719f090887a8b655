"""Journeys to report on: random worlds behind the questions that a report asks."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from tests.worlds import TAXONOMY, MemoryWarehouse, Tables

from touchline.scores.base import Filters
from touchline.scores.stages import stages
from touchline.settings import Settings
from touchline.workspace.status import Status

EVERYTHING = Filters()


class Warehouse(MemoryWarehouse):
    """A warehouse that also remembers which model read the texts."""

    def meta(self, key: str) -> str | None:
        return f"{key}-1"


class Journey:
    """The questions of a report, asked of a warehouse without a workspace's folder around it."""

    def __init__(self, warehouse: Warehouse, taxonomy: Any, counts: Status) -> None:
        self.workspace = SimpleNamespace(warehouse=warehouse, asked=warehouse, taxonomy=taxonomy, settings=Settings())
        self._counts = counts

    def __getattr__(self, question: str) -> Any:
        module = "causes" if question == "delights" else question
        ask = getattr(import_module(f"touchline.scores.{module}"), question)
        return lambda *filters, **options: ask(self.workspace.warehouse, self.workspace.taxonomy, *filters, **options)

    def stages(self, filters: Filters = EVERYTHING, **options: Any) -> Any:
        return stages(self.workspace.warehouse, self.workspace.taxonomy, filters, **options)

    def status(self) -> Status:
        return self._counts


def status(**counts: Any) -> Status:
    """Return the counts of a workspace."""
    numbers = dict.fromkeys(
        (
            "received", "stored", "duplicate", "revised", "quarantined", "expired", "waiting", "interactions",
            "customers", "anonymous", "texts", "mentions", "touches", "journal_head", "journal_position",
        ),
        0,
    ) | {"customers": 9}  # fmt: skip
    given = {"name": "x", "taxonomy": "mini", "first": None, "last": None, "segments": ("tier", "region")}
    return Status(**{**numbers, **given, **counts})


def journey_of(warehouse: Warehouse, tables: Tables, taxonomy: object = TAXONOMY, **counts: Any) -> Any:
    """Return the questions over a world."""
    return Journey(warehouse.put(tables), taxonomy, status(**counts))


def renamed(taxonomy: Any, stages: Mapping[str, str], themes: Mapping[str, str]) -> Any:
    """Return a taxonomy whose stages and themes have other names."""

    class Renamed(type(taxonomy)):  # type: ignore[misc]
        def stage(self, stage: str) -> SimpleNamespace:
            found = super().stage(stage)
            return SimpleNamespace(**{**vars(found), "name": stages.get(stage, found.name), "owner": stages.get(stage)})

        @property
        def themes(self) -> tuple[Any, ...]:
            return tuple(
                SimpleNamespace(id=t.id, name=themes.get(t.id, t.name), stage=t.stage, polarity=t.polarity)
                for t in super().themes
            )

    return Renamed()
