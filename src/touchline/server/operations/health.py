"""Is the server ready to take records in and to answer?"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.db import DatabaseError

from touchline.errors import TouchlineError, WorkspaceMissing
from touchline.server.operations.disk import disk
from touchline.server.workspaces import facade as workspaces

if TYPE_CHECKING:
    from touchline.server.workspaces.facade import Held

LAG: Final = "TOUCHLINE_READY_LAG"
_log = logging.getLogger("touchline.health")
_LAG: Final = 300.0  # seconds
_ASK: Final = 2.0  # seconds that the smallest question may take


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the server is not ready.

    Attributes:
        kind: ``state``, ``workspace``, ``journal``, ``warehouse``, ``lag`` or ``disk``.
        workspace: Which one, by its slug; empty for the server's own database.
        what: What is the matter.
    """

    kind: str
    workspace: str
    what: str


def reasons() -> list[Reason]:
    """Return why the server is not ready; an empty list when it is."""
    try:
        known = workspaces.everyone()
    except DatabaseError as error:
        _log.error("the server's database does not answer: %s", error)
        return [Reason("state", "", "the server's database does not answer")]
    return [reason for one in known for reason in _of(one.slug, one.root)]


def as_json(found: list[Reason], *, details: bool) -> dict[str, Any]:
    """Return what a probe is told.

    Args:
        found: From `reasons`.
        details: Whether workspaces may be named; else there are kinds only.
    """
    if details:
        told = [{"kind": r.kind, "workspace": r.workspace, "what": r.what} for r in found]
        return {"ready": not found, "reasons": told}
    return {"ready": not found, "reasons": [{"kind": kind} for kind in sorted({r.kind for r in found})]}


def _of(slug: str, root: Path) -> Iterator[Reason]:
    try:
        one = workspaces.held(slug)
    except WorkspaceMissing as error:
        yield Reason("workspace", slug, str(error))
        return
    room = disk(root)
    if room.low:
        yield Reason("disk", slug, f"{room.free:,} bytes are free, and {room.floor:,} have to be")
    yield from _journal(one)
    yield from _warehouse(one)


def _journal(one: Held) -> Iterator[Reason]:
    folder = one.workspace.folder.inside
    try:
        head = one.workspace.journal.head
    except TouchlineError as error:
        yield Reason("journal", one.slug, str(error))
        return
    if not os.access(folder, os.W_OK) or os.statvfs(folder).f_flag & os.ST_RDONLY:
        yield Reason("journal", one.slug, f"{folder} cannot be written; batch {head} is the last")


def _warehouse(one: Held) -> Iterator[Reason]:
    if one.trouble:
        yield Reason("warehouse", one.slug, one.trouble)
    try:
        one.ask(lambda local: local.workspace.warehouse.value("SELECT 1"), seconds=_ASK)
    except TouchlineError as error:
        yield Reason("warehouse", one.slug, str(error))
        return
    behind = lag(one)
    most = float(os.environ.get(LAG, _LAG))
    if behind > most:
        yield Reason("lag", one.slug, f"what was accepted {behind:.0f} s ago is not shown yet (allowed: {most:.0f} s)")


#: When each journal offset that is not shown yet was first seen here, by workspace.
_behind: dict[str, list[tuple[int, float]]] = {}


def lag(one: Held, now: float | None = None) -> float:
    """Return for how many seconds, at least, the oldest batch that is not shown has waited."""
    moment = time.monotonic() if now is None else now
    head, shown = one.workspace.journal.head, one.workspace.warehouse.shown
    seen = [pair for pair in _behind.get(one.slug, []) if pair[0] > shown]
    if head > shown and (not seen or seen[-1][0] < head):
        seen.append((head, moment))
    _behind[one.slug] = seen
    return moment - seen[0][1] if seen else 0.0
