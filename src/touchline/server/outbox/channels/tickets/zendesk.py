"""Zendesk tickets: https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/.

Our id is the ticket's external id. Zendesk's webhooks (ticket events, signed) tell when a ticket is solved.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from touchline.errors import NotAllowed
from touchline.outgoing import Client
from touchline.server.outbox.channels.base import Channel, Field, Given, Heard, url_shown
from touchline.server.outbox.channels.tickets.shape import (
    Api,
    Desk,
    Ticket,
    basic,
    part,
    read,
    recent,
    secret_of,
    signed_base64,
)
from touchline.words import phrase

FIELDS: Final = (
    Field("url", "Address", help="https://COMPANY.zendesk.com"),
    Field("email", "Agent's e-mail"),
    Field("token", "API token", secret=True),
    Field("signing", "Signing secret of their webhook", secret=True, required=False, help="to hear from Zendesk"),
)
_DONE: Final = frozenset({"SOLVED", "CLOSED"})


def _api(given: Given, client: Client) -> Api:
    return Api(str(given["url"]), client, basic(f"{given['email']}/token", str(given["token"])))


def _make(api: Api, _given: Given, ticket: Ticket) -> str:
    found = api.ask("GET", f"/api/v2/tickets.json?external_id={part(ticket.ours)}").get("tickets") or []
    if found:
        return str(found[0]["id"])
    made = {
        "subject": ticket.title, "external_id": ticket.ours, "priority": ticket.priority, "tags": ["touchline"],
        "comment": {"body": ticket.text, "public": False},
    }  # fmt: skip
    again = Api(api.root, api.client, {**api.headers, "Idempotency-Key": ticket.label})
    return str(again.ask("POST", "/api/v2/tickets.json", {"ticket": made})["ticket"]["id"])


def _note(api: Api, _given: Given, theirs: str, ticket: Ticket) -> None:
    body = {"ticket": {"comment": {"body": f"{ticket.title}\n\n{ticket.text}", "public": False}}}
    api.call("PUT", f"/api/v2/tickets/{part(theirs)}.json", body)


def _turn(api: Api, _given: Given, theirs: str, state: str) -> None:
    status = "solved" if state == "closed" else "open"
    api.call("PUT", f"/api/v2/tickets/{part(theirs)}.json", {"ticket": {"status": status}})


def hear(given: Given, _url: str, headers: Mapping[str, str], body: bytes) -> list[Heard]:
    """Read an event of a ticket.

    Raises:
        NotAllowed: It is not signed by this Zendesk.
    """
    at = headers.get("x-zendesk-webhook-signature-timestamp", "")
    signed_base64(secret_of(given), at.encode() + body, headers.get("x-zendesk-webhook-signature", ""))
    try:
        recent(datetime.fromisoformat(at).timestamp())
    except ValueError:
        raise NotAllowed(phrase("the call has no time")) from None
    told = read(body)
    detail, event = told.get("detail") or {}, told.get("event") or {}
    comment = event.get("comment") or {}
    state = ""
    if str(told.get("type", "")).endswith("status_changed"):
        state = "closed" if str(event.get("current", "")).upper() in _DONE else "open"
    note = str(comment.get("body") or "")
    author = comment.get("author") or {}
    return [Heard(str(detail.get("id", "")), state, note, str(author.get("name") or ""))]


DESK: Final = Desk(_api, _make, _note, _turn, "/api/v2/users/me.json")
CHANNEL: Final = Channel(
    "zendesk", "Zendesk", FIELDS, url_shown, DESK.send, hear, about="A ticket per case, with internal notes."
)
