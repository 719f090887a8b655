"""Erasing a person: out of the journal, the warehouse and everything made from them, for good.

The tombstone is written first, and from then on no door takes the person in. Every step can be done again: an erasure
that was killed anywhere is completed by asking for it once more. What has to be looked for by the person's own words or
references comes before the journal is rewritten, which is the last that knows them.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

import pyarrow as pa

from touchline.drain import Progress, agreed, claims_of, silent
from touchline.errors import InputError
from touchline.journal import Batch
from touchline.privacy.tombstones import REFUSED, Erasure, Tombstones
from touchline.sources.base import Chunk
from touchline.vocabulary.schemas import CONSENTS, ERASURES, QUARANTINE
from touchline.workspace import persons
from touchline.workspace.persons import Held

if TYPE_CHECKING:
    from touchline.workspace.workspace import Workspace

#: Erases somewhere else than in the workspace, such as a server's own database; returns what it erased, by store.
Elsewhere: TypeAlias = Callable[[Held], Mapping[str, int]]


@dataclass(frozen=True)
class Work:
    """What a step works on.

    Attributes:
        workspace: Open, its warehouse held by this process.
        tombstones: Of those who are being erased.
        held: What the journal still holds of them.
        elsewhere: Erases where the workspace does not reach.
        why: What the journal notes with each batch that is rewritten.
        progress: Is told how far it is.
    """

    workspace: Workspace
    tombstones: Tombstones
    held: Held
    elsewhere: Sequence[Elsewhere]
    why: str
    progress: Progress


def erase(
    workspace: Workspace,
    ref: str,
    *,
    by: str,
    why: str = "",
    elsewhere: Sequence[Elsewhere] = (),
    progress: Progress = silent,
) -> Erasure:
    """Erase a person, by one of their references, with everything under the others.

    Args:
        workspace: Open.
        ref: A customer's reference.
        by: Who does it.
        why: What for. A reference of the person in it is left out.
        elsewhere: What erases outside the workspace.
        progress: Called with a step's name and how much of it is done.

    Returns:
        The receipt. Somebody who was erased before comes back with the receipt of that.

    Raises:
        InputError: There is no such customer.
        WarehouseLocked: Another process holds the warehouse.
    """
    workspace.warehouse.meta("layout")  # raises where another process holds it, before anything has changed
    graveyard = workspace.graveyard
    known = graveyard.read().of(ref)
    try:
        person = persons.find(workspace.journal, ref)
    except InputError:
        if known is None:
            raise
        if known.done:
            return known
        erasure = known
    else:
        erasure = graveyard.begin(person.refs, person.conversations, by=by, why=_unnamed(why, person.refs))
    return _done(workspace, erasure, elsewhere, progress)


def _done(workspace: Workspace, erasure: Erasure, elsewhere: Sequence[Elsewhere], progress: Progress) -> Erasure:
    """Go all steps of an erasure, and write its receipt."""
    graveyard = workspace.graveyard
    work = _work(workspace, (erasure,), elsewhere, progress, f"erasure {erasure.id}")
    for number, step in enumerate(STEPS):
        progress("erasing", number / len(STEPS))
        if counted := step(work):
            graveyard.count(erasure.id, **counted)
    records = sum(
        int(str(one["rows_before"])) - int(str(one["rows_after"]))
        for one in workspace.journal.rewrites()
        if one["why"] == work.why
    )
    receipt = graveyard.set(erasure.id, journal=records)
    _journalled(workspace, receipt)
    workspace.warehouse.remember(erased=_name([*_applied(graveyard.read()), receipt.id]))
    finished = graveyard.finish(receipt.id)
    workspace.catch_up(progress)
    progress("erasing", 1.0)
    return finished


def reapply(workspace: Workspace, *, elsewhere: Sequence[Elsewhere] = (), progress: Progress = silent) -> int:
    """Erase everybody again who was ever erased, as after a backup was restored; return how many records went.

    Args:
        workspace: Open.
        elsewhere: What erases outside the workspace.
        progress: Called with a step's name and how much of it is done.
    """
    erasures = tuple(one for one in workspace.graveyard.read().erasures if one.done)
    before = workspace.journal.counts().erased
    if erasures:
        work = _work(workspace, erasures, elsewhere, progress, "erasures of before, applied again")
        for step in STEPS:
            step(work)
    workspace.warehouse.remember(erased=_name(_applied(workspace.graveyard.read())))
    return workspace.journal.counts().erased - before


def due(workspace: Workspace) -> bool:
    """Tell whether somebody who was erased may be here again: the warehouse does not know of all erasures."""
    applied = _applied(workspace.graveyard.read())
    return (workspace.warehouse.meta("erased") or "") != _name(applied)


def _applied(tombstones: Tombstones) -> list[str]:
    return [one.id for one in tombstones.erasures if one.done]


def _name(erasures: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(set(erasures))).encode()).hexdigest()[:16] if erasures else ""


def _work(
    workspace: Workspace, erasures: tuple[Erasure, ...], elsewhere: Sequence[Elsewhere], progress: Progress, why: str
) -> Work:
    tombstones = Tombstones(workspace.key, erasures)
    return Work(workspace, tombstones, persons.held(workspace.journal, tombstones), elsewhere, why, progress)


def _unnamed(text: str, refs: frozenset[str]) -> str:
    for ref in sorted(refs, key=len, reverse=True):
        text = text.replace(ref, "[erased]")
    return text


# ------------------------------------------------------------------------------------------------------------ steps


def _outside(work: Work) -> dict[str, int]:
    """Erase where the workspace does not reach."""
    counts: dict[str, int] = {}
    for erases in work.elsewhere:
        for name, n in erases(work.held).items():
            counts[name] = counts.get(name, 0) + n
    return counts


def _quarantine(work: Work) -> dict[str, int]:
    """Let go of rejected records that name the person."""
    if not work.held.refs:
        return {}
    return {"quarantine": work.workspace.journal.forget_quarantined(persons.mentions(work.held.refs))}


def _taught(work: Work) -> dict[str, int]:
    """Let go of labels of the person's words."""
    texts = [text for text, _ in work.held.texts]
    return {"labels": work.workspace.teaching.forget_texts(texts).labels} if texts else {}


