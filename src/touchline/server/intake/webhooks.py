"""Inbound webhooks: a vendor's JSON, signed (Standard Webhooks), mapped to interactions as an export's columns are.

The headers are ``webhook-id``, ``webhook-timestamp`` and ``webhook-signature``. The id names the delivery, so one that
comes twice changes nothing; the time may be five minutes off; the signature is compared in constant time. A secret that
is being replaced stays good until it is taken away.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from standardwebhooks import Webhook as Signed
from standardwebhooks import WebhookVerificationError

from touchline.errors import SettingsError, SourceError
from touchline.server.intake.items import Fault, Items, check_count, decoded, elements, oversized
from touchline.server.intake.models import Webhook
from touchline.server.intake.moments import AHEAD, LAST
from touchline.server.intake.reading import Taken
from touchline.server.intake.refusing import Refused, bad
from touchline.server.intake.room import Limits
from touchline.sources import again
from touchline.sources.base import Reject
from touchline.sources.converting import Plan, convert
from touchline.sources.flattening import block_of, flatten
from touchline.sources.mapping import ColumnMapping
from touchline.sources.times import EARLIEST

HEADERS: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")
_SECRETS: Final = 2  # that are good at the same time
_SOURCE: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}$")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook as it is used: its secrets in the clear, its mapping read."""

    workspace: str
    source: str
    secrets: tuple[str, ...]
    mapping: ColumnMapping


def _vault() -> Fernet:
    key = hmac.digest(settings.SECRET_KEY.encode(), b"touchline webhook secrets", hashlib.sha256)
    return Fernet(base64.urlsafe_b64encode(key))


def create(workspace: str, source: str, mapping: str, *, secret: str | None = None) -> tuple[Webhook, str]:
    """Make a webhook; return it and its secret, which is not shown again.

    Args:
        workspace: The workspace's slug.
        source: What its interactions call their source.
        mapping: Which field plays which role, as TOML.
        secret: The vendor's own (``whsec_...``), where it makes them.

    Raises:
        Refused: 400, the source's name or the secret cannot be used; 409, there is one already.
        SourceError: The mapping cannot be used.
    """
    if not _SOURCE.match(source):
        raise bad(
            f"{source!r} is no name of a source", where="source", todo="use a-z, 0-9, _ . and -, up to 80 of them"
        )
    read_mapping(mapping)
    chosen = checked(secret) if secret else fresh()
    with transaction.atomic():
        hook, made = Webhook.objects.get_or_create(
            workspace=workspace, source=source, defaults={"secrets": [_sealed(chosen)], "mapping": mapping}
        )
    if not made:
        raise Refused(
            409, f"there is a webhook {source!r} already", where="source", todo="rotate its secret, or remove it"
        )
    return hook, chosen


def remap(workspace: str, source: str, mapping: str) -> Webhook:
    """Give a webhook another mapping, for what comes from now on.

    Raises:
        Refused: 404, there is none of this name.
        SourceError: The mapping cannot be used.
    """
    read_mapping(mapping)
    hook = of(workspace, source)
    hook.mapping = mapping
    hook.save(update_fields=["mapping"])
    return hook


def rotate(workspace: str, source: str, *, secret: str | None = None, keep_old: bool = True) -> str:
    """Give a webhook a new secret and return it; the one before stays good unless ``keep_old`` is false.

    Raises:
        Refused: 404, there is none of this name; 400, the secret cannot be used.
    """
    chosen = checked(secret) if secret else fresh()
    hook = of(workspace, source)
    hook.secrets = [_sealed(chosen), *(hook.secrets[: _SECRETS - 1] if keep_old else [])]
    hook.rotated_at = timezone.now()
    hook.save(update_fields=["secrets", "rotated_at"])
    return chosen


def remove(workspace: str, source: str) -> None:
    """Take a webhook away; what it sent stays.

    Raises:
        Refused: 404, there is none of this name.
    """
    of(workspace, source).delete()


def all_of(workspace: str) -> list[Webhook]:
    """Return a workspace's webhooks by name."""
    return list(Webhook.objects.filter(workspace=workspace))


def of(workspace: str, source: str) -> Webhook:
    """Return a webhook.

    Raises:
        Refused: 404, there is none of this name.
    """
    found = Webhook.objects.filter(workspace=workspace, source=source).first()
    if found is None:
        raise Refused(404, f"there is no webhook {source!r}", where="source", todo="make it first")
    return found


def opened(hook: Webhook) -> Endpoint:
    """Return a webhook as it is used.

    Raises:
        SettingsError: Its secrets were sealed with another server secret.
    """
    try:
        vault = _vault()
        told = tuple(vault.decrypt(one.encode()).decode() for one in hook.secrets)
    except InvalidToken:
        raise SettingsError(
            "the webhook's secrets cannot be read: the server's secret has changed",
            where=str(hook),
            todo="rotate the webhook's secret",
        ) from None
    return Endpoint(hook.workspace, hook.source, told, read_mapping(hook.mapping))


