"""The next best action, on a customer's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from touchline.figures.markup import tag
from touchline.server.plays.suggesting import suggested

if TYPE_CHECKING:
    from touchline.figures.markup import Markup
    from touchline.server.journey.facade import Visit
    from touchline.server.plays.suggesting import Suggestion


def panel(visit: Visit, customer: str) -> Markup | None:
    """Return a card of what is suggested for a customer; nothing where nothing fits, or who asks may not be told."""
    if visit.access.segments or not visit.access.may("cases"):
        return None
    found = suggested(visit.held, customer)
    if not found:
        return None
    rows = [
        tag(
            "li",
            tag("a", one.name, href=reverse("play", args=[visit.workspace.slug, one.play])),
            " ",
            tag("span", " · ".join((one.why, _measured(one))), class_="known"),
        )
        for one in found
    ]
    head = tag(
        "div", tag("h2", _("What to do next")), tag("p", _("plays that fit, the surest effect first")), class_="hd"
    )
    return tag("section", head, tag("ul", rows, class_="plain"), class_="card")


def _measured(one: Suggestion) -> str:
    value, low, high = one.recovered.value, one.recovered.low, one.recovered.high
    if value is None or low is None or high is None:
        return _("not measured yet")
    points = {"value": f"{100 * value:+.0f}", "low": f"{100 * low:.0f}", "high": f"{100 * high:.0f}"}
    return _("%(value)s points recovered (%(low)s to %(high)s)") % points
