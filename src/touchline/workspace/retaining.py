"""What is not kept for ever: records and words past their time, and words that newer rules would have redacted.

Both rewrite the journal's batches and then the warehouse, and leave no byte of what was there. Every step can be done
again; what was killed is completed by the next run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from touchline.drain import Progress, silent
from touchline.journal import Batch
from touchline.workspace.erasing import compact

if TYPE_CHECKING:
    from touchline.settings.privacy import Retention
    from touchline.workspace.workspace import Workspace

Mask = npt.NDArray[np.bool_]
_WORDS: Final = ("text",)


@dataclass(frozen=True, slots=True)
class Retained:
    """What a run let go of, in records of the journal.

    Attributes:
        whole: Records that went.
        text: Records whose words went; what was read in them stays.
        quarantine: Rejected records past their time.
    """

    whole: int = 0
    text: int = 0
    quarantine: int = 0


@dataclass(frozen=True, slots=True)
class Redacted:
    """What redacting again has changed.

    Attributes:
        interactions: Records in whose words or attributes something was replaced.
        labels: Labelled texts that were.
    """

    interactions: int = 0
    labels: int = 0


def retain(workspace: Workspace, *, now: datetime | None = None, progress: Progress = silent) -> Retained:
    """Let go of what ``[[retention]]`` says is past its time; nothing happens where nothing is.

    Args:
        workspace: Open, its warehouse held by this process.
        now: As of when; with a zone.
        progress: Called with a step's name and how much of it is done.
    """
    moment = now or datetime.now(UTC)
    quarantine = workspace.journal.expire(moment)
    rules = workspace.settings.retention
    if not rules:
        return Retained(quarantine=quarantine)
    workspace.catch_up(progress)
    progress("retention", 0.0)
    whole, words = (_due([rule for rule in rules if rule.what == what], moment) for what in ("whole", "text"))
    _freeze(workspace, words)
    gone = cut = 0
    for entry in workspace.journal.read():
        if entry.kind != "interactions":
            continue
        table = entry.table
        leaving = whole(table)
        left = table.filter(pa.array(~leaving)) if leaving.any() else table
        silenced = words(left) & left["text"].is_valid().to_numpy()
        if silenced.any():
            left = _without_words(left, silenced)
        if left is not table:
            workspace.journal.rewrite(entry.offset, left if left.num_rows else None, "retention")
            gone, cut = gone + int(leaving.sum()), cut + int(silenced.sum())
    progress("retention", 0.5)
    changed = _from_warehouse(workspace, whole, words)
    if gone or cut:
        workspace.journal.scrub()
    if changed:
        workspace.drain(progress)
        compact(workspace)
        workspace.teaching.forget_gone(progress)
    progress("retention", 1.0)
    return Retained(gone, cut, quarantine)


@dataclass(frozen=True, slots=True)
class Due:
    """What rules would let go of now, in stored records.

    Attributes:
        records: All that are stored.
        whole: Source to the records that would go.
        text: Source to the records whose words would go, and that stay.
        sources: Every source with its records, the most first.
    """

    records: int
    whole: dict[str, int]
    text: dict[str, int]
    sources: tuple[tuple[str, int], ...]

    @property
    def all_whole(self) -> int:
        """How many records would go."""
        return sum(self.whole.values())

    @property
    def all_text(self) -> int:
        """How many would lose their words."""
        return sum(self.text.values())


def due(workspace: Workspace, rules: Sequence[Retention], *, now: datetime | None = None) -> Due:
    """Count what rules would let go of, without doing it.

    Args:
        workspace: Open.
        rules: Those of ``[[retention]]``, or others.
        now: As of when; with a zone.
    """
    moment = now or datetime.now(UTC)
    counts = workspace.warehouse.fetch(
        "SELECT source, count(*) AS n FROM stored GROUP BY source ORDER BY n DESC, source"
    )
    found: dict[str, dict[str, int]] = {"whole": {}, "text": {}}
    if rules:
        whole, words = (_due([rule for rule in rules if rule.what == what], moment) for what in found)
        for batch in workspace.warehouse.batches(
            "SELECT source, kind, occurred_at, text IS NOT NULL AS spoken FROM stored"
        ):
            table = pa.Table.from_batches([batch])
            leaving = whole(table)
            silent = words(table) & ~leaving & table["spoken"].to_numpy()
            for what, mask in (("whole", leaving), ("text", silent)):
                for row in table.filter(pa.array(mask))["source"].value_counts().to_pylist():
                    found[what][row["values"]] = found[what].get(row["values"], 0) + row["counts"]
    sources = tuple(zip(counts["source"].to_pylist(), counts["n"].to_pylist(), strict=True))
    return Due(sum(n for _, n in sources), found["whole"], found["text"], sources)


def cutoff(rules: Sequence[Retention], now: datetime, *, source: str = "", kind: str = "") -> datetime | None:
    """Return before which moment words are past their time; None where no rule is about them.

    Args:
        rules: Those of ``[[retention]]``.
        now: As of when; with a zone.
        source: Where the words are from; empty for those that are of no source: only rules for all are about them.
        kind: The kind of interaction; the same.

    >>> from touchline.settings.privacy import Retention
    >>> rules = [Retention(30, sources=("crm*",)), Retention(90)]
    >>> now = datetime(2026, 6, 1, tzinfo=UTC)
    >>> [(now - cutoff(rules, now, source=name)).days for name in ("crm-eu", "")]
    [30, 90]
    """
    days = [
        rule.days for rule in rules
        if (not rule.sources or any(fnmatchcase(source, glob) for glob in rule.sources))
        and (not rule.kinds or kind in rule.kinds)
    ]  # fmt: skip
    return now - timedelta(days=min(days)) if days else None


def _due(rules: list[Retention], now: datetime) -> Callable[[pa.Table], Mask]:
    """Return what tells which rows of a table are past their time by one of some rules."""

    def due(table: pa.Table) -> Mask:
        found = np.zeros(table.num_rows, dtype=np.bool_)
        if not rules or not table.num_rows:
            return found
        happened = table["occurred_at"].combine_chunks().cast(pa.int64()).to_numpy()
        for rule in rules:
            before = int((now - timedelta(days=rule.days)).timestamp() * 1_000_000)
            mine = happened < before
            if rule.sources:
                mine &= _among(table["source"], lambda name, rule=rule: any(fnmatchcase(name, g) for g in rule.sources))
            if rule.kinds:
                mine &= _among(table["kind"], lambda name, rule=rule: name in rule.kinds)
            found |= mine
        return found

    return due


def _among(column: pa.ChunkedArray, wanted: Callable[..., bool]) -> Mask:
    names = [name for name in column.unique().to_pylist() if name is not None and wanted(name)]
    found: Mask = pc.is_in(column, pa.array(names, pa.string())).to_numpy()
    return found


def _without_words(table: pa.Table, silenced: Mask) -> pa.Table:
    at = table.schema.get_field_index("text")
    said = zip(table["text"].to_pylist(), silenced.tolist(), strict=True)
    # made anew: Arrow's own ways to a NULL may leave the bytes below it where they were
    words = pa.array([None if silent else text for text, silent in said], pa.string())
    return table.set_column(at, table.schema.field(at), words)


def _freeze(workspace: Workspace, words: Callable[[pa.Table], Mask]) -> None:
    """Write down what was read in words that are about to go, so that a rebuild knows it too."""
    from touchline.warehouse.duckdb import frozen

    warehouse = workspace.warehouse
    due = warehouse.fetch(
        "SELECT interaction_id, source, kind, occurred_at FROM stored WHERE text IS NOT NULL"
        " AND interaction_id IN (SELECT interaction_id FROM evidence)"
    )
    ids = due.filter(pa.array(words(due))).select(["interaction_id"])
    if not ids.num_rows:
        return
    rows = frozen.freeze(warehouse, ids, workspace.taxonomy.ids)
    digest = hashlib.sha256(repr((workspace.journal.head, rows.num_rows)).encode()).digest()
    workspace.journal.append(Batch("understood", rows, digest, False, "retain", datetime.now(UTC)))
    workspace.drain()


def _from_warehouse(workspace: Workspace, whole: Callable[[pa.Table], Mask], words: Callable[[pa.Table], Mask]) -> bool:
    from touchline.warehouse.duckdb import erasing, writing

    warehouse = workspace.warehouse
    totals = {entry.offset: entry.table.num_rows for entry in workspace.journal.read() if entry.kind == "interactions"}
    leaving = erasing.rows_of(warehouse, whole)
    silenced = erasing.rows_of(warehouse, words, only="text IS NOT NULL")
    if not any(table.num_rows for table in (*leaving.values(), *silenced.values())):
        return False
    with (
        warehouse.transaction(),
        warehouse.given(silent_stored=silenced["stored"], silent_revisions=silenced["revisions"]),
    ):
        warehouse.execute(
            "UPDATE evidence SET phrases = []::VARCHAR[] WHERE interaction_id IN"
            " (SELECT interaction_id FROM stored WHERE rowid IN (SELECT place FROM silent_stored))"
        )
        for name in silenced:
            warehouse.execute(f"UPDATE {name} SET text = NULL WHERE rowid IN (SELECT place FROM silent_{name})")
        erasing.erase(warehouse, erasing.rows_of(warehouse, whole), totals)
        warehouse.remember(rows=writing.rows(warehouse), published=int(warehouse.meta("published") or 0) + 1)
    return True


def redact_again(workspace: Workspace, *, progress: Progress = silent) -> Redacted:
    """Redact everything that is kept by the rules as they are now; the words that change are read again.

    Args:
        workspace: Open, its warehouse held by this process.
        progress: Called with a step's name and how much of it is done.
    """
    from touchline.warehouse.duckdb import writing

    workspace.catch_up(progress)
    progress("redacting again", 0.0)
    changed = 0
    for entry in workspace.journal.read():
        if entry.kind == "interactions" and entry.table.num_rows:
            clean, rows = _redacted(workspace, entry.table)
        elif entry.kind == "correction":
            clean, rows = _corrections(workspace, entry.table)
        else:
            continue
        if rows:
            workspace.journal.rewrite(entry.offset, clean, "redacted again")
            changed += rows
    workspace.journal.scrub()
    progress("redacting again", 0.5)
    warehouse = workspace.warehouse
    touched = 0
    for name in ("stored", "revisions"):
        parts = []
        for batch in warehouse.batches(f"SELECT rowid AS place, interaction_id, text, attributes FROM {name}"):
            table = pa.Table.from_batches([batch])
            clean, rows = _redacted(workspace, table)
            if rows:
                differs = pc.or_(
                    _differ(table["text"], clean["text"]), _differ(table["attributes"], clean["attributes"])
                )
                parts.append(clean.filter(differs))
        if not parts:
            continue
        fresh = pa.concat_tables(parts)
        touched += fresh.num_rows
        with warehouse.transaction(), warehouse.given(fresh=fresh):
            warehouse.execute(
                f"UPDATE {name} SET text = fresh.text, attributes = fresh.attributes FROM fresh"
                f" WHERE {name}.rowid = fresh.place"
            )
            if name == "stored":
                warehouse.execute("INSERT INTO unread SELECT interaction_id FROM fresh WHERE text IS NOT NULL")
                warehouse.execute(
                    "INSERT INTO dirty SELECT DISTINCT customer_key FROM interactions SEMI JOIN fresh"
                    " USING (interaction_id)"
                )
                writing.gather_attribute_values(warehouse)
    if touched:
        workspace.drain(progress)
        compact(workspace)
    labels = workspace.teaching.redact_again(progress).labels
    progress("redacting again", 1.0)
    return Redacted(max(changed, touched), labels)


def _differ(one: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.not_equal(one, other).fill_null(False)


def _redacted(workspace: Workspace, table: pa.Table) -> tuple[pa.Table, int]:
    """Return a table with its words and attributes redacted, and how many rows differ."""
    from touchline.vocabulary.attributes import Attributes, packed, unpacked
    from touchline.workspace.private import without_personal

    at = table.schema.get_field_index("attributes")
    inside = pa.types.is_string(table.schema.field(at).type)
    maps = table.set_column(at, "attributes", unpacked(table["attributes"])) if inside else table
    clean, _ = without_personal(maps, Attributes.of(maps["attributes"]), workspace.settings.privacy)
    if inside:
        clean = clean.set_column(
            at, table.schema.field(at), packed(pa.chunked_array([clean["attributes"].combine_chunks()]))
        )
    clean = clean.select(table.column_names).cast(table.schema)
    if inside:
        differs = pc.or_(_differ(table["text"], clean["text"]), _differ(table["attributes"], clean["attributes"]))
        return clean, int(pc.sum(differs).as_py() or 0)
    before, after = (packed(one["attributes"]) for one in (table, clean))
    differs = pc.or_(_differ(table["text"], clean["text"]), pc.not_equal(before, after).fill_null(False))
    return clean, int(pc.sum(differs).as_py() or 0)


def _corrections(workspace: Workspace, table: pa.Table) -> tuple[pa.Table, int]:
    from touchline.privacy import redact_text

    rows: list[dict[str, Any]] = table.to_pylist()
    fresh = [
        row | {"value": redact_text(row["value"], rules=workspace.settings.privacy)}
        if row["value"] is not None and (row["field"] == "text" or row["field"].startswith("attributes."))
        else row
        for row in rows
    ]
    changed = sum(one != other for one, other in zip(rows, fresh, strict=True))
    return pa.Table.from_pylist(fresh, table.schema), changed
