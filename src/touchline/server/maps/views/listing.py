"""The list of maps, and how one comes to be: from a template, from another map, from a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from touchline.errors import InputError, MapError, TouchlineError
from touchline.figures.markup import Markup, tag
from touchline.figures.shapes import Spot, line_through, runs
from touchline.maps import Map
from touchline.maps.kinds import KINDS
from touchline.maps.library import start, templates
from touchline.maps.measured import Overlay
from touchline.overlay.binding import places
from touchline.server.journey.facade import visiting
from touchline.server.maps import circles, exporting, keeping, laid, making, pictures, remarks, shares, telling
from touchline.server.maps.errors import Exists, MapMissing
from touchline.server.maps.keeping import Kept
from touchline.server.maps.reminding import keeper_of
from touchline.server.maps.views import around, map_circles, map_panel
from touchline.server.maps.views.map_grid import Beside, grid
from touchline.server.pages.facade import page, safe
from touchline.server.people.facade import Access, access_of, needs, noted, problem
from touchline.server.workspaces.facade import held

if TYPE_CHECKING:
    from touchline.vocabulary.taxonomy import Taxonomy

_WIDE: Final = 240.0
_TALL: Final = 64.0
_MOST_BYTES: Final = 4 * 1024 * 1024


@page()
def maps(request: HttpRequest, slug: str) -> HttpResponse:
    """List the maps: what each is, its curve, whose it is, how much of it data back, when it is looked at again."""
    away = request.GET.get("archived") == "true"
    found = keeping.everyone(slug, archived=away)
    names = {kept.map.id: kept.map.name for kept in found}
    ordered = sorted(found, key=lambda kept: kept.sheet.updated_at, reverse=True)
    context = {
        "rows": [_row(kept, names) for kept in ordered], "away": away,
        "put_away": 0 if away else len(keeping.everyone(slug, archived=True)),
        "named": remarks.open_for(access_of(request))[:8],
        "mine": [] if away else [one for one in ordered if telling.late(one) and _is_mine(one, access_of(request))],
    }  # fmt: skip
    return around.shown(request, slug, "maps/maps.html", context)


def _how(now: Map) -> str:
    """Return what a map is to the one that it belongs to."""
    if now.state == "future":
        return _("Improves")
    return {"zoom": _("Zooms into"), "blueprint": _("Blueprint of")}.get(now.kind, _("Belongs to"))


def _is_mine(kept: Kept, access: Access) -> bool:
    keeper = keeper_of(kept)
    return keeper is not None and keeper.pk == access.user_id


def _row(kept: Kept, names: Mapping[str, str]) -> dict[str, Any]:
    now = kept.map
    steps = sum(1 for _step in now.steps())
    return {
        "kept": kept, "map": now, "kind": _(KINDS[now.kind][0]), "steps": steps, "due": telling.due(kept),
        "late": telling.late(kept), "of": names.get(now.of, ""), "how": _how(now), "future": now.state == "future",
        "curve": curve(now, None), "some": kept.sheet.seen_by is not None, "changes": circles.may_change(kept.sheet),
    }  # fmt: skip


@page()
def glance(request: HttpRequest, slug: str, which: str) -> HttpResponse:
    """Give what a list shows of one map's data: its curve as measured, and how much of it data back."""
    now = keeping.load(slug, which).map
    found = visiting(request, slug, lambda visit: laid.overlay_of(visit, now))
    share = None if found.validation is None else round(found.validation * 100)
    bound, _notes = places(now, held(slug).workspace.taxonomy)
    context = {"curve": curve(now, found), "validated": share, "findings": len(found.findings), "bound": bool(bound)}
    return render(request, "maps/glance.html", safe(context))


def curve(now: Map, overlay: Overlay | None) -> Markup | None:
    """Draw the emotions of a map in little: believed dashed, measured solid, gaps as gaps; None where there are none.

    >>> from touchline.maps.model import Belief, Phase, Step
    >>> steps = (Step("a", "A", believed=(Belief(jsi=70),)), Step("b", "B", believed=(Belief(jsi=30),)))
    >>> curve(Map("m", "M", phases=(Phase("p", "P", steps),)), None).count("<path")
    1
    """
    steps = list(now.steps())
    wide = _WIDE / max(1, len(steps))

    def spot(at: int, value: float | None) -> Spot | None:
        return None if value is None else Spot((at + 0.5) * wide, _up(value), 0, 0)

    guesses = [spot(at, step.belief().jsi) for at, step in enumerate(steps)]
    values = [overlay.steps[step.id].jsi.value if overlay and step.id in overlay.steps else None for step in steps]
    found = [spot(at, value) for at, value in enumerate(values)]
    if not any(guesses) and not any(found):
        return None
    dots = [tag("circle", cx=one.x, cy=one.y, r=2.6, class_="dot") for one in found if one]
    lone = [tag("circle", cx=one.x, cy=one.y, r=2, class_="guess") for one in guesses if one and not any(found)]
    return tag(
        "svg",
        tag("line", x1=0, x2=_WIDE, y1=_up(50), y2=_up(50), class_="tl-grid"),
        [line_through(run, "believed") for run in runs(guesses) if len(run) > 1],
        [line_through(run, "measured") for run in runs(found) if len(run) > 1],
        lone, dots, viewBox=f"0 0 {_WIDE:g} {_TALL:g}", class_="little", aria_hidden="true",
    )  # fmt: skip


