"""How recovery goes, as a page."""

from __future__ import annotations

from datetime import date, timedelta
from math import ceil
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from touchline.errors import QuestionError
from touchline.figures.colour import LIGHT
from touchline.figures.markup import Markup, tag
from touchline.figures.numbers import day, percent, span
from touchline.figures.shapes import line, picture, words
from touchline.server.care.framing import shown
from touchline.server.care.measuring import BY, metrics
from touchline.server.pages.facade import page
from touchline.server.people.facade import access_of
from touchline.words import phrase

DAYS: Final = (7, 28, 91, 365)


@page()
def figures(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what is open and late, how long it takes, and how often it succeeds."""
    said = request.GET.get("days", "91")
    if not said.isdecimal() or int(said) > 36_525:
        raise QuestionError(
            phrase("days={said} is no number of days", said=repr(said)), todo=phrase("give 28, or 0 for everything")
        )
    days, now = int(said), timezone.now()
    found = metrics(slug, access_of(request), since=now - timedelta(days=days) if days else None, now=now)
    labels = {"cause": _("Cause"), "team": _("Team"), "stage": _("Stage"), "owner": _("Owner"),
              "priority": _("Priority"), "source": _("Opened by")}  # fmt: skip
    tables = [
        {"name": name, "label": labels[name], "rows": [_row(row, name) for row in found["by"][name][:12]]}
        for name in BY
    ]
    context = {
        "days": days, "periods": DAYS, "found": found, "cells": _cells(found), "tables": tables,
        "picture": _weeks(found["weeks"]),
    }  # fmt: skip
    return shown(request, slug, "care/figures.html", context)


def _share(told: dict[str, Any]) -> str:
    return "–" if told["share"] is None else percent(told["share"])


def _cells(found: dict[str, Any]) -> list[dict[str, Any]]:
    touch, close, good, timely = (found[name] for name in ("first_touch", "to_close", "recovered", "in_time"))

    def margin(told: dict[str, Any]) -> str:
        return "" if told["low"] is None else f"{percent(told['low'])}–{percent(told['high'])}"

    return [
        {"label": _("Open"), "value": found["open"], "margin": "",
         "note": _("%(n)d overdue, %(m)d with nobody") % {"n": found["overdue"], "m": found["unassigned"]},
         "bad": bool(found["overdue"])},
        {"label": _("To the first touch"), "value": span(touch["median"]), "margin": "",
         "note": _("median of %(n)d, in office hours %(time)s")
         % {"n": touch["n"], "time": span(touch["business"]["median"])}},
        {"label": _("To the close"), "value": span(close["median"]), "margin": "",
         "note": _("median of %(n)d, 9 of 10 within %(time)s") % {"n": close["n"], "time": span(close["p90"])}},
        {"label": _("In time"), "value": _share(timely), "margin": margin(timely),
         "note": _("of %(n)d with a deadline") % {"n": timely["n"]}, "low": timely["low_n"]},
        {"label": _("Recovered"), "value": _share(good), "margin": margin(good),
         "note": _("of %(n)d closed") % {"n": good["n"]}, "low": good["low_n"]},
    ]  # fmt: skip


def _row(row: dict[str, Any], by: str) -> dict[str, Any]:
    name = row["name"] or {"team": _("no team"), "owner": _("nobody"), "cause": _("not found yet")}.get(by, "–")
    good = row["recovered"]
    return {
        "name": str(name).replace("_", " "), "open": row["open"], "overdue": row["overdue"], "opened": row["opened"],
        "closed": row["closed"], "touch": span(row["first_touch"]["median"]), "close": span(row["to_close"]["median"]),
        "recovered": _share(good), "low": good["low_n"] and good["share"] is not None,
        "interval": "" if good["low"] is None else f"{percent(good['low'])}–{percent(good['high'])}",
    }  # fmt: skip


def _weeks(weeks: list[dict[str, Any]]) -> Markup:
    """Draw cases opened and closed per week as columns up and down, and what was open at each week's end as a line."""
    width, height, left = 960.0, 150.0, 34.0
    most = max([1, *(week["opened"] for week in weeks), *(week["closed"] for week in weeks)])
    step, middle, tall = (width - left) / len(weeks), 66.0, 46.0
    every = ceil(48 / step)  # weeks that say their day
    drawn = [line(left, middle, width, middle, "tl-grid")]
    for place, week in enumerate(weeks):
        x = left + place * step + step * 0.22
        up, down = tall * week["opened"] / most, tall * week["closed"] / most
        title = tag("title", _("%(a)d opened, %(b)d closed, %(c)d open at its end")
                    % {"a": week["opened"], "b": week["closed"], "c": week["open"]})  # fmt: skip
        drawn.append(tag(
            "g", title,
            tag("rect", x=x, y=middle - up, width=step * 0.56, height=up, rx=2, fill=LIGHT["bad"],
                class_="tl-fill-bad"),
            tag("rect", x=x, y=middle, width=step * 0.56, height=down, rx=2, fill=LIGHT["good"],
                class_="tl-fill-good"),
            words(x + step * 0.28, height - 20, f"{week['open']}", text_anchor="middle"),
        ))  # fmt: skip
        if (len(weeks) - 1 - place) % every == 0:
            first = day(date.fromisoformat(week["since"][:10]), year=False)
            drawn.append(words(x + step * 0.28, height - 3, first, text_anchor="middle", font_size=10.5))
    drawn += [
        words(0, middle - tall + 8, str(most)),
        words(0, middle + tall, str(most)),
        words(0, height - 20, _("open")),
    ]
    said = ((day(date.fromisoformat(one["since"][:10])), one["opened"], one["closed"]) for one in weeks)
    told = "; ".join(f"{first}: {opened}, {closed}" for first, opened, closed in said)
    return picture(width, height, _("Opened and closed per week"), told, tag("g", *drawn))
