"""The drain: journal -> understanding -> warehouse -> placement, exactly once in effect.

A run of batches becomes interactions, evidence and receipts in one warehouse transaction together with the journal
position, so that a process killed anywhere picks up where the warehouse stands. Placement follows for the customers
that the runs touched; they stay marked until it is done. When the taxonomy, the settings, the segments or the model
have changed, everything derived is built beside what is shown, and switched at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.journal import Entry, Journal
from touchline.placement import READS, place
from touchline.privacy.tombstones import Tombstones
from touchline.settings import Settings
from touchline.themes import NO_THEMES, Book, Matcher
from touchline.understanding.base import Understander
from touchline.vocabulary.attributes import packed, told_apart
from touchline.vocabulary.keys import customer_key
from touchline.vocabulary.schemas import EVIDENCE, READ_BY, TEXTS
from touchline.vocabulary.taxonomy import Taxonomy
from touchline.warehouse.duckdb import DuckWarehouse, consent, correcting, frozen, writing
from touchline.warehouse.schema import DERIVED, STORED, STORED_EVIDENCE

#: Bumped when placement gives other results for the same input, so that derived tables are built anew.
PLACEMENT: Final = "p2"
#: A run ends after this many interactions: two row groups of DuckDB, which it then writes without its log.
RUN_ROWS: Final = 245_760
#: Texts are understood in slices of this many, so that progress can be told.
TEXT_ROWS: Final = 20_000
#: What happened longer before its receipt is backfill (DESIGN rule 6).
LIVE: Final = timedelta(hours=48)
_MOST_SEGMENTS: Final = 24
#: Threads that place customers; the arrays' work leaves Python's lock.
_PLACERS: Final = 2

Progress = Callable[[str, float], None]


def silent(step: str, fraction: float) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True, slots=True)
class Projection:
    """What turns a journal into a warehouse; equal projections of equal journals are equal warehouses."""

    taxonomy: Taxonomy
    settings: Settings
    understander: Understander
    key: bytes
    themes: Book = NO_THEMES
    tombstones: Tombstones = field(default_factory=lambda: Tombstones(b""))

    @property
    def ask_first(self) -> tuple[str, ...]:
        """The purposes for which nothing is done without a customer's yes."""
        return self.settings.privacy.ask_first

    @property
    def version(self) -> str:
        """Names everything that derived tables depend on, the data aside."""
        return _edited(self.taxonomy, self.settings, self.themes) + self.understander.version

    @staticmethod
    def fits(warehouse: DuckWarehouse, taxonomy: Taxonomy, settings: Settings, themes: Book) -> bool:
        """Was the warehouse projected with these stages, settings and themes? Told without loading a model."""
        return (warehouse.meta("derived") or "").startswith(_edited(taxonomy, settings, themes))


def _edited(taxonomy: Taxonomy, settings: Settings, themes: Book) -> str:
    return f"{PLACEMENT}:{taxonomy.version}:{settings.version}:{themes.version}:"


@dataclass(frozen=True, slots=True)
class Drained:
    """What a drain did, in interactions."""

    stored: int = 0
    duplicate: int = 0
    revised: int = 0

    @property
    def rows(self) -> int:
        """All of them."""
        return self.stored + self.duplicate + self.revised

    def __add__(self, other: Drained) -> Drained:
        """Add two drains up."""
        return Drained(self.stored + other.stored, self.duplicate + other.duplicate, self.revised + other.revised)


def drain(journal: Journal, warehouse: DuckWarehouse, projection: Projection, progress: Progress = silent) -> Drained:
    """Bring the warehouse up to the journal's head.

    Args:
        journal: What was accepted.
        warehouse: What questions are asked of.
        projection: Taxonomy, settings, model, key.
        progress: Called with a step's name and how much of it is done, 0 to 1.

    Raises:
        JournalDamaged: A batch does not match its checksum; the ones before it are in the warehouse.
    """
    drained = store(journal, warehouse, projection, progress)
    project(warehouse, projection, progress)
    return drained


