"""Group commit: the requests that wait for one workspace are read, redacted and committed together.

A request waits in a line of its workspace (`lines.py`). A task takes all that wait there, a thread makes batches of
them, and one writer thread per journal commits whatever batches are ready in one transaction. While it waits for the
disk, the next group gathers. So a post alone is fast, and three hundred at once cost little more than one.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import json
import logging
import queue
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa

from touchline.errors import TouchlineError, WorkspaceError
from touchline.journal import Append, Batch, Receipt
from touchline.privacy.tombstones import REFUSED, Tombstones
from touchline.server.intake.items import Fault, Items
from touchline.server.intake.journals import Place
from touchline.server.intake.lines import ALONE, Line, Precedence
from touchline.server.intake.reading import Taken, joined, take
from touchline.server.intake.refusing import later
from touchline.server.intake.room import Limits
from touchline.vocabulary.schemas import CLAIMS, QUARANTINE
from touchline.workspace.accept import sealed
from touchline.workspace.identify import Identifier

_log = logging.getLogger("touchline.intake")

#: A commit ends after as many batches.
GROUP_BATCHES: Final = 64
_REMEMBERED_CLAIMS: Final = 100_000
NOTHING: Final = QUARANTINE.empty_table()
#: The attribute that marks a record whose clock is off.
CLOCK: Final = "clock"

Claim = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request wants taken.

    Attributes:
        items: What it sent.
        source: What its items' source is where they name none.
        origin: Who sent it, for the journal.
        live: Whether it says that it is live.
        reading: How its rejected items are read, for whoever tries them again.
        made: Ids for items without one, by place.
        taken: The items, where they were read already.
        claims: Who is who, as the items say; with the place of each.
        notes: What the sender should know of items, by place.
    """

    items: Items
    source: str
    origin: str
    live: bool = False
    reading: Mapping[str, Any] = field(default_factory=dict)
    made: Mapping[int, str] = field(default_factory=dict)
    taken: Taken | None = None
    claims: Sequence[tuple[int, Claim]] = ()
    notes: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many items there are."""
        return len(self.items.values)


@dataclass(frozen=True, slots=True)
class Given:
    """What became of a request, once it is on disk.

    Attributes:
        ids: The id of each accepted item, by place; empty for one that only says who is who.
        faults: Why the others are in quarantine, by place.
        notes: What the sender should know, by place.
        offset: The batch of the interactions in the journal; 0 when there is none.
        start: The first of them is the so manieth of the batch, from 1.
        rows: How many they are.
        whole: Whether they are all of the batch.
        repeated: Whether the batch was there before.
        claims: How many items said nothing but who is who.
    """

    ids: Mapping[int, str]
    faults: Mapping[int, Fault]
    notes: Mapping[int, tuple[str, ...]]
    offset: int = 0
    start: int = 1
    rows: int = 0
    whole: bool = True
    repeated: bool = False
    claims: int = 0


@dataclass(frozen=True, slots=True)
class _Waiting:
    asked: Asked
    done: asyncio.Future[Given]


@dataclass(frozen=True, slots=True)
class _Part:
    """One request's part of a batch, and what to tell it when the batch is on disk."""

    waiting: _Waiting
    given: Given


@dataclass(frozen=True, slots=True)
class _Ready:
    """Appends that belong together, the one of the interactions first, and the requests that they are for."""

    appends: tuple[Append, ...]
    parts: tuple[_Part, ...]
    stones: Tombstones
    claims: tuple[Claim, ...] = ()


