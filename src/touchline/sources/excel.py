"""Excel workbooks and their kin (xlsx, xlsb, xls, ods): the first sheet with content, or a named one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

from touchline.errors import SourceError
from touchline.sources.base import Block, Reading
from touchline.sources.files import SourceFile
from touchline.sources.flattening import as_text, block_of, table_of
from touchline.sources.layout import is_header, name_columns

_BLOCK: Final = 5_000
_SAMPLE: Final = 2_000
_SUFFIXES: Final = {"xlsx", "xlsm", "xlsb", "xls", "ods"}
Row = list[Any]


class Excel:
    """Spreadsheets."""

    name = "excel"
    options = ("sheet", "header")

    def recognise(self, file: SourceFile) -> float:
        """A ZIP or OLE file with a spreadsheet's ending or a workbook inside."""
        packed = file.head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))
        inside = b"xl/" in file.head or b"[Content_Types].xml" in file.head
        return 0.95 if packed and (file.suffix in _SUFFIXES or inside) else 0.0

    def read(self, file: SourceFile, options: Mapping[str, str]) -> Reading:
        """Find sheet and header."""
        rows, sheet = _sheet(file, options.get("sheet"))
        filled = [i for i, row in enumerate(rows[:50]) if any(_cells(row))]
        if not filled:
            raise SourceError(f"sheet {sheet!r} is empty", where=str(file.path), todo="name another: sheet=...")
        width = max(sum(1 for c in _cells(rows[i]) if c) for i in filled)
        top = next(i for i in filled if sum(1 for c in _cells(rows[i]) if c) > width // 3)
        heads = [c or "" for c in _cells(rows[top])]
        below = [[c or "" for c in _cells(row)] for row in rows[top + 1 : top + 200]]
        notes = [f"sheet {sheet!r}"]
        if top > filled[0]:
            notes.append(f"{top} lines before the header left out")
        headed = options.get("header") == "yes" or (options.get("header") != "no" and is_header(heads, below))
        columns, told = name_columns(heads if headed else [""] * len(heads), max(map(len, rows)))
        first = top + headed
        sample = [_record(columns, row) for row in rows[first : first + _SAMPLE]]
        return Reading(
            columns=columns,
            sample=table_of([r for r in sample if r], columns),
            blocks=partial(_blocks, rows, first, columns),
            first_row=first + 1,
            notes=(
                *notes,
                *(told if headed else ("no header found: the columns are called column1, column2 ...",)),
            ),
        )


SOURCE: Final = Excel()


def _sheet(file: SourceFile, wanted: str | None) -> tuple[list[Row], str]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(file.path) as book:
            names = book.sheet_names
            if wanted is not None and wanted not in names:
                todo = f"its sheets are {', '.join(names)}"
                raise SourceError(f"there is no sheet {wanted!r}", where=str(file.path), todo=todo)
            for name in [wanted] if wanted is not None else names:
                sheet = book.get_sheet_by_name(name)
                rows = list(sheet.to_python(skip_empty_area=False))
                if any(any(_cells(row)) for row in rows):
                    return rows, name
    except (CalamineError, OSError, ValueError) as error:
        raise SourceError(
            f"the workbook cannot be read ({error})",
            where=str(file.path),
            todo="save it again as xlsx or CSV",
        ) from error
    raise SourceError("the workbook is empty", where=str(file.path), todo="export it again")


def _cells(row: Row) -> list[str | None]:
    return [as_text(c) for c in row]


def _record(columns: tuple[str, ...], row: Row) -> dict[str, str]:
    return {n: c for n, c in zip(columns, _cells(row), strict=False) if c is not None}


def _blocks(rows: list[Row], first: int, columns: tuple[str, ...]) -> Iterator[Callable[[], Block]]:
    for start in range(first, len(rows), _BLOCK):
        yield partial(_block, rows[start : start + _BLOCK], columns, min(start + _BLOCK, len(rows)) / len(rows))


def _block(rows: list[Row], columns: tuple[str, ...], fraction: float) -> Block:
    records = ((i, _record(columns, row), row) for i, row in enumerate(rows))
    numbered = [(i, r, "\t".join(c or "" for c in _cells(row)).encode()) for i, r, row in records if r]
    return block_of(numbered, [], len(rows), columns, fraction)
