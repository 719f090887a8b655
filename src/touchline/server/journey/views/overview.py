"""Where the journey breaks, for whom and why: the first page, why the NPS moved, and every stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from touchline.errors import QuestionError
from touchline.figures.markup import Markup
from touchline.figures.numbers import day
from touchline.figures.spread import Spread, spreads
from touchline.figures.waterfall import Step, waterfall
from touchline.report.friction import friction
from touchline.report.heatmaps import by_metric, by_segment
from touchline.report.method import method
from touchline.report.opening import cards, finding, line
from touchline.report.stage import blocks, contents
from touchline.report.why import why
from touchline.server.journey.asking import headlines_before, report_of
from touchline.server.journey.cards import cards as other_cards
from touchline.server.journey.headlines import risk, strip
from touchline.server.journey.page import Visit, shown
from touchline.server.journey.showing import Shown, ask, figure_card, fitted, linked
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.scores.base import Figure

_MOST_STEPS: Final = 8


@shown("journey/overview.html", "Overview", late={"cards": other_cards})
def overview(visit: Visit) -> Mapping[str, Any]:
    """Return the finding, the headlines, the journey line, what needs attention, and the evidence.

    What is at risk takes longer than the rest, and is fetched by the page: it is its part ``risk``.
    """
    if part := visit.said("part"):
        if part != "risk":
            raise QuestionError(
                phrase("the overview has no part {part}", part=repr(part)), where="part", todo=phrase("give risk")
            )
        return {"part": risk(visit)}
    asked = report_of(visit)
    if asked.empty:
        return {"finding": finding(asked), "empty": True}

    def link(stage: str) -> str:
        return f"{reverse('stage', args=[visit.workspace.slug, stage])}?{visit.chosen.query}"

    across = asked.across
    by = f"segment:{across.name}" if across is not None and across.is_segment else "channel"
    return {
        "finding": finding(asked), "strip": strip(visit, asked, headlines_before(visit, asked)),
        "line": linked(visit, line(asked), "stages"), "attention": cards(asked, link),
        "by_segment": linked(visit, by_segment(asked), "heatmap", by=by), "why": linked(visit, why(asked), "causes"),
        "by_metric": linked(visit, by_metric(asked), "heatmap"),
        "friction": linked(visit, friction(asked), "friction"), "method": method(asked),
    }  # fmt: skip


@shown("journey/nps.html", "Overview")
def nps(visit: Visit) -> Mapping[str, Any]:
    """Return how the answers to the NPS are spread through time, and the bridge of why it moved."""
    spread = ask(visit, "distribution", of="nps", by=_by(visit))
    bridge = ask(visit, "nps_bridge")
    return {
        "spread": figure_card(
            visit, spread, _("Who answered what"),
            _("detractors, passives and promoters; each customer's latest answer of the period"),
            _spread(spread), chart="spread",
        ),
        "bridge": figure_card(
            visit, bridge, _("Why it moved"),
            _("NPS points that each theme, and the mix of who answered, added or took"),
            _bridge(bridge.figure),
        ),
    }  # fmt: skip


def _by(visit: Visit) -> str:
    days = visit.chosen.days
    return "week" if days and days <= 100 else "month"


def _spread(asked: Shown) -> Markup:
    if asked.figure is None:
        return Markup("")
    by = asked.figure.facts["by"]
    rows = [
        Spread(
            day(row["period"], year=False) if by == "week" else f"{row['period']:%b %y}", row["negative"],
            row["neutral"], row["positive"], row["score"], row["low"], row["high"], row["n"], row["low_n"],
            row["unfinished"],
        )
        for row in asked.rows
    ]  # fmt: skip
    names = (_("detractors"), _("passives"), _("promoters"))
    return fitted(lambda width: spreads(rows, title=_("NPS through time"), names=names, signed=True, width=width))


def _bridge(figure: Figure | None) -> Markup:
    if figure is None or figure.facts["before"] is None or figure.facts["after"] is None:
        return Markup(f'<p class="nothing">{_("Too few answered in one of both periods to compare them.")}</p>')
    rows = [row for row in figure.to_dicts() if (row["total"] or row["mix"]) is not None]
    mix = figure.facts["mix"] or 0.0
    steps = [Step(_("who answered (mix)"), mix, n=int(sum(r["n"] for r in rows if r["kind"] == "mix")))]
    themes = sorted((row for row in rows if row["kind"] == "theme"), key=lambda row: -abs(row["total"] or 0.0))
    steps += [Step(row["name"], row["total"], row["low"], row["high"], row["n"], row["low_n"])
              for row in themes[:_MOST_STEPS] if row["total"] is not None]  # fmt: skip
    before, after = figure.facts["before"], figure.facts["after"]
    rest = after - before - sum(step.change for step in steps)
    if abs(rest) >= 0.05:
        steps.append(Step(_("all others"), rest))
    names = (_("NPS before"), _("NPS now"))
    return waterfall(before, after, steps, title=_("Why the NPS moved"), names=names, signed=True)


@shown("journey/stages.html", "Stages")
def stages(visit: Visit) -> Mapping[str, Any]:
    """Return every stage in a block: scores, trend, causes, delights, who differs, what to do."""
    asked = report_of(visit)
    rows = [
        {
            "name": row["name"],
            "href": f"{reverse('stage', args=[visit.workspace.slug, row['stage']])}?{visit.chosen.query}",
        }
        for row in asked.rows
        if not row["hidden"]
    ]
    return {"line": linked(visit, line(asked), "stages"), "contents": contents(asked), "blocks": blocks(asked),
            "pages": rows}  # fmt: skip
