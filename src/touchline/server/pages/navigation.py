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


#: The first order of the places where one acts, and of those where one sets up.
_ACT: Final = 40
_SET_UP: Final = 100


@dataclass(frozen=True, slots=True)
class Place:
    """A page that the navigation leads to.

    Attributes:
        label: What it is called, in English; shown in the reader's language.
        href: Its path; ``{slug}`` stands for the workspace.
        scope: Who sees it: those who may do that in the workspace; empty for everybody who is logged in.
        order: The smaller, the further up. Below 40 one looks, from 40 on one acts, from 100 on one sets up.
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
    groups: dict[str, list[dict[str, Any]]] = {"see": [], "act": [], "set up": []}
    for place in shown:
        if slug or "{slug}" not in place.href:
            href = place.href.format(slug=slug)
            link = {"label": gettext(place.label), "href": href, "on": _is_here(request.path, href)}
            groups["see" if place.order < _ACT else "act" if place.order < _SET_UP else "set up"].append(link)
    named = find(slug) if slug else None
    lists = [(gettext(label), found) for label, entries in _lists.items() if (found := entries(request))]
    return {
        "lists": lists,
        "see": groups["see"],
        "act": groups["act"],
        "set_up": groups["set up"],
        "setting_up": any(link["on"] for link in groups["set up"]),
        "access": access,
        "workspace": slug,
        "workspace_name": named.name if named else "",
    }


def _is_here(path: str, href: str) -> bool:
    return path == href or (not href.endswith("/") and path.startswith(f"{href}/"))
