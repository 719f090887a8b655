"""`check` and `rebuild`: is everything what the journal says?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from touchline.drain import Progress, Projection, drain
from touchline.errors import JournalDamaged, TouchlineError, WarehouseDamaged, WarehouseLocked
from touchline.journal import Journal
from touchline.warehouse.duckdb import DuckWarehouse, writing
from touchline.warehouse.duckdb.connection import Limits
from touchline.workspace.folder import Folder
from touchline.workspace.status import status


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild found.

    Attributes:
        equal: Whether the old warehouse had the same contents; None when it could not be read.
        differing: The tables that differ, with their counts before and after.
        interactions: How many there are now.
        why: Why the old one could not be compared.
    """

    equal: bool | None
    differing: tuple[str, ...]
    interactions: int
    why: str = ""


def check(journal: Journal, warehouse: DuckWarehouse) -> list[str]:
    """Return what is wrong, a sentence each; an empty list when journal and warehouse agree."""
    problems = journal.verify()
    counts = status("", "", journal, warehouse)
    if not counts.balanced:
        problems.append(
            f"received {counts.received} is not stored {counts.stored} + duplicate {counts.duplicate} + revised "
            f"{counts.revised} + quarantined {counts.quarantined} + expired {counts.expired} + waiting {counts.waiting}"
        )
    if counts.waiting:
        problems.append(f"{counts.waiting} accepted records are not in the warehouse yet; run the import again")
    for sentence, query in _INVARIANTS.items():
        if found := int(warehouse.value(query)):
            problems.append(f"{warehouse.path}: {found} {sentence}; run `touchline rebuild`")
    written, there = warehouse.meta("rows"), writing.rows(warehouse)
    if written not in (None, there):
        problems.append(f"{warehouse.path}: holds {there}; written were {written}; run `touchline rebuild`")
    return problems


_INVARIANTS = {
    "interactions more or fewer than receipts tell": (
        "SELECT abs((SELECT count(*) FROM stored) - (SELECT coalesce(sum(stored), 0) FROM receipts))"
    ),
    "revisions more or fewer than receipts tell": (
        "SELECT abs((SELECT count(*) FROM revisions)"
        " - (SELECT coalesce(sum(revised), 0) + coalesce(sum(corrected), 0) FROM receipts))"
    ),
    "ids are there twice": ("SELECT count(*) - count(DISTINCT interaction_id) FROM stored"),
    "interactions without a place in a journey": (
        "SELECT count(*) FROM interactions ANTI JOIN journey USING (interaction_id)"
        " WHERE customer_key NOT IN (SELECT customer_key FROM dirty)"
    ),
    "touches of one conversation and stage are there twice": (
        "SELECT count(*) FROM"
        " (SELECT 1 FROM touches GROUP BY conversation_key, customer_key, stage HAVING count(*) > 1)"
    ),
    "mentions of interactions that are not there": (
        "SELECT count(*) FROM mentions ANTI JOIN interactions USING (interaction_id)"
    ),
}


def rebuild(folder: Folder, journal: Journal, projection: Projection, limits: Limits, progress: Progress) -> Rebuilt:
    """Build a warehouse from the journal beside the one in use, compare them, and switch.

    The new one is complete before it is shown; killed before that, nothing has changed.

    Raises:
        WarehouseLocked: Another process holds the one in use.
        JournalDamaged: The journal cannot be read, or is older than the warehouse.
    """
    fresh = folder.next_warehouse()
    _remove(fresh)
    with _opened(folder, limits) as (old, unreadable):
        if old:
            refuse_older(journal, old)
        with DuckWarehouse(fresh, limits) as warehouse:
            drain(journal, warehouse, projection, progress)
            if old and (erased := old.meta("erased")):
                warehouse.remember(erased=erased)
            after = writing.fingerprint(warehouse)
        before, why = _fingerprint(old, lambda held: drain(journal, held, projection)) if old else (None, unreadable)
        folder.use_warehouse(fresh)
    for path in folder.warehouses.glob("*.duckdb*"):
        if not path.name.startswith(fresh.name):
            path.unlink()
    differing = tuple(
        f"{name}: {before[name][0]} rows before, {after[name][0]} after"
        for name in after
        if before and before[name] != after[name]
    )
    return Rebuilt(None if before is None else not differing, differing, after["interactions"][0], why)


@contextmanager
def _opened(folder: Folder, limits: Limits) -> Iterator[tuple[DuckWarehouse | None, str]]:
    """Open the warehouse in use, so that nobody else writes to it meanwhile; None and why, if it is unreadable."""
    old, why = None, ""
    if not folder.warehouse.exists():
        why = "there was none"
    else:
        try:
            old = DuckWarehouse(folder.warehouse, limits)
        except WarehouseLocked:
            raise
        except TouchlineError as error:
            why = str(error)
    try:
        yield old, why
    finally:
        if old:
            old.close()


def _fingerprint(
    old: DuckWarehouse, catch_up: Callable[[DuckWarehouse], object]
) -> tuple[dict[str, tuple[int, str]] | None, str]:
    """Return a warehouse's fingerprint, once it is brought up to the journal; None and why, if it is unreadable."""
    try:
        catch_up(old)
        return writing.fingerprint(old), ""
    except TouchlineError as error:
        return None, str(error)


def refuse_older(journal: Journal, warehouse: DuckWarehouse) -> None:
    """Raise if the warehouse knows more than the journal: then it must not be built anew from it.

    Raises:
        JournalDamaged: The journal ends before the warehouse's position.
    """
    if warehouse.position > journal.head:
        raise JournalDamaged(
            f"the warehouse has batches up to {warehouse.position} and the journal ends at {journal.head}",
            where=journal.where,
            todo="restore the journal from its latest backup",
        )


def refuse_short(warehouse: DuckWarehouse) -> None:
    """Raise if tables have other counts of rows than were written with the last change.

    Raises:
        WarehouseDamaged: They have; a file cut off behind DuckDB's back can look whole to it.
    """
    written = warehouse.meta("rows")
    if written is not None and written != (there := writing.rows(warehouse)):
        raise WarehouseDamaged(
            f"the warehouse holds {there}; written were {written}",
            where=str(warehouse.path),
            todo="run `touchline rebuild`: the journal holds everything",
        )


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_suffix(".duckdb.wal").unlink(missing_ok=True)
