"""A program of its own that reads one workbook: ``python workbook.py MEMORY SECONDS PATH [SHEET]``.

A workbook of a few bytes can describe a sheet of billions of cells. Read here, it can only end this process: memory
and time are bounded by the operating system. It imports nothing of Touchline, so that it starts at once. The answer is
pickled to standard output: the name of the sheet with its rows, or what is wrong.
"""

from __future__ import annotations

import pickle
import sys
from typing import Any


def bounded(memory: int, seconds: int) -> None:
    """Bound this process where the operating system can."""
    try:
        import resource
    except ImportError:  # Windows knows no such limits
        return
    for kind, limit in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds), (resource.RLIMIT_CORE, 0)):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def read(path: str, wanted: str | None) -> tuple[str, Any]:
    """Return what was found: ``rows`` with (sheet, rows), ``sheets`` with their names, ``empty``, or ``damaged``."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(path) as book:
            names = book.sheet_names
            if wanted is not None and wanted not in names:
                return "sheets", names
            for name in [wanted] if wanted is not None else names:
                rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                if any(cell is not None and str(cell).strip() for row in rows for cell in row):
                    return "rows", (name, rows)
    except (CalamineError, OSError, ValueError) as error:
        return "damaged", str(error)
    return "empty", None


def main() -> None:
    """Read, and write the answer."""
    bounded(int(sys.argv[1]), int(sys.argv[2]))
    pickle.dump(read(sys.argv[3], sys.argv[4] if len(sys.argv) > 4 else None), sys.stdout.buffer, protocol=5)


if __name__ == "__main__":
    main()
