"""One stage: its scores through time, where and for whom it hurts, why, what to do, and what people think of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from touchline.errors import NotAllowed, QuestionError, TouchlineError
from touchline.figures import TrendPoint, trend_line
from touchline.figures.dots import Dot, dots
from touchline.figures.fishbone import fishbone
from touchline.figures.markup import Child, Markup, tag
from touchline.figures.numbers import LOW, arrow, half, p_value, period, places, plain, plus_minus
from touchline.figures.quadrants import Driver, quadrants
from touchline.report.stage import scores, shares, to_do
from touchline.report.why import ranked
from touchline.server.journey import causes as fish
from touchline.server.journey.asking import stage_report_of
from touchline.server.journey.charting import driver_name, driver_tip
from touchline.server.journey.marking import marked
from touchline.server.journey.models import BRANCHES
from touchline.server.journey.page import Visit, shown
from touchline.server.journey.showing import ask, figure_card, fitted
from touchline.server.pages.facade import safe
from touchline.server.people.facade import Access, needs, noted, problem
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.vocabulary.model import Stage

_QUOTES: Final = 6
_STEPS: Final = {"day": 1, "week": 7, "month": 31}


def _stage(visit: Visit, name: str) -> Stage:
    taxonomy = visit.local.workspace.taxonomy
    found = taxonomy.stage_id(name)
    if found is None:
        raise QuestionError(
            phrase("there is no stage {name}", name=repr(name)),
            todo=phrase("there are: {listed}", listed=", ".join(taxonomy.ids)),
        )
    return taxonomy.stage(found)


@shown("journey/stage.html", "Stages", depends=fish.state)
def stage(visit: Visit, stage: str) -> Mapping[str, Any]:
    """Return the stage's page, or one of the parts of it that take longer, which the page fetches by itself."""
    told = _stage(visit, stage)
    part = visit.said("part")
    if part:
        made = _PARTS.get(part)
        if made is None:
            raise QuestionError(
                phrase("a stage has no part {part}", part=repr(part)),
                where="part",
                todo=phrase("give {listed}", listed=", ".join(_PARTS)),
            )
        return {"stage": told, "part": made(visit, told)}
    asked = stage_report_of(visit, told.id)
    row = next((one for one in asked.rows if one["stage"] == told.id), None)
    others = [
        {"name": one["name"], "on": one["stage"] == told.id, "href": _href(visit, one["stage"])} for one in asked.rows
    ]
    base = {"stage": told, "others": others, "fish": _fish(visit, told)}
    if row is None or row["hidden"]:
        return base | {"silent": True}
    rows = asked.of(asked.causes, told.id)
    delights = asked.of(asked.delights, told.id)
    feedback = reverse("feedback", args=[visit.workspace.slug])

    def leads(row: Mapping[str, Any]) -> str:
        return f"{feedback}?{visit.chosen.having(stage=told.id, theme=row['theme'])}"

    return base | {
        "row": row, "scores": scores(row, asked), "shares": shares(row), "do": to_do(row, asked),
        "trend": _trend(visit, told), "touchpoints": _touchpoints(visit, told), "segments": _segments(visit, told),
        "causes": figure_card(
            visit, ask(visit, "causes", stage=told.id), _("Root causes"),
            _("JSI points that come back if a cause goes; solid: after those above it, so that bars add up"),
            ranked(rows, leads=leads) if rows else _nothing(_("No theme is carried by five customers or more.")),
        ),
        "delights": figure_card(
            visit, ask(visit, "delights", stage=told.id), _("Moments of delight"),
            _("what lifts this stage, in JSI points"),
            ranked(delights, "lifts", leads) if delights else _nothing(_("Nothing lifts it beyond chance.")),
        ),
        "quotes": _quotes(visit, told),
        "parts": {name: _href(visit, told.id, part=name) for name in _PARTS},
        "comments": f"{feedback}?{visit.chosen.having(stage=told.id)}",
    }  # fmt: skip


def _nothing(said: str) -> Markup:
    return tag("p", said, class_="nothing")


def _href(visit: Visit, stage: str, **more: str) -> str:
    return f"{reverse('stage', args=[visit.workspace.slug, stage])}?{visit.chosen.having(**more)}"


def _drawn_trend(visit: Visit, told: Stage, turns: list[tuple[date, str]]) -> Markup:
    asked = ask(visit, "trend", stage=told.id, by=_by(visit))
    rows = asked.rows
    points = [
        TrendPoint(row["period"], row["jsi"], row["low"], row["high"], row["n"], row["unfinished"], row["low_n"])
        for row in rows
    ]
    gate = told.target or visit.local.workspace.settings.score.gate
    by = asked.figure.facts["by"] if asked.figure else "week"
    title = phrase("{name}, JSI by {by}", name=told.name, by=period(by))
    drawn = trend_line(points, title=title, step=_STEPS[by], gate=gate, marks=turns, width=640, height=280)
    weeks = {f"{row['period']}" for row in rows}
    known = [(f"{at}", str(said)) for at, said in turns if f"{at}" in weeks]
    marks = json.dumps({"gate": gate, "turns": known})
    lead = _("JSI with its interval · dotted: target %(gate)s") % {"gate": f"{gate:g}"}
    if turns:
        lead += " · " + _("dashed: the level changed")
    return figure_card(visit, asked, _("Through time"), lead, drawn, chart="trend", marks=marks)


