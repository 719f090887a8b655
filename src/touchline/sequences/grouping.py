"""By what a question over journeys is broken down, as numbers of groups."""

from __future__ import annotations

import numpy as np

from touchline.sequences.units import NONE, segment_of
from touchline.warehouse.index.journeys import Ints, Journeys


def group_names(journeys: Journeys, by: str | None) -> tuple[str, ...]:
    """Return what the groups are called; the last stands for those of whom it is not known. One without ``by``.

    >>> import pyarrow as pa
    >>> from touchline.warehouse.index.frames import journeys_of
    >>> made = journeys_of(pa.table({"customer": ["a", "b"], "event": ["x", "x"], "tier": ["vip", None],
    ...                              "time": ["2026-01-01", "2026-01-02"]}))
    >>> group_names(made, "tier"), group_codes(made, "tier", made.starts[:-1]).tolist()
    (('vip', '(none)'), [0, 1])
    """
    return ("",) if by is None else (*segment_of(journeys, by).names, NONE)


def group_codes(journeys: Journeys, by: str | None, rows: Ints) -> Ints:
    """Return the number of each row's group, as in `group_names`.

    Args:
        journeys: Where.
        by: The segment or column; None puts all into one.
        rows: Which rows, shape (n,).
    """
    if by is None:
        return np.zeros(len(rows), dtype=np.int64)
    coded = segment_of(journeys, by)
    codes = coded.codes[rows].astype(np.int64)
    return np.where(codes < 0, len(coded.names), codes)


def group_order(groups: tuple[str, ...]) -> list[int]:
    """Return the numbers of groups by name, those of whom it is not known last.

    >>> group_order(("b", "a", "(none)"))
    [1, 0, 2]
    """
    return sorted(range(len(groups)), key=lambda group: (group == len(groups) - 1, groups[group]))
