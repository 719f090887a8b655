"""What came in, how good it is, and how to send more."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from touchline.figures.markup import Markup, tag
from touchline.figures.numbers import day, plain
from touchline.server.data.page import reading, shown
from touchline.server.pages.facade import safe
from touchline.workspace.mappings import Mappings

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.scores.base import Figure
    from touchline.server.workspaces.facade import Held
    from touchline.workspace import Status

SECONDS: Final = 30.0
_PLACES: Final = ("stored", "duplicate", "revised", "quarantined", "expired", "waiting")
_GOOD: Final = 0.95
#: Below this a measure is shown as poor; no source fills every field that it ever fills.
_FAIR_OF: Final = {"completeness": 0.4, "validity": 0.9, "uniqueness": 0.9, "consistency": 0.9, "identity": 0.5}


@reading
def data(request: HttpRequest, hold: Held) -> HttpResponse:
    """Show the sources with their quality, where every record is, and the ways in."""

    def ask(local: Local) -> tuple[Status, Figure]:
        return local.status(), local.quality()

    status, quality = hold.ask(ask, seconds=SECONDS)
    rows = quality.to_dicts()
    context = {
        "title": _("Data"),
        "empty": not status.received,
        "counts": _counts(status),
        "status": status,
        "where": _places(status),
        "bar": _bar(status),
        "measures": _measures(),
        "whole": _shown(rows[0]) if rows else None,
        "sources": [_shown(row) for row in rows[1:]],
        "notes": quality.notes,
        "at": datetime.fromisoformat(quality.facts["at"]) if rows else None,
        "versions": _versions(hold, status),
        "mappings": Mappings(hold.workspace.folder.mappings).names(),
        "url": settings.URL,
        "now": timezone.now(),
    }
    return shown(request, hold, "data/data.html", context)


def _counts(status: Status) -> Markup:
    ends = [day(date.fromisoformat(end[:10])) for end in (status.first, status.last) if end]
    span = " – ".join(ends)
    cells = [
        _kpi(_("Received"), status.received, ""),
        _kpi(_("Interactions"), status.interactions, span),
        _kpi(_("Customers"), status.customers, _("%(n)s anonymous") % {"n": plain(status.anonymous)}),
        _kpi(_("Texts"), status.texts, ""),
        _kpi(_("Mentions"), status.mentions, ""),
        _kpi(_("Touches"), status.touches, ""),
    ]
    return tag("section", cells, class_="strip", aria_label=_("Counts"))


def _kpi(label: str, n: int, note: str) -> Markup:
    value = tag("div", tag("strong", plain(n)), class_="value")
    return tag("div", tag("h3", label), value, tag("p", note), class_="kpi")


def _places(status: Status) -> list[dict[str, Any]]:
    words = {
        "stored": _("new, and shown"), "duplicate": _("known, with the same content"),
        "revised": _("known, with other content: the latest counts"), "quarantined": _("could not be accepted"),
        "expired": _("left quarantine after 90 days, or were erased"), "waiting": _("accepted, shown in a moment"),
    }  # fmt: skip
    told = status.as_json()
    return [{"name": name, "n": told[name], "about": words[name]} for name in _PLACES]


def _bar(status: Status) -> Markup:
    """Return where the records are as one bar, drawn to scale."""
    told, left, parts = status.as_json(), 0.0, []
    for name in _PLACES:
        wide = 100 * told[name] / status.received if status.received else 0.0
        if wide:
            parts.append(tag("rect", class_=f"at-{name}", x=f"{left:.3f}", y="0", width=f"{wide:.3f}", height="8"))
        left += wide
    return tag("svg", parts, class_="balance", viewBox="0 0 100 8", preserveAspectRatio="none", aria_hidden="true")


def _measures() -> list[tuple[str, str, str]]:
    return [
        ("completeness", _("Complete"), _("of the fields it ever fills, the share of cells filled")),
        ("validity", _("Valid"), _("accepted over accepted and quarantined")),
        ("uniqueness", _("Unique"), _("not the same record again under another id")),
        ("consistency", _("Consistent"), _("time, stage and scale agree")),
        ("identity", _("Identified"), _("of what customers said, the share that says who they are")),
    ]


def _shown(row: Mapping[str, Any]) -> dict[str, Any]:
    speaks = {
        "fresh": (_("fresh"), "good"), "late": (_("late"), "warn"), "silent": (_("silent"), "bad"),
        "once": (_("no cadence yet"), ""),
    }[row["speaks"]]  # fmt: skip
    return {
        **row,
        "cells": [_cell(row[name], name == row["weakest"], _FAIR_OF[name]) for name, _label, _about in _measures()],
        "says": speaks[0],
        "tone": speaks[1],
        "every": _every(row["days_between"]),
        "since": row["days_since"],
    }


def _cell(value: float | None, weakest: bool, fair: float) -> dict[str, Any]:
    if value is None:
        return {"text": "–", "tone": "none", "bar": "", "weakest": False}
    tone = "good" if value >= _GOOD else "fair" if value >= fair else "poor"
    whole = f"{100 * value:.0f}"
    text = whole if value == 1 or whole != "100" else f"{int(1000 * value) / 10:.1f}"
    bar = tag("rect", class_=tone, x="0", y="0", width=f"{100 * value:.1f}", height="3")
    rest = tag("rect", class_="rest", x="0", y="0", width="100", height="3")
    drawn = tag("svg", [rest, bar], class_="share", viewBox="0 0 100 3", preserveAspectRatio="none",
                aria_hidden="true")  # fmt: skip
    return {"text": f"{text} %", "tone": tone, "bar": safe(drawn), "weakest": weakest and tone != "good"}


def _every(days: float | None) -> str:
    if days is None:
        return "–"
    if days < 1.5:
        return str(_("every day"))
    return str(_("every %(n)s days") % {"n": f"{days:g}"})


def _versions(hold: Held, status: Status) -> list[tuple[str, str]]:
    warehouse = hold.workspace.warehouse
    return [
        (_("Journal"), _("%(n)s batches, %(waiting)s records wait")
         % {"n": plain(status.journal_head), "waiting": plain(status.waiting)}),
        (_("Warehouse"), _("at batch %(n)s, published %(name)s")
         % {"n": plain(status.journal_position), "name": warehouse.published}),
        (_("Stages"), f"{status.taxonomy} {hold.workspace.taxonomy.version}"),
        (_("Reader"), _short(warehouse.meta("model") or "–")),
        (_("Segments"), ", ".join(status.segments) or "–"),
    ]  # fmt: skip


def _short(model: str) -> str:
    return model if len(model) <= 60 else model[:59] + "…"
