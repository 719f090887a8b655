"""The headline figures of the overview: each against its target, the period before and the same days a year before."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _

from touchline.errors import TouchlineError
from touchline.figures.markup import Child, Markup, tag, text
from touchline.figures.numbers import arrow, half, p_value, places, plain, plus_minus
from touchline.report.findings import SURE
from touchline.report.opening import spark
from touchline.scores.base import LOW_N

if TYPE_CHECKING:
    from touchline.report.asked import Asked
    from touchline.scores.base import Figure
    from touchline.server.journey.page import Visit

#: Headline to its label, unit, decimals (None: as its interval deserves) and sign.
_HEADLINES: Final = (("jsi", "JSI", "", None, False), ("nps", "NPS", "", None, True),
                     ("csat", "CSAT", " %", None, False),
                     ("ces", "CES", "", 1, False))  # fmt: skip


def strip(visit: Visit, asked: Asked, then: Mapping[str, Any]) -> Markup:
    """Return the headlines between hairlines, NPS leading to why it moved, and the place of the revenue at risk."""
    score = visit.local.workspace.settings.score
    targets = {"jsi": score.gate, "nps": score.target_nps, "csat": score.target_csat, "ces": score.target_ces}
    cells = [_cell(visit, asked, name, label, unit, decimals, signed, targets[name], then)
             for name, label, unit, decimals, signed in _HEADLINES]  # fmt: skip
    cells += [_risk_later(visit), _who(asked)]
    return tag("section", cells, class_="strip", aria_label=_("Headline figures"))


def _cell(
    visit: Visit, asked: Asked, name: str, label: str, unit: str, decimals: int | None, signed: bool,
    target: float | None, then: Mapping[str, Any],
) -> Markup:  # fmt: skip
    facts = asked.facts
    value, low, high = (facts[key] for key in (name, f"{name}_low", f"{name}_high"))
    n = facts["customers"] if name == "jsi" else facts[f"{name}_n"]
    head: Child = label
    if name == "nps" and n:
        href = f"{reverse('nps', args=[visit.workspace.slug])}?{visit.chosen.query}"
        head = tag("a", label, " ", tag("span", _("why it moved"), class_="more"), href=href, data_opens="nps")
    if value is None:
        under = _("hidden, n < 5") if n else _("not asked")
        return tag("div", tag("h3", head), tag("strong", "–", class_="flat"), tag("p", under), class_="kpi")
    digits = places(half(low, high)) if decimals is None else decimals
    shown = tag(
        "div", tag("strong", plain(value, digits, signed=signed), unit), " ",
        tag("small", plus_minus(low, high, decimals)),
        spark(asked) if name == "jsi" else None, class_="value",
    )  # fmt: skip
    lines = [_against_target(value, low, high, target, digits)]
    for how, words in (("previous", _("on the period before")), ("year", _("on a year before"))):
        told = then.get(how)
        change = None if told is None else told[f"{name}_change"]
        if told is None or change is None or n < LOW_N:
            continue
        p = told["jsi_change_p"] if name == "jsi" else None
        tone = "flat" if p is None or p >= SURE else "bad" if change < 0 else "good"
        sure = f", {p_value(p)}" if p is not None and p < SURE else ""
        lines.append(tag("p", tag("span", arrow(change, digits), class_=tone), f" {words}{sure}", class_="then"))
    counted = _("%(n)s customers") % {"n": plain(n)} if name == "jsi" else f"n {plain(n)}"
    lines.append(tag("p", counted + (_(", low") if n < LOW_N else ""), class_="then"))
    return tag("div", tag("h3", head), shown, lines, class_="kpi")


def _against_target(value: float, low: float, high: float, target: float | None, digits: int) -> Markup | None:
    """Return how a headline stands against its target: reached, missed, or not sure, since the interval spans it."""
    if target is None:
        return None
    named = _("target %(target)s") % {"target": plain(target, digits if target % 1 else 0)}
    if low <= target <= high:
        return tag("p", tag("i", class_="dot flat"), named, _(": about there"), class_="band")
    if value < target:
        return tag("p", tag("i", class_="dot bad"), named, ": ",
                   _("%(points)s below") % {"points": plain(target - value, digits)}, class_="band")  # fmt: skip
    return tag("p", tag("i", class_="dot good"), named, _(": reached"), class_="band")


def _risk_head(visit: Visit) -> Markup:
    href = f"{reverse('value', args=[visit.workspace.slug])}?{visit.chosen.having(q='value')}"
    return tag("h3", tag("a", _("Revenue at risk"), href=href))


def _risk_later(visit: Visit) -> Markup:
    """Return the place of the revenue at risk, which the page fetches by itself."""
    href = f"{reverse('overview', args=[visit.workspace.slug])}?{visit.chosen.having(part='risk')}"
    return tag("div", _risk_head(visit), tag("strong", "–", class_="flat"), class_="kpi", data_load=href)


def risk(visit: Visit) -> Markup:
    """Return what the customers at risk are worth, for the place in the strip."""
    figure, head, row = _value(visit), _risk_head(visit), None
    if figure is not None:
        row = next((one for one in figure.to_dicts() if one["value"] == "all" and one["band"] == "at risk"), None)
    if figure is None or row is None or row["revenue"] is None or row["hidden"]:
        return text([head, tag("strong", "–", class_="flat"), tag("p", _("no revenue is known here"))])
    facts = figure.facts
    foretold = facts["risk"] is not None and isfinite(facts["risk"])
    money = float(facts["risk"] if foretold else row["revenue"])
    reach = half(facts["risk_low"], facts["risk_high"]) if foretold else None
    margin = "" if reach is None else f"±{short(reach)}"
    about = _("expected loss of a year") if foretold else _("of customers at risk")
    whole = float(facts["revenue"] or 0)
    share = f", {money / whole:.0%}".replace("%", " %") if whole else ""
    return text([
        head,
        tag("div", tag("strong", short(money)), " ", tag("small", f"{facts['currency']} {margin}".strip()),
            class_="value"),
        tag("p", f"{about}{share}", class_="band"),
        tag("p", _("%(n)s customers") % {"n": plain(row["customers"])} + (_(", low") if row["low_n"] else ""),
            class_="then"),
    ])  # fmt: skip


def _who(asked: Asked) -> Markup:
    facts, status = asked.facts, asked.status
    whole = _("of %(n)s interactions") % {"n": plain(status.interactions)} if status else ""
    return tag(
        "div", tag("h3", _("Comments")), tag("div", tag("strong", plain(facts["n"])), class_="value"),
        tag("p", whole, class_="band"),
        tag("p", _("of %(n)s customers") % {"n": plain(facts["customers"])}, class_="then"), class_="kpi",
    )  # fmt: skip


def short(money: float) -> str:
    """Return money as a headline: three digits and a unit.

    >>> short(11359.2), short(980.0), short(2_400_000)
    ('11.4 k', '980', '2.4 m')
    """
    for size, unit in ((1e9, " bn"), (1e6, " m"), (1e3, " k")):
        if abs(money) >= size:
            scaled = money / size
            return f"{plain(scaled, 0 if scaled >= 100 else 1)}{unit}"
    return plain(money)


def _value(visit: Visit) -> Figure | None:
    """Return what the JSI is worth; None where it cannot be told of these filters."""
    from dataclasses import replace

    filters = visit.chosen.filters
    only = type(filters)(segments=filters.segments)
    if replace(filters, since=None, until=None) != only:
        return None  # half a journey has no worth of its own
    try:
        return visit.local.value(only)
    except TouchlineError:
        return None
