"""How long things are kept, and what is held of customers where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _

from touchline.errors import InputError
from touchline.server.data.page import address, asking, changing, reading, said, shown
from touchline.server.people.facade import noted
from touchline.server.privacy.facade import STORES
from touchline.settings.editing import with_tables
from touchline.settings.privacy import Retention
from touchline.vocabulary.schemas import KINDS
from touchline.words import phrase
from touchline.workspace.datamap import stores
from touchline.workspace.retaining import due

if TYPE_CHECKING:
    from touchline.server.workspaces.facade import Held

_MOST = 20


@reading
def retention(request: HttpRequest, hold: Held) -> HttpResponse:
    """Show the rules and what each lets go of."""
    return _page(request, hold, hold.workspace.settings.retention)


@asking
def effect(request: HttpRequest, hold: Held) -> HttpResponse:
    """Show what other rules would let go of; nothing is changed."""
    try:
        return _page(request, hold, _rules(request), asked=True)
    except InputError as error:
        return _page(request, hold, hold.workspace.settings.retention, problem=said(error), status=400)


def _page(
    request: HttpRequest, hold: Held, rules: tuple[Retention, ...], *, asked: bool = False, problem: str = "",
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    found = hold.ask(lambda local: due(local.workspace, rules), seconds=30.0)
    total = found.records
    context = {
        "title": _("Retention"), "rules": [_row(number, rule) for number, rule in enumerate(rules)],
        "asked": asked, "problem": problem, "kinds": KINDS, "found": found, "total": total,
        "next": len(rules), "sources": [name for name, _n in found.sources],
        "by_source": [(name, n, found.whole.get(name, 0), found.text.get(name, 0)) for name, n in found.sources],
    }  # fmt: skip
    return shown(request, hold, "data/retention.html", context, status)


def _row(number: int, rule: Retention) -> dict[str, Any]:
    return {"number": number, "days": f"{rule.days:g}", "what": rule.what, "sources": ", ".join(rule.sources),
            "kinds": rule.kinds}  # fmt: skip


def _rules(request: HttpRequest) -> tuple[Retention, ...]:
    """Return the rules that a form says; those without days are left out.

    Raises:
        InputError: A field cannot be read.
    """
    found = []
    for number in range(_MOST):
        days = request.POST.get(f"days-{number}", "").strip()
        if not days or f"gone-{number}" in request.POST:
            continue
        try:
            length = float(days)
        except ValueError:
            length = -1.0
        if not 0 <= length <= 36_500:
            raise InputError(
                phrase("{value} is no number of days", value=repr(days[:40])),
                where="days",
                todo=phrase("write one from 0 to 36500"),
            )
        what = request.POST.get(f"what-{number}", "text")
        kinds = tuple(request.POST.getlist(f"kinds-{number}"))
        if what not in ("text", "whole") or not set(kinds) <= set(KINDS):
            raise InputError(phrase("a rule is about something unknown"), todo=phrase("load the page again"))
        named = tuple(name.strip() for name in request.POST.get(f"sources-{number}", "").split(",") if name.strip())
        found.append(Retention(length, what, named, kinds))
    return tuple(found)


@changing("admin", "retention")
def save(request: HttpRequest, hold: Held) -> HttpResponseBase:
    """Write the rules into the settings; they are applied tonight."""
    rules = _rules(request)
    tables = []
    for rule in rules:
        one: dict[str, Any] = {"days": rule.days, "what": rule.what}
        if rule.sources:
            one["sources"] = list(rule.sources)
        if rule.kinds:
            one["kinds"] = list(rule.kinds)
        tables.append(one)
    with hold.writing() as opened:
        opened.change_settings(with_tables(opened.folder.settings.read_text("utf-8"), "retention", tables))
    noted(request, "retention.changed", f"{len(rules)} rules")
    messages.success(request, _("The rules are saved; they are applied every night."))
    return HttpResponseRedirect(address(hold.slug, "retention"))


@reading
def privacy(request: HttpRequest, hold: Held) -> HttpResponse:
    """Show what is held of customers: what, where, what for, how long."""
    settings = hold.workspace.settings
    context = {
        "title": _("Privacy"), "stores": stores(settings), "own": STORES, "rules": settings.privacy,
        "redacted": [kind for kind in ("email", "phone", "card", "iban", "id", "ip", "url", "address")
                     if kind not in settings.privacy.leave],
    }  # fmt: skip
    return shown(request, hold, "data/privacy.html", context)
