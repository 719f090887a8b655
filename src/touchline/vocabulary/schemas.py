"""The shapes that data have inside Touchline, as Arrow schemas.

An *interaction* is what a source hands over: one immutable thing that happened. *Evidence* is what its words say,
a function of the text and the model alone. A *mention* is that evidence placed on a stage. A *touch* is what one
conversation says about one stage, the unit that is counted. DESIGN section 2 defines the words.

Field metadata ``about`` says what a column holds, so that the documentation is made from the code.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

UTC: Final = pa.timestamp("us", tz="UTC")

#: Closed vocabularies. A value outside them is an input error, named with its row.
AUTHORS: Final = ("customer", "employee", "system")
KINDS: Final = (
    "survey", "message", "ticket", "complaint", "call", "chat", "review", "post", "event", "order", "milestone",
)  # fmt: skip
PURPOSES: Final = ("relationship", "transaction", "recovery")
ROLES: Final = ("user", "champion", "decision_maker")
SCORE_KINDS: Final = ("nps", "csat", "ces", "rating", "other")
EMOTIONS: Final = (
    "anger", "frustration", "disappointment", "anxiety", "confusion",
    "neutral", "satisfaction", "gratitude", "delight",
)  # fmt: skip
EFFORTS: Final = ("high", "low", "none")
RESOLUTIONS: Final = ("resolved", "unresolved", "na")
INTENTS: Final = ("complaint", "question", "request", "praise", "suggestion", "cancel", "none")
SEVERITIES: Final = (0.5, 1.0, 2.0, 3.0)
METHODS: Final = ("survey", "model", "rule", "llm", "proxy", "conversation", "human")
UNASSIGNED: Final = "unassigned"
#: What a customer may agree to: that their words are read and counted, that they are written to, that their calls'
#: words are used, that they are scored as a person.
AGREEMENTS: Final = ("analysis", "contact", "recording", "profiling")
#: Fields of an interaction that can be put right; whose and which record it is cannot.
CORRECTABLE: Final = (
    "channel", "account_ref", "role", "stage", "touchpoint", "event", "text", "language", "agent", "team", "location",
    "campaign", "programme",
)  # fmt: skip


def _field(name: str, type_: pa.DataType, about: str, *, null: bool = True) -> pa.Field:
    return pa.field(name, type_, nullable=null, metadata={"about": about})


#: One answered question of a survey. ``low`` and ``high`` bound the scale; NULL when it was not declared.
ANSWER: Final = pa.struct(
    [
        pa.field("question", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("value", pa.float64(), nullable=False),
        pa.field("low", pa.float64()),
        pa.field("high", pa.float64()),
    ]
)

_WHAT_HAPPENED: Final = [
    _field("source", pa.string(), "the system that it was exported from", null=False),
    _field("kind", pa.string(), "one of KINDS", null=False),
    _field("channel", pa.string(), "the medium of the feedback: email, chat, phone, web, app, store ..."),
    _field("experience_channel", pa.string(), "the medium of the experience spoken of, when it differs"),
    _field(
        "author",
        pa.string(),
        "one of AUTHORS; only a customer's own words and acts make sentiment",
        null=False,
    ),
    _field("customer_ref", pa.string(), "who, as the source names them; NULL for an anonymous one"),
    _field("account_ref", pa.string(), "the customer's organisation, as the source names it"),
    _field("role", pa.string(), "one of ROLES: what the person is in the account"),
    _field("conversation_ref", pa.string(), "the thread that it belongs to, as the source names it"),
    _field("occurred_at", UTC, "when it happened", null=False),
    _field("date_only", pa.bool_(), "true when only a date was known: noon in the reporting zone", null=False),
    _field("sequence", pa.int64(), "order within the conversation where the source states one"),
    _field("solicited", pa.bool_(), "was the customer asked?"),
    _field("programme", pa.string(), "the survey programme"),
    _field("purpose", pa.string(), "one of PURPOSES: what the programme is for"),
    _field("stage", pa.string(), "the declared stage: an id or alias of the taxonomy"),
    _field("touchpoint", pa.string(), "the declared touchpoint: an id of the taxonomy, or free text"),
    _field("event", pa.string(), "name of a behavioural event, order or milestone"),
    _field("text", pa.string(), "the words; several text columns are joined by a line break"),
    _field("language", pa.string(), "declared language, ISO 639-1"),
    _field("answers", pa.list_(ANSWER), "scores of one or several questions"),
    _field("agent", pa.string(), "the employee who dealt with it"),
    _field("team", pa.string(), "the team, as a path: support/tier-2"),
    _field("location", pa.string(), "the place, as a path: emea/de/berlin"),
    _field("value", pa.decimal128(18, 4), "money"),
    _field("currency", pa.string(), "ISO 4217"),
    _field("campaign", pa.string(), "the campaign that brought it"),
    _field("attributes", pa.map_(pa.string(), pa.string()), "free attributes: segments, measures"),
    _field("valid_from", UTC, "since when the attributes hold; NULL means occurred_at"),
]

#: What a source yields. ``interaction_id`` may be NULL here: `accept` gives one (DESIGN rule 2).
#: ``row`` is the record's number in its file, the header being row 1; it is provenance, never content.
RAW_INTERACTIONS: Final = pa.schema(
    [
        _field("interaction_id", pa.string(), "the source's own id, when it has one"),
        *_WHAT_HAPPENED,
        _field("row", pa.int64(), "the record's number in its file, the header being row 1"),
    ]
)

#: What the journal keeps: accepted, redacted, with an id and a content hash.
INTERACTIONS: Final = pa.schema(
    [
        _field("interaction_id", pa.string(), "unique within the workspace", null=False),
        *_WHAT_HAPPENED,
        _field("row", pa.int64(), "the record's number in its file, the header being row 1"),
        _field("received_at", UTC, "when we took it in", null=False),
        _field(
            "customer_key",
            pa.int64(),
            "our own 64-bit key of the customer, or of the anonymous one",
            null=False,
        ),
        _field("content_hash", pa.binary(16), "keyed hash of the canonical row before redaction", null=False),
    ]
)

#: Who is who: two references of one person, or, without the second, a reference that stands alone again.
CLAIMS: Final = pa.schema(
    [
        _field("ref", pa.string(), "a customer's reference", null=False),
        _field("same_as", pa.string(), "another one of the same person; NULL undoes what was said of the first"),
    ]
)

#: What a customer agreed to, or no longer agrees to.
CONSENTS: Final = pa.schema(
    [
        _field("ref", pa.string(), "a customer's reference", null=False),
        _field("purpose", pa.string(), "one of AGREEMENTS", null=False),
        _field("granted", pa.bool_(), "yes, or no longer", null=False),
        _field("at", UTC, "when they said so", null=False),
        _field("source", pa.string(), "where they said so: a form, a call, an import", null=False),
        _field("by", pa.string(), "who wrote it down", null=False),
    ]
)

#: What was wrong and is put right, at the customer's request or ours. The record before stays as a revision.
CORRECTIONS: Final = pa.schema(
    [
        _field("ref", pa.string(), "the customer's reference; NULL for an anonymous interaction"),
        _field("interaction_id", pa.string(), "the interaction; NULL for all of the customer's that state the field"),
        _field("field", pa.string(), "one of CORRECTABLE, or attributes.NAME", null=False),
        _field("value", pa.string(), "what it should say; NULL takes it away"),
        _field("at", UTC, "when it was put right", null=False),
        _field("why", pa.string(), "what for", null=False),
        _field("by", pa.string(), "who did it", null=False),
    ]
)

#: The stages as they were from a moment on: a version of the taxonomy's file.
TAXONOMIES: Final = pa.schema(
    [
        _field("version", pa.string(), "names its content", null=False),
        _field("text", pa.string(), "the file, as YAML", null=False),
        _field("at", UTC, "when it came into use", null=False),
        _field("by", pa.string(), "who changed it", null=False),
        _field("note", pa.string(), "what for", null=False),
    ]
)

#: The receipt of an erasure. It tells nothing of the one who was erased.
ERASURES: Final = pa.schema(
    [
        _field("id", pa.string(), "its name", null=False),
        _field("at", UTC, "when it was asked for", null=False),
        _field("by", pa.string(), "who did it", null=False),
        _field("why", pa.string(), "what for", null=False),
        _field("counts", pa.string(), "what was erased, by store, as JSON", null=False),
    ]
)

#: Rows that could not be accepted.
QUARANTINE: Final = pa.schema(
    [
        _field("file", pa.string(), "the file that it came from", null=False),
        _field("row", pa.int64(), "the record's number in it, the header being row 1; NULL for a whole file"),
        _field("column", pa.string(), "the column that was at fault, when one was"),
        _field("reason", pa.string(), "what was wrong and what to do", null=False),
        _field("raw", pa.binary(), "the record as it was", null=False),
    ]
)

#: What understanders read.
TEXTS: Final = pa.schema(
    [
        _field("interaction_id", pa.string(), "the interaction", null=False),
        _field("text", pa.string(), "its words", null=False),
        _field("language", pa.string(), "declared language, when there is one"),
    ]
)

#: What understanders write: one row per mention, in order of (input row, mention). ``stage_evidence`` holds one
#: log-likelihood per stage of the taxonomy, in its order; all equal means that the words say nothing of a stage.
EVIDENCE: Final = pa.schema(
    [
        _field("interaction_id", pa.string(), "the interaction", null=False),
        _field("mention", pa.int16(), "0, 1, 2 ... within the text", null=False),
        _field("start", pa.int32(), "first character of the clause in the text", null=False),
        _field("end", pa.int32(), "one past its last character", null=False),
        _field("language", pa.string(), "ISO 639-1, or 'und' where it could not be told", null=False),
        _field("understood", pa.bool_(), "false: stored, marked, not scored", null=False),
        _field("sentiment", pa.int8(), "-1, 0 or +1", null=False),
        _field("polarity", pa.float32(), "-1 to 1", null=False),
        _field("sentiment_confidence", pa.float32(), "(0, 1]", null=False),
        _field("emotion", pa.string(), "one of EMOTIONS", null=False),
        _field("effort", pa.string(), "one of EFFORTS", null=False),
        _field("resolution", pa.string(), "one of RESOLUTIONS", null=False),
        _field("intent", pa.string(), "one of INTENTS", null=False),
        _field("severity", pa.float32(), "one of SEVERITIES", null=False),
        _field("theme", pa.string(), "id of the primary theme, when there is one"),
        _field("touchpoint", pa.string(), "the touchpoint that the words name, when they do"),
        _field("stage_evidence", pa.list_(pa.float32()), "one log-likelihood per stage", null=False),
        _field("phrases", pa.list_(pa.string()), "the phrases that decided", null=False),
    ]
)

#: The column that an understander of several methods adds to EVIDENCE; where it is missing, all is its `method`.
READ_BY: Final = _field("method", pa.string(), "one of METHODS: how the mention was read", null=False)


def validate(table: pa.Table | pa.RecordBatch, schema: pa.Schema) -> None:
    """Raise `ValueError` unless the table has exactly the schema's columns and types, and no forbidden NULL.

    >>> import pyarrow as pa
    >>> validate(pa.table({"a": [1]}), TEXTS)
    Traceback (most recent call last):
    ...
    ValueError: columns differ: missing ['interaction_id', 'language', 'text'], unknown ['a']
    """
    have, want = set(table.schema.names), set(schema.names)
    if have != want:
        raise ValueError(f"columns differ: missing {sorted(want - have)}, unknown {sorted(have - want)}")
    for field in schema:
        column = table.column(field.name)
        if column.type != field.type:
            raise ValueError(f"column {field.name!r} is {column.type}, not {field.type}")
        if not field.nullable and column.null_count:
            raise ValueError(f"column {field.name!r} has {column.null_count} NULLs and may have none")
