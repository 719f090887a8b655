"""The interactions of some whole customers in timeline order, with what holds along it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from touchline.placement.context import Contexts, contexts
from touchline.placement.timeline import Conversations, as_of, conversations, order
from touchline.vocabulary.attributes import Attributes
from touchline.vocabulary.coded import Bools, Coded, Ints, carry_forward, starts

if TYPE_CHECKING:
    from touchline.settings import Settings
    from touchline.vocabulary.taxonomy import Taxonomy

#: The columns of the stored interactions that placement reads; ``identified`` says that there was a reference.
READS: Final = (
    "interaction_id", "source", "kind", "channel", "author", "customer_key", "identified", "account_ref", "role",
    "conversation_ref", "occurred_at", "sequence", "programme", "purpose", "stage", "touchpoint", "event",
    "answers", "attributes", "valid_from",
)  # fmt: skip
_CODED: Final = (
    "source", "kind", "channel", "author", "account_ref", "role", "conversation_ref",
    "programme", "purpose", "stage", "touchpoint", "event",
)  # fmt: skip
#: What is needed row by row beside the codes.
_TAKEN: Final = ("interaction_id", "identified", "answers")


@dataclass(frozen=True, slots=True)
class Rows:
    """Interactions in timeline order; every array has one entry per row.

    Attributes:
        table: The columns that are not worked with as codes or numbers.
        attributes: The distinct maps of attributes, and which row has which.
        coded: The string columns as codes.
        customer: Customer keys.
        identified: False for an anonymous row.
        at: Microseconds since 1970, UTC.
        start: Index of the customer's first row.
        contexts: What source, channel, programme ... say.
        position: Code of the progress stage held; -1 before the first.
        conversation: The conversation of each row.
        account: The account then.
        role: The role then.
        segments: The value of each segment then.
    """

    table: pa.Table
    attributes: Attributes
    coded: dict[str, Coded]
    customer: Ints
    identified: Bools
    at: Ints
    start: Ints
    contexts: Contexts
    position: Ints
    conversation: Conversations
    account: Coded
    role: Coded
    segments: dict[str, Coded]


def arrange(interactions: pa.Table, taxonomy: Taxonomy, settings: Settings, segments: tuple[str, ...]) -> Rows:
    """Put interactions in timeline order and find what holds along it."""
    coded = {name: Coded.of(interactions[name]) for name in _CODED}
    found = contexts(coded, taxonomy, settings)
    customer = interactions["customer_key"].to_numpy()
    at = interactions["occurred_at"].cast(pa.int64()).to_numpy()
    since = pc.coalesce(interactions["valid_from"], interactions["occurred_at"]).cast(pa.int64()).to_numpy()
    sequence = interactions["sequence"].fill_null(0).to_numpy()
    progress = found.progress[found.of_row]
    by_time = order(customer, at, sequence, progress, interactions["interaction_id"].combine_chunks())
    table = interactions.select(_TAKEN).take(pa.array(by_time)).combine_chunks()
    coded = {name: column.take(by_time) for name, column in coded.items()}
    customer, at, since = customer[by_time], at[by_time], since[by_time]
    start = starts(customer)
    attributes = Attributes.of(interactions["attributes"])
    attributes = replace(attributes, of_row=attributes.of_row[by_time])
    return Rows(
        table=table,
        attributes=attributes,
        coded=coded,
        customer=customer,
        identified=table["identified"].to_numpy(),
        at=at,
        start=start,
        contexts=replace(found, of_row=found.of_row[by_time]),
        position=carry_forward(progress[by_time], start),
        conversation=conversations(customer, start, at, coded["source"], coded["conversation_ref"]),
        account=as_of(coded["account_ref"], customer, start, at, since),
        role=as_of(coded["role"], customer, start, at, since),
        segments={name: as_of(_attribute(attributes, name), customer, start, at, since) for name in segments},
    )


def _attribute(attributes: Attributes, name: str) -> Coded:
    return Coded.of(pc.map_lookup(attributes.distinct, pa.scalar(name), "first")).take(attributes.of_row)
