"""The page of one map: its grid with what was measured laid over it, its history, and itself beside another map."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _

from touchline.maps import Map
from touchline.maps.diff import edits_between, told
from touchline.maps.kinds import KINDS
from touchline.maps.measured import Finding, Overlay, StepMeasured
from touchline.maps.plain import to_plain
from touchline.server.journey.facade import OWN, Visit, bar, visiting
from touchline.server.maps import circles, keeping, pictures, plain, remarks, telling
from touchline.server.maps.keeping import Kept
from touchline.server.maps.laid import overlay_of
from touchline.server.maps.soon import soon
from touchline.server.maps.views import map_circles, map_panel
from touchline.server.maps.views.around import action
from touchline.server.maps.views.map_compare import aligned, compared
from touchline.server.maps.views.map_grid import Beside, grid
from touchline.server.pages.facade import page as looked
from touchline.server.pages.facade import safe
from touchline.server.people.facade import access_of, record
from touchline.server.workspaces.facade import find, held

if TYPE_CHECKING:
    from touchline.server.maps.models import Change

_KEPT: Final = 24 * 3600
#: Filters that a map's page offers: whose data, and of when.
_WHOSE: Final = ("segment", "channel", "persona")
_LENS: Final = (*_WHOSE, "days", "compare")
_MOST_VERSIONS: Final = 200
_MOST_SAID: Final = 12
_FIRST: Final = 4  # findings that stand open below the map
_MOST_FOUND: Final = 24
_FORMATS: Final = (
    ("png", "PNG"), ("svg", "SVG"), ("pdf", "PDF"), ("pptx", "PowerPoint"), ("xlsx", "Excel"), ("csv", "CSV"),
    ("markdown", "Markdown"), ("mermaid", "Mermaid"), ("yaml", "YAML"),
)  # fmt: skip
_SCORES: Final = (
    ("effort", gettext_lazy("Effort")), ("impact", gettext_lazy("Impact")), ("desirability", gettext_lazy("Wanted")),
    ("feasibility", gettext_lazy("Feasible")), ("viability", gettext_lazy("Pays")),
)  # fmt: skip


@looked()
def page(request: HttpRequest, slug: str, which: str) -> HttpResponse:
    """Show a map, with what was measured laid over it; who may change maps edits it here."""
    kept = keeping.load(slug, which)
    edits = _may_change(request, kept) and kept.sheet.archived_at is None
    others = [one.map for one in keeping.everyone(slug)]
    laid = _laid(request, slug, kept.map)
    beside = _beside(slug, kept, laid, others, edits=edits)
    context = {
        **_frame(request, slug, kept, laid), "edits": edits, "grid": grid(kept.map, beside),
        "offered": map_panel.choices(_taxonomy(slug), kept.map, others, laid["personas"]),
        "future": _partner(kept.map, others), "told": _told(request, slug, kept, laid, edits=edits),
        "formats": _FORMATS, "may_export": access_of(request).may("export"),
        "scores": _SCORES, "circles": map_circles.offered(kept) if edits else None,
    }  # fmt: skip
    return render(request, "maps/map.html", safe(context))


def _may_change(request: HttpRequest, kept: Kept) -> bool:
    return access_of(request).may("maps") and circles.may_change(kept.sheet)


def _frame(request: HttpRequest, slug: str, kept: Kept, laid: Mapping[str, Any]) -> dict[str, Any]:
    """Return what every page of one map shows above it."""
    now = kept.map
    tenant = find(slug)
    assert tenant is not None  # noqa: S101  `needs` has found it
    overlay: Overlay | None = laid["overlay"]
    findings = _varied(overlay.findings) if overlay else ()
    return {
        "tenant": tenant, "kept": kept, "map": now, "kind": _(KINDS[now.kind][0]),
        "due": telling.due(kept), "late": telling.late(kept),
        "state": _("future state") if now.state == "future" else _("current state"), **laid,
        "validated": None if overlay is None or overlay.validation is None else round(overlay.validation * 100),
        "faces": pictures.faces(slug, now.personas).values(),
        "findings": findings[:_FIRST], "more": findings[_FIRST:_MOST_FOUND], "access": access_of(request),
    }  # fmt: skip


def _varied(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return findings with the first of each kind before the others of its kind."""
    first = {one.kind: one for one in reversed(findings)}
    return tuple(sorted(findings, key=lambda one: one is not first[one.kind]))


