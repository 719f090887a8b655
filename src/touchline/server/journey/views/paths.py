"""How customers move: a funnel that is built here, flows, drop-off, transitions, variants, cohorts, attribution."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from touchline.server.journey.page import Visit, shown
from touchline.server.journey.reading import ASK
from touchline.server.journey.views.questions import page_of

_MOST_STEPS: Final = 12
_CHARTS: Final = {"sankey": "sankey"}


@shown("journey/paths.html", "Paths")
def paths(visit: Visit) -> Mapping[str, Any]:
    """Return how customers move."""
    question = visit.said("q", "funnel")
    given: dict[str, str] = {}
    builder = None
    if question == "funnel":
        chosen = _steps(visit)
        given["steps"] = ",".join(chosen)
        builder = _builder(visit, chosen)
    elif question == "attribution" and not visit.said("to"):
        given["jsi"] = "True"
    elif question == "sankey" and not visit.said("anchor"):
        given["anchor"] = _progress(visit)[0]
    return page_of(visit, "paths", _("Paths"), given=given, chart=_CHARTS.get(question, "")) | {"builder": builder}


def _progress(visit: Visit) -> list[str]:
    taxonomy = visit.local.workspace.taxonomy
    return [stage for stage in taxonomy.ids if taxonomy.stage(stage).kind == "progress"]


def _steps(visit: Visit) -> list[str]:
    """Return the steps that the address states, one by one or in one field; without any the stages in order."""
    said = [text.strip() for text in visit.request.GET.getlist("step") if text.strip()]
    if not said:
        said = [part.strip() for part in (visit.said(f"{ASK}steps") or visit.said("steps")).split(",") if part.strip()]
    return (said or _progress(visit))[:_MOST_STEPS]


def _builder(visit: Visit, chosen: list[str]) -> Mapping[str, Any]:
    """Return what the builder of a funnel offers: its steps, and what else there is to choose."""
    taxonomy = visit.local.workspace.taxonomy
    known = [(stage, taxonomy.stage(stage).name) for stage in _progress(visit)]
    events = visit.local.workspace.journeys.coded("event").names if not visit.access.segments else ()
    names = dict(known)
    return {
        "steps": [(step, names.get(step, step)) for step in chosen],
        "offered": [*known, *((name, name) for name in events[:200] if name and name not in names)],
        "kept": list(visit.chosen.pairs),
        "segments": list(visit.local.workspace.asked.segments()),
        "by": visit.said("by"), "order": visit.said("order", "ordered"), "window": visit.said("window"),
        "orders": (("ordered", _("in this order")), ("strict", _("directly after each other")),
                   ("any", _("in any order"))),
    }  # fmt: skip
