"""Personas: who they are as people wrote it, how many they are and how they fare as it was measured, and new ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from touchline.errors import InputError, QuestionError
from touchline.figures.colour import jsi_class
from touchline.figures.markup import Markup
from touchline.figures.numbers import percent, plain, plus_minus
from touchline.maps.measured import Measure
from touchline.maps.telling import titled
from touchline.overlay.personas import as_table, personas, proposals
from touchline.overlay.values import PersonaSeen
from touchline.report.maps_pictures import MOST_BYTES
from touchline.server.api.facade import unrestricted
from touchline.server.journey.facade import Visit, shown, visiting
from touchline.server.maps import keeping, pictures
from touchline.server.maps.around_pictures import little_line
from touchline.server.maps.laid import remembered
from touchline.server.maps.renaming import rename_persona
from touchline.server.maps.views.around import action, back, tabs, tried
from touchline.server.pages.facade import page, safe
from touchline.server.people.facade import access_of, noted
from touchline.server.workspaces.facade import held
from touchline.settings import Persona
from touchline.settings.editing import with_tables
from touchline.words import phrase

#: What people write of a persona: a line each, and texts.
LISTS: Final = {
    "demographics": gettext_lazy("Demographics"), "psychographics": gettext_lazy("Attitudes and habits"),
    "goals": gettext_lazy("Goals"), "motivations": gettext_lazy("Motivations"), "pains": gettext_lazy("Pains"),
    "channels": gettext_lazy("Preferred channels"), "solutions": gettext_lazy("What they use today"),
}  # fmt: skip
_TEXTS: Final = ("name", "when", "description", "motto", "story")
_MOST: Final = 40
_LONGEST: Final = 2_000
_LINES: Final = 20


def state_of(slug: str) -> object:
    """Name what people wrote and these pages show: the maps and the personas."""
    personas = held(slug).workspace.settings.personas
    faces = pictures.faces(slug, [one.name for one in personas])
    return keeping.state(slug), personas, sorted((name, one.name) for name, one in faces.items())


def seen(visit: Visit, *names: str) -> tuple[PersonaSeen, ...]:
    """Return what was measured of some personas, or of all.

    Raises:
        NotAllowed: The one who asks may see some customers only.
    """
    unrestricted(visit.access, _("the size of a persona"))
    settings = visit.held.workspace.settings
    return remembered(
        visit, ("personas", names),
        lambda: personas(visit.local, visit.chosen.filters, settings=settings, names=names),
    )  # fmt: skip


def told(measure: Measure) -> dict[str, str]:
    """Return a JSI for a template: its number, its margin, its colour's class."""
    if measure.value is None:
        return {"value": "–", "margin": "", "class": "none", "n": ""}
    return {
        "value": plain(measure.value), "margin": plus_minus(measure.low, measure.high),
        "class": jsi_class(measure.value), "n": str(measure.n),
    }  # fmt: skip


@shown("maps/personas.html", gettext_lazy("Personas"), depends=state_of)  # type: ignore[arg-type]
def listed(visit: Visit) -> Mapping[str, Any]:
    """Return all personas as people wrote them; what was measured of them is fetched after."""
    slug, query = visit.workspace.slug, visit.chosen.query
    maps = [kept.map for kept in keeping.everyone(slug)]
    faces = pictures.faces(slug, [one.name for one in visit.held.workspace.settings.personas])
    rows = [
        {
            "persona": one,
            "rule": str(one.when),
            "face": faces.get(one.name),
            "maps": [kept for kept in maps if one.name in kept.personas],
        }
        for one in visit.held.workspace.settings.personas
    ]
    return {
        "rows": rows, "tabs": tabs(visit.request, slug), "may_edit": _may_edit(visit), "hidden": visit.access.segments,
        "measured": f"{reverse('personas-measured', args=[slug])}?{query}",
    }  # fmt: skip


@page()
def measured(request: HttpRequest, slug: str) -> HttpResponse:
    """Give the line of one persona, or of all, with how many they are and how they fare."""
    return render(request, "maps/personas_measured.html", safe(visiting(request, slug, _rows)))


def _rows(visit: Visit) -> dict[str, Any]:
    workspace, wanted = visit.held.workspace, visit.said("of")
    stages = {one.id: one.name for one in workspace.taxonomy.stages}
    written = {one.name: one for one in workspace.settings.personas}
    maps = [kept.map for kept in keeping.everyone(visit.workspace.slug)]
    faces = pictures.faces(visit.workspace.slug, written)
    rows = [
        {
            "seen": one, "face": faces.get(one.name), "persona": written[one.name], "jsi": told(one.jsi),
            "share": percent(one.share), "line": little_line(one.stages.items()), "lowest": stages.get(one.lowest, ""),
            "maps": [kept for kept in maps if one.name in kept.personas],
        }
        for one in seen(visit, *([wanted] if wanted else []))
    ]  # fmt: skip
    return {"rows": rows, "slug": visit.workspace.slug}


