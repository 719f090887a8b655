"""What a cluster is called: by what its customers do more, or less, than all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from touchline.sequences.clustering.features import Features
from touchline.warehouse.index.journeys import Bools, Floats

_MORE: Final = 1.5
_LESS: Final = 0.5
_PARTS: Final = 3
#: Of all interactions; rarer states do not name a cluster.
_COMMON: Final = 0.01
_HAPPIER: Final = 0.2


@dataclass(frozen=True, slots=True)
class Character:
    """What sets a cluster apart.

    Attributes:
        name: A few words.
        lifts: State to its share of the cluster's interactions over its share of all, the most telling first.
    """

    name: str
    lifts: tuple[tuple[str, float], ...]


def characters(found: Features, members: list[Bools]) -> list[Character]:
    """Return what sets each cluster apart; no two names are the same. Everybody is of one cluster."""
    sums = [np.einsum("ij->j", found.counts.compress(mine, axis=0), dtype=np.float64) for mine in members]
    whole = _shares(np.sum(sums, axis=0))
    named: list[Character] = []
    for mine, counted in zip(members, sums, strict=True):
        share = _shares(counted)
        with np.errstate(divide="ignore", invalid="ignore"):
            lift = np.where(whole > 0, share / whole, 1.0)
            telling = np.where(whole >= _COMMON, np.abs(share - whole) / np.sqrt(whole), 0.0)
        order = [i for i in np.argsort(-telling, kind="stable").tolist() if telling[i] > 0]
        lifts = tuple((found.states[i], float(lift[i])) for i in order if lift[i] >= _MORE or lift[i] <= _LESS)
        name = ", ".join(_parts(found, mine, lifts)[:_PARTS]) or "as most do"
        taken = {character.name for character in named}
        number = next(n for n in range(1, len(members) + 1) if (name if n == 1 else f"{name} ({n})") not in taken)
        named.append(Character(name if number == 1 else f"{name} ({number})", lifts[: _PARTS + 2]))
    return named


def _shares(sums: Floats) -> Floats:
    shares: Floats = sums / max(float(sums.sum()), 1.0)
    return shares


def _parts(found: Features, mine: Bools, lifts: tuple[tuple[str, float], ...]) -> list[str]:
    parts = []
    often = float(found.events[mine].mean() / found.events.mean())
    if often >= _MORE:
        parts.append("returns often")
    elif often <= 1 / _MORE:
        parts.append("comes seldom")
    for state, lift in lifts[:2]:
        much = "much" if lift > 1 else "little" if lift > 0 else "no"
        parts.append(f"{much} {state.replace('_', ' ')}")
    if found.scored.any() and (scored := found.scored[mine].sum()):
        above = found.signs[mine].sum() / scored - found.signs.sum() / found.scored.sum()
        if abs(above) >= _HAPPIER:
            parts.insert(min(len(parts), _PARTS - 1), "happy" if above > 0 else "unhappy")
    return parts
