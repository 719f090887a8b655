"""Journeys from the warehouse's rows: coded as they stream in, sorted once, extended by whole customers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.vocabulary.coded import Coded
from touchline.warehouse.index.journeys import NO_SIGN, Column, Columns, Floats, Ints, Journeys, narrow

CODED: Final = (
    "stage", "about", "theme", "event", "touchpoint", "channel", "source", "kind", "author", "programme", "campaign",
    "team", "agent", "currency",
)  # fmt: skip
#: An interaction's short name is the first of these that it has.
_STEP: Final = ("event", "touchpoint", "programme", "kind")


@dataclass
class _Coder:
    """Codes strings that come batch by batch; codes are given as names are met."""

    known: dict[str, int] = field(default_factory=dict)
    parts: list[npt.NDArray[Any]] = field(default_factory=list)

    def add(self, column: pa.Array) -> None:
        coded = Coded.of(column)
        table = np.array([self.known.setdefault(name, len(self.known)) for name in coded.names] + [-1])
        self.parts.append(table.astype(_width(len(self.known)))[coded.codes])

    def made(self, order: Ints) -> Coded:
        """Return the column in order, its names sorted, so that no chance of arrival shows."""
        codes = np.concatenate([np.zeros(0, np.int8), *self.parts])
        self.parts.clear()
        return sorted_names(Coded(codes[order], tuple(self.known)))


def build(
    batches: Iterable[pa.RecordBatch], *, zone: str, stages: tuple[str, ...], account: Callable[[str], int]
) -> Journeys:
    """Build journeys from rows.

    Args:
        batches: Columns ``place`` (ascending in timeline order within a customer), ``customer_key``, ``at``,
            ``conversation``, `CODED`, ``s``, ``account`` (a reference) and ``value``, in any order.
        zone: The reporting zone.
        stages: Ids of the progress stages, in order.
        account: From an account's reference to its key.
    """
    coders = {name: _Coder() for name in (*CODED, "account")}
    numbers: dict[str, list[Ints]] = {name: [] for name in ("place", "customer_key", "at", "conversation")}
    signs: list[Ints] = []
    values: list[Floats] = []
    for batch in batches:
        for name, coder in coders.items():
            coder.add(batch.column(name))
        for name, parts in numbers.items():
            parts.append(_own(batch.column(name)))
        signs.append(_own(batch.column("s").cast(pa.int8()).fill_null(NO_SIGN)))
        values.append(_own(batch.column("value").fill_null(np.nan)))
    joined = {name: _joined(numbers.pop(name), np.int64) for name in tuple(numbers)}
    order = np.lexsort((joined.pop("place"), joined["customer_key"])).astype(np.int64)
    customer = joined.pop("customer_key")[order]
    at = joined.pop("at")[order]
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = customer[1:] != customer[:-1]
    starts = np.append(np.flatnonzero(fresh), len(order)).astype(np.int64)
    columns: dict[str, Column] = {name: coders[name].made(order) for name in CODED}
    columns["conversation"] = joined["conversation"][order]
    columns["account"] = _accounts(coders["account"].made(order), starts, account)
    columns["s"] = _joined(signs, np.int8)[order]
    columns["value"] = _joined(values, np.float64)[order]
    return Journeys(
        keys=customer[starts[:-1]],
        starts=starts,
        at=at,
        columns=with_steps(Columns.of(columns)),
        observed=(int(at.min()), int(at.max())) if len(at) else (0, 0),
        zone=zone,
        stages=stages,
    )


def extended(old: Journeys, fresh: Journeys, gone: Ints) -> Journeys:
    """Return journeys with those of some customers replaced.

    Args:
        old: What stood.
        fresh: The journeys of the customers concerned, as they are now.
        gone: Keys of all customers concerned, with or without journeys now.
    """
    keys, starts, pieces = _woven(old, fresh, gone)
    at = _laid(old.at, fresh.at, pieces)
    names = [name for name in fresh.columns if name != "step"]
    columns = {name: _merged(old.columns[name], fresh.columns[name], pieces) for name in names}
    return Journeys(
        keys=keys,
        starts=starts,
        at=at,
        columns=with_steps(Columns.of(columns)),
        observed=(int(at.min()), int(at.max())) if len(at) else (0, 0),
        zone=fresh.zone,
        stages=fresh.stages,
    )


#: Runs of rows in their new order: whether they are fresh ones, from which row on, and up to which.
_Pieces = list[tuple[bool, int, int]]


def _woven(old: Journeys, fresh: Journeys, gone: Ints) -> tuple[Ints, Ints, _Pieces]:
    """Return the keys and starts of journeys in which some customers are replaced, and where their rows lie."""
    stays = ~np.isin(old.keys, gone)
    keys = np.concatenate([old.keys[stays], fresh.keys])
    order = np.argsort(keys, kind="stable")
    lengths = np.concatenate([np.diff(old.starts)[stays], np.diff(fresh.starts)])[order]
    begins = np.concatenate([old.starts[:-1][stays], fresh.starts[:-1]])[order]
    new = (np.arange(len(keys)) >= int(stays.sum()))[order]
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    ends = begins + lengths
    breaks = np.ones(len(keys), dtype=np.bool_)  # customers whose rows do not follow those of the customer before
    breaks[1:] = (new[1:] != new[:-1]) | (begins[1:] != ends[:-1])
    first = np.flatnonzero(breaks)
    last = np.append(first[1:], len(keys)) - 1
    pieces = (
        list(zip(new[first].tolist(), begins[first].tolist(), ends[last].tolist(), strict=True)) if len(keys) else []
    )
    return keys[order], starts, pieces


def _laid(old: npt.NDArray[Any], fresh: npt.NDArray[Any], pieces: _Pieces) -> npt.NDArray[Any]:
    """Return rows in their new order: whole runs are copied, as few customers are replaced."""
    parts = [(fresh if new else old)[begin:end] for new, begin, end in pieces]
    return np.concatenate(parts) if parts else np.asarray(fresh)[:0]


def held(journeys: Journeys, statements: pa.Table) -> Coded:
    """Return what an attribute's value is at every row: the one stated last, from its own moment on.

    Args:
        journeys: The rows.
        statements: ``customer_key``, ``since`` (microseconds), ``value``, sorted by these.
    """
    said = Coded.of(statements["value"])
    keys, since, codes = statements["customer_key"].to_numpy(), statements["since"].to_numpy(), said.codes
    news = np.ones(len(keys), dtype=np.bool_)  # most records only repeat what was stated before
    news[1:] = (keys[1:] != keys[:-1]) | (codes[1:] != codes[:-1])
    keys, since, codes = keys[news], since[news], codes[news]
    begin = np.searchsorted(keys, journeys.keys)
    end = np.searchsorted(keys, journeys.keys, side="right")
    lengths = np.diff(journeys.starts)
    low, high = np.repeat(begin, lengths), np.repeat(end, lengths)
    first = low.copy()
    for _ in range(int((end - begin).max(initial=0)).bit_length()):  # halves what is left of every row's statements
        middle = (low + high) // 2
        there = (low < high) & (since[np.minimum(middle, len(since) - 1)] <= journeys.at)
        high = np.where(there | (low >= high), high, middle)
        low = np.where(there, middle + 1, low)
    out = np.where(low > first, np.append(codes, -1)[low - 1], -1)
    return narrow(sorted_names(Coded(out.astype(np.int64), said.names)))


def with_steps(columns: Columns) -> Columns:
    """Return columns with ``step``: the short name of every interaction, made when it is asked for."""
    makers: dict[str, Callable[[], Column]] = {name: lambda name=name: columns[name] for name in columns}  # type: ignore[misc]
    makers["step"] = lambda: _steps(columns)
    return Columns(makers)


def sorted_names(column: Coded) -> Coded:
    """Return a coded column whose names are sorted and all in use.

    >>> column = sorted_names(Coded(np.array([0, 1, -1]), ("b", "a", "unused")))
    >>> column.names, column.codes.tolist()
    (('a', 'b'), [1, 0, -1])
    """
    used = np.zeros(len(column.names) + 1, dtype=np.bool_)
    used[column.codes] = True
    names = sorted(name for name, there in zip(column.names, used, strict=False) if there)
    if tuple(names) == column.names:
        return narrow(column)
    place = {name: number for number, name in enumerate(names)}
    table = np.array([place.get(name, -1) for name in column.names] + [-1], dtype=np.int64)
    width = narrow(Coded(table, tuple(names))).codes.dtype
    return Coded(table.astype(width)[column.codes], tuple(names))


def _own(column: pa.Array) -> npt.NDArray[Any]:
    """Return a column as an array of its own: a view would keep the whole batch, with all its texts, in memory."""
    return np.array(column.to_numpy(zero_copy_only=False))


def _width(names: int) -> type[np.signedinteger[Any]]:
    """Return the narrowest kind that holds so many codes."""
    return next(kind for kind in (np.int8, np.int16, np.int32) if names <= np.iinfo(kind).max)


def _joined(parts: list[Ints] | list[Floats], kind: type) -> Ints:
    found: Ints = np.concatenate(parts) if parts else np.zeros(0, kind)
    return found


def _accounts(refs: Coded, starts: Ints, account: Callable[[str], int]) -> Ints:
    """Return the account that holds at every row: the one named last; 0 before the first."""
    from touchline.vocabulary.coded import carry_forward

    begin = np.repeat(starts[:-1], np.diff(starts))
    keys = np.array([account(name) for name in refs.names] + [0], dtype=np.int64)
    return keys[carry_forward(refs.codes.astype(np.int64), begin)]


def _steps(columns: Columns) -> Coded:
    parts = [column for name in _STEP if isinstance(column := columns[name], Coded)]
    names = tuple(dict.fromkeys(name for part in parts for name in part.names))
    place = {name: number for number, name in enumerate(names)}
    codes = np.full(len(parts[0].codes), -1, dtype=np.int64)
    for part in reversed(parts):
        table = np.array([place[name] for name in part.names] + [-1], dtype=np.int64)
        codes = np.where(part.codes >= 0, table[part.codes], codes)
    return sorted_names(Coded(codes, names))


def _merged(old: Column, fresh: Column, pieces: _Pieces) -> Column:
    if isinstance(old, Coded) and isinstance(fresh, Coded):
        names = tuple(dict.fromkeys((*old.names, *fresh.names)))
        place = {name: number for number, name in enumerate(names)}
        width = narrow(Coded(np.zeros(0, np.int64), names)).codes.dtype
        table = np.array([place[name] for name in fresh.names] + [-1], dtype=width)
        # the old ones come first among the names: their codes stand
        codes = _laid(old.codes.astype(width, copy=False), table[fresh.codes], pieces)
        return sorted_names(Coded(codes, names))
    return _laid(np.asarray(old), np.asarray(fresh), pieces)
