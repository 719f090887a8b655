"""The data model's tables, made from the Arrow schemas.

Columns of `touchline.vocabulary.schemas` carry what they hold as metadata; those of `touchline.warehouse.schema`
have it as the comment on their line, and share the rest with the interactions.
"""

from __future__ import annotations

import inspect
import re
from typing import Final

import pyarrow as pa

from touchline.vocabulary import schemas
from touchline.warehouse import schema as warehouse

#: Of columns that derived tables share and whose line says nothing.
_SHARED: Final = {
    "interaction_id": "the interaction",
    "customer_key": "our own key of the customer, or of the anonymous one",
    "customer_ref": "the customer, as the source names them",
    "conversation_key": "our own key of the conversation",
    "occurred_at": "when, in UTC",
    "day": "its day in the reporting zone",
    "week": "the Monday of its week",
    "touchpoint": "of that stage: the one that the words name, else the declared one, else the implied one",
    "programme": "the survey programme",
    "purpose": "what the programme is for, as the record or the settings say",
    "method": "one of METHODS: what decided `s`",
    "theme": "the primary theme, when there is one",
    "emotion": "one of EMOTIONS",
    "effort": "one of EFFORTS",
    "resolution": "one of RESOLUTIONS",
    "intent": "one of INTENTS",
    "mention": "0, 1, 2 ... within the text",
    "mentions": "how many mentions it gathers",
    "sentiment": "-1, 0 or +1",
    "polarity": "-1 to 1",
    "severity": "one of SEVERITIES",
    "stage_confidence": "of the stage, (0, 1]",
    "start": "first character of the clause in the text",
    "end": "one past its last character",
    "question": "the question's name",
    "kind": "one of SCORE_KINDS, as the settings read it",
    "value": "the answer, on its own scale",
    "low": "the scale's lowest value; NULL when nobody knows it",
    "high": "the scale's highest value",
    "sign": "-1, 0, +1 by the scale's boxes; NULL when the scale is not known",
    "account_key": "our own key of the account",
    "account_ref": "the account, as the source names it",
    "role": "one of ROLES",
    "first_seen": "the first interaction",
    "last_seen": "the latest interaction",
    "interactions": "how many interactions there are",
    "name": "the attribute's name",
    "valid_from": "since when the value holds",
    "offset": "the journal batch that it came in",
    "live": "whether it may alert anyone: the batch said so, or it happened within 48 h of receipt",
    "model": "the understander's version",
}
_COMMENT: Final = re.compile(r'\("(?P<name>\w+)",.*\),\s+# (?P<about>.+)$', re.M)


def tables() -> dict[str, str]:
    """Return one table per schema, by the schema's name."""
    ours = ("RAW_INTERACTIONS", "INTERACTIONS", "QUARANTINE", "TEXTS", "EVIDENCE")
    derived = ("STORED", "STORED_EVIDENCE", "JOURNEY", "TOUCHES", "MENTIONS", "ANSWERS", "CUSTOMERS", "ATTRIBUTES")
    words = ("AUTHORS", "KINDS", "PURPOSES", "ROLES", "SCORE_KINDS", "EMOTIONS", "EFFORTS", "RESOLUTIONS", "INTENTS",
             "SEVERITIES", "METHODS")  # fmt: skip
    made = {name: _table(getattr(schemas, name), {}) for name in ours}
    made["ANSWER"] = _table(pa.schema(list(schemas.ANSWER)), {})
    source = inspect.getsource(warehouse)
    made |= {name: _table(getattr(warehouse, name), _comments(source, name)) for name in derived}
    lines = ["| vocabulary | values |", "|---|---|"]
    lines += [f"| `{name}` | {', '.join(f'`{value}`' for value in getattr(schemas, name))} |" for name in words]
    return made | {"vocabularies": "\n".join(lines) + "\n"}


def _comments(source: str, name: str) -> dict[str, str]:
    """Return what is said of a warehouse table's columns: on their own line, else where they come from."""
    ours = (*schemas.EVIDENCE, schemas.READ_BY, *schemas.INTERACTIONS)
    before = {field.name: _told(field) for field in ours}
    found = _SHARED | before if name.startswith("STORED") else before | _SHARED
    for one in ("_WHO_WHERE_WHEN", name):
        body = re.search(rf"^{one}: Final = (.*?)^[\])]", source, re.M | re.S)
        found |= {m["name"]: m["about"] for m in _COMMENT.finditer(body[1] if body else "")}
    return found


def _table(schema: pa.Schema, comments: dict[str, str]) -> str:
    lines = ["| column | type | what it holds |", "|---|---|---|"]
    for field in schema:
        about = comments.get(field.name) or _told(field) or _SHARED[field.name]
        needed = "" if field.nullable else "; never NULL"
        lines.append(f"| `{field.name}` | {_type(field.type)} | {about}{needed} |")
    return "\n".join(lines) + "\n"


def _told(field: pa.Field) -> str:
    about: bytes = (field.metadata or {}).get(b"about", b"")
    return about.decode()


def _type(kind: pa.DataType) -> str:
    if pa.types.is_struct(kind):
        return "struct"
    if pa.types.is_list(kind):
        return f"list of {_type(kind.value_type)}"
    if pa.types.is_map(kind):
        return f"map of {_type(kind.key_type)} to {_type(kind.item_type)}"
    return str(kind)
