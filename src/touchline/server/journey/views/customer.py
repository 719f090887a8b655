"""One customer's story, one account's, and what a person may do about a customer's data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from touchline.errors import InputError, QuestionError, TouchlineError
from touchline.figures import TrendPoint, trend_line
from touchline.figures.markup import Markup, tag
from touchline.figures.names import called
from touchline.figures.numbers import arrow, day, plain, plus_minus
from touchline.scores.base import Filters
from touchline.server.api.facade import unrestricted
from touchline.server.journey.marking import TONES, marked
from touchline.server.journey.page import Visit, shown
from touchline.server.journey.panels import panels
from touchline.server.journey.showing import fitted
from touchline.server.journey.views.people import BAND_TONES, band_name, money
from touchline.server.people.facade import needs, noted
from touchline.server.privacy import facade as privacy
from touchline.vocabulary.named import named
from touchline.vocabulary.schemas import AGREEMENTS, UNASSIGNED
from touchline.words import phrase
from touchline.workspace.makeup import Part, Worth, makeup, through_time, worth

_STORY: Final = 1_000
_PARTS: Final = 12
_MEMBERS: Final = 200
_PURPOSES: Final = {
    "analysis": gettext_lazy("analysis"), "contact": gettext_lazy("contact"), "recording": gettext_lazy("recording"),
    "profiling": gettext_lazy("profiling"),
}  # fmt: skip
_HEALTH: Final = {
    "experience": gettext_lazy("experience"), "trend": gettext_lazy("trend"), "recency": gettext_lazy("recency"),
    "activity": gettext_lazy("activity"), "trouble": gettext_lazy("trouble"),
}  # fmt: skip


def _panels(on: str) -> Any:
    def late(visit: Visit) -> Markup:
        match = visit.request.resolver_match
        ref = str(match.kwargs["ref"]) if match else ""
        return Markup("".join(made for panel in panels(on) if (made := panel.made(visit, ref))))

    return late


def _agreed(visit: Visit) -> Markup:
    """Say what may be done with the customer's data, as it is now."""
    match = visit.request.resolver_match
    ref, slug = str(match.kwargs["ref"]) if match else "", visit.workspace.slug
    told = [(purpose, privacy.may(slug, ref, purpose)) for purpose in AGREEMENTS]
    chips = [
        tag("span", f"{_PURPOSES.get(purpose, purpose)}: {_('yes') if granted else _('no')}",
            class_="chip" if granted else "chip bad")
        for purpose, granted in told
    ]  # fmt: skip
    return tag("p", [(chip, " ") for chip in chips], class_="chips")


@shown("journey/customer.html", "Customers", audit="customer.seen",
       late={"panels": _panels("customer"), "consent": _agreed})  # fmt: skip
def customer(visit: Visit, ref: str) -> Mapping[str, Any]:
    """Return one customer's story: how they stand and what that is made of, how they came there, what they said."""
    figure = visit.local.timeline(ref, limit=_STORY)
    facts, rows = figure.facts, figure.to_dicts()
    filters = Filters(segments=visit.access.segments)
    own = worth(visit.held.workspace, ref, filters)
    at, half_life = _standing(visit, ref)
    parts = makeup(rows, at, half_life) if at else ()
    taxonomy, slug = visit.held.workspace.taxonomy, visit.workspace.slug
    who = _who(visit, ref)
    return {
        "customer": ref, "about": figure.meaning, "refs": [one for one in facts["refs"] if one != ref],
        "standing": _cells(facts, own), "band": band_name(facts["band"]), "tone": BAND_TONES.get(facts["band"], ""),
        "line": _line(rows, at, half_life), "parts": [_part(part, taxonomy, slug) for part in parts[:_PARTS]],
        "parts_more": max(0, len(parts) - _PARTS), "half_life": half_life, "at": at,
        "prior": 50.0, "sum": plain(50 + sum(part.points for part in parts), 1) if parts else "",
        "journey": _journey(rows, taxonomy), "health": _health(own),
        "account": who.get("account_ref"), "role": (who.get("role") or "").replace("_", " "),
        "account_link": reverse("account", args=[slug, who["account_ref"]]) if who.get("account_ref") else "",
        "happened": [_happened(row, taxonomy) for row in rows], "notes": figure.notes,
        "may_export": visit.access.may("export") and not visit.access.segments,
        "may_erase": visit.access.may("admin") and not visit.access.segments,
    }  # fmt: skip


def _who(visit: Visit, ref: str) -> dict[str, Any]:
    """Return the latest account and role of a customer whom the reader may see."""
    rows = visit.held.workspace.warehouse.fetch(
        "SELECT account_ref, role FROM customers WHERE customer_key IN"
        " (SELECT customer_key FROM interactions WHERE customer_ref = $ref) LIMIT 1",
        ref=ref,
    ).to_pylist()
    return dict(rows[0]) if rows else {}


def _standing(visit: Visit, ref: str) -> tuple[datetime | None, float]:
    score = visit.held.workspace.settings.score
    try:
        facts = visit.local.standing(key=ref).facts
    except QuestionError:  # a reference beside the one that the customer is known by, or none that may be scored
        facts = visit.local.standing(limit=1).facts
    return facts["at"], score.half_life_person


