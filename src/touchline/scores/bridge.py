"""The bridge: which themes a change of the JSI came from.

Each touch has one primary theme. With the theme's share p of the weight and the means with and without it,
before (0) and after (1) (DESIGN section 5, Bridge),

    change = [p1 (s_th1 - s_not1) - p0 (s_th0 - s_not0)] + (s_not1 - s_not0)

The bracket is what the theme brought (``alone``), the rest is the change among the touches without it. That
rest is split again by the next theme, each time taking the theme that brought most, so that the bars
(``total``) add up to the change; the last bar is the touches without a theme, or with one of one to four
customers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from touchline.scores.base import Figure, Filters
from touchline.scores.cells import column, hidden
from touchline.scores.change import bars, change_facts
from touchline.scores.filtering import resolve
from touchline.scores.periods import compare
from touchline.scores.sides import Sides, means, sides
from touchline.words import phrase

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

    Floats = NDArray[np.float64]

NO_THEME: Final = "(no theme)"


def bridge(warehouse: Warehouse, taxonomy: Taxonomy, filters: Filters, *, previous: Filters | None = None) -> Figure:
    """Return the change of the period JSI by theme.

    Args:
        warehouse: The data.
        taxonomy: Names the themes.
        filters: The period after.
        previous: The period before; None takes as many days right before ``filters.since``.

    Returns:
        The columns of `touchline.scores.change.change` by theme, and ``alone``: what the theme brought on its
        own, before those above it are taken out. ``total`` adds up to the change; its mix is the theme's
        share moving, its within the theme's distance from the rest moving. Largest first, the rest last.

    Raises:
        QuestionError: There is no period before, or filters name what does not exist.
    """
    filters = resolve(warehouse, taxonomy, filters)
    periods = compare(warehouse, filters, resolve(warehouse, taxonomy, previous) if previous else None)
    groups = _rest_last(sides(warehouse, periods, "theme"))
    whole = sides(warehouse, periods, None)
    order, mix, within = steps(groups.w, groups.s)
    facts = {**periods.facts(), **change_facts(whole, mix, within), "by": "theme"}
    known = facts["change"] is not None
    ordered = Sides(
        tuple(groups.keys[i] for i in order),
        groups.n[order],
        groups.customers[order],
        groups.w[order],
        groups.s[order],
    )
    hide = np.append(np.zeros(len(order) - 1, dtype=bool), hidden(groups.customers[-1]).any())
    alone = np.add(*part(groups.w[:-1], groups.s[:-1], groups.w.sum(axis=0), groups.s.sum(axis=0)))
    return Figure(
        "bridge",
        bars(taxonomy, "theme", ordered, (mix, within), hide=hide, known=known).append_column(
            "alone", column(np.append(alone, np.nan)[order], np.full(len(order), not known))
        ),
        phrase(
            "Change of the period JSI in points by primary theme, largest first, each after "
            "those above it, so that the bars add up to the change."
        ),
        facts=facts,
    )


def part(w: Floats, s: Floats, all_w: Floats, all_s: Floats) -> tuple[Floats, Floats]:
    """Return what themes brought to the change among some touches, as mix and within, in JSI points.

    Args:
        w: Weight of each theme, shape (themes, 2): before, after.
        s: Signed weight, same shape.
        all_w: Weight of the touches, shape (2,).
        all_s: Signed weight, shape (2,).

    Where a period has no touch without the theme, those of the other period stand for them.
    """
    p = np.divide(w, all_w, out=np.zeros(w.shape), where=all_w > 0)
    rest = all_w - w
    rest = np.where(rest > 1e-12 * all_w, rest, 0.0)
    gap = np.divide(s, w, out=np.zeros(w.shape), where=w > 0) - means(rest, all_s - s, otherwise=0.0)
    gap = np.where(w > 0, gap, gap[:, ::-1])
    return 50 * (p[:, 1] - p[:, 0]) * gap.mean(axis=1), 50 * p.mean(axis=1) * (gap[:, 1] - gap[:, 0])


def steps(w: Floats, s: Floats) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return the order of the bars, their mix and within; the last row of ``w``, the rest, stays last."""
    left = list(range(len(w) - 1))
    order, mix, within = [], [], []
    while left:
        remaining = [*left, len(w) - 1]
        all_w, all_s = w[remaining].sum(axis=0), s[remaining].sum(axis=0)
        if not all_w.all():  # one period is used up: what remains has nothing to be compared with
            order += left
            mix += [0.0] * len(left)
            within += [0.0] * len(left)
            break
        moved = part(w[left], s[left], all_w, all_s)
        best = int(np.argmax(np.abs(moved[0] + moved[1])))
        mix.append(float(moved[0][best]))
        within.append(float(moved[1][best]))
        order.append(left.pop(best))
    before, after = means(w[-1], s[-1], otherwise=0.0)
    return np.array([*order, len(w) - 1]), np.array([*mix, 0.0]), np.array([*within, 50 * (after - before)])


def _rest_last(groups: Sides) -> Sides:
    """Return the themes that may be shown, and last, under `NO_THEME`, all other touches."""
    rest = groups.small | np.array([key is None for key in groups.keys], dtype=bool)
    keys = [key for key, other in zip(groups.keys, rest, strict=True) if not other]
    n, customers = (np.vstack([x[~rest], x[rest].sum(axis=0)]) for x in (groups.n, groups.customers))
    w, s = (np.vstack([x[~rest], x[rest].sum(axis=0)]) for x in (groups.w, groups.s))
    return Sides((*keys, NO_THEME), n, customers, w, s)
