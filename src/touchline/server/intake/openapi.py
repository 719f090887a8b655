"""What the OpenAPI document says of the addresses that the door itself answers."""

from __future__ import annotations

from typing import Any, Final

from touchline.server.intake.room import Limits
from touchline.vocabulary.schemas import ANSWER, AUTHORS, KINDS, PURPOSES, RAW_INTERACTIONS, ROLES, SCORE_KINDS

_TEXT: Final = {"type": "string"}
_COUNT: Final = {"type": "integer", "minimum": 0}
_TIME: Final = {
    "oneOf": [{"type": "string"}, {"type": "number"}],
    "description": "ISO 8601, or seconds, milli-, micro- or nanoseconds since 1970, told by their size.",
}
_LOOSE: Final = {"type": ["string", "number", "null"]}
_CLOSED: Final = {"author": AUTHORS, "kind": KINDS, "purpose": PURPOSES, "role": ROLES}
_PROBLEMS: Final = {
    "400": "The request is wrong: a parameter, the body, or ids are missing and there is no Idempotency-Key.",
    "401": "The key or the signature is missing or not good.",
    "403": "The key may not ingest.",
    "404": "There is no such workspace for this key.",
    "408": "The body did not arrive in time.",
    "409": "A request of the same Idempotency-Key is being worked on.",
    "413": "The body, the records or one record are past the limits.",
    "415": "The body's encoding is not known.",
    "422": "The Idempotency-Key was used for another request.",
    "429": "Too much of this workspace waits; Retry-After says how long.",
    "503": "The door is busy; Retry-After says how long.",
    "507": "The disk is nearly full; nothing was taken.",
}


def describe() -> dict[str, Any]:
    """Return the paths and components of the OpenAPI 3.1 document that the door serves.

    >>> sorted(describe()["paths"])[:2]
    ['/api/v1/events', '/api/v1/files']
    """
    return {
        "paths": {
            "/api/v1/interactions": {"post": _interactions()},
            "/api/v1/events": {"post": _events()},
            "/api/v1/webhooks/{source}": {"post": _webhooks()},
            "/api/v1/files": {"post": _files()},
        },
        "components": {"schemas": {"Interaction": _interaction(), "Taken": _taken(), "Call": _CALL}},
    }


def _operation(
    name: str, summary: str, about: str, content: dict[str, Any], *parameters: dict[str, Any]
) -> dict[str, Any]:
    answer = {"application/json": {"schema": {"$ref": "#/components/schemas/Taken"}}}
    problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    replayed = {"schema": {"const": "true"}, "description": "The answer is that of an earlier request of the same key."}
    return {
        "operationId": name,
        "tags": ["Intake"],
        "security": [{"key": []}],
        "summary": summary,
        "description": about,
        "parameters": [_parameter("workspace", "Which workspace, where the key does not tell."), *parameters],
        "requestBody": {"required": True, "content": content},
        "responses": {
            "202": {
                "description": "Everything is on disk: in the journal, or in quarantine.",
                "headers": {"Idempotent-Replayed": replayed},
                "content": answer,
            },
            **{status: {"description": told, "content": problem} for status, told in _PROBLEMS.items()},
        },
    }


def _parameter(name: str, about: str, schema: dict[str, Any] | None = None, where: str = "query") -> dict[str, Any]:
    return {"name": name, "in": where, "required": where == "path", "description": about, "schema": schema or _TEXT}


_LIVE: Final = _parameter("live", "Whether it may alert anyone whenever it happened.", {"type": "boolean"})
_SOURCE: Final = _parameter("source", "The source of records that name none.")
_VERDICTS: Final = _parameter(
    "verdicts", "All verdicts, or those with a fault or a note.", {"enum": ["all", "faults"], "default": "all"}
)
_KEY: Final = _parameter(
    "Idempotency-Key", "Names the request: sent again, it is answered as the first time, for 48 hours. Needed where no "
    "record has an id.", {"type": "string", "minLength": 1, "maxLength": 255}, "header",
)  # fmt: skip


def _interactions() -> dict[str, Any]:
    one = {"$ref": "#/components/schemas/Interaction"}
    some = {"oneOf": [one, {"type": "array", "items": one, "minItems": 1, "maxItems": Limits().items}]}
    content = {"application/json": {"schema": some}, "application/x-ndjson": {"schema": _TEXT}}
    about = "One object, an array, or one per line; packed with gzip or zstd if you like. A record that cannot be "
    about += "accepted goes to quarantine with its reason, and stops none of the others."
    return _operation("post_interactions", "Send interactions", about, content, _LIVE, _SOURCE, _VERDICTS, _KEY)


