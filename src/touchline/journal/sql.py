"""The journal over a database that speaks SQL: what is committed together, and what is counted.

`touchline.journal.sqlite` and `touchline.journal.postgres` say how their databases do it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Self

import pyarrow as pa

from touchline.errors import InputError, WorkspaceError
from touchline.journal import batches, copying, doors, meta, rejected, upgrade, verifying
from touchline.journal.base import FORMAT, KINDS, Append, Batch, Counts, Entry, Quarantined, Receipt, checksum, encode
from touchline.journal.batches import Sealed, plain
from touchline.journal.cipher import Cipher
from touchline.journal.database import Database, Db
from touchline.journal.doors import Door
from touchline.journal.rejected import Rejected

#: Batches are read in spans of about so many records, and of so many batches.
_SPAN_ROWS: Final = 65_536
_SPAN_BATCHES: Final = 1_000


class SqlJournal:
    """An open journal; see `touchline.journal.base.Journal` for what each method does."""

    def __init__(self, database: Database, cipher: Cipher | None = None) -> None:
        self._database = database
        self._cipher = Cipher.from_environment() if cipher is None else cipher
        try:
            self._prepare()
        except BaseException:
            database.close()
            raise

    def _prepare(self) -> None:
        with self._database.reading() as db:
            found = self._database.format(db)
        if found == FORMAT:
            return
        with self._database.writing() as db:
            found = self._database.format(db)  # another process may have been faster
            if found is None:
                self._database.create(db)
                meta.put(db, "format", str(FORMAT))
                meta.note(db, meta.Counters())
            elif found < FORMAT:
                upgrade.upgrade(self._database, db, self._cipher)
            elif found > FORMAT:
                raise WorkspaceError(
                    f"the journal has format {found} and this version reads up to {FORMAT}",
                    where=self.where,
                    todo="upgrade Touchline",
                )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def where(self) -> str:
        """Where it is, for messages."""
        return self._database.where

    def close(self) -> None:
        """Close it; what was appended stays."""
        self._database.close()

    def append(self, batch: Batch | None, quarantine: pa.Table | None = None, *, origin: str = "") -> Receipt | None:
        """Commit a batch and the records rejected beside it, in one transaction."""
        return self.append_many([Append(batch, quarantine, origin)])[0]

    def append_many(self, appends: Sequence[Append]) -> list[Receipt | None]:
        """Commit batches and rejected records of several callers in one transaction: all of them or none."""
        made = [_Ready.of(one, self._cipher) for one in appends]
        if not made:
            return []
        with self._database.writing() as db:
            now = meta.counters(db, self.where)
            receipts, now = self._added(db, made, now)
            now = self._rejected(db, made, now)
            told: dict[str, Door] = {}
            for one, receipt in zip(made, receipts, strict=True):
                told[one.origin] = told.get(one.origin, Door()) + one.door(receipt)
            doors.add(db, _today(), told, self.where)
            meta.note(db, now)
        return receipts

    def _added(self, db: Db, made: Sequence[_Ready], now: meta.Counters) -> tuple[list[Receipt | None], meta.Counters]:
        """Add the batches that are not there yet."""
        there = batches.known(db, [one.sealed.batch.digest for one in made if one.sealed])
        head, rows = now.head, []
        receipts: list[Receipt | None] = []
        for one in made:
            if not one.sealed:
                receipts.append(None)
                continue
            digest = one.sealed.batch.digest
            repeated = digest in there
            if not repeated:
                head += 1
                rows.append(one.sealed.row(head))
                there[digest] = head
            receipts.append(Receipt(there[digest], repeated))
        batches.add(db, rows)
        return receipts, replace(now, head=head)

    def _rejected(self, db: Db, made: Sequence[_Ready], now: meta.Counters) -> meta.Counters:
        """Add the rejected records."""
        if not any(one.rejected for one in made):
            return now
        ids, last_id = rejected.readings(db, (one.reading for one in made if one.rejected), now.last_id)
        records = [(record, ids[one.reading]) for one in made for record in one.rejected]
        return replace(now, last_id=rejected.add(db, records, last_id, self.where))

    @property
    def head(self) -> int:
        """The last offset that was given out; 0 when there is none."""
        with self._database.reading() as db:
            return meta.counters(db, self.where).head

    def read(self, after: int = 0) -> Iterator[Entry]:
        """Yield the batches after an offset, in order, each checked against its SHA-256."""
        while True:
            with self._database.reading() as db:
                head = meta.counters(db, self.where).head
                sizes = db.ask(
                    'SELECT "offset", rows FROM batches WHERE "offset" > ? ORDER BY "offset" LIMIT ?',
                    after, _SPAN_BATCHES,
                )  # fmt: skip
            if not all(isinstance(size, int) for sized in sizes for size in sized):
                raise batches.missing(after + 1, self.where)
            for first, last in batches.spans([(offset, rows) for offset, rows in sizes], _SPAN_ROWS):
                with self._database.reading() as db:
                    rows = db.ask(
                        f'SELECT {batches.COLUMNS} FROM batches WHERE "offset" BETWEEN ? AND ? ORDER BY "offset"',
                        first, last,
                    )  # fmt: skip
                for row in rows:
                    if row[0] != after + 1:
                        raise batches.missing(after + 1, self.where)
                    after += 1
                    yield batches.entry(row, self._cipher, self.where)
                if after < last:
                    raise batches.missing(after + 1, self.where)
            if not sizes:
                if after < head:
                    raise batches.missing(after + 1, self.where)
                return

    def of_kind(self, kind: str) -> list[Entry]:
        """Return the batches of a kind, in order, each checked against its SHA-256."""
        with self._database.reading() as db:
            rows = db.ask(f'SELECT {batches.COLUMNS} FROM batches WHERE kind = ? ORDER BY "offset"', kind)
        return [batches.entry(row, self._cipher, self.where) for row in rows]

    def rows_after(self, offset: int) -> int:
        """Return how many interactions wait after an offset."""
        with self._database.reading() as db:
            ((rows,),) = db.ask(
                "SELECT coalesce(sum(rows), 0) FROM batches WHERE kind = 'interactions' AND \"offset\" > ?", offset
            )
        return int(rows)

    def counts(self) -> Counts:
        """Return how many records went which way at the door."""
        with self._database.reading() as db:
            return verifying.counts(db, self.where)

    def verify(self) -> list[str]:
        """Return what is wrong with the journal, a sentence each; an empty list when it is sound."""
        return verifying.verify(self._database)

    def quarantined(
        self, limit: int = 100, after: int | None = None, *, reason: str = "", file: str = "", column: str = ""
    ) -> list[Quarantined]:
        """Return rejected records, newest first."""
        with self._database.reading() as db:
            rows = rejected.page(db, limit, after, reason=reason, file=file, column=column)
            return rejected.shown(db, rows, self._cipher, self.where)

    def quarantined_by_reading(self) -> dict[str, int]:
        """Return how many rejected records were read in each way."""
        with self._database.reading() as db:
            return rejected.by_reading(db, self.where)

    def quarantined_row(self, id: int) -> Quarantined | None:  # noqa: A002 - the word that users know
        """Return one rejected record, or None when there is none of this id."""
        with self._database.reading() as db:
            rows = rejected.page(db, 1, id + 1)
            return rejected.shown(db, rows, self._cipher, self.where)[0] if rows and rows[0][0] == id else None

    def requeue(
        self, ids: Sequence[int], batch: Batch | None, quarantine: pa.Table | None = None, *, reading: str = ""
    ) -> Receipt | None:
        """Take records out of quarantine and commit what has become of them, in one transaction."""
        one = _Ready.of(Append(batch, quarantine, "quarantine", reading), self._cipher)
        with self._database.writing() as db:
            now = meta.counters(db, self.where)
            rows = rejected.by_id(db, ids, self.where)
            there = {bytes(row[1]): row for row in rows}
            for record in one.rejected:
                if record.digest in there:
                    rejected.still(db, there.pop(record.digest), record)
            new = tuple(record for record in one.rejected if record.digest not in {bytes(row[1]) for row in rows})
            one = replace(one, rejected=new)
            gone, seen = len(there), sum(row[8] for row in there.values())
            rejected.delete(db, [row[0] for row in there.values()])
            (receipt,), now = self._added(db, [one], now)
            now = self._rejected(db, [one], now)
            # Each record that is gone came `seen` times: once it is what it has become, else it is a repetition.
            moved = Door(received=-gone, repeated=seen - gone, quarantined=-seen)
            doors.add(db, _today(), {one.origin: one.door(receipt) + moved}, self.where)
            meta.note(db, now)
        return receipt

    def rewrite(self, offset: int, table: pa.Table | None, why: str) -> Receipt:
        """Put other records in a batch's place: same offset and digest, a new checksum."""
        with self._database.writing() as db:
            now = meta.counters(db, self.where)
            row = self._row(db, offset)
            before = batches.table_of(row, self._cipher, self.where)
            after = before.schema.empty_table() if table is None else table
            if after.num_rows > before.num_rows or not after.schema.equals(before.schema):
                raise InputError(
                    f"batch {offset} cannot become that: {after.num_rows} records of {before.num_rows}, "
                    f"columns {', '.join(after.schema.names)}",
                    where=self.where,
                    todo="a rewrite keeps the columns and adds no records",
                )
            payload = self._cipher.seal(encode(after), bytes(row[6]))
            batches.renew(db, row, payload, after.num_rows, self._cipher.key_id)
            gone = before.num_rows - after.num_rows if row[1] == "interactions" else 0
            values = (now.last_id + 1, offset, datetime.now(UTC).isoformat(), plain(why), row[2], after.num_rows)
            db.ask(
                'INSERT INTO rewrites (id, "offset", at, why, rows_before, rows_after, sha256)'
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                *values, checksum(b"", *values),
            )  # fmt: skip
            meta.note(db, _erased(replace(now, last_id=now.last_id + 1, taken=now.taken + gone), gone))
        self._database.scrub(whole=False)
        return Receipt(offset, repeated=False)

    def _row(self, db: Db, offset: int) -> tuple[Any, ...]:
        found = db.ask(f'SELECT {batches.COLUMNS} FROM batches WHERE "offset" = ?', offset)
        if not found:
            raise InputError(f"there is no batch {offset}", where=self.where, todo="offsets are from 1 to the head")
        return found[0]

    def rewrites(self) -> list[dict[str, object]]:
        """Return the receipts of `rewrite`, the first one first."""
        names = ("offset", "at", "why", "rows_before", "rows_after")
        with self._database.reading() as db:
            rows = db.ask('SELECT "offset", at, why, rows_before, rows_after FROM rewrites ORDER BY id')
        return [dict(zip(names, row, strict=True)) for row in rows]

    def forget_quarantined(self, match: Callable[[Quarantined], bool]) -> int:
        """Delete the quarantined records that match, as erased; return how many records those were."""
        with self._database.writing() as db:
            now = meta.counters(db, self.where)
            gone = [
                row
                for row in rejected.every(db, self.where)
                if match(rejected.shown(db, [row], self._cipher, self.where)[0])
            ]
            records = sum(row[8] for row in gone)
            rejected.delete(db, [row[0] for row in gone])
            meta.note(db, _erased(now, records))
        if gone:
            self._database.scrub(whole=False)
        return int(records)

    def expire(self, now: datetime | None = None) -> int:
        """Delete quarantined records past their time; they stay counted as expired. Returns how many."""
        moment = (now or datetime.now(UTC)).isoformat()
        with self._database.reading() as db:
            if not db.ask("SELECT 1 FROM quarantine WHERE expires_at <= ? LIMIT 1", moment):
                return 0
        with self._database.writing() as db:
            gone = db.ask("SELECT id, seen FROM quarantine WHERE expires_at <= ?", moment)
            records = sum(seen for _, seen in gone)
            rejected.delete(db, [number for number, _ in gone])
            counters = meta.counters(db, self.where)
            meta.note(db, replace(counters, expired=counters.expired + records))
        return int(records)

    def rekey(self, *, off: bool = False, told: Callable[[float], None] = lambda _: None) -> int:
        """Encrypt anew what is not encrypted with the key that encrypts now; return how many rows those were.

        Stopped at any moment and run again, it goes on with the rest.

        Args:
            off: Whether to decrypt everything instead.
            told: Called with how much is done, 0 to 1.

        Raises:
            WorkspaceError: Something is encrypted with a key that was not given.
        """
        cipher = self._cipher.off() if off else self._cipher
        key = cipher.key_id
        with self._database.reading() as db:
            offsets = [one for (one,) in db.ask('SELECT "offset" FROM batches WHERE key_id <> ? ORDER BY 1', key)]
        for place, offset in enumerate(offsets):
            with self._database.writing() as db:
                row = self._row(db, offset)
                payload = cipher.seal(batches.opened(row, self._cipher, self.where), bytes(row[6]))
                batches.renew(db, row, payload, row[2], key)
            told((place + 1) / (len(offsets) + 1))
        with self._database.writing() as db:
            rows = db.ask("SELECT id FROM quarantine WHERE key_id <> ?", key)
            for row in rejected.by_id(db, [one for (one,) in rows], self.where):
                rejected.encrypted_anew(db, row, cipher, self.where)
        self.scrub()
        told(1.0)
        return len(offsets) + len(rows)

    def scrub(self) -> None:
        """Leave no byte of what was rewritten, forgotten or expired in the database's own files."""
        self._database.scrub(whole=True)

    def copy_to(self, other: SqlJournal) -> int:
        """Copy it, as it is at one moment and sealed as it is, into an empty one; return the last offset.

        Raises:
            WorkspaceError: The other one has something in it.
        """
        return copying.copy(self._database, other._database)


