"""The door: what every record goes through before it is in the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa

from touchline.journal import Batch, Journal
from touchline.privacy import redact
from touchline.sources.base import Chunk
from touchline.vocabulary.schemas import INTERACTIONS, RAW_INTERACTIONS, validate
from touchline.workspace.identify import Identifier, batch_digest


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a chunk at the door, in records.

    ``received = accepted + repeated + quarantined``. The drain splits ``accepted`` further into stored, duplicate and
    revised.
    """

    received: int = 0
    accepted: int = 0
    repeated: int = 0
    quarantined: int = 0
    redacted: int = 0

    def __add__(self, other: Accepted) -> Accepted:
        """Add two chunks up."""
        return Accepted(
            self.received + other.received,
            self.accepted + other.accepted,
            self.repeated + other.repeated,
            self.quarantined + other.quarantined,
            self.redacted + other.redacted,
        )


def accept(journal: Journal, chunk: Chunk, identifier: Identifier, *, origin: str, live: bool = False) -> Accepted:
    """Identify, redact and journal a chunk. What this returns for is on disk.

    Args:
        journal: Where it goes.
        chunk: Raw interactions, and the records that the source rejected.
        identifier: Of the file that the chunk is from.
        origin: The file's name, or the client's.
        live: Whether the batch says that it is live.
    """
    raw = chunk.interactions
    validate(raw, RAW_INTERACTIONS)
    batch, redacted = None, 0
    if raw.num_rows:
        identified = identifier.identify(raw)
        digest = batch_digest(identified)
        clean, redacted = _redacted(identified)
        now = datetime.now(UTC)
        stamped = clean.append_column("received_at", pa.repeat(pa.scalar(now, pa.timestamp("us", "UTC")), raw.num_rows))
        table = pa.table([stamped[field.name] for field in INTERACTIONS], schema=INTERACTIONS)
        batch = Batch("interactions", table, digest, live, origin, now)
    receipt = journal.append(batch, chunk.quarantine, origin=origin)
    repeated = raw.num_rows if receipt and receipt.repeated else 0
    return Accepted(chunk.received, raw.num_rows - repeated, repeated, chunk.quarantine.num_rows, redacted)


def _redacted(table: pa.Table) -> tuple[pa.Table, int]:
    """Redact the words, and the values of attributes; return how many places were redacted."""
    texts, found = redact(table["text"])
    count = sum(found.values())
    table = table.set_column(table.schema.get_field_index("text"), "text", texts)
    maps = pa.concat_arrays(table["attributes"].chunks) if table["attributes"].num_chunks else None
    if maps is None or not len(maps.items):
        return table, count
    coded = maps.items.dictionary_encode()
    values, found = redact(coded.dictionary)
    if not found:
        return table, count
    items = pa.DictionaryArray.from_arrays(coded.indices, _one(values)).cast(pa.string())
    clean = pa.MapArray.from_arrays(maps.offsets, maps.keys, items, mask=maps.is_null() if maps.null_count else None)
    return table.set_column(table.schema.get_field_index("attributes"), "attributes", clean), count + sum(
        found.values()
    )


def _one(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