class Lane:
    """The way of one workspace's requests into its journal.

    Args:
        place: The workspace.
        limits: How much may wait.
        pool: Threads that make batches of large requests; shared with other lanes.
        quick: The thread that makes them of small ones; likewise.
    """

    def __init__(self, place: Place, limits: Limits, pool: ThreadPoolExecutor, quick: ThreadPoolExecutor) -> None:
        self.place = place
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._large: Line[_Waiting] = Line(pool, self._batch, at_once=2, rests=False)
        self._small: Line[_Waiting] = Line(quick, self._batch, at_once=1, rests=True)
        self._few = Precedence()
        self._items = 0
        self._known: OrderedDict[Claim, None] = OrderedDict()
        self._batches: queue.SimpleQueue[_Ready | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name=f"journal-{place.slug}", daemon=True)
        self._writer.start()

    async def put(self, asked: Asked) -> Given:
        """Take a request's items; return when they are on disk.

        Raises:
            Refused: 429, too much of this workspace waits already; 503, the door is closing.
            NoSpaceLeft: The disk is full; nothing of this was kept.
            WorkspaceError: The journal cannot be written; nothing of this was kept.
        """
        if self._small.closed:
            raise later(503, "the door is closing")
        if self._items and self._items + asked.size > self._limits.waiting_items:
            raise later(429, f"{self._items:,} records of this workspace wait to be written")
        self._items += asked.size
        try:
            waiting = _Waiting(asked, self._loop.create_future())
            line = self._large if asked.size >= ALONE else self._small
            line.put(waiting, asked.size)
            return await waiting.done
        finally:
            self._items -= asked.size

    async def close(self) -> None:
        """Write what waits, then close the journal."""
        await asyncio.sleep(0)
        for line in (self._small, self._large):
            await line.close()
        self._batches.put(None)
        await asyncio.to_thread(self._writer.join)
        self.place.close()

    def _batch(self, group: Sequence[_Waiting]) -> None:
        """Make batches of a group and hand them to the writer; what fails with others is tried alone."""
        few = sum(one.asked.size for one in group) < ALONE
        try:
            with self._few.first() if few else nullcontext():
                made = list(self._made(group))
        except Exception as error:
            if len(group) > 1:
                for one in group:
                    self._batch([one])
                return
            self._tell(group, error)
            return
        for ready in made:
            self._batches.put(ready)

    def _made(self, group: Sequence[_Waiting]) -> Iterator[_Ready]:
        stones = self.place.tombstones
        together: dict[tuple[object, ...], list[tuple[_Waiting, Taken]]] = {}
        for number, (waiting, read) in enumerate(self._taken(group)):
            asked, taken = waiting.asked, _allowed(read, stones)
            alone = number if asked.size >= ALONE or asked.claims else -1
            alike = (asked.live, asked.origin, repr(asked.reading), alone)
            together.setdefault(alike, []).append((waiting, taken))
        for pairs in together.values():
            asked = pairs[0][0].asked
            yield self._ready(asked.live, asked.origin, pairs, stones)

    def _taken(self, group: Sequence[_Waiting]) -> Iterator[tuple[_Waiting, Taken]]:
        """Yield each request with its items read, those of all requests as one table."""
        fresh = [one for one in group if one.asked.taken is None]
        values: list[Any] = []
        sources: list[str] = []
        made: dict[int, str] = {}
        starts = []
        for one in fresh:
            asked, start = one.asked, len(values)
            starts.append(start)
            values += [None if place in asked.items.faults else value for place, value in enumerate(asked.items.values)]
            sources += [asked.source] * asked.size
            made |= {start + place: name for place, name in asked.made.items()}
        if fresh:
            read = self._read(values, sources, made)
            for one, start in zip(fresh, starts, strict=True):
                yield one, _part(read, start, start + one.asked.size)
        for one in group:
            if one.asked.taken is not None:
                yield one, one.asked.taken

    def _read(self, values: list[Any], sources: list[str], made: Mapping[int, str]) -> Taken:
        """Read items, many of them a slice at a time."""
        now, parts = datetime.now(UTC), {}
        for some in self._few.slices(len(values)):
            named = {place - some.start: name for place, name in made.items() if some.start <= place < some.stop}
            parts[some.start] = take(values[some], sources[some], self.place.zone, now, named)
        return joined(parts)

    def _ready(self, live: bool, origin: str, pairs: list[tuple[_Waiting, Taken]], stones: Tombstones) -> _Ready:
        tables = [taken.table for _, taken in pairs if taken.table.num_rows]
        faulty = (_quarantine(waiting.asked, taken) for waiting, taken in pairs)
        rejected = pa.concat_tables([NOTHING, *(table for table in faulty if table is not NOTHING)])
        batch = self._sealed(pa.concat_tables(tables), live, origin, pairs) if tables else None
        ids = batch.table["interaction_id"].to_pylist() if batch else []
        reading = json.dumps(dict(pairs[0][0].asked.reading), ensure_ascii=False) if pairs[0][0].asked.reading else ""
        appends = [Append(batch, rejected, origin, reading)]
        claims = self._fresh(pairs, stones)
        if claims:
            appends.append(Append(_identity(claims, live, origin)))
        parts, start = [], 0
        for waiting, taken in pairs:
            rows = taken.table.num_rows
            mine = ids[start : start + rows]
            parts.append(_Part(waiting, _given(waiting.asked, taken, mine, start + 1, whole=len(pairs) == 1)))
            start += rows
        return _Ready(tuple(appends), tuple(parts), stones, claims)

    def _fresh(self, pairs: list[tuple[_Waiting, Taken]], stones: Tombstones) -> tuple[Claim, ...]:
        """Return what is said of who is who, less what was said before and what is of people who were erased."""
        said = dict.fromkeys(
            claim
            for waiting, taken in pairs
            for faults in (_faults(waiting.asked, taken),)
            for place, claim in waiting.asked.claims
            if place not in faults and claim not in self._known
        )
        gone = stones.buried((ref for claim in said for ref in claim), at=datetime.now(UTC))
        return tuple(claim for claim in said if gone.isdisjoint(claim)) if gone else tuple(said)

    def _sealed(self, raw: pa.Table, live: bool, origin: str, pairs: list[tuple[_Waiting, Taken]]) -> Batch:
        at = raw.schema.get_field_index("row")
        numbered = raw.set_column(at, raw.schema.field(at), pa.array(np.arange(1, raw.num_rows + 1)))
        identifier = Identifier(self.place.key)
        numbered = numbered.combine_chunks()
        privacy, slices = self.place.settings.privacy, self._few.slices(raw.num_rows)
        batch, _ = sealed(numbered, identifier, origin=origin, live=live, privacy=privacy, slices=slices)
        clocks: dict[int, str] = {}
        start = 0
        for _, taken in pairs:
            row_of = {place: start + row for row, place in enumerate(taken.places.tolist())} if taken.clocks else {}
            clocks |= {row_of[place]: clock for place, clock in taken.clocks.items()}
            start += taken.table.num_rows
        return dataclasses.replace(batch, table=_marked(batch.table, clocks)) if clocks else batch

    def _write(self) -> None:
        """Commit what is ready, until told to end and nothing is left; runs in the writer thread."""
        ended = False
        while not (ended and self._batches.empty()):
            first = self._batches.get()
            group = [] if first is None else [first]
            ended |= first is None
            while group and len(group) < GROUP_BATCHES:
                try:
                    more = self._batches.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    ended = True
                else:
                    group.append(more)
            if group:
                self._commit(group)

    def _commit(self, group: list[_Ready]) -> None:
        group = self._still_allowed(group)
        if not group:
            return
        try:
            receipts = iter(self.place.journal.append_many([one for ready in group for one in ready.appends]))
        except TouchlineError as error:
            self._tell([part.waiting for ready in group for part in ready.parts], error)
            return
        except Exception as error:
            if len(group) > 1:  # one of them is at fault; the others need not suffer
                for ready in group:
                    self._commit([ready])
                return
            self._tell([part.waiting for part in group[0].parts], error)
            return
        for ready in group:
            mine = [next(receipts) for _ in ready.appends]
            self._loop.call_soon_threadsafe(self._committed, ready, mine[0])

    def _still_allowed(self, group: list[_Ready]) -> list[_Ready]:
        """Return what may be committed; what was made before somebody was erased is made anew."""
        try:
            erasures = self.place.tombstones.erasures
        except TouchlineError as error:
            self._tell([part.waiting for ready in group for part in ready.parts], error)
            return []
        current = [ready for ready in group if ready.stones.erasures == erasures]
        for ready in group:
            if ready.stones.erasures != erasures:
                self._batch([part.waiting for part in ready.parts])
        return current

    def _committed(self, ready: _Ready, receipt: Receipt | None) -> None:
        for claim in ready.claims:
            self._known[claim] = None
        while len(self._known) > _REMEMBERED_CLAIMS:
            self._known.popitem(last=False)
        for part in ready.parts:
            given = part.given
            if receipt and given.rows:
                given = dataclasses.replace(given, offset=receipt.offset, repeated=receipt.repeated)
            if not part.waiting.done.done():
                part.waiting.done.set_result(given)

    def _tell(self, group: Sequence[_Waiting], error: Exception) -> None:
        """Let requests fail with an error; one that is none of ours is written down in full."""
        if not isinstance(error, TouchlineError):
            _log.error("intake into %s failed", self.place.slug, exc_info=error)
            error = WorkspaceError("the records could not be written", todo="the server's log says why")

        def fail() -> None:
            for one in group:
                if not one.done.done():
                    one.done.set_exception(error)

        self._loop.call_soon_threadsafe(fail)


