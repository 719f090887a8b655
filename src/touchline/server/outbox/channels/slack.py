"""Slack: an incoming webhook, told in blocks with buttons (https://docs.slack.dev/block-kit).

Where the app's signing secret is known its buttons act in Slack itself: what Slack sends about a press is signed
(https://docs.slack.dev/authentication/verifying-requests-from-slack) and answered through the ``response_url``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, quote, urlsplit

from touchline.errors import NotAllowed, OutgoingRefused
from touchline.outgoing import Client
from touchline.outgoing import Target as Address
from touchline.server.outbox.channels.base import (
    Channel,
    Chat,
    Field,
    Given,
    Letter,
    Outcome,
    Pressed,
    Reply,
    Ties,
    post,
    url_shown,
)
from touchline.server.outbox.channels.tickets.shape import read, recent, secret_of
from touchline.server.outbox.channels.words import Words, words_of
from touchline.words import phrase

FIELDS = (
    Field("url", "Webhook URL", secret=True, help="https://hooks.slack.com/services/..."),
    Field(
        "signing", "Signing secret of the app", secret=True, required=False,
        help="with it, buttons act in Slack itself; without it they open a page here",
    ),
    Field(
        "token", "Bot token of the app", secret=True, required=False,
        help="xoxb-..., with users:read and users:read.email: finds people by their address",
    ),
)  # fmt: skip
_MARKS = {"urgent": "🔴 ", "high": "🟠 "}
_SECONDS: Final = 5.0


def escaped(text: str) -> str:
    """Return text that Slack shows as it is: no links, mentions or commands come out of a customer's words.

    >>> escaped("<!channel> a & b")
    '&lt;!channel&gt; a &amp; b'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def blocks(words: Words, message: str) -> list[dict[str, Any]]:
    """Return a letter as blocks."""
    made: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": (_MARKS.get(words.priority, "") + words.title)[:150]}}
    ]
    if words.text:
        made.append({"type": "section", "text": {"type": "plain_text", "text": words.text[:2_900]}})
    if words.facts:
        fields = [
            {"type": "mrkdwn", "text": f"*{escaped(name)}*\n{escaped(value)}"[:2_000]} for name, value in words.facts
        ]
        made.append({"type": "section", "fields": fields})
    if words.buttons:
        made.append({"type": "actions", "elements": [
            {
                "type": "button", "text": {"type": "plain_text", "text": button.text[:75]},
                "action_id": f"{message}-{number}", **({"style": "primary"} if number == 0 else {}),
                **({"value": button.value} if button.value else {"url": button.url[:3_000]}),
            }
            for number, button in enumerate(words.buttons)
        ]})  # fmt: skip
    return made


def send(given: Given, letter: Letter, client: Client, _ties: Ties) -> Outcome:
    """Post a letter to the channel that the webhook leads to."""
    words = words_of(letter, acting=bool(given.get("signing")))
    return post(client, str(given["url"]), {"text": escaped(words.title), "blocks": blocks(words, letter.message)})


def pressed(given: Given, headers: Mapping[str, str], body: bytes) -> Pressed | None:
    """Read what Slack sends when somebody presses a button; None for what is none of ours.

    Raises:
        NotAllowed: It is not signed by this app, or not within five minutes of now.
    """
    at, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    made = "v0=" + hmac.new(secret_of(given).encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(made.encode(), signature.encode("utf-8", "surrogatepass")):
        raise NotAllowed(
            phrase("the call is not signed as it should be"), todo=phrase("give both sides the same signing secret")
        )
    recent(float(at) if at.isascii() and at.isdigit() else 0.0)
    form = parse_qs(body.decode("utf-8", "replace"))
    told: Any = read(form.get("payload", [""])[0].encode())
    if told.get("type") != "block_actions":
        return None
    value = next((str(one["value"]) for one in told.get("actions") or () if one.get("value")), "")
    if not value:  # a button that only leads somewhere
        return None
    user: Mapping[str, Any] = told["user"]
    team = str((told.get("team") or {}).get("id") or user.get("team_id") or "")
    reply = str(told.get("response_url") or "")
    return Pressed(
        hashlib.sha256(signature.encode()).hexdigest(), team, str(user["id"]),
        str(user.get("name") or user.get("username") or user["id"]), value, reply if _own(given, reply) else "",
    )  # fmt: skip


def _own(given: Given, url: str) -> bool:
    """Whether an answer may be sent to an address: where the webhook itself leads, and nowhere else."""
    try:
        return Address.of(url).origin == Address.of(str(given["url"])).origin
    except OutgoingRefused:
        return False


def email_of(given: Given, one: Pressed, client: Client) -> str:
    """Return somebody's confirmed address, as Slack knows it; empty where it does not say, or they are of elsewhere.

    Raises:
        OutgoingFailed: Slack did not answer.
        OutgoingRefused: It may not be asked.
    """
    if not given.get("token"):
        return ""
    parts = urlsplit(str(given["url"]))
    root = f"{parts.scheme}://{parts.netloc.removeprefix('hooks.')}"
    answer = client.send(
        "GET", f"{root}/api/users.info?user={quote(one.their, safe='')}",
        headers={"Authorization": f"Bearer {given['token']}"}, seconds=_SECONDS,
    )  # fmt: skip
    try:
        user: Any = (json.loads(answer.body) or {}).get("user") or {}
        strange = any(user.get(name) for name in ("deleted", "is_bot", "is_stranger"))
        if strange or user.get("team_id", one.team) != one.team or user.get("is_email_confirmed") is False:
            return ""
        return str((user.get("profile") or {}).get("email") or "").strip().lower()
    except (ValueError, AttributeError):
        return ""


def reply(given: Given, url: str, said: Reply, client: Client) -> Outcome:
    """Answer a press: write the message anew for all who see it, or say something to whoever pressed."""
    if not _own(given, url):
        return Outcome(False, "the answer would have gone elsewhere", hopeless=True)
    if said.letter is None:
        text = escaped(said.text) + (f" <{said.link}|{escaped(said.link_text)}>" if said.link else "")
        return post(client, url, {"response_type": "ephemeral", "replace_original": False, "text": text})
    words = words_of(said.letter, acting=True, without=said.without)
    made = blocks(words, said.letter.message)
    lines = [{"type": "plain_text", "text": f"✓ {one}"[:300]} for one in said.done[-10:]]
    made += [{"type": "context", "elements": lines}] if lines else []
    return post(client, url, {"replace_original": True, "text": escaped(words.title), "blocks": made})


CHANNEL = Channel(
    "slack", "Slack", FIELDS, url_shown, send, about="A message with buttons in a Slack channel.",
    chat=Chat(pressed, email_of, reply),
)  # fmt: skip
