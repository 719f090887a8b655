"""What is done on the console: forms that change cases, and lead back to the list that they came from."""

from __future__ import annotations

import uuid
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from touchline.errors import InputError, TouchlineError
from touchline.server.care import changing, files, hints, opening, story, talking
from touchline.server.care.errors import Conflict
from touchline.server.care.framing import action, back, shown
from touchline.server.care.models import View
from touchline.server.care.views.console import wanted_of, worded
from touchline.server.care.words import FIELDS
from touchline.server.people.facade import access_of, noted
from touchline.words import phrase

_MOST: Final = 500
#: What can be done to several cases at once, by the form's name of it.
_BULK: Final = frozenset({"status", "owner", "team", "priority", "outcome", "root_cause"})


@action()
def change(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Change a case as the form says. What somebody else did meanwhile is shown beside it, and nothing is lost."""
    access = access_of(request)
    said = {name: request.POST[name] for name in FIELDS if name in request.POST}
    if "resurvey" in said or "resurvey_asked" in request.POST:
        said["resurvey"] = said.get("resurvey") == "on"  # type: ignore[assignment]
    text = request.POST.get("text", "")
    version = request.POST.get("version", "")
    if not version.isdecimal():
        raise InputError(
            phrase("the form does not say which version it was made of"), todo=phrase("load the page again")
        )
    try:
        case = changing.change(slug, number, said, by=access, version=int(version))
    except Conflict as error:
        return _both(request, slug, error, text)
    except TouchlineError as error:
        return back(request, slug, _told(error), bad=True, case=str(number))
    if text.strip():
        talking.comment(slug, number, text, by=access, internal=True)
    noted(request, "case.changed", f"{number}: {', '.join(sorted(said))}")
    return back(request, slug, _("Case %(number)d is kept.") % {"number": case.number}, case=str(number))


@action()
def take_hint(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Take a hint on, and go to its customer."""
    hint = hints.take(slug, number, access_of(request))
    noted(request, "hint.taken", str(number))
    return HttpResponseRedirect(reverse("customer", args=[slug, hint.customer]))


def _both(request: HttpRequest, slug: str, error: Conflict, text: str) -> HttpResponse:
    """Show what somebody else made of a case beside what this change would: the one who asks decides."""
    case = error.case
    now = {name: getattr(case, "allowed" if name == "due" else name) for name in FIELDS}
    now["owner"] = case.owner.email if case.owner else ""
    rows = [
        {"name": name, "label": FIELDS[name], "theirs": worded(name, now[name]), "mine": worded(name, value),
         "value": value, "flag": isinstance(value, bool)}
        for name, value in error.wanted.items()
        if value != now[name]
    ]  # fmt: skip
    version = int(request.POST["version"])
    changed = [event for event in story.history(case) if event.kind != "opened"]
    since = changed[-(case.version - version) :] if case.version > version else []
    context = {"case": case, "rows": rows, "text": text, "since": since, "back": request.POST.get("back", "")}
    return shown(request, slug, "care/conflict.html", context, 409)


@action()
def comment(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Write on a case."""
    internal = request.POST.get("to") != "customer"
    try:
        talking.comment(slug, number, request.POST.get("text", ""), by=access_of(request), internal=internal)
    except InputError as error:
        return back(request, slug, _told(error), bad=True, case=str(number))
    noted(request, "case.commented", str(number))
    return back(request, slug, case=str(number))


@action()
def attach(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Attach files to a case; those that cannot be taken are named, the others stay."""
    wrong = []
    for file in request.FILES.getlist("file"):
        try:
            made = files.attach(slug, number, file.name or "file", file.chunks(), by=access_of(request))
            noted(request, "case.attached", f"{number}: {made.sha256}")
        except InputError as error:
            wrong.append(_told(error))
    return back(request, slug, " ".join(wrong), bad=True, case=str(number))


@action()
def detach(request: HttpRequest, slug: str, number: int, file: int) -> HttpResponse:
    """Remove a file from a case."""
    files.detach(slug, number, file, by=access_of(request))
    noted(request, "case.detached", str(number))
    return back(request, slug, _("The file is gone."), case=str(number))


@action()
def merge(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Make other cases of the customer part of this one."""
    numbers = [int(one) for one in request.POST.getlist("number") if one.isdecimal()][:_MOST]
    try:
        changing.merge(slug, number, numbers, by=access_of(request))
    except InputError as error:
        return back(request, slug, _told(error), bad=True, case=str(number))
    noted(request, "case.merged", f"{number}: {numbers}")
    return back(request, slug, _("The cases are one."), case=str(number))


@action()
def opened(request: HttpRequest, slug: str) -> HttpResponse:
    """Open a case by hand."""
    access, given = access_of(request), request.POST
    try:
        case = opening.open_case(
            slug, customer=given.get("customer", "").strip(), reason=given.get("reason", "").strip(), source="person",
            key=f"person/{given.get('key') or uuid.uuid4()}", stage=given.get("stage") or None,
            priority=given.get("priority") or "normal", due=given.get("due") or None, owner=given.get("owner") or None,
            by=access,
        )  # fmt: skip
    except TouchlineError as error:
        return back(request, slug, _told(error), bad=True)
    noted(request, "case.opened", str(case.number))
    return back(request, slug, _("Case %(number)d is open.") % {"number": case.number}, view="all",
                case=str(case.number))  # fmt: skip


@action()
def bulk(request: HttpRequest, slug: str) -> HttpResponse:
    """Change several cases at once; those that cannot be are named, the others are changed."""
    access = access_of(request)
    numbers = [int(one) for one in request.POST.getlist("number") if one.isdecimal()][:_MOST]
    said: dict[str, Any] = {name: value for name in _BULK if (value := request.POST.get(name, "").strip())}
    if said.get("owner") == "nobody":
        said["owner"] = ""
    if not numbers or not said:
        return back(request, slug, _("Choose cases, and what is to become of them."), bad=True)
    done, wrong = 0, []
    for number in numbers:
        try:
            changing.change(slug, number, said, by=access, version=None, note=_("several at once"))
            done += 1
        except TouchlineError as error:
            wrong.append(f"#{number}: {_told(error)}")
    noted(request, "cases.changed", f"{done} cases: {', '.join(sorted(said))}")
    told = ngettext("%(n)d case is changed.", "%(n)d cases are changed.", done) % {"n": done}
    return back(request, slug, " ".join([told, *wrong[:5]]), bad=bool(wrong))


@action()
def save_view(request: HttpRequest, slug: str) -> HttpResponse:
    """Save the list that is shown under a name of one's own."""
    access, name = access_of(request), request.POST.get("name", "").strip()[:80]
    if access.user_id is None or not name:
        return back(request, slug, _("A saved list needs a name, and somebody who is logged in."), bad=True)
    query = urlencode(wanted_of(QueryDict(request.POST.get("back", "")), access).pairs)[:1000]
    View.objects.update_or_create(workspace=slug, user_id=access.user_id, name=name, defaults={"query": query})
    return back(request, slug)


@action()
def remove_view(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Take a saved list away."""
    View.objects.filter(workspace=slug, user_id=access_of(request).user_id or 0, pk=number).delete()
    return back(request, slug)


def _told(error: TouchlineError) -> str:
    text = f"{error.what}; {error.todo}" if error.todo else error.what
    return f"{text[:1].upper()}{text[1:]}."