def store(journal: Journal, warehouse: DuckWarehouse, projection: Projection, progress: Progress = silent) -> Drained:
    """Bring interactions and evidence up to the journal's head; placement waits for `project`."""
    waiting = journal.rows_after(warehouse.position)
    done = Drained()
    for kind, run, position in _runs(journal, warehouse.position, projection.tombstones):
        if kind != "interactions":
            _note(warehouse, kind, run, position, projection)
            continue
        verdicts = writing.sift(warehouse, run)
        latest = verdicts.latest(run)
        silent = consent.unread(warehouse, latest, projection.ask_first)
        if silent.any():
            consent.later(warehouse, latest.filter(pa.array(silent)))
            latest = latest.filter(pa.array(~silent))
        evidence = understand(latest, projection, progress)
        writing.store(warehouse, run, verdicts, evidence, position=position)
        done += Drained(*(int(count) for count in np.bincount(verdicts.what, minlength=3)))
        progress("storing", done.rows / max(1, waiting))
    return done


def _note(warehouse: DuckWarehouse, kind: str, run: pa.Table, position: int, projection: Projection) -> None:
    """Store what was said about interactions: who is who, who agreed to what, what was wrong."""
    if kind == "identity":
        writing.identify(warehouse, claims_of(run, projection.key), position=position)
    elif kind == "consent":
        consent.say(warehouse, agreed(run, projection.key), position=position)
    elif kind == "correction":
        correcting.correct(warehouse, run, position=position, key=projection.key)
    elif kind == "understood":
        frozen.keep(warehouse, run, projection.taxonomy.ids, projection.understander.version, position=position)
    else:  # other rooms read it; here it only moves the position
        with warehouse.transaction():
            warehouse.remember(position=position)


def agreed(said: pa.Table, key: bytes) -> pa.Table:
    """Return what customers agreed to, by the key of their reference, as `consent.say` takes it."""
    keys = pa.array([customer_key(key, ref) for ref in said["ref"].to_pylist()], pa.int64())
    at = said["at"].cast(pa.timestamp("us"))
    return pa.table({"customer_key": keys, "purpose": said["purpose"], "granted": said["granted"], "stated": at})


def claims_of(claims: pa.Table, key: bytes) -> list[tuple[int, int | None]]:
    """Return who is said to be who, as customer keys."""
    return [
        (customer_key(key, ref), None if same is None else customer_key(key, same))
        for ref, same in zip(claims["ref"].to_pylist(), claims["same_as"].to_pylist(), strict=True)
    ]


def received(warehouse: DuckWarehouse, offsets: tuple[int, ...]) -> Drained:
    """Return what became of some of the journal's batches, which the warehouse has."""
    with warehouse.given(wanted=pa.table({"offset_": pa.array(offsets, pa.int64())})):
        found = warehouse.fetch(
            "SELECT coalesce(sum(stored), 0)::BIGINT, coalesce(sum(duplicate), 0)::BIGINT,"
            " coalesce(sum(revised), 0)::BIGINT FROM receipts SEMI JOIN wanted USING (offset_)"
        )
    return Drained(*(column[0].as_py() for column in found.columns))


def _runs(journal: Journal, after: int, tombstones: Tombstones) -> Iterator[tuple[str, pa.Table, int]]:
    """Yield runs of whole batches of one kind, with the kind and the offset of the last in each.

    What is of people who were erased, and came in through a door that did not know it yet, is taken out of the journal.
    What arrives meanwhile waits for the next drain: else a drain that is as slow as it comes in would show none of it.
    """
    held: list[Entry] = []
    rows = position = 0
    head = journal.head
    for read in journal.read(after):
        entry = _without_erased(journal, read, tombstones)
        if held and (rows >= RUN_ROWS or entry.kind != "interactions"):
            yield "interactions", _stored(held), position
            held, rows = [], 0
        position = entry.offset
        if entry.kind == "interactions":
            held.append(entry)
            rows += entry.table.num_rows
        else:
            yield entry.kind, entry.table, position
        if position >= head:
            break
    if held:
        yield "interactions", _stored(held), position


