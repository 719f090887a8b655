"""Tombstones: who was erased, as keyed hashes that tell nobody's name, so that no import brings them back.

One file, beside the journal and never in a backup. A line is one erasure: the hashes of the person's references and of
the conversations that were theirs alone. It is written before anything is erased and marked done at the end, so that an
erasure that was killed is completed by whoever opens the workspace next.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from touchline.errors import InputError, WorkspaceError
from touchline.vocabulary.keys import UNIT

#: What stands in quarantine of a record that was refused at the door; its bytes are not kept.
REFUSED: Final = "of a person who was erased; refused, and not kept"
_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure: its receipt. It holds nothing personal of the one who was erased.

    Attributes:
        id: A random name.
        at: When it was asked for, ISO 8601, UTC.
        by: Who did it.
        why: What for, as that person said.
        refs: Keyed hashes of the person's references, in hexadecimal.
        conversations: Keyed hashes of conversations that were theirs alone.
        done: When it was completed; empty while it is not.
        lifted: When the person was let in again; empty while they are not. What happened before the erasure stays out.
        counts: What was erased, by store.
    """

    id: str
    at: str
    by: str
    why: str
    refs: tuple[str, ...]
    conversations: tuple[str, ...] = ()
    done: str = ""
    lifted: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the receipt: what, when, by whom, how much; not the hashes."""
        return {
            "id": self.id,
            "at": self.at,
            "by": self.by,
            "why": self.why,
            "done": self.done,
            "lifted": self.lifted,
            "references": len(self.refs),
            "counts": dict(self.counts),
        }


def hashed(key: bytes, kind: str, *parts: str) -> str:
    """Return the keyed hash of a reference, or of a conversation (source, reference).

    >>> hashed(b"k", "customer", "C1") == hashed(b"k", "customer", "C1") != hashed(b"j", "customer", "C1")
    True
    """
    name = UNIT.join(("tombstone", kind, *parts)).encode("utf-8", "surrogatepass")
    return hmac.digest(key, name, "sha256")[:_BYTES].hex()


def now() -> str:
    """Return the moment, as tombstones write it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class Tombstones:
    """All erasures of a workspace, as they were when the file was read.

    Attributes:
        key: The workspace's secret.
        erasures: In the order in which they were asked for.
    """

    key: bytes
    erasures: tuple[Erasure, ...] = ()

    @cached_property
    def _until(self) -> dict[str, datetime | None]:
        """Return, per hash, up to when its records are refused; None is always."""
        found: dict[str, datetime | None] = {}
        for erasure in self.erasures:
            until = datetime.fromisoformat(erasure.at) if erasure.lifted else None
            found |= dict.fromkeys((*erasure.refs, *erasure.conversations), until)
        return found

    @property
    def pending(self) -> tuple[Erasure, ...]:
        """Return the erasures that were begun and are not completed."""
        return tuple(erasure for erasure in self.erasures if not erasure.done)

    def of(self, ref: str) -> Erasure | None:
        """Return the latest erasure of a reference, or None."""
        name = hashed(self.key, "customer", ref)
        return next((erasure for erasure in reversed(self.erasures) if name in erasure.refs), None)

    def refused(self, interactions: pa.Table) -> npt.NDArray[np.bool_]:
        """Tell which interactions are of people who were erased, shape (rows,).

        Args:
            interactions: With ``customer_ref``, ``source``, ``conversation_ref`` and ``occurred_at``.
        """
        found = np.zeros(interactions.num_rows, dtype=np.bool_)
        if not self.erasures or not interactions.num_rows:
            return found
        refs = interactions["customer_ref"].combine_chunks()
        found |= self._of(refs, "customer", interactions["occurred_at"])
        alone = refs.is_null()
        if alone.true_count:
            threads = pc.binary_join_element_wise(
                interactions["source"].combine_chunks(), interactions["conversation_ref"].combine_chunks(), UNIT
            )
            mask = alone.to_numpy(zero_copy_only=False)
            found |= mask & self._of(threads, "conversation", interactions["occurred_at"])
        return found

    def buried(self, refs: Iterable[str | None], *, at: datetime) -> set[str]:
        """Return those of some references that were erased, as far as something that was said then is concerned."""
        if not self.erasures:
            return set()
        until = ((ref, self._until.get(hashed(self.key, "customer", ref), _NEVER)) for ref in refs if ref is not None)
        return {ref for ref, last in until if last is None or at <= last}

    def _of(self, names: pa.Array, kind: str, at: pa.ChunkedArray) -> npt.NDArray[np.bool_]:
        coded = names.dictionary_encode()
        until = [
            self._until.get(hashed(self.key, kind, name), _NEVER) if name is not None else _NEVER
            for name in coded.dictionary.to_pylist()
        ]
        last = np.array([_micros(moment) for moment in until] or [0], dtype=np.int64)
        codes = coded.indices.fill_null(0).to_numpy()
        happened = at.combine_chunks().cast(pa.int64()).to_numpy()
        there = names.is_valid().to_numpy(zero_copy_only=False)
        return np.asarray(there & (happened <= last[codes]))


