"""How many records are where: DESIGN rule 3, counted on both sides."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from touchline.journal import Journal
    from touchline.warehouse.duckdb import DuckWarehouse


@dataclass(frozen=True, slots=True)
class Status:
    """A workspace's counts.

    ``received = stored + duplicate + revised + quarantined + expired + waiting`` always holds; ``waiting`` is what the
    journal has and the warehouse has not yet. ``read_by`` counts the texts that each method read.
    """

    name: str
    taxonomy: str
    received: int
    stored: int
    duplicate: int
    revised: int
    quarantined: int
    expired: int
    waiting: int
    interactions: int
    customers: int
    anonymous: int
    texts: int
    mentions: int
    touches: int
    first: str | None
    last: str | None
    journal_head: int
    journal_position: int
    segments: tuple[str, ...]
    quarantine_reasons: tuple[tuple[str, int], ...] = field(default=())
    read_by: tuple[tuple[str, int], ...] = field(default=())

    @property
    def balanced(self) -> bool:
        """Does every received record have its place?"""
        placed = self.stored + self.duplicate + self.revised + self.quarantined + self.expired + self.waiting
        return self.received == placed

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        reasons = [{"reason": reason, "records": n} for reason, n in self.quarantine_reasons]
        return asdict(self) | {
            "balanced": self.balanced,
            "segments": list(self.segments),
            "quarantine_reasons": reasons,
            "read_by": dict(self.read_by),
        }


def read_by(warehouse: DuckWarehouse) -> tuple[tuple[str, int], ...]:
    """Return how many texts were read by each method, the most first."""
    counts = warehouse.remembered(
        "SELECT method, count(DISTINCT interaction_id) AS texts FROM evidence GROUP BY method"
        " ORDER BY texts DESC, method"
    )
    return tuple(zip(counts["method"].to_pylist(), counts["texts"].to_pylist(), strict=True))


def status(name: str, taxonomy: str, journal: Journal, warehouse: DuckWarehouse) -> Status:
    """Count both sides."""
    door = journal.counts()
    inside = warehouse.remembered(
        "SELECT coalesce(sum(stored), 0)::BIGINT AS stored, coalesce(sum(duplicate), 0)::BIGINT AS duplicate,"
        " coalesce(sum(revised), 0)::BIGINT AS revised FROM receipts"
    ).to_pylist()[0]
    facts = warehouse.remembered(
        "SELECT count(*) AS interactions,"
        " count(DISTINCT customer_key) FILTER (customer_ref IS NOT NULL) AS customers,"
        " count(DISTINCT customer_key) FILTER (customer_ref IS NULL) AS anonymous,"
        " count(text) AS texts, min(occurred_at) AS first, max(occurred_at) AS last FROM interactions"
    ).to_pylist()[0]
    return Status(
        name=name,
        taxonomy=taxonomy,
        received=door.received,
        stored=inside["stored"],
        duplicate=inside["duplicate"] + door.repeated,
        revised=inside["revised"],
        quarantined=door.quarantined,
        expired=door.expired,
        waiting=journal.rows_after(warehouse.position),
        interactions=facts["interactions"],
        customers=facts["customers"],
        anonymous=facts["anonymous"],
        texts=facts["texts"],
        mentions=warehouse.value("SELECT count(*) FROM mentions"),
        touches=warehouse.value("SELECT count(*) FROM touches"),
        first=facts["first"].isoformat() if facts["first"] else None,
        last=facts["last"].isoformat() if facts["last"] else None,
        journal_head=journal.head,
        journal_position=warehouse.position,
        segments=warehouse.segments(),
        quarantine_reasons=door.reasons,
        read_by=read_by(warehouse),
    )
