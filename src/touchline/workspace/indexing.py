"""The workspace's journey index: read from disk, extended, or built, whatever the data ask for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from touchline.vocabulary.keys import account_key
from touchline.warehouse.duckdb import journeys as told
from touchline.warehouse.index.build import build, extended, held
from touchline.warehouse.index.store import load, save, told_of

if TYPE_CHECKING:
    from pathlib import Path

    from touchline.vocabulary.coded import Coded
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.duckdb import DuckWarehouse
    from touchline.warehouse.index.journeys import Journeys


def shown(warehouse: DuckWarehouse, taxonomy: Taxonomy, zone: str) -> str:
    """Name the data that an index shows: an index of another name is not of these data."""
    return "|".join((warehouse.path.name, warehouse.published, zone, *taxonomy.progress))


def index(warehouse: DuckWarehouse, taxonomy: Taxonomy, zone: str, key: bytes, folder: Path) -> Journeys:
    """Return everybody's journeys as the warehouse has them now.

    Customers who have nothing new keep the rows that they have on disk.

    Args:
        warehouse: What to read.
        taxonomy: Names the progress stages.
        zone: The reporting zone.
        key: The workspace's secret, for account keys.
        folder: Where the index lies on disk.
    """
    name, before = shown(warehouse, taxonomy, zone), told_of(folder)
    if before.get("shown") != name:
        state = "|".join((told.state(warehouse), zone, *taxonomy.progress))
        make = partial(build, zone=zone, stages=tuple(taxonomy.progress), account=partial(account_key, key))
        position = warehouse.position
        if before.get("state") == state:
            gone = told.changed(warehouse, before["position"])["customer_key"].to_numpy()
            made = extended(load(folder), make(told.rows(warehouse, before["position"])), gone)
        else:
            made = make(told.rows(warehouse))
        save(made, folder, shown=name, state=state, position=position)
    return load(folder, {f"seg_{segment}": partial(_segment, warehouse, segment) for segment in warehouse.segments()})


def _segment(warehouse: DuckWarehouse, segment: str, journeys: Journeys) -> Coded:
    return held(journeys, told.statements(warehouse, segment))
