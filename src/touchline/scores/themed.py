"""Touches and the themes that they carry, as arrays: what causes are computed from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from touchline.scores.filtering import filtered
from touchline.scores.rows import Rows, added, held_rows, numbered

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa
    from numpy.typing import NDArray

    from touchline.scores.base import Filters
    from touchline.vocabulary.coded import Coded
    from touchline.warehouse.base import Warehouse
    from touchline.warehouse.held import Held

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
    held = held_themes(warehouse, filters, sign)
    if held is not None:
        return held.spoken(), held.themed()

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


@dataclass(frozen=True)
class HeldThemes:
    """Touches in memory, and the mentions of one direction that have a theme and belong to them.

    Attributes:
        touches: Those of a question.
        mentions: The table of all mentions that have a theme.
        sign: The direction.
        rows: Numbers of the mentions in there.
        touch: For each of them, its touch, as a number among ``touches``.
    """

    touches: Rows
    mentions: Held
    sign: int
    rows: Ints
    touch: Ints

    def spoken(self) -> Spoken:
        """Return the touches summed by stage and customer."""
        x = self.touches
        stage, (person, people) = x.coded("stage"), x.numbered("customer")
        names, codes = _in_order(stage)
        cell, keys = numbered(codes * people + person, len(names) * people)
        weight, s = x.floats("weight"), x.floats("s")
        each = [np.ones(len(x)), weight, weight * s, s == self.sign]
        return Spoken(
            stages=names,
            stage=keys // max(people, 1),
            customer=x.held.names("customer").to_numpy()[keys % max(people, 1)],
            sums=np.stack([added(cell, part, len(keys)) for part in each], axis=1),
        )

    def themed(self) -> Themed:
        """Return which touches carry which theme."""
        x, told = self.touches, self.mentions.coded("theme", self.rows)
        themes, codes = _in_order(told)
        _, keys = numbered(self.touch * len(themes) + codes, len(x) * len(themes))
        touch = keys // max(len(themes), 1)
        return Themed(
            themes=themes,
            stage=_in_order(x.coded("stage"))[1][touch],
            theme=keys % max(len(themes), 1),
            conversation=x.ints("conversation_key")[touch],
            customer=x.ints("customer_key")[touch],
            weight=x.floats("weight")[touch],
            s=x.floats("s")[touch],
        )


def held_themes(warehouse: Warehouse, filters: Filters, sign: int) -> HeldThemes | None:
    """Return the touches that resolved filters keep, and their mentions; None where they must be asked for."""
    x, mentions = held_rows(warehouse, "touches", filters), warehouse.held("mentions")
    if x is None or mentions is None:
        return None
    touch = mentions.remembered(("touches", x.held), lambda: _touch_of(mentions, x.held))
    place = np.full(x.held.rows.num_rows + 1, -1, dtype=np.int64)  # the last one: of mentions without a touch
    place[x.at] = np.arange(len(x))
    touch = np.where(mentions.numbers("sentiment") == sign, place[touch], -1)
    rows = np.flatnonzero(touch >= 0)
    return HeldThemes(x, mentions, sign, rows, touch[rows])


def _touch_of(mentions: Held, touches: Held) -> Ints:
    """Return for every mention the row of the touch of its conversation and stage; -1 where there is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    names = touches.names("stage").to_pylist()
    stages = np.array(
        [names.index(name) if name in names else -1 for name in mentions.names("stage").to_pylist()] + [-1]
    )
    known = pa.array(touches.numbers("conversation_key")).dictionary_encode()
    at = pc.index_in(pa.array(mentions.numbers("conversation_key")), known.dictionary).fill_null(-1).to_numpy()
    own = known.indices.to_numpy().astype(np.int64) * len(names) + touches.codes("stage")
    stage = stages[mentions.codes("stage")]
    wanted = np.where((at >= 0) & (stage >= 0), at.astype(np.int64) * len(names) + stage, -1)
    found: Ints = pc.index_in(pa.array(wanted), pa.array(own)).fill_null(-1).to_numpy().astype(np.int64)
    return found


def _in_order(coded: Coded) -> tuple[tuple[str, ...], Ints]:
    """Return the names that occur, sorted, and codes of those."""
    there = np.bincount(coded.codes[coded.codes >= 0], minlength=len(coded.names))
    names = sorted(name for name, n in zip(coded.names, there, strict=True) if n)
    place = {name: code for code, name in enumerate(names)}
    return tuple(names), np.array([*(place.get(name, -1) for name in coded.names), -1], dtype=np.int64)[coded.codes]


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
