"""One person in the journal: their references, their conversations, all that is of them, and the journal without it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.errors import InputError
from touchline.vocabulary.schemas import CLAIMS
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.journal import Entry, Journal, Quarantined
    from touchline.privacy.tombstones import Tombstones

#: Columns by which a record that is no interaction names a customer.
_NAMING: Final = ("ref", "customer_ref")
_ENCODINGS: Final = ("utf-8", "latin-1", "utf-16-le", "utf-16-be")


@dataclass
class Claims:
    """Who is who, as claims are read in order.

    >>> claims = Claims()
    >>> claims.read([("B", "A"), ("C", "B")])
    >>> sorted(claims.same("A"))
    ['A', 'B', 'C']
    """

    person: dict[str, str] = field(default_factory=dict)

    def read(self, claims: list[tuple[str, str | None]]) -> None:
        """Take claims in: the first is the same person as the second; with None, the first stands alone again."""
        for one, other in claims:
            before = self.person.get(one, one)
            after = one if other is None else self.person.get(other, other)
            moving = (
                [one] if other is None else [one, *(r for r, root in self.person.items() if root == before), before]
            )
            self.person |= dict.fromkeys(moving, after)

    def same(self, ref: str) -> set[str]:
        """Return all references of the person that a reference stands for, itself included."""
        root = self.person.get(ref, ref)
        return {ref, root, *(other for other, its in self.person.items() if its == root)}

    def without(self, claims: list[tuple[str, str | None]], gone: set[str]) -> list[tuple[str, str | None]]:
        """Take claims in, and return those that say the same of everybody but some references, and never name these.

        Where a claim joins two others by way of a reference that goes, another of the same person stands for it.
        """
        kept: list[tuple[str, str | None]] = []
        for one, other in claims:
            first = self._survivor(one, gone) if other is not None else (None if one in gone else one)
            second = None if other is None else self._survivor(other, gone)
            if first is not None and (other is None or second is not None) and first != second:
                kept.append((first, second))
            self.read([(one, other)])
        return kept

    def _survivor(self, ref: str, gone: set[str]) -> str | None:
        if ref not in gone:
            return ref
        return min(self.same(ref) - gone, default=None)


@dataclass(frozen=True, slots=True)
class Person:
    """A person as the journal knows them.

    Attributes:
        refs: All their references.
        conversations: Source and reference of the conversations that no other customer takes part in.
        interactions: How many records are of them.
    """

    refs: frozenset[str]
    conversations: frozenset[tuple[str, str]]
    interactions: int


@dataclass(frozen=True, slots=True)
class Held:
    """What the journal holds of erased people and has to be found elsewhere too.

    Attributes:
        refs: Their references.
        ids: Their interactions.
        texts: Their texts, every revision, with the declared language.
    """

    refs: frozenset[str]
    ids: frozenset[str]
    texts: tuple[tuple[str, str | None], ...]


def find(journal: Journal, ref: str) -> Person:
    """Return a person by one of their references.

    Raises:
        InputError: The journal knows nothing of such a customer.
    """
    claims, rows = Claims(), 0
    for entry in journal.read():
        if entry.kind == "identity":
            claims.read(_pairs(entry.table))
    refs = claims.same(ref)
    wanted = pa.array(sorted(refs), pa.string())
    threads: set[tuple[str, str]] = set()
    named = False
    for entry in journal.read():
        if entry.kind == "interactions":
            mine = entry.table.filter(pc.is_in(entry.table["customer_ref"], wanted))
            rows += mine.num_rows
            threads |= _threads(mine)
        else:
            named = named or bool(_naming(entry.table) and refs & _names(entry.table))
    if not rows and not named:
        raise InputError(
            phrase("there is no customer {ref}", ref=repr(ref)), todo=phrase("name one as customer_ref has it")
        )
    return Person(frozenset(refs), frozenset(threads - _shared(journal, threads, wanted)), rows)


def _shared(journal: Journal, threads: set[tuple[str, str]], wanted: pa.Array) -> set[tuple[str, str]]:
    """Return those of some conversations in which another customer takes part."""
    if not threads:
        return set()
    found: set[tuple[str, str]] = set()
    for entry in journal.read():
        if entry.kind == "interactions":
            refs = entry.table["customer_ref"]
            others = entry.table.filter(pc.and_(refs.is_valid(), pc.invert(pc.is_in(refs, wanted))))
            found |= _threads(others) & threads
    return found


def _threads(table: pa.Table) -> set[tuple[str, str]]:
    named = table.filter(table["conversation_ref"].is_valid()).select(["source", "conversation_ref"])
    distinct = named.group_by(["source", "conversation_ref"], use_threads=False).aggregate([])
    return set(zip(distinct["source"].to_pylist(), distinct["conversation_ref"].to_pylist(), strict=True))


def held(journal: Journal, tombstones: Tombstones) -> Held:
    """Return what the journal still holds of people who were erased."""
    refs: set[str] = set()
    ids: set[str] = set()
    texts: dict[tuple[str, str | None], None] = {}
    for entry in journal.read():
        if entry.kind == "interactions":
            mask = tombstones.refused(entry.table)
            if mask.any():
                mine = entry.table.filter(pa.array(mask))
                ids.update(mine["interaction_id"].to_pylist())
                refs.update(ref for ref in mine["customer_ref"].unique().to_pylist() if ref is not None)
                pairs = zip(mine["text"].to_pylist(), mine["language"].to_pylist(), strict=True)
                texts |= dict.fromkeys(((text, language) for text, language in pairs if text), None)
        elif _naming(entry.table) or entry.kind == "identity":
            refs |= tombstones.buried(_names(entry.table), at=entry.received_at)
    return Held(frozenset(refs), frozenset(ids), tuple(texts))


def without(journal: Journal, tombstones: Tombstones) -> Iterator[tuple[Entry, pa.Table | None, int]]:
    """Yield every batch with what is left of it without erased people, None for nothing, and how many records went.

    Batches that hold nothing of them are yielded with their own table and 0.
    """
    claims = Claims()
    for entry in journal.read():
        if entry.kind == "identity":
            pairs = _pairs(entry.table)
            gone = tombstones.buried(_names(entry.table) | set(claims.person), at=entry.received_at)
            kept = claims.without(pairs, gone)
            if kept == pairs:
                yield entry, entry.table, 0
                continue
            table = pa.Table.from_pylist([{"ref": one, "same_as": other} for one, other in kept], CLAIMS)
            yield entry, table if kept else None, len(pairs) - len(kept)
        else:
            yield (entry, *left(entry, tombstones))


def left(entry: Entry, tombstones: Tombstones) -> tuple[pa.Table | None, int]:
    """Return what is left of a batch without erased people, None for nothing, and how many records went.

    Claims of who is who are left as they are where they name nobody; `without` mends the others.
    """
    table = entry.table
    if entry.kind == "interactions":
        keep = ~tombstones.refused(table)
    elif naming := [name for name in (*_NAMING, "same_as") if name in table.column_names]:
        gone = tombstones.buried(_names(table), at=entry.received_at)
        keep = np.ones(table.num_rows, dtype=np.bool_)
        for name in naming:
            keep &= np.array([ref not in gone for ref in table[name].to_pylist()], dtype=np.bool_)
    else:
        return table, 0
    lost = int((~keep).sum())
    if not lost:
        return table, 0
    return (table.filter(pa.array(keep)) if keep.any() else None), lost


def _pairs(table: pa.Table) -> list[tuple[str, str | None]]:
    return list(zip(table["ref"].to_pylist(), table["same_as"].to_pylist(), strict=True))


def _naming(table: pa.Table) -> bool:
    return any(name in table.column_names for name in _NAMING)


def _names(table: pa.Table) -> set[str]:
    columns = [name for name in (*_NAMING, "same_as") if name in table.column_names]
    return {ref for name in columns for ref in table[name].unique().to_pylist() if ref is not None}


def mentions(refs: frozenset[str]) -> Callable[[Quarantined], bool]:
    """Return a test whether a quarantined record names one of some references, as a word of its own.

    >>> test = mentions(frozenset({"C-17"}))
    >>> row = {"raw": b"2026-01-01;C-17;late", "file": "a.csv", "reason": ""}
    >>> test(row), test(row | {"raw": b"2026-01-01;C-170;late"})
    (True, False)
    """
    test = naming(refs)

    def found(row: Quarantined) -> bool:
        return test(row["raw"]) or test(f"{row['file']}\n{row['reason']}".encode())

    return found


def naming(refs: frozenset[str]) -> Callable[[bytes], bool]:
    """Return a test whether some bytes hold one of some references as a word of its own, in any usual encoding."""
    if not refs:
        return lambda _: False
    parts = []
    for encoding in _ENCODINGS:
        word = rb"[0-9A-Za-z_]" if not encoding.startswith("utf-16") else None
        for ref in sorted(refs):
            try:
                encoded = re.escape(ref.encode(encoding))
            except UnicodeEncodeError:
                continue
            parts.append(rb"(?<!" + word + rb")" + encoded + rb"(?!" + word + rb")" if word else encoded)
    escaped = {json_form for ref in refs if (json_form := _as_json(ref)) != ref}
    parts += [re.escape(text.encode()) for text in sorted(escaped)]
    pattern = re.compile(b"|".join(parts))
    return lambda data: pattern.search(data) is not None


def _as_json(ref: str) -> str:
    import json

    return json.dumps(ref)[1:-1]
