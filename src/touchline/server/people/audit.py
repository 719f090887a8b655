"""The audit log: who did and saw what. Lines are added and never changed, and each seals the one before.

A chain belongs to one workspace (or, with the empty name, to the server), so that a tenant's export can be checked by
itself: recompute `sealed` over the lines in order, and compare the last hash with one noted earlier or elsewhere.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from touchline.server.people.models import Entry
from touchline.server.people.roles import Access

#: The columns of an export, in order.
COLUMNS: Final = (
    "workspace", "number", "at", "user_id", "key_id", "name", "action", "what", "ip", "before", "digest",
)  # fmt: skip
_LENGTHS: Final = {"name": 254, "action": 60, "what": 500, "ip": 45}
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_LOCK: Final = 7_204_117  # names our advisory lock on PostgreSQL, beside the workspace


def plain(text: str, longest: int) -> str:
    r"""Return text without control characters (line ends, terminal codes, marks of direction), cut to a length.

    >>> plain("a" + chr(13) + chr(10) + "b", 20)
    'a\\u000d\\u000ab'
    """
    safe = "".join(f"\\u{ord(c):04x}" if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" else c for c in text)
    return safe if len(safe) <= longest else safe[: longest - 1] + "…"


def sealed(line: dict[str, Any]) -> str:
    """Return the hash of a line, from its other columns (`at` as ISO 8601 text)."""
    text = json.dumps([line[name] for name in COLUMNS[:-1]], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def record(access: Access | None, action: str, workspace: str, what: str = "", ip: str = "") -> None:
    """Add a line to the audit log.

    Args:
        access: Who; None for somebody unknown.
        action: What they did, as ``thing.verb``: ``key.created``, ``customer.seen``.
        workspace: The slug of the workspace; empty for what concerns the server.
        what: With what: a reference, never a customer's words.
        ip: From which address.
    """
    fields = {"name": access.name if access else "", "action": action, "what": what, "ip": ip}
    line: dict[str, Any] = {name: plain(text, _LENGTHS[name]) for name, text in fields.items()}
    line |= {
        "workspace": workspace,
        "user_id": access.user_id if access else None,
        "key_id": (access.key_id if access else None) or "",
    }
    with transaction.atomic():
        _alone(workspace)
        last = Entry.objects.filter(workspace=workspace).order_by("-number").first()
        at = timezone.now()
        line |= {
            "number": last.number + 1 if last else 1,
            "before": last.digest if last else "",
            "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        }
        Entry.objects.create(**{**line, "at": at, "digest": sealed(line)})


def _alone(workspace: str) -> None:
    """Let no other writer add to the chain until the transaction ends. SQLite's transactions are alone anyway."""
    if connection.vendor == "postgresql":
        number = int.from_bytes(hashlib.sha256(workspace.encode()).digest()[:4], "big", signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, number])


def lines(workspace: str, *, after: int = 0, since: datetime | None = None) -> Iterator[dict[str, Any]]:
    """Yield the lines of a workspace, the first first, as plain values.

    Args:
        workspace: Its slug.
        after: The number of the line after which to begin.
        since: The time from which to begin.
    """
    found = Entry.objects.filter(workspace=workspace, number__gt=after).order_by("number")
    if since is not None:
        found = found.filter(at__gte=since)
    for entry in found.iterator(chunk_size=1000):
        yield as_line(entry)


def as_line(entry: Entry) -> dict[str, Any]:
    """Return an entry as plain values, as they are exported and sealed."""
    line = {name: getattr(entry, name) for name in COLUMNS}
    line["at"] = entry.at.astimezone(UTC).isoformat(timespec="microseconds")
    return line


def broken(chain: Iterable[dict[str, Any]]) -> int | None:
    """Return the number of the first line that is not as it was written, or is missing; None if all is well.

    Args:
        chain: All lines of one workspace, the first first, as `lines` yields them or an NDJSON export holds them.
    """
    before = ""
    for number, line in enumerate(chain, 1):
        if line["number"] != number or line["before"] != before or sealed(line) != line["digest"]:
            return number
        before = line["digest"]
    return None


def as_ndjson(chain: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield an export, a JSON object a line."""
    for line in chain:
        yield json.dumps(line, ensure_ascii=False) + "\n"


def as_csv(chain: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield an export for spreadsheets; cells that one would run begin with an apostrophe."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for line in chain:
        writer.writerow([defused(line[name]) for name in COLUMNS])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def defused(value: object) -> object:
    """Return a cell that a spreadsheet takes as text; numbers stay as they are.

    >>> defused("=1+1"), defused(-1), defused("a")
    ("'=1+1", -1, 'a')
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(_RISKY) else value