def _up(value: float) -> float:
    return _TALL - 6 - (_TALL - 12) * max(0.0, min(100.0, value)) / 100


# ------------------------------------------------------------------------------------------------------- new and import


@page("maps")
def new(request: HttpRequest, slug: str) -> HttpResponse:
    """Offer the templates, the maps that a new one can begin from, and a place for a file."""
    return _offer(request, slug)


def _offer(
    request: HttpRequest, slug: str, error: TouchlineError | None = None, text: str = "", status: int = 200
) -> HttpResponse:
    kept = keeping.everyone(slug)
    taxonomy = held(slug).workspace.taxonomy
    context = {
        "templates": [{"entry": one, "zooms": one.kind == "zoom", **_fit(one.name, taxonomy)} for one in templates()],
        "stages": taxonomy.stages, "maps": [one.map for one in kept], "error": error, "text": text,
        "current": [one.map for one in kept if one.map.state == "current"],
    }  # fmt: skip
    return around.shown(request, slug, "maps/new.html", context, status)


def _fit(name: str, taxonomy: Taxonomy) -> dict[str, int]:
    """Return how many steps a template has, and how many of them will stand on a stage of the workspace."""
    steps = list(start(name, taxonomy, cards=False).steps())
    return {"steps": len(steps), "bound": sum(bool(step.stage or step.touchpoint) for step in steps)}


