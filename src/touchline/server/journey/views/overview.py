"""Where the journey breaks, for whom and why: the first page, the heatmap, and every stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from touchline.report.asked import ask
from touchline.report.friction import friction
from touchline.report.heatmaps import across_card, by_metric, by_segment
from touchline.report.method import method
from touchline.report.opening import cards, finding, line, strip
from touchline.report.stage import blocks, contents
from touchline.report.why import why
from touchline.server.journey.page import Visit, shown
from touchline.vocabulary.schemas import UNASSIGNED

if TYPE_CHECKING:
    from touchline.report.asked import Asked

ACROSS: Final = ("metric", "week", "channel", "touchpoint", "source")


def _nothing(_step: str, _done: float) -> None:
    """Tell nobody."""


def _asked(visit: Visit) -> Asked:
    now = visit.chosen
    whole = not visit.access.segments
    return ask(visit.local, visit.workspace.name, now.filters, now.previous, _nothing, whole=whole)


@shown("journey/overview.html", "Overview")
def overview(visit: Visit) -> Mapping[str, Any]:
    """Return the finding, the headlines, the journey line, what needs attention, and the evidence."""
    asked = _asked(visit)
    if asked.empty:
        return {"finding": finding(asked), "empty": True}

    def link(stage: str) -> str:
        return f"{reverse('stages', args=[visit.workspace.slug])}?{visit.chosen.query}#stage-{stage}"

    return {
        "finding": finding(asked), "strip": strip(asked), "line": line(asked), "cards": cards(asked, link),
        "by_segment": by_segment(asked), "why": why(asked), "by_metric": by_metric(asked),
        "friction": friction(asked), "method": method(asked),
    }  # fmt: skip


@shown("journey/stages.html", "Stages")
def stages(visit: Visit) -> Mapping[str, Any]:
    """Return every stage in a block: scores, trend, causes, delights, who differs, what to do."""
    asked = _asked(visit)
    return {"line": line(asked), "contents": contents(asked), "blocks": blocks(asked)}


@shown("journey/heatmap.html", "Heatmap")
def heatmap(visit: Visit) -> Mapping[str, Any]:
    """Return stages against a metric, a week, a channel, a touchpoint, a source or a segment."""
    by = visit.said("by", "metric")
    names = {"metric": _("Metric"), "week": _("Week"), "channel": _("Channel"), "touchpoint": _("Touchpoint"),
             "source": _("Source")}  # fmt: skip
    names |= {f"segment:{name}": name for name in visit.local.workspace.asked.segments()}
    tabs = [((value, visit.chosen.having(by=value)), name) for value, name in names.items()]
    figure = visit.local.heatmap(visit.chosen.filters, by=by)
    rows = [row for row in figure.to_dicts() if row["stage"] != UNASSIGNED or row["n"]]
    if by == "metric":
        asked = _asked(visit)
        return {"by": by, "across": tabs, "card": by_metric(asked)}
    return {"by": by, "across": tabs, "card": across_card(names.get(by, by), rows, figure.notes)}
