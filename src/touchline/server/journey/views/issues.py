"""Issues: what customers raise, how that moves, where it is born and where it comes back, and who looks after it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from touchline.errors import NotAllowed, TouchlineError
from touchline.figures.markup import Markup
from touchline.figures.numbers import LOW, percent, plain
from touchline.figures.weeks import weeks
from touchline.scores.theme_weeks import theme_weeks
from touchline.server.journey import issues_kept as kept
from touchline.server.journey.page import Visit, shown
from touchline.server.journey.showing import Shown, figure_card, who_link
from touchline.server.journey.views.questions import page_of
from touchline.server.pages.facade import safe
from touchline.server.people.facade import Access, needs, noted, problem

if TYPE_CHECKING:
    from touchline.scores.base import Filters

_MOST: Final = 60
_RECENT: Final = 4  # weeks


@shown("journey/issues.html", "Issues", depends=kept.state)
def issues(visit: Visit) -> Mapping[str, Any]:
    """Return the themes with how they move, or one of the other questions about issues."""
    made = page_of(visit, "issues", _("Issues"))
    if made["question"] != "themes":
        return made
    asked: Shown = made["shown"]
    if asked.figure is None:
        return made
    told = _weeks(visit.local.workspace, visit.chosen.filters)
    owners = kept.owners(visit.workspace.slug) if not visit.access.segments else {}
    most = sorted(enumerate(asked.rows), key=lambda one: (one[1]["hidden"], -one[1]["customers"]))[:_MOST]
    rows = [_row(visit, asked, at, row, told, owners) for at, row in most]
    named = [(row["theme"], row["name"]) for row in asked.rows]
    lead = _(
        "customers a week · grows: twice as many in the last four weeks as in those before · stages: where it is raised"
    )
    made["card"] = figure_card(visit, asked, _("What customers raise"), lead, Markup(""), open_=False)
    return made | {
        "rows": rows, "few": sum(row["hidden"] for row in rows), "themes": named,
        "may_own": kept.may_own(visit.access), "may_edit": kept.may_edit(visit.access),
        "back": visit.chosen.query,
    }  # fmt: skip


Told = dict[str, dict[str, Any]]


def _weeks(workspace: Any, filters: Filters) -> Told:
    """Return, by theme, its customers by week and its mentions by stage, and the weeks of all."""
    found = theme_weeks(workspace.asked, workspace.taxonomy, filters).to_pylist()
    told: Told = {}
    every: set[date] = set()
    for row in found:
        week = row["week"] if isinstance(row["week"], date) else date.fromisoformat(str(row["week"])[:10])
        every.add(week)
        one = told.setdefault(row["theme"], {"weeks": {}, "stages": {}})
        one["weeks"][week] = one["weeks"].get(week, 0) + row["customers"]
        one["stages"][row["stage"]] = one["stages"].get(row["stage"], 0) + row["n"]
    first, last = min(every, default=None), max(every, default=None)
    spans = [first + timedelta(days=7 * i) for i in range((last - first).days // 7 + 1)] if first and last else []
    for one in told.values():
        one["series"] = [one["weeks"].get(week, 0) for week in spans]
        one["names"] = spans
    return told


def _row(
    visit: Visit, asked: Shown, at: int, row: Mapping[str, Any], told: Told, owners: Mapping[str, str]
) -> dict[str, Any]:
    taxonomy = visit.local.workspace.taxonomy
    nothing: dict[str, Any] = {"series": [], "stages": {}, "names": []}
    mine = nothing if row["hidden"] else told.get(row["theme"], nothing)  # a count by week would tell of one person
    stages = sorted(mine["stages"].items(), key=lambda one: -one[1])
    names = [f"{taxonomy.stage(stage).name if taxonomy.stage_id(stage) else stage} {n}" for stage, n in stages[:3]]
    series, spans = mine["series"], mine["names"]
    drawn = (
        weeks(list(zip(spans, series, strict=True)), title=f"{row['name']}: {_('customers a week')}")
        if len(series) > 1
        else ""
    )
    pairs = [*(pair for pair in visit.chosen.pairs if pair[0] != "theme"), ("theme", row["theme"])]
    return {
        "theme": row["theme"], "name": row["name"], "group": row["group"], "pinned": row["pinned"],
        "origin": row["origin"], "hidden": row["hidden"], "tone": "good" if row["polarity"] == "delight" else "bad",
        "counts": f"n {plain(row['n'])} · {_people(row['customers'])}{f' · {LOW}' if row['low_n'] else ''}",
        "negative": percent(row["negative"]), "example": row["example"] or "", "stages": " · ".join(names),
        "weeks": safe(drawn), "moving": _moving(series), "owner": owners.get(row["theme"], ""),
        "comments": f"{reverse('feedback', args=[visit.workspace.slug])}?{urlencode(pairs)}",
        "who": who_link(visit, asked, at) if asked.figure and asked.figure.behind else "",
        "action": f"{reverse('change-issue', args=[visit.workspace.slug, row['theme']])}?{visit.chosen.query}",
    }  # fmt: skip


def _people(n: int) -> str:
    return ngettext("%(n)s customer", "%(n)s customers", n) % {"n": plain(n)}


def _moving(series: list[int]) -> str:
    """Return whether a theme is new, grows or fades."""
    if len(series) < 2 * _RECENT:
        return ""
    recent, earlier = sum(series[-_RECENT:]), sum(series[-2 * _RECENT : -_RECENT])
    if recent >= 5 and not any(series[:-_RECENT]):
        return _("new")
    if recent >= 5 and recent >= 2 * earlier:
        return _("grows")
    return _("fades") if earlier >= 5 and 2 * recent <= earlier else ""


@needs("read")
@require_POST
def change_issue(request: HttpRequest, slug: str, theme: str) -> HttpResponse:
    """Rename, merge, split, pin or hide a theme, or say who looks after it."""
    access: Access = request.access  # type: ignore[attr-defined]
    try:
        done = kept.change(access, theme, request.POST)
    except NotAllowed as error:
        return problem(request, 403, error.what, where=error.where, todo=error.todo)
    except TouchlineError as error:
        return problem(request, 400, error.what, where=error.where, todo=error.todo)
    noted(request, "issue.changed", done)
    return HttpResponseRedirect(f"{reverse('issues', args=[slug])}?{request.GET.urlencode()}")
