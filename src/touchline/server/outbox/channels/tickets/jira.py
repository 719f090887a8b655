"""Jira issues: https://developer.atlassian.com/cloud/jira/platform/rest/v3/.

An issue carries a label that names the case, by which a retry finds it. Jira's webhooks (signed) tell when an issue
reaches a status of the category *done*.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from touchline.outgoing import Client
from touchline.server.outbox.channels.base import Channel, Field, Given, Heard, Outcome, url_shown
from touchline.server.outbox.channels.tickets.shape import (
    Api,
    Desk,
    Refused,
    Ticket,
    basic,
    part,
    read,
    secret_of,
    signed_hex,
)

FIELDS: Final = (
    Field("url", "Address", help="https://COMPANY.atlassian.net"),
    Field("email", "Account's e-mail"),
    Field("token", "API token", secret=True),
    Field("project", "Project's key", help="as CX"),
    Field("type", "Issue type", required=False, help="Task by default"),
    Field("signing", "Secret of their webhook", secret=True, required=False, help="to hear from Jira"),
)


def _api(given: Given, client: Client) -> Api:
    return Api(str(given["url"]), client, basic(str(given["email"]), str(given["token"])))


def document(text: str) -> dict[str, Any]:
    """Return plain text as an Atlassian document."""
    parts = [part for part in text.split("\n\n") if part.strip()] or ["-"]
    return {
        "type": "doc", "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]} for text in parts],
    }  # fmt: skip


def _make(api: Api, given: Given, ticket: Ticket) -> str:
    if not ticket.first:
        asked = part(f'labels = "{ticket.label}"')
        found = api.ask("GET", f"/rest/api/3/search/jql?jql={asked}&fields=status&maxResults=1").get("issues") or []
        if found:
            return str(found[0]["key"])
    fields = {
        "project": {"key": given["project"]}, "issuetype": {"name": given.get("type") or "Task"},
        "summary": ticket.title, "description": document(ticket.text), "labels": ["touchline", ticket.label],
    }  # fmt: skip
    return str(api.ask("POST", "/rest/api/3/issue", {"fields": fields})["key"])


def _note(api: Api, _given: Given, theirs: str, ticket: Ticket) -> None:
    body = {"body": document(f"{ticket.title}\n\n{ticket.text}")}
    api.call("POST", f"/rest/api/3/issue/{part(theirs)}/comment", body)


def _turn(api: Api, _given: Given, theirs: str, state: str) -> None:
    """Take the first transition that leads to a status of the category wanted; none is needed where it is there."""
    path = f"/rest/api/3/issue/{part(theirs)}"
    fields = api.ask("GET", f"{path}?fields=status").get("fields") or {}
    if (_category(fields) == "done") == (state == "closed"):
        return
    for one in api.ask("GET", f"{path}/transitions").get("transitions") or []:
        if (one["to"]["statusCategory"]["key"] == "done") == (state == "closed"):
            api.call("POST", f"{path}/transitions", {"transition": {"id": one["id"]}})
            return
    raise Refused(Outcome(False, f"the workflow leads from nowhere here to {state}", hopeless=True))


def _category(fields: Mapping[str, Any]) -> str:
    return str(((fields.get("status") or {}).get("statusCategory") or {}).get("key") or "")


def hear(given: Given, _url: str, headers: Mapping[str, str], body: bytes) -> list[Heard]:
    """Read an event of an issue.

    Raises:
        NotAllowed: It is not signed by this Jira.
    """
    signed_hex(secret_of(given), body, headers.get("x-hub-signature", "").removeprefix("sha256="))
    told = read(body)
    issue, comment = told.get("issue") or {}, told.get("comment") or {}
    category = _category(issue.get("fields") or {})
    state = "" if not category else "closed" if category == "done" else "open"
    author = comment.get("author") or {}
    return [Heard(str(issue.get("key") or ""), state, _text(comment.get("body")), str(author.get("displayName") or ""))]


def _text(node: Any) -> str:
    """Return the text of an Atlassian document, or of a plain body."""
    if isinstance(node, str):
        return node
    if not isinstance(node, dict):
        return ""
    return str(node.get("text") or "") + "".join(_text(one) for one in node.get("content") or [])


DESK: Final = Desk(_api, _make, _note, _turn, "/rest/api/3/myself")
CHANNEL: Final = Channel("jira", "Jira", FIELDS, url_shown, DESK.send, hear, about="An issue per case, with comments.")