@around.action()
def make(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a map from a template, a future state of a map, or a copy of one."""
    said, by = request.POST, access_of(request).name
    source, _sep, which = said.get("from", "").partition(":")
    which = which or said.get(source, "")
    try:
        if source == "template":
            kept = making.begin(
                slug, which, by, name=said.get("name", ""), taxonomy=held(slug).workspace.taxonomy,
                stage=said.get("stage", "") if which == "zoom" else "", cards="cards" in said,
            )  # fmt: skip
        elif source == "future":
            kept = making.improve(slug, which, by, name=said.get("name", ""))
        elif source == "copy":
            kept = making.copy(slug, which, by, name=said.get("name", ""))
        else:
            raise InputError(_("choose what the map begins from"), where="from")
    except (InputError, MapError, Exists) as error:
        return _offer(request, slug, error, status=400)
    noted(request, "map.made", kept.map.id)
    return HttpResponseRedirect(kept.sheet.href)


@around.action()
def bring(request: HttpRequest, slug: str) -> HttpResponse:
    """Bring a map from a file or from pasted YAML; of an id that is kept it becomes the next version, if so said."""
    sent, by = request.FILES.get("file"), access_of(request).name
    text, where = request.POST.get("text", ""), "yaml"
    try:
        if sent is not None:
            where = (sent.name or "map.yaml")[-120:]
            if (sent.size or 0) > _MOST_BYTES:
                raise InputError(_("the file is larger than 4 MB"), where=where)
            kept = making.import_file(slug, sent.read(), by, where=where, replaces="replaces" in request.POST)
        elif text.strip():
            kept = making.import_text(slug, text, by, where=where, replaces="replaces" in request.POST)
        else:
            raise InputError(_("there is nothing to import"), where="file", todo=_("choose a file, or paste its text"))
    except (InputError, MapError, Exists) as error:
        return _offer(request, slug, error, text, status=400)
    noted(request, "map.imported", f"{kept.map.id} version {kept.version} from {where}")
    return HttpResponseRedirect(kept.sheet.href)


# ------------------------------------------------------------------------------------------ what is done with one map


@around.action()
def archive(request: HttpRequest, slug: str, which: str) -> HttpResponse:
    """Put a map away, or take it out again."""
    away = request.POST.get("away") != "no"
    keeping.archive(slug, which, access_of(request).name, away=away)
    noted(request, "map.archived" if away else "map.unarchived", which)
    messages.success(request, _("The map is put away.") if away else _("The map is back."))
    return around.back(slug, "maps")


@around.action()
def review(request: HttpRequest, slug: str, which: str) -> HttpResponse:
    """Note that somebody looked whether a map still holds."""
    kept = keeping.review(slug, which, access_of(request).name)
    noted(request, "map.reviewed", which)
    day = telling.due(kept)
    said = _("“%(name)s” still holds. Next review: %(day)s.") if day else _("“%(name)s” still holds.")
    shown = date_format(day, "j M Y") if day else ""
    messages.success(request, said % {"name": kept.map.name, "day": shown})
    return HttpResponseRedirect(kept.sheet.href if request.POST.get("next") == "map" else reverse("maps", args=[slug]))


@page()
def export(request: HttpRequest, slug: str, which: str) -> HttpResponse:
    """Give a map as a file; with what was measured for those who may take data out."""
    kept = keeping.load(slug, which)
    kind = request.GET.get("format", "yaml")
    found = None
    if access_of(request).may("export") and kind not in ("yaml", "json", "csv"):
        found = visiting(request, slug, lambda visit: laid.overlay_of(visit, kept.map, personas=True))
    answer = exporting.response(
        kept, found, kind, dark=request.GET.get("dark") == "true", paper=request.GET.get("paper", "whole")
    )
    noted(request, "map.exported", f"{which} {kind}")
    return answer


@page("maps")
def links(request: HttpRequest, slug: str, which: str) -> HttpResponse:
    """Show the links to a map, and make another."""
    return _links(request, slug, which)


def _links(request: HttpRequest, slug: str, which: str, href: str = "") -> HttpResponse:
    kept = keeping.load(slug, which)
    context = {
        "kept": kept, "map": kept.map, "shares": shares.of(slug, which), "href": href, "days": (7, 30, 90, 365),
        "circles": map_circles.offered(kept), "changes": circles.may_change(kept.sheet),
    }  # fmt: skip
    return around.shown(request, slug, "maps/shares.html", context)


@around.action()
def share(request: HttpRequest, slug: str, which: str) -> HttpResponse:
    """Make a link, and show it once."""
    days = around.whole(request.POST.get("days", "30"), 1, shares.LONGEST_DAYS, "days")
    made, token = shares.make(slug, which, access_of(request).name, days=days, note=request.POST.get("note", ""))
    noted(request, "map.shared", f"{which} {made.pk}")
    return _links(request, slug, which, request.build_absolute_uri(reverse("shared-map", args=[token])))


@around.action()
def keep_to(request: HttpRequest, slug: str, which: str) -> HttpResponse:
    """Say who sees a map, and who of them changes it."""
    kept = keeping.load(slug, which)
    seen_by, changed_by = map_circles.said(request, kept)
    kept = keeping.keep_to(slug, which, seen_by=seen_by, changed_by=changed_by)
    noted(request, "map.kept-to", telling.circles_told(kept))
    messages.success(request, _("It is kept who sees the map and who changes it."))
    return around.back(slug, "map-shares", which)


@around.action()
def unshare(request: HttpRequest, slug: str, which: str, number: int) -> HttpResponse:
    """Take a link back."""
    shares.revoke(slug, which, number)
    noted(request, "map.unshared", f"{which} {number}")
    return around.back(slug, "map-shares", which)


@needs("public")
@never_cache
@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Show a map to whoever has a link to it: the map alone, and nothing that was measured or said about it."""
    try:
        kept = shares.opened(token)
    except MapMissing as error:
        answer = problem(request, 404, error.what, todo=error.todo)
        answer._has_been_logged = True  # type: ignore[attr-defined]  # the path holds the link's secret
        return answer
    now = kept.map
    shown = pictures.hrefs(kept.sheet, lambda name: reverse("shared-picture", args=[token, name]))
    beside = Beside(stages=map_panel.names(held(kept.sheet.workspace).workspace.taxonomy), pictures=shown)
    faces = pictures.faces(kept.sheet.workspace, now.personas).values()
    context = {
        "map": now, "kind": _(KINDS[now.kind][0]), "grid": grid(now, beside), "version": kept.version,
        "updated": kept.sheet.updated_at,
        "faces": [(one.persona, reverse("shared-picture", args=[token, one.name])) for one in faces],
    }  # fmt: skip
    answer = render(request, "maps/shared.html", safe(context))
    answer["X-Robots-Tag"] = "noindex"
    return answer


@needs("public")
@require_safe
def shared_picture(request: HttpRequest, token: str, name: str) -> HttpResponse:
    """Give a picture of a map to whoever has a link to it: one that the map shows now."""
    try:
        return pictures.answer(pictures.shared(shares.opened(token), name))
    except MapMissing as error:
        answer = problem(request, 404, error.what, todo=error.todo)
        answer._has_been_logged = True  # type: ignore[attr-defined]  # the path holds the link's secret
        return answer


@needs("read")
@require_safe
def picture(request: HttpRequest, slug: str, which: str, name: str) -> HttpResponse:
    """Give a picture of a map."""
    try:
        return pictures.answer(pictures.found(slug, which, name))
    except MapMissing as error:
        return problem(request, 404, error.what, todo=error.todo)


@needs("read")
@require_safe
def face(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    """Give a persona's picture."""
    try:
        return pictures.answer(pictures.of_persona(slug, name))
    except MapMissing as error:
        return problem(request, 404, error.what, todo=error.todo)
