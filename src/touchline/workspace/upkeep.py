"""`check` and `rebuild`: is everything what the journal says?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from touchline.drain import Progress, Projection, drain
from touchline.errors import TouchlineError
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
    for sentence, query in _INVARIANTS.items():
        if found := int(warehouse.value(query)):
            problems.append(f"{warehouse.path}: {found} {sentence}; run `touchline rebuild`")
    return problems


_INVARIANTS = {
    "interactions more or fewer than receipts tell": (
        "SELECT abs((SELECT count(*) FROM interactions) - (SELECT coalesce(sum(stored), 0) FROM receipts))"
    ),
    "revisions more or fewer than receipts tell": (
        "SELECT abs((SELECT count(*) FROM revisions) - (SELECT coalesce(sum(revised), 0) FROM receipts))"
    ),
    "ids are there twice": ("SELECT count(*) - count(DISTINCT interaction_id) FROM interactions"),
    "interactions without a place in a journey": (
        "SELECT count(*) FROM interactions ANTI JOIN journey USING (interaction_id)"
        " WHERE customer_key NOT IN (SELECT customer_key FROM dirty)"
    ),
    "touches of one conversation and stage are there twice": (
        "SELECT count(*) FROM (SELECT 1 FROM touches GROUP BY conversation_key, customer_key, stage HAVING count(*) > 1)"
    ),
    "mentions of interactions that are not there": (
        "SELECT count(*) FROM mentions ANTI JOIN interactions USING (interaction_id)"
    ),
}


def rebuild(folder: Folder, journal: Journal, projection: Projection, limits: Limits, progress: Progress) -> Rebuilt:
    """Build a warehouse from the journal beside the one in use, compare them, and switch.

    The new one is complete before it is shown; killed before that, nothing has changed.
    """
    fresh = folder.next_warehouse()
    _remove(fresh)
    with DuckWarehouse(fresh, limits) as warehouse:
        drain(journal, warehouse, projection, progress)
        after = writing.fingerprint(warehouse)
    before, why = _fingerprint_before(folder, limits, lambda old: drain(journal, old, projection))
    folder.use_warehouse(fresh)
    for old in folder.warehouses.glob("*.duckdb*"):
        if not old.name.startswith(fresh.name):
            old.unlink()
    differing = tuple(
        f"{name}: {before[name][0]} rows before, {after[name][0]} after"
        for name in after
        if before and before[name] != after[name]
    )
    return Rebuilt(None if before is None else not differing, differing, after["interactions"][0], why)


def _fingerprint_before(
    folder: Folder, limits: Limits, catch_up: Callable[[DuckWarehouse], object]
) -> tuple[dict[str, tuple[int, str]] | None, str]:
    """Return the fingerprint of the warehouse in use, brought up to the journal; None and why, if it is unreadable."""
    if not folder.warehouse.exists():
        return None, "there was none"
    try:
        with DuckWarehouse(folder.warehouse, limits) as old:
            catch_up(old)
            return writing.fingerprint(old), ""
    except TouchlineError as error:
        return None, str(error)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_suffix(".duckdb.wal").unlink(missing_ok=True)
