"""A table that keeps its words and numbers whole, however narrow the terminal."""

from __future__ import annotations

from typing import Final

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

#: The longest word of a text that is kept whole.
_WORD: Final = 18
#: Characters between two columns, padding included.
_BETWEEN: Final = 3
#: More columns than this are counted, rather than named.
_NAMED: Final = 5

Cell = Text | str


class Sheet:
    """Rows and columns; those columns that yield are left out where there is no room, and named below.

    Args:
        columns: Per column its header, its alignment (``left`` or ``right``), and how soon it yields: the highest
            first, 0 never. Numbers, on the right, are never broken; texts break between words.

    >>> from rich.console import Console
    >>> sheet = Sheet(("Stage", "left", 0), ("JSI", "right", 0), ("Comments", "right", 1))
    >>> sheet.add_row("Delivery", "41 ±6", "218")
    >>> Console(width=24).print(sheet)  # doctest: +NORMALIZE_WHITESPACE
    <BLANKLINE>
     Stage        JSI
     ────────────────
     Delivery   41 ±6
    <BLANKLINE>
    + Comments: in a wider
    terminal, or with --json
    """

    def __init__(self, *columns: tuple[str, str, int]) -> None:
        self.columns = columns
        self.show_header = True
        self._rows: list[tuple[Cell, ...]] = []
        self._sections: set[int] = set()

    def add_row(self, *cells: Cell) -> None:
        """Add a row; one cell per column."""
        self._rows.append(cells)

    def add_section(self) -> None:
        """Draw a line below the rows so far."""
        self._sections.add(len(self._rows) - 1)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Leave out what has no room, and draw the rest."""
        widths = [self._least(i) for i in range(len(self.columns))]
        kept = list(range(len(widths)))
        yielding = sorted((i for i in kept if self.columns[i][2]), key=lambda i: self.columns[i][2])
        left_out: list[int] = []
        while yielding and sum(widths[i] for i in kept) + _BETWEEN * len(kept) - 1 > options.max_width:
            left_out.append(yielding.pop())
            kept.remove(left_out[-1])
        yield self._table(kept, widths)
        names = [self.columns[i][0] for i in sorted(left_out) if self.columns[i][0]]
        if names:
            what = ", ".join(names) if len(names) <= _NAMED else f"{len(names)} more columns"
            yield Text(f"+ {what}: in a wider terminal, or with --json", style="dim")

    def _least(self, column: int) -> int:
        """Return how many characters a column needs at least."""
        header, justify, _ = self.columns[column]
        texts = [header, *(str(row[column]) for row in self._rows)]
        if justify == "right":
            return max(map(cell_len, texts))
        return min(_WORD, max((cell_len(word) for text in texts for word in text.split()), default=1))

    def _table(self, kept: list[int], widths: list[int]) -> Table:
        table = Table(
            box=box.SIMPLE_HEAD, header_style="dim", pad_edge=False, padding=(0, 1), show_header=self.show_header
        )
        for i in kept:
            header, justify, _ = self.columns[i]
            if justify == "right":
                table.add_column(header, justify="right", no_wrap=True, min_width=widths[i])
            else:
                table.add_column(header, overflow="fold", min_width=widths[i])
        for number, row in enumerate(self._rows):
            table.add_row(*(row[i] for i in kept), end_section=number in self._sections)
        return table
