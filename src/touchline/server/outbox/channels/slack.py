"""Slack: an incoming webhook, told in blocks with buttons (https://docs.slack.dev/block-kit)."""

from __future__ import annotations

from typing import Any

from touchline.outgoing import Client
from touchline.server.outbox.channels.base import Channel, Field, Given, Letter, Outcome, Ties, post, url_shown
from touchline.server.outbox.channels.words import Words, words_of

FIELDS = (Field("url", "Webhook URL", secret=True, help="https://hooks.slack.com/services/..."),)
_MARKS = {"urgent": "🔴 ", "high": "🟠 "}


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
                "type": "button", "text": {"type": "plain_text", "text": button.text[:75]}, "url": button.url[:3_000],
                "action_id": f"{message}-{number}", **({"style": "primary"} if number == 0 else {}),
            }
            for number, button in enumerate(words.buttons)
        ]})  # fmt: skip
    return made


def send(given: Given, letter: Letter, client: Client, _ties: Ties) -> Outcome:
    """Post a letter to the channel that the webhook leads to."""
    words = words_of(letter)
    return post(client, str(given["url"]), {"text": escaped(words.title), "blocks": blocks(words, letter.message)})


CHANNEL = Channel("slack", "Slack", FIELDS, url_shown, send, about="A message with buttons in a Slack channel.")
