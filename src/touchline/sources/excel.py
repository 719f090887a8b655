"""Excel workbooks and their kin (xlsx, xlsb, xls, ods): the first sheet with content, or a named one."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from tempfile import TemporaryFile
from typing import Any, Final

from touchline.errors import SourceError
from touchline.sources import workbook
from touchline.sources.base import Block, Reading
from touchline.sources.files import SourceFile
from touchline.sources.flattening import as_text, block_of, table_of
from touchline.sources.layout import is_header, name_columns
from touchline.sources.unpacking import check_zip
from touchline.words import phrase

_BLOCK: Final = 5_000
_SAMPLE: Final = 2_000
#: What reading one workbook may take.
MEMORY: Final = 4 << 30
SECONDS: Final = 300
_ZIP: Final = b"PK\x03\x04"
_SUFFIXES: Final = {"xlsx", "xlsm", "xlsb", "xls", "ods"}
Row = list[Any]


class Excel:
    """Spreadsheets."""

    name = "excel"
    options = ("sheet", "header")

    def recognise(self, file: SourceFile) -> float:
        """A ZIP or OLE file with a spreadsheet's ending or a workbook inside."""
        packed = file.head.startswith((_ZIP, b"\xd0\xcf\x11\xe0"))
        inside = b"xl/" in file.head or b"[Content_Types].xml" in file.head
        return 0.95 if packed and (file.suffix in _SUFFIXES or inside) else 0.0

    def read(self, file: SourceFile, options: Mapping[str, str]) -> Reading:
        """Find sheet and header."""
        rows, sheet = _sheet(file, options.get("sheet"))
        filled = [i for i, row in enumerate(rows[:50]) if any(_cells(row))]
        if not filled:
            raise SourceError(
                phrase("sheet {sheet} is empty", sheet=repr(sheet)),
                where=str(file.path),
                todo=phrase("name another: sheet=..."),
            )
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


def sheet_rows(file: SourceFile, wanted: str | None = None) -> list[Row]:
    """Return the cells of a sheet, as texts, row by row; empty ones are "".

    Args:
        file: A workbook.
        wanted: The sheet's name; None for the first with content.

    Raises:
        SourceError: There is no such sheet, or the workbook cannot be read.
    """
    rows, _ = _sheet(file, wanted)
    return [[cell or "" for cell in _cells(row)] for row in rows]


def _sheet(file: SourceFile, wanted: str | None) -> tuple[list[Row], str]:
    """Read a sheet in a process of its own (`touchline.sources.workbook`), which a bomb ends instead of ours."""
    if file.head.startswith(_ZIP):
        check_zip(file)
    said, found = _asked(file, wanted)
    if said == "rows":
        name, rows = found
        return rows, name
    if said == "sheets":
        todo = f"its sheets are {', '.join(found)}"
        raise SourceError(phrase("there is no sheet {wanted}", wanted=repr(wanted)), where=str(file.path), todo=todo)
    if said == "empty":
        raise SourceError(phrase("the workbook is empty"), where=str(file.path), todo=phrase("export it again"))
    raise SourceError(
        phrase("the workbook cannot be read ({found})", found=str(found)),
        where=str(file.path),
        todo=phrase("save it again as xlsx or CSV"),
    )


def _asked(file: SourceFile, wanted: str | None) -> tuple[str, Any]:
    command = [sys.executable, "-I", workbook.__file__, str(MEMORY), str(SECONDS), str(file.path)]
    command += [] if wanted is None else [wanted]
    with TemporaryFile() as answer:
        try:
            done = subprocess.run(  # noqa: S603
                command,
                stdin=subprocess.DEVNULL,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                check=False,
            )
            if done.returncode == 0:
                answer.seek(0)
                return pickle.load(answer)  # type: ignore[no-any-return]  # noqa: S301  our own process wrote it
        except subprocess.TimeoutExpired:
            return "damaged", f"it takes longer than {SECONDS} s"
        except ValueError as error:  # a path that no program can be given
            return "damaged", str(error)
    return "damaged", f"it needs more than {MEMORY >> 30} GiB of memory or {SECONDS} s, or breaks its reader"


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
