"""Signed webhooks: https://www.standardwebhooks.com."""

from __future__ import annotations

from datetime import UTC, datetime

from standardwebhooks import Webhook as Signed

from touchline.errors import OutgoingFailed, OutgoingRefused
from touchline.outgoing import Client
from touchline.server.outbox.channels.base import (
    SECONDS,
    Channel,
    Field,
    Given,
    Letter,
    Outcome,
    Ties,
    encoded,
    url_shown,
)

FIELDS = (Field("url", "URL", secret=True, help="https; the path may hold a secret, and is never shown"),)


def send(given: Given, letter: Letter, client: Client, _ties: Ties) -> Outcome:
    """Post a letter, signed with each secret that is good now."""
    at = datetime.now(UTC)
    body = encoded({"type": letter.kind, "timestamp": letter.at.isoformat(), "data": letter.body})
    signed = " ".join(Signed(secret).sign(letter.message, at, body.decode()) for secret in given["secrets"])
    headers = {
        "Content-Type": "application/json",
        "webhook-id": letter.message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signed,
    }
    try:
        return Outcome.of(client.send("POST", str(given["url"]), body=body, headers=headers, seconds=SECONDS))
    except (OutgoingFailed, OutgoingRefused) as error:
        return Outcome.failed(error)


CHANNEL = Channel(
    "webhook", "Webhook", FIELDS, url_shown, send, signs=True,
    about="JSON, signed as Standard Webhooks says, to any system of yours.",
)  # fmt: skip
