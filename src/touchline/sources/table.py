"""A file as the plain table that it is: no roles, no interactions."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from touchline.errors import SourceError
from touchline.sources.base import Block
from touchline.sources.files import SourceFile
from touchline.sources.registry import recognise
from touchline.words import phrase


def read_table(path: Path | str) -> pa.Table:
    """Read a file of any known format as it is.

    Args:
        path: The file.

    Returns:
        One string column per column of the file, one row per record, in the file's order; NULL where a cell
        holds nothing.

    Raises:
        SourceError: It cannot be read, or a record in it cannot be split into cells: a table with rows left out
            would not fit the file any more.
    """
    file = SourceFile.open(path)
    reading = recognise(file).read(file, {})
    parts, row = [], reading.first_row
    for make in reading.blocks():
        block = make()
        _refuse_rejects(block, row, file.path)
        parts.append(block.table)
        row += block.span
    empty = pa.schema([(name, pa.string()) for name in reading.columns]).empty_table()
    return pa.concat_tables([empty, *parts], promote_options="default").combine_chunks()


def _refuse_rejects(block: Block, first_row: int, path: Path) -> None:
    for reject in block.rejects:
        row = first_row + reject.row
        if row >= first_row:  # a title before the header is no record
            raise SourceError(
                reject.reason,
                where=f"{path}, row {row}",
                todo=phrase("repair the row and repeat, or use `touchline import`, which sets such rows aside"),
            )