def _by(visit: Visit) -> str:
    days = visit.chosen.days if visit.chosen.days is not None else 56
    return "day" if 0 < days < 21 else "month" if days == 0 or days > 560 else "week"


def _trend(visit: Visit, told: Stage) -> Markup:
    return _drawn_trend(visit, told, [])


def _turns(visit: Visit, told: Stage) -> Markup:
    """The trend with the weeks in which the level changed, and what changed most there."""
    asked = ask(visit, "changepoints")
    mine = [(at, row) for at, row in enumerate(asked.rows) if row["stage"] == told.id]
    turns = [(row["week"], arrow(row["change"])) for _at, row in mine if row["series"] == "jsi"]
    said = [tag("li", row["says"]) for _at, row in mine]
    after = (
        tag("ul", said, class_="notes") if said else tag("p", _("No change of level beyond chance."), class_="known")
    )
    return Markup(
        _drawn_trend(visit, told, turns).replace('<details class="rows">', f'{after}<details class="rows">', 1)
    )


def _touchpoints(visit: Visit, told: Stage) -> Markup:
    """The JSI of each touchpoint, by sub-stage."""
    inner = _only(visit, told.id)
    asked = ask(inner, "jsi", by="touchpoint")
    held = {row["key"]: row for row in asked.rows}
    rows = []
    for sub in told.sub_stages:
        for point in sub.touchpoints:
            row = held.get(point.id)
            if row is not None:
                rows.append(_jsi_dot(row, point.name, sub.name))
    known = {point.id for sub in told.sub_stages for point in sub.touchpoints}
    rows += [
        _jsi_dot(row, row["name"], _("other")) for key, row in held.items() if key and key not in known and key != "all"
    ]
    drawn = (
        fitted(lambda width: dots(rows, title=_("JSI by touchpoint"), zero=False, width=width))
        if rows
        else _nothing(_("No touchpoint is named."))
    )
    return figure_card(
        inner, asked, _("Sub-stages and touchpoints"), _("JSI and interval of what was said of each"), drawn
    )


def _jsi_dot(row: Mapping[str, Any], name: str, group: str) -> Dot:
    value = row["jsi"]
    tone: Any = "ink"
    text = "n < 5" if value is None else plain(value, places(half(row["low"], row["high"])))
    return Dot(name, value, text, row["low"], row["high"], f"n {plain(row['n'])}", group, tone, row["low_n"])


def _only(visit: Visit, stage: str) -> Visit:
    """Return the visit with the stage among its filters."""
    from dataclasses import replace

    now = visit.chosen
    pairs = (*(pair for pair in now.pairs if pair[0] != "stage"), ("stage", stage))
    previous = now.previous and replace(now.previous, stages=(stage,))
    return replace(
        visit, chosen=replace(now, filters=replace(now.filters, stages=(stage,)), previous=previous, pairs=pairs)
    )


def _segments(visit: Visit, told: Stage) -> Markup:
    """Every segment value against the rest, with corrected significance."""
    asked = ask(visit, "segments", stage=told.id)
    rows = []
    for row in asked.rows:
        if row["hidden"] or row["difference"] is None:
            continue
        digits = places(half(row["difference_low"], row["difference_high"]))
        tone: Any = "ink" if not row["significant"] else "bad" if row["difference"] < 0 else "good"
        note = f"n {plain(row['n'])}" + (f" · {p_value(row['p_adjusted'])}" if row["significant"] else "")
        shown_ = plain(row["difference"], digits, signed=True)
        ends = row["difference_low"], row["difference_high"]
        rows.append(Dot(row["value"], row["difference"], shown_, *ends, note, row["segment"], tone, row["low_n"]))
    drawn = (
        fitted(lambda width: dots(rows, title=_("Difference from the rest"), width=width))
        if rows
        else _nothing(_("No segment has enough customers here."))
    )
    lead = _("points above or below everybody else · coloured: more than chance after correction for %(n)s tests")
    family = asked.figure.facts["family"] if asked.figure else 0
    return figure_card(visit, asked, _("Segments compared"), lead % {"n": family}, drawn)


