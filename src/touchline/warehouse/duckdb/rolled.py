"""Rows that many questions begin with, kept in memory: made once, and after new data for whom it concerns only.

Placement commits whole customers and says which (`Rolled.placed`). Rows that hang on their own customer alone are then
read again for those and stand for all others. Where it is not known who was concerned, all are made anew.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from touchline.warehouse.duckdb.tables import CONCERNED, of_concerned
from touchline.warehouse.held import Held, coded, replaced, rows_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.warehouse.base import Build
    from touchline.warehouse.duckdb.warehouse import DuckWarehouse

_KEY: Final = "customer_key"
_STEPS: Final = 256  # publications whose customers are known
_CHUNKS: Final = 32
_MANY: Final = 5_000  # customers: of more, everything is made anew


@dataclass(frozen=True)
class _Kept:
    published: str
    rows: pa.Table
    held: list[Held] = field(default_factory=list)  # the rows as arrays, once they were asked for so


class Rolled:
    """The rolled rows of one warehouse."""

    def __init__(self, warehouse: DuckWarehouse) -> None:
        self._warehouse = warehouse
        self._builds: dict[str, Build] = {}
        self._sql: dict[tuple[int, str, bool], tuple[str, tuple[str, ...]]] = {}
        #: The rows of those concerned by the last step that was made up for, by table.
        self._step: tuple[str, str] = ("", "")
        self._theirs: dict[str, pa.Table] = {}
        self._kept: dict[str, _Kept] = {}
        self._placed: OrderedDict[str, tuple[str, pa.Array | None]] = OrderedDict()
        self._lock = threading.RLock()
        self._turns: dict[str, threading.Lock] = {}
        self._coded: set[str] = set()

    def placed(self, before: str, after: str, customers: pa.Array | None) -> None:
        """Note that one publication differs from the one before it by some customers' rows; None: by anybody's."""
        with self._lock:
            self._placed[after] = (before, customers)
            while len(self._placed) > _STEPS:
                self._placed.popitem(last=False)

    def table(self, key: tuple[object, ...], build: Build) -> tuple[str, ir.Table]:
        """Return the name that rolled rows have in SQL, and the expression of them."""
        import ibis

        name = self._named(key)
        self._builds.setdefault(name, build)
        return name, ibis.table(ibis.Schema.from_pyarrow(self.rows(name).schema), name=name)

    def rows(self, name: str) -> pa.Table:
        """Return rows that `table` named, as of the data that this thread sees."""
        return self._now(name).rows

    def held(self, table: str) -> Held:
        """Return a derived table as arrays, as of the data that this thread sees."""
        name = self._named(("held", table, *self._warehouse.segments()))
        self._builds.setdefault(name, partial(rows_of, name=table))
        self._coded.add(name)
        known = self._now(name)
        with self._lock:
            if not known.held:
                known.held.append(Held(known.rows))
            return known.held[0]

    @staticmethod
    def _named(key: tuple[object, ...]) -> str:
        return "rolled_" + hashlib.sha256(repr(key).encode()).hexdigest()[:16]

    def _now(self, name: str) -> _Kept:
        with self._lock:
            turn = self._turns.setdefault(name, threading.Lock())
        with turn:  # whoever needs the same meanwhile waits for it
            published = self._warehouse.published
            with self._lock:
                known = self._kept.get(name)
            if known is None or known.published != published:
                rows = self._made(name, known, published)
                older = known is not None and _number(published) < _number(known.published)
                unchanged = known is not None and known.rows is rows
                known = _Kept(published, rows, known.held if known is not None and unchanged else [])
                if older:
                    return known  # of older data, which a question still sees
                with self._lock:
                    self._kept[name] = known
            return known

    def forget(self, *, rows: bool = True) -> None:
        """Throw all rows away, or what was made of them only, as a publication does that concerns few customers."""
        with self._lock:
            self._kept = {} if rows else {name: _Kept(kept.published, kept.rows) for name, kept in self._kept.items()}

    def _made(self, name: str, known: _Kept | None, published: str) -> pa.Table:
        concerned = self.between(known.published, published) if known else None
        whole = name in self._coded
        if known is None or concerned is None or len(concerned) > _MANY:
            rows = self._warehouse.fetch(self._compiled(name, some=False)[0])
            self._compiled(name, some=True)  # takes longer than reading some rows will, and they are wanted soon
            return coded(rows) if whole else rows
        sql, of = self._compiled(name, some=True)
        keys = pa.table({_KEY: concerned})
        with self._warehouse.given(**{CONCERNED: keys}):
            theirs = {CONCERNED + table: self._rows_of(table, (known.published, published)) for table in of}
            with self._warehouse.given(**theirs):
                fresh = self._warehouse.fetch(sql)
        old = pc.is_in(known.rows[_KEY], concerned)
        if not fresh.num_rows and not pc.any(old).as_py():
            return known.rows
        if whole:
            return replaced(known.rows, old, fresh)
        stay = known.rows.filter(pc.invert(old))
        rows = pa.concat_tables([stay, fresh.cast(stay.schema)])
        return rows.combine_chunks() if rows.column(0).num_chunks > _CHUNKS else rows

    def _rows_of(self, table: str, step: tuple[str, str]) -> pa.Table:
        """Return the rows in a table of those concerned, read once for all that is made up for the same step."""
        with self._lock:
            if self._step != step:
                self._step, self._theirs = step, {}
            found = self._theirs.get(table)
        if found is None:
            sql = of_concerned(table, self._warehouse.generation)
            assert sql is not None  # noqa: S101  `_Concerned` asks of no other
            found = self._warehouse.fetch(sql)
            with self._lock:
                if self._step == step:
                    self._theirs[table] = found
        return found

    def between(self, before: str, now: str) -> pa.Array | None:
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

    def _compiled(self, name: str, *, some: bool) -> tuple[str, tuple[str, ...]]:
        """Return the SQL of rolled rows, and of which tables it reads the rows of those concerned."""
        import ibis

        shape = (self._warehouse.generation, name, some)
        if shape not in self._sql:
            asked = _Concerned(self._warehouse) if some else _Whole(self._warehouse)
            built: Any = self._builds[name](asked)
            self._sql[shape] = str(ibis.to_sql(built, dialect="duckdb")), tuple(asked.read)
        return self._sql[shape]


class _Whole:
    """A warehouse whose rolled rows are made on the spot."""

    def __init__(self, whole: DuckWarehouse) -> None:
        self._whole = whole
        #: Tables of which the rows of those concerned are read.
        self.read: dict[str, None] = {}

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
        if of_concerned(name, self._whole.generation):
            self.read[name] = None
            return ibis.table(table.schema(), name=CONCERNED + name)
        return table.semi_join(ibis.table({_KEY: "int64"}, name=CONCERNED), _KEY)


def _number(published: str) -> tuple[int, ...]:
    return tuple(int(part) for part in published.split(":"))
