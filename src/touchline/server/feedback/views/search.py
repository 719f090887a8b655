"""One search across customers, accounts, themes and what was written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from touchline.errors import TooSlow
from touchline.figures.numbers import plain
from touchline.server.feedback.snippets import snippet
from touchline.server.journey.facade import Visit, marked, shown

_FEW: Final = 8


@shown("feedback/search.html", "Search", audit="searched")
def search(visit: Visit) -> Mapping[str, Any]:
    """Return what fits, in groups; over all time."""
    q = visit.said("q").strip()[:200]
    if not q:
        return {"q": q}
    slug = visit.workspace.slug
    inbox = reverse("feedback", args=[slug])
    found = visit.local.customers(find=q, order="recent", limit=_FEW)
    customers = [
        {"name": row["customer"], "link": reverse("customer", args=[slug, row["customer"]]),
         "note": f"JSI {plain(row['jsi'])}" if row["jsi"] is not None else _("no data")}
        for row in found.to_dicts()
    ]  # fmt: skip
    themes = [
        {"name": row["name"], "link": f"{inbox}?{urlencode({'days': 0, 'theme': row['theme']})}",
         "note": ngettext("%(n)d customer", "%(n)d customers", row["customers"]) % {"n": row["customers"]}}
        for row in visit.local.themes().to_dicts() if q.casefold() in str(row["name"]).casefold()
    ][:_FEW]  # fmt: skip
    made: dict[str, Any] = {
        "q": q, "customers": customers, "customers_n": found.facts["customers"], "themes": themes,
        "accounts": _accounts(visit, q),
        "customers_all": f"{reverse('customers', args=[slug])}?{urlencode({'find': q})}",
    }  # fmt: skip
    try:
        made |= _texts(visit, q)
    except TooSlow as error:
        made["trouble"] = f"{error.what}; {error.todo}"
    made["nothing"] = not any(made.get(name) for name in ("customers", "themes", "accounts", "texts", "trouble"))
    return made


def _accounts(visit: Visit, q: str) -> list[dict[str, str]]:
    rows = visit.local.standing(of="account", limit=10_000).to_dicts()
    return [
        {"name": row["ref"], "link": reverse("account", args=[visit.workspace.slug, row["ref"]]),
         "note": f"JSI {plain(row['jsi'])}"}
        for row in rows if row["ref"] and q.casefold() in row["ref"].casefold()
    ][:_FEW]  # fmt: skip


def _texts(visit: Visit, q: str) -> dict[str, Any]:
    slug = visit.workspace.slug
    found = visit.local.feedback(words=q, limit=_FEW)
    rows = [
        {"who": row["customer_ref"] or _("anonymous"), "at": row["occurred_at"],
         "link": reverse("customer", args=[slug, row["customer_ref"]]) if row["customer_ref"] else "",
         "parts": _parts(row)}
        for row in found.to_dicts()
    ]  # fmt: skip
    return {"texts": rows, "texts_n": found.facts["n"],
            "texts_all": f"{reverse('feedback', args=[slug])}?{urlencode({'days': 0, 'words': q})}"}  # fmt: skip


def _parts(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    text, found = snippet(row["text"] or "", row["found"])
    return marked(text, (), found)