def _understood(work: Work) -> dict[str, int]:
    """Let go of what a language model answered about the person's words."""
    path = work.workspace.folder.understood
    if not path.exists() or not work.held.texts:
        return {}
    from touchline.privacy import redact_text
    from touchline.understanding.llm.cache import text_key

    rules, secret = work.workspace.settings.privacy, work.workspace.key
    keys = {
        text_key(secret, sent, language)
        for text, language in work.held.texts
        for sent in (text, redact_text(text, rules=rules))
    }
    gone = 0
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as sql:
        sql.execute("PRAGMA secure_delete = ON")
        for table in ("answers", "fallen"):
            for key in keys:
                gone += sql.execute(f"DELETE FROM {table} WHERE key = ?", [key]).rowcount
        sql.execute("VACUUM")
        sql.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return {"answers of the language model": gone}


def _journal(work: Work) -> dict[str, int]:
    """Write every batch anew that holds something of the person."""
    journal, head = work.workspace.journal, -1
    while head != journal.head:  # what came in meanwhile is looked through too
        head = journal.head
        for entry, left, gone in persons.without(journal, work.tombstones):
            if gone or left is not entry.table:
                journal.rewrite(entry.offset, left, work.why)
    journal.scrub()
    return {}


def _warehouse(work: Work) -> dict[str, int]:
    """Take the person out of the warehouse, and leave the file behind that DuckDB keeps deleted bytes in."""
    from touchline.warehouse.duckdb import consent, erasing, writing

    workspace = work.workspace
    warehouse, position = workspace.warehouse, workspace.warehouse.position
    totals: dict[int, int] = {}
    claims: list[tuple[int, int | None]] = []
    said: list[tuple[int, pa.Table]] = []
    for entry in workspace.journal.read():
        if entry.offset > position:
            break
        if entry.kind == "interactions":
            totals[entry.offset] = entry.table.num_rows
        elif entry.kind == "identity":
            claims += claims_of(entry.table, workspace.key)
        elif entry.kind == "consent":
            said.append((entry.offset, agreed(entry.table.cast(CONSENTS), workspace.key)))
    rows = erasing.rows_of(warehouse, work.tombstones.refused)
    with warehouse.transaction():
        gone = erasing.erase(warehouse, rows, totals)
        warehouse.remember(rows=writing.rows(warehouse), published=int(warehouse.meta("published") or 0) + 1)
    writing.identify(warehouse, claims, position=position, afresh=True)
    consent.say_afresh(warehouse, said, position=position)
    workspace.drain(work.progress)
    compact(workspace)
    return {"warehouse": gone}


