"""Journeys from the warehouse's rows: coded as they stream in, sorted once, extended by whole customers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.errors import WarehouseDamaged
from touchline.vocabulary.coded import Coded
from touchline.warehouse.index.journeys import NO_SIGN, Column, Columns, Ints, Journeys, width
from touchline.warehouse.index.rows import AlikeError, Batches, Gathered, gathered, rows_in, sorted_names

#: Words that are recorded with an interaction; all words.
RECORDED: Final = (
    "event", "touchpoint", "channel", "source", "kind", "author", "programme", "campaign", "team", "agent", "currency",
)  # fmt: skip
_SAID: Final = ("about", "theme")
#: An interaction's short name is the first of these that it has.
_STEP: Final = ("event", "touchpoint", "programme", "kind")
#: How often rows are read, each time with other hashes, before ids that are alike are the same id.
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Rows:
    """What journeys are built from, in any order; ``id`` is a hash of an interaction's id.

    Attributes:
        placed: ``id``, ``place`` (ascending in timeline order within a customer), ``customer_key``, ``at``,
            ``conversation``, ``stage``.
        recorded: ``id`` and those of `RECORDED`, ``account`` (a reference) and ``value`` that anybody has.
        said: ``id``, ``about``, ``theme``, ``s``.
    """

    placed: Batches
    recorded: Batches
    said: Batches


def build(
    read: Callable[[int], Rows], *, zone: str, stages: tuple[str, ...], account: Callable[[str], int]
) -> Journeys:
    """Build journeys of the interactions that are both placed and recorded.

    Args:
        read: Reads the rows; another number gives other hashes.
        zone: The reporting zone.
        stages: Ids of the progress stages, in order.
        account: From an account's reference to its key.

    Raises:
        WarehouseDamaged: An interaction is there twice.
    """
    placed, recorded, said, found, heard = _read(read)
    none = np.int64(0)
    everybody = np.arange(len(placed.ids))
    owner = placed.numbers("customer_key", everybody, none)
    order = np.lexsort((placed.numbers("place", everybody, none), owner))
    found = found[order]
    if (found < 0).any():
        order, found = order[found >= 0], found[found >= 0]
    owner, heard = owner[order], heard[order]
    fresh = np.ones(len(order), dtype=np.bool_)
    fresh[1:] = owner[1:] != owner[:-1]
    starts = np.append(np.flatnonzero(fresh), len(order)).astype(np.int64)
    keys = owner[starts[:-1]]
    del owner, fresh, everybody
    at = placed.numbers("at", order, none)
    conversation = placed.numbers("conversation", order, none)
    columns: dict[str, Column] = {"stage": placed.words("stage", order)}
    columns |= {name: said.words(name, heard) for name in _SAID}
    columns |= {name: recorded.words(name, found) for name in RECORDED}
    columns["conversation"] = conversation
    columns["account"] = _accounts(recorded.words("account", found), starts, account)
    columns["s"] = said.numbers("s", heard, np.int8(NO_SIGN))
    columns["value"] = recorded.numbers("value", found, np.float64(np.nan))
    return Journeys(
        keys=keys,
        starts=starts,
        at=at,
        columns=with_steps(Columns.of(columns)),
        observed=(int(at.min()), int(at.max())) if len(at) else (0, 0),
        zone=zone,
        stages=stages,
    )


def _read(read: Callable[[int], Rows]) -> tuple[Gathered, Gathered, Gathered, Ints, Ints]:
    """Return the three tables, and for every placed row the rows of the other two that are of the same id."""
    for salt in range(_TRIES):
        rows = read(salt)
        placed, recorded, said = gathered(rows.placed), gathered(rows.recorded), gathered(rows.said)
        try:
            found, heard = rows_in(placed.ids, recorded.ids, said.ids)
        except AlikeError:
            continue
        return placed, recorded, said, found, heard
    raise WarehouseDamaged(
        "an interaction is there twice", todo="run `touchline rebuild`: the journal holds everything"
    )


def stacked(parts: Sequence[Journeys]) -> Journeys:
    """Return journeys one below the other.

    Args:
        parts: At least one; the customers' keys of each are above those of the one before.
    """
    first = parts[0]
    if len(parts) == 1:
        return first
    ends = np.cumsum([0, *(len(part) for part in parts)])
    seen = [part.observed for part in parts if len(part)]
    return replace(
        first,
        keys=np.concatenate([part.keys for part in parts]),
        starts=np.concatenate([[0], *(part.starts[1:] + end for part, end in zip(parts, ends[:-1], strict=True))]),
        at=np.concatenate([part.at for part in parts]),
        columns=Columns({name: partial(_one_below_the_other, parts, name) for name in first.columns}),
        observed=(min(low for low, _ in seen), max(high for _, high in seen)) if seen else (0, 0),
    )


def _one_below_the_other(parts: Sequence[Journeys], name: str) -> Column:
    columns = [part.columns[name] for part in parts]
    coded = [column for column in columns if isinstance(column, Coded)]
    if not coded:
        return np.concatenate([np.asarray(column) for column in columns])
    names = tuple(dict.fromkeys(name for column in coded for name in column.names))
    return sorted_names(Coded(np.concatenate([_renamed(column, names) for column in coded]), names))


def _renamed(column: Coded, names: tuple[str, ...]) -> npt.NDArray[Any]:
    """Return a column's codes among other names, all of its own and more."""
    place = {name: number for number, name in enumerate(names)}
    table = np.array([place[name] for name in column.names] + [-1], dtype=width(len(names)))
    return table.take(column.codes, mode="wrap")


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
    return sorted_names(Coded(out.astype(np.int64), said.names))


def with_steps(columns: Columns) -> Columns:
    """Return columns with ``step``: the short name of every interaction, made when it is asked for."""
    makers: dict[str, Callable[[], Column]] = {name: lambda name=name: columns[name] for name in columns}  # type: ignore[misc]
    makers["step"] = lambda: _steps(columns)
    return Columns(makers)


def _accounts(refs: Coded, starts: Ints, account: Callable[[str], int]) -> Ints:
    """Return the account that holds at every row: the one named last; 0 before the first."""
    from touchline.vocabulary.coded import carry_forward

    if not refs.names:
        return np.zeros(len(refs.codes), dtype=np.int64)
    begin = np.repeat(starts[:-1], np.diff(starts))
    keys = np.array([account(name) for name in refs.names] + [0], dtype=np.int64)
    return keys[carry_forward(refs.codes.astype(np.int64), begin)]


def _steps(columns: Columns) -> Coded:
    first, *others = (column for name in _STEP if isinstance(column := columns[name], Coded))
    names = tuple(dict.fromkeys(name for part in (first, *others) for name in part.names))
    codes = _renamed(first, names)
    for part in others:
        if part.names and len(none := np.flatnonzero(codes < 0)):
            codes[none] = _renamed(Coded(part.codes[none], part.names), names)
    return sorted_names(Coded(codes, names))


def _merged(old: Column, fresh: Column, pieces: _Pieces) -> Column:
    if isinstance(old, Coded) and isinstance(fresh, Coded):
        names = tuple(dict.fromkeys((*old.names, *fresh.names)))
        # the old ones come first among the names: their codes stand
        codes = _laid(old.codes.astype(width(len(names)), copy=False), _renamed(fresh, names), pieces)
        return sorted_names(Coded(codes, names))
    return _laid(np.asarray(old), np.asarray(fresh), pieces)