_NEVER: Final = datetime.min.replace(tzinfo=UTC)


def _micros(moment: datetime | None) -> int:
    if moment is None:
        return int(np.iinfo(np.int64).max)
    return int(np.iinfo(np.int64).min) if moment is _NEVER else int(moment.timestamp() * 1_000_000)


@dataclass(frozen=True, slots=True)
class Graveyard:
    """The file of tombstones.

    Attributes:
        path: ``.touchline/tombstones``.
        key: The workspace's secret.
    """

    path: Path
    key: bytes

    def read(self) -> Tombstones:
        """Return all tombstones; cheap while the file does not change.

        Raises:
            WorkspaceError: The file is damaged.
        """
        try:
            told = self.path.stat()
        except FileNotFoundError:
            return Tombstones(self.key)
        state = (told.st_ino, told.st_mtime_ns, told.st_size)
        known = _read.get((self.path, self.key))
        if known and known[0] == state:
            return known[1]
        found = Tombstones(self.key, self._erasures())
        _read[self.path, self.key] = state, found
        return found

    def _erasures(self) -> tuple[Erasure, ...]:
        try:
            rows = [json.loads(line) for line in self.path.read_text("utf-8").splitlines()]
            return tuple(
                Erasure(**{**row, "refs": tuple(row["refs"]), "conversations": tuple(row["conversations"])})
                for row in rows
            )
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise WorkspaceError(
                f"the tombstones cannot be read ({error})",
                where=str(self.path),
                todo="restore the file: without it people who were erased could be imported again",
            ) from error

    def begin(self, refs: Iterable[str], conversations: Iterable[tuple[str, str]], *, by: str, why: str) -> Erasure:
        """Write the tombstone of a person; from now on no import takes them in.

        An erasure of the same person that was not completed is gone on with.

        Args:
            refs: All references of the person.
            conversations: Sources and references of the conversations that were theirs alone.
            by: Who erases.
            why: What for.
        """
        names = {hashed(self.key, "customer", ref) for ref in refs}
        threads = {hashed(self.key, "conversation", UNIT.join(pair)) for pair in conversations}
        known = self.read().erasures
        same = next((one for one in known if not one.done and names & set(one.refs)), None)
        at = now()
        fresh = same or Erasure(secrets.token_hex(8), at, by, why, ())
        fresh = replace(
            fresh,
            refs=tuple(sorted(names.union(fresh.refs))),
            conversations=tuple(sorted(threads.union(fresh.conversations))),
        )
        self._write((*(one for one in known if one is not same), fresh))
        return fresh

    def count(self, erasure: str, **counts: int) -> Erasure:
        """Add to what an erasure counted: what a step did before it was killed is not lost."""
        return self._changed(erasure, lambda one: replace(one, counts=_added(one.counts, counts)))

    def set(self, erasure: str, **counts: int) -> Erasure:
        """Say how much an erasure counted, whatever was said before."""
        return self._changed(erasure, lambda one: replace(one, counts={**one.counts, **counts}))

    def finish(self, erasure: str) -> Erasure:
        """Mark an erasure as done; return its receipt."""
        return self._changed(erasure, lambda one: replace(one, done=now()))

    def lift(self, ref: str) -> Erasure:
        """Let a person in again who was erased; what happened before the erasure stays out.

        Raises:
            InputError: They were not erased.
        """
        found = self.read().of(ref)
        if found is None:
            raise InputError("there is no tombstone of this customer", todo="check the reference")
        return self._changed(found.id, lambda one: replace(one, lifted=now()))

    def _changed(self, erasure: str, change: Any) -> Erasure:
        known = self.read().erasures
        fresh = [change(one) if one.id == erasure else one for one in known]
        self._write(fresh)
        return next(one for one in fresh if one.id == erasure)

    def _write(self, erasures: Iterable[Erasure]) -> None:
        """Write the file as a whole or not at all, and on disk when this returns."""
        fresh = self.path.with_name(self.path.name + ".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            for erasure in erasures:
                file.write(json.dumps(asdict(erasure), ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _added(counts: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {name: counts.get(name, 0) + more.get(name, 0) for name in (*counts, *(n for n in more if n not in counts))}


#: What was read last of each file, by its state: the door asks with every batch.
_read: dict[tuple[Path, bytes], tuple[tuple[int, int, int], Tombstones]] = {}
