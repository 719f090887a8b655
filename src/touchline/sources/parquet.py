"""Parquet files: typed columns, read by row group."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from touchline.errors import SourceError
from touchline.sources.base import MISSING, Block, Reading
from touchline.sources.files import SourceFile
from touchline.sources.flattening import as_text, flatten, table_of
from touchline.sources.layout import name_columns
from touchline.sources.unpacking import most, too_large
from touchline.words import Number, phrase

if TYPE_CHECKING:
    from pyarrow.parquet import FileMetaData

_BLOCK: Final = 20_000
#: Only columns of one value all through hold more rows in a byte.
_ROWS_A_BYTE: Final = 100
_FEW_ROWS: Final = 1_000_000
_SAMPLE: Final = 2_000


class Parquet:
    """Apache Parquet."""

    name = "parquet"
    options = ()

    def recognise(self, file: SourceFile) -> float:
        """The four letters that it begins with."""
        return 1.0 if file.head.startswith(b"PAR1") else 0.0

    def read(self, file: SourceFile, options: Mapping[str, str]) -> Reading:
        """Open it and turn its first rows into text."""
        batches = partial(_batches, file)
        sample = next((_as_cells(b) for b in batches(_SAMPLE)), pa.table({}))
        columns, notes = name_columns(sample.column_names)
        sample = sample.rename_columns(list(columns))
        return Reading(columns, sample, partial(_blocks, batches), first_row=1, notes=notes)


SOURCE: Final = Parquet()


def _batches(file: SourceFile, rows: int) -> Iterator[pa.RecordBatch]:
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file.path) as opened:
            if not opened.schema_arrow.names:
                raise SourceError(
                    phrase("the file has no columns"), where=str(file.path), todo=phrase("export it again")
                )
            _check(opened.metadata, file)
            yield from opened.iter_batches(rows)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(
            phrase("the Parquet file is damaged ({value})", value=str(str(error).splitlines()[0])),
            where=str(file.path),
            todo=phrase("export it again"),
        ) from error


def _check(about: FileMetaData, file: SourceFile) -> None:
    """Refuse what claims far more rows or bytes than its size can hold."""
    groups = [about.row_group(i) for i in range(about.num_row_groups)]
    if about.num_rows > max(_ROWS_A_BYTE * file.size, _FEW_ROWS):
        raise SourceError(
            phrase(
                "the file claims {num_rows} rows in {size} bytes, which is what a bomb does and no export",
                num_rows=Number(f"{about.num_rows:,}"),
                size=Number(f"{file.size:,}"),
            ),
            where=str(file.path),
            todo=phrase("export it again"),
        )
    if any(group.total_byte_size > most(file.size) for group in groups):
        raise too_large(str(file.path), most(file.size))


def _blocks(batches: Callable[[int], Iterator[pa.RecordBatch]]) -> Iterator[Callable[[], Block]]:
    for batch in batches(_BLOCK):
        yield partial(_block, batch)


def _block(batch: pa.RecordBatch) -> Block:
    table = _as_cells(batch)
    columns, _ = name_columns(table.column_names)
    rows = pa.array(range(batch.num_rows), pa.int64())

    def raw(i: int) -> bytes:
        return json.dumps(batch.slice(i, 1).to_pylist()[0], ensure_ascii=False, default=str).encode("utf-8", "replace")

    return Block(table.rename_columns(list(columns)), rows, batch.num_rows, raw)


def _as_cells(batch: pa.RecordBatch) -> pa.Table:
    """Every column as text; plain types by Arrow, structures value by value."""
    columns: dict[str, pa.Array] = {}
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if pa.types.is_struct(field.type):
            records = [flatten({field.name: v}) if v is not None else {} for v in column.to_pylist()]
            nested = table_of(records)
            columns.update({n: nested.column(n).combine_chunks() for n in nested.column_names})
        else:
            columns[field.name] = _text(column)
    return pa.table({n: c.combine_chunks() if isinstance(c, pa.ChunkedArray) else c for n, c in columns.items()})


def _text(column: pa.Array) -> pa.Array:
    type_ = column.type
    if pa.types.is_dictionary(type_):
        return _text(column.cast(type_.value_type))
    if pa.types.is_timestamp(type_):
        zoned = type_.tz is not None
        cells = pc.cast(pc.cast(column, pa.timestamp("us", type_.tz), safe=False), pa.timestamp("us")).cast(pa.string())
        return pc.binary_join_element_wise(cells, "Z", "") if zoned else cells
    if pa.types.is_string(type_) or pa.types.is_large_string(type_) or pa.types.is_string_view(type_):
        cells = column.cast(pa.string())
    elif pa.types.is_integer(type_) or pa.types.is_date(type_) or pa.types.is_decimal(type_):
        return column.cast(pa.string())
    else:
        return pa.array([as_text(v) for v in column.to_pylist()], pa.string())
    return pc.if_else(pc.is_in(cells, pa.array(MISSING)), None, cells)
