"""What a gate does: how many renew of those whom it holds, and of those who were let pass all the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from touchline.scores.intervals import wilson
from touchline.server.monitoring import renewing
from touchline.server.monitoring.models import Decision, Gate

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.server.workspaces.facade import Held

#: What became of somebody after a gate held them: when it was decided, and whether they were lost.
Later = Mapping[str, Sequence[tuple[datetime, bool]]]


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of the comparison: how many were decided about, how many stayed, the share with its 95 % interval."""

    n: int
    stayed: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Effect:
    """A gate's effect.

    Attributes:
        held: Those who were held.
        without: Those who were let pass by chance, or by a person.
        by_chance: How many of those by chance: only they are a fair comparison.
        open: Decisions that nothing is known of yet.
        difference: Share that stayed when held, less that of those let pass; None where a side is empty.
        low: Of its 95 % interval.
        high: The same.
    """

    held: Arm
    without: Arm
    by_chance: int
    open: int
    difference: float | None
    low: float | None
    high: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        from dataclasses import asdict

        return asdict(self)


def effect(held: Held, gate: Gate) -> Effect:
    """Return what is known of a gate's effect."""
    decisions = [one for one in gate.decisions.all() if one.result == "hold"]
    later: Later = {}
    if decisions:
        first = min(one.first_at for one in decisions)
        later = held.ask(lambda local: outcomes(local, gate.of, first))
    return compared(decisions, later)


def outcomes(local: Local, of: str, first: datetime) -> Later:
    """Return what became of everybody since a moment, by reference; nothing where the data end before it."""
    span = local.span()
    if span is None or span[1] < first.date():
        return {}
    known = renewing.found(local)
    if known is None:
        return {}
    basis, found = known
    late = found.due > int(first.timestamp() * 1_000_000)
    refs = renewing.refs(local, of)
    told: dict[str, list[tuple[datetime, bool]]] = {}
    keys = basis.journeys.keys[found.owner[late]].tolist()
    for key, due, lost in zip(keys, found.due[late].tolist(), found.lost[late].tolist(), strict=True):
        if ref := refs.get(key):
            told.setdefault(ref, []).append((datetime.fromtimestamp(due / 1_000_000, UTC), bool(lost)))
    return told


def compared(decisions: Sequence[Decision], later: Later) -> Effect:
    """Compare those who were held with those who were let pass: the first outcome after the decision counts."""
    stayed: dict[bool, list[bool]] = {True: [], False: []}
    chance = waiting = 0
    for one in decisions:
        after = sorted(entry for entry in later.get(one.ref, ()) if entry[0] > one.first_at)
        let = one.without or one.released_at is not None
        if not after:
            waiting += 1
            continue
        chance += one.without
        stayed[let].append(not after[0][1])
    kept, let_go = _arm(stayed[False]), _arm(stayed[True])
    if kept.share is None or let_go.share is None:
        return Effect(kept, let_go, chance, waiting, None, None, None)
    assert kept.low is not None and kept.high is not None and let_go.low is not None and let_go.high is not None  # noqa: S101, PT018
    difference = kept.share - let_go.share
    # Newcombe 1998, method 10: from Wilson's intervals of both.
    low = difference - float(np.hypot(kept.share - kept.low, let_go.high - let_go.share))
    high = difference + float(np.hypot(kept.high - kept.share, let_go.share - let_go.low))
    return Effect(kept, let_go, chance, waiting, difference, low, high)


def _arm(stayed: Sequence[bool]) -> Arm:
    n, hits = len(stayed), sum(stayed)
    if not n:
        return Arm(0, 0, None, None, None)
    share, low, high = (float(part) for part in wilson(hits, n))
    return Arm(n, hits, share, low, high)
