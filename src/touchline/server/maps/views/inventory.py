"""Where customers meet the company, who looks after each place, whether it is heard; and who has a say."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from touchline.errors import InputError
from touchline.figures.numbers import plain
from touchline.maps import Edit
from touchline.maps.edits import find, ids
from touchline.maps.telling import titled
from touchline.overlay.inventory import inventory
from touchline.overlay.stakeholders import handling, stakeholders
from touchline.overlay.values import Contact, Handling
from touchline.server.journey.facade import Visit, shown
from touchline.server.maps import keeping
from touchline.server.maps.laid import remembered
from touchline.server.maps.views.around import action, back, tabs, tried, whole
from touchline.server.maps.views.gaps import map_tabs
from touchline.server.maps.views.personas import told
from touchline.server.people.facade import access_of, noted
from touchline.words import phrase

HEARD: Final = {
    "measured": (gettext_lazy("measured"), "good"), "thin": (gettext_lazy("few customers"), "flat"),
    "blind spot": (gettext_lazy("blind spot"), "bad"), "silent": (gettext_lazy("nobody there"), "flat"),
}  # fmt: skip
OWNED: Final = {"owned": gettext_lazy("owned"), "earned": gettext_lazy("earned"), "paid": gettext_lazy("paid")}
HANDLED: Final[dict[Handling, Any]] = {
    "manage closely": gettext_lazy("Manage closely"), "keep satisfied": gettext_lazy("Keep satisfied"),
    "keep informed": gettext_lazy("Keep informed"), "monitor": pgettext_lazy("stakeholder", "Monitor"),
    "not placed": gettext_lazy("Not placed yet"),
}  # fmt: skip
_CORNERS: Final[dict[tuple[int, int], Handling]] = {
    (5, 1): "keep satisfied", (5, 5): "manage closely", (1, 1): "monitor", (1, 5): "keep informed",
}  # fmt: skip
_MOST: Final = 200


@shown("maps/inventory.html", gettext_lazy("Touchpoints"), depends=keeping.state)  # type: ignore[arg-type]
def touchpoints(visit: Visit) -> Mapping[str, Any]:
    """Return the touchpoints by stage, and how many of them are heard."""
    maps = [kept.map for kept in keeping.everyone(visit.workspace.slug)]
    names = {one.id: one.name for one in maps}
    found = remembered(
        visit, ("inventory", keeping.state(visit.workspace.slug)),
        lambda: inventory(visit.local, visit.chosen.filters, taxonomy=visit.held.workspace.taxonomy, maps=maps),
    )  # fmt: skip
    wanted = visit.said("heard")
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in found:
        if not wanted or (one.missing if wanted == "missing" else one.hearing == wanted):
            groups.setdefault(one.stage_name or _("Without a stage"), []).append(_row(one, names))
    heard = Counter(one.hearing for one in found)
    counts = [("", _("all"), len(found))] + [(key, str(label), heard[key]) for key, (label, _tone) in HEARD.items()]  # type: ignore[index]
    counts.append(("missing", _("missing"), sum(one.missing for one in found)))
    owned = Counter(one.ownership for one in found if one.ownership)
    return {
        "groups": list(groups.items()), "counts": [one for one in counts if one[2] or not one[0]], "wanted": wanted,
        "owned": [(label, owned[key]) for key, label in OWNED.items() if owned[key]],
        "unowned": sum(not one.owner for one in found), "tabs": tabs(visit.request, visit.workspace.slug),
        "may_admin": visit.access.may("admin"), "query": visit.chosen.query, "any": bool(found),
    }  # fmt: skip


def _row(one: Contact, names: Mapping[str, str]) -> dict[str, Any]:
    heard, tone = HEARD[one.hearing]
    return {
        "one": one, "name": titled(one.name) if one.name.isidentifier() else one.name, "heard": heard, "tone": tone,
        "jsi": told(one.jsi), "owned": OWNED.get(one.ownership, ""),
        "friction": plain(one.friction.value, 1) if one.friction.value is not None else "",
        "maps": [(which, names.get(which, which)) for which in one.maps],
    }  # fmt: skip


@shown("maps/stakeholders.html", gettext_lazy("Stakeholders"), depends=keeping.state)  # type: ignore[arg-type]
def grid(visit: Visit, which: str) -> Mapping[str, Any]:
    """Return who has a part in a map's journey, on the grid of influence and interest."""
    context = map_tabs(visit, which, "stakeholders")
    placed = stakeholders([context["map"]])
    cells = [
        {"name": HANDLED[_CORNERS[influence, interest]] if (influence, interest) in _CORNERS else "",
         "field": handling(interest, influence).replace(" ", "-"),
         "who": [one for one in placed if (one.influence, one.interest) == (influence, interest)]}
        for influence in range(5, 0, -1)
        for interest in range(1, 6)
    ]  # fmt: skip
    people = [
        {"one": one, "handling": HANDLED[handling(one.interest, one.influence)]} for one in context["map"].stakeholders
    ]
    context |= {"may_edit": context["changes"]}
    return context | {"cells": cells, "people": people, "fields": HANDLED.items(), "range": range(1, 6)}


@action()
def change(request: HttpRequest, slug: str, which: str) -> HttpResponse:
    """Add a stakeholder, put one otherwise, or take one away."""
    given = request.POST

    def act() -> None:
        kept = keeping.load(slug, which)
        person = given.get("id", "")
        if given.get("do") == "remove":
            find(kept.map, "stakeholder", person)
            edit = Edit("remove", "stakeholder", person)
        else:
            values = _values(request)
            if person:
                edit = Edit("set", "stakeholder", person, values)
            elif len(kept.map.stakeholders) >= _MOST:
                raise InputError(
                    phrase("the map has {most} stakeholders, the most there can be", most=str(_MOST)),
                    where="stakeholders",
                )
            else:
                edit = Edit("add", "stakeholder", _fresh(values["name"], ids(kept.map)), values)
        keeping.change(slug, which, kept.version, [edit], access_of(request).name, "stakeholders")

    if tried(request, act):
        noted(request, "map.changed", f"{which}: stakeholders")
    return back(slug, "stakeholders", which)


def _values(request: HttpRequest) -> dict[str, Any]:
    given = request.POST
    name = " ".join(given.get("name", "").split())
    if not name or len(name) > 120:
        raise InputError(phrase("a stakeholder has a name of at most 120 characters"), where="name")
    values: dict[str, Any] = {"name": name, "group": given.get("group", "").strip()[:60],
                              "note": given.get("note", "").strip()[:400]}  # fmt: skip
    for key in ("interest", "influence"):
        said = given.get(key, "")
        values[key] = whole(said, 1, 5, key) if said else None
    return values


def _fresh(name: str, taken: set[str]) -> str:
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "stakeholder"
    return next(one for at in range(1, _MOST + 2) if (one := base if at == 1 else f"{base}-{at}") not in taken)
