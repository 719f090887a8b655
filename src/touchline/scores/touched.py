"""Touches as arrays, with all that tells them apart: what a drill, a driver model and change points look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.scores.filtering import filtered
from touchline.vocabulary.coded import Coded

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.scores.base import Filters
    from touchline.warehouse.base import Warehouse

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: Columns of names that every touch has, beside its segments (``seg_...``), ``agent`` and ``team``.
NAMED: Final = (
    "stage", "sub_stage", "touchpoint", "channel", "source", "family", "programme", "emotion", "effort", "resolution",
)  # fmt: skip
DAY: Final = 86_400_000_000


@dataclass(frozen=True)
class Touched:
    """Touches in order of conversation and stage; arrays have one entry per touch.

    Attributes:
        customer: Whose.
        cluster: The account, or the customer where there is none.
        conversation: With the stage, which touch.
        at: Microseconds.
        day: Days since 1970 in the reporting zone.
        s: -1, 0 or +1.
        weight: Severity times role times confidence.
        waited: Hours from the conversation's first words to the first reply; NaN where nobody replied.
        columns: By name: those of `NAMED`, ``week``, ``agent``, ``team`` and the segments in force.
        touch: For each theme that a touch carries, which touch; ascending.
        theme: For each of these, which theme.
    """

    customer: Ints
    cluster: Ints
    conversation: Ints
    at: Ints
    day: Ints
    s: Floats
    weight: Floats
    waited: Floats
    columns: Mapping[str, Coded]
    touch: Ints
    theme: Coded

    def __len__(self) -> int:
        """Return the number of touches."""
        return len(self.s)

    @cached_property
    def unit(self) -> Ints:
        """Clusters numbered from 0, shape (touches,)."""
        return np.unique(self.cluster, return_inverse=True)[1].astype(np.int64)

    @property
    def segments(self) -> tuple[str, ...]:
        """Names of the segments, without ``seg_``."""
        return tuple(name.removeprefix("seg_") for name in self.columns if name.startswith("seg_"))

    def carries(self, theme: int) -> Bools:
        """Return which touches carry a theme, shape (touches,)."""
        found = np.zeros(len(self), dtype=np.bool_)
        found[self.touch[self.theme.codes == theme]] = True
        return found

    def of(self, keep: Bools) -> Touched:
        """Return some touches.

        Args:
            keep: Shape (touches,).
        """
        number = np.cumsum(keep) - 1
        mine = keep[self.touch]
        return Touched(
            self.customer[keep], self.cluster[keep], self.conversation[keep], self.at[keep], self.day[keep],
            self.s[keep], self.weight[keep], self.waited[keep],
            {name: Coded(column.codes[keep], column.names) for name, column in self.columns.items()},
            number[self.touch[mine]], Coded(self.theme.codes[mine], self.theme.names),
        )  # fmt: skip

    def at_stage(self, stage: str) -> Touched:
        """Return the touches of one stage."""
        coded = self.columns["stage"]
        return self.of(coded.codes == (coded.names.index(stage) if stage in coded.names else -2))


def touched(warehouse: Warehouse, filters: Filters, sign: int | None = None) -> Touched:
    """Return the touches that resolved filters keep.

    Args:
        warehouse: The data.
        filters: Which touches, resolved.
        sign: A touch carries the themes of its mentions of this direction; None: of all.
    """
    segments = tuple(f"seg_{name}" for name in warehouse.segments())
    whole = warehouse.ask(("touched", filters, segments), lambda: _touches(warehouse, filters, segments))
    pairs = warehouse.ask(("touched themes", filters, sign), lambda: _themes(warehouse, filters, sign))
    dealt = warehouse.ask(("touched agents",), lambda: warehouse.rolled(("agents",), agents))
    conversation = _ints(whole, "conversation_key")
    columns = {name: _sorted(whole[name]) for name in (*NAMED, *segments)}
    columns["week"] = _sorted(whole["week"].cast(pa.string()))
    columns |= dict(_dealt(dealt, conversation))
    replied = warehouse.ask(("touched waiting",), lambda: warehouse.rolled(("waiting",), _waiting))
    stage = columns["stage"]
    theme = _sorted(pairs["theme"])
    many = len(stage.names) + 1
    known, number = np.unique(conversation, return_inverse=True)
    own = number * many + stage.codes
    order = np.argsort(own, kind="stable")
    place = {name: code for code, name in enumerate(stage.names)}
    at_stage = _sorted(pairs["stage"]).map(lambda name: place[name], -1).astype(np.int64)
    wanted = np.searchsorted(known, _ints(pairs, "conversation_key")) * many + at_stage
    touch = order[np.searchsorted(own[order], wanted)] if len(wanted) else np.zeros(0, dtype=np.int64)
    by_touch = np.lexsort((theme.codes, touch))
    return Touched(
        customer=_ints(whole, "customer_key"),
        cluster=_ints(whole, "cluster"),
        conversation=conversation,
        at=whole["occurred_at"].cast(pa.int64()).to_numpy().astype(np.int64),
        day=whole["day"].cast(pa.int32()).to_numpy().astype(np.int64),
        s=whole["s"].to_numpy().astype(np.float64),
        weight=whole["weight"].to_numpy().astype(np.float64),
        waited=_waited(replied, conversation),
        columns=columns,
        touch=touch[by_touch],
        theme=Coded(theme.codes[by_touch], theme.names),
    )


def _touches(warehouse: Warehouse, filters: Filters, segments: tuple[str, ...]) -> ir.Table:
    from touchline.scores.moments import cluster

    touches = filtered(warehouse, "touches", filters)
    return touches.select(
        "customer_key", "conversation_key", "occurred_at", "day", "week", "s", "weight", *NAMED, *segments,
        cluster=cluster(touches),
    ).order_by(["conversation_key", "stage"])  # fmt: skip


def _themes(warehouse: Warehouse, filters: Filters, sign: int | None) -> ir.Table:
    mentions = warehouse.table("mentions")
    mentions = mentions.filter(mentions.theme.notnull())
    if sign is not None:
        mentions = mentions.filter(mentions.sentiment == sign)
    pairs = mentions.select("conversation_key", "stage", "theme").distinct()
    return pairs.semi_join(filtered(warehouse, "touches", filters), ["conversation_key", "stage"])


def agents(warehouse: Warehouse) -> ir.Table:
    """Return who dealt last with each conversation, and whose it is."""
    import ibis

    did = warehouse.table("interactions")
    did = did.filter(did.agent.notnull() | did.team.notnull())
    did = did.select("interaction_id", "agent", "team", "occurred_at")
    journey = warehouse.table("journey").select("interaction_id", "conversation_key", "customer_key")
    rows = did.inner_join(journey, "interaction_id")
    last = ibis.struct(
        {
            "occurred_at": rows.occurred_at,
            "interaction_id": rows.interaction_id,
            "agent": rows.agent.fill_null(""),
            "team": rows.team.fill_null(""),
        }
    )
    found = rows.group_by(["customer_key", "conversation_key"]).agg(last=last.max())
    return found.select("customer_key", "conversation_key", agent=found["last"]["agent"], team=found["last"]["team"])


def _waiting(warehouse: Warehouse) -> ir.Table:
    """Return when the customer spoke first in each conversation, and who else did first."""
    said = warehouse.table("interactions").select("interaction_id", "author", "occurred_at")
    journey = warehouse.table("journey").select("interaction_id", "conversation_key", "customer_key")
    rows = said.inner_join(journey, "interaction_id")
    found = rows.group_by(["customer_key", "conversation_key"]).agg(
        asked=rows.occurred_at.min(where=rows.author == "customer"),
        replied=rows.occurred_at.min(where=rows.author == "employee"),
    )
    return found.filter(found.asked.notnull(), found.replied.notnull())


def _waited(table: pa.Table, conversation: Ints) -> Floats:
    rows = _matched(_ints(table, "conversation_key"), conversation)
    asked, replied = (table[name].cast(pa.int64()).to_numpy().astype(np.float64) for name in ("asked", "replied"))
    hours = np.append((replied - asked) / (DAY / 24), np.nan)[rows]
    found: Floats = np.where(hours >= 0, hours, np.nan)
    return found


def _matched(keys: Ints, wanted: Ints) -> Ints:
    """Return the row of each wanted key, -1 where there is none."""
    order = np.argsort(keys, kind="stable")
    place = np.searchsorted(keys[order], wanted)
    there = place < len(keys)
    there[there] = keys[order][place[there]] == wanted[there]
    rows = np.full(len(wanted), -1, dtype=np.int64)
    rows[there] = order[place[there]]
    return rows


def _dealt(table: pa.Table, conversation: Ints) -> Iterator[tuple[str, Coded]]:
    rows = _matched(_ints(table, "conversation_key"), conversation)
    for name in ("agent", "team"):
        coded = _sorted(table[name]).take(rows)
        yield name, coded.where(coded.codes != coded.names.index("")) if "" in coded.names else coded


def _sorted(column: pa.ChunkedArray) -> Coded:
    """Code a column by its names in order, so that codes do not hang on the order of rows."""
    coded = Coded.of(column)
    order = sorted(range(len(coded.names)), key=lambda code: coded.names[code])
    rank = np.empty(len(order) + 1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    rank[-1] = -1
    return Coded(rank[coded.codes], tuple(coded.names[code] for code in order))


def _ints(table: pa.Table, name: str) -> Ints:
    numbers: Ints = table[name].to_numpy().astype(np.int64)
    return numbers
