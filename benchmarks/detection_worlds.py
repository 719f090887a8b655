"""Worlds to watch: touches of a stage with weekdays, customers who repeat themselves, and a level that may drop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.detection.base import DAY, Evidence

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Volume and level of the weekdays, Monday first: mondays are many and bad.
VOLUME: Final = np.array([1.3, 1.1, 1.0, 1.0, 1.0, 0.8, 0.8])
APART: Final = np.array([-0.03, -0.01, 0.0, 0.0, -0.01, 0.03, 0.03])
LEVEL: Final = 0.66
#: Share of touches that are neither good nor bad.
MIDDLE: Final = 0.2
FIRST: Final = 7000
#: Further touches of a visit, on average; how likely one says the same again; and when: days, on average.
REPEATS: Final = 0.3
ALIKE: Final = 0.7
AFTER_DAYS: Final = 1.5
#: Customers come again after so many days, on average; half of them are happier than the others by so much.
RETURN_DAYS: Final = 60
LEAN: Final = 0.2


@dataclass(frozen=True, slots=True)
class World:
    """Touches whose values are drawn when the drop is known, all from the same chance.

    Attributes:
        at: Seconds, ascending.
        who: Customer keys.
        chance: In [0, 1), alike for a customer's repeats.
        mean: The level of each without a drop.
    """

    at: Ints
    who: npt.NDArray[np.uint64]
    chance: Floats
    mean: Floats

    def evidence(self, change: int | None = None, drop: float = 0.0) -> Evidence:
        """Return the touches, with the level lower by ``drop`` from a moment on."""
        mean = self.mean if change is None else self.mean - np.where(self.at >= change, drop, 0.0)
        bad = 1 - mean - MIDDLE / 2
        value = np.where(self.chance < bad, 0.0, np.where(self.chance < bad + MIDDLE, 0.5, 1.0))
        return Evidence(self.at, value, np.ones(len(value)), self.who)


def level(day: Ints) -> Floats:
    """Return the true level of days."""
    centred = APART - (VOLUME * APART).sum() / VOLUME.sum()
    found: Floats = LEVEL + centred[(day + 3) % 7]
    return found


def world(rng: np.random.Generator, days: int, per_day: float, *, repeats: float = REPEATS) -> World:
    """Return the touches of some days.

    Args:
        rng: Where chance comes from.
        days: From `FIRST` on.
        per_day: Touches on an average day, repeats included.
        repeats: Further touches of a visit, on average.
    """
    calendar = np.arange(FIRST, FIRST + days)
    visits = rng.poisson(per_day / (1 + repeats) * VOLUME[(calendar + 3) % 7] / VOLUME.mean())
    day = np.repeat(calendar, visits)
    at = day * DAY + rng.integers(8 * 3600, 20 * 3600, len(day))
    who = rng.integers(0, int(RETURN_DAYS * per_day), len(day)).astype(np.uint64)
    chance = rng.random(len(day))
    if repeats:
        again = np.repeat(np.arange(len(day)), rng.geometric(1 / (1 + repeats), len(day)) - 1)
        later = at[again] + (rng.exponential(AFTER_DAYS * DAY, len(again))).astype(np.int64)
        same = np.where(rng.random(len(again)) < ALIKE, chance[again], rng.random(len(again)))
        at, who = np.concatenate([at, later]), np.concatenate([who, who[again]])
        chance = np.concatenate([chance, same])
    order = np.argsort(at, kind="stable")
    order = order[at[order] < (FIRST + days) * DAY]
    at, who, chance = at[order], who[order], chance[order]
    lean = (((who * np.uint64(2654435761)) >> np.uint64(7)) % np.uint64(2)).astype(np.float64) * LEAN - LEAN / 2
    return World(at, who, chance, level(at // DAY) + lean)
