"""The fishbone of a stage: what people think, probable until somebody confirms it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from touchline.errors import InputError, NotAllowed
from touchline.figures.fishbone import Bone
from touchline.server.journey.models import BRANCHES, Cause

if TYPE_CHECKING:
    from django.http import QueryDict

    from touchline.server.people.facade import Access

_MOST: Final = 60


def state(slug: str) -> object:
    """Name what people say now of the causes of a workspace's stages."""
    return tuple(Cause.objects.filter(workspace=slug).values_list("id", "branch", "confirmed_at"))


def may_edit(access: Access) -> bool:
    """Return whether somebody may say what they think: whoever works on the journey, and sees all of it."""
    return not access.segments and (access.may("export") or access.may("cases"))


def of_stage(slug: str, stage: str) -> list[Cause]:
    """Return a stage's causes, the oldest first."""
    return list(Cause.objects.filter(workspace=slug, stage=stage))


def branches(causes: list[Cause]) -> list[tuple[str, list[Bone]]]:
    """Return the arms of the fishbone with their bones."""
    return [(_(name), [_bone(one) for one in causes if one.branch == key]) for key, name in BRANCHES]


def _bone(cause: Cause) -> Bone:
    said = f"{cause.text} · {cause.by}, {cause.at:%d %b %Y}"
    if not cause.confirmed_at:
        return Bone(cause.text, False, f"{said} · {_('probable')}")
    told = _("confirmed by %(who)s, %(when)s") % {"who": cause.confirmed_by, "when": f"{cause.confirmed_at:%d %b %Y}"}
    return Bone(cause.text, True, " · ".join(part for part in (said, told, cause.evidence) if part))


def change(access: Access, stage: str, given: QueryDict) -> str:
    """Change a stage's fishbone as a form says, and return what was done, for the audit log.

    Raises:
        NotAllowed: Not by this one.
        InputError: The form does not say what, or there is no such cause.
    """
    if not may_edit(access):
        raise NotAllowed(_("you may look at causes, and not change them"), where=stage, todo=_("ask an analyst"))
    workspace, do = access.workspace or "", given.get("do", "")
    if do == "add":
        return _added(access, workspace, stage, given)
    number = given.get("cause", "")
    found = Cause.objects.filter(workspace=workspace, stage=stage, pk=int(number)) if number.isdecimal() else None
    cause = found.first() if found is not None else None
    if cause is None:
        raise InputError(_("there is no such cause"), where="cause", todo=_("load the page again"))
    if do == "confirm":
        cause.confirmed_by, cause.confirmed_at = access.name, timezone.now()
        cause.evidence = " ".join(given.get("evidence", "").split())[:500]
        cause.save()
    elif do == "doubt":
        cause.confirmed_by, cause.confirmed_at, cause.evidence = "", None, ""
        cause.save()
    elif do == "move" and given.get("branch") in dict(BRANCHES):
        cause.branch = given.get("branch", "")
        cause.save()
    elif do == "remove":
        cause.delete()
    else:
        raise InputError(_("that cannot be done with a cause"), where="do", todo=_("use the page's forms"))
    return f"{do} {stage}: {cause.text}"


def _added(access: Access, workspace: str, stage: str, given: QueryDict) -> str:
    text, branch = " ".join(given.get("text", "").split()), given.get("branch", "")
    if not 0 < len(text) <= 200 or branch not in dict(BRANCHES):
        raise InputError(_("a cause needs a few words and a branch"), where="text", todo=_("write at most 200 letters"))
    if Cause.objects.filter(workspace=workspace, stage=stage).count() >= _MOST:
        raise InputError(_("a fishbone has room for 60 causes"), where=stage, todo=_("remove one"))
    Cause.objects.create(
        workspace=workspace, stage=stage, branch=branch, text=text, theme=given.get("theme", "")[:200], by=access.name,
        at=timezone.now(),
    )  # fmt: skip
    return f"add {stage}: {text}"
