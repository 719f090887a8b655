"""What a journal remembers of itself: its format, and a few counters that every transaction carries on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Final

from touchline.errors import JournalDamaged
from touchline.journal.base import blob, checksum
from touchline.journal.database import Db

_COUNTERS: Final = "counters"


@dataclass(frozen=True, slots=True)
class Counters:
    """Counters of a journal.

    Attributes:
        head: The last batch's offset.
        last_id: The last id that a row beside the batches got.
        expired: Records that were here and are no longer, for whatever reason.
        erased: Those of them that were taken out on purpose.
        taken: Those of the erased that were taken out of batches.
    """

    head: int = 0
    last_id: int = 0
    expired: int = 0
    erased: int = 0
    taken: int = 0


def counters(db: Db, where: str) -> Counters:
    """Return the counters.

    Raises:
        JournalDamaged: They do not match their checksum, or are missing.
    """
    found = db.ask("SELECT value, sha256 FROM meta WHERE key = ?", _COUNTERS)
    if not found or blob(found[0][1]) != checksum(b"", _COUNTERS, found[0][0]):
        raise JournalDamaged(
            "the journal's counters do not match their checksum", where=where, todo="restore it from a backup"
        )
    return Counters(**json.loads(found[0][0]))


def note(db: Db, now: Counters) -> None:
    """Keep the counters."""
    put(db, _COUNTERS, json.dumps(asdict(now)))


def put(db: Db, key: str, value: str) -> None:
    """Keep a value under a key."""
    db.ask(
        "INSERT INTO meta (key, value, sha256) VALUES (?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value, sha256 = excluded.sha256",
        key,
        value,
        checksum(b"", key, value),
    )
