"""Behaviour that stands in for words: declared rules, such as a wait twice the target or log-ins halved.

A *threshold* proxy looks at one interaction's own measure (an attribute that is a number). A *drop* proxy compares
an event's count in the window before a moment with its count in the window before that; the moments are every
seventh day of the customer's own time, from two windows after their first interaction to their last one, and it
speaks once per stretch of time for which it holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.settings import Drop, Threshold
from touchline.vocabulary.attributes import Attributes
from touchline.vocabulary.coded import Coded, Floats, Ints

if TYPE_CHECKING:
    from touchline.settings import Settings
    from touchline.vocabulary.taxonomy import Taxonomy

_DAY: Final = 86_400_000_000
_NUMBER: Final = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"


@dataclass(frozen=True, slots=True)
class Signals:
    """What proxies say, in timeline order.

    Attributes:
        row: The interaction that it is told by: for a drop, the customer's last before the moment.
        stage: Stage code.
        sign: -1, 0 or +1.
        touchpoint: The one that the proxy declares, as its place in the taxonomy's ``touchpoints``; -1 for none, and
            for one of another stage.
    """

    row: Ints
    stage: Ints
    sign: Ints
    touchpoint: Ints


def signals(
    attributes: Attributes,
    event: Coded,
    kind: Coded,
    at: Ints,
    start: Ints,
    fallback: Ints,
    settings: Settings,
    taxonomy: Taxonomy,
) -> Signals:
    """Return what every declared proxy says about some whole customers, all arguments being in timeline order.

    Args:
        attributes: Where measures are.
        event: Names of events.
        kind: Kinds of interactions.
        at: Times, in microseconds.
        start: Index of the customer's first row.
        fallback: Stage code for a proxy that declares neither stage nor touchpoint: the interaction's own.
        settings: Declares the proxies.
        taxonomy: Knows their stages.
    """
    rows: list[Ints] = []
    stages: list[Ints] = []
    signs: list[Ints] = []
    points: list[Ints] = []
    for proxy in settings.proxies:
        if isinstance(proxy.test, Threshold):
            found = np.flatnonzero(proxy.test.holds(measure(attributes, proxy.test.measure)))
        else:
            found = _drops(proxy.test, event, kind, at, start)
        point = taxonomy.touchpoint(proxy.touchpoint) if proxy.touchpoint else None
        named = taxonomy.stage_id(proxy.stage) if proxy.stage else point.stage if point else None
        place = taxonomy.touchpoints.index(point) if point and point.stage == named else -1
        rows.append(found)
        stages.append(np.full(len(found), taxonomy.ids.index(named)) if named else fallback[found])
        signs.append(np.full(len(found), proxy.sentiment))
        points.append(np.full(len(found), place))
    empty = [np.zeros(0, np.int64)]
    return Signals(*(np.concatenate(part or empty).astype(np.int64) for part in (rows, stages, signs, points)))


def measure(attributes: Attributes, name: str) -> Floats:
    """Return an attribute as numbers; NaN where it is missing or not a number."""
    texts = pc.map_lookup(attributes.distinct, pa.scalar(name), "first")
    numeric = pc.match_substring_regex(texts, _NUMBER)
    cleaned = pc.if_else(numeric, pc.utf8_trim_whitespace(texts), None).cast(pa.float64())
    values: Floats = cleaned.fill_null(float("nan")).to_numpy()[attributes.of_row]
    return values


def _drops(test: Drop, event: Coded, kind: Coded, at: Ints, start: Ints) -> Ints:
    """Return the last interaction before each moment at which a drop begins to hold."""
    kinds = [*kind.names, None]
    counted = np.array([[test.counts(name, of) for of in kinds] for name in [*event.names, None]])
    mine = counted[event.codes, kind.codes]
    window = int(test.window_days * _DAY)
    found: list[int] = []
    for first in np.unique(start[mine]):
        last = int(np.searchsorted(start, first, side="right")) - 1
        times = at[first : last + 1]
        acts = times[mine[first : last + 1]]
        moments = np.arange(times[0] + 2 * window, times[-1] + 1, 7 * _DAY)
        until = [np.searchsorted(acts, moments - back * window, "right") for back in (0, 1, 2)]
        down = test.holds(until[1] - until[2], until[0] - until[1])
        began = down & ~np.concatenate([[False], down[:-1]])[: len(down)]
        found.extend(int(first + np.searchsorted(times, m, "right") - 1) for m in moments[began])
    return np.array(sorted(set(found)), dtype=np.int64)
