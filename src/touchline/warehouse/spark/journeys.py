"""`SparkJourneys`: everybody's journeys on a cluster, as a question over counts sees them.

It has names, stages and what was observed, and no rows: kernels go to the rows. A question that would need all rows in
one place is refused, never answered from a part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.errors import QuestionError
from touchline.vocabulary.coded import Coded
from touchline.warehouse.index.journeys import Bools, Column, Columns, Ints, Journeys
from touchline.warehouse.spark import kernels

if TYPE_CHECKING:
    from touchline.warehouse.spark.warehouse import SparkWarehouse

Counts = TypeVar("Counts")
_KEYS: Final = ("customer_key", "at")


def shape_of(journeys: Journeys) -> dict[str, Any]:
    """Return all of journeys but their rows, as JSON holds it."""
    columns: dict[str, Any] = {}
    for name in journeys.columns:
        column = journeys.columns[name]
        if isinstance(column, Coded):
            columns[name] = {"kind": column.codes.dtype.name, "names": list(column.names)}
        else:
            columns[name] = {"kind": column.dtype.name}
    return {
        "columns": columns,
        "observed": list(journeys.observed),
        "zone": journeys.zone,
        "stages": list(journeys.stages),
        "customers": journeys.customers,
    }


def table_of(journeys: Journeys, customers: Ints | None = None) -> pa.Table:
    """Return journeys as rows, sorted by customer and time; coded columns are codes.

    Args:
        journeys: Where they are.
        customers: Numbers of the customers wanted, ascending; None means all.
    """
    begins, lengths = journeys.starts[:-1], np.diff(journeys.starts)
    rows: Any = slice(None)
    if customers is not None:
        begins, lengths = begins[customers], lengths[customers]
        before = np.concatenate([[0], np.cumsum(lengths)])[:-1]
        rows = np.repeat(begins - before, lengths) + np.arange(int(lengths.sum()))
    keys = journeys.keys if customers is None else journeys.keys[customers]
    columns: dict[str, npt.NDArray[Any]] = {"customer_key": np.repeat(keys, lengths), "at": journeys.at[rows]}
    for name in journeys.columns:
        column = journeys.columns[name]
        columns[name] = column.codes[rows] if isinstance(column, Coded) else column[rows]
    return pa.table({name: pa.array(np.ascontiguousarray(column)) for name, column in columns.items()})


def journeys_from(table: pa.Table, shape: dict[str, Any]) -> Journeys:
    """Return the journeys of whole customers from their rows; columns that are not there are `kernels.Lacking`."""
    key = table["customer_key"].to_numpy()
    fresh = np.ones(len(key), dtype=np.bool_)
    fresh[1:] = key[1:] != key[:-1]
    starts = np.append(np.flatnonzero(fresh), len(key)).astype(np.int64)

    def made(name: str) -> Column:
        if name not in table.column_names:
            raise kernels.Lacking(name)
        told = shape["columns"][name]
        values = table[name].to_numpy().astype(told["kind"], copy=False)
        return Coded(values, tuple(told["names"])) if "names" in told else values

    return Journeys(
        keys=key[starts[:-1]],
        starts=starts,
        at=table["at"].to_numpy(),
        columns=Columns({name: partial(made, name) for name in shape["columns"]}),
        observed=(shape["observed"][0], shape["observed"][1]),
        zone=shape["zone"],
        stages=tuple(shape["stages"]),
    )


class _Elsewhere(Coded):
    """A coded column whose names are known here; its codes are on the cluster."""

    __slots__ = ()

    @property
    def codes(self) -> NoReturn:
        _refused("the rows of a column")


@dataclass(frozen=True, slots=True)
class _Size:
    rows: int
    customers: int
    first: int
    last: int

    @classmethod
    def of(cls, part: Journeys) -> _Size:
        some = len(part) > 0
        return cls(
            len(part), part.customers, int(part.at.min()) if some else 2**62, int(part.at.max()) if some else -(2**62)
        )

    def __add__(self, other: _Size) -> _Size:
        return _Size(
            self.rows + other.rows,
            self.customers + other.customers,
            min(self.first, other.first),
            max(self.last, other.last),
        )


class SparkJourneys(Journeys):
    """Journeys whose rows are on a cluster; `counted` runs there."""

    _warehouse: SparkWarehouse
    _steps: tuple[Callable[[Journeys], Journeys], ...]
    _empty: Journeys

    def __init__(
        self, warehouse: SparkWarehouse, steps: tuple[Callable[[Journeys], Journeys], ...] = (), empty: Any = None
    ) -> None:
        manifest = warehouse.manifest
        if not manifest.journeys:
            raise QuestionError(
                "the Parquet warehouse has no journeys",
                where=warehouse.place.uri,
                todo="run `touchline warehouse copy`",
            )
        shape = manifest.journeys
        if empty is None:
            empty = journeys_from(manifest.tables["journeys"].schema.empty_table(), shape)
        told: dict[str, Any] = {
            "_warehouse": warehouse,
            "_steps": steps,
            "_empty": empty,
            "observed": (shape["observed"][0], shape["observed"][1]),
            "zone": shape["zone"],
            "stages": tuple(shape["stages"]),
            "columns": Columns({name: partial(self._outside, name) for name in empty.columns}),
            "names": (),
        }
        for name, value in told.items():
            object.__setattr__(self, name, value)

    def _outside(self, name: str) -> Column:
        column = self._empty.columns[name]
        if isinstance(column, Coded):
            outside = object.__new__(_Elsewhere)
            object.__setattr__(outside, "names", column.names)
            return outside
        return _refused(f"the numbers of {name!r}")

    def through(self, change: Callable[[Journeys], Journeys]) -> SparkJourneys:
        """See `Journeys.through`; what is wrong with the change is told now, from the names alone."""
        return SparkJourneys(self._warehouse, (*self._steps, change), change(self._empty))

    def counted(self, kernel: Callable[[Journeys], Counts], merge: Callable[[Counts, Counts], Counts]) -> Counts:
        """Run a kernel on the cluster, over buckets of customers, and merge what they count."""
        manifest, steps = self._warehouse.manifest, self._steps
        table, shape = manifest.tables["journeys"], manifest.journeys
        files = [self._warehouse.place.full(part.file) for _, part in sorted(table.parts.items())]

        def run(part: Journeys) -> Counts:
            for step in steps:
                part = step(part)
            return kernel(part)

        # over no rows it says what is wrong with the question, and shows which columns it reads
        seen: set[str] = set()
        none = journeys_from(table.schema.empty_table(), shape)
        spied = Columns({name: partial(_noted, none.columns, name, seen) for name in none.columns})
        nothing = run(replace(none, columns=spied))
        if not files:
            return nothing
        spark = self._warehouse.spark
        slice_of = _Slices(shape)
        try:
            columns = [*_KEYS, *sorted(seen)]
            return kernels.counted(spark, table.schema, files, slice_of, run, merge, columns)
        except kernels.Lacking:
            return kernels.counted(spark, table.schema, files, slice_of, run, merge, table.schema.names)

    @cached_property
    def _size(self) -> _Size:
        return self.counted(_Size.of, _Size.__add__)

    def __len__(self) -> int:
        """Return the number of rows."""
        return self._size.rows

    @property
    def customers(self) -> int:
        """Number of customers."""
        return self._size.customers

    @property
    def extent(self) -> tuple[int, int]:
        """See `Journeys.extent`."""
        return (self._size.first, self._size.last) if self._size.rows else self.observed

    @property
    def keys(self) -> Ints:
        """Refused."""
        _refused("customers' keys")

    @property
    def starts(self) -> Ints:
        """Refused."""
        _refused("customers' rows")

    @property
    def at(self) -> Ints:
        """Refused."""
        _refused("all times")

    def keep(self, mask: Bools) -> Journeys:
        """Refused."""
        _refused("a choice among all rows")

    def of(self, customers: Bools) -> Journeys:
        """Refused."""
        _refused("a choice among all customers")

    def span(self, begin: int, end: int) -> Journeys:
        """Refused."""
        _refused("customers by number")

    def slices(self, parts: int) -> Iterator[Journeys]:
        """Refused."""
        _refused("slices of customers")


@dataclass(frozen=True, slots=True)
class _Slices:
    """Makes journeys of tables; travels to the cluster."""

    shape: dict[str, Any]

    def __call__(self, table: pa.Table) -> Journeys:
        return journeys_from(table, self.shape)


def _noted(columns: Columns, name: str, seen: set[str]) -> Column:
    seen.add(name)
    return columns[name]


def _refused(what: str) -> NoReturn:
    raise QuestionError(
        f"this question needs {what} in one place, and the workspace's engine is Spark",
        where="engine.engine",
        todo='run `touchline warehouse mart` and ask with engine = "duckdb"',
    )
