"""Touches that carry a theme, and the same as if they did not: what *what if* is worked out from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from touchline.errors import QuestionError, unknown
from touchline.scores.bootstrap import REPLICATES, resampled_sums
from touchline.value.voices import Voices
from touchline.warehouse.index.journeys import Bools, Floats, Ints
from touchline.words import phrase

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.scores.base import Filters
    from touchline.warehouse.base import Warehouse


@dataclass(frozen=True)
class Sums:
    """Sums over touches, one entry per customer: columns w and w s.

    Attributes:
        keys: Customers, shape (n,).
        every: Of all touches, shape (n, 2).
        stage: Of the touches on the stage, shape (n, 2).
        theme: Of those that carry the theme there, shape (n, 2).
        touches: How many carry it.
    """

    keys: Ints
    every: Floats
    stage: Floats
    theme: Floats
    touches: int

    def drawn(self, replicates: int = REPLICATES) -> tuple[Floats, Floats, Floats]:
        """Return the sums of whole customers drawn again, each of shape (2, replicates)."""
        values = np.hstack([self.every, self.stage, self.theme])
        found = resampled_sums(self.keys, np.zeros(len(self.keys), np.int64), values, 1, replicates=replicates)[0]
        return found[:2], found[2:4], found[4:]

    def totals(self) -> tuple[Floats, Floats, Floats]:
        """Return the sums as they are, each of shape (2, 1)."""
        return self.every.sum(0)[:, None], self.stage.sum(0)[:, None], self.theme.sum(0)[:, None]


def moved(every: Floats, stage: Floats, theme: Floats, share: float) -> tuple[Floats, Floats]:
    """Return the JSI points that come back to a stage and to the whole without a share of a theme.

    The touches that carry it have the average of the stage's others: with all of them gone that is the stage's root
    cause impact (`touchline.scores.impact.impacts`). NaN where the stage has no other touch.

    Args:
        every: Sum of w and of w s over all touches, shape (2, ...).
        stage: Over those on the stage.
        theme: Over those that carry the theme there.
        share: How much of it is removed, 0 to 1.

    >>> sums = [np.array(x) for x in ([10.0, 0.0], [4.0, 0.0], [1.0, -1.0])]
    >>> [round(float(x), 3) for x in moved(*sums, 1.0)]
    [16.667, 6.667]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = np.where(stage[0] - theme[0] > 1e-9, (stage[1] - theme[1]) / (stage[0] - theme[0]), np.nan)
        more = share * (theme[0] * rest - theme[1])
        return 50 * more / stage[0], 50 * more / every[0]


def sums_of(warehouse: Warehouse, filters: Filters, stage: str, theme: str) -> Sums:
    """Return the sums of a workspace's touches, anonymous ones too.

    Args:
        warehouse: Where they are.
        filters: Which touches; resolved, without stages.
        stage: A stage's id.
        theme: A theme's id.

    Raises:
        QuestionError: No touch of the stage carries the theme in a negative mention.
    """
    from touchline.scores.themed import gather

    spoken, themed = gather(warehouse, filters, -1)
    code = spoken.stages.index(stage) if stage in spoken.stages else -1
    here = themed.stage == code
    known = sorted({themed.themes[number] for number in np.unique(themed.theme[here]).tolist()})
    if theme not in known:
        raise unknown("theme", theme, known)
    rows = here & (themed.theme == themed.themes.index(theme))
    keys = np.unique(spoken.customer)
    return Sums(
        keys,
        _added(keys, spoken.customer, spoken.sums[:, 1:3]),
        _added(keys, spoken.customer[spoken.stage == code], spoken.sums[spoken.stage == code, 1:3]),
        _added(keys, themed.customer[rows], np.column_stack([themed.weight, themed.weight * themed.s])[rows]),
        int(rows.sum()),
    )


def sums_in(voices: Voices, keys: Ints, stage: str, carries: Bools) -> Sums:
    """Return the sums of touches that are at hand: for tables without a workspace."""
    owner = np.repeat(keys, np.diff(voices.starts))
    values = np.column_stack([voices.weight, voices.weight * voices.s])
    here = on(voices, stage)
    parts = (np.ones(len(owner), np.bool_), here, carries)
    every, at_stage, theme = (_added(keys, owner[rows], values[rows]) for rows in parts)
    return Sums(keys, every, at_stage, theme, int(carries.sum()))


def _added(keys: Ints, customer: Ints, values: Floats) -> Floats:
    place = np.searchsorted(keys, customer)
    return np.stack([np.bincount(place, column, len(keys)) for column in values.T], axis=1).astype(np.float64)


def on(voices: Voices, stage: str) -> Bools:
    """Return which touches are on a stage.

    Raises:
        QuestionError: None is.
    """
    if stage not in voices.stage.names:
        raise unknown("stage", stage, sorted(voices.stage.names))
    found: Bools = voices.stage.codes == voices.stage.names.index(stage)
    return found


def carrying(voices: Voices, stage: str, theme: str, warehouse: Warehouse | None = None) -> Bools:
    """Return which touches carry a theme on a stage: in a negative mention there; of a table, as the row says.

    Raises:
        QuestionError: None does.
    """
    here = on(voices, stage)
    if warehouse is None:
        if theme not in voices.theme.names:
            raise unknown("theme", theme, sorted(voices.theme.names))
        found: Bools = here & (voices.theme.codes == voices.theme.names.index(theme)) & (voices.s < 0)
    else:

        def build() -> ir.Table:
            mentions = warehouse.table("mentions")
            told = mentions.filter(mentions.sentiment == -1, mentions.theme == theme, mentions.stage == stage)
            return told.select("conversation_key").distinct()

        conversations = warehouse.ask(("value", "carrying", stage, theme), build)["conversation_key"].to_numpy()
        found = here & np.isin(voices.conversation, conversations)
    if not (here & ~found).any():
        raise QuestionError(
            phrase("every touch on {stage} carries {theme}", stage=stage, theme=theme),
            todo=phrase("there is nothing to compare with"),
        )
    return found


def without(voices: Voices, stage: str, carries: Bools, share: float, seed: int) -> Voices:
    """Return the touches as if a share of those that carry the theme were like the stage's others.

    Each of them takes what was felt, its severity, effort and resolution from another touch of the stage, drawn by
    weight; its own weight and time stay. On average that is what the root cause impact says.

    Args:
        voices: What was said.
        stage: The stage.
        carries: Which touches carry the theme, shape (touches,).
        share: How much of it is removed, 0 to 1.
        seed: Of the draw.
    """
    rng = np.random.default_rng(seed)
    gone = np.flatnonzero(carries)
    gone = gone[rng.random(len(gone)) < share]
    others = np.flatnonzero(on(voices, stage) & ~carries)
    chance = voices.weight[others] / voices.weight[others].sum()
    donor = others[np.searchsorted(np.cumsum(chance), rng.random(len(gone)) * (1 - 1e-12))]
    changed = {}
    for name in ("s", "severity", "hard", "unresolved"):
        column = getattr(voices, name).copy()
        column[gone] = column[donor]
        changed[name] = column
    return replace(voices, **changed)
