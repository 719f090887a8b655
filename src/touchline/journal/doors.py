"""How many records came through which door on which day, and which way they went."""

from __future__ import annotations

from dataclasses import astuple, dataclass

from touchline.errors import JournalDamaged
from touchline.journal.base import blob, checksum
from touchline.journal.database import Db

_COLUMNS = "received, accepted, repeated, quarantined, batches"


@dataclass(frozen=True, slots=True)
class Door:
    """Records received = accepted + repeated + quarantined, and the batches that the accepted ones made.

    A record that is tried again is moved from quarantined to accepted or repeated, so that a day's count may be less
    than nothing; the sums over all days are not.
    """

    received: int = 0
    accepted: int = 0
    repeated: int = 0
    quarantined: int = 0
    batches: int = 0

    def __add__(self, other: Door) -> Door:
        """Add two doors up."""
        return Door(*(mine + its for mine, its in zip(astuple(self), astuple(other), strict=True)))


def add(db: Db, day: str, doors: dict[str, Door], where: str) -> None:
    """Count what came through some doors, named by origin, on a day."""
    for origin, door in doors.items():
        found = db.ask(f"SELECT {_COLUMNS}, sha256 FROM doors WHERE day = ? AND origin = ?", day, origin)
        if found:
            if not sound(day, origin, found[0]):
                raise damaged(day, origin, where)
            door = door + Door(*found[0][:5])  # noqa: PLW2901  the sum so far
        values = astuple(door)
        db.ask(
            f"INSERT INTO doors (day, origin, {_COLUMNS}, sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (day, origin) DO UPDATE SET received = excluded.received, accepted = excluded.accepted,"
            " repeated = excluded.repeated, quarantined = excluded.quarantined, batches = excluded.batches,"
            " sha256 = excluded.sha256",
            day, origin, *values, checksum(b"", day, origin, *values),
        )  # fmt: skip


def total(db: Db) -> Door:
    """Return the sums over all doors and days."""
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in _COLUMNS.split(", "))
    ((*values,),) = db.ask(f"SELECT {sums} FROM doors")
    return Door(*(int(value) for value in values))


def sound(day: str, origin: str, row: tuple[object, ...]) -> bool:
    """Does a row match its checksum?"""
    *values, sha256 = row
    return checksum(b"", day, origin, *values) == blob(sha256)


def problems(db: Db, where: str) -> list[str]:
    """Return the rows that do not match their checksums, a sentence each."""
    rows = db.ask(f"SELECT day, origin, {_COLUMNS}, sha256 FROM doors ORDER BY day, origin")
    return [str(damaged(day, origin, where)) for day, origin, *rest in rows if not sound(day, origin, tuple(rest))]


def damaged(day: str, origin: str, where: str) -> JournalDamaged:
    """Return the error of a row that is not what was written."""
    return JournalDamaged(
        f"the count of {origin!r} on {day} does not match its checksum", where=where, todo="restore it from a backup"
    )
