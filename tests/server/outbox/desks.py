"""Ticket systems as their documentation describes them, small: each keeps tickets and answers as the real one does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from .conftest import Call, Says

SIGNING: Final = "a shared s3cret"


@dataclass
class Desk:
    """A ticket system.

    Attributes:
        tickets: By id: what they are called by us, and their state, notes and fields.
        lost: How many answers to a creation get lost on the way back.
    """

    tickets: dict[str, dict[str, Any]] = field(default_factory=dict)
    lost: int = 0
    name: str = ""

    def given(self, url: str) -> dict[str, str]:
        return {"url": url, "token": "t0ken", "signing": SIGNING}

    def __call__(self, call: Call) -> Says | None:
        if not self.known(call):
            return Says(401, {"error": "who are you?"})
        before = len(self.tickets)
        said = self.answer(call, urlsplit(call.path).path, parse_qs(urlsplit(call.path).query))
        if len(self.tickets) > before and self.lost:
            self.lost -= 1
            return None
        return said

    def known(self, call: Call) -> bool:
        raise NotImplementedError

    def answer(self, call: Call, path: str, query: dict[str, list[str]]) -> Says:
        raise NotImplementedError

    def closing(self, theirs: str, url: str) -> tuple[dict[str, str], bytes]:
        """Return the webhook that it sends when somebody closes a ticket."""
        raise NotImplementedError

    def make(self, **fields: Any) -> str:
        number = str(100 + len(self.tickets))
        self.tickets[number] = {"state": "open", "notes": [], **fields}
        return number


def _basic(call: Call, user: str, password: str) -> bool:
    return call.headers.get("authorization") == "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _b64(text: bytes) -> str:
    return base64.b64encode(hmac.digest(SIGNING.encode(), text, hashlib.sha256)).decode()


class Zendesk(Desk):
    def given(self, url: str) -> dict[str, str]:
        return super().given(url) | {"email": "bot@acme.example"}

    def known(self, call: Call) -> bool:
        return _basic(call, "bot@acme.example/token", "t0ken")

    def answer(self, call: Call, path: str, query: dict[str, list[str]]) -> Says:
        if path == "/api/v2/users/me.json":
            return Says(200, {"user": {"id": 1}})
        if path == "/api/v2/tickets.json" and call.method == "GET":
            ours = query["external_id"][0]
            return Says(200, {"tickets": [{"id": int(n)} for n, t in self.tickets.items() if t["ours"] == ours]})
        if path == "/api/v2/tickets.json":
            ticket = call.json["ticket"]
            if ticket["priority"] not in ("urgent", "high", "normal", "low") or not ticket["comment"]["body"]:
                return Says(422, {"error": "RecordInvalid"})
            number = self.make(
                ours=ticket["external_id"], title=ticket["subject"], private=not ticket["comment"]["public"]
            )
            return Says(201, {"ticket": {"id": int(number)}})
        found = re.fullmatch(r"/api/v2/tickets/(\d+)\.json", path)
        if not found or found[1] not in self.tickets:
            return Says(404, {"error": "RecordNotFound"})
        ticket, kept = call.json["ticket"], self.tickets[found[1]]
        if "comment" in ticket:
            kept["notes"].append(ticket["comment"]["body"])
        if "status" in ticket:
            kept["state"] = "closed" if ticket["status"] == "solved" else "open"
        return Says(200, {"ticket": {"id": int(found[1])}})

    def closing(self, theirs: str, url: str) -> tuple[dict[str, str], bytes]:
        body = json.dumps({
            "type": "zen:event-type:ticket.status_changed", "detail": {"id": theirs, "status": "SOLVED"},
            "event": {"current": "SOLVED", "previous": "OPEN"},
        }).encode()  # fmt: skip
        at = datetime.now(UTC).isoformat()
        return {
            "X-Zendesk-Webhook-Signature": _b64(at.encode() + body), "X-Zendesk-Webhook-Signature-Timestamp": at
        }, body  # fmt: skip


class Freshdesk(Desk):
    def given(self, url: str) -> dict[str, str]:
        return super().given(url) | {"requester": "cx@acme.example"}

    def known(self, call: Call) -> bool:
        return _basic(call, "t0ken", "X")

    def answer(self, call: Call, path: str, query: dict[str, list[str]]) -> Says:
        if path == "/api/v2/agents/me":
            return Says(200, {"id": 1})
        if path == "/api/v2/tickets" and call.method == "GET":
            datetime.strptime(query["updated_since"][0], "%Y-%m-%dT%H:%M:%SZ")
            return Says(200, [{"id": int(n), "tags": t["tags"]} for n, t in self.tickets.items()])
        if path == "/api/v2/tickets":
            said = call.json
            if (
                any(len(tag) > 32 for tag in said["tags"])
                or said["priority"] not in (1, 2, 3, 4)
                or "email" not in said
            ):
                return Says(400, {"description": "Validation failed"})
            number = self.make(tags=said["tags"], title=said["subject"], private=True)
            return Says(201, {"id": int(number)})
        found = re.fullmatch(r"/api/v2/tickets/(\d+)(/notes)?", path)
        if not found or found[1] not in self.tickets:
            return Says(404)
        if found[2]:
            self.tickets[found[1]]["notes"].append(call.json["body"])
            return Says(201, {"id": 9})
        self.tickets[found[1]]["state"] = "closed" if call.json["status"] in (4, 5) else "open"
        return Says(200, {"id": int(found[1])})

    def closing(self, theirs: str, url: str) -> tuple[dict[str, str], bytes]:
        body = json.dumps({"freshdesk_webhook": {"ticket_id": int(theirs), "ticket_status": "Closed"}}).encode()
        return {"Authorization": f"Bearer {SIGNING}"}, body


class Jira(Desk):
    def given(self, url: str) -> dict[str, str]:
        return super().given(url) | {"email": "bot@acme.example", "project": "CX"}

    def known(self, call: Call) -> bool:
        return _basic(call, "bot@acme.example", "t0ken")

    def answer(self, call: Call, path: str, query: dict[str, list[str]]) -> Says:
        if path == "/rest/api/3/myself":
            return Says(200, {"accountId": "1"})
        if path == "/rest/api/3/search/jql":
            label = re.fullmatch(r'labels = "(.+)"', query["jql"][0])
            issues = [{"key": n} for n, t in self.tickets.items() if label and label[1] in t["labels"]]
            return Says(200, {"issues": issues})
        if path == "/rest/api/3/issue":
            said = call.json["fields"]
            if (
                said["project"] != {"key": "CX"}
                or said["description"]["type"] != "doc"
                or " " in "".join(said["labels"])
            ):
                return Says(400, {"errors": {}})
            return Says(201, {"key": self.make(labels=said["labels"], title=said["summary"], private=True)})
        found = re.fullmatch(r"/rest/api/3/issue/(\w+)(/\w+)?", path)
        if not found or found[1] not in self.tickets:
            return Says(404)
        kept = self.tickets[found[1]]
        done = {"statusCategory": {"key": "done"}}
        doing = {"statusCategory": {"key": "indeterminate"}}
        if found[2] == "/comment":
            kept["notes"].append(call.json["body"]["content"][0]["content"][0]["text"])
            return Says(201, {"id": "1"})
        if found[2] == "/transitions" and call.method == "GET":
            return Says(200, {"transitions": [{"id": "21", "to": doing}, {"id": "31", "to": done}]})
        if found[2] == "/transitions":
            kept["state"] = {"21": "open", "31": "closed"}[call.json["transition"]["id"]]
            return Says(204)
        return Says(200, {"fields": {"status": done if kept["state"] == "closed" else doing}})

    def closing(self, theirs: str, url: str) -> tuple[dict[str, str], bytes]:
        status = {"status": {"statusCategory": {"key": "done"}}}
        body = json.dumps({"webhookEvent": "jira:issue_updated", "issue": {"key": theirs, "fields": status}}).encode()
        made = hmac.new(SIGNING.encode(), body, hashlib.sha256).hexdigest()
        return {"X-Hub-Signature": f"sha256={made}"}, body


class HubSpot(Desk):
    def known(self, call: Call) -> bool:
        return call.headers.get("authorization") == "Bearer t0ken"

    def answer(self, call: Call, path: str, query: dict[str, list[str]]) -> Says:
        if path == "/crm/v3/objects/tickets" and call.method == "GET":
            return Says(200, {"results": []})
        if path == "/crm/v3/objects/tickets/batch/upsert":
            (one,) = call.json["inputs"]
            ours = one["id"]
            if one["properties"][one["idProperty"]] != ours:
                return Says(400)
            number = next((n for n, t in self.tickets.items() if t["ours"] == ours), None)
            number = number or self.make(ours=ours, title=one["properties"]["subject"], private=True)
            return Says(200, {"status": "COMPLETE", "results": [{"id": number}]})
        if path == "/crm/v3/objects/notes":
            (to,) = call.json["associations"]
            assert to["types"] == [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 228}]
            self.tickets[to["to"]["id"]]["notes"].append(call.json["properties"]["hs_note_body"])
            return Says(201, {"id": "5"})
        number = path.rpartition("/")[2]
        if number not in self.tickets or call.method != "PATCH":
            return Says(404)
        self.tickets[number]["state"] = "closed" if call.json["properties"]["hs_pipeline_stage"] == "4" else "open"
        return Says(200, {"id": number})

    def closing(self, theirs: str, url: str) -> tuple[dict[str, str], bytes]:
        told = {"subscriptionType": "ticket.propertyChange", "objectId": int(theirs)}
        body = json.dumps([told | {"propertyName": "hs_pipeline_stage", "propertyValue": "4"}]).encode()
        at = str(int(time.time() * 1000))
        signed = _b64(f"POST{url}".encode() + body + at.encode())
        return {"X-HubSpot-Signature-v3": signed, "X-HubSpot-Request-Timestamp": at}, body


class Salesforce(Desk):
    def given(self, url: str) -> dict[str, str]:
        return {"url": url, "client_id": "id", "client_secret": "s", "signing": SIGNING}

    def known(self, call: Call) -> bool:
        return call.path == "/services/oauth2/token" or call.headers.get("authorization") == "Bearer 00D!AQ"

    def answer(self, call: Call, path: str, query: dict[str, list[str]]) -> Says:
        if path == "/services/oauth2/token":
            asked = parse_qs(call.body.decode())
            good = asked == {"grant_type": ["client_credentials"], "client_id": ["id"], "client_secret": ["s"]}
            return Says(200, {"access_token": "00D!AQ"}) if good else Says(400, {"error": "invalid_client"})
        if path == "/services/data/v62.0/limits":
            return Says(200, {})
        if path == "/services/data/v62.0/sobjects/CaseComment":
            self.tickets[call.json["ParentId"]]["notes"].append(call.json["CommentBody"])
            return Says(201, {"id": "00a", "success": True})
        if found := re.fullmatch(r"/services/data/v62\.0/sobjects/Case/Touchline_Id__c/(.+)", path):
            ours = unquote(found[1])
            number = next((n for n, t in self.tickets.items() if t["ours"] == ours), None)
            if call.method == "GET":
                return Says(200, {"Id": number}) if number else Says(404)
            if number:
                return Says(204)
            return Says(201, {"id": self.make(ours=ours, title=call.json["Subject"], private=True), "success": True})
        number = path.rpartition("/")[2]
        self.tickets[number]["state"] = "closed" if call.json["Status"] == "Closed" else "open"
        return Says(204)

    def closing(self, theirs: str, url: str) -> tuple[dict[str, str], bytes]:
        return {"Authorization": f"Bearer {SIGNING}"}, json.dumps({"Id": theirs, "Status": "Closed"}).encode()


DESKS: Final = {
    "zendesk": Zendesk, "freshdesk": Freshdesk, "jira": Jira, "hubspot": HubSpot, "salesforce": Salesforce,
}  # fmt: skip
