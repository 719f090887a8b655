"""What could not be taken in: why, as it was, and how it is mended, tried again or let go of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from touchline.cli.quarantine import escaped
from touchline.errors import InputError, TouchlineError
from touchline.server.api.facade import unrestricted
from touchline.server.people.facade import needs, noted
from touchline.server.workspaces.facade import held
from touchline.workspace.mends import Mends

if TYPE_CHECKING:
    from touchline.workspace import Workspace
    from touchline.workspace.quarantine import Mended

_PAGE: Final = 50
_RAW: Final = 400  # characters of a record in the list
_WHOLE: Final = 20_000  # characters of a record on its own page
_MOST: Final = 5_000
_FILTERS: Final = ("reason", "file", "column")


@needs("admin")
@require_safe
@never_cache
def listed(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the records, newest first."""
    said = {name: request.GET.get(name, "")[:500] for name in _FILTERS}
    after = request.GET.get("after", "")
    opened = held(slug).workspace
    try:
        unrestricted(request.access, "quarantine")  # type: ignore[attr-defined]
        rows = opened.quarantine.rows(_PAGE, int(after) if after.isdecimal() else None, **said)
    except TouchlineError as error:
        return _refused(request, error)
    asked = {name: value for name, value in said.items() if value}
    noted(request, "quarantine.seen", urlencode(asked))
    counted = opened.status()
    context = {
        "slug": slug, "said": said, "n": counted.quarantined,
        "rows": [
            {**row, "raw": _short(escaped(row["raw"]), _RAW), "day": row["first_seen"][:10]}
            for row in rows
        ],
        "reasons": counted.quarantine_reasons,
        "following": urlencode({**asked, "after": rows[-1]["id"]}) if len(rows) == _PAGE else "",
        "back": request.get_full_path(),
    }  # fmt: skip
    return render(request, "feedback/quarantine.html", context)


