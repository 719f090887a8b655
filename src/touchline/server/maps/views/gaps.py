"""Gaps: what is measured of the journey as it is, against what the future map aims for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from touchline.errors import MapError
from touchline.figures.numbers import p_value, plain, plus_minus
from touchline.maps.model import Map
from touchline.maps.telling import METRICS, bare, number_of
from touchline.overlay.values import Gap
from touchline.server.journey.facade import Visit, shown
from touchline.server.maps import circles, keeping
from touchline.server.maps.around_pictures import reach
from touchline.server.maps.errors import MapMissing
from touchline.server.maps.laid import gaps_of, pair
from touchline.server.maps.views.around import action, back, tried
from touchline.server.people.facade import access_of, noted

VERDICTS: Final = {
    "reached": (gettext_lazy("reached"), "good"), "missed": (gettext_lazy("missed"), "bad"),
    "unsure": (gettext_lazy("perhaps chance"), "flat"), "no target": (gettext_lazy("no target"), "flat"),
    "not measured": (gettext_lazy("not measured"), "flat"),
}  # fmt: skip
AIMS: Final = {"kpi": gettext_lazy("KPI card"), "belief": gettext_lazy("future map"), "taxonomy": gettext_lazy("stage")}


def map_tabs(visit: Visit, slug: str, on: str) -> dict[str, Any]:
    """Return the pages of one map for their tabs, and its name.

    Raises:
        Http404: There is no such map.
    """
    try:
        kept = keeping.load(visit.workspace.slug, slug)
    except MapMissing as error:
        raise Http404 from error
    named = (
        (_("Map"), "map"), (_("Gaps"), "gaps"), (_("Story"), "story"), (_("Stakeholders"), "stakeholders"),
    )  # fmt: skip
    query = visit.chosen.query
    links = [
        {"label": label, "on": name == on,
         "href": reverse(name, args=[visit.workspace.slug, slug]) + (f"?{query}" if query else "")}
        for label, name in named
    ]  # fmt: skip
    may = visit.access.may("maps")
    return {"map": kept.map, "tabs": links, "may_edit": may, "changes": may and circles.may_change(kept.sheet)}


@shown("maps/gaps.html", gettext_lazy("Gaps"), depends=keeping.state)  # type: ignore[arg-type]
def gaps(visit: Visit, which: str) -> Mapping[str, Any]:
    """Return the gaps of a current map against its future state, or what is missing for that."""
    context = map_tabs(visit, which, "gaps")
    try:
        current, future = pair(visit.workspace.slug, which, visit.said("against"))
    except MapError as error:
        return context | {"lacking": error, "rows": ()}
    found = gaps_of(visit, which, visit.said("against"))
    names = {card.id: card.text for one in (current, future) for card in one.cards}
    rows, last = [], None
    for one in found.rows:
        key = (one.step, one.future)
        rows.append(_row(visit, one, names) | {"first": key != last})
        last = key
    for at, row in enumerate(rows):
        later = next((n for n, other in enumerate(rows[at + 1 :], at + 1) if other["first"]), len(rows))
        row["rows"] = later - at
    missed = [one for one in found.rows if one.verdict == "missed"]
    aimed = [one for one in found.rows if one.target is not None]
    steps = {step.id: step.name for one in (current, future) for step in one.steps()}
    told = ngettext("%(missed)d of %(n)d target is surely missed", "%(missed)d of %(n)d targets are surely missed",
                    len(aimed)) % {"missed": len(missed), "n": len(aimed)}  # fmt: skip
    return context | {
        "current": current, "future": future, "found": found, "rows": rows, "told": told, "worst": _worst(missed),
        "added": [steps[one] for one in found.added], "dropped": [steps[one] for one in found.dropped],
    }  # fmt: skip


def _worst(missed: list[Gap]) -> str:
    """Say which JSI is furthest from where it shall be; "" where none is."""
    ranked = [one for one in missed if one.metric == "jsi" and one.missing is not None]
    if not ranked:
        return ""
    one = max(ranked, key=lambda gap: gap.missing or 0.0)
    said = _("%(step)s is furthest away: %(now)s of %(target)s") % {
        "step": one.name, "now": plain(one.now.value), "target": plain(one.target)
    }  # fmt: skip
    if one.cause:
        said += "; " + _("%(cause)s costs it %(points)s points") % {
            "cause": one.cause.name, "points": plain(one.cause.points.value, 1)
        }  # fmt: skip
    return said


def _row(visit: Visit, one: Gap, names: Mapping[str, str]) -> dict[str, Any]:
    slug = visit.workspace.slug
    verdict, tone = VERDICTS[one.verdict]
    return {
        "gap": one, "metric": METRICS.get(one.metric, (one.metric, ""))[0], "picture": reach(one),
        "now": number_of(one.metric, one.now) if one.source == "measured" else bare(one.metric, one.now.value),
        "target": bare(one.metric, one.target) if one.target is not None else "–", "aim": AIMS.get(one.aim, ""),
        "missing": "" if one.missing is None or one.missing <= 0 else bare(one.metric, one.missing),
        "verdict": verdict, "tone": tone, "p": p_value(one.p_adjusted) if one.p_adjusted is not None else "",
        "points": "" if one.cause is None else plain(one.cause.points.value, 1),
        "margin": "" if one.cause is None else plus_minus(one.cause.points.low, one.cause.points.high),
        "pains": [names.get(card, card) for card in one.pains],
        "answers": [{"text": names.get(card, card), "href": f"{reverse('map', args=[slug, where])}#{card}"}
                    for where, card in one.opportunities[:3]],
        "href": f"{reverse('figure', args=[slug])}?q={one.question}&{visit.chosen.query}" if one.question else "",
    }  # fmt: skip


@action()
def make_future(request: HttpRequest, slug: str, which: str) -> HttpResponse:
    """Make the future state of a map: a copy that says which one it improves."""
    by = access_of(request).name
    made: list[Map] = []

    def act() -> None:
        kept = keeping.load(slug, which)
        now = kept.map
        name = _("%(name)s, future state") % {"name": now.name}
        future = replace(now, id=keeping.free(slug, f"{now.id[:70]}-future"), name=name, state="future", of=now.id)
        keeping.create(slug, future, by, f"from {now.id}", like=kept)
        made.append(future)

    if not tried(request, act):
        return back(slug, "gaps", which)
    noted(request, "map.made", made[0].id)
    return back(slug, "map", made[0].id)
