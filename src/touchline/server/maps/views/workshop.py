"""Workshops: the list, the room in which all see the same, what data are laid beside an exercise, and what is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from touchline.errors import InputError, NotAllowed, QuestionError
from touchline.figures.colour import jsi_class
from touchline.figures.numbers import percent, plain, plus_minus
from touchline.maps.kinds import LANE_KINDS
from touchline.maps.kit import Exercise, kit
from touchline.maps.model import Map
from touchline.server.journey.facade import Visit, visiting
from touchline.server.maps import guests, keeping, workshop_outcome, workshop_said, workshops
from touchline.server.maps.views.around import SCRIPT, action, back, shown, tried, whole
from touchline.server.maps.workshop_models import Note, Workshop
from touchline.server.maps.workshops import ALONG, FELT, MOMENTS, Column, Line
from touchline.server.pages.facade import page
from touchline.server.people.facade import access_of, noted
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.server.people.facade import Access

_MOST: Final = 10**9
_BESIDE: Final = 8


@page()
def listed(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the workshops, the kit, and a form for another one."""
    names = {kept.map.id: kept.map.name for kept in keeping.everyone(slug)}
    found = workshops.everyone(slug)
    numbers = [one.pk for one, _name in found]
    written = Counter(Note.objects.filter(workshop__in=numbers).values_list("workshop", flat=True))
    carded = Counter(Note.objects.filter(workshop__in=numbers).exclude(card="").values_list("workshop", flat=True))
    rows = [{"workshop": one, "map": name, "notes": written[one.pk], "cards": carded[one.pk]} for one, name in found]
    context = {"rows": rows, "maps": sorted(names.items(), key=lambda one: one[1]), "kit": kit(),
               "chosen": request.GET.get("map", "")}  # fmt: skip
    return shown(request, slug, "maps/workshops.html", context)


@action()
def make(request: HttpRequest, slug: str) -> HttpResponse:
    """Make a workshop, and go into its room."""
    given, made = request.POST, []

    def act() -> None:
        dots = whole(given.get("dots", "5"), 1, 20, "dots")
        made.append(
            workshops.make(
                slug, access_of(request).name, title=given.get("title", ""), of=given.get("map", ""), dots=dots,
                agenda=given.get("agenda", ""), persona=given.get("persona", ""),
                anonymous=given.get("anonymous") == "on",
            )
        )  # fmt: skip

    if not tried(request, act):
        return back(slug, "workshops")
    noted(request, "workshop.made", f"{made[0].pk} of {made[0].map}")
    return back(slug, "workshop", made[0].pk)