@needs("admin")
@never_cache
def record(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Show one record with its values in a form; sent, it is changed and tried again."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponse(status=405)
    opened = held(slug).workspace
    try:
        unrestricted(request.access, "quarantine")  # type: ignore[attr-defined]
        row = opened.quarantine.row(number)
        if request.method == "POST":
            done = _mended(request, slug, number)
            if done.quarantined:
                messages.error(
                    request, _("Still not fit: %(why)s") % {"why": "; ".join(why for why, _n in done.reasons)}
                )
            else:
                messages.success(request, _("It is taken in."))
                return HttpResponseRedirect(reverse("quarantine", args=[slug]))
    except TouchlineError as error:
        return _refused(request, error, 404)
    values, trouble = _values(opened, number)
    if request.method == "POST":
        values = [{**one, "value": request.POST.get(f"v:{one['name']}", one["value"])} for one in values]
    raw = escaped(row["raw"])
    noted(request, "quarantine.seen", str(number))
    context = {"slug": slug, "row": row, "raw": _short(raw, _WHOLE), "values": values, "trouble": trouble,
               "day": row["first_seen"][:10], "until": row["expires_at"][:10]}  # fmt: skip
    return render(request, "feedback/quarantined.html", context)


def _values(opened: Workspace, number: int) -> tuple[list[dict[str, Any]], str]:
    try:
        found = opened.quarantine.values(number)
    except InputError as error:
        return [], f"{error.what}{'; ' + error.todo if error.todo else ''}"
    return [{"name": name, "value": _said(value)} for name, value in found.items()], ""


def _said(value: Any) -> str:
    import json

    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _mended(request: HttpRequest, slug: str, number: int) -> Mended:
    """Change the values that a person changed, and try the record again; as it is where nothing was changed."""
    with held(slug).writing() as opened:
        before = opened.quarantine.values(number)
        fresh: dict[str, Any] = {}
        for name, value in before.items():
            given = request.POST.get(f"v:{name}")
            if given is not None and given.replace("\r\n", "\n") != _said(value).replace("\r\n", "\n"):
                fresh[name] = _as(value, given)
        name, value = request.POST.get("name", "").strip(), request.POST.get("value", "")
        if name:
            fresh[name] = value
        noted(request, "quarantine.fixed", f"{number}: {', '.join(fresh) or 'as it is'}")
        return opened.quarantine.fix(Mends(set=fresh), [number]) if fresh else opened.quarantine.retry([number])


def _as(before: Any, given: str) -> Any:
    """Return what was written in the place of a value, of its kind."""
    import json

    if isinstance(before, str) or before is None:
        return given
    try:
        return json.loads(given)
    except ValueError:
        return given


@needs("admin")
@require_POST
def again(request: HttpRequest, slug: str) -> HttpResponse:
    """Try records again, changed or as they are, or let go of them."""
    do = request.POST.get("do", "retry")

    def change() -> str:
        unrestricted(request.access, "quarantine")  # type: ignore[attr-defined]
        ids = _ids(request, slug)
        if do == "discard":
            return _discarded(request, slug, ids)
        with held(slug).writing() as opened:
            done = opened.quarantine.fix(_mends(request), ids) if do == "fix" else opened.quarantine.retry(ids)
        noted(request, f"quarantine.{'fixed' if do == 'fix' else 'retried'}", f"{done.tried} records")
        told = _("%(tried)d tried: %(good)d taken in, %(there)d were there already, %(bad)d still not fit.") % {
            "tried": done.tried, "good": done.accepted, "there": done.repeated, "bad": done.quarantined,
        }  # fmt: skip
        return f"{told} {'; '.join(why for why, _n in done.reasons[:3])}".strip()

    return _told(request, slug, change)


def _ids(request: HttpRequest, slug: str) -> list[int]:
    """Return the records that a form names: those chosen, or all that its filters leave."""
    if request.POST.get("all"):
        said = {name: request.POST.get(name, "")[:500] for name in _FILTERS}
        return [row["id"] for row in held(slug).workspace.quarantine.rows(_MOST, None, **said)]
    found = [int(one) for one in request.POST.getlist("id") if one.isdecimal()]
    if not found:
        raise InputError(_("no record was chosen"), todo=_("choose some, or all that the filters leave"))
    return found[:_MOST]


def _discarded(request: HttpRequest, slug: str, ids: list[int]) -> str:
    why = " ".join(request.POST.get("why", "").split())[:300]
    if not why:
        raise InputError(_("nothing was let go of"), todo=_("say why: it is written into the audit log"))
    with held(slug).writing() as opened:
        n = opened.quarantine.discard(ids)
    noted(request, "quarantine.discarded", f"{n} records: {why}")
    return ngettext("%(n)d record was let go of.", "%(n)d records were let go of.", n) % {"n": n}


def _mends(request: HttpRequest) -> Mends:
    """Return the change that a form describes."""
    how, column = request.POST.get("how", ""), request.POST.get("of", "").strip()
    was, value = request.POST.get("was", ""), request.POST.get("value", "")
    if not column:
        raise InputError(_("no column is named"), todo=_("name the one to change"))
    if how == "rename" and value.strip():
        return Mends(rename={column: value.strip()})
    if how == "replace":
        return Mends(replace={(column, was): value})
    if how == "set":
        return Mends(set={column: value})
    if how == "drop":
        return Mends(drop=(column,))
    raise InputError(_("it is not said what to change"), todo=_("choose what, and fill the fields"))


def _told(request: HttpRequest, slug: str, change: Callable[[], str]) -> HttpResponse:
    try:
        messages.success(request, change())
    except TouchlineError as error:
        messages.error(request, f"{error.what}{'; ' + error.todo if error.todo else ''}")
    to = request.POST.get("back", "")
    fits = to.startswith(f"{reverse('quarantine', args=[slug])}?")
    return HttpResponseRedirect(to if fits else reverse("quarantine", args=[slug]))


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _refused(request: HttpRequest, error: TouchlineError, status: int = 403) -> HttpResponse:
    return render(request, "feedback/refused.html", {"error": error}, status=status)
