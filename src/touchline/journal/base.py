"""What goes into a journal and what comes out, whichever database keeps it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol, TypedDict

import pyarrow as pa

#: The version of the tables and of the payload's layout; a newer one is refused rather than misread.
FORMAT: Final = 2

#: How a zstd frame begins; an Arrow stream begins otherwise.
_ZSTD: Final = bytes.fromhex("28b52ffd")

#: Kinds of record. Only `interactions` are counted as received; the others say something about them.
KINDS: Final = (
    "interactions", "customers", "identity", "correction", "theme", "taxonomy", "model", "understood", "consent",
    "erasure",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Batch:
    """Records to be appended as one.

    Attributes:
        kind: One of `KINDS`.
        table: The records.
        digest: 32 bytes that are equal for equal content, whenever it was received.
        live: Whether it may alert anyone (DESIGN rule 6).
        origin: Where it came from: a file's name, an API client.
        received_at: When we took it in (UTC).
    """

    kind: str
    table: pa.Table
    digest: bytes
    live: bool
    origin: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Append:
    """What one caller hands to `Journal.append_many`.

    Attributes:
        batch: Accepted records; None when every record was rejected.
        quarantine: Rejected records (schema `QUARANTINE`).
        origin: Names the door when there is no batch.
        reading: How the rejected records are read (JSON), so that they can be tried again; empty when nobody can.
    """

    batch: Batch | None
    quarantine: pa.Table | None = None
    origin: str = ""
    reading: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an append.

    Attributes:
        offset: The batch's place in the journal.
        repeated: True when a batch of the same digest was there already; nothing was added then.
    """

    offset: int
    repeated: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A batch as it is read back."""

    offset: int
    kind: str
    live: bool
    origin: str
    received_at: datetime
    table: pa.Table


class Quarantined(TypedDict):
    """A record that could not be accepted, as it is read back.

    ``id`` is never given again; ``row`` and ``column`` are None where there is none; ``raw`` is the record as it was;
    ``seen`` says how often it came; times are ISO 8601 in UTC; ``reading`` is what `Append.reading` said.
    """

    id: int
    file: str
    row: int | None
    column: str | None
    reason: str
    raw: bytes
    first_seen: str
    expires_at: str
    seen: int
    reading: str


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records went which way at the door, since the journal began.

    ``received = accepted + repeated + quarantined + expired`` always holds; the warehouse splits ``accepted`` further
    into stored, duplicate and revised. ``expired`` were here and are no longer: quarantined ones past their time, and
    the ``erased`` ones among them, which were taken out on purpose.
    """

    received: int = 0
    accepted: int = 0
    repeated: int = 0
    quarantined: int = 0
    expired: int = 0
    batches: int = 0
    reasons: tuple[tuple[str, int], ...] = field(default=())
    erased: int = 0

    @property
    def balanced(self) -> bool:
        """Has every received record its place?"""
        return self.received == self.accepted + self.repeated + self.quarantined + self.expired