def compact(workspace: Workspace) -> None:
    """Write the warehouse into a file that holds nothing but what is there, and delete the one before."""
    fresh = workspace.folder.next_warehouse()
    workspace.warehouse.compact(fresh, lambda: workspace.folder.use_warehouse(fresh))
    workspace.forget_index()
    sweep(workspace)


def sweep(workspace: Workspace) -> None:
    """Delete what was left behind: old warehouses, files of questions larger than memory, the index, the search."""
    workspace.words.forget()
    inside, used = workspace.folder.inside, workspace.folder.warehouse.name
    for path in workspace.folder.warehouses.iterdir():
        if path.name not in (used, f"{used}.wal", "current"):
            _delete(path)
    for pattern in (".index-*", ".old-*", "index"):
        for path in inside.glob(pattern):
            _delete(path)


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _copies(work: Work) -> dict[str, int]:
    """Delete the copy for a cluster that lies on this machine; it is made again by `touchline warehouse copy`."""
    place = work.workspace.folder.root / work.workspace.settings.engine.warehouse
    if "://" in work.workspace.settings.engine.warehouse or not place.is_dir():
        return {}
    files = sum(1 for path in place.rglob("*") if path.is_file())
    shutil.rmtree(place)
    return {"files of the copy for a cluster": files}


#: In this order.
STEPS: Final[tuple[Callable[[Work], dict[str, int]], ...]] = (
    _outside, _quarantine, _taught, _understood, _journal, _warehouse, _copies,
)  # fmt: skip


def _journalled(workspace: Workspace, erasure: Erasure) -> None:
    row = {
        "id": erasure.id,
        "at": datetime.fromisoformat(erasure.at),
        "by": erasure.by,
        "why": erasure.why,
        "counts": json.dumps(dict(erasure.counts), sort_keys=True),
    }
    digest = hashlib.sha256(f"erasure {erasure.id}".encode()).digest()
    table = pa.Table.from_pylist([row], ERASURES)
    workspace.journal.append(Batch("erasure", table, digest, False, "erase", datetime.fromisoformat(erasure.at)))


# -------------------------------------------------------------------------------------------------------- the door


def without_erased(chunk: Chunk, tombstones: Tombstones, *, file: str) -> Chunk:
    """Refuse records of people who were erased: they are counted in quarantine, and none of their bytes is kept.

    Args:
        chunk: As a source reads it.
        tombstones: Who was erased.
        file: What quarantine calls the file.
    """
    refused = tombstones.refused(chunk.interactions)
    if not refused.any():
        return chunk
    row = {"file": file, "row": None, "column": "customer_ref", "reason": REFUSED, "raw": b""}
    rows = pa.Table.from_pylist([row] * int(refused.sum()), QUARANTINE)
    return replace(
        chunk,
        interactions=chunk.interactions.filter(pa.array(~refused)),
        quarantine=pa.concat_tables([chunk.quarantine, rows]),
    )