def _laid(request: HttpRequest, slug: str, now: Map) -> dict[str, Any]:
    """Return what was measured of a map, for whom and when the address says, and what the page offers to choose.

    It is remembered for the data, the viewer's scope and the filters, until the map's version is another. What takes
    long is measured beside the request: the page shows what was measured last, or nothing yet, says ``later``, and asks
    again.
    """
    hold = held(slug)
    access = access_of(request)
    language = get_language()
    said = (slug, hold.published, hold.workspace.taxonomy.version, sorted(request.GET.lists()), access.segments,
            sorted(access.scopes), language)  # fmt: skip
    last = _named(said, now.id)
    name = _named(said, to_plain(now))
    found: dict[str, Any] | None = cache.get(name)
    if found is not None:
        return found

    def measure() -> dict[str, Any]:
        with override(language):
            made = visiting(request, slug, lambda visit: _measured(visit, now, overlay_of(visit, now, personas=True)))
        cache.set_many({name: made, last: made}, _KEPT)
        return made

    found = soon(name, measure)
    if found is None:
        before: dict[str, Any] | None = cache.get(last)
        found = before or visiting(request, slug, lambda visit: _measured(visit, now, None))
        return {**found, "later": True}
    return found


def _named(*said: object) -> str:
    return "map:" + hashlib.sha256(repr(said).encode()).hexdigest()


def _measured(visit: Visit, now: Map, laid: Overlay | None) -> dict[str, Any]:
    lens = [one for one in bar(visit.whole, visit.chosen, visit.access) if one.parameter in _LENS]
    return {
        "overlay": laid, "bar": lens, "chosen": visit.chosen, "own": _own(visit.request),
        "personas": tuple(one.name for one in visit.held.workspace.settings.personas),
        "lens": _lens(visit, now.segment, laid),
    }  # fmt: skip


def _own(request: HttpRequest) -> list[tuple[str, str]]:
    return [(name, value) for name in request.GET if name not in OWN for value in request.GET.getlist(name)]


def _lens(visit: Visit, own: tuple[str, ...], laid: Overlay | None) -> str:
    """Return whose data are laid over the map, and of when."""
    chosen = visit.chosen
    if chosen.days:
        when = _("Last %(days)d days") % {"days": chosen.days}
    elif chosen.days == 0:
        when = _("All time")
    else:
        known = laid is not None and laid.start and laid.end
        when = f"{laid.start:%d.%m.%Y} – {laid.end:%d.%m.%Y}" if laid and known else _("Days of choice")
    whose = [value.partition(":")[2] or value for name, value in chosen.pairs if name in _WHOSE]
    return " · ".join([when, *(whose or own[1:] or [_("all customers")])])


def _taxonomy(slug: str) -> Any:
    return held(slug).workspace.taxonomy


def _beside(slug: str, kept: Kept, laid: Mapping[str, Any], others: list[Map], *, edits: bool) -> Beside:
    counted = remarks.counts(kept.sheet)
    return Beside(
        overlay=laid["overlay"], stages=map_panel.names(_taxonomy(slug)),
        remarks={part: many for (_of, part), many in counted.items() if part},
        names={one.id: one.name for one in others}, edits=edits,
        pictures=pictures.hrefs(kept.sheet),
    )  # fmt: skip


def _partner(now: Map, others: list[Map]) -> Map | None:
    """Return the future state of a current map, or the current one of a future state."""
    if now.state == "future":
        return next((one for one in others if one.id == now.of), None)
    return next((one for one in others if one.of == now.id and one.state == "future"), None)


