"""Cells that a spreadsheet takes as text: what a customer wrote is never run as a formula.

Whoever writes a CSV file or a workbook for people passes every cell through `defused`, or whole rows through `csv_row`.
Nothing is lost: `undefused` gives back what was there.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from typing import Final, TypeVar

#: What begins a formula, in any width, behind marks and blanks that a spreadsheet may drop. The apostrophes before it
#: are counted too, so that taking one away again is exact.
_RUNS: Final = re.compile(
    r"'*[\s\0\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]*"
    r"[=+\-@\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b]"
)
_CONTROLS: Final = re.compile(r"'*[\t\r\n]")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)*(?:[eE][+-]?[0-9]+)?%?")

Cell = TypeVar("Cell")


def _is_run(text: str) -> bool:
    return bool(_RUNS.match(text) or _CONTROLS.match(text)) and not _NUMBER.fullmatch(text)


def defused(cell: Cell) -> Cell | str:
    """Return a cell with an apostrophe before it where a spreadsheet would run it; all else as it is.

    Numbers stay numbers, also where they are written as text.

    >>> defused("=1+1"), defused("＝1+1"), defused("-5"), defused(-5), defused("- late"), defused("late")
    ("'=1+1", "'＝1+1", '-5', -5, "'- late", 'late')
    """
    return "'" + cell if isinstance(cell, str) and _is_run(cell) else cell


def undefused(cell: str) -> str:
    """Return what `defused` was given.

    >>> undefused(defused("=1+1")), undefused(defused("'=1+1")), undefused("'tis late")
    ('=1+1', "'=1+1", "'tis late")
    """
    return cell[1:] if cell.startswith("'") and _is_run(cell) else cell


def csv_row(cells: Iterable[object], *, exact: bool = False) -> str:
    r"""Return one line of a CSV file, with its end.

    Args:
        cells: None becomes empty.
        exact: Whether cells stay as they are, for programs.

    >>> csv_row(["=1+1", "a,b", None, -1]), csv_row(["late\r=1+1"])
    ('\'=1+1,"a,b",,-1\n', '"late\r=1+1"\n')
    """
    lines: list[str] = []
    # told that lines end in both characters, the writer quotes each of them; a bare one would begin a row of its own
    csv.writer(_Kept(lines), lineterminator="\r\n").writerow(cells if exact else map(defused, cells))
    return lines[0].removesuffix("\r\n") + "\n"


class _Kept:
    """What is written, kept."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines

    def write(self, text: str) -> None:
        """Keep a line."""
        self._lines.append(text)
