"""The workspace's journey index: read from disk, extended, or built, whatever the data ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from touchline.vocabulary.keys import account_key
from touchline.warehouse.duckdb import journeys as told
from touchline.warehouse.index.build import build, extended, held, stacked
from touchline.warehouse.index.journeys import Columns
from touchline.warehouse.index.store import load, made_before, save, told_of

if TYPE_CHECKING:
    from touchline.vocabulary.coded import Coded
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.duckdb import DuckWarehouse
    from touchline.warehouse.index.build import Rows
    from touchline.warehouse.index.journeys import Journeys

_SEGMENT: Final = "seg_"
#: Rows that are built at once: it takes about 150 bytes of memory for each.
AT_ONCE: Final = 12_000_000


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
    with warehouse.reading():
        segments = tuple(f"{_SEGMENT}{segment}" for segment in warehouse.segments())
        if told_of(folder).get("shown") != shown(warehouse, taxonomy, zone):
            _save(warehouse, taxonomy, zone, key, folder, segments)
    return load(folder, {segment: partial(_segment, warehouse, segment) for segment in segments})


def _save(
    warehouse: DuckWarehouse, taxonomy: Taxonomy, zone: str, key: bytes, folder: Path, segments: tuple[str, ...]
) -> None:
    """Write the journeys as they are now into a folder."""
    before = told_of(folder)
    state = "|".join((told.state(warehouse), zone, *taxonomy.progress))
    make = partial(build, zone=zone, stages=tuple(taxonomy.progress), account=partial(account_key, key))
    known = before.get("state") == state
    # between storing and placing: who is placed later is to be read again then
    position = warehouse.position if not warehouse.unplaced else before["position"] if known else -1
    kept: dict[str, Coded] = {}
    if known:
        kept = made_before(folder, segments)
        made = _extended(warehouse, load(folder), kept, before["position"], make)
    else:
        made = _built(warehouse, folder, make)
    save(made, folder, kept, shown=shown(warehouse, taxonomy, zone), state=state, position=position)


def _built(warehouse: DuckWarehouse, folder: Path, make: Callable[[Callable[[int], Rows]], Journeys]) -> Journeys:
    """Return everybody's journeys; of very many rows in parts, that of each is on disk before the next is read."""
    first, *others = told.ranges(warehouse, AT_ONCE)
    if not others:
        return make(partial(told.rows, warehouse))
    folder.parent.mkdir(parents=True, exist_ok=True)
    parts = []
    with TemporaryDirectory(prefix=".index-", dir=folder.parent) as place:
        for number, only in enumerate((first, *others)):
            save(make(partial(told.rows, warehouse, only=only)), Path(place) / str(number))
            parts.append(load(Path(place) / str(number)))
    return stacked(parts)


def _extended(
    warehouse: DuckWarehouse,
    old: Journeys,
    kept: Mapping[str, Coded],
    after: int,
    make: Callable[[Callable[[int], Rows]], Journeys],
) -> Journeys:
    """Return journeys with those who have something new read again, in all columns and in those made on request."""
    only = told.since(after)
    fresh = make(partial(told.rows, warehouse, only=only))
    own = {name: held(fresh, told.statements(warehouse, name.removeprefix(_SEGMENT), only)) for name in kept}
    gone = told.changed(warehouse, after)["customer_key"].to_numpy()
    return extended(_with(old, kept), _with(fresh, own), gone)


def _with(journeys: Journeys, more: Mapping[str, Coded]) -> Journeys:
    columns = {name: journeys.columns[name] for name in journeys.columns}
    return replace(journeys, columns=Columns.of({**columns, **more}))


def _segment(warehouse: DuckWarehouse, segment: str, journeys: Journeys) -> Coded:
    return held(journeys, told.statements(warehouse, segment.removeprefix(_SEGMENT)))