def _told(request: HttpRequest, slug: str, kept: Kept, laid: Mapping[str, Any], *, edits: bool) -> dict[str, Any]:
    """Return what the editor's script works with."""
    overlay: Overlay | None = laid["overlay"]
    return {
        "map": to_plain(kept.map), "version": kept.version, "edits": edits, "me": access_of(request).name,
        "defaults": map_panel.defaults(), "kinds": map_panel.lane_kinds(), "words": map_panel.names(_taxonomy(slug)),
        "api": f"/api/v1/maps/{kept.map.id}", "workspace": slug, "people": _people(kept),
        "steps": {} if overlay is None else {which: _step(one) for which, one in overlay.steps.items()},
        "cards": {} if overlay is None else {which: _plain(asdict(one)) for which, one in overlay.cards.items()},
        "maps": f"{reverse('maps', args=[slug])}/", "later": bool(laid.get("later")),
        "pictures": pictures.hrefs(kept.sheet),
    }  # fmt: skip


def _step(one: StepMeasured) -> dict[str, Any]:
    found: dict[str, Any] = _plain(asdict(one))
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def _people(kept: Kept) -> list[dict[str, str]]:
    return [{"email": one.email, "name": str(one)} for one in circles.readers(kept.sheet)]


@looked()
def history(request: HttpRequest, slug: str, which: str) -> HttpResponse:
    """Show what became of a map, version by version, and one of them beside the map as it is."""
    kept = keeping.load(slug, which)
    changes = keeping.history(slug, which)[:_MOST_VERSIONS]
    said = request.GET.get("version", "")
    chosen = int(said) if said.isdecimal() and len(said) < 9 else max(1, kept.version - 1)
    old = keeping.at(slug, which, chosen)
    both = compared(old, kept.map)
    sentences = told(edits_between(old, kept.map), old, kept.map)
    names = dict(kept.sheet.names.values_list("version", "name"))
    context = {
        **_frame(request, slug, kept, {"overlay": None}), "both": both, "version": chosen,
        "entries": [_entry(one, names.get(one.version, ""), on=one.version == chosen) for one in changes],
        "grid": grid(both.map, Beside(marks=both.marks, stages=map_panel.names(_taxonomy(slug)),
                                      pictures=pictures.hrefs(kept.sheet))),
        "may_edit": _may_change(request, kept), "news": both.count("new"), "gone": both.count("gone"),
        "changed": both.count("changed"), "sentences": sentences[:_MOST_SAID], "said_more": len(sentences[_MOST_SAID:]),
    }  # fmt: skip
    return render(request, "maps/map_history.html", safe(context))


def _entry(one: Change, name: str, *, on: bool) -> dict[str, Any]:
    edits = plain.edits(one.edits)
    many: dict[str, int] = {}
    for edit in edits:
        many[edit.op] = many.get(edit.op, 0) + 1
    words = {"add": _("%(n)d added"), "set": _("%(n)d changed"), "move": _("%(n)d moved"), "remove": _("%(n)d removed")}
    said = ", ".join(words[op] % {"n": n} for op, n in many.items())
    return {"change": one, "name": name, "on": on, "said": said or _("made")}


@action()
def restore(request: HttpRequest, slug: str, which: str, version: int) -> HttpResponse:
    """Bring an old version back, as a new one."""
    access = access_of(request)
    kept = keeping.restore(slug, which, version, access.name)
    record(access, "map.restored", slug, f"{which}: version {version}", request.headers.get("X-Touchline-Client", ""))
    messages.success(request, _("Version %(n)d is back, as version %(now)d.") % {"n": version, "now": kept.version})
    return HttpResponseRedirect(reverse("map", args=[slug, which]))


@looked()
def compare(request: HttpRequest, slug: str, which: str, other: str) -> HttpResponse:
    """Show a map and another, such as its future state, as one: what stays, what goes, what comes."""
    kept, second = keeping.load(slug, which), keeping.load(slug, other)
    first, last = (second, kept) if kept.map.state == "future" else (kept, second)
    both = compared(first.map, aligned(last.map, first.map))
    laid = _laid(request, slug, first.map)
    beside = Beside(
        overlay=laid["overlay"], marks=both.marks, stages=map_panel.names(_taxonomy(slug)), aims=True,
        pictures=pictures.hrefs(last.sheet) | pictures.hrefs(first.sheet),
    )  # fmt: skip
    context = {
        **_frame(request, slug, first, laid), "both": both, "other": last.map, "grid": grid(both.map, beside),
        "news": both.count("new"), "gone": both.count("gone"), "changed": both.count("changed"),
    }  # fmt: skip
    return render(request, "maps/map_compare.html", safe(context))
