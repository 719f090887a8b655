"""The ways in which something is told, one module each, and what they share.

`base` says what a channel is. `words` turns what is told into what people read. Everything that goes out does so
through `touchline.outgoing`, which calls nothing of the own network that an operator has not allowed.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from touchline.errors import InputError
from touchline.server.outbox.channels.base import Channel
from touchline.words import phrase

#: In the order in which the page offers them.
NAMES: Final = (
    "webhook", "email", "slack", "teams", "apprise", "zendesk", "salesforce", "hubspot", "jira", "freshdesk",
)  # fmt: skip


@cache
def every() -> dict[str, Channel]:
    """Return all channels by name."""
    from touchline.server.outbox.channels import email, services, slack, teams, webhook
    from touchline.server.outbox.channels.tickets import freshdesk, hubspot, jira, salesforce, zendesk

    modules = (webhook, email, slack, teams, services, zendesk, salesforce, hubspot, jira, freshdesk)
    return {module.CHANNEL.name: module.CHANNEL for module in modules}


def channel(name: str) -> Channel:
    """Return a channel.

    Raises:
        InputError: There is none of that name.
    """
    if name not in every():
        raise InputError(
            phrase("there is no channel {name}", name=repr(name)),
            where="channel",
            todo=phrase("there are: {names}", names=", ".join(NAMES)),
        )
    return every()[name]