class Journal(Protocol):
    """An open journal. Every method may be called from any thread, and while other processes write."""

    @property
    def where(self) -> str:
        """Where it is, for messages: a path, or an address without its password."""

    @property
    def head(self) -> int:
        """The last offset that was given out; 0 when there is none. Offsets are 1, 2, 3, ... in commit order."""

    def close(self) -> None:
        """Close it; what was appended stays."""

    def append(self, batch: Batch | None, quarantine: pa.Table | None = None, *, origin: str = "") -> Receipt | None:
        """Commit a batch and the records rejected beside it, in one transaction; `append_many` of one."""

    def append_many(self, appends: Sequence[Append]) -> list[Receipt | None]:
        """Commit batches and rejected records of several callers in one transaction: all of them or none.

        Returns:
            A receipt per append, in order; None for one without a batch. A batch of a digest that is there already is
            not added again; it counts as repeated. What this returned for is on disk.

        Raises:
            NoSpaceLeft: The disk is full; nothing of this call was kept.
        """

    def read(self, after: int = 0) -> Iterator[Entry]:
        """Yield the batches after an offset, in order, each checked against its SHA-256.

        Raises:
            JournalDamaged: A batch does not match its checksum, or is missing. Those before it have been yielded.
        """

    def of_kind(self, kind: str) -> list[Entry]:
        """Return the batches of one of `KINDS`, in order, each checked against its SHA-256.

        Raises:
            JournalDamaged: A batch does not match its checksum.
        """

    def rows_after(self, offset: int) -> int:
        """Return how many interactions wait after an offset."""

    def counts(self) -> Counts:
        """Return how many records went which way at the door."""

    def verify(self) -> list[str]:
        """Return what is wrong with the journal, a sentence each; an empty list when it is sound."""

    def quarantined(
        self, limit: int = 100, after: int | None = None, *, reason: str = "", file: str = "", column: str = ""
    ) -> list[Quarantined]:
        """Return rejected records, newest first.

        Args:
            limit: How many at most.
            after: Only those with a smaller id: the last one's of the page before.
            reason: Only those whose reason contains this, in any case.
            file: Only those of this file.
            column: Only those with this column at fault.
        """

    def quarantined_by_reading(self) -> dict[str, int]:
        """Return how many rejected records were read in each way: `Append.reading` to their number."""

    def quarantined_row(self, id: int) -> Quarantined | None:  # noqa: A002 - the word that users know
        """Return one rejected record, or None when there is none of this id."""

    def requeue(
        self, ids: Sequence[int], batch: Batch | None, quarantine: pa.Table | None = None, *, reading: str = ""
    ) -> Receipt | None:
        """Take records out of quarantine and commit what has become of them, in one transaction.

        Args:
            ids: Those that were tried again. One that ``quarantine`` holds again, with the same file, row and bytes,
                stays as it is, with the reason that it has now.
            batch: What was accepted of them.
            quarantine: What is still rejected (schema `QUARANTINE`).
            reading: As `Append.reading`.

        Raises:
            InputError: An id is not there (any longer); nothing was changed.
        """

    def rewrite(self, offset: int, table: pa.Table | None, why: str) -> Receipt:
        """Put other records in a batch's place (erasure, redaction again): same offset and digest, a new checksum.

        Records that are gone count as erased. The warehouse is not told. Where the database is a file, no byte of what
        was there is left in it; see `scrub`.

        Args:
            offset: The batch's.
            table: Of the same schema, with as many records or fewer; None leaves none.
            why: Kept, with the time and the counts, as the receipt; nothing personal.

        Raises:
            InputError: There is no such batch, or the table does not fit.
            JournalDamaged: The batch does not match its checksum.
        """

    def rewrites(self) -> list[dict[str, object]]:
        """Return the receipts of `rewrite`: offset, at, why, rows_before, rows_after; the first one first."""

    def forget_quarantined(self, match: Callable[[Quarantined], bool]) -> int:
        """Delete the quarantined records that match, as erased; return how many records those were."""

    def scrub(self) -> None:
        """Leave no byte of what was rewritten, forgotten or expired in the database's own files.

        On PostgreSQL this writes the tables anew and needs them alone for that long; its archived log is not ours.
        """

    def expire(self, now: datetime | None = None) -> int:
        """Delete quarantined records past their time; they stay counted as expired. Returns how many."""


def encode(table: pa.Table) -> bytes:
    """Return a table as an Arrow IPC stream, compressed with zstd.

    The stream is compressed as a whole: buffer by buffer a single record takes four times as long and as much space.
    """
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(pa.Codec("zstd", compression_level=1).compress(sink.getvalue(), asbytes=True))


def decode(payload: bytes) -> pa.Table:
    """Return the table that `encode` made bytes of, today or in format 1."""
    stream = pa.py_buffer(payload)
    if payload.startswith(_ZSTD):
        with pa.CompressedInputStream(pa.BufferReader(stream), "zstd") as whole:
            stream = whole.read_buffer()
    with pa.ipc.open_stream(stream) as reader:
        return reader.read_all()


def blob(value: object) -> bytes:
    """Return bytes as bytes, and what damage has made something else of as none.

    >>> blob(memoryview(b"x")), blob(None)
    (b'x', b'')
    """
    return bytes(value) if isinstance(value, bytes | memoryview) else b""


def checksum(payload: bytes, *about: object) -> bytes:
    """Return the SHA-256 of a payload and of what is noted about it.

    >>> checksum(b"rows", "interactions", 1) == checksum(b"rows", "interactions", 0)
    False
    """
    return hashlib.sha256(repr(about).encode() + payload).digest()
