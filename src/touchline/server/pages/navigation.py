"""The navigation on the left: each app adds its places when it is ready."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from touchline.server.workspaces.facade import find

_places: list[Place] = []


@dataclass(frozen=True, slots=True)
class Place:
    """A page that the navigation leads to.

    Attributes:
        label: What it is called.
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


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return what the base template shows around a page: a context processor of Django."""
    access = getattr(request, "access", None)
    shown = [place for place in _places if not place.scope or (access is not None and access.may(place.scope))]
    slug = access.workspace if access is not None else ""
    links = [
        {
            "label": place.label,
            "href": (href := place.href.format(slug=slug)),
            "on": _is_here(request.path, href),
            "settings": place.order >= 100,
        }
        for place in shown
        if slug or "{slug}" not in place.href
    ]
    found = find(slug) if slug else None
    return {"places": links, "access": access, "workspace": slug, "workspace_name": found.name if found else ""}


def _is_here(path: str, href: str) -> bool:
    return path == href or (not href.endswith("/") and path.startswith(f"{href}/"))
