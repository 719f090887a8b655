"""Rows that many questions begin with, kept in memory: made once, and after new data for whom it concerns only.

Placement commits whole customers and says which (`Rolled.placed`). Rows that hang on their own customer alone are then
read again for those and stand for all others. Where it is not known who was concerned, all are made anew.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.warehouse.base import Build
    from touchline.warehouse.duckdb.warehouse import DuckWarehouse

_KEY: Final = "customer_key"
_CONCERNED: Final = "concerned_"
_STEPS: Final = 256  # publications whose customers are known
_CHUNKS: Final = 32


@dataclass(frozen=True)
class _Kept:
    published: str
    rows: pa.Table


class Rolled:
    """The rolled rows of one warehouse."""

    def __init__(self, warehouse: DuckWarehouse) -> None:
        self._warehouse = warehouse
        self._builds: dict[str, Build] = {}
        self._sql: dict[tuple[int, str, bool], str] = {}
        self._kept: dict[str, _Kept] = {}
        self._placed: OrderedDict[str, tuple[str, pa.Array | None]] = OrderedDict()
        self._lock = threading.RLock()
        self._turns: dict[str, threading.Lock] = {}

    def placed(self, before: str, after: str, customers: pa.Array | None) -> None:
        """Note that one publication differs from the one before it by some customers' rows; None: by anybody's."""
        with self._lock:
            self._placed[after] = (before, customers)
            while len(self._placed) > _STEPS:
                self._placed.popitem(last=False)

    def table(self, key: tuple[object, ...], build: Build) -> tuple[str, ir.Table]:
        """Return the name that rolled rows have in SQL, and the expression of them."""
        import ibis

        name = "rolled_" + hashlib.sha256(repr(key).encode()).hexdigest()[:16]
        self._builds.setdefault(name, build)
        return name, ibis.table(ibis.Schema.from_pyarrow(self.rows(name).schema), name=name)

    def rows(self, name: str) -> pa.Table:
        """Return rows that `table` named, as of the data that this thread sees."""
        with self._lock:
            turn = self._turns.setdefault(name, threading.Lock())
        with turn:  # whoever needs the same meanwhile waits for it
            published = self._warehouse.published
            with self._lock:
                known = self._kept.get(name)
            if known is None or known.published != published:
                rows = self._made(name, known, published)
                if known is not None and _number(published) < _number(known.published):
                    return rows  # of older data, which a question still sees
                known = _Kept(published, rows)
                with self._lock:
                    self._kept[name] = known
            return known.rows

    def forget(self) -> None:
        """Throw all rows away."""
        with self._lock:
            self._kept.clear()

    def _made(self, name: str, known: _Kept | None, published: str) -> pa.Table:
        concerned = self._since(known.published, published) if known else None
        if known is None or concerned is None:
            return self._warehouse.fetch(self._compiled(name, some=False))
        with self._warehouse.given(**{_CONCERNED: pa.table({_KEY: concerned})}):
            fresh = self._warehouse.fetch(self._compiled(name, some=True))
        stay = known.rows.filter(pc.invert(pc.is_in(known.rows[_KEY], concerned)))
        rows = pa.concat_tables([stay, fresh.cast(stay.schema)])
        return rows.combine_chunks() if rows.column(0).num_chunks > _CHUNKS else rows

    def _since(self, before: str, now: str) -> pa.Array | None:
        """Return the customers by whom two publications differ; None where that is not known."""
        parts: list[pa.Array] = []
        with self._lock:
            while now != before:
                step = self._placed.get(now)
                if step is None or step[1] is None:
                    return None
                now = step[0]
                parts.append(step[1])
        return pc.unique(pa.concat_arrays(parts)) if parts else pa.array([], pa.int64())

    def _compiled(self, name: str, *, some: bool) -> str:
        import ibis

        shape = (self._warehouse.generation, name, some)
        if shape not in self._sql:
            asked: Any = _Concerned(self._warehouse) if some else _Whole(self._warehouse)
            self._sql[shape] = str(ibis.to_sql(self._builds[name](asked), dialect="duckdb"))
        return self._sql[shape]


class _Whole:
    """A warehouse whose rolled rows are made on the spot."""

    def __init__(self, whole: DuckWarehouse) -> None:
        self._whole = whole

    def __getattr__(self, name: str) -> Any:
        return getattr(self._whole, name)

    def rolled(self, _key: tuple[object, ...], build: Callable[[Any], ir.Table]) -> ir.Table:
        return build(self)


class _Concerned(_Whole):
    """A warehouse whose tables have the rows of the customers concerned only."""

    def table(self, name: str) -> ir.Table:
        import ibis

        table: ir.Table = self._whole.table(name)
        if _KEY not in table.columns:
            return table
        return table.semi_join(ibis.table({_KEY: "int64"}, name=_CONCERNED), _KEY)


def _number(published: str) -> tuple[int, ...]:
    return tuple(int(part) for part in published.split(":"))
