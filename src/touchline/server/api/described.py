"""What the OpenAPI document says of answers: the figure, its formats, errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from touchline.server.api.formats import MEDIA

_TEXT: Final = {"type": "string"}
_BYTES: Final = {"type": "string", "contentMediaType": "application/octet-stream"}

#: Schemas that routes refer to.
SCHEMAS: Final[Mapping[str, Any]] = {
    "Figure": {
        "type": "object",
        "description": "An answer: rows, and what they mean. Rows have `n` and `customers` and, where there is one, "
        "the 95 % interval `low` to `high`; under 5 customers a figure is `hidden`.",
        "required": ["figure", "meaning", "notes", "facts", "rows", "behind", "next"],
        "properties": {
            "figure": _TEXT | {"description": "Which question."},
            "meaning": _TEXT | {"description": "One sentence: what the numbers are, over what, with which interval."},
            "notes": {"type": "array", "items": _TEXT, "description": "What a careful reader must know."},
            "facts": {"type": "object", "description": "Scalars for headlines."},
            "rows": {"type": "array", "items": {"type": "object"}},
            "behind": {"type": "boolean", "description": "Whether `/behind` can tell who is behind a row."},
            "next": {"type": ["string", "null"], "description": "`after` of the next page."},
        },
    },
    "Error": {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["what", "where", "todo"],
                "properties": {
                    "what": _TEXT | {"description": "What happened."},
                    "where": _TEXT | {"description": "Where."},
                    "todo": _TEXT | {"description": "What to do."},
                },
            }
        },
    },
}
_WRONG: Final[Mapping[str, str]] = {
    "400": "A parameter is unknown or cannot be used.", "401": "The key is not known.",
    "403": "It may not be asked by this key.", "404": "It is not there.", "406": "No such format.",
    "408": "Its queries took too long.", "409": "The workspace's state stands in the way.",
    "429": "Too many requests.", "503": "The server is starting or busy.",
}  # fmt: skip


def answers(schema: Mapping[str, Any] | None = None, *, formats: bool = True, media: str = "") -> dict[str, Any]:
    """Return the answers of a route, for its part of the document.

    Args:
        schema: Of the JSON; a figure by default.
        formats: Whether it answers in other formats too.
        media: What it answers with, where that is no JSON.
    """
    json = {"schema": dict(schema) if schema else {"$ref": "#/components/schemas/Figure"}}
    content: dict[str, Any] = {media: {"schema": _TEXT}} if media else {MEDIA["json"]: json}
    if formats:
        content |= {
            media: {"schema": _TEXT if name == "csv" else _BYTES} for name, media in MEDIA.items() if name != "json"
        }
    good: dict[str, Any] = {"description": "The answer.", "content": content}
    same = {}
    if formats:
        good["headers"] = {
            "ETag": {"schema": _TEXT, "description": "Names the answer; send it back in If-None-Match."},
            "Link": {"schema": _TEXT, "description": "The next page."},
        }
        same = {"304": {"description": "It is as it was."}}
    return {"responses": {200: good, **same, **wrong()}}


def wrong() -> dict[str, Any]:
    """Return the answers that are errors, as references."""
    return {code: {"$ref": f"#/components/responses/{code}"} for code in _WRONG}


def responses() -> dict[str, Any]:
    """Return the answers that routes refer to."""
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {code: {"description": words, "content": body} for code, words in _WRONG.items()}