@dataclass(frozen=True, slots=True)
class _Ready:
    """An append whose parts are encoded, hashed and encrypted, before anybody has to wait for its transaction."""

    sealed: Sealed | None
    rejected: tuple[Rejected, ...]
    rows: int
    origin: str
    reading: str

    @classmethod
    def of(cls, one: Append, cipher: Cipher) -> _Ready:
        batch, quarantine = one.batch, one.quarantine
        if batch and batch.kind not in KINDS:
            raise InputError(f"there is no kind of record {batch.kind!r}", todo=f"use one of {', '.join(KINDS)}")
        return cls(
            sealed=Sealed.of(batch, cipher) if batch else None,
            rejected=() if quarantine is None else tuple(rejected.ready(quarantine, cipher)),
            rows=batch.table.num_rows if batch and batch.kind == "interactions" else 0,
            origin=plain(batch.origin if batch else one.origin),
            reading=plain(one.reading),
        )

    def door(self, receipt: Receipt | None) -> Door:
        """Return which way its records went."""
        repeated = self.rows if receipt and receipt.repeated else 0
        held = len(self.rejected)
        counted = self.sealed is not None and self.sealed.batch.kind == "interactions"
        fresh = int(counted and receipt is not None and not receipt.repeated)
        return Door(self.rows + held, self.rows - repeated, repeated, held, fresh)


def _erased(now: meta.Counters, records: int) -> meta.Counters:
    return replace(now, erased=now.erased + records, expired=now.expired + records)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
