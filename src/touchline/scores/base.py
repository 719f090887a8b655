"""What questions take and give: filters in, figures out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from touchline.errors import QuestionError
from touchline.vocabulary.named import named
from touchline.words import Phrase, phrase

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import polars as pl
    from numpy.typing import NDArray

    from touchline.warehouse.blanks import Mark


def by_english(*texts: str) -> dict[str, str]:
    """Return texts of a table by their English, for `Figure.told`."""
    return {str.__str__(text): text for text in texts if isinstance(text, Phrase)}


#: A figure over fewer customers is hidden; one under LOW_N is hatched, gets no arrow and no rank.
HIDDEN_N: Final = 5
LOW_N: Final = 30


#: What stands in many tables where a name of the company's own could.
_FIXED: Final = by_english(
    phrase("Unassigned"), phrase("All stages"), phrase("All conversations"), phrase("(no theme)"),
    phrase("(no complaint)"), phrase("not solved"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """Which touches, mentions and answers a question is about. Empty means all; values of one field are alternatives.

    Attributes:
        since: First day, in the reporting zone.
        until: Last day, inclusive.
        segments: Segment name to the values that count, as pairs: ``(("tier", ("vip",)),)``.
    """

    since: date | None = None
    until: date | None = None
    stages: tuple[str, ...] = ()
    touchpoints: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    segments: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def blanked(self, mark: Mark) -> object:
        """Return what a query hangs on: which fields are set, to how many values; see `touchline.warehouse.blanks`."""
        return (
            "filters",
            self.since and mark(self.since),
            self.until and mark(self.until),
            *(tuple(mark(value) for value in getattr(self, name)) for name in _SEVERAL),
            tuple((name, tuple(mark(value) for value in values)) for name, values in self.segments),
        )


_SEVERAL: Final = ("stages", "touchpoints", "channels", "sources", "programmes", "methods", "themes")


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing, as SVG that stands alone."""

    svg: str

    def _repr_html_(self) -> str:
        return self.svg

    def save(self, path: str | Path) -> Path:
        """Write the drawing into a file, and return its path."""
        target = Path(path)
        target.write_text(self.svg, encoding="utf-8")
        return target


@dataclass(frozen=True, slots=True)
class Figure:
    """An answer: a table and what it means.

    Attributes:
        name: Which question: ``stages``, ``heatmap`` ...
        table: The rows. Every figure has ``n`` and ``customers`` and, where there is one, ``low`` and ``high``.
        meaning: One sentence: what the numbers are, over what, with which interval.
        notes: What a careful reader must know: hidden cells, unassigned share, small clusters.
        facts: Scalars beside the table, for headlines.
        behind: From a row's number to the keys of the customers that it counts, where the figure can tell.
        told: Texts of the table that the engine has made, for `to_dicts`: a table keeps only their English.
    """

    name: str
    table: pa.Table
    meaning: str
    notes: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)
    behind: Callable[[int], NDArray[np.int64]] | None = field(default=None, repr=False, compare=False)
    told: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def customers(self, row: int) -> NDArray[np.int64]:
        """Return the keys of the customers behind a row, ascending.

        Raises:
            QuestionError: The figure has no such row, or cannot tell.
        """
        if self.behind is None:
            raise QuestionError(phrase("{name} cannot tell which customers are behind a row", name=self.name))
        if not 0 <= row < self.table.num_rows:
            raise QuestionError(
                phrase(
                    "{name} has {num_rows} rows, and no row {row}",
                    name=self.name,
                    num_rows=self.table.num_rows,
                    row=row,
                ),
                todo=phrase("count from 0"),
            )
        return self.behind(row)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the rows as plain dictionaries; texts of the engine's own can be said in another language."""
        rows: list[dict[str, Any]] = self.table.to_pylist()
        for name in [of.name for of in self.table.schema if pa.types.is_string(of.type)]:
            called = {}
            for text in {row[name] for row in rows} - {None}:
                called[text] = self.told.get(text) or _FIXED.get(text) or named(name, text)
            for row in rows:
                row[name] = called.get(row[name])
        return rows

    def to_arrow(self) -> pa.Table:
        """Return the Arrow table."""
        return self.table

    def to_polars(self) -> pl.DataFrame:
        """Return a Polars frame (Polars must be installed)."""
        from importlib import import_module

        frame: pl.DataFrame = import_module("polars").from_arrow(self.table)
        return frame

    def plot(self, width: float | None = None) -> Picture:
        """Return the figure's picture; a notebook shows it, and `Picture.save` writes it.

        Args:
            width: Of the drawing, in pixels; its own without one.

        >>> import pyarrow as pa
        >>> Figure("funnel", pa.table({"name": ["a"], "n": [9], "rate": [1.0]}), "All came.").plot().svg[:4]
        '<svg'
        """
        from touchline.figures.plotting import plotted

        return Picture(plotted(self.name, self.to_dicts(), self.facts, width))

    def _repr_html_(self) -> str:
        """Show the picture, what it means, and the rows, in a notebook."""
        from touchline.figures.tables import sheet

        return sheet(self.plot().svg, self.meaning, self.notes, self.to_dicts())

    def to_pandas(self) -> pd.DataFrame:
        """Return a pandas frame (pandas must be installed)."""
        frame: pd.DataFrame = self.table.to_pandas()
        return frame

    def as_json(self) -> dict[str, Any]:
        """Return the one JSON shape of every figure."""
        return {
            "figure": self.name,
            "meaning": self.meaning,
            "notes": list(self.notes),
            "facts": dict(self.facts),
            "rows": self.to_dicts(),
        }