def _may_edit(visit: Visit) -> bool:
    return visit.access.may("maps") and not visit.access.segments


@shown("maps/persona.html", gettext_lazy("Personas"), depends=state_of)  # type: ignore[arg-type]
def one(visit: Visit, name: str) -> Mapping[str, Any]:
    """Return one persona: its sheet, and what the data say of it today."""
    workspace = visit.held.workspace
    persona = next((found for found in workspace.settings.personas if found.name == name), None)
    if persona is None:
        raise Http404
    stages = {stage.id: stage.name for stage in workspace.taxonomy.stages}
    sheet = [(label, getattr(persona, key)) for key, label in LISTS.items() if getattr(persona, key)]
    context: dict[str, Any] = {
        "persona": persona, "rule": str(persona.when), "sheet": sheet, "seen": None,
        "maps": [kept for kept in keeping.everyone(visit.workspace.slug) if name in kept.map.personas],
        "tabs": tabs(visit.request, visit.workspace.slug), "form": form_of(persona),
        "face": pictures.faces(visit.workspace.slug, [name]).get(name), "may_edit": _may_edit(visit),
    }  # fmt: skip
    if visit.access.segments:
        return context
    (mine,) = seen(visit, name)
    points = {theme: plain(points.value, 1) for theme, points in mine.points.items()}
    context |= {
        "seen": mine, "jsi": told(mine.jsi), "everyone": told(mine.everyone), "standing": told(mine.standing),
        "share": percent(mine.share), "lowest": stages.get(mine.lowest, ""),
        "lowest_jsi": told(mine.stages[mine.lowest]) if mine.lowest else None,
        "topics": [{"topic": topic, "points": points.get(topic.theme, ""), "share": percent(topic.share)}
                   for topic in mine.topics],
        "channels": [(titled(channel), percent(share), max(1, round(100 * share)))
                     for channel, share in mine.channels[:6]],
        "path": [stages.get(stage, stage) for stage in mine.path], "path_share": plain(mine.path_share.value),
        "picture": _picture(visit, name) if not mine.hidden else "",
    }  # fmt: skip
    return context


def _picture(visit: Visit, name: str) -> Markup:
    return Markup(visit.local.among(personas=(name,)).stages(visit.chosen.filters).plot().svg)


def form_of(persona: Persona | None) -> dict[str, Any]:
    """Return a persona for a form's fields: lists as lines."""
    values = as_table(persona) if persona else {}
    lists = [(key, label, "\n".join(values.get(key, ()))) for key, label in LISTS.items()]
    return {**{key: values.get(key, "") for key in _TEXTS}, "lists": lists, "was": values.get("name", "")}


@shown("maps/persona_proposals.html", gettext_lazy("Personas"), depends=state_of)  # type: ignore[arg-type]
def proposed(visit: Visit) -> Mapping[str, Any]:
    """Return the personas that the data suggest, and an empty sheet for one of one's own."""
    unrestricted(visit.access, _("a proposal of personas"))
    workspace = visit.held.workspace
    context: dict[str, Any] = {"tabs": tabs(visit.request, visit.workspace.slug), "form": form_of(None),
                               "may_edit": _may_edit(visit), "rows": (), "trouble": ""}  # fmt: skip
    try:
        found = remembered(
            visit, "proposals", lambda: proposals(visit.local, visit.chosen.filters, settings=workspace.settings)
        )
    except QuestionError as error:  # too few customers to tell types apart
        return context | {"trouble": error.what}
    rows = [
        {"one": one, "jsi": told(one.jsi), "share": percent(one.share), "precision": percent(one.precision),
         "recall": percent(one.recall), "days": plain(one.days)}
        for one in found
    ]  # fmt: skip
    return context | {"rows": rows}


