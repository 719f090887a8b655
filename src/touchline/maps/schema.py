"""The JSON Schema of a map's file, for editors that complete and check while one writes.

It is made from the parts themselves, their docstrings included, and published as ``docs/maps.schema.json``; a file
says so to an editor in its first line: ``# yaml-language-server: $schema=maps.schema.json``.
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from typing import Any, Final, Literal

from touchline.maps.checking import PROOFS
from touchline.maps.kinds import KINDS, LANE_KINDS, ROUTES, SEVERITIES, STATUSES
from touchline.maps.model import Belief, Card, Lane, Map, Phase, Proof, Route, Stakeholder, Step
from touchline.maps.plain import MOST_PARTS, MOST_TEXT, hints

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_ATTRIBUTE: Final = re.compile(r"^    (\w+): (.*(?:\n {8,}.*)*)", re.MULTILINE)
_LISTED: Final = re.compile("(One|A key) of `[A-Z_]+`")
_SCORE: Final = {"minimum": 1, "maximum": 5}
#: What a value must be beside its type.
_BOUNDS: Final[dict[tuple[type, str], Mapping[str, Any]]] = {
    **{(Card, key): _SCORE for key in ("effort", "impact", "desirability", "feasibility", "viability")},
    **{(Stakeholder, key): _SCORE for key in ("interest", "influence")},
    (Card, "minutes"): {"minimum": 0},
    (Card, "status"): {"enum": ["", *STATUSES]},
    (Card, "severity"): {"enum": ["", *SEVERITIES]},
    (Lane, "kind"): {"enum": list(LANE_KINDS)},
    (Route, "kind"): {"enum": list(ROUTES)},
    (Proof, "kind"): {"enum": list(PROOFS)},
    (Belief, "jsi"): {"minimum": 0, "maximum": 100},
    (Belief, "effort"): {"minimum": 1, "maximum": 7},
    (Belief, "minutes"): {"minimum": 0},
    (Map, "review_days"): {"minimum": 0},
    (Map, "id"): {"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
}
#: Parts that may be written as a mere text, which stands for this field.
_SHORT: Final[dict[type, str]] = {Lane: "kind", Phase: "name", Step: "name", Card: "text", Stakeholder: "name"}


def schema() -> dict[str, Any]:
    """Return the schema, of JSON Schema 2020-12.

    >>> made = schema()
    >>> made["required"], made["properties"]["kind"]["enum"][:2]
    (['name'], ['journey', 'day'])
    """
    parts = (Belief, Card, Lane, Phase, Proof, Route, Stakeholder, Step)
    defs = {of.__name__.lower(): _part(of) for of in parts}
    defs["loose"] = {**_part(Card, nested=False), "required": ["lane", "step"]}
    whole = _part(Map)
    which = {**whole["properties"].pop("id"), "description": "The map's id, and the name of its file."}
    whole["properties"]["cards"] = {
        "type": "array",
        "description": "Cards that stand under no step of this file, and those of programs.",
        "items": {"$ref": "#/$defs/loose"},
    }
    return {
        "$schema": DIALECT,
        "title": "Touchline journey map",
        **whole,
        "properties": {"map": which, "id": which, **whole["properties"]},
        "$defs": defs,
    }


def _part(of: type, *, nested: bool = True) -> dict[str, Any]:
    """Return the schema of a part written in full."""
    said = _said(of)
    properties: dict[str, Any] = {}
    required = []
    for one in fields(of):
        if nested and of is Card and one.name in ("lane", "step"):
            continue  # its place in the file tells them
        told = {"description": said[one.name]} if one.name in said else {}
        properties[one.name] = {**_type(of, one.name, hints(of)[one.name]), **told}
        if one.default is MISSING and one.name not in ("id", "lane", "step"):
            required.append(one.name)
    if of is Step:
        properties["cards"] = {
            "type": "object",
            "description": "Its cards by lane: the lane's id, kind or name.",
            "additionalProperties": {
                "anyOf": [
                    {"type": "string"},
                    {"$ref": "#/$defs/card"},
                    {"type": "array", "items": _short_or_full(Card), "maxItems": MOST_PARTS},
                ]
            },
        }
    made: dict[str, Any] = {"type": "object", "description": (of.__doc__ or "").split("\n", 1)[0]}
    made |= {"properties": properties, "additionalProperties": False}
    return made | ({"required": required} if required else {})


def _type(of: type, name: str, hint: Any) -> dict[str, Any]:
    """Return the schema of a field."""
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin is types.UnionType:
        (hint,) = (one for one in inside if one is not type(None))
        return _type(of, name, hint)
    if origin is Literal:
        names = {key: words for key, (words, _) in KINDS.items()}
        told = [f"{key}: {names[key]}" for key in inside if key in names]
        return {"enum": list(inside), **({"markdownDescription": "; ".join(told)} if told else {})}
    if origin is tuple:
        return _list(inside[0])
    if is_dataclass(hint):
        return _short_or_full(typing.cast(type, hint))
    simple: dict[Any, dict[str, Any]] = {
        str: {"type": "string", "maxLength": MOST_TEXT},
        bool: {"type": "boolean"},
        int: {"type": "integer"},
        float: {"type": "number"},
        date: {"type": "string", "format": "date"},
    }
    return {**simple[hint], **_BOUNDS.get((of, name), {})}


def _list(of: Any) -> dict[str, Any]:
    if of is str:
        one = {"type": "string", "maxLength": MOST_TEXT}
        return {"anyOf": [one, {"type": "array", "items": one, "maxItems": MOST_PARTS}]}
    if of is Belief:
        jsi = {"type": "number", **_BOUNDS[Belief, "jsi"]}
        some = {"type": "array", "items": {"anyOf": [jsi, _short_or_full(of)]}, "maxItems": MOST_PARTS}
        return {"anyOf": [jsi, some]}
    return {"type": "array", "items": _short_or_full(of), "maxItems": MOST_PARTS}


def _short_or_full(of: type) -> dict[str, Any]:
    full = {"$ref": f"#/$defs/{of.__name__.lower()}"}
    if of not in _SHORT:
        return full
    return {"anyOf": [_type(of, _SHORT[of], str), full]}


def _said(of: type) -> dict[str, str]:
    """Return what the docstring says of each attribute."""
    text = inspect.getdoc(of) or ""
    told = {name: " ".join(words.split()).replace("``", "`") for name, words in _ATTRIBUTE.findall(text)}
    return {name: _LISTED.sub("One of those listed", words) for name, words in told.items()}
