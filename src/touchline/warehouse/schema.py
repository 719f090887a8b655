"""The warehouse's tables, column by column: the contract that DuckDB and Spark both keep.

Times are UTC without a zone (``occurred_at``); ``day`` and ``week`` (its Monday) are dates in the workspace's
reporting zone. Derived tables (everything from `TOUCHES` on) also carry one nullable string column ``seg_<name>``
per segment in force, holding the customer's value *at that time*; ``Warehouse.segments()`` lists the names.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from touchline.vocabulary.schemas import EVIDENCE, INTERACTIONS, READ_BY

TIME: Final = pa.timestamp("us")


def _inside(kind: pa.DataType) -> pa.DataType:
    """Return the type that a warehouse keeps a journal's column in."""
    if pa.types.is_timestamp(kind):
        return TIME
    return pa.string() if pa.types.is_map(kind) else kind


#: The latest revision of every interaction; superseded ones are in ``revisions``, which has the same columns.
#: Attributes are JSON text here (`touchline.vocabulary.attributes`).
STORED: Final = pa.schema(
    [
        *(pa.field(f.name, _inside(f.type)) for f in INTERACTIONS),
        pa.field("offset", pa.int64()),
        pa.field("live", pa.bool_()),
    ]
)

#: Evidence of every text, a function of the text and the model only.
STORED_EVIDENCE: Final = pa.schema([*EVIDENCE, READ_BY, pa.field("model", pa.string())])

#: One row per interaction with what placement found: the narrow table that sequences are built from.
JOURNEY: Final = pa.schema(
    [
        ("interaction_id", pa.string()),
        ("customer_key", pa.int64()),
        ("identified", pa.bool_()),
        ("conversation_key", pa.int64()),
        ("occurred_at", TIME),
        ("day", pa.date32()),
        ("position", pa.string()),  # the progress stage held then; NULL before the first
    ]
)

_WHO_WHERE_WHEN: Final = [
    ("customer_key", pa.int64()),
    ("identified", pa.bool_()),  # false: anonymous, stands alone
    ("account_key", pa.int64()),  # NULL: no account
    ("conversation_key", pa.int64()),
    ("interaction_id", pa.string()),
    ("stage", pa.string()),  # a stage id, or 'unassigned'
    ("touchpoint", pa.string()),
    ("sub_stage", pa.string()),  # the touchpoint's; NULL where none is known
    ("channel", pa.string()),
    ("source", pa.string()),
    ("family", pa.string()),  # source family: survey, ticket, review, conversation, behaviour
    ("programme", pa.string()),
    ("purpose", pa.string()),
    ("occurred_at", TIME),
    ("day", pa.date32()),
    ("week", pa.date32()),
]

#: What one conversation says about one stage. ``interaction_id`` is the customer's first words or answer there.
TOUCHES: Final = pa.schema(
    [
        *_WHO_WHERE_WHEN,
        ("s", pa.int8()),  # -1, 0, +1
        ("severity", pa.float64()),  # 0.5, 1, 2, 3; 1 unless s = -1
        ("role_weight", pa.float64()),  # 1, 1.5, 2
        ("confidence", pa.float64()),  # (0, 1]
        ("weight", pa.float64()),  # severity * role_weight * confidence (behavioural proxies: * 0.5)
        ("method", pa.string()),
        ("theme", pa.string()),  # its heaviest mention's
        ("emotion", pa.string()),
        ("effort", pa.string()),
        ("resolution", pa.string()),
        ("mentions", pa.int16()),
        ("contradiction", pa.bool_()),  # the score and the words point apart
    ]
)

#: Every mention, placed. ``start``/``end`` cut its words out of the interaction's text.
MENTIONS: Final = pa.schema(
    [
        *_WHO_WHERE_WHEN,
        ("mention", pa.int16()),
        ("theme", pa.string()),
        ("sentiment", pa.int8()),
        ("polarity", pa.float32()),
        ("emotion", pa.string()),
        ("effort", pa.string()),
        ("resolution", pa.string()),
        ("intent", pa.string()),
        ("severity", pa.float64()),
        ("confidence", pa.float64()),  # of the sentiment
        ("stage_confidence", pa.float64()),
        ("decided_by", pa.string()),  # words, declared, context (channel, source ...), position, none
        ("start", pa.int32()),
        ("end", pa.int32()),
    ]
)

#: Raw answers: what NPS, CSAT and CES are made from. ``sign`` is -1, 0, +1; NULL for kind 'other' with no scale.
ANSWERS: Final = pa.schema(
    [
        *_WHO_WHERE_WHEN,
        ("question", pa.string()),
        ("kind", pa.string()),
        ("value", pa.float64()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("direction", pa.int8()),  # +1: high is good (easy); -1: high is bad (hard); CES may be either
        ("sign", pa.int8()),
    ]
)

#: Customers as identity resolves them.
CUSTOMERS: Final = pa.schema(
    [
        ("customer_key", pa.int64()),
        ("customer_ref", pa.string()),
        ("account_key", pa.int64()),
        ("account_ref", pa.string()),
        ("role", pa.string()),
        ("first_seen", TIME),
        ("last_seen", TIME),
        ("interactions", pa.int64()),
    ]
)

#: Attributes through time: the value that holds at t is the one with the latest ``valid_from`` <= t.
ATTRIBUTES: Final = pa.schema(
    [("customer_key", pa.int64()), ("name", pa.string()), ("value", pa.string()), ("valid_from", TIME)]
)

DERIVED: Final = {"journey": JOURNEY, "touches": TOUCHES, "mentions": MENTIONS, "answers": ANSWERS}
SEGMENTED: Final = ("touches", "mentions", "answers")