def _cells(facts: Mapping[str, Any], own: Worth) -> list[Markup]:
    cells = [_kpi("JSI", plain(facts["jsi"]), plus_minus(facts["low"], facts["high"]), band_name(facts["band"]))]
    if facts.get("trend") is not None:
        cells.append(_kpi(_("In 28 days"), arrow(facts["trend"]), "", _("points")))
    if own.health is not None:
        cells.append(_kpi(_("Health"), plain(own.health), "", _("of 100")))
    if own.paid is not None:
        cells.append(_kpi(_("Paid"), money(own.paid, own.currency), "", _("in 365 days")))
    if own.renewal is not None:
        cells.append(_kpi(_("Renewal"), day(own.renewal), "", _("as last stated")))
    cells.append(_kpi(_("Touches"), str(facts["touches"]), "", _("that count")))
    cells.append(_kpi(_("Interactions"), plain(facts["n"]), "", ""))
    return cells


def _line(rows: Sequence[Mapping[str, Any]], at: datetime | None, half_life: float) -> Markup | None:
    """Draw how the standing came about: the line of sentiment."""
    points = through_time(rows, at, half_life) if at else []
    if len(points) < 2:
        return None
    drawn = [TrendPoint(moment.date(), value, n=n) for moment, value, n in points]
    title = _("Standing JSI, week by week")
    return fitted(lambda width: trend_line(drawn, title=title, step=7, width=width, height=170, gate=None))


def _part(part: Part, taxonomy: Any, slug: str) -> dict[str, Any]:
    widest = 110
    width = min(widest, abs(part.points) * 4)
    picture = tag(
        "svg",
        tag("line", x1=widest, y1=0, x2=widest, y2=14, class_="axis"),
        tag("rect", x=widest if part.points >= 0 else widest - width, y=3, width=max(width, 1), height=8, rx=2,
            class_=TONES[part.s]),
        viewBox=f"0 0 {2 * widest} 14", width=2 * widest, height=14, aria_hidden="true", class_="points",
    )  # fmt: skip
    return {
        "at": part.occurred_at, "stage": stage_name(taxonomy, part.stage), "tone": TONES[part.s],
        "points": plain(part.points, 1, signed=True), "picture": picture, "weight": f"{part.weight:.2g}",
        "now": f"{part.now:.2g}", "method": named("method", part.method), "anchor": part.interaction_id,
    }  # fmt: skip


def stage_name(taxonomy: Any, stage: str) -> str:
    """Return what a stage is called."""
    return _("unassigned") if stage == UNASSIGNED else str(taxonomy.stage(stage).name)


def _journey(rows: Sequence[Mapping[str, Any]], taxonomy: Any) -> list[dict[str, Any]]:
    """Return the progress stages that the customer came to, in order, and how long after the one before."""
    reached: dict[str, datetime] = {}
    for row in reversed(rows):
        if row["position"]:
            reached.setdefault(row["position"], row["occurred_at"])
    made: list[dict[str, Any]] = []
    before: datetime | None = None
    for stage, at in reached.items():
        days = (at - before).days if before else None
        after = ngettext("after %(n)d day", "after %(n)d days", days) % {"n": days} if days is not None else ""
        made.append({"name": stage_name(taxonomy, stage), "at": at, "after": after})
        before = at
    return made


def _health(own: Worth) -> list[dict[str, Any]]:
    def bar(value: float) -> Markup:
        return tag(
            "svg", tag("rect", x=0, y=0, width=100, height=6, rx=3, class_="rail"),
            tag("rect", x=0, y=0, width=max(1.0, value), height=6, rx=3, class_="fill"),
            viewBox="0 0 100 6", preserveAspectRatio="none", aria_hidden="true",
        )  # fmt: skip

    return [{"name": _HEALTH.get(name, name), "value": plain(value), "bar": bar(value)} for name, value in own.parts]


def _kpi(label: str, value: str, margin: str, note: str) -> Markup:
    shown_ = tag("div", tag("strong", value), " ", tag("small", margin), class_="value")
    return tag("div", tag("h3", label), shown_, tag("p", note), class_="kpi")


def _happened(row: Mapping[str, Any], taxonomy: Any) -> dict[str, Any]:
    touches = row["touches"] or []
    total = sum(touch["s"] for touch in touches)
    named_ = (row["event"] or row["kind"], row["channel"], row["programme"] or row["source"])
    what = [*(called(one) for one in named_ if one), stage_name(taxonomy, row["position"]) if row["position"] else ""]
    chips = [
        {"text": f"{a['kind'].upper()} {a['value']:g}", "tone": TONES.get(a["sign"], "flat")}
        for a in row["answers"] or []
    ]
    chips += [
        {"text": " · ".join(filter(None, (stage_name(taxonomy, m["stage"]), theme_name(taxonomy, m["theme"])))),
         "tone": TONES[m["sentiment"]]}
        for m in row["mentions"] or []
    ]  # fmt: skip
    words = row["text"] or ""
    return {
        "id": row["interaction_id"], "at": row["occurred_at"], "what": " · ".join(part for part in what if part),
        "text": words, "parts": marked(words, row["mentions"] or []), "chips": chips,
        "tone": TONES[(total > 0) - (total < 0)] if touches else "",
    }  # fmt: skip