@page()
def room(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Show the room: the agenda, the clock, the board."""
    workshop = workshops.find(slug, number)
    door = guests.door_of(workshop) if access_of(request).may("maps") else None
    more = {
        "door": door, "code": guests.shown(door) if door else "",
        "join": request.build_absolute_uri(reverse("join-workshop")),
    }  # fmt: skip
    return shown(request, slug, "maps/workshop.html", {**board_of(request, workshop), **more})


@page()
def board(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Give the part of the room that changes; nothing where it is as it was."""
    workshop = workshops.find(slug, number)
    if request.GET.get("after") == str(workshop.version):
        return HttpResponse(status=204)
    return _part(request, workshop)


@page()
def beside(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Give the data that are laid beside the exercise that is on, as far as the one who asks may see them."""
    workshop = workshops.find(slug, number)
    exercise = workshops.now_on(workshop).exercise
    context: dict[str, Any] = {"workshop": workshop, "exercise": exercise, "slug": slug}
    if exercise and exercise.fill:
        said = visiting(request, slug, lambda visit: _data(visit, workshop, exercise))
        context |= said | {"takes": _takes(exercise)}
    return render(request, "maps/workshop_beside.html", context)


@action("read")
def take_part(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Do what everybody in the room may: write, move, group, dot, feel."""
    access = access_of(request)
    if access.user_id is None and not access.may("maps"):
        raise NotAllowed(
            phrase("a key that only reads takes no part in a workshop"),
            todo=phrase("log in, or give a key with `maps`"),
        )
    return _done(request, slug, number, PART)


@action()
def lead(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Do what those may who may change maps: the agenda, the clock, the voting, cards of notes."""
    return _done(request, slug, number, _LEAD)


Doing = Callable[[HttpRequest, str, int, "Access"], object]


def _done(request: HttpRequest, slug: str, number: int, known: Mapping[str, Doing]) -> HttpResponse:
    do = request.POST.get("do", "")
    if do not in known:
        raise InputError(
            phrase("there is no {value} to do here", value=repr(do[:40])),
            where="do",
            todo=phrase("load the page again"),
        )
    said: list[object] = []
    tried(request, lambda: said.append(known[do](request, slug, number, access_of(request))))
    if said and do in _NOTED:  # who wrote or voted what is written down nowhere
        noted(request, f"workshop.{do}", str(number))
    workshop = workshops.find(slug, number)
    return _part(request, workshop) if request.headers.get(SCRIPT) else back(slug, "workshop", number)


def _int(request: HttpRequest, name: str) -> int:
    return whole(request.POST.get(name, ""), 0, _MOST, name)


def _ints(request: HttpRequest, name: str) -> list[int]:
    return [int(one) for one in request.POST.getlist(name) if one.isascii() and one.isdecimal() and len(one) < 12]


def _write(request: HttpRequest, slug: str, number: int, who: Access) -> object:
    given = request.POST
    return workshops.write(
        slug, number, who, prompt=given.get("prompt", ""), step=given.get("step", ""), text=given.get("text", ""),
        theme=given.get("theme", ""),
    )  # fmt: skip


def _move(request: HttpRequest, slug: str, number: int, _who: Access) -> object:
    before = request.POST.get("before", "")
    workshops.move(
        slug, number, _int(request, "note"), prompt=request.POST.get("prompt", ""), step=request.POST.get("step"),
        before=int(before) if before.isascii() and before.isdecimal() and len(before) < 12 else None,
    )  # fmt: skip
    return None


PART: Final[dict[str, Doing]] = {
    "write": _write,
    "edit": lambda r, s, n, who: workshops.rewrite(s, n, who, _int(r, "note"), r.POST.get("text", "")),
    "remove": lambda r, s, n, who: workshops.rewrite(s, n, who, _int(r, "note"), ""),
    "move": _move,
    "group": lambda r, s, n, who: workshops.group(s, n, _ints(r, "notes"), r.POST.get("name", "")),
    "ungroup": lambda r, s, n, who: workshops.ungroup(s, n, _int(r, "heap")),
    "name": lambda r, s, n, who: workshops.name_heap(s, n, _int(r, "heap"), r.POST.get("name", "")),
    "dot": lambda r, s, n, who: workshops.dot(s, n, who, _int(r, "note")),
    "undot": lambda r, s, n, who: workshops.dot(s, n, who, _int(r, "note"), take=True),
    "feel": lambda r, s, n, who: workshops.feel(s, n, who, r.POST.get("step", ""), _int(r, "value")),
}
_LEAD: Final[dict[str, Doing]] = {
    "go": lambda r, s, n, who: workshops.go(s, n, _int(r, "item")),
    "clock": lambda r, s, n, who: workshops.clock(s, n, r.POST.get("how", "")),
    "voting": lambda r, s, n, who: workshops.voting(s, n, r.POST.get("on") == "1"),
    "cards": lambda r, s, n, who: workshop_outcome.on_the_map(
        s, n, who, _ints(r, "notes"), step=r.POST.get("step", "")
    ),
    "believe": lambda r, s, n, who: workshop_outcome.believe(s, n, who),
    "sentence": lambda r, s, n, who: workshop_outcome.keep_sentence(s, n, who),
    "moment": lambda r, s, n, who: workshop_outcome.mark(s, n, who, r.POST.get("step", ""), on=r.POST.get("on") != "0"),
    "close": lambda r, s, n, who: workshops.close(s, n, over=r.POST.get("on") != "0"),
}
_NOTED: Final = frozenset({"cards", "believe", "sentence", "moment", "close"})


def _part(request: HttpRequest, workshop: Workshop) -> HttpResponse:
    return render(request, "maps/workshop_board.html", board_of(request, workshop))


def board_of(request: HttpRequest, workshop: Workshop) -> dict[str, Any]:
    """Return everything that the room shows to the one who asks."""
    access, now = access_of(request), timezone.now()
    line = workshops.now_on(workshop)
    kept = keeping.load(workshop.workspace, workshop.map)
    exercise, me = line.exercise, workshops.digest(workshop, access)
    context: dict[str, Any] = {
        "workshop": workshop, "line": line, "exercise": exercise, "map": kept.map, "map_href": kept.sheet.href,
        "lines": _agenda(workshop, line), "seconds": workshop.seconds(now), "running": workshop.ends_at is not None,
        "minutes": line.item.minutes, "slug": workshop.workspace,
        "part": reverse("workshop-part", args=[workshop.workspace, workshop.pk]),
        "over": workshop.closed_at is not None,
        "may_lead": access.may("maps"), "along": bool(exercise and exercise.id in ALONG),
        "felt": bool(exercise and exercise.id == FELT),
    }  # fmt: skip
    if exercise is None:
        return context
    if exercise.id == FELT:
        return context | {"steps": _felt(workshop, kept.map, me), "people": workshop_said.people(workshop)}
    columns, best = _columns(workshop, exercise, kept.map, me, access.may("maps"))
    if exercise.sentence:
        context["sentence"] = workshop_said.sentence(workshop, exercise)
    left = workshop.dots - workshops.spent(workshop, me, exercise.id)
    waiting = [note for column in columns for pile in column["piles"] for note in pile["notes"]
               if note["lane"] and not note["note"].card]  # fmt: skip
    steps = list(kept.map.steps())
    context |= {
        "waiting": [note["note"].pk for note in waiting], "marks": exercise.id == MOMENTS,
        "loose": len(steps) > 1 and sum(note["loose"] for note in waiting),
    }  # fmt: skip
    return context | {
        "columns": columns, "left": left, "best": best, "steps": steps,
        "prompts": exercise.prompts, "people": workshop_said.people(workshop),
    }  # fmt: skip


def _agenda(workshop: Workshop, line: Line) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    session = ""
    for one in workshops.lines(workshop):
        made.append({
            "at": one.at, "name": one.name, "minutes": one.item.minutes, "on": one.at == line.at,
            "done": one.at < line.at, "break": one.exercise is None,
            "session": one.session if one.session != session else "",
        })  # fmt: skip
        session = one.session
    return made


def _columns(
    workshop: Workshop, exercise: Exercise, shown_map: Map, me: str, may: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    prompts = {one.id: one for one in exercise.prompts}
    names = {step.id: step.name for step in shown_map.steps()}
    dots = workshop_said.tally(workshop, exercise.id)
    notes = list(workshop.notes.filter(exercise=exercise.id).select_related("heap").prefetch_related("dots"))
    shows = not workshop.voting and bool(dots)
    along = exercise.id in ALONG
    made: list[dict[str, Any]] = []
    columns = workshops.columns(exercise, shown_map)
    if along and any(one.step not in names for one in notes):  # they are about no step, or about one that is gone
        columns = [Column("", _("Under no step")), *columns]
    marked = {step.id for step in shown_map.steps() if step.moment}
    for column in columns:
        piles: dict[Any, dict[str, Any]] = {}
        for one in notes:
            place = (one.step if one.step in names else "") if along else one.prompt
            if place != column.key:
                continue
            prompt = prompts.get(one.prompt)
            kind = LANE_KINDS.get(prompt.lane) if prompt and prompt.lane else None
            told = {
                "note": one, "mine": one.who == me, "may": one.who == me or may, "own": sum(
                    given.who == me for given in one.dots.all()), "edge": kind.edge if kind else "",
                "prompt": prompt.name if prompt and along else "", "step": "" if along else names.get(one.step, ""),
                "dots": dots[one.pk] if shows else 0, "lane": bool(kind and kind.look == "cards"),
                "loose": one.step not in names,
            }  # fmt: skip
            pile = piles.setdefault(one.heap_id or f"n{one.pk}", {"heap": one.heap, "notes": [], "dots": 0})
            pile["notes"].append(told)
            pile["dots"] += told["dots"]
        sum_ = sum(pile["dots"] for pile in piles.values())
        made.append({
            "column": column, "piles": list(piles.values()), "dots": sum_, "marked": column.key in marked,
        })  # fmt: skip
    all_ = [pile for column in made for pile in column["piles"] if pile["dots"]]
    best = sorted(all_, key=lambda pile: -pile["dots"])[:5]
    return made, [
        {"text": pile["heap"].name if pile["heap"] else pile["notes"][0]["note"].text, "dots": pile["dots"]}
        for pile in best
    ]


def _felt(workshop: Workshop, shown_map: Map, me: str) -> list[dict[str, Any]]:
    """Return each step with what people said of it: one's own answer, and the mean of all once there are two."""
    said = workshop_said.felt(workshop)
    own = dict(workshop.feelings.filter(who=me).values_list("step", "value"))
    made = []
    for step in shown_map.steps():
        values = said.get(step.id, [])
        mean = workshop_said.as_jsi(values) if len(values) > 1 else None
        low, high = (min(values), max(values)) if values else (3, 3)
        made.append({
            "step": step, "own": own.get(step.id), "n": len(values), "mean": plain(mean),
            "at": None if mean is None else round(96 - 0.84 * mean, 1), "low": 117 - 21 * low, "high": 117 - 21 * high,
            "class": "" if mean is None else jsi_class(mean),
        })  # fmt: skip
    return made


def _takes(exercise: Exercise) -> str:
    """Return the prompt that takes a theme as a note; "" where none does."""
    for lane in ("pains", "opportunities", "notes", "questions"):
        for one in exercise.prompts:
            if one.lane == lane:
                return one.id
    return ""


def _data(visit: Visit, workshop: Workshop, exercise: Exercise) -> dict[str, Any]:
    """Return what the data say to an exercise."""
    local, filters = visit.local, visit.chosen.filters
    made: dict[str, Any] = {"days": visit.chosen.days}
    if "themes" in exercise.fill:
        bound = [one for one in keeping.load(workshop.workspace, workshop.map).map.steps() if one.stage]
        steps = {one.stage: one.id for one in reversed(bound)}  # the first step of each stage
        rows = [one for one in local.themes(filters).to_dicts() if not one["hidden"]]
        rows.sort(key=lambda one: -one["n"] * one["negative"])
        made["themes"] = [
            {"theme": one["theme"], "name": one["name"], "n": one["n"], "stage": one["stage_name"],
             "negative": percent(one["negative"]), "step": steps.get(one["stage"], "")}
            for one in rows[:_BESIDE]
        ]  # fmt: skip
    if {"funnel", "sentiment"} & set(exercise.fill):
        made["stages"] = _stages(visit, workshop, "funnel" in exercise.fill)
    if {"quotes", "questions"} & set(exercise.fill):
        asked = "questions" in exercise.fill and "quotes" not in exercise.fill
        rows = local.feedback(filters, sentiment=None if asked else "negative", limit=40).to_dicts()
        if "questions" in exercise.fill:
            made["questions"] = [one for row in rows for one in _words(row) if one.endswith("?")][:4]
        if "quotes" in exercise.fill:
            made["quotes"] = [words[0] for row in rows if (words := _words(row))][:6]
    if "personas" in exercise.fill and not visit.access.segments:
        made["personas"] = [
            {"name": one["name"], "customers": one["customers"], "jsi": plain(one["jsi"])}
            for one in local.personas().to_dicts()
            if not one["hidden"]
        ]
    return made


def _words(row: Mapping[str, Any]) -> list[str]:
    """Return the heaviest words of a comment, at most one sentence's length."""
    said = [one["words"] for one in row["mentions"] or () if one["words"]]
    return [said[0] if len(said[0]) <= 180 else f"{said[0][:177]}…"] if said else []


def _stages(visit: Visit, workshop: Workshop, funnel: bool) -> list[dict[str, Any]]:
    """Return the stages with JSI and drop-off, each with what the team believes of it where a step is bound to it."""
    believed: dict[str, list[float]] = {}
    for step in keeping.load(workshop.workspace, workshop.map).map.steps():
        if step.stage and (jsi := step.belief(workshop.persona).jsi) is not None:
            believed.setdefault(step.stage, []).append(jsi)
    lost: dict[str, float] = {}
    if funnel:
        try:
            rows = visit.local.dropoff(filters=visit.chosen.filters).to_dicts()
            lost = {one["stage"]: one["dropoff"] for one in rows if not one["hidden"] and one["dropoff"] is not None}
        except QuestionError:  # a taxonomy without progress stages has no funnel
            lost = {}
    made = []
    for one in visit.local.stages(visit.chosen.filters).to_dicts():
        if one["hidden"] or one["jsi"] is None:
            continue
        said = believed.get(one["stage"])
        mean = sum(said) / len(said) if said else None
        made.append({
            "name": one["name"], "jsi": plain(one["jsi"]), "class": jsi_class(one["jsi"]),
            "margin": plus_minus(one["low"], one["high"]), "n": one["n"], "believed": plain(mean) if said else "",
            "apart": mean is not None and not one["low"] <= mean <= one["high"],
            "lost": percent(lost[one["stage"]]) if one["stage"] in lost else "",
        })  # fmt: skip
    return made