@action()
def keep(request: HttpRequest, slug: str) -> HttpResponse:
    """Write a persona into the settings: a new one, or another text of one that there is."""
    access, was = access_of(request), request.POST.get("was", "")
    unrestricted(access, _("the rule of a persona"))
    hold = held(slug)
    renamed: list[str] = []

    def act() -> None:
        made = _table(request)
        with hold.writing() as workspace:
            now = [as_table(one) for one in workspace.settings.personas]
            if made["name"] != was and any(one["name"] == made["name"] for one in now):
                raise InputError(
                    phrase("there is a persona {value} already", value=repr(made["name"])),
                    where="name",
                    todo=phrase("give another name"),
                )
            tables = [made if one["name"] == was else one for one in now]
            known = any(one["name"] == was for one in now)
            if not known:
                tables.append(made)
            _write(workspace, tables)
        if known and made["name"] != was:
            renamed.append(made["name"])

    if not tried(request, act, _("The persona is kept.")):
        return _again(request, slug)
    noted(request, "persona.kept", request.POST.get("name", "")[:120])
    for name in renamed:
        _rename(request, slug, was, name)
    return back(slug, "persona", request.POST.get("name", "").strip())


def _rename(request: HttpRequest, slug: str, was: str, name: str) -> None:
    """Give a persona its new name in the maps, and say in which."""
    changed, left = rename_persona(slug, was, name, access_of(request).name)
    if changed:
        noted(request, "persona.renamed", f"{was[:80]} to {name[:80]} in {len(changed)} maps")
        messages.success(request, _("It has its new name in: %(maps)s.") % {"maps": ", ".join(changed)})
    if left:
        messages.warning(request, _("Others have to rename it in: %(maps)s.") % {"maps": ", ".join(left)})


def _again(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form again with what was written, which is not kept."""
    given = request.POST
    lists = [(key, label, given.get(key, "")) for key, label in LISTS.items()]
    form = {**{key: given.get(key, "") for key in _TEXTS}, "lists": lists, "was": given.get("was", "")}
    context = {"form": form, "slug": slug}
    return render(request, "maps/persona_again.html", context, status=400)


@action()
def picture(request: HttpRequest, slug: str) -> HttpResponse:
    """Keep a persona's picture, or take it away."""
    access, name, sent = access_of(request), request.POST.get("was", ""), request.FILES.get("picture")
    unrestricted(access, _("the rule of a persona"))
    if all(one.name != name for one in held(slug).workspace.settings.personas):
        raise Http404

    def act() -> None:
        if request.POST.get("do") == "remove":
            pictures.faceless(slug, name)
        elif sent is None:
            raise InputError(_("there is no file"), where="picture", todo=_("choose a picture"))
        elif (sent.size or 0) > MOST_BYTES:
            raise InputError(_("the picture is larger than 10 MB"), where="picture")
        else:
            pictures.face(slug, name, sent.read(), access.name)

    if tried(request, act, _("The persona is kept.")):
        noted(request, "persona.pictured", name[:120])
    return back(slug, "persona", name)


@action()
def remove(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a persona out of the settings; maps that name it keep its name."""
    name = request.POST.get("was", "")
    unrestricted(access_of(request), _("the rule of a persona"))

    def act() -> None:
        with held(slug).writing() as workspace:
            tables = [as_table(one) for one in workspace.settings.personas if one.name != name]
            if len(tables) == len(workspace.settings.personas):
                raise InputError(
                    phrase("there is no persona {value}", value=repr(name[:80])),
                    where="name",
                    todo=phrase("load the page again"),
                )
            _write(workspace, tables)
        pictures.faceless(slug, name)

    if tried(request, act, _("The persona is gone.")):
        noted(request, "persona.removed", name[:120])
    return back(slug, "personas")


def _write(workspace: Any, tables: list[dict[str, Any]]) -> None:
    text = workspace.folder.settings.read_text(encoding="utf-8") if workspace.folder.settings.exists() else ""
    workspace.change_settings(with_tables(text, "personas", tables))


def _table(request: HttpRequest) -> dict[str, Any]:
    """Return what a form says as a table of the settings.

    Raises:
        InputError: It has no name or no rule, or is too long.
    """
    given = request.POST
    made: dict[str, Any] = {}
    for key in _TEXTS:
        text = given.get(key, "").replace("\r\n", "\n").strip()
        if len(text) > _LONGEST or (key == "name" and len(text) > 80):
            raise InputError(phrase("the {key} is too long", key=str(key)), where=key)
        if text:
            made[key] = text if key == "story" else " ".join(text.split())
    if "name" not in made or "when" not in made:
        raise InputError(
            phrase("a persona needs a name and a rule"), where="name", todo=phrase("write for example: tenure = new")
        )
    for key in LISTS:
        lines = [line.strip()[:200] for line in given.get(key, "").splitlines() if line.strip()]
        if lines:
            made[key] = lines[:_LINES]
    known = {one.name for one in fields(Persona)}
    return {key: value for key, value in made.items() if key in known}
