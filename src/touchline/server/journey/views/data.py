"""How many records are where, and how to send more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from touchline.figures.markup import Markup, tag
from touchline.server.journey.page import Visit, shown

_PLACES = ("stored", "duplicate", "revised", "quarantined", "expired", "waiting")


@shown("journey/data.html", "Data")
def data(visit: Visit) -> Mapping[str, Any]:
    """Return the counts on both sides of the door."""
    status = visit.local.status()
    rows = visit.local.jsi(by="source").to_dicts()
    told = status.as_json()
    cells = [
        _kpi(_("Received"), status.received, ""),
        _kpi(_("Interactions"), status.interactions, f"{(status.first or '–')[:10]} – {(status.last or '–')[:10]}"),
        _kpi(_("Customers"), status.customers, _("%(n)s anonymous") % {"n": f"{status.anonymous:,}"}),
        _kpi(_("Texts"), status.texts, ""),
        _kpi(_("Mentions"), status.mentions, ""),
        _kpi(_("Touches"), status.touches, ""),
    ]
    return {
        "counts": cells,
        "balance": _numbers([(place, told[place]) for place in _PLACES if place in told]),
        "sources": _numbers([(row["name"], row["n"]) for row in rows if row["key"] != "all"]),
        "reasons": status.quarantine_reasons,
        "url": settings.URL,
        "now": timezone.now(),
    }


def _kpi(label: str, n: int, note: str) -> Markup:
    value = tag("div", tag("strong", f"{n:,}"), class_="value")
    return tag("div", tag("h3", label), value, tag("p", note), class_="kpi")


def _numbers(rows: list[tuple[str, int]]) -> Markup:
    body = [tag("tr", tag("th", name, scope="row"), tag("td", f"{n:,}")) for name, n in rows]
    return tag("table", tag("tbody", body), class_="numbers")