def theme_name(taxonomy: Any, theme: str | None) -> str:
    """Return what a theme is called."""
    found = taxonomy.theme(theme) if theme else None
    return str(found.name) if found else theme or ""


@shown("journey/account.html", "Customers", audit="customers.seen", late={"panels": _panels("account")})
def account(visit: Visit, ref: str) -> Mapping[str, Any]:
    """Return one account: how it stands, and its persons."""
    filters = Filters(segments=visit.chosen.filters.segments)
    found = visit.local.customers(filters, account=ref, limit=_MEMBERS)
    if not found.facts["customers"]:
        raise QuestionError(
            phrase("there is no account {ref}", ref=repr(ref)), todo=phrase("write the reference as the source has it")
        )
    (stood,) = visit.local.standing(filters, of="account", key=ref).to_dicts() or [{}]
    slug, currency = visit.workspace.slug, found.facts["currency"]
    people = found.to_dicts()
    paid = [row["value"] for row in people if row["value"] is not None]
    cells = [_kpi("JSI", plain(stood.get("jsi")), plus_minus(stood.get("low"), stood.get("high")),
                  band_name(stood.get("band")))]  # fmt: skip
    if stood.get("trend") is not None:
        cells.append(_kpi(_("In 28 days"), arrow(stood["trend"]), "", _("points")))
    cells.append(
        _kpi(_("People"), str(found.facts["customers"]), "", _("%(n)d at risk") % {"n": found.facts["at risk"]})
    )
    if paid:
        cells.append(_kpi(_("Paid"), money(sum(paid), currency), "", _("in 365 days")))
    if (ends := _renewal(visit, [row["customer"] for row in people], filters)) is not None:
        cells.append(_kpi(_("Renewal"), day(ends), "", _("as last stated")))
    return {
        "account": ref, "standing": cells, "meaning": found.meaning, "notes": found.notes,
        "rows": [
            {"name": row["customer"], "link": reverse("customer", args=[slug, row["customer"]]),
             "role": (row["role"] or "").replace("_", " "), "jsi": plain(row["jsi"]),
             "margin": plus_minus(row["low"], row["high"]), "trend": arrow(row["trend"]),
             "falls": (row["trend"] or 0) <= -0.5, "rises": (row["trend"] or 0) >= 0.5,
             "band": band_name(row["band"]), "tone": BAND_TONES[row["band"]], "value": money(row["value"], currency),
             "seen": day(row["last_seen"])}
            for row in people
        ],
    }  # fmt: skip


def _renewal(visit: Visit, people: Sequence[str], filters: Filters) -> datetime | None:
    """Return the nearest end of a contract that was stated last for one of the persons."""
    if not visit.held.workspace.settings.value.contract_end:
        return None
    ends = [worth(visit.held.workspace, one, filters).renewal for one in people]
    return min((end for end in ends if end is not None), default=None)


@needs("export")
@require_POST
def export(request: HttpRequest, slug: str) -> HttpResponse:
    """Give everything that is held of a customer, as a zip of JSON and CSV; the reference travels in the body."""
    ref = request.POST.get("customer", "")
    try:
        unrestricted(request.access, "export")  # type: ignore[attr-defined]
        packed = privacy.export(slug, ref)
    except TouchlineError as error:
        return _refused(request, slug, error)
    noted(request, "customer.exported", "")
    answer = HttpResponse(packed, content_type="application/zip")
    answer["Content-Disposition"] = 'attachment; filename="customer.zip"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@needs("admin")
@require_POST
def erase(request: HttpRequest, slug: str) -> HttpResponse:
    """Erase a customer, once their reference was typed."""
    ref = request.POST.get("customer", "")
    try:
        unrestricted(request.access, "erase")  # type: ignore[attr-defined]
        if not ref or request.POST.get("typed", "").strip() != ref:
            raise InputError(_("nobody was erased: the reference was not typed as it is"), todo=_("type it in full"))
        receipt = privacy.erase(slug, ref, by=request.access.name, why=request.POST.get("why", "")[:500])  # type: ignore[attr-defined]
    except TouchlineError as error:
        return _refused(request, slug, error, ref)
    noted(request, "customer.erased", receipt.id)
    messages.success(request, _("Erased, everywhere. The receipt is %(id)s.") % {"id": receipt.id})
    return HttpResponseRedirect(reverse("customers", args=[slug]))


def _refused(request: HttpRequest, slug: str, error: TouchlineError, ref: str = "") -> HttpResponse:
    messages.error(request, f"{error.what}{'; ' + error.todo if error.todo else ''}")
    return HttpResponseRedirect(reverse("customer", args=[slug, ref]) if ref else reverse("customers", args=[slug]))
