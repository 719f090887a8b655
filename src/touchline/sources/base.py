"""The seam between exports and the rest: what every source is.

A source knows one family of formats. It registers under the entry point group ``touchline.sources``, ours
just as a stranger's plug-in does. It turns a file into *blocks*: tables of text cells, beside the records
that could not be split into cells. What the cells mean is the mapping's business
(`touchline.sources.mapping`), so that a new format is a few lines. What leaves the room are chunks of raw
interactions beside quarantine; every record is in one of the two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

import pyarrow as pa

if TYPE_CHECKING:
    from touchline.sources.files import SourceFile

#: Chunks are cut at fixed counts of records, so that a second import of a file meets the same chunks. Five of them are
#: a run of the drain, which is whole row groups of the warehouse: nothing is written twice (measured: 2 of 14 s).
CHUNK_ROWS: Final = 49_152

#: A record with more bytes than this goes to quarantine.
MAX_RECORD: Final = 16 * 1024 * 1024

#: Spellings of "there is nothing here", in any column.
MISSING: Final = (
    "", "NaN", "nan", "NAN", "NaT", "null", "NULL", "Null", "N/A", "n/a", "#N/A", "<NA>", "\\N",
)  # fmt: skip


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
        return int(self.interactions.num_rows + self.quarantine.num_rows)


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that could not be split into cells.

    Attributes:
        row: Its number within the block, from 0.
        reason: What was wrong and what to do.
        raw: The record as it was.
        column: The column at fault, when one was.
    """

    row: int
    reason: str
    raw: bytes
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """Some consecutive records of a file, as text cells.

    Attributes:
        table: One string column per column of the file; NULL where a cell holds nothing.
        rows: For each record of the table, its number within the block, rising from 0 (blank lines take one
            too).
        span: How many row numbers the block takes up.
        raw: Gives the i-th record of the table as it was.
        rejects: Records that are in no table row, by rising row.
        fraction: How much of the file has been read at the block's end.
    """

    table: pa.Table
    rows: pa.Array
    span: int
    raw: Callable[[int], bytes]
    rejects: tuple[Reject, ...] = ()
    fraction: float = 1.0


@dataclass(frozen=True, slots=True)
class Reading:
    """A recognised file, ready to be read any number of times.

    Attributes:
        columns: The column names, unique and not empty. Blocks may hold more (JSON objects differ).
        sample: Up to 2,000 of the first records, as text cells, to guess the mapping from.
        blocks: Starts reading from the front. Each item makes one block; items may be called in parallel.
        first_row: Row number of the first record: 2 below a header, else 1.
        encoding: Of the text, or "".
        delimiter: Between cells, or "".
        roles: Columns whose role the format itself fixes: column to role.
        kind: The interactions' kind, when the format fixes it.
        notes: What a user should know: a renamed header, a guess.
    """

    columns: tuple[str, ...]
    sample: pa.Table
    blocks: Callable[[], Iterator[Callable[[], Block]]]
    first_row: int = 2
    encoding: str = ""
    delimiter: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    kind: str | None = None
    notes: tuple[str, ...] = ()


class Source(Protocol):
    """One family of export formats."""

    @property
    def name(self) -> str:
        """The format's name, as ``--format`` takes it."""

    @property
    def options(self) -> tuple[str, ...]:
        """Keys of `read`'s options that this format understands, such as ``sheet``."""

    def recognise(self, file: SourceFile) -> float:
        """How surely the file is of this format, 0 to 1; looks at its name and first bytes only."""

    def read(self, file: SourceFile, options: Mapping[str, str]) -> Reading:
        """Find columns and a sample, and prepare to read; raises `SourceError` if the file cannot be read."""
