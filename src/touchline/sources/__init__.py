"""Any export into raw interactions; what cannot be used goes to quarantine, and nothing is lost."""

from touchline.sources.base import CHUNK_ROWS, Block, Chunk, Reading, Reject, Source
from touchline.sources.export import Export, FoundColumn, open_export
from touchline.sources.files import SourceFile
from touchline.sources.mapping import ROLES, ColumnMapping, Mapped, ScoreRange
from touchline.sources.registry import installed
from touchline.sources.table import read_table

__all__ = [
    "CHUNK_ROWS",
    "ROLES",
    "Block",
    "Chunk",
    "ColumnMapping",
    "Export",
    "FoundColumn",
    "Mapped",
    "Reading",
    "Reject",
    "ScoreRange",
    "Source",
    "SourceFile",
    "installed",
    "open_export",
    "read_table",
]
