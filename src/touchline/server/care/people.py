"""Who can work on a workspace's cases."""

from __future__ import annotations

import re
from typing import Final

from touchline.errors import InputError
from touchline.server.people.facade import User, colleagues
from touchline.words import phrase

_NAMED: Final = re.compile(r"(?<![\w@])@([\w.+-]+@[\w-]+(?:\.[\w-]+)+|[\w.-]*\w)")


def agents(slug: str) -> list[User]:
    """Return those who may work on cases, by name."""
    return sorted(colleagues(slug, "cases"), key=lambda user: str(user).casefold())


def owner_of(slug: str, said: str | None) -> User | None:
    """Return somebody by their address; None for nobody.

    Raises:
        InputError: They may not work on this workspace's cases.
    """
    if not said:
        return None
    found = next((user for user in agents(slug) if user.email == said.strip().lower()), None)
    if found is None:
        raise InputError(
            phrase("{said} does not work on cases here", said=repr(said)),
            where="owner",
            todo=phrase("name an agent, a manager or an administrator"),
        )
    return found


def named(slug: str, text: str) -> list[User]:
    """Return those whom a text names: ``@ann@acme.example``, ``@ann`` or ``@Ann.Lee``."""
    words = {word.casefold().rstrip(".") for word in _NAMED.findall(text)}
    if not words:
        return []
    found = []
    for user in colleagues(slug, "read"):
        names = {user.email, user.email.partition("@")[0]}
        names |= {user.name.casefold().replace(" ", "."), user.name.casefold().partition(" ")[0]} - {""}
        if words & names:
            found.append(user)
    return found
