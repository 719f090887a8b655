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
    stays = ~np.isin(old.keys, gone)
    keys = np.concatenate([old.keys[stays], fresh.keys])
    order = np.argsort(keys, kind="stable")
    lengths = np.concatenate([np.diff(old.starts)[stays], np.diff(fresh.starts)])
    begins = np.concatenate([old.starts[:-1][stays], fresh.starts[:-1] + len(old)])
    starts = np.concatenate([[0], np.cumsum(lengths[order])]).astype(np.int64)
    rows = np.repeat(begins[order] - starts[:-1], lengths[order]) + np.arange(starts[-1])
    at = np.concatenate([old.at, fresh.at])[rows]
    columns = {name: _merged(old.columns[name], fresh.columns[name], rows) for name in fresh.columns if name != "step"}
    return Journeys(
        keys=keys[order],
        starts=starts,
        at=at,
        columns=with_steps(Columns.of(columns)),
        observed=(int(at.min()), int(at.max())) if len(at) else (0, 0),
        zone=fresh.zone,
        stages=fresh.stages,
    )


def held(journeys: Journeys, statements: pa.Table) -> Coded:
    """Return what an attribute's value is at every row: the one stated last, from its own moment on.

    Args:
        journeys: The rows.
        statements: ``customer_key``, ``since`` (microseconds), ``value``, sorted by these.
    """
    said = Coded.of(statements["value"])
    keys, since = statements["customer_key"].to_numpy(), statements["since"].to_numpy()
    owner = np.searchsorted(journeys.keys, keys)
    there = owner < journeys.customers
    there[there] = journeys.keys[owner[there]] == keys[there]
    owner, since, codes = owner[there], since[there], said.codes[there]
    count = np.bincount(owner, minlength=journeys.customers)
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    out = np.full(len(journeys), -1, dtype=np.int64)
    row_owner = journeys.owner
    once = (count == 1)[row_owner]
    at = first[row_owner[once]]
    out[once] = np.where(journeys.at[once] >= since[at], codes[at], -1)
    often = np.flatnonzero((count > 1)[row_owner])
    if len(often):
        told = np.flatnonzero((count > 1)[owner])
        who = np.concatenate([owner[told], row_owner[often]])
        when = np.concatenate([since[told], journeys.at[often]])
        asks = np.repeat(np.array([0, 1], np.int8), [len(told), len(often)])
        merged = np.lexsort((asks, when, who))
        number = np.where(merged < len(told), np.arange(len(merged)), -1)
        last = np.maximum.accumulate(number)
        mine = last >= 0
        source = merged[np.maximum(last, 0)]
        mine &= who[source] == who[merged]
        value = np.where(mine, codes[told][np.where(source < len(told), source, 0)], -1)
        asked = merged >= len(told)
        out[often[merged[asked] - len(told)]] = value[asked]
    return narrow(sorted_names(Coded(out, said.names)))


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


def _merged(old: Column, fresh: Column, rows: Ints) -> Column:
    if isinstance(old, Coded) and isinstance(fresh, Coded):
        names = tuple(dict.fromkeys((*old.names, *fresh.names)))
        place = {name: number for number, name in enumerate(names)}
        tables = [np.array([place[name] for name in part.names] + [-1], dtype=np.int32) for part in (old, fresh)]
        codes: Ints = np.concatenate([tables[0][old.codes], tables[1][fresh.codes]])[rows]
        return sorted_names(Coded(codes, names))
    both: Ints = np.concatenate([np.asarray(old), np.asarray(fresh)])[rows]
    return both
