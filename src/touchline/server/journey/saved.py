"""Saved views: pages with their filters under a name, of one person or shared with the workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode

from django.db.models import Q
from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from touchline.errors import InputError, NotAllowed
from touchline.server.journey.models import SavedView

if TYPE_CHECKING:
    from touchline.server.people.facade import Access

#: Pages that can be saved, by the name of their route: those that are about figures, not about one person.
SAVED: Final = frozenset(
    ("overview", "heatmap", "stages", "stage", "paths", "issues", "service", "value", "programme", "feedback")
)
_LONGEST: Final = 4_000


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of the navigation."""

    label: str
    href: str
    on: bool


def seen_by(access: Access) -> list[SavedView]:
    """Return the views that somebody may see: their own, and shared ones."""
    own = Q(owner=access.name) | Q(shared=True)
    return list(SavedView.objects.filter(own, workspace=access.workspace or ""))


def links(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the navigation's entries of a request: the views that its sender may see."""
    access = getattr(request, "access", None)
    if access is None or not access.workspace or not access.may("read"):
        return []
    here = request.GET.get("view", "")
    return [{"label": view.name, "href": view.href, "on": view.slug == here} for view in seen_by(access)]


def saving(request: HttpRequest, slug: str) -> dict[str, str] | None:
    """Return what the form that saves a page needs; None where the page cannot be saved."""
    try:
        found = resolve(request.path)
    except Resolver404:
        return None
    if found.url_name not in SAVED:
        return None
    page = request.path.removeprefix(reverse("overview", args=[slug]))
    query = urlencode([pair for pair in parse_qsl(request.META.get("QUERY_STRING", "")) if pair[0] != "view"])
    return {"page": page, "query": query, "action": reverse("saved-views", args=[slug])}


def save(access: Access, *, name: str, page: str, query: str, shared: bool) -> SavedView:
    """Save a page; one of the same owner and name is replaced.

    Raises:
        InputError: The name is empty or too long, or the page is none that can be saved.
    """
    workspace = access.workspace or ""
    name = " ".join(name.split())
    if not 0 < len(name) <= 80:
        raise InputError(_("a view needs a name of at most 80 letters"), where="name", todo=_("give it one"))
    try:
        found = resolve(f"{reverse('overview', args=[workspace])}{page}")
    except Resolver404 as error:
        raise InputError(
            _("there is no such page"), where="page", todo=_("save a page from the page itself")
        ) from error
    if found.url_name not in SAVED or len(query) > _LONGEST or len(page) > 200:
        raise InputError(_("this page cannot be saved"), where="page", todo=_("save a page of figures"))
    query = urlencode([pair for pair in parse_qsl(query) if pair[0] != "view"])
    mine = SavedView.objects.filter(workspace=workspace, owner=access.name, name=name).first()
    slug = mine.slug if mine else _free(workspace, slugify(name) or "view")
    told = {"name": name, "page": page, "query": query, "shared": shared, "owner": access.name}
    made, _new = SavedView.objects.update_or_create(workspace=workspace, slug=slug, defaults=told)
    return made


def _free(workspace: str, wanted: str) -> str:
    taken = set(SavedView.objects.filter(workspace=workspace).values_list("slug", flat=True))
    names = (wanted if not i else f"{wanted}-{i + 1}" for i in range(len(taken) + 1))
    return next(name for name in names if name not in taken)


def forget(access: Access, slug: str) -> SavedView:
    """Throw a view away.

    Raises:
        NotAllowed: It is somebody else's, and the one who asks does not look after the workspace.
    """
    view = SavedView.objects.get(workspace=access.workspace or "", slug=slug)
    if view.owner != access.name and not access.may("admin"):
        raise NotAllowed(_("this view is somebody else's"), where=slug, todo=_("ask its owner, or an admin"))
    view.delete()
    return view
