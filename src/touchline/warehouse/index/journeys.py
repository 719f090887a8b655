"""`Journeys`: customers' interactions in order, one typed array per column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from touchline.errors import unknown
from touchline.vocabulary.coded import Coded

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Codes: TypeAlias = npt.NDArray[np.int8] | npt.NDArray[np.int16] | npt.NDArray[np.int32] | Ints
#: A column is coded (strings) or plain numbers.
Column: TypeAlias = Coded | npt.NDArray[np.int8] | Ints | Floats
Counts = TypeVar("Counts")

#: What a column of signs (-1, 0, +1) holds where nothing was scored.
NO_SIGN: int = -128


class Columns(Mapping[str, Column]):
    """Columns by name, each made when it is first asked for."""

    def __init__(self, makers: Mapping[str, Callable[[], Column]]) -> None:
        self._makers = dict(makers)
        self._made: dict[str, Column] = {}

    @classmethod
    def of(cls, columns: Mapping[str, Column]) -> Columns:
        """Return columns that are there already."""
        made = cls({name: lambda name=name: columns[name] for name in columns})  # type: ignore[misc]
        made._made = dict(columns)
        return made

    def __getitem__(self, name: str) -> Column:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __contains__(self, name: object) -> bool:
        return name in self._makers

    def __len__(self) -> int:
        return len(self._makers)

    def passing(self, name: str) -> Column:
        """Return a column, and do not keep it."""
        return self._made[name] if name in self._made else self._makers[name]()

    def changed(self, change: Callable[[Column], Column]) -> Columns:
        """Return the columns with something done to each, when it is asked for."""
        return Columns({name: lambda name=name: change(self[name]) for name in self})  # type: ignore[misc]


@dataclass(frozen=True)
class Journeys:
    """The interactions of whole customers, sorted by customer and time.

    Ties in time follow the record's own sequence, then the order of progress stages, then the id. Anonymous
    interactions take no part.

    Attributes:
        keys: Customer keys, ascending, shape (customers,).
        starts: Where each customer's rows begin, and the number of rows at the end, shape (customers + 1,).
        at: Microseconds since 1970, UTC, shape (rows,).
        columns: Further columns, one entry per row. Coded: ``stage`` (the progress stage held then), ``about`` (the
            stage that the words or scores speak of), ``event``, ``step`` (the event, else the touchpoint, programme or
            kind), ``touchpoint``, ``channel``, ``source``, ``kind``, ``author``, ``programme``, ``theme``,
            ``campaign``, ``team``, ``agent``, ``currency``, and ``seg_<name>`` per segment in force. Numbers:
            ``s`` (int8, `NO_SIGN` for none), ``value`` (NaN for none), ``account`` and ``conversation`` (keys, 0 for
            none). One made from a frame has ``event`` and the frame's own.
        observed: First and last moment that the data know of, microseconds: what would end later is censored.
        zone: The reporting zone, for days, weeks and months.
        stages: Ids of the progress stages in order; empty without a taxonomy.
        names: Customers' references where they are not looked up elsewhere; empty, or one per customer.
    """

    keys: Ints
    starts: Ints
    at: Ints
    columns: Columns
    observed: tuple[int, int]
    zone: str = "UTC"
    stages: tuple[str, ...] = ()
    names: tuple[str, ...] = field(default=(), repr=False)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.at)

    @property
    def customers(self) -> int:
        """Number of customers."""
        return len(self.keys)

    @cached_property
    def owner(self) -> npt.NDArray[np.int32]:
        """Number of each row's customer, 0 to customers - 1, shape (rows,)."""
        return np.repeat(np.arange(self.customers, dtype=np.int32), np.diff(self.starts))

    @cached_property
    def first(self) -> Bools:
        """Is the row its customer's first? shape (rows,)."""
        marks = np.zeros(len(self) + 1, dtype=np.bool_)
        marks[self.starts] = True
        return marks[:-1] if len(self) else marks[:0]

    def coded(self, name: str) -> Coded:
        """Return a column of codes and their names.

        Raises:
            QuestionError: There is no such column; it says which there are.
        """
        column = self._column(name)
        if not isinstance(column, Coded):
            raise unknown("column of names", name, [n for n in self.columns if isinstance(self.columns[n], Coded)])
        return column

    def numbers(self, name: str) -> npt.NDArray[np.int8] | Ints | Floats:
        """Return a column of numbers.

        Raises:
            QuestionError: There is no such column; it says which there are.
        """
        column = self._column(name)
        if isinstance(column, Coded):
            raise unknown(
                "column of numbers", name, [n for n in self.columns if not isinstance(self.columns[n], Coded)]
            )
        return column

    def _column(self, name: str) -> Column:
        if name not in self.columns:
            raise unknown("column", name, sorted(self.columns))
        return self.columns[name]

    def keep(self, mask: Bools) -> Journeys:
        """Return the rows where a mask holds; customers without one are gone.

        Args:
            mask: Shape (rows,).
        """
        if mask.all():
            return self
        before = np.concatenate([[0], np.cumsum(mask)])[self.starts]
        there = np.diff(before) > 0
        return replace(
            self,
            keys=self.keys[there],
            starts=np.append(before[:-1][there], before[-1]),
            at=self.at[mask],
            columns=self.columns.changed(lambda column: _taken(column, mask)),
            names=tuple(name for name, kept in zip(self.names, there, strict=True) if kept) if self.names else (),
        )

    def of(self, customers: Bools) -> Journeys:
        """Return the whole journeys of some customers.

        Args:
            customers: Shape (customers,).
        """
        return self.keep(np.repeat(customers, np.diff(self.starts)))

    def span(self, begin: int, end: int) -> Journeys:
        """Return the journeys of customers number ``begin`` to ``end`` - 1, without copying a row."""
        low, high = int(self.starts[begin]), int(self.starts[end])
        return replace(
            self,
            keys=self.keys[begin:end],
            starts=self.starts[begin : end + 1] - low,
            at=self.at[low:high],
            columns=self.columns.changed(lambda column: _taken(column, slice(low, high))),
            names=self.names[begin:end],
        )

    def slices(self, parts: int) -> Iterator[Journeys]:
        """Yield slices of whole customers of about equal numbers of rows."""
        cuts = np.unique(np.searchsorted(self.starts, np.linspace(0, len(self), parts + 1)[1:-1]))
        edges = [0, *(int(cut) for cut in cuts if 0 < cut < self.customers), self.customers]
        for begin, end in pairwise(edges):
            yield self.span(begin, end)

    def through(self, change: Callable[[Journeys], Journeys]) -> Journeys:
        """Return what a change makes of the journeys, wherever their rows are.

        Args:
            change: A pure function of each customer's own rows; it can be pickled.
        """
        return change(self)

    @property
    def extent(self) -> tuple[int, int]:
        """First and last moment among the rows, microseconds; what was observed where there are none."""
        return (int(self.at.min()), int(self.at.max())) if len(self) else self.observed

    def counted(self, kernel: Callable[[Journeys], Counts], merge: Callable[[Counts, Counts], Counts]) -> Counts:
        """Run a kernel over slices of whole customers in threads, and merge what they count, in order.

        Args:
            kernel: From a slice to counts; a pure function.
            merge: Adds the counts of two slices.
        """
        if len(self) < _WORTH_THREADS:
            return kernel(self)
        made: dict[int, Counts] = {}
        left = iter(enumerate(self._parts))

        def work() -> None:
            for number, part in left:
                made[number] = kernel(part)

        with ThreadPoolExecutor(max_workers=_THREADS - 1) as pool:  # this thread works, too
            others = [pool.submit(work) for _ in range(_THREADS - 1)]
            work()
            for other in others:
                other.result()
        found = [made[number] for number in range(len(made))]
        while len(found) > 1:  # neighbours, so that no counts are merged over and over
            pairs = [merge(one, other) for one, other in zip(found[::2], found[1::2], strict=False)]
            found = [*pairs, *found[2 * len(pairs) :]]
        return found[0]

    @cached_property
    def _parts(self) -> tuple[Journeys, ...]:
        """Slices for threads, kept with all that is derived from their rows."""
        return tuple(self.slices(max(_THREADS, -(-len(self) // _AT_ONCE))))


_THREADS = 2
_WORTH_THREADS = 200_000  # rows; below it threads cost more than they bring
_AT_ONCE = 250_000  # rows that a thread works on: what it makes of them stays near the processor


def _taken(column: Column, rows: Bools | slice) -> Column:
    if isinstance(column, Coded):
        return Coded(column.codes[rows], column.names)
    return column[rows]


def narrow(column: Coded) -> Coded:
    """Return a coded column with its codes in as few bytes as they need.

    >>> narrow(Coded(np.array([0, -1, 1]), ("a", "b"))).codes.dtype.name
    'int8'
    """
    codes: Ints = column.codes.astype(width(len(column.names)), copy=False)
    return Coded(codes, column.names)


def width(names: int) -> type[np.signedinteger[Any]]:
    """Return the narrowest kind that holds the codes of so many names."""
    return next(kind for kind in (np.int8, np.int16, np.int32) if names <= np.iinfo(kind).max)
