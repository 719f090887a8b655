"""The embedded warehouse: one file, one writer, any number of questions."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import duckdb
import pyarrow as pa

from touchline.errors import TooSlow, TouchlineError, WarehouseDamaged, WorkspaceError
from touchline.warehouse.blanks import Shape
from touchline.warehouse.duckdb import tables
from touchline.warehouse.duckdb.connection import Limits, at_opening, connect, opened_anew, told
from touchline.warehouse.duckdb.gate import Gate
from touchline.warehouse.duckdb.rolled import Rolled
from touchline.warehouse.duckdb.texts import Texts
from touchline.warehouse.held import MOST_ROWS, Held

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.warehouse.base import Build

_REMEMBERED: Final = 512  # answers
#: Seconds that questions have to end when the file is written anew, before they are ended.
_PATIENCE: Final = 60.0
#: The same when it is closed; longer than anybody waits inside for whoever closes it.
_ENDING: Final = 8.0


class _Here(threading.local):
    """What a thread has of a warehouse: its own cursor, and what it read there of `meta` inside a transaction."""

    cursor: duckdb.DuckDBPyConnection | None = None
    opening: int = 0
    meta: dict[str, str] | None = None
    depth: int = 0
    rolled: list[str] | None = None
    held: dict[str, Held | None] | None = None


class DuckWarehouse:
    """An open DuckDB warehouse; implements `touchline.warehouse.base.Warehouse`.

    Writing is in `touchline.warehouse.duckdb.writing`, which works on this object. Every thread reads through a cursor
    of its own, so that questions neither wait for each other nor for a drain; writers take turns.
    """

    def __init__(self, path: Path, limits: Limits = Limits()) -> None:  # noqa: B008  frozen
        self.path = path
        self._limits = limits
        self._con = connect(path, limits)
        self._opening = 0
        self._gate = Gate()
        self._here = _Here()
        self._cursors: list[duckdb.DuckDBPyConnection] = []
        self._lock = threading.RLock()
        self._writers = threading.RLock()
        self._meta: dict[str, str] = {}
        self._closed = False
        #: Why nothing can be asked of it any more until it is opened anew; set by whoever's query found out.
        self.broken: TouchlineError | None = None
        self._commits = 0
        self._shapes: dict[tuple[int, str], Any] = {}
        self._sql: dict[tuple[object, ...], tuple[str, tuple[str, ...]]] = {}
        self._answers: OrderedDict[tuple[object, ...], pa.Table] = OrderedDict()
        self._asking: dict[tuple[object, ...], threading.Lock] = {}
        self.rolls = Rolled(self)
        self._texts = Texts(self)
        try:
            self._begin()
        except duckdb.Error as error:
            self.close()
            raise at_opening(error, path) from error
        except WorkspaceError:
            self.close()
            raise

    def _begin(self) -> None:
        """Make the tables of a new file; refuse those of another version."""
        if not self.value("SELECT count(*) FROM duckdb_tables()"):  # new, or killed before this was done
            with self.transaction():
                for statement in [*tables.foundation(), *tables.derived(1, ()), *tables.switch(1), *tables.views()]:
                    self.execute(statement)
                self.remember(layout=tables.layout(), generation=1, position=0, shown=0, segments="")
        elif self.meta("layout") != tables.layout():
            raise WorkspaceError(
                "the warehouse was built by another version of Touchline",
                where=str(self.path),
                todo="run `touchline rebuild`: the journal holds everything",
            )

    def __enter__(self) -> DuckWarehouse:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, for every thread: questions that are being answered are ended, later ones are refused."""
        self._closed = True
        try:
            with self._gate.alone(_ENDING, self._interrupt):
                self._shut()
        except TimeoutError:  # one of them does not end, and keeps its own cursor
            self._shut()

    def _shut(self) -> None:
        with self._lock:
            for one in (*self._cursors, self._con):
                with suppress(duckdb.Error):  # closed already, stuck, or nothing can be written: its log has all
                    one.close()
            self._cursors.clear()

    @property
    def _cursor(self) -> duckdb.DuckDBPyConnection:
        """This thread's cursor.

        Raises:
            WarehouseLocked: It was closed.
        """
        if self._closed:
            raise opened_anew(self.path)
        if self._here.cursor is None or self._here.opening != self._opening:
            with self._lock:
                try:
                    self._here.cursor, self._here.opening = self._con.cursor(), self._opening
                except duckdb.Error as error:
                    raise self._told(error) from error
                self._cursors.append(self._here.cursor)
        return self._here.cursor

    def _told(self, error: duckdb.Error) -> Exception:
        """Say an error in our words, and remember one after which this object is of no use."""
        found = told(error, self.path)
        if isinstance(found, WarehouseDamaged) or isinstance(error, duckdb.FatalException):
            text = found if isinstance(found, TouchlineError) else TouchlineError(str(found), where=str(self.path))
            self.broken = type(text)(text.what, where=text.where, todo=text.todo)  # without what its traceback holds
        return found

    def execute(self, sql: str, parameters: list[object] | None = None) -> None:
        """Run a statement."""
        with self._gate.passing():
            try:
                self._cursor.execute(sql, parameters)
            except duckdb.Error as error:
                raise self._told(error) from error

    def fetch(self, sql: str, **parameters: object) -> pa.Table:
        """Run a query; return its rows.

        Raises:
            TooSlow: It ran past the time given to `reading`.
        """
        with self._gate.passing():
            try:
                return self._cursor.sql(sql, params=parameters or None).to_arrow_table()
            except duckdb.Error as error:
                raise self._told(error) from error

    def remembered(self, sql: str) -> pa.Table:
        """Return a query's rows; kept until `meta` changes, as it does with the data."""
        full = (sql, *sorted(self._state().items()))
        if (found := self._answered(full)) is None:
            found = self.fetch(sql)
            self._keep(full, found)
        return found

    def batches(self, sql: str, rows: int = 122_880) -> Iterator[pa.RecordBatch]:
        """Run a query; yield its rows in batches, so that they need not fit into memory at once."""
        with self._gate.passing():
            try:
                yield from self._cursor.sql(sql).to_arrow_reader(rows)
            except duckdb.Error as error:
                raise self._told(error) from error

    def value(self, sql: str, **parameters: object) -> Any:
        """Run a query of one value."""
        return self.fetch(sql, **parameters).column(0)[0].as_py()

    @contextmanager
    def given(self, **rows: pa.Table) -> Iterator[None]:
        """Let statements read Arrow tables under these names."""
        with self._gate.passing():
            for name, table in rows.items():
                self._cursor.register(name, table)
            try:
                yield
            finally:
                for name in rows:
                    self._cursor.unregister(name)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let DuckDB use one thread: reading Arrow rows with several costs twice the processor time (measured)."""
        with self._writers:
            threads = self.value("SELECT current_setting('threads')")
            self.execute("SET threads = 1")
            try:
                yield
            finally:
                self.execute(f"SET threads = {threads}")

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; other writers wait, readers see what was there before."""
        with self._writers, self._gate.passing():
            self.execute("BEGIN")
            self._here.meta = {}
            try:
                yield
                self.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise
            finally:
                self._here.meta = None
                self._committed()

    @contextmanager
    def reading(self, seconds: float | None = None) -> Iterator[None]:
        """Let every query of this thread see one state of the data, whatever a drain commits meanwhile.

        Args:
            seconds: Queries that run past this time from now are ended.

        Raises:
            TooSlow: One was.
        """
        if self._here.meta is not None:  # inside a transaction, which sees one state already
            yield
            return
        with self._gate.passing():
            yield from self._read(seconds)

    def _read(self, seconds: float | None) -> Iterator[None]:
        cursor = self._cursor
        timer = threading.Timer(seconds, cursor.interrupt) if seconds else None
        self.execute("BEGIN TRANSACTION READ ONLY")
        self._here.meta = {}
        if timer:
            timer.daemon = True
            timer.start()
        try:
            self.meta("published")  # the first read is what fixes the state
            self._here.held = {}
            yield
        finally:
            if timer:
                timer.cancel()
            self._here.meta = self._here.held = None
            self._end_quietly()

    def compact(self, path: Path, switch: Callable[[], object]) -> None:
        """Write all that is here into another file, and go on with that one.

        DuckDB leaves the bytes of deleted rows in its file; the other one holds none of them. Questions that are being
        answered end first, those that come meanwhile wait. The file before is closed, and stays.

        Args:
            path: The other file; replaced when there is one.
            switch: Called once that file is whole, before it is used.

        Raises:
            TooSlow: Somebody's question did not end; nothing has changed.
        """
        with self._writers:
            for old in (path, path.with_name(path.name + ".wal")):
                old.unlink(missing_ok=True)
            name = tables.quoted(str(self.value("SELECT current_database()")))
            self.execute("ATTACH " + "'" + str(path).replace("'", "''") + "' AS compacted_")
            try:
                self.execute(f"COPY FROM DATABASE {name} TO compacted_")
                self.execute("CHECKPOINT compacted_")
            finally:
                self.execute("DETACH compacted_")
            try:
                with self._gate.alone(_PATIENCE, self._interrupt):
                    switch()
                    self._reopen(path)
            except TimeoutError as error:
                raise TooSlow(
                    "the warehouse could not be written anew: a question did not end",
                    where=str(path),
                    todo="repeat the command",
                ) from error

    def _interrupt(self) -> None:
        with self._lock:
            for cursor in self._cursors:
                cursor.interrupt()

    def _reopen(self, path: Path) -> None:
        self._shut()
        with self._lock:
            self.path = path
            self._con = connect(path, self._limits)
            self._opening += 1
            self._commits += 1
            self._meta = {}
            self._answers.clear()
            self.rolls.forget()
            self._texts.forget()

    def _roll_back(self) -> None:
        self._end_quietly()

    def _end_quietly(self) -> None:
        """End this thread's transaction; where the failed statement or the closing has ended it, that is well, too."""
        if self._here.cursor is not None:
            with suppress(duckdb.Error):
                self._here.cursor.execute("ROLLBACK")

    def meta(self, key: str) -> str | None:
        """Return a remembered value; the table is read once per state of the data, as nobody else writes it."""
        return self._state().get(key)

    def _state(self) -> dict[str, str]:
        """Return all remembered values."""
        own = self._here.meta
        if own is not None:
            if not own:
                own.update(self._read_meta())
            return own
        with self._lock:
            known, commits = self._meta, self._commits
        if not known:
            known = self._read_meta()
            with self._lock:
                if commits == self._commits:  # else a writer has committed meanwhile, and this is old already
                    self._meta = known
        return known

    def _committed(self) -> None:
        with self._lock:
            self._commits += 1
            self._meta = {}

    def _read_meta(self) -> dict[str, str]:
        return {row["key"]: row["value"] for row in self.fetch("FROM meta").to_pylist()}

    def remember(self, **values: object) -> None:
        """Remember values; part of the running transaction."""
        for key, value in values.items():
            self.execute("DELETE FROM meta WHERE key = ?", [key])
            self.execute("INSERT INTO meta VALUES (?, ?)", [key, str(value)])
        if self._here.meta is None:
            self._committed()
        else:
            self._here.meta.clear()

    @property
    def position(self) -> int:
        """The journal offset up to which everything is here."""
        return int(self.meta("position") or 0)

    @property
    def shown(self) -> int:
        """The journal offset up to which everything is placed, too: questions about journeys see all of it."""
        found = self.meta("shown")
        return self.position if found is None else int(found)

    @property
    def unplaced(self) -> bool:
        """Whether there are customers whose records are here and not placed yet: a drain was ended between the two."""
        return bool(self.value("SELECT count(*) FROM (SELECT 1 FROM dirty LIMIT 1)"))

    @property
    def generation(self) -> int:
        """The generation of the derived tables that is shown."""
        return int(self.meta("generation") or 0)

    @property
    def published(self) -> str:
        """Names the data as they stand."""
        return f"{self.generation}:{self.meta('published') or 0}"

    def segments(self) -> tuple[str, ...]:
        """Return the names of the segments in force."""
        text = self.meta("segments") or ""
        return tuple(text.split("\n")) if text else ()

    def table(self, name: str) -> ir.Table:
        """Return a table as an Ibis expression.

        It is unbound, by its name and columns: asking Ibis 12 for a bound one speaks an API that DuckDB 2 warns of.
        """
        import ibis

        shape = (self.generation, name)
        if shape not in self._shapes:
            self._shapes[shape] = ibis.Schema.from_pyarrow(self.fetch(f"SELECT * FROM {name} LIMIT 0").schema)
        return ibis.table(self._shapes[shape], name=name)

    def ask(self, key: tuple[object, ...], build: Callable[[], ir.Table]) -> pa.Table:
        """Run the expression that ``build`` makes; compiled once, its answer kept until the data change."""
        full = (self.published, *key)
        if (known := self._answered(full)) is not None:
            return known
        with self._lock:
            turn = self._asking.setdefault(full, threading.Lock())
        try:
            with turn:  # whoever asks the same meanwhile waits for this answer
                if (known := self._answered(full)) is not None:
                    return known
                sql, names = self._compiled(key, build)
                with self.given(**{name: self.rolls.rows(name) for name in names}):
                    answer = self.fetch(sql)
                self._keep(full, answer)
                return answer
        finally:
            with self._lock:
                self._asking.pop(full, None)

    def _answered(self, full: tuple[object, ...]) -> pa.Table | None:
        with self._lock:
            if full in self._answers:
                self._answers.move_to_end(full)
            return self._answers.get(full)

    def _keep(self, full: tuple[object, ...], answer: pa.Table) -> None:
        with self._lock:
            self._answers[full] = answer
            while len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)

    def _compiled(self, key: tuple[object, ...], build: Callable[[], ir.Table]) -> tuple[str, tuple[str, ...]]:
        """Return a question's SQL, compiled once per shape, and the names of the rolled rows that it reads."""
        shape = Shape.of(key)
        for known in ((self.generation, shape.key), (self.generation, key)):
            if (found := self._sql.get(known)) is not None:
                return shape.filled(found[0]), found[1]
        with shape.building():
            found = self._to_sql(build)
        shared = shape.serves(found[0])
        self._sql[self.generation, shape.key if shared else key] = found
        return shape.filled(found[0]), found[1]

    def _to_sql(self, build: Callable[[], ir.Table]) -> tuple[str, tuple[str, ...]]:
        import ibis

        around, self._here.rolled = self._here.rolled, []
        try:
            return str(ibis.to_sql(build(), dialect="duckdb")), tuple(dict.fromkeys(self._here.rolled))
        finally:
            self._here.rolled = around

    def rolled(self, key: tuple[object, ...], build: Build) -> ir.Table:
        """See `touchline.warehouse.base.Warehouse.rolled`."""
        name, table = self.rolls.table(key, build)
        if self._here.rolled is not None:
            self._here.rolled.append(name)
        return table

    def held(self, name: str) -> Held | None:
        """See `touchline.warehouse.base.Warehouse.held`."""
        within = self._here.held
        if within is not None and name in within:
            return within[name]  # though other data were published meanwhile
        many = self.value(f"SELECT count(*) FROM {tables.quoted(name)}") > MOST_ROWS
        found = None if many else self.rolls.held(name)
        if within is not None:
            within[name] = found
        return found

    def texts(self, wanted: pa.Table) -> Mapping[str, str | None]:
        """See `touchline.warehouse.base.Warehouse.texts`."""
        return self._texts.of(wanted)

    def having(self, name: str, column: str, values: pa.Array) -> pa.Table:
        """See `touchline.warehouse.base.Warehouse.having`."""
        with self.given(wanted=pa.table({column: values})):
            return self.fetch(f"SELECT * FROM {tables.quoted(name)} SEMI JOIN wanted USING ({tables.quoted(column)})")

    def forget(self, *, rows: bool = True) -> None:
        """Throw the remembered answers, rolled rows and texts away; compiled SQL stays, as do rows if not ``rows``."""
        with self._lock:
            self._answers.clear()
        self.rolls.forget(rows=rows)
        if rows:
            self._texts.forget()
