"""Checking what somebody gives: roles, scopes, segments, addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from touchline.errors import InputError
from touchline.server.people.roles import ROLES, SCOPES, Segments, as_segments
from touchline.words import Number, phrase

_MOST: Final = 200


def role(text: str) -> str:
    """Return a role.

    Raises:
        InputError: There is none of that name.
    """
    if text not in ROLES:
        todo = phrase("give one of {all}", all=", ".join(ROLES))
        raise InputError(phrase("there is no role {role}", role=repr(text)), where="role", todo=todo)
    return text


def scopes(given: Iterable[str]) -> list[str]:
    """Return scopes in their fixed order.

    Raises:
        InputError: One is unknown, or there is none.
    """
    wanted, todo = set(given), phrase("give any of {all}", all=", ".join(SCOPES))
    if unknown := sorted(wanted - set(SCOPES)):
        raise InputError(phrase("there is no scope {scope}", scope=repr(unknown[0])), where="scopes", todo=todo)
    if not wanted:
        raise InputError(phrase("the key would open nothing"), where="scopes", todo=todo)
    return [scope for scope in SCOPES if scope in wanted]


def segments(given: Mapping[str, Iterable[str]] | None, allowed: Iterable[str]) -> dict[str, list[str]]:
    """Return a restriction to segments as it is stored.

    Args:
        given: Values by segment.
        allowed: What the holder may do: only one who may `read` and no more can be restricted.

    Raises:
        InputError: The holder may do more, or a segment has no value.
    """
    shown: Segments = as_segments(given)
    if not shown:
        return {}
    if set(allowed) != {"read"}:
        raise InputError(
            phrase("only one who reads and does no more can be restricted to segments"),
            where="segments",
            todo=phrase("give the role viewer (a key: the scope read alone), or leave the segments out"),
        )
    for name, values in shown:
        if not name.strip() or not values or len(shown) > _MOST or len(values) > _MOST:
            told = phrase("the segment {name} names no value", name=repr(name))
            raise InputError(told, where="segments", todo=phrase("give name=value"))
    return {name: list(values) for name, values in shown}


def said_segments(text: str) -> dict[str, list[str]]:
    """Return what a person wrote: ``region=emea, region=apac, tier=vip``.

    Raises:
        InputError: A part is not ``name=value``.

    >>> said_segments("region=emea, region=apac, tier=vip")
    {'region': ['emea', 'apac'], 'tier': ['vip']}
    """
    found: dict[str, list[str]] = {}
    for part in filter(None, (one.strip() for one in text.replace("\n", ",").split(","))):
        name, equals, value = part.partition("=")
        if not equals or not name.strip() or not value.strip():
            told = phrase("{part} is not name=value", part=repr(part))
            raise InputError(told, where="segments", todo=phrase("write region=emea, tier=vip"))
        found.setdefault(name.strip(), []).append(value.strip())
    return found


def address(text: str) -> str:
    """Return an e-mail address, in lower case.

    Raises:
        InputError: It is none.
    """
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        told = phrase("{text} is not an e-mail address", text=repr(text[:80]))
        raise InputError(told, where="email", todo=phrase("give one")) from None
    return email


def name(text: str, longest: int = 100) -> str:
    """Return the name of a thing.

    Raises:
        InputError: It is empty, too long, or has control characters.
    """
    found = text.strip()
    if not found or len(found) > longest or not found.isprintable():
        todo = phrase("1 to {most} letters", most=longest)
        raise InputError(phrase("the name is empty, too long or not plain text"), where="name", todo=todo)
    return found


def within(value: float, least: float, most: float, where: str) -> float:
    """Return a number in its bounds.

    Raises:
        InputError: It is outside.
    """
    if not least <= value <= most:
        todo = phrase("give {least} to {most}", least=Number(f"{least:g}"), most=Number(f"{most:g}"))
        raise InputError(phrase("{value} is out of bounds", value=Number(f"{value:g}")), where=where, todo=todo)
    return value
