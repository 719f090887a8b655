"""Touches and the themes that they carry, as arrays: what causes are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from touchline.scores.filtering import filtered

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa
    from numpy.typing import NDArray

    from touchline.scores.base import Filters
    from touchline.warehouse.base import Warehouse

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Spoken:
    """All touches of a question, summed by stage and customer; one entry per pair of those.

    Attributes:
        stages: Stage ids; `stage` counts from 0 in here.
        stage: Which stage.
        customer: Which customer.
        sums: Touches, sum of w, sum of w * s, touches whose s points the asked way; shape (entries, 4).
    """

    stages: tuple[str, ...]
    stage: Ints
    customer: Ints
    sums: Floats

    def by_stage(self) -> Floats:
        """Return the sums of each stage, shape (stages, 4)."""
        return grouped(self.stage, self.sums, len(self.stages))


@dataclass(frozen=True, slots=True)
class Themed:
    """Touches that carry a theme; one entry per touch and theme.

    Attributes:
        themes: Theme ids, sorted; `theme` counts from 0 in here.
        stage: As in `Spoken`.
        theme: Which theme.
        conversation: With the stage, which touch.
        customer: Whose.
        weight: The touch's w.
        s: The touch's s.
    """

    themes: tuple[str, ...]
    stage: Ints
    theme: Ints
    conversation: Ints
    customer: Ints
    weight: Floats
    s: Floats


def carrying(warehouse: Warehouse, filters: Filters, sign: int) -> ir.Table:
    """Return the mentions of one direction (-1, +1) that have a theme and belong to a touch of the question."""
    return _with_theme(warehouse, sign).semi_join(
        filtered(warehouse, "touches", filters), ["conversation_key", "stage"]
    )


def gather(warehouse: Warehouse, filters: Filters, sign: int) -> tuple[Spoken, Themed]:
    """Return the touches that resolved filters keep, and which of them carry which theme.

    A touch carries every theme of its mentions that point to ``sign``: those of its conversation on its
    stage.
    """

    def all_touches() -> ir.Table:
        touches = filtered(warehouse, "touches", filters)
        return touches.group_by(["stage", "customer_key"]).agg(
            n=touches.count(),
            w=touches.weight.sum(),
            ws=(touches.weight * touches.s).sum(),
            signed=(touches.s == sign).sum(),
        )

    def carried() -> ir.Table:
        themes = _with_theme(warehouse, sign).select("conversation_key", "stage", "theme").distinct()
        touches = filtered(warehouse, "touches", filters)
        touches = touches.select("conversation_key", "stage", "customer_key", "weight", "s")
        return touches.inner_join(themes, ["conversation_key", "stage"])

    whole = warehouse.ask(("touches by stage and customer", filters, sign), all_touches)
    part = warehouse.ask(("touches by theme carried", filters, sign), carried)
    stages = tuple(sorted(whole.column("stage").unique().to_pylist()))
    themes = tuple(sorted(part.column("theme").unique().to_pylist()))
    spoken = Spoken(
        stages=stages,
        stage=_coded(whole.column("stage"), stages),
        customer=_numbers(whole, "customer_key").astype(np.int64),
        sums=np.stack([_numbers(whole, name) for name in ("n", "w", "ws", "signed")], axis=1).astype(float),
    )
    themed = Themed(
        themes=themes,
        stage=_coded(part.column("stage"), stages),
        theme=_coded(part.column("theme"), themes),
        conversation=_numbers(part, "conversation_key").astype(np.int64),
        customer=_numbers(part, "customer_key").astype(np.int64),
        weight=_numbers(part, "weight").astype(float),
        s=_numbers(part, "s").astype(float),
    )
    return spoken, themed


def grouped(groups: Ints, values: Floats, count: int) -> Floats:
    """Return the sums of the columns of ``values`` by group, shape (count, columns)."""
    return np.stack([np.bincount(groups, column, count) for column in values.T], axis=1).astype(np.float64)


def _with_theme(warehouse: Warehouse, sign: int) -> ir.Table:
    mentions = warehouse.table("mentions")
    return mentions.filter(mentions.sentiment == sign, mentions.theme.notnull())


def _coded(column: pa.ChunkedArray, names: tuple[str, ...]) -> Ints:
    import pyarrow as pa
    import pyarrow.compute as pc

    codes = pc.index_in(column, value_set=pa.array(names, pa.string()))
    return np.asarray(codes.to_numpy(), dtype=np.int64)


def _numbers(table: pa.Table, name: str) -> NDArray[np.generic]:
    numbers: NDArray[np.generic] = table.column(name).to_numpy()
    return numbers