def fresh() -> str:
    """Return a new secret: 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def checked(secret: str) -> str:
    """Return a secret that a vendor made.

    Raises:
        Refused: 400, it is none.
    """
    try:
        raw = base64.b64decode(secret.removeprefix("whsec_") + "==", validate=False)
    except ValueError:
        raw = b""
    if not 16 <= len(raw) <= 128 or not secret.isascii():
        raise bad("this is no signing secret", where="secret", todo="give whsec_ and base64 of 24 to 64 bytes")
    return secret


def _sealed(secret: str) -> str:
    return _vault().encrypt(secret.encode()).decode()


@lru_cache(maxsize=64)
def read_mapping(text: str) -> ColumnMapping:
    """Return a mapping that can be used for a webhook.

    Raises:
        SourceError: It is none, or it names no field with the time.
    """
    mapping = ColumnMapping.from_toml(text, "mapping")
    if mapping.first("time") is None:
        raise SourceError(
            "the mapping names no field with the time", where="mapping",
            todo='add [[column]] name = "created_at" role = "time"',
        )  # fmt: skip
    return mapping


def verify(body: bytes, headers: Mapping[str, str], told: Sequence[str]) -> str:
    """Return the id of a delivery whose signature is good.

    Args:
        body: As it was sent.
        headers: Of the request, lower case.
        told: The secrets that are good.

    Raises:
        Refused: 401, the signature or the time is not good.
    """
    given = {name: headers.get(name, "") for name in HEADERS}
    why = "no signature matches"
    for secret in told:
        try:
            Signed(secret).verify(body, given, json_parse=False)
        except WebhookVerificationError as error:
            why = str(error).lower()
        except ValueError:  # a signature that is no base64, a body that is no text
            why = "the signature cannot be read"
        else:
            return given["webhook-id"][:255]
    raise Refused(
        401, f"the webhook is not signed as it should be: {why}", where="webhook-signature",
        todo="sign ID.TIMESTAMP.BODY with the secret of this source, within 5 minutes",
    )  # fmt: skip


def read(body: bytes, records: str | None, limits: Limits) -> Items:
    """Return the records in a vendor's JSON: an object, an array, or the array of an object that ``records`` names.

    Raises:
        Refused: 400 or 413.
    """
    value, wrong = decoded(body)
    if wrong:
        raise bad(wrong, where="body", todo="send JSON")
    if records and isinstance(value, dict) and isinstance(value.get(records), list):
        value = value[records]
        raw = elements(body, records)
    elif isinstance(value, list):
        raw = elements(body)
    else:
        value, raw = [value], lambda _: body
    check_count(len(value), limits)
    return Items(value, raw, oversized(value, limits) if len(body) > limits.item else {})


def map_items(items: Items, endpoint: Endpoint, zone: str, now: datetime, made: str) -> Taken:
    """Read a vendor's records as `touchline import` reads an export's.

    Args:
        items: The records.
        endpoint: Says what is what.
        zone: Of times that do not tell theirs.
        now: The present moment.
        made: Begins the ids of records without one.
    """
    mapping = endpoint.mapping
    faults = dict(items.faults)
    numbered: list[tuple[int, dict[str, str], bytes]] = []
    for place, value in enumerate(items.values):
        if place in faults:
            continue
        try:
            if not isinstance(value, dict):
                raise TypeError("this is no object; a record needs names and values")
            numbered.append((place, flatten(value), b""))
        except (TypeError, RecursionError) as error:
            faults[place] = Fault(str(error))
    block = block_of(numbered, list[Reject](), len(items.values), [m.column for m in mapping.columns], 1.0)
    plan = Plan(mapping, endpoint.source, endpoint.source, zone, now.date(), LAST)
    table, rejected = convert(block, plan)
    for row in rejected.to_pylist():
        faults[row["row"]] = Fault(row["reason"], row["column"])
    places = table["row"].to_numpy()
    gone = set(range(len(items.values))) - set(places.tolist()) - faults.keys()
    faults |= dict.fromkeys(gone, Fault("the record says nothing"))
    table = _with_ids(table, made)
    clocks = _clocks(table, now)
    notes = {
        place: (f"its time is far {'ahead of' if c == 'ahead' else 'behind'} our clock",) for place, c in clocks.items()
    }
    return Taken(table, places, faults, clocks, notes)


def reading(endpoint: Endpoint, zone: str) -> dict[str, Any]:
    """Return how a webhook's rejected records are read when they are tried again: as those of a JSON file."""
    mapping = endpoint.mapping
    return {
        "door": again.DOOR,
        "format": "json",
        "encoding": "utf-8",
        "delimiter": "",
        "columns": [m.column for m in mapping.columns],
        "mapping": mapping.to_toml(),
        "source": endpoint.source,
        "file": f"webhook:{endpoint.source}",
        "zone": zone,
        "day": EARLIEST.date().isoformat(),
    }


def _with_ids(table: pa.Table, made: str) -> pa.Table:
    ids = table["interaction_id"]
    if not ids.null_count:
        return table
    named = pc.binary_join_element_wise(made, table["row"].cast(pa.string()), "-")
    at = table.schema.get_field_index("interaction_id")
    return table.set_column(at, table.schema.field(at), pc.coalesce(ids, named))


def _clocks(table: pa.Table, now: datetime) -> dict[int, str]:
    micros = table["occurred_at"].cast(pa.int64()).to_numpy()
    places = table["row"].to_numpy()
    late = int((now + AHEAD).timestamp()) * 1_000_000
    ahead, behind = places[micros > late].tolist(), places[micros < int(EARLIEST.timestamp()) * 1_000_000].tolist()
    return dict.fromkeys(ahead, "ahead") | dict.fromkeys(behind, "behind")


def told(hook: Webhook) -> dict[str, Any]:
    """Return what may be told of a webhook."""
    return {
        "source": hook.source,
        "url": f"/api/v1/webhooks/{hook.source}?workspace={hook.workspace}",
        "mapping": hook.mapping,
        "secrets": len(hook.secrets),
        "created_at": hook.created_at.isoformat(),
        "rotated_at": hook.rotated_at.isoformat() if hook.rotated_at else None,
    }


__all__ = [
    "Endpoint", "all_of", "create", "fresh", "map_items", "of", "opened", "read", "remap", "remove", "rotate", "told",
    "verify",
]  # fmt: skip
