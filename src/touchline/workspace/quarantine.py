"""`Workspace.quarantine`: what could not be accepted, looked at, tried again, mended.

A record is read as the door read it that it came through. Files' records are read here; a door of the server registers
how its own are under the entry point group ``touchline.doors``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
import pyarrow as pa

from touchline.errors import InputError, WarehouseLocked
from touchline.journal import Quarantined
from touchline.sources import again
from touchline.sources.again import Again
from touchline.sources.base import Chunk
from touchline.vocabulary.schemas import QUARANTINE, RAW_INTERACTIONS
from touchline.words import phrase
from touchline.workspace.accept import sealed
from touchline.workspace.erasing import without_erased
from touchline.workspace.identify import Identifier
from touchline.workspace.mends import Mends

if TYPE_CHECKING:
    from touchline.workspace.workspace import Workspace

GROUP: Final = "touchline.doors"
#: Records that are tried again in one transaction.
GROUP_ROWS: Final = 5_000
_PAGE: Final = 1_000
_UNKNOWN: Final = "it is not known how its record is read; mend the file and import it again"


class Door(Protocol):
    """How the records of one door are read."""

    def values(self, raw: bytes, told: Mapping[str, Any]) -> dict[str, Any]:
        """Return a record's values by name; raises `InputError` if it cannot be split into them."""

    def read(self, records: Sequence[Mapping[str, Any]], told: Mapping[str, Any], zone: str, now: datetime) -> Again:
        """Read records that came through the door in one way."""


class _Files:
    """Files are read by `touchline.sources.again`."""

    def values(self, raw: bytes, told: Mapping[str, Any]) -> dict[str, Any]:
        return again.values(raw, told)

    def read(self, records: Sequence[Mapping[str, Any]], told: Mapping[str, Any], zone: str, now: datetime) -> Again:
        return again.read_again(records, told, now)


