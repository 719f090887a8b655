"""Salesforce cases: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/dome_upsert.htm.

Our id is a custom field that is an external id, by which Salesforce itself makes or finds the one case. The log-in is
the client-credentials flow of a connected app. A flow of theirs calls back with a shared secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from touchline.errors import OutgoingFailed, OutgoingRefused
from touchline.outgoing import Client
from touchline.server.outbox.channels.base import SECONDS, Channel, Field, Given, Heard, Outcome, url_shown
from touchline.server.outbox.channels.tickets.shape import Api, Desk, Refused, Ticket, bearer, part, read, secret_of

FIELDS: Final = (
    Field("url", "Address", help="https://COMPANY.my.salesforce.com"),
    Field("client_id", "Consumer key"),
    Field("client_secret", "Consumer secret", secret=True),
    Field("field", "External id field", required=False, help="Touchline_Id__c by default"),
    Field("signing", "Secret that their flow sends", secret=True, required=False, help="to hear from Salesforce"),
)
_DATA: Final = "/services/data/v62.0"
_PRIORITY: Final = {"low": "Low", "normal": "Medium", "high": "High", "urgent": "High"}
_DONE: Final = frozenset({"closed", "resolved"})


def _api(given: Given, client: Client) -> Api:
    """Log in: tokens are short-lived, and one for each delivery is kept nowhere."""
    asked = {
        "grant_type": "client_credentials", "client_id": given["client_id"], "client_secret": given["client_secret"]
    }  # fmt: skip
    root = str(given["url"]).rstrip("/")
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    try:
        answer = client.send(
            "POST", f"{root}/services/oauth2/token", body=urlencode(asked).encode(), headers=headers, seconds=SECONDS
        )
    except (OutgoingFailed, OutgoingRefused) as error:
        raise Refused(Outcome.failed(error)) from None
    if answer.status != 200:
        outcome = Outcome.of(answer)
        raise Refused(Outcome(False, f"the log-in: {outcome.told}", answer.status, outcome.wait))
    token = str(read(answer.body).get("access_token") or "")
    return Api(root, client, {"Authorization": f"Bearer {token}"})


def _path(given: Given, ours: str) -> str:
    return f"{_DATA}/sobjects/Case/{part(str(given.get('field') or 'Touchline_Id__c'))}/{part(ours)}"


def _make(api: Api, given: Given, ticket: Ticket) -> str:
    made: dict[str, Any] = {
        "Subject": ticket.title[:255], "Description": ticket.text[:32_000], "Origin": "Touchline",
        "Priority": _PRIORITY[ticket.priority],
    }  # fmt: skip
    path = _path(given, ticket.ours)
    found = api.ask("PATCH", path, made).get("id") or api.ask("GET", path).get("Id")
    if not found:
        raise Refused(Outcome(False, "it does not say which case it made"))
    return str(found)


def _note(api: Api, _given: Given, theirs: str, ticket: Ticket) -> None:
    body = {"ParentId": theirs, "CommentBody": f"{ticket.title}\n\n{ticket.text}"[:4_000], "IsPublished": False}
    api.call("POST", f"{_DATA}/sobjects/CaseComment", body)


def _turn(api: Api, _given: Given, theirs: str, state: str) -> None:
    api.call("PATCH", f"{_DATA}/sobjects/Case/{part(theirs)}", {"Status": "Closed" if state == "closed" else "New"})


def hear(given: Given, _url: str, headers: Mapping[str, str], body: bytes) -> list[Heard]:
    """Read what a flow sends: ``{"Id": ..., "Status": ..., "Comment": ..., "By": ...}``.

    Raises:
        NotAllowed: It does not send the secret.
    """
    bearer(secret_of(given), headers)
    told = read(body)
    status = str(told.get("Status") or "").lower()
    state = "" if not status else "closed" if status in _DONE else "open"
    return [Heard(str(told.get("Id") or ""), state, str(told.get("Comment") or ""), str(told.get("By") or ""))]


DESK: Final = Desk(_api, _make, _note, _turn, "/services/data/v62.0/limits")
CHANNEL: Final = Channel(
    "salesforce", "Salesforce", FIELDS, url_shown, DESK.send, hear, about="A case per case of ours, with comments."
)
