"""The score s of each interaction, as signs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from touchline.warehouse.index.journeys import NO_SIGN, Journeys


def signs(journeys: Journeys) -> npt.NDArray[np.int8]:
    """Return -1, 0 or +1 of each row, `NO_SIGN` where nothing was scored; shape (rows,).

    A frame's column ``s`` may hold any numbers: their signs count.

    Raises:
        QuestionError: There is no column ``s`` of numbers.

    >>> import pyarrow as pa
    >>> from touchline.warehouse.index.frames import journeys_of
    >>> signs(journeys_of(pa.table({"customer": ["a"] * 2, "event": ["x"] * 2, "time": ["2026-01-01"] * 2,
    ...                             "s": [-0.5, None]}))).tolist()
    [-1, -128]
    """
    held = journeys.numbers("s")
    if held.dtype == np.int8:
        found: npt.NDArray[np.int8] = held.astype(np.int8, copy=False)
        return found
    missing = np.isnan(held)
    return np.where(missing, NO_SIGN, np.sign(np.where(missing, 0, held))).astype(np.int8)
