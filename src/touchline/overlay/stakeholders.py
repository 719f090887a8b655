"""Who has a part in the journeys, on the grid of influence and interest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from touchline.maps.model import Map, Stakeholder
from touchline.overlay.values import Handling, Placed

#: From here on influence or interest is high, of 1 to 5.
HIGH: Final = 3


def stakeholders(maps: Sequence[Map]) -> tuple[Placed, ...]:
    """Return everybody whom some maps name, each once; the highest influence and interest that a map gives them count.

    Returns:
        By field of the grid, then by influence and interest, the greatest first, then by name.

    >>> found = stakeholders([Map("m", "M", stakeholders=(Stakeholder("s", "Carrier", interest=2, influence=5),))])
    >>> found[0].handling
    'keep satisfied'

    Source: the grid of power and interest of Mendelow 1991.
    """
    named: dict[str, list[tuple[Map, Stakeholder]]] = {}
    for where in maps:
        for one in where.stakeholders:
            named.setdefault(one.name.strip().casefold(), []).append((where, one))
    placed = [_placed(found) for found in named.values()]
    order: tuple[Handling, ...] = ("manage closely", "keep satisfied", "keep informed", "monitor", "not placed")
    placed.sort(key=lambda one: (order.index(one.handling), -(one.influence or 0), -(one.interest or 0), one.name))
    return tuple(placed)


def handling(interest: int | None, influence: int | None) -> Handling:
    """Return the field of the grid; 3 of 5 is high.

    >>> handling(interest=4, influence=2)
    'keep informed'
    """
    if interest is None or influence is None:
        return "not placed"
    if influence >= HIGH:
        return "manage closely" if interest >= HIGH else "keep satisfied"
    return "keep informed" if interest >= HIGH else "monitor"


def _placed(found: Sequence[tuple[Map, Stakeholder]]) -> Placed:
    interest = _highest(one.interest for _, one in found)
    influence = _highest(one.influence for _, one in found)
    return Placed(
        name=found[0][1].name.strip(),
        group=next((one.group for _, one in found if one.group), ""),
        interest=interest,
        influence=influence,
        handling=handling(interest, influence),
        maps=tuple(dict.fromkeys(where.id for where, _ in found)),
        notes=tuple(dict.fromkeys(one.note for _, one in found if one.note)),
    )


def _highest(values: Iterable[int | None]) -> int | None:
    return max((value for value in values if value is not None), default=None)
