"""Random service desks: a few customers, channels and agents, coarse times with many ties, and every event there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
from tests.worlds import SEGMENTS

from touchline.warehouse.schema import JOURNEY, MENTIONS, STORED, TOUCHES

START = datetime(2026, 3, 2)  # a Monday; summer time begins within
SEG = [pa.field(f"seg_{name}", pa.string()) for name in SEGMENTS]
EVENTS = (
    "queued", "answered", "ended", "hold", "resumed", "transferred", "escalated", "ticket_solved", "unresolved",
    "Closed", "reopened", "abandoned", "page_viewed",
)  # fmt: skip
Rows = list[dict[str, Any]]
ATTRIBUTES = (
    None,
    '{"wait_minutes":"3"}',
    '{"tier": "x", "queue_seconds": "40", "wait_minutes": "soon"}',
    '{"resolved":"yes"}',
    '{"hold_seconds":"15","handle_minutes":"2.5"}',
)


def desk(seed: int, *, conversations: int = 14, customers: int = 4, quiet: bool = False) -> dict[str, pa.Table]:
    """Return the tables of one desk; equal arguments give equal ones.

    All begin and end at the same moments and tell the same of each source, so that their questions are equal SQL.

    Args:
        seed: Of the chance.
        conversations: How many.
        customers: How many customers; a fifth of conversations is anonymous.
        quiet: Leave out all that the source ``silent`` would tell.
    """
    made = _Desk(np.random.default_rng(seed))
    for number, moment in enumerate((START, START + timedelta(days=80))):
        made.row(moment, f"z{number}", key=999_990 + number, source="edge", kind="survey", known=False)
    for number, source in enumerate(("desk", "line", *(() if quiet else ("silent",)))):
        for turn, event in enumerate((None, *EVENTS)):
            made.row(
                START + timedelta(days=3, minutes=turn), f"y{number}{turn:02d}", key=888_880 + number, source=source,
                kind="event" if event else "ticket", ref="Y", event=event, attributes=ATTRIBUTES[1 + turn % 4],
                author="system" if event else "customer", known=False, conversation=-number,
            )  # fmt: skip
    for conversation in range(conversations):
        made.conversation(conversation, customers, quiet)
    schemas = {
        "interactions": STORED, "journey": JOURNEY,
        "touches": pa.schema([*TOUCHES, *SEG]), "mentions": pa.schema([*MENTIONS, *SEG]),
    }  # fmt: skip
    return {name: pa.Table.from_pylist(rows, schema=schemas[name]) for name, rows in made.tables.items()}


class _Desk:
    """A desk in the making."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.tables: dict[str, Rows] = {"interactions": [], "journey": [], "touches": [], "mentions": []}

    def pick(self, options: Any) -> Any:
        return options[int(self.rng.integers(len(options)))]

    def conversation(self, number: int, customers: int, quiet: bool) -> None:
        rng, pick = self.rng, self.pick
        known = bool(rng.random() < 0.8)
        key = int(rng.integers(1, customers + 1)) if known else 500_000 + number
        source = pick(["desk", "line", "silent"])
        ref = f"T{number}" if rng.random() < 0.9 else None
        at = START + timedelta(hours=int(rng.integers(0, 24 * 40)))
        for turn in range(int(rng.integers(1, 9)) if ref else 1):
            author = pick(["customer", "customer", "employee", "system", "system"])
            if quiet and source == "silent":
                author = "customer"
            kinds = "event" if quiet else "call"
            row = self.row(
                at, f"i{rng.permutation(1000)[0]:03d}_{number}_{turn}", key=key, source=source, known=known, ref=ref,
                kind=pick(["ticket", "chat", "survey", kinds]) if author == "customer" else "event",
                channel=pick(["email", "chat", "phone", None]), author=author,
                date_only=bool(rng.random() < 0.02), sequence=turn if rng.random() < 0.5 else None,
                event=pick(EVENTS) if author == "system" else None,
                agent=pick(["ann", "bob", None]) if author != "customer" or rng.random() < 0.1 else None,
                team=pick(["one", "two", None]) if author == "employee" else None,
                attributes=None if quiet and source == "silent" else pick(ATTRIBUTES), conversation=number,
            )  # fmt: skip
            if author == "customer" and rng.random() < 0.7:
                self.speak(row, 90_000 + key % 2 if known and key % 3 else None)
            # Ties are frequent, silences of days are too.
            at += timedelta(minutes=int(pick([0, 0, 1, 5, 60, 60 * 26, 60 * 24 * 5])))

    def row(
        self, at: datetime, name: str, *, key: int, source: str, known: bool, kind: str, ref: str | None = None,
        author: str = "customer", conversation: int = 0, **more: Any,
    ) -> dict[str, Any]:  # fmt: skip
        row = {
            "interaction_id": name, "source": source, "kind": kind, "author": author, "occurred_at": at,
            "customer_ref": f"c{key}" if known else None, "conversation_ref": ref, "date_only": False,
            "received_at": at, "customer_key": key, "content_hash": b"0" * 16, "offset": 0, "live": False, **more,
        }  # fmt: skip
        self.tables["interactions"].append(row)
        self.tables["journey"].append(
            {
                "interaction_id": name, "customer_key": key, "identified": known, "occurred_at": at, "day": day_of(at),
                "conversation_key": 7_000 + conversation, "position": None,
            }
        )  # fmt: skip
        return row

    def speak(self, row: dict[str, Any], account: int | None) -> None:
        day = day_of(row["occurred_at"])
        spoken = {
            **{name: row.get(name) for name in ("interaction_id", "customer_key", "source", "channel", "occurred_at")},
            "identified": row["customer_ref"] is not None, "conversation_key": 0, "account_key": account,
            "stage": self.pick(["support", "delivery"]), "family": "survey" if row["kind"] == "survey" else "ticket",
            "day": day, "week": day - timedelta(days=day.weekday()),
            "theme": self.pick(["late_delivery", "price", None]),
            "resolution": self.pick(["resolved", "unresolved", "na"]),
            "seg_tier": self.pick([*SEGMENTS["tier"], None]), "seg_region": None,
        }  # fmt: skip
        self.tables["touches"].append({**spoken, "s": 0, "severity": 1.0, "weight": 1.0, "mentions": 1})
        self.tables["mentions"].append({**spoken, "mention": 0, "sentiment": 0})


def day_of(at: datetime) -> Any:
    """Return the day in Berlin."""
    return at.replace(tzinfo=UTC).astimezone(ZoneInfo("Europe/Berlin")).date()
