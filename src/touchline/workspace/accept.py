"""The door: what every record goes through before it is in the journal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import pyarrow as pa

from touchline.journal import Append, Batch, Journal
from touchline.settings import Privacy
from touchline.sources.base import Chunk
from touchline.vocabulary.attributes import Attributes
from touchline.vocabulary.schemas import INTERACTIONS, RAW_INTERACTIONS, validate
from touchline.workspace.identify import Identifier, batch_digest
from touchline.workspace.private import without_personal


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of a chunk at the door, in records.

    ``received = accepted + repeated + quarantined``. The drain splits ``accepted`` further into stored, duplicate and
    revised; its receipts for ``offsets``, where the accepted ones are in the journal, tell how.
    """

    received: int = 0
    accepted: int = 0
    repeated: int = 0
    quarantined: int = 0
    redacted: int = 0
    offsets: tuple[int, ...] = ()

    def __add__(self, other: Accepted) -> Accepted:
        """Add two chunks up."""
        return Accepted(
            self.received + other.received,
            self.accepted + other.accepted,
            self.repeated + other.repeated,
            self.quarantined + other.quarantined,
            self.redacted + other.redacted,
            self.offsets + other.offsets,
        )


_DEFAULT: Final = Privacy()


def accept(
    journal: Journal,
    chunk: Chunk,
    identifier: Identifier,
    *,
    origin: str,
    live: bool = False,
    privacy: Privacy = _DEFAULT,
    reading: str = "",
) -> Accepted:
    """Identify, redact and journal a chunk. What this returns for is on disk.

    Args:
        journal: Where it goes.
        chunk: Raw interactions, and the records that the source rejected.
        identifier: Of the file that the chunk is from.
        origin: The file's name, or the client's.
        live: Whether the batch says that it is live.
        privacy: What is redacted beyond the rules that always hold.
        reading: How the rejected records are read (`touchline.sources.Export.reading`).

    Raises:
        SettingsError: ``privacy`` asks for names of persons, and no finder of names is installed.
    """
    raw = chunk.interactions
    batch, redacted = sealed(raw, identifier, origin=origin, live=live, privacy=privacy) if raw.num_rows else (None, 0)
    (receipt,) = journal.append_many([Append(batch, chunk.quarantine, origin, reading)])
    if receipt and receipt.repeated:
        return Accepted(chunk.received, 0, raw.num_rows, chunk.quarantine.num_rows, redacted)
    offsets = (receipt.offset,) if receipt else ()
    return Accepted(chunk.received, raw.num_rows, 0, chunk.quarantine.num_rows, redacted, offsets)


def sealed(
    raw: pa.Table,
    identifier: Identifier,
    *,
    origin: str,
    live: bool = False,
    privacy: Privacy = _DEFAULT,
    slices: Iterable[slice] = (slice(None),),
) -> tuple[Batch, int]:
    """Identify and redact records, and make the batch that the journal gets.

    Args:
        raw: Schema `RAW_INTERACTIONS`, one row at least.
        identifier: Of the file or the call that they are from.
        origin: The file's name, or the client's.
        live: Whether the batch says that it is live.
        privacy: What is redacted beyond the rules that always hold.
        slices: Which of the records are worked on together, in order: all of them, as it stands.

    Returns:
        The batch, and in how many places something was replaced.

    Raises:
        SettingsError: ``privacy`` asks for names of persons, and no finder of names is installed.
    """
    validate(raw, RAW_INTERACTIONS)
    redacted, parts = 0, []
    for some in slices:
        part = raw[some]
        attributes = Attributes.of(part["attributes"])
        cleaned, places = without_personal(identifier.identify(part, attributes), attributes, privacy)
        redacted += places
        parts.append(cleaned)
    clean = pa.concat_tables(parts).combine_chunks() if len(parts) > 1 else parts[0]
    digest = batch_digest(clean)
    now = datetime.now(UTC)
    stamped = clean.append_column("received_at", pa.repeat(pa.scalar(now, pa.timestamp("us", "UTC")), raw.num_rows))
    table = pa.table([stamped[field.name] for field in INTERACTIONS], schema=INTERACTIONS)
    return Batch("interactions", table, digest, live, origin, now), redacted