def _allowed(taken: Taken, stones: Tombstones) -> Taken:
    """Refuse records of people who were erased."""
    refused = stones.refused(taken.table)
    if not refused.any():
        return taken
    faults = taken.faults | dict.fromkeys(taken.places[refused].tolist(), Fault(REFUSED, "customer_ref"))
    return dataclasses.replace(
        taken, table=taken.table.filter(pa.array(~refused)), places=taken.places[~refused], faults=faults
    )


def _part(read: Taken, start: int, end: int) -> Taken:
    """Return what became of some of the items."""
    first, last = np.searchsorted(read.places, [start, end]).tolist()
    mine = range(start, end)

    def of(all_: Mapping[int, Any]) -> dict[int, Any]:
        return {place - start: one for place, one in all_.items() if place in mine} if all_ else {}

    table = read.table.slice(first, last - first)
    return Taken(table, read.places[first:last] - start, of(read.faults), of(read.clocks), of(read.notes))


def _given(asked: Asked, taken: Taken, ids: Sequence[str], start: int, *, whole: bool) -> Given:
    faults = _faults(asked, taken)
    by_place = dict(zip(taken.places.tolist(), ids, strict=True))
    only_claims = {place: "" for place, _ in asked.claims if place not in faults and place not in by_place}
    notes = dict(asked.notes)
    for place, told in taken.notes.items():
        notes[place] = (*notes.get(place, ()), *told)
    return Given(
        ids=by_place | only_claims,
        faults=faults,
        notes=notes,
        start=start,
        rows=taken.table.num_rows,
        whole=whole,
        claims=asked.size - taken.table.num_rows - len(faults),
    )