def _without_erased(journal: Journal, entry: Entry, tombstones: Tombstones) -> Entry:
    if not tombstones.erasures or entry.kind != "interactions":
        return entry
    refused = tombstones.refused(entry.table)
    if not refused.any():
        return entry
    left = entry.table.filter(pa.array(~refused))
    journal.rewrite(entry.offset, left if left.num_rows else None, "refused: of people who were erased")
    return replace(entry, table=left)


def _stored(entries: Sequence[Entry]) -> pa.Table:
    """Return batches as the warehouse keeps them: times without zone, where it came from, live or not."""
    table = pa.concat_tables([entry.table for entry in entries]).combine_chunks()
    of_row = np.repeat(np.arange(len(entries)), [entry.table.num_rows for entry in entries])
    moment = table["occurred_at"].type
    since = pa.array([entry.received_at - LIVE for entry in entries], moment).take(pa.array(of_row))
    columns = {name: table[name] for name in table.schema.names}
    columns["offset"] = pa.array(np.array([entry.offset for entry in entries])[of_row])
    said = pa.array(np.array([entry.live for entry in entries])[of_row])
    columns["live"] = pc.or_(pc.greater_equal(table["occurred_at"], since), said)
    columns["attributes"] = packed(table["attributes"])
    for name in ("occurred_at", "valid_from", "received_at"):
        columns[name] = columns[name].cast(pa.timestamp("us"))
    return pa.table([columns[field.name] for field in STORED], schema=STORED)


def understand(interactions: pa.Table, projection: Projection, progress: Progress = silent) -> pa.Table:
    """Return the evidence of the customers' own words among some interactions, schema `STORED_EVIDENCE`."""
    spoken = pc.and_(pc.equal(interactions["author"], "customer"), pc.is_valid(interactions["text"]))
    texts = interactions.filter(spoken).select(TEXTS.names).cast(TEXTS)
    parts = []
    for start in range(0, texts.num_rows, TEXT_ROWS):
        part = texts.slice(start, TEXT_ROWS)
        parts.append(_with_declared_severity(projection.understander.read(part), part, projection.settings))
        progress("understanding", min(1.0, (start + TEXT_ROWS) / texts.num_rows))
    found = pa.concat_tables(parts) if parts else EVIDENCE.empty_table()
    found = found.append_column("model", pa.repeat(pa.scalar(projection.understander.version), found.num_rows))
    if READ_BY.name not in found.column_names:
        found = found.append_column(READ_BY, pa.repeat(pa.scalar(projection.understander.method), found.num_rows))
    return found.select(STORED_EVIDENCE.names)


def _with_declared_severity(evidence: pa.Table, texts: pa.Table, settings: Settings) -> pa.Table:
    """Let the workspace's own words for what is grave raise or lower the severity of negative mentions."""
    if not settings.severity:
        return evidence
    severity = evidence["severity"].to_numpy().copy()
    at = pc.index_in(evidence["interaction_id"], texts["interaction_id"].combine_chunks()).to_numpy()
    words = texts["text"].to_pylist()
    starts, ends = evidence["start"].to_numpy(), evidence["end"].to_numpy()
    for row in np.flatnonzero(evidence["sentiment"].to_numpy() < 0):
        declared = settings.severity_of(words[at[row]][starts[row] : ends[row]])
        severity[row] = severity[row] if declared is None else declared
    column = evidence.schema.get_field_index("severity")
    return evidence.set_column(column, evidence.schema.field(column), pa.array(severity, pa.float32()))


def project(warehouse: DuckWarehouse, projection: Projection, progress: Progress = silent) -> None:
    """Bring everything derived up to date: the waiting customers, or all of them where something else changed."""
    consent.settle(warehouse, projection.ask_first, lambda rows: understand(rows, projection))
    segments = segments_of(warehouse, projection.settings)
    frozen.carry_over(warehouse, projection.taxonomy.ids, projection.understander.version)
    if warehouse.meta("model") not in (None, projection.understander.version):
        _understand_again(warehouse, projection, progress)
    if warehouse.meta("derived") == projection.version and warehouse.segments() == segments:
        for bucket, placed in _all_placed(warehouse, projection, segments, dirty_only=True):
            writing.replace(warehouse, bucket, placed)
            progress("placing", (bucket.number + 1) / bucket.of)
        if warehouse.shown < warehouse.position:  # what came concerned nobody's journey
            with warehouse.transaction():
                warehouse.remember(shown=warehouse.position)
        return
    with warehouse.transaction():
        generation = writing.begin_generation(warehouse, segments)
        for bucket, placed in _all_placed(warehouse, projection, segments, dirty_only=False):
            for name, table in placed.items():
                writing.insert(warehouse, f"{name}_{generation}", table)
            progress("placing", (bucket.number + 1) / bucket.of)
        model = projection.understander.version
        writing.show_generation(warehouse, generation, segments, projection.version, model)


