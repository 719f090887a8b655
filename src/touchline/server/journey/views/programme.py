"""The survey programme: sent, delivered, answered, and who does not answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from touchline.figures.dots import Dot, dots
from touchline.figures.markup import Markup, tag
from touchline.figures.numbers import percent, plain
from touchline.server.journey.page import Visit, shown
from touchline.server.journey.showing import ask, figure_card, fitted
from touchline.server.journey.views.questions import page_of


@shown("journey/programme.html", "Programme")
def programme(visit: Visit) -> Mapping[str, Any]:
    """Return how many surveys came back, by programme, and for which segments they do not."""
    if visit.said("q", "programme") != "programme":
        return page_of(visit, "programme", _("Programme"))
    asked = ask(visit, "programme")
    facts = asked.figure.facts if asked.figure else {}
    invited = facts.get("over") == "invited"
    made = page_of(visit, "programme", _("Programme"))
    made["card"] = figure_card(
        visit, asked, _("By programme"),
        _("share of those invited who answered") if invited else _("share of all customers who answered"),
        _drawn(asked.rows),
    )  # fmt: skip
    apart = [
        figure_card(visit, part, _("By %(segment)s") % {"segment": name},
                    _("who does not answer stands behind each row"), _drawn(part.rows))
        for name in visit.local.workspace.asked.segments()
        if (part := ask(visit, "programme", by=f"segment:{name}")).rows
    ]  # fmt: skip
    return made | {"strip": _strip(facts, invited), "apart": apart, "whole": True}


def _drawn(rows: list[dict[str, Any]]) -> Markup:
    shown_ = [
        Dot(row["name"], row["rate"], "n < 5" if row["rate"] is None else percent(row["rate"]), row["low"], row["high"],
            f"n {plain(row['n'])}", low_n=row["low_n"])
        for row in rows
    ]  # fmt: skip
    return fitted(lambda width: dots(shown_, title=_("Share who answered"), width=width))


def _strip(facts: Mapping[str, Any], invited: bool) -> Markup:
    def cell(label: str, value: str, note: str) -> Markup:
        return tag(
            "div", tag("h3", label), tag("div", tag("strong", value), class_="value"), tag("p", note), class_="kpi"
        )

    sent, delivered = facts.get("sent") or 0, facts.get("delivered") or 0
    rate = facts.get("rate")
    interval = f"{percent(facts['low'])} – {percent(facts['high'])}" if rate is not None else ""
    cells = [
        cell(_("Sent"), plain(sent) if sent else "–", "" if sent else _("no invitation is recorded")),
        cell(_("Delivered"), plain(delivered) if delivered else "–",
             percent(delivered / sent) if sent and delivered else ""),
        cell(_("Answered"), plain(facts.get("answered") or 0), _("answers")),
        cell(_("Response rate") if invited else _("Heard"), percent(rate), interval),
        cell(_("Invited") if invited else _("Customers"), plain(facts.get("customers") or 0),
             _("customers") if invited else _("with any interaction")),
        cell(_("Silent"), "–" if rate is None else percent(1 - rate), _("did not answer")),
    ]  # fmt: skip
    return tag("section", cells, class_="strip", aria_label=_("Headline figures"))
