"""The audit log: who did and saw what. Lines are added and never changed, and each seals the one before.

A chain belongs to one workspace (or, with the empty name, to the server), so that a tenant's export can be checked by
itself: recompute `sealed` over the lines in order, and compare the last hash with one noted earlier or elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from touchline.server.people.models import Entry
from touchline.server.people.roles import Access
from touchline.vocabulary.spreadsheets import csv_row

#: The columns of an export, in order.
COLUMNS: Final = (
    "workspace", "number", "at", "user_id", "key_id", "name", "action", "what", "ip", "before", "digest",
)  # fmt: skip
_LENGTHS: Final = {"name": 254, "action": 60, "what": 500, "ip": 45}
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


def address_of(request: HttpRequest | None) -> str:
    """Return the address that a request comes from, as `middleware.Client` found it."""
    return str(request.META.get("REMOTE_ADDR") or "") if request is not None else ""


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
    """Yield an export for spreadsheets, a line each; a cell that one would run begins with an apostrophe."""
    yield csv_row(COLUMNS)
    for line in chain:
        yield csv_row([line[name] for name in COLUMNS])


#: What keeps lines as they are, and is taken away while a person is erased from them, per database.
_GUARDS: Final = ("people_entry_no_update", "people_entry_no_delete", "people_entry_no_replace")


def erase_from(workspace: str, change: Callable[[str], str]) -> int:
    """Take names out of what the log of a workspace says; return how many lines have changed.

    The law lets nobody keep a person's reference in a log for ever. Lines stay, with their time and who did what; the
    chain of hashes is written anew from the first that changes, and a new line tells the last hash before and after.

    Args:
        workspace: Its slug.
        change: Gives what stands in a line's text without the names.
    """
    with transaction.atomic():
        _alone(workspace)
        chain = list(Entry.objects.filter(workspace=workspace).order_by("number"))
        last, before = (chain[-1].digest if chain else ""), ""
        fresh: list[tuple[Entry, bool]] = []
        for entry in chain:
            what, name = change(entry.what), change(entry.name)
            if fresh or (what, name) != (entry.what, entry.name):
                changed = (what, name) != (entry.what, entry.name)
                entry.what, entry.name, entry.before = what, name, before
                entry.digest = sealed(as_line(entry))
                fresh.append((entry, changed))
            before = entry.digest
        many = sum(changed for _, changed in fresh)
        if not many:
            return 0
        with connection.cursor() as cursor:
            guards = _unguarded(cursor)
            for entry, _ in fresh:
                cursor.execute(
                    "UPDATE people_entry SET what = %s, name = %s, before = %s, digest = %s WHERE id = %s",
                    [entry.what, entry.name, entry.before, entry.digest, entry.pk],
                )
            for guard in guards:
                cursor.execute(guard)
    record(None, "log.erased", workspace, f"{many} lines; the last hash was {last} and is {before}")
    return many


def _unguarded(cursor: Any) -> list[str]:
    """Let lines be changed; return the statements that end that. All of it is within the transaction."""
    if connection.vendor == "postgresql":
        cursor.execute("ALTER TABLE people_entry DISABLE TRIGGER USER")
        return ["ALTER TABLE people_entry ENABLE TRIGGER USER"]
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'people_entry'")
    found = [(name, sql) for name, sql in cursor.fetchall() if name in _GUARDS]
    for name, _ in found:
        cursor.execute(f"DROP TRIGGER {name}")
    return [sql for _, sql in found]