def _faults(asked: Asked, taken: Taken) -> dict[int, Fault]:
    """Return why items are rejected; what is a fault of the item as such goes before a fault of its fields.

    An item that only says who is who is read as nothing, which is no fault.
    """
    silent = {place for place, _ in asked.claims if asked.items.values[place] is None}
    return {place: one for place, one in (taken.faults | asked.items.faults).items() if place not in silent}


def _quarantine(asked: Asked, taken: Taken) -> pa.Table:
    faults = sorted(_faults(asked, taken).items())
    if not faults:
        return NOTHING
    return pa.Table.from_arrays(
        [
            pa.array([asked.origin] * len(faults), pa.string()),
            pa.array([place + 1 for place, _ in faults], pa.int64()),
            pa.array([fault.column for _, fault in faults], pa.string()),
            pa.array([fault.reason for _, fault in faults], pa.string()),
            pa.array(
                [b"" if fault.reason == REFUSED else asked.items.raw(place) for place, fault in faults], pa.binary()
            ),
        ],
        schema=QUARANTINE,
    )


def _identity(claims: Sequence[Claim], live: bool, origin: str) -> Batch:
    table = pa.Table.from_pylist([{"ref": ref, "same_as": same} for ref, same in claims], CLAIMS)
    digest = hashlib.sha256(b"claims" + repr(sorted(claims, key=repr)).encode("utf-8", "backslashreplace")).digest()
    return Batch("identity", table, digest, live, origin, datetime.now(UTC))


def _marked(table: pa.Table, clocks: Mapping[int, str]) -> pa.Table:
    """Mark the rows whose clock is off. Their content hashes are made already, so a second delivery is a duplicate."""
    at = table.schema.get_field_index("attributes")
    maps = table["attributes"].to_pylist()
    for row, clock in clocks.items():
        maps[row] = [*(pair for pair in maps[row] or () if pair[0] != CLOCK), (CLOCK, clock)]
    return table.set_column(at, table.schema.field(at), pa.array(maps, table.schema.field(at).type))
