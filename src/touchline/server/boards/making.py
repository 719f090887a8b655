"""A board from an address: what is asked, for whom, and what it becomes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import get_language

from touchline.report.asked import Asked, ask
from touchline.report.chosen import Plan, plan
from touchline.server.journey.facade import Visit, visiting
from touchline.server.workspaces.facade import held

if TYPE_CHECKING:
    from collections.abc import Callable

#: Parameters of a board beside the filters.
OWN: Final = ("section", "paper", "title", "board")
_KEPT: Final = 24 * 3600
_LONGEST: Final = 120


def plan_of(request: HttpRequest, *, words: bool = True) -> Plan:
    """Return what the address says to put on paper.

    Raises:
        QuestionError: There is no such section, or no such paper.
    """
    return plan(tuple(request.GET.getlist("section")), request.GET.get("paper") or "a4", words=words)


def asked_of(visit: Visit) -> Asked:
    """Ask everything that a board shows, as the one who visits may see it."""
    now = visit.chosen
    title = visit.said("title")[:_LONGEST] or visit.workspace.name
    whole = not visit.access.segments and not now.accounts and not now.personas
    return ask(visit.local, title, now.filters, now.previous, _silent, whole=whole)


def made(request: HttpRequest, slug: str, kind: str, make: Callable[[Asked, Visit], bytes]) -> bytes:
    """Return what a function makes of the answers, remembered until they are others.

    Args:
        request: Its address says what is asked.
        slug: The workspace.
        kind: Names what is made.
        make: Makes it.
    """
    hold = held(slug)
    access = request.access  # type: ignore[attr-defined]
    said = (slug, hold.published, hold.workspace.taxonomy.version, kind, sorted(request.GET.lists()), access.segments,
            sorted(access.scopes), get_language())  # fmt: skip
    name = "board:" + hashlib.sha256(repr(said).encode()).hexdigest()
    found: bytes | None = cache.get(name)
    if found is None:
        found = visiting(request, slug, lambda visit: make(asked_of(visit), visit))
        cache.set(name, found, _KEPT)
    return found


def _silent(_step: str, _done: float) -> None:
    """Tell nobody."""