def _why(visit: Visit, told: Stage) -> Markup:
    """Why, and why that: the part with the largest excess at each level."""
    asked = ask(visit, "why", stage=told.id, others="3")
    levels: dict[int, list[Mapping[str, Any]]] = {}
    for row in asked.rows:
        levels.setdefault(row["level"], []).append(row)
    made: list[Child] = []
    for level in sorted(levels):
        chosen = next((row for row in levels[level] if row["chosen"]), None)
        if chosen is None:
            continue
        others = [row for row in levels[level] if not row["chosen"]]
        beside = (
            tag(
                "p",
                _("beside it: "),
                ", ".join(f"{row['of']} {row['name']} ({plain(row['points'], 1)})" for row in others),
                class_="known",
            )
            if others
            else None
        )
        href = _comments(visit, told.id, levels, level)
        points = f"{plain(chosen['points'], 1)} {plus_minus(chosen['low'], chosen['high'], 1)}"
        numbers = f"{points} · n {plain(chosen['n'])} · {plain(chosen['customers'])} {_('customers')}"
        if chosen["low_n"]:
            numbers += f" · {LOW}"
        made.append(tag("li", tag("p", tag("a", chosen["says"], href=href)), tag("p", numbers, class_="known"), beside))
    drawn = tag("ol", made, class_="chain")
    return figure_card(
        visit,
        asked,
        _("Why? And why that?"),
        _("the part with the largest excess at each step; a step leads to its comments"),
        drawn,
    )


def _comments(visit: Visit, stage: str, levels: Mapping[int, list[Mapping[str, Any]]], deepest: int) -> str:
    """Return the address of the comments of a step: all that was chosen up to there."""
    pairs = [pair for pair in visit.chosen.pairs if pair[0] != "stage"]
    pairs.append(("stage", stage))
    for level in range(1, deepest + 1):
        row = next((one for one in levels.get(level, []) if one["chosen"]), None)
        if row is None:
            continue
        if row["of"] in ("theme", "channel", "touchpoint", "source"):
            pairs.append((row["of"], str(row["value"])))
        elif row["of"].startswith("segment:"):
            pairs.append(("segment", f"{row['of'].removeprefix('segment:')}:{row['value']}"))
    return f"{reverse('feedback', args=[visit.workspace.slug])}?{urlencode(pairs)}"


def _drivers(visit: Visit, told: Stage) -> Markup:
    """Importance against performance: what to fix, keep, watch and ignore."""
    inner = _only(visit, told.id)
    asked = ask(inner, "drivers")
    rows = [row for row in asked.rows if row["jsi"] is not None and not row["hidden"] and row["importance"] is not None]
    dots_ = [
        Driver(
            driver_name(row), abs(row["importance"]), row["jsi"], driver_tip(row), row["low_n"],
        )
        for row in rows
    ]  # fmt: skip
    if not dots_:
        return figure_card(
            inner,
            asked,
            _("Drivers"),
            "",
            _nothing(_("Too little was said here to tell drivers apart.")),
        )
    middle = sorted(dot.importance for dot in dots_)[len(dots_) // 2]
    drawn = quadrants(
        dots_, title=_("Drivers: importance and performance"), split=(middle, 50.0),
        names=(_("Fix"), _("Keep"), _("Watch"), _("Ignore")), axes=(_("performance (JSI)"), _("importance")),
    )  # fmt: skip
    return figure_card(
        inner,
        asked,
        _("Drivers"),
        _("how much each goes with a bad score, all else equal, and how it stands"),
        drawn,
        chart="scatter",
    )


def _quotes(visit: Visit, told: Stage) -> list[dict[str, Any]]:
    """What customers wrote of it lately, with the words that decided marked."""
    found = _only(visit, told.id)
    figure = visit.local.feedback(found.chosen.filters, sentiment="negative", limit=_QUOTES)
    return [
        {
            "at": row["occurred_at"], "channel": row["channel"] or row["source"],
            "parts": marked(row["text"], row["mentions"]),
        }
        for row in figure.to_dicts()
    ]  # fmt: skip


def _fish(visit: Visit, told: Stage) -> dict[str, Any] | None:
    """The fishbone, and what may be done with it; it is of all customers, so not for those who see some."""
    if visit.access.segments:
        return None
    slug = visit.workspace.slug
    causes = fish.of_stage(slug, told.id)
    written = {cause.theme for cause in causes if cause.theme}
    themes = [theme for theme in told.themes if theme.polarity == "pain" and theme.id not in written]
    return {
        "drawn": safe(
            fishbone(told.name, fish.branches(causes), title=_("Causes of trouble at %(stage)s") % {"stage": told.name})
        ),
        "causes": causes, "may": fish.may_edit(visit.access), "branches": [(key, _(name)) for key, name in BRANCHES],
        "themes": themes, "action": reverse("causes", args=[slug, told.id]),
        "back": f"{reverse('stage', args=[slug, told.id])}?{visit.chosen.query}",
    }  # fmt: skip


@needs("read")
@require_POST
def change_causes(request: HttpRequest, slug: str, stage: str) -> HttpResponse:
    """Add, confirm, doubt, move or remove a cause of a stage's fishbone."""
    access: Access = request.access  # type: ignore[attr-defined]
    try:
        done = fish.change(access, stage, request.POST)
    except NotAllowed as error:
        return problem(request, 403, error.what, where=error.where, todo=error.todo)
    except TouchlineError as error:
        return problem(request, 400, error.what, where=error.where, todo=error.todo)
    noted(request, "cause.changed", done)
    return HttpResponseRedirect(f"{reverse('stage', args=[slug, stage])}?{request.GET.urlencode()}#fishbone")


_PARTS: Final[Mapping[str, Callable[[Visit, Any], Markup]]] = {"turns": _turns, "why": _why, "drivers": _drivers}