@dataclass(frozen=True, slots=True)
class Mended:
    """What became of records that were tried again: ``tried = accepted + repeated + quarantined``.

    Attributes:
        tried: Records.
        accepted: In the journal now; the drain says whether they are stored, duplicates or revisions.
        repeated: Were in the journal already.
        quarantined: Are still rejected.
        waiting: Accepted, and not in the warehouse yet, because another process holds it.
        reasons: Why records are still rejected, with their counts.
    """

    tried: int = 0
    accepted: int = 0
    repeated: int = 0
    quarantined: int = 0
    waiting: int = 0
    reasons: tuple[tuple[str, int], ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        reasons = [{"reason": reason, "records": records} for reason, records in self.reasons]
        counts = {name: getattr(self, name) for name in ("tried", "accepted", "repeated", "quarantined", "waiting")}
        return counts | {"reasons": reasons}


class Quarantine:
    """The quarantine of an open workspace.

    >>> from touchline.workspace import Workspace
    >>> with Workspace.temporary() as workspace:
    ...     workspace.quarantine.rows(), workspace.quarantine.retry().tried
    ([], 0)
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def rows(
        self, limit: int = 100, after: int | None = None, *, reason: str = "", file: str = "", column: str = ""
    ) -> list[Quarantined]:
        """Return rejected records, newest first; `touchline.journal.Journal.quarantined` tells the arguments."""
        return self._workspace.journal.quarantined(limit, after, reason=reason, file=file, column=column)

    def by_source(self) -> dict[str, int]:
        """Return how many rejected records are of each source; those of no known one under the empty name."""
        found: dict[str, int] = {}
        for reading, count in self._workspace.journal.quarantined_by_reading().items():
            told = json.loads(reading) if reading else {}
            source = str(told.get("source") or "") if isinstance(told, dict) else ""
            found[source] = found.get(source, 0) + count
        return found

    def row(self, id: int) -> Quarantined:  # noqa: A002 - the word that users know
        """Return one rejected record.

        Raises:
            InputError: There is none of this id.
        """
        found = self._workspace.journal.quarantined_row(id)
        if found is None:
            raise InputError(
                phrase("there is no quarantined record {id}", id=str(id)),
                todo=phrase("list them with `touchline quarantine`"),
            )
        return found

    def values(self, id: int) -> dict[str, Any]:  # noqa: A002
        """Return a rejected record's values by column, as `fix` changes them; raises `InputError` if it has none."""
        row = self.row(id)
        told = _told(row)
        return _door(told).values(row["raw"], told)

    def retry(self, ids: Sequence[int] | None = None, *, reason: str = "", file: str = "", column: str = "") -> Mended:
        """Try records again, as they are: after Touchline was upgraded, or when a time has come that was ahead.

        Args:
            ids: Which; by default all that the filters leave, which are those of `rows`.
            reason: Filter.
            file: Filter.
            column: Filter.
        """
        return self._again(self._chosen(ids, reason, file, column), Mends())

    def fix(
        self, mends: Mends, ids: Sequence[int] | None = None, *, reason: str = "", file: str = "", column: str = ""
    ) -> Mended:
        """Change records and try them again; one that is still rejected stays as it was.

        Args:
            mends: What to change.
            ids: As in `retry`, with its filters.
            reason: Filter.
            file: Filter.
            column: Filter.

        Raises:
            InputError: There is nothing to change.
        """
        if not mends:
            raise InputError(
                phrase("nothing is to be changed"), todo=phrase("say what to rename, replace, set, drop or patch")
            )
        return self._again(self._chosen(ids, reason, file, column), mends)

    def replace(self, id: int, raw: bytes) -> Mended:  # noqa: A002
        """Give a record other bytes and try it again; if it is still rejected it stays as it was."""
        return self._again([self.row(id)], Mends(), raw)

    def discard(self, ids: Sequence[int]) -> int:
        """Delete records that nobody can mend; they stay counted as expired. Return how many records those were."""
        wanted = frozenset(ids)
        return self._workspace.journal.forget_quarantined(lambda row: row["id"] in wanted) if wanted else 0

    def _chosen(self, ids: Sequence[int] | None, reason: str, file: str, column: str) -> Iterator[Quarantined]:
        if ids is not None:
            yield from [self.row(one) for one in dict.fromkeys(ids)]
            return
        after = None
        while page := self.rows(_PAGE, after, reason=reason, file=file, column=column):
            yield from page
            after = page[-1]["id"]

    def _again(self, rows: Iterator[Quarantined] | list[Quarantined], mends: Mends, raw: bytes | None = None) -> Mended:
        groups: dict[tuple[str, str], list[Quarantined]] = {}
        total = Mended()
        for row in rows:
            group = groups.setdefault((row["reading"], row["file"]), [])
            group.append(row)
            if len(group) >= GROUP_ROWS:
                total = _sum(total, self._group(group, mends, raw))
                group.clear()
        for group in groups.values():
            if group:
                total = _sum(total, self._group(group, mends, raw))
        if not total.accepted:
            return total
        try:
            self._workspace.drain()
        except WarehouseLocked:
            return _sum(total, Mended(waiting=total.accepted))
        return total

    def _group(self, rows: list[Quarantined], mends: Mends, raw: bytes | None) -> Mended:
        """Try records of one reading again, in one transaction."""
        taken, faults = self._read(rows, mends, raw)
        chunk = Chunk(taken, QUARANTINE.empty_table())
        chunk = without_erased(chunk, self._workspace.graveyard.read(), file=rows[0]["file"])
        # Numbers of the rows stand for their places until here.
        good = chunk.interactions
        places = good["row"].to_pylist()
        at = good.schema.get_field_index("row")
        numbers = pa.array([rows[place]["row"] for place in places], pa.int64())
        good = good.set_column(at, good.schema.field(at), numbers)
        refused = set(taken["row"].to_pylist()) - set(places)
        still = (
            [] if mends or raw is not None else [self._rejected(rows[place], *fault) for place, fault in faults.items()]
        )
        tried = [rows[place]["id"] for place in (*places, *refused, *(faults if still else ()))]
        rejected = pa.concat_tables([chunk.quarantine, pa.Table.from_pylist(still, QUARANTINE)])
        batch = None
        if good.num_rows:
            batch, _ = sealed(
                good, Identifier(self._workspace.key), origin=rows[0]["file"], privacy=self._workspace.settings.privacy
            )
        receipt = self._workspace.journal.requeue(tried, batch, rejected, reading=rows[0]["reading"]) if tried else None
        reasons: dict[str, int] = {}
        for _, reason in faults.values():
            reasons[reason] = reasons.get(reason, 0) + 1
        for reason in chunk.quarantine["reason"].to_pylist():
            reasons[reason] = reasons.get(reason, 0) + 1
        repeated = good.num_rows if receipt and receipt.repeated else 0
        ranked = tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
        return Mended(len(rows), good.num_rows - repeated, repeated, len(rows) - good.num_rows, 0, ranked)

    def _read(
        self, rows: list[Quarantined], mends: Mends, raw: bytes | None
    ) -> tuple[pa.Table, dict[int, tuple[str | None, str]]]:
        """Read records; the table's row numbers are their places among them."""
        faults: dict[int, tuple[str | None, str]] = {}
        records, places = [], []
        try:
            told = _told(rows[0])
            door = _door(told)
        except InputError as error:
            return RAW_INTERACTIONS.empty_table(), dict.fromkeys(range(len(rows)), (None, _reason(error)))
        for place, row in enumerate(rows):
            try:
                records.append(mends.made(door.values(row["raw"] if raw is None else raw, told)))
            except InputError as error:
                faults[place] = None, _reason(error)
            else:
                places.append(place)
        if not records:
            return RAW_INTERACTIONS.empty_table(), faults
        zone = self._workspace.settings.workspace.timezone
        found = door.read(records, told, zone, datetime.now(UTC))
        faults |= {places[place]: fault for place, fault in found.faults.items()}
        at = found.table.schema.get_field_index("row")
        numbered = pa.array(np.array(places, np.int64)[list(found.places)])
        return found.table.set_column(at, found.table.schema.field(at), numbered), dict(sorted(faults.items()))

    @staticmethod
    def _rejected(row: Quarantined, column: str | None, reason: str) -> dict[str, Any]:
        return {"file": row["file"], "row": row["row"], "column": column, "reason": reason, "raw": row["raw"]}


def _told(row: Quarantined) -> dict[str, Any]:
    """Return how a record is read; raises `InputError` if that was not kept."""
    if not row["reading"]:
        raise InputError(_UNKNOWN)
    told: dict[str, Any] = json.loads(row["reading"])
    return told


def _door(told: Mapping[str, Any]) -> Door:
    name = told.get("door", "")
    if name == again.DOOR:
        return _Files()
    for point in entry_points(group=GROUP):
        if point.name == name:
            found: Door = point.load()
            return found
    raise InputError(phrase("records of the door {name} are not read again here; send them anew", name=repr(name)))


def _reason(error: InputError) -> str:
    return error.what + (f"; {error.todo}" if error.todo else "")


def _sum(one: Mended, other: Mended) -> Mended:
    reasons = dict(one.reasons)
    for reason, records in other.reasons:
        reasons[reason] = reasons.get(reason, 0) + records
    return Mended(
        tried=one.tried + other.tried,
        accepted=one.accepted + other.accepted,
        repeated=one.repeated + other.repeated,
        quarantined=one.quarantined + other.quarantined,
        waiting=one.waiting + other.waiting,
        reasons=tuple(sorted(reasons.items(), key=lambda item: (-item[1], item[0]))),
    )
