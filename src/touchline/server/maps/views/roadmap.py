"""Priorities and the roadmap: what to do first and why, who does it until when, and what came of what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from touchline.errors import InputError, NotAllowed
from touchline.figures.numbers import day, p_value, plain, plus_minus
from touchline.maps import Edit
from touchline.maps.edits import find
from touchline.maps.kinds import STATUSES
from touchline.maps.model import Card, Map
from touchline.maps.telling import METRICS, SIZES
from touchline.overlay.gaps import ANSWERS
from touchline.overlay.values import Learned, Priority
from touchline.server.journey.facade import TOKEN, Visit, shown, visiting
from touchline.server.maps import circles, keeping, shared_cards
from touchline.server.maps.around_pictures import quadrants
from touchline.server.maps.laid import learned_of, priorities_of
from touchline.server.maps.views.around import SCRIPT, action, back, tabs, tried
from touchline.server.pages.facade import page, safe
from touchline.server.people.facade import access_of, noted
from touchline.words import phrase

NAMES: Final = {
    "idea": gettext_lazy("Idea"), "planned": gettext_lazy("Planned"), "doing": gettext_lazy("Doing"),
    "done": gettext_lazy("Done"), "dropped": gettext_lazy("Dropped"),
}  # fmt: skip
QUADRANTS: Final = {
    "quick win": gettext_lazy("quick win"), "big bet": gettext_lazy("big bet"), "fill-in": gettext_lazy("fill-in"),
    "leave": gettext_lazy("leave"),
}  # fmt: skip
OUTCOMES: Final = {
    "better": (gettext_lazy("better"), "good"), "worse": (gettext_lazy("worse"), "bad"),
    "no change shown": (gettext_lazy("no change shown"), "flat"),
    "too early": (gettext_lazy("too early to tell"), "flat"),
}  # fmt: skip


def _maps(slug: str, wanted: str) -> list[Map]:
    """Return the maps whose cards are shown: all, or one with its future state."""
    everyone = [kept.map for kept in keeping.everyone(slug)]
    if not wanted:
        return everyone
    return [one for one in everyone if wanted in (one.id, one.of)]


@shown("maps/roadmap.html", gettext_lazy("Roadmap"), depends=keeping.state)  # type: ignore[arg-type]
def roadmap(visit: Visit) -> Mapping[str, Any]:
    """Return the board: every opportunity and solution by its status. What was measured of them is fetched after."""
    slug, wanted = visit.workspace.slug, visit.said("map")
    kept = keeping.everyone(slug)
    everyone, maps = [one.map for one in kept], _maps(slug, wanted)
    theirs = {one.map.id for one in kept if circles.may_change(one.sheet)}
    cards: dict[str, list[dict[str, Any]]] = {status: [] for status in STATUSES}
    known, names = shared_cards.twins(maps), {one.id: one.name for one in maps}
    for where in maps:
        steps = {step.id: step.name for step in where.steps()}
        for card in where.cards_of(*ANSWERS):
            if (where.id, card.id) in known:
                continue  # it is shown with the map that this one improves
            status = card.status if card.status in cards else STATUSES[0]
            also = [names[one] for one, _card_id in shared_cards.places(known, (where.id, card.id))[1:]]
            shown_ = _card(slug, where, card, steps.get(card.step, ""), also)
            cards[status].append(shown_ | {"changes": where.id in theirs})
    columns = [
        {"status": status, "name": NAMES[status], "cards": cards[status],
         "before": STATUSES[at - 1] if at else "", "after": STATUSES[at + 1] if at + 1 < len(STATUSES) else ""}
        for at, status in enumerate(STATUSES)
    ]  # fmt: skip
    query = visit.chosen.query
    return {
        "columns": columns, "maps": [one for one in everyone if one.cards_of(*ANSWERS)], "wanted": wanted,
        "tabs": tabs(visit.request, slug), "may_edit": visit.access.may("maps"), "token": TOKEN,
        "statuses": NAMES.items(),
        "measured": f"{reverse('roadmap-measured', args=[slug])}?map={wanted}" + (f"&{query}" if query else ""),
        "any": any(cards.values()),
    }  # fmt: skip


def _card(slug: str, where: Map, card: Card, step: str, also: Sequence[str]) -> dict[str, Any]:
    return {
        "card": card, "map": where.id, "name": ", ".join((where.name, *also)), "step": step,
        "key": f"{where.id}/{card.id}", "href": f"{reverse('map', args=[slug, where.id])}#{card.id}",
        "size": SIZES[min(max(card.effort, 1), 5) - 1] if card.effort else "",
        "due": day(card.due) if card.due else "", "done": day(card.done) if card.done else "",
        "late": bool(card.due and card.due < date.today() and card.status not in ("done", "dropped")),
        "kind": next(lane.kind for lane in where.lanes if lane.id == card.lane),
    }  # fmt: skip


@page()
def measured(request: HttpRequest, slug: str) -> HttpResponse:
    """Give what speaks for each card, ranked, and what came of those that are done."""
    maps = _maps(slug, request.GET.get("map", ""))
    ranked, done = visiting(request, slug, lambda visit: (priorities_of(visit, maps), learned_of(visit, maps)))
    names, known = {one.id: one.name for one in maps}, shared_cards.twins(maps)
    ranked, done = shared_cards.once(ranked, known), tuple(one for one in done if (one.map, one.card) not in known)
    fields = (_("quick wins"), _("big bets"), _("fill-ins"), _("leave"))
    rows = [_ranked(slug, one, names) for one in ranked if one.status != "done"]
    context = {
        "rows": rows, "unranked": [row for row in rows if not row["one"].rank],
        "done": [_learned(slug, one) for one in done],
        "picture": quadrants(ranked, fields, (_("effort →"), _("value →"))) if any(one.rank for one in ranked) else "",
    }  # fmt: skip
    return render(request, "maps/roadmap_measured.html", safe(context))


def _ranked(slug: str, one: Priority, names: Mapping[str, str]) -> dict[str, Any]:
    money = f"{plain(one.revenue.value)} {one.currency}".strip() if one.revenue.value else ""
    gain = plain(one.jsi.value, 1, signed=True) if one.jsi.value is not None else ""
    pains = [
        {"text": pain.text, "severity": pain.severity,
         "share": "" if pain.share.value is None else f"{plain(pain.share.value)} %"}
        for pain in one.pains
    ]  # fmt: skip
    return {
        "one": one, "key": f"{one.map}/{one.card}", "href": f"{reverse('map', args=[slug, one.map])}#{one.card}",
        "map": names.get(one.map, one.map), "gain": gain, "margin": plus_minus(one.jsi.low, one.jsi.high),
        "whole": plain(one.whole.value, 1, signed=True) if one.whole.value is not None else "",
        "money": money, "pains": pains,
        "score": plain(one.score) if one.score is not None else "–",
        "size": SIZES[min(max(one.effort, 1), 5) - 1] if one.effort else "–", "quadrant": QUADRANTS[one.quadrant],
        "fits": [f"{fit}" if fit is not None else "–" for fit in (one.desirability, one.feasibility, one.viability)],
        "told": " · ".join(filter(None, (f"{gain} JSI" if gain else "", money))),
    }  # fmt: skip


def _learned(slug: str, one: Learned) -> dict[str, Any]:
    outcome, tone = OUTCOMES[one.outcome]
    share = one.metric == "theme"
    unit = " %" if share else ""
    name = _("share of %(theme)s") % {"theme": one.theme} if share else METRICS.get(one.metric, (one.metric, ""))[0]
    change = "" if one.change.value is None else f"{plain(one.change.value, 1, signed=True)}{unit}"
    return {
        "one": one, "key": f"{one.map}/{one.card}", "href": f"{reverse('map', args=[slug, one.map])}#{one.card}",
        "metric": name, "done": day(one.done), "outcome": outcome, "tone": tone,
        "before": "–" if one.before.value is None else f"{plain(one.before.value, 1)}{unit}",
        "after": "–" if one.after.value is None else f"{plain(one.after.value, 1)}{unit}",
        "change": change, "margin": plus_minus(one.change.low, one.change.high),
        "p": p_value(one.p_adjusted) if one.p_adjusted is not None else "",
        "rest": "" if one.rest.value is None else plain(one.rest.value, 1, signed=True),
        "foretold": "" if one.foretold is None else plain(one.foretold, 1, signed=True),
        "told": f"{name} {change} · {outcome}" if change else str(outcome),
    }  # fmt: skip


@action()
def status(request: HttpRequest, slug: str) -> HttpResponse:
    """Put a card into another column, in every map that it stands in; one that is done bears the day."""
    given = request.POST

    def act() -> None:
        where, _slash, card = given.get("card", "").partition("/")
        wanted = given.get("status", "")
        if wanted not in STATUSES:
            raise InputError(
                phrase("{value} is no status", value=repr(wanted[:20])), where="status", todo=", ".join(STATUSES)
            )
        _put(request, slug, where, card, wanted)
        known = shared_cards.twins([kept.map for kept in keeping.everyone(slug)])
        for other, same in shared_cards.places(known, (where, card)):
            if other != where:
                with suppress(NotAllowed):  # that map may be changed by others only, and they move it there
                    _put(request, slug, other, same, wanted)

    done = tried(request, act)
    if request.headers.get(SCRIPT):
        return HttpResponse(status=204)
    query = given.get("map", "")
    return back(slug, "roadmap", query=f"map={query}" if query and done else "")


def _put(request: HttpRequest, slug: str, where: str, card: str, wanted: str) -> None:
    kept = keeping.load(slug, where)
    now: Card = find(kept.map, "card", card)
    values: dict[str, Any] = {"status": wanted}
    if wanted == "done":
        values["done"] = (now.done or date.today()).isoformat()
    elif now.done is not None:
        values["done"] = None
    if now.status != wanted:
        edits: Sequence[Edit] = [Edit("set", "card", card, values)]
        keeping.change(slug, where, kept.version, edits, access_of(request).name, f"roadmap: {wanted}")
        noted(request, "map.changed", f"{where} {card}: {wanted}")
