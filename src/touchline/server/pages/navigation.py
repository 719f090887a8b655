"""The navigation on the left: each app adds its places when it is ready."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext

from touchline.server.workspaces.facade import find

_places: list[Place] = []
#: Gives further entries for the one who sends a request: label, href, and whether it is the page shown.
Entries = Callable[[HttpRequest], list[dict[str, Any]]]
_lists: Final[dict[str, Entries]] = {}


@dataclass(frozen=True, slots=True)
class Place:
    """A page that the navigation leads to.

    Attributes:
        label: What it is called, in English; shown in the reader's language.
        href: Its path; ``{slug}`` stands for the workspace.
        scope: Who sees it: those who may do that in the workspace; empty for everybody who is logged in.
        order: The smaller, the further up. Below 100 are the questions, from 100 on the settings.
    """

    label: str
    href: str
    scope: str = "read"
    order: int = 50


def add(place: Place) -> None:
    """Add a place; one of the same path is replaced."""
    _places[:] = sorted([one for one in _places if one.href != place.href] + [place], key=lambda one: one.order)


def add_list(label: str, entries: Entries) -> None:
    """Add a list of entries that differ from one reader to the next, under a heading; shown where it has any."""
    _lists[label] = entries


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return what the base template shows around a page: a context processor of Django."""
    access = getattr(request, "access", None)
    shown = [place for place in _places if not place.scope or (access is not None and access.may(place.scope))]
    slug = access.workspace if access is not None else ""
    links = [
        {
            "label": gettext(place.label),
            "href": (href := place.href.format(slug=slug)),
            "on": _is_here(request.path, href),
            "settings": place.order >= 100,
        }
        for place in shown
        if slug or "{slug}" not in place.href
    ]
    named = find(slug) if slug else None
    lists = [(gettext(label), found) for label, entries in _lists.items() if (found := entries(request))]
    return {
        "lists": lists,
        "places": links,
        "access": access,
        "workspace": slug,
        "workspace_name": named.name if named else "",
    }


def _is_here(path: str, href: str) -> bool:
    return path == href or (not href.endswith("/") and path.startswith(f"{href}/"))