def _all_placed(
    warehouse: DuckWarehouse, projection: Projection, segments: tuple[str, ...], *, dirty_only: bool
) -> Iterator[tuple[writing.Bucket, dict[str, pa.Table]]]:
    """Yield every bucket with its customers placed, in order; some are placed while others are read and written."""
    matcher = Matcher.of(projection.themes) if projection.themes.version else None
    with ThreadPoolExecutor(max_workers=_PLACERS) as pool:
        coming: deque[tuple[writing.Bucket, Future[dict[str, pa.Table]]]] = deque()
        for bucket in writing.buckets(warehouse, reads=READS, dirty_only=dirty_only, words=matcher is not None):
            coming.append((bucket, pool.submit(derive, bucket, projection, segments, matcher)))
            if len(coming) > _PLACERS:
                first, placed = coming.popleft()
                yield first, placed.result()
        for rest, placed in coming:
            yield rest, placed.result()


def derive(
    bucket: writing.Bucket, projection: Projection, segments: tuple[str, ...], matcher: Matcher | None
) -> dict[str, pa.Table]:
    """Return the derived rows of whole customers, by table; with a matcher the evidence has their ``words``."""
    at = bucket.interactions.schema.get_field_index("attributes")
    found = place(
        bucket.interactions.set_column(at, "attributes", told_apart(bucket.interactions["attributes"])),
        bucket.evidence if matcher is None else _themed(bucket.evidence, matcher),
        taxonomy=projection.taxonomy,
        settings=projection.settings,
        segments=segments,
        method=projection.understander.method,
        key=projection.key,
    )
    return {name: getattr(found, name) for name in DERIVED}


def _themed(evidence: pa.Table, matcher: Matcher) -> pa.Table:
    """Give mentions the themes that the book says, and take their words away."""
    heard = evidence["understood"].to_numpy()
    words = [text or "" if fine else "" for text, fine in zip(evidence["words"].to_pylist(), heard, strict=True)]
    themes = matcher.assign(words, evidence["sentiment"].to_numpy(), evidence["theme"].to_pylist())
    at = evidence.schema.get_field_index("theme")
    return evidence.set_column(at, evidence.schema.field(at), pa.array(themes, pa.string())).drop_columns(["words"])


def segments_of(warehouse: DuckWarehouse, settings: Settings) -> tuple[str, ...]:
    """Return the attributes that divide customers: the declared ones, and those of few values."""
    declared = settings.segments.attributes
    if not settings.segments.auto:
        return declared
    found = [n for n in writing.candidates(warehouse, settings.segments.max_values) if n not in declared]
    return (*declared, *found[: max(0, _MOST_SEGMENTS - len(declared))])


def _understand_again(warehouse: DuckWarehouse, projection: Projection, progress: Progress) -> None:
    """Read all texts anew with another model. Each slice is one transaction; a restart goes on with the rest."""
    model = projection.understander.version
    while True:
        texts = warehouse.fetch(
            "SELECT interaction_id, text, language, author FROM interactions WHERE interaction_id IN "
            f"(SELECT DISTINCT interaction_id FROM evidence WHERE model <> $model LIMIT {TEXT_ROWS})",
            model=model,
        )
        if not texts.num_rows:
            return
        writing.renew_evidence(warehouse, understand(texts, projection), texts.select(["interaction_id"]))
        left = warehouse.value("SELECT avg((model = $model)::INT) FROM evidence", model=model)
        progress("understanding again", float(left))
