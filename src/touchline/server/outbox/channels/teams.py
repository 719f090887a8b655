"""Microsoft Teams: a workflow's webhook, told as an Adaptive Card with buttons (https://adaptivecards.io)."""

from __future__ import annotations

import re
from typing import Any

from touchline.outgoing import Client
from touchline.server.outbox.channels.base import Channel, Field, Given, Letter, Outcome, Ties, post, url_shown
from touchline.server.outbox.channels.words import Words, words_of

FIELDS = (Field("url", "Workflow URL", secret=True, help="of 'Post to a channel when a webhook request is received'"),)
_COLOURS = {"urgent": "Attention", "high": "Warning"}
_MARKS = re.compile(r"([\\`*_{}\[\]()#+!|~<>-])")


def escaped(text: str) -> str:
    r"""Return text that a card shows as it is: cards read Markdown, links included.

    >>> escaped("[here](https://example.com)")
    '\\[here\\]\\(https://example.com\\)'
    """
    return _MARKS.sub(r"\\\1", text)


def card(words: Words) -> dict[str, Any]:
    """Return a letter as a card."""
    body: list[dict[str, Any]] = [
        {
            "type": "TextBlock", "text": escaped(words.title), "size": "Large", "weight": "Bolder", "wrap": True,
            "color": _COLOURS.get(words.priority, "Default"),
        }
    ]  # fmt: skip
    if words.text:
        body.append({"type": "TextBlock", "text": escaped(words.text), "wrap": True})
    if words.facts:
        facts = [{"title": escaped(name), "value": escaped(value)} for name, value in words.facts]
        body.append({"type": "FactSet", "facts": facts})
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "actions": [
            {"type": "Action.OpenUrl", "title": button.text, "url": button.url} for button in words.buttons
        ],
    }  # fmt: skip


def send(given: Given, letter: Letter, client: Client, _ties: Ties) -> Outcome:
    """Post a letter to the channel that the workflow leads to."""
    attached = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None}
    return post(
        client, str(given["url"]),
        {"type": "message", "attachments": [{**attached, "content": card(words_of(letter))}]},
    )  # fmt: skip


CHANNEL = Channel("teams", "Microsoft Teams", FIELDS, url_shown, send, about="An Adaptive Card with buttons in Teams.")
