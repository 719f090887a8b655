"""Who is hit: the segments whose customers are unhappy more often than the others since an alert began."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow.compute as pc

from touchline.scores.intervals import benjamini_hochberg
from touchline.server.monitoring import reading
from touchline.server.monitoring.spec import Spec

if TYPE_CHECKING:
    import pyarrow as pa

    from touchline.questions import Local

_SHOWN: Final = 3
_SURE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Hit:
    """A segment whose customers are unhappy more often than the others: not by chance, as far as 95 % go.

    Attributes:
        segment: Its name.
        value: Its value.
        unhappy: How many of its customers have said something bad.
        heard: How many have spoken.
        others_unhappy: The same of all other customers.
        others_heard: The same.
    """

    segment: str
    value: str
    unhappy: int
    heard: int
    others_unhappy: int
    others_heard: int

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


def hit(local: Local, spec: Spec, since: datetime, until: datetime) -> list[Hit]:
    """Return the segments that are hit more than the others, the surest first, three at most.

    Fisher's exact test, one-sided, over customers who spoke of what the monitor watches; what remains after
    Benjamini and Hochberg have seen all values of all segments.
    """
    if spec.kind in ("silence", "drift") or spec.direction == "better":
        return []
    rows = reading.past(local.workspace.warehouse, since, until).touches
    kept = rows.filter(reading.where(spec, rows)) if rows.num_rows else rows
    return counted(kept)


def counted(touches: pa.Table) -> list[Hit]:
    """Return the segments that are hit more than the others, of touches with `seg_` columns."""
    if not touches.num_rows:
        return []
    _keys, owner = np.unique(touches["customer_key"].to_numpy(), return_inverse=True)
    bad = np.zeros(owner.max() + 1, dtype=np.bool_)
    bad[owner[pc.less(touches["s"], 0).to_numpy()]] = True
    found: list[tuple[float, Hit]] = []
    for name in (one for one in touches.column_names if one.startswith("seg_")):
        values = np.array(touches[name].to_pylist(), dtype=object)
        latest = np.full(len(bad), None, dtype=object)
        latest[owner] = values  # touches are in order of time: the last one stays
        for value in sorted({one for one in latest if one is not None}):
            inside = latest == value
            a, b = int(bad[inside].sum()), int(inside.sum())
            c, d = int(bad[~inside].sum()), int((~inside).sum())
            if a and d:
                found.append((by_chance(a, b, c, d), Hit(name.removeprefix("seg_"), str(value), a, b, c, d)))
    if not found:
        return []
    adjusted = benjamini_hochberg([p for p, _ in found])
    sure = [(float(p), one) for p, (_, one) in zip(adjusted, found, strict=True) if p <= _SURE]
    return [one for _, one in sorted(sure, key=lambda pair: pair[0])][:_SHOWN]


def by_chance(hits: int, n: int, other_hits: int, others: int) -> float:
    """Return how likely chance alone puts so many hits or more among the first: Fisher's exact test, one-sided.

    >>> round(by_chance(3, 4, 1, 4), 4)  # the tasting of tea: Fisher 1935
    0.2429
    """
    from scipy.special import gammaln

    def ways(whole: int, part: Any) -> Any:
        return gammaln(whole + 1) - gammaln(part + 1) - gammaln(whole - part + 1)

    most = np.arange(hits, min(n, hits + other_hits) + 1)
    chances = ways(n, most) + ways(others, hits + other_hits - most) - ways(n + others, hits + other_hits)
    return float(min(1.0, np.exp(chances).sum()))
