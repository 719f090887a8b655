"""The table of quarantined records: why, and the bytes as they were, sealed row by row."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pyarrow as pa

from touchline.errors import InputError, JournalDamaged
from touchline.journal.base import Quarantined, blob, checksum
from touchline.journal.batches import plain
from touchline.journal.cipher import Cipher
from touchline.journal.database import Db

#: Days that a quarantined record is kept.
QUARANTINE_DAYS: Final = 90

_NAMES: Final = (
    "id", "digest", "file", "row", "column", "reason", "first_seen", "expires_at", "seen", "reading", "key_id",
)  # fmt: skip
_QUOTED: Final = ", ".join(f'"{name}"' for name in (*_NAMES, "sha256", "raw"))
_ADD: Final = f"INSERT INTO quarantine ({_QUOTED}) VALUES ({', '.join('?' * 13)})"
_MANY: Final = 500


@dataclass(frozen=True, slots=True)
class Rejected:
    """A rejected record that is ready to be added.

    Attributes:
        digest: Equal for equal bytes of an equal row of an equal file.
        file: Where it came from.
        row: Its number there.
        column: The column at fault.
        reason: What was wrong.
        raw: The record as it was, encrypted where there is a key.
        key_id: Of the key.
    """

    digest: bytes
    file: str
    row: int | None
    column: str | None
    reason: str
    raw: bytes
    key_id: str


def ready(table: pa.Table, cipher: Cipher) -> list[Rejected]:
    """Return rejected records (schema `QUARANTINE`), ready to be added."""
    made = []
    for r in table.to_pylist():
        digest = cipher.digest(r["file"], r["row"], r["raw"])
        column = None if r["column"] is None else plain(r["column"])
        raw = cipher.seal(r["raw"], digest)
        made.append(Rejected(digest, plain(r["file"]), r["row"], column, plain(r["reason"]), raw, cipher.key_id))
    return made


def add(db: Db, records: Sequence[tuple[Rejected, int | None]], last_id: int, where: str) -> int:
    """Add records; those that are there already count as seen once more.

    Args:
        db: Within a transaction.
        records: Each with the id of its reading.
        last_id: The last id that was given out.
        where: The journal, for messages.

    Returns:
        The last id that is given out now.
    """
    there = {bytes(row[1]): row for row in _by_digest(db, [record.digest for record, _ in records])}
    fresh: dict[bytes, tuple[object, ...]] = {}
    again: dict[bytes, int] = {}
    now = datetime.now(UTC)
    first_seen, expires_at = now.isoformat(), (now + timedelta(days=QUARANTINE_DAYS)).isoformat()
    for record, reading in records:
        if record.digest in there or record.digest in fresh:
            again[record.digest] = again.get(record.digest, 0) + 1
            continue
        last_id += 1
        fresh[record.digest] = (
            last_id, record.digest, record.file, record.row, record.column, record.reason, first_seen, expires_at, 1,
            reading, record.key_id, record.raw,
        )  # fmt: skip
    if fresh:
        db.many(_ADD, [_sealed(row, row[8] + again.pop(row[1], 0)) for row in fresh.values()])  # type: ignore[call-overload]
    for digest, times in again.items():
        row = there[digest]
        if not sound(row):
            raise damaged(row[0], where)
        _renew(db, row, seen=row[8] + times)
    return last_id


def _sealed(row: tuple[Any, ...], seen: int) -> tuple[object, ...]:
    """Return a row of the table from its values without the checksum, the raw bytes being last."""
    *about, raw = row
    about[8] = seen
    return (*about, _seal(tuple(about), raw), raw)


def _seal(about: tuple[Any, ...], raw: bytes) -> bytes:
    """Return the checksum; ``about`` as `_NAMES`."""
    first, digest, *rest = about
    return checksum(hashlib.sha256(raw).digest(), first, blob(digest), *rest)


def _renew(db: Db, row: tuple[Any, ...], **changes: object) -> None:
    """Change some of a row's values and seal it again; ``raw`` may be one of them."""
    about = tuple(changes.get(name, value) for name, value in zip(_NAMES, row[:11], strict=True))
    raw = changes.get("raw", row[12])
    assert isinstance(raw, bytes)  # noqa: S101
    names = (*_NAMES[1:], "sha256", "raw")
    marks = ", ".join(f'"{name}" = ?' for name in names)
    db.ask(f"UPDATE quarantine SET {marks} WHERE id = ?", *about[1:], _seal(about, raw), raw, about[0])


