"""What goes into a journal and what comes out, whichever database keeps it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import pyarrow as pa

#: The version of the payload's layout; a newer one is refused rather than misread.
FORMAT: Final = 1

#: Kinds of record. Later rooms add theirs here.
KINDS: Final = ("interactions", "identity")


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


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records went which way at the door, since the journal began.

    ``received = accepted + repeated + quarantined + expired`` always holds; the warehouse splits ``accepted`` further
    into stored, duplicate and revised.
    """

    received: int = 0
    accepted: int = 0
    repeated: int = 0
    quarantined: int = 0
    expired: int = 0
    batches: int = 0
    reasons: tuple[tuple[str, int], ...] = field(default=())


def encode(table: pa.Table) -> bytes:
    """Return a table as an Arrow IPC stream with zstd-compressed buffers."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=1))
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def decode(payload: bytes) -> pa.Table:
    """Return the table that `encode` made bytes of."""
    with pa.ipc.open_stream(pa.py_buffer(payload)) as reader:
        return reader.read_all()


def checksum(payload: bytes, *about: object) -> bytes:
    """Return the SHA-256 of a payload and of what is noted about it.

    >>> checksum(b"rows", "interactions", 1) == checksum(b"rows", "interactions", 0)
    False
    """
    return hashlib.sha256(repr(about).encode() + payload).digest()
