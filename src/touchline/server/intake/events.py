"""Events in the form that Segment and RudderStack libraries send, as interactions and claims of who is who.

track     the event, its properties as attributes; revenue or value as money; "Order Completed" is an order
page, screen   the event "Viewed NAME page", "Viewed NAME screen"
identify  userId and anonymousId are one person; traits are attributes that hold from then on
group     the account is groupId; traits are attributes
alias     userId and previousId are one person

What names or reaches a person among traits and properties (email, name, phone ...) is left out and told, and so is the
context, but for the campaign, the page's path, and what the app, the device and the system are called.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from touchline.server.intake.items import Fault, Items, check_count, elements, oversized
from touchline.server.intake.lanes import Claim
from touchline.server.intake.room import Limits
from touchline.sources.headers import personal

CALLS: Final = ("track", "page", "screen", "identify", "group", "alias")
_ORDERS: Final = frozenset({"order completed", "completed order", "order placed"})
_MONEY: Final = ("revenue", "value", "total", "price")
#: Where a call's own time stands, the best first; the libraries' clocks are taken as they are.
_TIMES: Final = ("timestamp", "originalTimestamp", "sentAt")
#: What is kept of the context: its path, and the attribute that it becomes.
_CONTEXT: Final = (
    (("app", "name"), "app.name"), (("app", "version"), "app.version"), (("device", "type"), "device.type"),
    (("os", "name"), "os.name"), (("page", "path"), "page.path"), (("locale",), "locale"),
)  # fmt: skip
_CHANNELS: Final = {"web": "web", "browser": "web", "client": "web", "mobile": "app"}
_LIBRARIES: Final = {
    "analytics.js": "web", "analytics-ios": "app", "analytics-android": "app", "analytics-swift": "app",
}  # fmt: skip
_DEEPEST: Final = 6
#: Names that the libraries reserve for a person's own.
_RESERVED: Final = frozenset(
    {"email", "firstname", "lastname", "fullname", "phone", "address", "avatar", "birthday", "username", "ip"}
)


@dataclass(frozen=True, slots=True)
class Called:
    """What one call says: an interaction or None, a claim or None, what is wrong with it, what to know about it."""

    item: dict[str, Any] | None = None
    claim: Claim | None = None
    fault: Fault | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of a request: items to be read, claims and notes, each with its place."""

    items: Items
    claims: tuple[tuple[int, Claim], ...]
    notes: dict[int, tuple[str, ...]]


def calls(found: Items, body: bytes, limits: Limits, kind: str = "") -> Calls:
    """Return what a request's calls say.

    Args:
        found: The body's items; a single one may be a ``batch``.
        body: The body.
        limits: Of items in a batch.
        kind: What calls are that do not say their type.

    Raises:
        Refused: 400 or 413, a batch holds none or too many.
    """
    shared: Mapping[str, Any] = {}
    if len(found.values) == 1 and isinstance(found.values[0], dict) and isinstance(found.values[0].get("batch"), list):
        shared = found.values[0]
        check_count(len(shared["batch"]), limits)
        large = oversized(shared["batch"], limits) if len(body) > limits.item else {}
        found = Items(shared["batch"], elements(body, "batch"), large)
    values: list[Any] = []
    faults, claims, notes = dict(found.faults), [], {}
    for place, value in enumerate(found.values):
        told = Called() if place in faults else called(value, shared, kind)
        values.append(told.item)
        if told.fault:
            faults[place] = told.fault
        if told.claim:
            claims.append((place, told.claim))
        if told.notes:
            notes[place] = told.notes
    return Calls(replace(found, values=values, faults=faults), tuple(claims), notes)


def called(value: Any, shared: Mapping[str, Any], kind: str = "") -> Called:
    """Return what one call says.

    Args:
        value: As JSON has it.
        shared: The batch that it is in: its ``context`` and ``sentAt`` hold where the call has none.
        kind: Its type, where it does not say it.

    >>> called({"type": "alias", "userId": "u7", "previousId": "a1"}, {}).claim
    ('a1', 'u7')
    >>> told = called({"type": "track", "userId": "u7", "event": "Plan Upgraded", "messageId": "m1"}, {})
    >>> told.item["event"], told.item["customer_ref"]
    ('Plan Upgraded', 'u7')
    """
    try:
        return _called(value, shared, kind)
    except _Wrong as wrong:
        return Called(fault=wrong.fault)


class _Wrong(ValueError):
    """A call cannot be accepted."""

    def __init__(self, reason: str, column: str | None = None) -> None:
        super().__init__(reason)
        self.fault = Fault(reason, column)


