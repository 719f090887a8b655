"""A change of the JSI, split exactly into mix (who speaks) and within (what they say).

For groups g with share of the weight p_g and mean mu_g, before (0) and after (1), and M the mean of the two
overall means,

    mix_g    = (p_g1 - p_g0) ((mu_g0 + mu_g1) / 2 - M)
    within_g = (p_g0 + p_g1) / 2 (mu_g1 - mu_g0)

Their sum over the groups is the change, whatever the groups. Neither period is the privileged one (symmetric
weights, Kitagawa 1955), and M makes a group that grows count only by how far it lies from the rest. A group
of one period only has the same mean in both: all it brings is mix, so that connecting a ticket system does
not read as a crash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from touchline.scores.base import Figure, Filters
from touchline.scores.cells import column, share, shown
from touchline.scores.filtering import resolve
from touchline.scores.groups import group_column, group_name
from touchline.scores.intervals import index
from touchline.scores.periods import compare
from touchline.scores.sides import Sides, means, sides
from touchline.words import phrase

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

BREAKDOWNS: Final = ("family", "stage", "channel", "source", "programme", "sub_stage", "touchpoint", "method", "theme")
OTHER: Final = "(other)"


def change(
    warehouse: Warehouse,
    taxonomy: Taxonomy,
    filters: Filters,
    *,
    previous: Filters | None = None,
    by: str = "family",
) -> Figure:
    """Return the change of the period JSI, split by the groups into mix and within.

    Args:
        warehouse: The data.
        taxonomy: Names the stages.
        filters: The period after.
        previous: The period before; None takes as many days right before ``filters.since``.
        by: One of `BREAKDOWNS`, or ``segment:NAME``; ``family`` is the family of sources.

    Returns:
        key, name, n_before, n_after, share_before and share_after (of the weight), jsi_before, jsi_after,
        mix, within, total (JSI points), hidden. Groups of one to four customers come together as ``(other)``,
        hidden. Facts before, after, change, mix, within: mix + within is the change.

    Raises:
        QuestionError: There is no period before, or filters name what does not exist.
    """
    filters = resolve(warehouse, taxonomy, filters)
    periods = compare(warehouse, filters, resolve(warehouse, taxonomy, previous) if previous else None)
    groups = together(sides(warehouse, periods, group_column(warehouse, by, BREAKDOWNS)))
    whole = sides(warehouse, periods, None)
    mix, within = split(groups.w, groups.s)
    facts = {**periods.facts(), **change_facts(whole, mix, within), "by": by}
    hide = np.array([key == OTHER for key in groups.keys], dtype=bool)
    return Figure(
        "change",
        bars(taxonomy, by, groups, (mix, within), hide=hide, known=facts["change"] is not None),
        phrase(
            "Change of the period JSI in points, split into mix (the groups' shares of the "
            "weight moved) and within (their JSI moved); symmetric in the two periods, so that "
            "the bars add up to the change."
        ),
        facts=facts,
    )


def split(w: NDArray[np.float64], s: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mix and within of each group, in JSI points; NaN where a period is empty.

    Args:
        w: Weight of each group, shape (groups, 2): before, after.
        s: Signed weight, same shape.

    >>> import numpy as np
    >>> w, s = np.array([[10.0, 10.0], [0.0, 10.0]]), np.array([[5.0, 5.0], [0.0, -5.0]])
    >>> mix, within = split(w, s)  # a second family arrives, with a lower mean; nothing changed in the first
    >>> mix.tolist(), within.tolist()
    ([-6.25, -18.75], [0.0, 0.0])
    """
    p = np.divide(w, w.sum(axis=0), out=np.full(w.shape, np.nan), where=w.sum(axis=0) > 0)
    mu = means(w, s, otherwise=0.0)
    middle = np.nansum(p * mu, axis=0).mean()
    mix = (p[:, 1] - p[:, 0]) * (mu.mean(axis=1) - middle)
    within = p.mean(axis=1) * (mu[:, 1] - mu[:, 0])
    return 50 * mix, 50 * within


def together(groups: Sides) -> Sides:
    """Return the groups with those of one to four customers put together, last and under the key `OTHER`."""
    small = groups.small
    if not small.any():
        return groups
    keys = [key for key, few in zip(groups.keys, small, strict=True) if not few]

    def joined(numbers: NDArray[Any]) -> NDArray[Any]:
        return np.vstack([numbers[~small], numbers[small].sum(axis=0)])

    return Sides((*keys, OTHER), *map(joined, (groups.n, groups.customers, groups.w, groups.s)))


def bars(
    taxonomy: Taxonomy,
    by: str,
    groups: Sides,
    parts: tuple[NDArray[np.float64], NDArray[np.float64]],
    *,
    hide: NDArray[np.bool_],
    known: bool,
) -> pa.Table:
    """Return the rows that every split of a change has; without bars where the change is not ``known``."""
    mix, within = parts
    nothing = np.full(len(groups.keys), not known)
    p = share(groups.w, np.broadcast_to(groups.w.sum(axis=0), groups.w.shape))
    jsi = index(np.divide(groups.s, groups.w, out=np.full(groups.w.shape, np.nan), where=groups.w > 0))
    return pa.table(
        {
            "key": pa.array(groups.keys, pa.string()),
            "name": pa.array([group_name(taxonomy, by, key) for key in groups.keys], pa.string()),
            "n_before": groups.n[:, 0],
            "n_after": groups.n[:, 1],
            "share_before": column(p[:, 0]),
            "share_after": column(p[:, 1]),
            "jsi_before": column(jsi[:, 0], hide),
            "jsi_after": column(jsi[:, 1], hide),
            "mix": column(mix, nothing),
            "within": column(within, nothing),
            "total": column(mix + within, nothing),
            "hidden": hide,
        }
    )


def change_facts(whole: Sides, mix: NDArray[np.float64], within: NDArray[np.float64]) -> dict[str, Any]:
    """Return before, after, change, mix and within; None where a period has under five customers."""
    numbers: list[float | None] = [None, None]
    if whole.keys:
        jsi = index(means(whole.w, whole.s))[0]
        numbers = [shown(float(jsi[i]), int(whole.customers[0, i])) for i in (0, 1)]
    before, after = numbers
    if before is None or after is None:
        return {"before": before, "after": after, "change": None, "mix": None, "within": None}
    parts = {"mix": float(mix.sum()), "within": float(within.sum())}
    return {"before": before, "after": after, "change": after - before, **parts}
