"""Every component of the pages in every state, in light and dark: what to build a page from, and what to look at."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from touchline.figures import (
    CauseBar,
    HeatCell,
    HeatRow,
    JourneyStage,
    TrendPoint,
    cause_bar,
    gauge,
    heat_table,
    journey_line,
    sparkline,
    stacked_bar,
    trend_line,
)
from touchline.server.pages.markup import safe
from touchline.server.people.facade import needs

_STAGES: Final = (
    JourneyStage("Awareness", 61.0, 57.0, 65.0, 1240, 60.0, 1.2, 2.0),
    JourneyStage("Purchase", 72.0, 70.0, 74.0, 4890, 70.0, 2.1, 0.8, True),
    JourneyStage("Onboarding", 58.0, 48.0, 68.0, 24, 59.0, -1.0, 9.0, False, True),
    JourneyStage("Delivery", 37.0, 34.0, 40.0, 3960, 46.0, -9.4, 2.0, True),
    JourneyStage("Usage", None, n=3),
    JourneyStage("Support", 44.0, 41.0, 47.0, 4410, 49.0, -5.2, 2.0, True),
)
_FIRST: Final = date(2026, 6, 1)


@needs("read")
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show them; all numbers are invented."""
    context: dict[str, Any] = safe(_figures())
    context["schemes"] = (("light", _("Light")), ("dark", _("Dark")))
    return render(request, "pages/patterns.html", context)


def _figures() -> dict[str, str]:
    points = _points()
    cells = (HeatCell("37", "±4", 37.0, 3960, 900), HeatCell("50", "±7", 50.0, 410, 120),
             HeatCell("81", "±4", 81.0, 890, 300, marked=True), HeatCell("63", "±21", 63.0, 22, 20, low_n=True),
             HeatCell(None, n=3, customers=3), None)  # fmt: skip
    names = (_("bad"), _("neutral"), _("good, sure"), _("few"), _("hidden"), _("nothing"))
    bar = CauseBar("Parcel arrives later than promised", 6.1, 4.8, 7.6, 4.4)
    return {
        "line": journey_line(_STAGES),
        "nobody": journey_line([JourneyStage(stage.name, None) for stage in _STAGES], title="Nothing yet"),
        "gauge": gauge(37.0, 33.0, 41.0, title="JSI", target=75.0),
        "few": gauge(63.0, 42.0, 84.0, title="JSI of few", target=75.0, low_n=True),
        "none": gauge(None, title="No JSI", target=75.0),
        "trend": trend_line(points, title="JSI by week", step=7),
        "spark": sparkline(points, title="JSI by week", step=7),
        "shares": stacked_bar(0.52, 0.21, 0.27, title="Comments"),
        "heat": heat_table(
            names, [HeatRow(_("Delivery"), cells), HeatRow(_("Unassigned"), cells, True)], caption="JSI"
        ),
        "hurts": cause_bar(bar, most=8.0),
        "lifts": cause_bar(bar, most=8.0, direction="lifts"),
    }


def _points() -> list[TrendPoint]:
    values = (62.0, 60.0, 61.0, None, 52.0, 49.0, 51.0, 47.0)
    return [
        TrendPoint(_FIRST + timedelta(weeks=i), value, value and value - 5, value and value + 5, 200, i == 7)
        for i, value in enumerate(values)
    ]
