"""The contract of a warehouse. Questions are asked through it and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.warehouse.held import Held


#: Makes an expression of a warehouse's tables.
Build = Callable[["Warehouse"], "ir.Table"]


class Warehouse(Protocol):
    """A place that holds the tables of `touchline.warehouse.schema` and answers Ibis expressions over them."""

    @property
    def published(self) -> str:
        """Names the data as they stand; equal names give equal answers."""

    def table(self, name: str) -> ir.Table:
        """Return a table as an Ibis expression: ``touches``, ``mentions``, ``answers``, ``interactions`` ..."""

    def segments(self) -> tuple[str, ...]:
        """Return the names of the segments in force; each is a column ``seg_<name>`` of the derived tables."""

    def ask(self, key: tuple[object, ...], build: Callable[[], ir.Table]) -> pa.Table:
        """Run the expression that ``build`` makes; compiled once and its answer kept per (key, published).

        ``key`` must be hashable and name everything that ``build`` closes over.
        """

    def rolled(self, key: tuple[object, ...], build: Build) -> ir.Table:
        """Return rows that many questions begin with, for use within an expression that is asked.

        ``build`` makes them of a warehouse's tables, with a column ``customer_key``; what it makes of a customer hangs
        on nobody else. They may be made once for all questions, and after new data for those whom it concerns only.
        ``key`` must be hashable and name everything that ``build`` closes over.
        """

    def held(self, name: str) -> Held | None:
        """Return ``touches``, ``answers`` or ``mentions`` as arrays, kept up with the data; else None: ask."""

    def texts(self, wanted: pa.Table) -> Mapping[str, str | None]:
        """Return the texts of interactions by their ids; ``wanted`` has ``interaction_id`` and ``customer_key``."""

    def meta(self, key: str) -> str | None:
        """Return a remembered value, such as the ``model`` that read the texts; None where there is none."""

    def having(self, name: str, column: str, values: pa.Array) -> pa.Table:
        """Return the rows of a table whose column holds one of some values, in no order."""
