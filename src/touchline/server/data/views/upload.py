"""A file, from being chosen to its receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.utils.translation import gettext as _

from touchline.errors import InputError, TouchlineError
from touchline.maps import library
from touchline.server.data import mapping, uploads
from touchline.server.data.page import address, asking, changing, reading, said, shown
from touchline.server.data.uploads import Upload
from touchline.server.people.facade import access_of, noted
from touchline.settings.editing import with_table
from touchline.sources import ColumnMapping
from touchline.vocabulary.schemas import KINDS, SCORE_KINDS
from touchline.words import phrase
from touchline.workspace.mappings import Mappings

if TYPE_CHECKING:
    from touchline.server.workspaces.facade import Held

_COLUMNS = ("row", "occurred_at", "customer_ref", "account_ref", "channel", "stage", "touchpoint", "event", "answers",
            "text", "attributes")  # fmt: skip
_SAMPLE = 2_000


@changing("ingest", "data")
def choose(request: HttpRequest, hold: Held) -> HttpResponseBase:
    """Keep a file and lead to how it would be read."""
    sent = request.FILES.get("file")
    if sent is None:
        raise InputError(phrase("no file was chosen"), todo=phrase("choose one, or drop it on the page"))
    made = uploads.keep(hold, sent, access_of(request).name)
    return HttpResponseRedirect(address(hold.slug, f"data/upload/{made.id}"))


@changing("admin", "data")
def sample(request: HttpRequest, hold: Held) -> HttpResponseBase:
    """Simulate the demo's world into this empty workspace, with its company's journey maps."""
    from touchline.cli.demo import DECLARED
    from touchline.server.maps.facade import bring, everyone

    made = uploads.load_sample(hold, access_of(request).name, _SAMPLE)
    own = hold.workspace.settings
    if not (own.scales or own.programmes or own.proxies):
        with hold.writing() as opened:
            text = opened.folder.settings.read_text("utf-8")
            opened.change_settings(text.rstrip() + "\n" + DECLARED)
    there = {kept.map.id for put_away in (False, True) for kept in everyone(hold.slug, archived=put_away)}
    for one in library.demo():
        if one.id not in there:
            bring(hold.slug, library.fitted(one, hold.workspace.taxonomy), access_of(request).name, "the sample's")
    noted(request, "sample.loaded", hold.slug)
    return HttpResponseRedirect(address(hold.slug, f"data/upload/{made.id}"))


@reading
def upload(request: HttpRequest, hold: Held, id: str) -> HttpResponse:  # noqa: A002 - the word of the address
    """Show how a file would be read; while it is imported, how far that is; then what became of it."""
    return _page(request, hold, uploads.find(hold.slug, id))


def _page(request: HttpRequest, hold: Held, found: Upload, error: str = "", status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {"title": _("Import %(name)s") % {"name": found.name}, "upload": found, "problem": error}
    if found.phase == "chosen":
        context |= _editor(hold, found)
    elif found.phase == "done":
        context |= _receipt(hold, found)
    return shown(request, hold, "data/upload.html", context, status)


def _editor(hold: Held, found: Upload) -> dict[str, Any]:
    look = found.look
    columns = [name for name in _COLUMNS if any(name in row for row in look["rows"])]
    declared = {
        scale.question: "easy" if scale.direction == 1 else "hard"
        for scale in hold.workspace.settings.scales
        if scale.question and scale.direction is not None
    }
    every = next(("easy" if s.direction == 1 else "hard" for s in hold.workspace.settings.scales
                  if s.kind == "ces" and not s.question and s.direction is not None), "")  # fmt: skip
    return {
        "look": look, "columns": mapping.rows(look["columns"], declared), "every": every,
        "heads": [name.replace("_", " ") for name in columns],
        "preview": [[row.get(name, "") for name in columns] for row in look["rows"]],
        "groups": mapping.GROUPS, "kinds": KINDS, "scores": SCORE_KINDS,
        "zone": found.said.get("zone") or hold.workspace.settings.workspace.timezone,
        "day": found.said.get("day", ""), "timeless": not any(one["role"] == "time" for one in look["columns"]),
        "mappings": Mappings(hold.workspace.folder.mappings).names(),
    }  # fmt: skip


def _receipt(hold: Held, found: Upload) -> dict[str, Any]:
    became = uploads.became(hold, found)
    names = ("stored", "duplicate", "revised", "quarantined", "waiting")
    rows = hold.workspace.quarantine.rows(50, file=found.receipt["file"]) if became["quarantined"] else []
    return {
        "became": [(name, became[name]) for name in names if became[name] or name in ("stored", "quarantined")],
        "received": became["received"], "balanced": became["balanced"], "waiting": became["waiting"],
        "faults": [{"row": one["row"], "column": one["column"], "reason": one["reason"]} for one in rows],
    }  # fmt: skip


@asking
def look(request: HttpRequest, hold: Held, id: str) -> HttpResponse:  # noqa: A002 - the word of the address
    """Show how a file would be read with another mapping; nothing is stored of it but the mapping."""
    found = uploads.find(hold.slug, id)
    try:
        if found.phase != "chosen":
            raise InputError(phrase("the file was imported already"), todo=phrase("choose it again"))
        if chosen := request.POST.get("saved", "").strip():
            given = {**found.said, "mapping": Mappings(hold.workspace.folder.mappings).get(chosen).to_toml()}
            found = uploads.looked(hold, found, given).but(saved=chosen)
        else:
            before = ColumnMapping.from_toml(found.look["mapping"])
            found = uploads.looked(hold, found, mapping.said(request.POST, before))
    except InputError as error:
        return _page(request, hold, found, said(_named(error, found)), 400)
    return _page(request, hold, found)


def _named(error: TouchlineError, found: Upload) -> TouchlineError:
    where = (error.where or "").replace(str(found.file), found.name)
    return type(error)(error.what, where=where, todo=error.todo)


def _with_form(request: HttpRequest, hold: Held, found: Upload) -> tuple[Upload, ColumnMapping]:
    """Return an upload with what the form says of it; it is looked at again where that is something else."""
    before = ColumnMapping.from_toml(found.look["mapping"])
    given = mapping.said(request.POST, before)
    if given != {**dict.fromkeys(("source", "zone", "day"), ""), **found.said}:
        found = uploads.looked(hold, found, given)
    return found, ColumnMapping.from_toml(found.look["mapping"])


@changing("ingest", "data")
def take(request: HttpRequest, hold: Held, id: str) -> HttpResponseBase:  # noqa: A002 - the word of the address
    """Begin the import; what an administrator declared of effort scales is written into the settings before."""
    found = uploads.find(hold.slug, id)
    here = address(hold.slug, f"data/upload/{id}")
    try:
        found, told = _with_form(request, hold, found)
        if access_of(request).may("admin"):
            _declare(hold, mapping.directions(request.POST, told))
        found = uploads.take(hold, found)
    except InputError as error:
        messages.error(request, said(_named(error, found)))
        return HttpResponseRedirect(here)
    noted(request, "file.imported", f"{found.name}, {found.size} bytes")
    return HttpResponseRedirect(here)


def _declare(hold: Held, directions: dict[str, str]) -> None:
    known = {scale.question: scale.direction for scale in hold.workspace.settings.scales}
    fresh = {
        question: way for question, way in directions.items() if known.get(question) != (1 if way == "easy" else -1)
    }
    if other := next((question for question in fresh if known.get(question) is not None), None):
        raise InputError(
            phrase("{other} is declared the other way round already", other=repr(other)),
            todo=phrase("change it under [[scales]] in touchline.toml"),
        )
    if not fresh:
        return
    with hold.writing() as opened:
        text = opened.folder.settings.read_text("utf-8")
        for question, way in fresh.items():
            text = with_table(text, "scales", {"question": question, "kind": "ces", "direction": way})
        opened.change_settings(text)


@changing("admin", "data")
def save(request: HttpRequest, hold: Held, id: str) -> HttpResponseBase:  # noqa: A002 - the word of the address
    """Keep a mapping by name, so that the next export of the same system is read the same way."""
    found = uploads.find(hold.slug, id)
    here = address(hold.slug, f"data/upload/{id}")
    name = request.POST.get("name", "").strip()
    try:
        found, told = _with_form(request, hold, found)
        Mappings(hold.workspace.folder.mappings).save(name, told)
        found.but(saved=name)
    except InputError as error:
        messages.error(request, said(_named(error, found)))
        return HttpResponseRedirect(here)
    noted(request, "mapping.saved", name)
    messages.success(request, _("The mapping is saved: the next file with these columns is read by it."))
    return HttpResponseRedirect(here)


@changing("ingest", "data")
def discard(request: HttpRequest, hold: Held, id: str) -> HttpResponseBase:  # noqa: A002 - the word of the address
    """Let go of a file."""
    uploads.discard(uploads.find(hold.slug, id))
    return HttpResponseRedirect(address(hold.slug, "data"))


@changing("admin", "data")
def forget_mapping(request: HttpRequest, hold: Held) -> HttpResponseBase:
    """Let go of a saved mapping."""
    name = request.POST.get("name", "")
    Mappings(hold.workspace.folder.mappings).remove(name)
    noted(request, "mapping.removed", name)
    messages.success(request, _("The mapping is gone."))
    return HttpResponseRedirect(address(hold.slug, "data"))


@reading
def progress(request: HttpRequest, hold: Held, id: str) -> HttpResponse:  # noqa: A002 - the word of the address
    """Tell a page how far an import is."""
    found = uploads.find(hold.slug, id)
    told: dict[str, Any] = {"phase": found.phase, **found.progress}
    if found.phase == "done":
        told |= {"done": 1.0, **uploads.became(hold, found)}
    return JsonResponse(told)
