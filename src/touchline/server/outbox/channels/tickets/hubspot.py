"""HubSpot tickets: https://developers.hubspot.com/docs/api-reference/crm-tickets-v3.

Our id is a property with unique values, by which HubSpot itself makes or finds the one ticket of a case. Its webhooks
(signature v3) tell when a ticket reaches the closed stage.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from touchline.errors import NotAllowed
from touchline.outgoing import Client
from touchline.server.outbox.channels.base import Channel, Field, Given, Heard
from touchline.server.outbox.channels.tickets.shape import (
    Api,
    Desk,
    Ticket,
    part,
    read,
    recent,
    secret_of,
    signed_base64,
)
from touchline.words import phrase

FIELDS: Final = (
    Field("token", "Access token of a private app", secret=True),
    Field("property", "Property with our id", required=False, help="with unique values; touchline_id by default"),
    Field("pipeline", "Pipeline", required=False, help="0 by default"),
    Field("open_stage", "Stage of new tickets", required=False, help="1 by default"),
    Field("closed_stage", "Stage of closed tickets", required=False, help="4 by default"),
    Field("signing", "Client secret of the app", secret=True, required=False, help="to hear from HubSpot"),
    Field("url", "Address", required=False, help="https://api.hubapi.com by default"),
)
_ROOT: Final = "https://api.hubapi.com"
_NOTE_TO_TICKET: Final = 228
_PRIORITY: Final = {"low": "LOW", "normal": "MEDIUM", "high": "HIGH", "urgent": "URGENT"}


def shown(given: Given) -> str:
    """Check the address, and return it."""
    from touchline.outgoing import Target

    return Target.of(str(given.get("url") or _ROOT)).origin


def _api(given: Given, client: Client) -> Api:
    return Api(str(given.get("url") or _ROOT), client, {"Authorization": f"Bearer {given['token']}"})


def _make(api: Api, given: Given, ticket: Ticket) -> str:
    name = str(given.get("property") or "touchline_id")
    properties = {
        name: ticket.ours, "subject": ticket.title, "content": ticket.text,
        "hs_pipeline": given.get("pipeline") or "0", "hs_pipeline_stage": given.get("open_stage") or "1",
        "hs_ticket_priority": _PRIORITY[ticket.priority],
    }  # fmt: skip
    asked = {"inputs": [{"idProperty": name, "id": ticket.ours, "properties": properties}]}
    return str(api.ask("POST", "/crm/v3/objects/tickets/batch/upsert", asked)["results"][0]["id"])


def _note(api: Api, _given: Given, theirs: str, ticket: Ticket) -> None:
    text = f"{ticket.title}\n\n{ticket.text}".replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": _NOTE_TO_TICKET}
    api.call("POST", "/crm/v3/objects/notes", {
        "properties": {"hs_timestamp": str(int(time.time() * 1000)), "hs_note_body": text},
        "associations": [{"to": {"id": theirs}, "types": [kind]}],
    })  # fmt: skip


def _turn(api: Api, given: Given, theirs: str, state: str) -> None:
    stage = (given.get("closed_stage") or "4") if state == "closed" else (given.get("open_stage") or "1")
    api.call("PATCH", f"/crm/v3/objects/tickets/{part(theirs)}", {"properties": {"hs_pipeline_stage": stage}})


def hear(given: Given, url: str, headers: Mapping[str, str], body: bytes) -> list[Heard]:
    """Read changes of tickets' stages.

    Raises:
        NotAllowed: They are not signed by this app.
    """
    at = headers.get("x-hubspot-request-timestamp", "")
    said = headers.get("x-hubspot-signature-v3", "")
    signed_base64(secret_of(given), f"POST{url}".encode() + body + at.encode(), said)
    if not (at.isascii() and at.isdigit()):
        raise NotAllowed(phrase("the call has no time"))
    recent(int(at) / 1000)
    told = read(body)
    closed = str(given.get("closed_stage") or "4")
    return [
        Heard(str(one.get("objectId", "")), "closed" if str(one.get("propertyValue")) == closed else "open")
        for one in (told if isinstance(told, list) else [told])
        if one.get("propertyName") == "hs_pipeline_stage"
    ]


DESK: Final = Desk(_api, _make, _note, _turn, "/crm/v3/objects/tickets?limit=1")
CHANNEL: Final = Channel("hubspot", "HubSpot", FIELDS, shown, DESK.send, hear, about="A ticket per case, with notes.")
