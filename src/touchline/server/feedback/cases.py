"""A customer's cases, on the customer's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from touchline.figures.markup import tag
from touchline.figures.numbers import day
from touchline.server.care.facade import address, cases_of

if TYPE_CHECKING:
    from touchline.figures.markup import Markup
    from touchline.server.journey.facade import Visit

_MOST = 8


def panel(visit: Visit, customer: str) -> Markup | None:
    """Return a card of a customer's cases, the open ones first; nothing where there is none."""
    found = cases_of(visit.workspace.slug, customer)
    if not found:
        return None
    ordered = sorted(found, key=lambda case: not case.is_open)
    rows = []
    for case in ordered[:_MOST]:
        told = [case.status.replace("_", " ")]
        if case.is_open and case.due_at:
            told.append(_("due %(day)s") % {"day": day(case.due_at)})
        link = tag("a", f"#{case.number} {case.reason}", href=address(case))
        rows.append(tag("li", link, " ", tag("span", " · ".join(told), class_="known")))
    n = sum(case.is_open for case in found)
    head = tag("div", tag("h2", _("Cases")), tag("p", _("%(n)d open") % {"n": n}), class_="hd")
    return tag("section", head, tag("ul", rows, class_="plain"), class_="card")