def _events() -> dict[str, Any]:
    one = {"$ref": "#/components/schemas/Call"}
    batch = {"type": "object", "required": ["batch"], "properties": {"batch": {"type": "array", "items": one}}}
    content = {"application/json": {"schema": {"oneOf": [one, batch, {"type": "array", "items": one}]}}}
    about = "Calls as Segment and RudderStack libraries send them; `/v1/track`, `/v1/batch` and the like take them too."
    return _operation("post_events", "Send events", about, content, _LIVE, _SOURCE, _VERDICTS, _KEY)


def _webhooks() -> dict[str, Any]:
    any_json = {"application/json": {"schema": {"type": ["object", "array"]}}}
    about = "A vendor's own JSON, mapped as its webhook says. Signed (Standard Webhooks), or with an API key."
    heads = [_parameter(name, f"Standard Webhooks: {name}.", where="header") for name in (
        "webhook-id", "webhook-timestamp", "webhook-signature")]  # fmt: skip
    told = _operation(
        "post_webhook", "Receive a webhook", about, any_json, _parameter("source", "The webhook.", where="path"), _LIVE,
        *heads, _KEY,
    )  # fmt: skip
    return {**told, "security": [{}, {"key": []}]}


def _files() -> dict[str, Any]:
    binary = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
    form = {"type": "object", "properties": {"file": {"type": "string", "contentMediaType": "application/octet-stream"},
            "mapping": _TEXT}}  # fmt: skip
    content = {"multipart/form-data": {"schema": form}, "application/octet-stream": binary}
    about = (
        "Any export: CSV, JSON, Excel, Parquet, XES. It is recognised and mapped as `touchline import` does; the same "
    )
    about += "file again changes nothing."
    many = {"type": "array", "items": _TEXT}
    return _operation(
        "post_file", "Upload a file", about, content, _LIVE,
        _parameter("source", "What its interactions call their source."),
        _parameter("timezone", "Of times that do not tell theirs."),
        _parameter("format", "Where it is not recognised."),
        _parameter("filename", "Where the body is the file itself."),
        _parameter("map", "role=column; may be repeated.", many),
        _parameter("date", "The day of rows in a file without times.", {"type": "string", "format": "date"}),
    )  # fmt: skip


def _interaction() -> dict[str, Any]:
    fields: dict[str, Any] = {"id": {**_LOOSE, "description": "The source's own id."}}
    for one in RAW_INTERACTIONS:
        if one.name == "row":
            continue
        schema: dict[str, Any] = dict(_LOOSE)
        if one.name in ("occurred_at", "valid_from"):
            schema = dict(_TIME)
        elif one.name in _CLOSED:
            schema = {"type": ["string", "null"], "examples": list(_CLOSED[one.name])}
        elif one.name in ("solicited", "date_only"):
            schema = {"type": ["boolean", "string", "null"]}
        elif one.name == "attributes":
            schema = {"type": ["object", "null"], "additionalProperties": True}
        elif one.name == "answers":
            schema = {"type": ["array", "null"], "items": _answer()}
        fields[one.name] = {**schema, "description": (one.metadata or {}).get(b"about", b"").decode()}
    return {"type": "object", "required": ["occurred_at"], "properties": fields, "additionalProperties": False}


def _answer() -> dict[str, Any]:
    number = {"type": ["number", "string", "null"]}
    parts = {one.name: number for one in ANSWER if one.name not in ("question", "kind")}
    kind = {"type": "string", "enum": list(SCORE_KINDS)}
    return {"type": "object", "required": ["value"], "properties": {"question": _TEXT, "kind": kind, **parts}}


def _taken() -> dict[str, Any]:
    verdict = {
        "type": "object",
        "required": ["item", "status"],
        "properties": {
            "item": _COUNT | {"description": "Its place in the request, from 0."},
            "status": {"enum": ["accepted", "quarantined"]},
            "id": _TEXT,
            "column": _TEXT,
            "reason": _TEXT | {"description": "What was wrong, and what to do."},
            "notes": {"type": "array", "items": _TEXT},
        },
    }
    return {
        "type": "object",
        "required": ["receipt", "status_url", "received", "accepted", "quarantined"],
        "properties": {
            "receipt": _TEXT | {"description": "Ask /api/v1/receipts/{receipt} what became of it."},
            "status_url": _TEXT,
            "received": _COUNT,
            "accepted": _COUNT,
            "quarantined": _COUNT,
            "items": {"type": "array", "items": verdict},
        },
    }


_CALL: Final = {
    "type": "object",
    "properties": {
        "type": {"enum": ["track", "page", "screen", "identify", "group", "alias"]},
        "messageId": _TEXT | {"description": "Its id; sent again, it counts once."},
        "userId": {"type": ["string", "integer", "null"]},
        "anonymousId": {"type": ["string", "integer", "null"]},
        "event": _TEXT | {"description": "What happened, for a track call."},
        "properties": {"type": "object"},
        "traits": {"type": "object"},
        "context": {"type": "object"},
        "timestamp": _TIME,
    },
}
