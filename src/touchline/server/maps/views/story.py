"""The written story of a journey, and the summary for a board: sentences that each name the figures they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from touchline.errors import InputError, MapError
from touchline.figures.numbers import plain
from touchline.maps.measured import StepMeasured
from touchline.maps.model import Map
from touchline.overlay.narrative import story
from touchline.overlay.summary import summary
from touchline.overlay.values import Gaps, Sentence, Story
from touchline.server.journey.facade import Visit, shown, visiting
from touchline.server.maps import keeping
from touchline.server.maps.laid import gaps_of, learned_of, overlay_of, pair, priorities_of
from touchline.server.maps.views.gaps import map_tabs
from touchline.server.maps.views.personas import seen, state_of
from touchline.server.maps.views.personas import told as of_jsi
from touchline.server.pages.facade import page
from touchline.words import phrase

_SUMMARY: Final = "summary"


@shown("maps/story.html", gettext_lazy("Story"), depends=state_of)  # type: ignore[arg-type]
def told(visit: Visit, which: str) -> Mapping[str, Any]:
    """Return a map's story, sentence by sentence, or its summary."""
    context = map_tabs(visit, which, "story")
    now: Map = context["map"]
    personas = personas_of(visit, now)
    kind, persona = visit.said("kind", "story"), visit.said("of")
    found = story_of(visit, now, kind, persona if persona in personas else "")
    slug = visit.workspace.slug
    own = {"kind": kind, "of": found.persona}
    choices = [{"label": _("Everybody"), "on": found.kind == "story" and not found.persona, "query": _query(visit)}]
    choices += [{"label": name, "on": found.persona == name, "query": _query(visit, of=name)} for name in personas]
    choices.append({"label": _("For the board"), "on": found.kind == _SUMMARY, "query": _query(visit, kind=_SUMMARY)})
    passages: list[dict[str, Any]] = [
        {"title": one.title, "sentences": [_sentence(visit, which, said) for said in one.sentences],
         "steps": _beside(visit, now, one.step, found.persona)}
        for one in found.passages
    ]  # fmt: skip
    file = reverse("story-text", args=[slug, which])
    return context | {
        "story": found, "passages": passages, "choices": choices, "n": sum(len(one["sentences"]) for one in passages),
        "figures": sum(bool(said["href"]) for one in passages for said in one["sentences"]),
        "file": f"{file}?{urlencode([*visit.chosen.pairs, *((key, value) for key, value in own.items() if value)])}",
    }  # fmt: skip


def _beside(visit: Visit, now: Map, phase: str, persona: str) -> list[dict[str, Any]]:
    """Return the JSI of a phase's steps, as it was measured and as it is believed."""
    measured = overlay_of(visit, now, personas=bool(persona))
    own = measured.personas.get(persona, {})
    made = []
    for step in next((one.steps for one in now.phases if one.id == phase), ()):
        found = own.get(step.id) or measured.steps.get(step.id, StepMeasured(step.id)).jsi
        believed = step.belief(persona).jsi
        if found.value is not None or believed is not None:
            made.append({"name": step.name, "jsi": of_jsi(found), "believed": plain(believed) if believed else ""})
    return made


def _query(visit: Visit, **own: str) -> str:
    return urlencode([*visit.chosen.pairs, *own.items()])


def personas_of(visit: Visit, now: Map) -> list[str]:
    """Return the map's personas that can be told of: those that the settings know, to who may see all customers."""
    if visit.access.segments:
        return []
    return [one.name for one in visit.held.workspace.settings.personas if one.name in now.personas]


def story_of(visit: Visit, now: Map, kind: str, persona: str) -> Story:
    """Return a map's story, of a persona or of everybody, or its summary.

    Raises:
        NotAllowed: It is a persona's, and the one who asks may see some customers only.
    """
    if kind == _SUMMARY:
        maps = [one.map for one in keeping.everyone(visit.workspace.slug) if now.id in (one.map.id, one.map.of)]
        return summary(
            now, overlay_of(visit, now), gaps=_gaps(visit, now), priorities=priorities_of(visit, maps),
            learned=learned_of(visit, maps),
        )  # fmt: skip
    if not persona:
        return story(now, overlay_of(visit, now))
    (mine,) = seen(visit, persona)
    motto = next(one.motto for one in visit.held.workspace.settings.personas if one.name == persona)
    return story(now, overlay_of(visit, now, personas=True), persona=mine, motto=motto)


def _gaps(visit: Visit, now: Map) -> Gaps | None:
    try:
        pair(visit.workspace.slug, now.id)
    except MapError:  # there is no future state to hold it against
        return None
    return gaps_of(visit, now.id)


def _sentence(visit: Visit, which: str, said: Sentence) -> dict[str, str]:
    slug, href, title = visit.workspace.slug, "", ""
    if said.question:
        href = f"{reverse('figure', args=[slug])}?{urlencode([*visit.chosen.pairs, ('q', said.question)])}"
        title = _("the figures behind this: %(question)s") % {"question": said.question}
    elif said.card or said.step:
        href = f"{reverse('map', args=[slug, which])}#{said.card or said.step}"
        title = _("what the map says")
    return {"text": said.text, "href": href, "title": title, "measured": "1" if said.question else ""}


@page()
def text(request: HttpRequest, slug: str, which: str) -> HttpResponse:
    """Give the story as Markdown: a heading per passage, and the question behind each sentence at its end."""
    now = keeping.load(slug, which).map
    kind, persona = request.GET.get("kind", "story"), request.GET.get("of", "")

    def written(visit: Visit) -> str:
        if persona and persona not in personas_of(visit, now):
            raise InputError(phrase("the map has no persona {value} to tell of", value=repr(persona[:80])), where="of")
        found = story_of(visit, now, kind, persona)
        parts = [f"# {found.title}"]
        for one in found.passages:
            told_ = [f"{said.text} `[{said.question}]`" if said.question else said.text for said in one.sentences]
            parts += [f"## {one.title}", " ".join(told_)]
        return "\n\n".join(parts) + "\n"

    response = HttpResponse(visiting(request, slug, written), content_type="text/markdown; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{now.id}-{_SUMMARY if kind == _SUMMARY else "story"}.md"'
    return response