def sound(row: tuple[Any, ...]) -> bool:
    """Does a row match its checksum?"""
    return _seal(row[:11], blob(row[12])) == blob(row[11])


def _by_digest(db: Db, digests: Sequence[bytes]) -> list[tuple[Any, ...]]:
    return _listed(db, "digest", list(dict.fromkeys(digests)))


def by_id(db: Db, ids: Sequence[int], where: str) -> list[tuple[Any, ...]]:
    """Return rows by their ids.

    Raises:
        InputError: One is not there.
        JournalDamaged: One does not match its checksum.
    """
    rows = {row[0]: row for row in _listed(db, "id", list(dict.fromkeys(ids)))}
    if lost := sorted(set(ids) - rows.keys()):
        raise InputError(
            f"there is no quarantined record {lost[0]}",
            where=where,
            todo="it may have expired or been accepted since; list them with `touchline quarantine`",
        )
    for row in rows.values():
        if not sound(row):
            raise damaged(row[0], where)
    return [rows[one] for one in dict.fromkeys(ids)]


def _listed(db: Db, column: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
    found = []
    for start in range(0, len(values), _MANY):
        part = values[start : start + _MANY]
        found += db.ask(f"SELECT {_QUOTED} FROM quarantine WHERE {column} IN ({', '.join('?' * len(part))})", *part)
    return found


def page(
    db: Db, limit: int, after: int | None, *, reason: str = "", file: str = "", column: str = ""
) -> list[tuple[Any, ...]]:
    """Return rows, newest first; `touchline.journal.base.Journal.quarantined` tells the arguments."""
    where, values = ["1 = 1"], list[object]()
    if after is not None:
        where, values = [*where, "id < ?"], [*values, after]
    if reason:
        escaped = reason.lower().replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
        where, values = [*where, r"lower(reason) LIKE ? ESCAPE '\'"], [*values, f"%{escaped}%"]
    for name, wanted in (("file", file), ("column", column)):
        if wanted:
            where, values = [*where, f'"{name}" = ?'], [*values, wanted]
    sql = f"SELECT {_QUOTED} FROM quarantine WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT ?"
    return db.ask(sql, *values, limit)


def every(db: Db, where: str, size: int = 1000) -> Iterator[tuple[Any, ...]]:
    """Yield every row, newest first.

    Raises:
        JournalDamaged: The table's index does not lead on.
    """
    after = None
    while rows := page(db, size, after):
        if after is not None and rows[-1][0] >= after:
            raise damaged(after, where)
        yield from rows
        after = rows[-1][0]


def shown(db: Db, rows: Sequence[tuple[Any, ...]], cipher: Cipher, where: str) -> list[Quarantined]:
    """Return rows as they are read back.

    Raises:
        JournalDamaged: One does not match its checksum.
    """
    told: dict[int | None, str] = {None: ""}
    found: list[Quarantined] = []
    for row in rows:
        if not sound(row):
            raise damaged(row[0], where)
        reading = row[9]
        if reading not in told:
            told[reading] = _reading(db, reading, where)
        found.append(
            Quarantined(
                id=row[0], file=row[2], row=row[3], column=row[4], reason=row[5],
                raw=_raw(row, cipher, where),
                first_seen=row[6], expires_at=row[7], seen=row[8], reading=told[reading],
            )
        )  # fmt: skip
    return found


def _raw(row: tuple[Any, ...], cipher: Cipher, where: str) -> bytes:
    try:
        return cipher.open(row[10], bytes(row[12]), bytes(row[1]))
    except ValueError as error:  # the checksum fits, and yet it is not what was written
        raise damaged(row[0], where) from error


def _reading(db: Db, number: int, where: str) -> str:
    found = db.ask("SELECT digest, reading, sha256 FROM readings WHERE id = ?", number)
    if not found or not _reading_sound(number, *found[0]):
        raise JournalDamaged(
            f"reading {number} does not match its checksum", where=where, todo="restore it from a backup"
        )
    return str(found[0][1])


def by_reading(db: Db, where: str) -> dict[str, int]:
    """Return how many rows were read in each way; those of which nobody knows how under the empty text.

    Raises:
        JournalDamaged: How some were read does not match its checksum.
    """
    counts = db.ask("SELECT reading, count(*) FROM quarantine GROUP BY reading")
    return {"" if number is None else _reading(db, number, where): int(count) for number, count in counts}


def _reading_sound(number: int, digest: bytes, reading: str, sha256: bytes) -> bool:
    return checksum(b"", number, blob(digest), reading) == blob(sha256)


def readings(db: Db, told: Iterable[str], last_id: int) -> tuple[dict[str, int | None], int]:
    """Return the ids of some readings, which are kept where they are new; and the last id that is given out now."""
    found: dict[str, int | None] = {"": None}
    for reading in told:
        if reading in found:
            continue
        digest = hashlib.sha256(reading.encode()).digest()
        there = db.ask("SELECT id FROM readings WHERE digest = ?", digest)
        if not there:
            last_id += 1
            seal = checksum(b"", last_id, digest, reading)
            values = (last_id, digest, reading, seal)
            db.ask("INSERT INTO readings (id, digest, reading, sha256) VALUES (?, ?, ?, ?)", *values)
            there = [(last_id,)]
        found[reading] = there[0][0]
    return found, last_id


def still(db: Db, row: tuple[Any, ...], record: Rejected) -> None:
    """Keep a record that was rejected again, with the reason that it has now."""
    _renew(db, row, reason=record.reason, column=record.column)


def encrypted_anew(db: Db, row: tuple[Any, ...], cipher: Cipher, where: str) -> None:
    """Encrypt a row's bytes with the key that encrypts now; where they came again under that key, rows become one."""
    raw = _raw(row, cipher, where)
    digest = cipher.digest(row[2], row[3], raw)
    twins = [other for other in _by_digest(db, [digest]) if other[0] != row[0]]
    if twins:
        _renew(db, twins[0], seen=twins[0][8] + row[8])
        delete(db, [row[0]])
    else:
        _renew(db, row, digest=digest, raw=cipher.seal(raw, digest), key_id=cipher.key_id)


def delete(db: Db, ids: Iterable[int]) -> None:
    """Delete rows, and the readings that nobody needs any more."""
    db.many("DELETE FROM quarantine WHERE id = ?", [(one,) for one in ids])
    db.ask("DELETE FROM readings WHERE id NOT IN (SELECT reading FROM quarantine WHERE reading IS NOT NULL)")


def problems(db: Db, where: str) -> list[str]:
    """Return the rows that do not match their checksums, a sentence each."""
    found = [str(damaged(row[0], where)) for row in every(db, where) if not sound(row)]
    for number, *rest in db.ask("SELECT id, digest, reading, sha256 FROM readings ORDER BY id"):
        if not _reading_sound(number, *rest):
            found.append(f"{where}: reading {number} does not match its checksum")
    return found


def damaged(number: int, where: str) -> JournalDamaged:
    """Return the error of a row that is not what was written."""
    return JournalDamaged(
        f"quarantined record {number} does not match its checksum", where=where, todo="restore it from a backup"
    )


def restore(db: Db, row: tuple[Any, ...], cipher: Cipher) -> None:
    """Add a row of another journal: id, file, row, column, reason, raw, first_seen, expires_at, seen."""
    number, file, at, column, reason, raw, first_seen, expires_at, seen = row
    digest = cipher.digest(file, at, raw)
    sealed = cipher.seal(raw, digest)
    values = (number, digest, file, at, column, reason, first_seen, expires_at, seen, None, cipher.key_id, sealed)
    db.ask(_ADD, *_sealed(values, seen))
