"""What people decide of issues: their names, what belongs together, and who looks after them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from touchline.errors import InputError, NotAllowed
from touchline.server.api.facade import forget_answers
from touchline.server.journey.models import IssueOwner
from touchline.server.workspaces.facade import held

if TYPE_CHECKING:
    from django.http import QueryDict

    from touchline.server.people.facade import Access
    from touchline.workspace import Workspace

_EDITS: Final = ("rename", "merge", "unmerge", "split", "pin", "unpin", "hide", "unhide")


def state(slug: str) -> object:
    """Name what people say now of a workspace's issues."""
    owners = tuple(IssueOwner.objects.filter(workspace=slug).values_list("theme", "owner"))
    return owners, hash(repr(held(slug).workspace.themes.book))


def owners(slug: str) -> dict[str, str]:
    """Return who looks after which theme."""
    return dict(IssueOwner.objects.filter(workspace=slug).values_list("theme", "owner"))


def may_own(access: Access) -> bool:
    """Return whether somebody may say who looks after an issue."""
    return not access.segments and (access.may("export") or access.may("cases"))


def may_edit(access: Access) -> bool:
    """Return whether somebody may change what a theme is: that is read of all data."""
    return not access.segments and access.may("admin")


def change(access: Access, theme: str, given: QueryDict) -> str:
    """Change an issue as a form says, and return what was done, for the audit log.

    Raises:
        NotAllowed: Not by this one.
        InputError: The form does not say what, or the theme is unknown.
    """
    do = given.get("do", "")
    slug = access.workspace or ""
    if do == "own":
        if not may_own(access):
            raise NotAllowed(_("you may not say who looks after an issue"), where=theme, todo=_("ask an analyst"))
        owner = " ".join(given.get("owner", "").split())[:200]
        if owner:
            told = {"owner": owner, "by": access.name, "at": timezone.now()}
            IssueOwner.objects.update_or_create(workspace=slug, theme=theme[:200], defaults=told)
        else:
            IssueOwner.objects.filter(workspace=slug, theme=theme).delete()
        return f"own {theme}: {owner or 'nobody'}"
    if do not in _EDITS:
        raise InputError(_("that cannot be done with an issue"), where="do", todo=_("use the page's forms"))
    if not may_edit(access):
        raise NotAllowed(_("only an admin may change what a theme is"), where=theme, todo=_("ask one"))
    with held(slug).writing() as opened:
        _edited(opened, theme, do, given)
    forget_answers()
    return f"{do} {theme}"


def _edited(opened: Workspace, theme: str, do: str, given: QueryDict) -> None:
    themes = opened.themes
    if do == "rename":
        themes.rename(theme, _needed(given, "name"))
    elif do == "merge":
        themes.merge(theme, _needed(given, "into"))
    elif do == "unmerge":
        themes.unmerge(theme)
    elif do == "split":
        phrases = [part.strip() for part in _needed(given, "phrases").split(",") if part.strip()]
        themes.split(theme, phrases, name=given.get("name", "").strip())
    elif do in ("pin", "unpin"):
        themes.pin(theme, pinned=do == "pin")
    else:
        themes.hide(theme, hidden=do == "hide")


def _needed(given: QueryDict, name: str) -> str:
    text = given.get(name, "").strip()
    if not text:
        raise InputError(_("something is missing: %(name)s") % {"name": name}, where=name, todo=_("fill it in"))
    return text
