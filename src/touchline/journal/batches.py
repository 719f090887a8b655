"""The table of batches: what was accepted, sealed row by row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from touchline.errors import JournalDamaged
from touchline.journal.base import Batch, Entry, blob, checksum, decode, encode
from touchline.journal.cipher import Cipher
from touchline.journal.database import Db

#: A batch as it is read: where, what is noted about it, what it was sealed with, the records.
COLUMNS: Final = '"offset", kind, rows, live, origin, received_at, digest, key_id, sha256, payload'
_ADD: Final = f"INSERT INTO batches ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
#: Values in one list of a query.
_MANY: Final = 500


@dataclass(frozen=True, slots=True)
class Sealed:
    """A batch that is ready to be added: all that takes long is done."""

    batch: Batch
    about: tuple[str, int, int, str, str, bytes, str]
    payload: bytes
    hashed: bytes

    @classmethod
    def of(cls, batch: Batch, cipher: Cipher) -> Sealed:
        """Encode, encrypt and hash a batch."""
        payload = cipher.seal(encode(batch.table), batch.digest)
        about = (
            batch.kind, batch.table.num_rows, int(batch.live), plain(batch.origin), batch.received_at.isoformat(),
            batch.digest, cipher.key_id,
        )  # fmt: skip
        return cls(batch, about, payload, hashlib.sha256(payload).digest())

    def row(self, offset: int) -> tuple[object, ...]:
        """Return the row of the table at an offset."""
        return (offset, *self.about, checksum(self.hashed, offset, *self.about), self.payload)


def plain(text: str) -> str:
    r"""Return a text that every database takes: without NUL and halves of surrogates.

    >>> plain("a\0b")
    'a\ufffdb'
    """
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def known(db: Db, digests: Sequence[bytes]) -> dict[bytes, int]:
    """Return those of some digests that are there, with their offsets."""
    found: dict[bytes, int] = {}
    for start in range(0, len(digests), _MANY):
        part = digests[start : start + _MANY]
        marks = ", ".join("?" * len(part))
        rows = db.ask(f'SELECT digest, "offset" FROM batches WHERE digest IN ({marks})', *part)
        found.update({bytes(digest): offset for digest, offset in rows})
    return found


def add(db: Db, rows: Sequence[tuple[object, ...]]) -> None:
    """Add rows."""
    if rows:
        db.many(_ADD, rows)


def renew(db: Db, row: tuple[Any, ...], payload: bytes, rows: int, key_id: str) -> None:
    """Put another payload in a batch's place; offset, digest and the rest stay."""
    offset, kind, _, live, origin, received_at, digest = row[:7]
    about = (kind, rows, live, origin, received_at, bytes(digest), key_id)
    seal = checksum(hashlib.sha256(payload).digest(), offset, *about)
    db.ask(
        'UPDATE batches SET rows = ?, key_id = ?, sha256 = ?, payload = ? WHERE "offset" = ?',
        rows, key_id, seal, payload, offset,
    )  # fmt: skip


def sound(row: tuple[Any, ...]) -> bool:
    """Does a row match its checksum?"""
    offset, kind, rows, live, origin, received_at, digest, key_id, sha256, payload = row
    about = (kind, rows, live, origin, received_at, blob(digest), key_id)
    return checksum(hashlib.sha256(blob(payload)).digest(), offset, *about) == blob(sha256)


def table_of(row: tuple[Any, ...], cipher: Cipher, where: str) -> pa.Table:
    """Return the records of a row; raises as `opened` does."""
    return decode(opened(row, cipher, where))


def opened(row: tuple[Any, ...], cipher: Cipher, where: str) -> bytes:
    """Return the payload of a row, decrypted.

    Raises:
        JournalDamaged: The row does not match its checksum.
        WorkspaceError: It is encrypted with a key that was not given.
    """
    if not sound(row):
        raise damaged(row[0], where)
    try:
        return cipher.open(row[7], bytes(row[9]), bytes(row[6]))
    except ValueError as error:  # the checksum fits, and yet it is not what was written
        raise damaged(row[0], where) from error


def entry(row: tuple[Any, ...], cipher: Cipher, where: str) -> Entry:
    """Return a row as it is read back; raises as `table_of` does."""
    offset, kind, _, live, origin, received_at = row[:6]
    table = table_of(row, cipher, where)
    return Entry(offset, kind, bool(live), origin, datetime.fromisoformat(received_at), table)


def spans(sizes: Sequence[tuple[int, int]], most: int) -> Iterator[tuple[int, int]]:
    """Cut consecutive batches into spans of about so many records.

    Args:
        sizes: Offset and records of each batch.
        most: Records of a span; a larger batch is a span of its own.

    Yields:
        First and last offset.

    >>> list(spans([(1, 10), (2, 10), (3, 50), (4, 5)], 20))
    [(1, 2), (3, 3), (4, 4)]
    """
    first, held = None, 0
    last = 0
    for offset, rows in sizes:
        if first is not None and held + rows > most:
            yield first, last
            first, held = None, 0
        first, last, held = offset if first is None else first, offset, held + rows
    if first is not None:
        yield first, last


def damaged(offset: int, where: str) -> JournalDamaged:
    """Return the error of a batch that is not what was written."""
    return JournalDamaged(
        f"batch {offset} does not match its checksum",
        where=where,
        todo="restore the journal from a backup; nothing after this batch was read",
    )


def missing(offset: int, where: str) -> JournalDamaged:
    """Return the error of a batch that is not there."""
    return JournalDamaged(
        f"batch {offset} is missing",
        where=where,
        todo="restore the journal from a backup; nothing after this batch was read",
    )
