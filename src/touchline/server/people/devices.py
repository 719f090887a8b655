"""The devices on which somebody is logged in."""

from __future__ import annotations

import re
from typing import Any, Final

from django.http import HttpRequest

from touchline.errors import Missing
from touchline.server.people.audit import address_of, record
from touchline.server.people.models import Session, User
from touchline.server.people.options import IDLE, LONGEST, hours
from touchline.server.people.signals import itself
from touchline.words import phrase

_BROWSERS: Final = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))  # fmt: skip  # noqa: E501
_SYSTEMS: Final = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip  # noqa: E501
_UNKNOWN: Final = "unknown"  # what `middleware.Seen` writes where a browser does not say what it is


def alive(user: User, request: HttpRequest) -> list[dict[str, Any]]:
    """Return somebody's sessions that are open, the last used first; `here` is the one that asks."""
    own = getattr(getattr(request.session, "row", None), "number", "")
    return [
        {
            "id": one.number,
            "here": one.number == own,
            "device": device(one.agent),
            "address": one.address,
            "agent": "" if one.agent == _UNKNOWN else one.agent,
            "since": one.created_at,
            "seen": one.seen_at,
        }
        for one in Session.alive(hours(IDLE, 12), hours(LONGEST, 168)).filter(user=user)
    ]


def end(user: User, number: str, request: HttpRequest) -> None:
    """End one of somebody's sessions.

    Raises:
        Missing: They have none of that number.
    """
    if not Session.objects.filter(user=user, number=number).delete()[0]:
        raise Missing(phrase("there is no such session"))
    record(itself(user), "session.revoked", "", number, address_of(request))


def end_others(user: User, request: HttpRequest) -> int:
    """End somebody's sessions but the one that asks; return how many."""
    own = getattr(getattr(request.session, "row", None), "pk", "")
    count = Session.objects.filter(user=user).exclude(pk=own).delete()[0]
    if count:
        record(itself(user), "session.revoked", "", f"{count} others", address_of(request))
    return count


def device(agent: str) -> str:
    """Return what a browser says it is, in two words.

    >>> device("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0 Safari/537.36")
    'Chrome on Linux'
    >>> device("curl/8.5")
    'curl'
    """
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    if not browser:
        found = re.match(r"[\w.-]{1,40}", agent)
        return found.group() if found and agent != _UNKNOWN else phrase("unknown")
    return phrase("{browser} on {system}", browser=browser, system=system) if system else browser
