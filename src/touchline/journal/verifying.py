"""Is a journal what was written? Every row against its checksum, and the rows against the counts."""

from __future__ import annotations

from touchline.errors import WorkspaceError
from touchline.journal import batches, doors, meta, rejected
from touchline.journal.base import Counts, blob, checksum
from touchline.journal.database import Database, Db


def counts(db: Db, where: str) -> Counts:
    """Return how many records went which way at the door."""
    now, door = meta.counters(db, where), doors.total(db)
    ((held,),) = db.ask("SELECT coalesce(sum(seen), 0) FROM quarantine")
    reasons = db.ask(
        "SELECT reason, coalesce(sum(seen), 0) FROM quarantine GROUP BY reason ORDER BY 2 DESC, 1 LIMIT 20"
    )
    return Counts(
        received=door.received,
        accepted=door.accepted - now.taken,
        repeated=door.repeated,
        quarantined=int(held),
        expired=now.expired,
        batches=door.batches,
        reasons=tuple((reason, int(records)) for reason, records in reasons),
        erased=now.erased,
    )


def verify(database: Database) -> list[str]:
    """Return what is wrong, a sentence each; an empty list when everything is as it was written."""
    problems: list[str] = []
    for look in (_database, _meta, _batches, _rejected, _doors, _rewrites, _sums):
        try:
            problems += look(database)
        except WorkspaceError as error:
            problems.append(str(error))
        except (TypeError, ValueError) as error:  # damage can make a value one of another kind
            problems.append(f"{database.where}: a value is of another kind than what was written ({error})")
    return list(dict.fromkeys(problems))


def _database(database: Database) -> list[str]:
    return database.problems()


def _meta(database: Database) -> list[str]:
    with database.reading() as db:
        rows = db.ask("SELECT key, value, sha256 FROM meta ORDER BY key")
    return [
        f"{database.where}: what is noted of {key!r} does not match its checksum"
        for key, value, sha256 in rows
        if checksum(b"", key, value) != blob(sha256)
    ]


def _batches(database: Database) -> list[str]:
    """Look at the batches one by one, so that one that cannot even be read is named and the others are looked at."""
    with database.reading() as db:
        head = meta.counters(db, database.where).head
        there = [offset for (offset,) in db.ask('SELECT "offset" FROM batches ORDER BY "offset"')]
    problems = [str(batches.missing(one, database.where)) for one in sorted(set(range(1, head + 1)) - set(there))]
    for offset in there:
        try:
            with database.reading() as db:
                rows = db.ask(f'SELECT {batches.COLUMNS} FROM batches WHERE "offset" = ?', offset)
            fine = bool(rows) and batches.sound(rows[0])
        except WorkspaceError as error:
            problems.append(f"{batches.damaged(offset, database.where)} ({error.what})")
            continue
        if not fine:
            problems.append(str(batches.damaged(offset, database.where)))
    return problems


def _rejected(database: Database) -> list[str]:
    with database.reading() as db:
        return rejected.problems(db, database.where)


def _doors(database: Database) -> list[str]:
    with database.reading() as db:
        return doors.problems(db, database.where)


def _rewrites(database: Database) -> list[str]:
    with database.reading() as db:
        rows = db.ask('SELECT id, "offset", at, why, rows_before, rows_after, sha256 FROM rewrites ORDER BY id')
    return [
        f"{database.where}: the receipt of a rewrite of batch {row[1]} does not match its checksum"
        for row in rows
        if checksum(b"", *row[:6]) != blob(row[6])
    ]


def _sums(database: Database) -> list[str]:
    """Compare the counts with the rows that are there, as of one moment."""
    where, problems = database.where, []
    with database.reading() as db:
        told, now = counts(db, where), meta.counters(db, where)
        ((rows, number),) = db.ask("SELECT coalesce(sum(rows), 0), count(*) FROM batches WHERE kind = 'interactions'")
        ((last,),) = db.ask('SELECT coalesce(max("offset"), 0) FROM batches')
    if not told.balanced:
        problems.append(f"{where}: received does not equal accepted + repeated + quarantined + expired: {told}")
    if (rows, number) != (told.accepted, told.batches):
        problems.append(
            f"{where}: holds {rows} interactions in {number} batches; counted were {told.accepted} in {told.batches}"
        )
    if last > now.head:
        problems.append(f"{where}: batch {last} lies behind the head, {now.head}")
    return problems