def _called(value: Any, shared: Mapping[str, Any], kind: str) -> Called:
    if not isinstance(value, dict):
        raise _Wrong("this is no object; a call has a type, an id and a time")
    told = value.get("type", kind or ("track" if "event" in value else None))
    if told not in CALLS:
        raise _Wrong(f"the type is {_short(told)}; use one of {', '.join(CALLS)}", "type")
    user, device = _ref(value, "userId", "user_id"), _ref(value, "anonymousId", "anonymous_id")
    if told == "alias":
        return Called(claim=_alias(user, _ref(value, "previousId", "previous_id") or device))
    ref = user or device
    if ref is None:
        raise _Wrong("the call says neither userId nor anonymousId", "userId")
    claim = (device, user) if told == "identify" and user and device and user != device else None
    holder = "traits" if told in ("identify", "group") else "properties"
    properties = value.get(holder)
    if not isinstance(properties, dict | None):
        raise _Wrong(f"{holder!r} is no object", holder)
    attributes, left_out = _impersonal(properties or {}, traits=told == "identify")
    notes = (f"left out, as it names a person: {', '.join(left_out)}",) if left_out else ()
    context = _context(value, shared)
    attributes |= _from_context(context)
    item = _item(value, shared, told, properties or {}, context)
    if told == "identify" and claim and not attributes:
        return Called(claim=claim, notes=notes)
    return Called(item | {"customer_ref": ref, "attributes": attributes}, claim, None, notes)


def _alias(user: str | None, former: str | None) -> Claim:
    if user is None or former is None:
        raise _Wrong("an alias needs userId and previousId", "previousId")
    if user == former:
        raise _Wrong("userId and previousId are the same", "previousId")
    return former, user


def _ref(value: Mapping[str, Any], *names: str) -> str | None:
    for name in names:
        told = value.get(name)
        if isinstance(told, str) and told.strip():
            return told.strip()
        if isinstance(told, int) and not isinstance(told, bool):
            return str(told)
    return None


def _item(
    value: Mapping[str, Any],
    shared: Mapping[str, Any],
    told: str,
    properties: dict[str, Any],
    context: Mapping[str, Any],
) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": _ref(value, "messageId", "message_id"),
        "kind": "event",
        "event": told,
        "author": "system" if told in ("identify", "group") else "customer",
        "occurred_at": next((t for name in _TIMES if (t := value.get(name, shared.get(name))) is not None), None),
        "channel": _channel(value, context),
    }
    if told == "track":
        item |= _tracked(value.get("event"), properties)
    elif told in ("page", "screen"):
        name = value.get("name") or properties.get("name") or value.get("category")
        item["event"] = f"Viewed {name} {told}" if isinstance(name, str) and name.strip() else f"Viewed a {told}"
    elif told == "group":
        item["account_ref"] = _ref(value, "groupId", "group_id")
        if item["account_ref"] is None:
            raise _Wrong("a group call needs a groupId", "groupId")
    campaign = context.get("campaign")
    if isinstance(campaign, dict) and isinstance(campaign.get("name"), str):
        item["campaign"] = campaign["name"]
    return {name: one for name, one in item.items() if one is not None}


def _tracked(event: Any, properties: Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(event, str) or not event.strip():
        raise _Wrong("a track call needs the name of its event", "event")
    told: dict[str, Any] = {"event": event}
    if event.strip().casefold() in _ORDERS:
        told["kind"] = "order"
    currency = properties.get("currency")
    money = next((name for name in _MONEY if isinstance(properties.get(name), int | float | str)), None)
    if money and (money == "revenue" or isinstance(currency, str)):
        told |= {"value": properties[money], "currency": currency}
    return told


def _context(value: Mapping[str, Any], shared: Mapping[str, Any]) -> Mapping[str, Any]:
    own, common = value.get("context"), shared.get("context")
    return {**(common if isinstance(common, dict) else {}), **(own if isinstance(own, dict) else {})}


def _channel(value: Mapping[str, Any], context: Mapping[str, Any]) -> str | None:
    said = value.get("channel")
    if isinstance(said, str) and said in _CHANNELS:
        return _CHANNELS[said]
    library = context.get("library")
    name = library.get("name") if isinstance(library, dict) else None
    return _LIBRARIES.get(name) if isinstance(name, str) else None


def _impersonal(
    properties: Mapping[str, Any], *, traits: bool, prefix: str = "", depth: int = 0
) -> tuple[dict[str, Any], list[str]]:
    """Return what names no person, and the names of what does; "name" alone is a person's in their own traits only."""
    kept: dict[str, Any] = {}
    left_out: list[str] = []
    for name, value in properties.items():
        plain = name.casefold().replace("_", "").replace("-", "")
        if plain in _RESERVED or (personal(name) and plain != "name") or (traits and not prefix and plain == "name"):
            left_out.append(f"{prefix}{name}"[:100])
        elif isinstance(value, dict) and depth < _DEEPEST:
            inside, more = _impersonal(value, traits=traits, prefix=f"{prefix}{name}.", depth=depth + 1)
            kept[name] = inside
            left_out += more
        else:
            kept[name] = value
    return kept, left_out


def _from_context(context: Mapping[str, Any]) -> dict[str, Any]:
    kept = {}
    for path, name in _CONTEXT:
        value: Any = context
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, str) and value:
            kept[name] = value
    return kept


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 60 else text[:57] + "..."
