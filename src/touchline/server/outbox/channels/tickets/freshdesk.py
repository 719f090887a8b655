"""Freshdesk tickets: https://developers.freshdesk.com/api/#tickets.

Freshdesk knows no external id: the ticket carries a tag that names the case, and a retry looks for it among the
tickets that have changed since. An automation rule of Freshdesk's calls back with a shared secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from touchline.outgoing import Client
from touchline.server.outbox.channels.base import Channel, Field, Given, Heard, url_shown
from touchline.server.outbox.channels.tickets.shape import Api, Desk, Ticket, basic, bearer, part, read, secret_of

FIELDS: Final = (
    Field("url", "Address", help="https://COMPANY.freshdesk.com"),
    Field("token", "API key", secret=True),
    Field("requester", "Requester's e-mail", help="on whose behalf tickets are made"),
    Field("signing", "Secret that their rule sends", secret=True, required=False, help="to hear from Freshdesk"),
)
_PRIORITY: Final = {"low": 1, "normal": 2, "high": 3, "urgent": 4}
_OPEN, _RESOLVED = 2, 4
_DONE: Final = frozenset({"4", "5", "resolved", "closed"})
_PAGES, _PAGE = 10, 100
_BACK: Final = timedelta(days=4)  # a delivery is tried for three


def _api(given: Given, client: Client) -> Api:
    return Api(str(given["url"]), client, basic(str(given["token"]), "X"))


def _make(api: Api, given: Given, ticket: Ticket) -> str:
    if not ticket.first and (found := _there(api, ticket)):
        return found
    made = {
        "subject": ticket.title, "description": _html(ticket.text), "priority": _PRIORITY[ticket.priority],
        "status": _OPEN, "email": given["requester"], "tags": [ticket.label, "touchline"],
    }  # fmt: skip
    return str(api.ask("POST", "/api/v2/tickets", made)["id"])


def _there(api: Api, ticket: Ticket) -> str | None:
    since = (datetime.now(UTC) - _BACK).strftime("%Y-%m-%dT%H:%M:%SZ")
    for page in range(1, _PAGES + 1):
        asked = f"/api/v2/tickets?updated_since={part(since)}&per_page={_PAGE}&page={page}"
        rows = api.ask("GET", asked).get("results") or []
        for row in rows:
            if ticket.label in (row.get("tags") or []):
                return str(row["id"])
        if len(rows) < _PAGE:
            break
    return None


def _html(text: str) -> str:
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace("\n", "<br>")


def _note(api: Api, _given: Given, theirs: str, ticket: Ticket) -> None:
    body = {"body": _html(f"{ticket.title}\n\n{ticket.text}"), "private": True}
    api.call("POST", f"/api/v2/tickets/{part(theirs)}/notes", body)


def _turn(api: Api, _given: Given, theirs: str, state: str) -> None:
    status = _RESOLVED if state == "closed" else _OPEN
    api.call("PUT", f"/api/v2/tickets/{part(theirs)}", {"status": status})


def hear(given: Given, _url: str, headers: Mapping[str, str], body: bytes) -> list[Heard]:
    """Read what an automation rule sends: ``{"id": ..., "status": ..., "note": ..., "by": ...}``.

    Raises:
        NotAllowed: It does not send the secret.
    """
    bearer(secret_of(given), headers)
    told = read(body)
    told = told.get("freshdesk_webhook") or told
    status = str(told.get("status") or told.get("ticket_status") or "").lower()
    theirs = str(told.get("id") or told.get("ticket_id") or "")
    state = "" if not status else "closed" if status in _DONE else "open"
    return [Heard(theirs, state, str(told.get("note") or ""), str(told.get("by") or ""))]


DESK: Final = Desk(_api, _make, _note, _turn, "/api/v2/agents/me")
CHANNEL: Final = Channel(
    "freshdesk", "Freshdesk", FIELDS, url_shown, DESK.send, hear, about="A ticket per case, with private notes."
)
