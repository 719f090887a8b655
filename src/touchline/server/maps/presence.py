"""Who looks at a map now, and at which part of it: known while their page asks for what is new, and kept nowhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, get_args

from touchline.errors import InputError
from touchline.maps.edits import Of
from touchline.server.people.facade import Access
from touchline.words import phrase

#: Seconds after which somebody whose page asks no more has left: three of its looks, and some.
GONE: Final = 9.0
_MOST: Final = 60  # people on one map
_LONGEST: Final = 220


@dataclass(frozen=True, slots=True)
class Here:
    """Somebody who looks at a map.

    Attributes:
        name: Who: what the audit log calls them.
        of: At what kind of part: ``map``, ``card``, ``step`` ...
        part: The part's id; "" for the map.
        until: Until when they are there, if they are not heard of again.
    """

    name: str
    of: str
    part: str
    until: float


class Rooms:
    """The maps of this process, each with those who look at it; all pages are answered by one process.

    >>> now = [0.0]
    >>> rooms = Rooms(lambda: now[0])
    >>> rooms.come(("acme", "coffee"), "ann", "card", "c1")
    []
    >>> [one.part for one in rooms.come(("acme", "coffee"), "bob", "map", "")]
    ['c1']
    >>> now[0] = GONE + 1
    >>> rooms.come(("acme", "coffee"), "bob", "map", "")
    []
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._rooms: dict[tuple[str, str], dict[str, Here]] = {}

    def come(self, room: tuple[str, str], name: str, of: str, part: str) -> list[Here]:
        """Note that somebody is there; return the others, by name."""
        now = self._clock()
        with self._lock:
            for key, inside in list(self._rooms.items()):
                self._rooms[key] = {who: one for who, one in inside.items() if one.until > now}
                if not self._rooms[key]:
                    del self._rooms[key]
            people = self._rooms.setdefault(room, {})
            if name in people or len(people) < _MOST:
                people[name] = Here(name, of, part, now + GONE)
            return sorted((one for one in people.values() if one.name != name), key=lambda one: one.name)


ROOMS: Final = Rooms()


def others(access: Access, slug: str, here: str) -> list[dict[str, Any]]:
    """Note where somebody looks; return who else looks at the map, and where.

    Args:
        access: Who looks: one who may see the map.
        slug: The map's id.
        here: ``card:ID`` for a part that they have open, ``map`` for none.

    Raises:
        InputError: It names no part.
    """
    of, _, part = here.partition(":")
    if len(here) > _LONGEST or of not in get_args(Of) or (of == "map") == bool(part):
        raise InputError(phrase("a place is map, or a part such as card:ID"), where="here", todo=phrase("leave it out"))
    found = ROOMS.come((access.workspace or "", slug), access.name, of, part)
    return [{"name": one.name, "of": one.of, "part": one.part} for one in found]
