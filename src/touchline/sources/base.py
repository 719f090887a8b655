"""The seam between exports and the rest: what every source is.

A source knows one family of formats. It registers under the entry point group ``touchline.sources``, ours just as
a stranger's plug-in does. What it hands over are chunks of raw interactions beside the records that it could not
use; it keeps every record in one of the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pyarrow as pa

#: Chunks are cut at fixed counts of records, so that a second import of a file meets the same chunks.
CHUNK_ROWS: Final = 50_000


@dataclass(frozen=True, slots=True)
class Chunk:
    """A run of records read from a file.

    Attributes:
        interactions: Accepted records, schema `RAW_INTERACTIONS`, at most `CHUNK_ROWS` of them.
        quarantine: Rejected ones, schema `QUARANTINE`.
        fraction: How much of the file has been read, 0 to 1, for the progress bar.
    """

    interactions: pa.Table
    quarantine: pa.Table
    fraction: float = 1.0

    @property
    def received(self) -> int:
        """Records in this chunk, good and bad."""
        return self.interactions.num_rows + self.quarantine.num_rows
