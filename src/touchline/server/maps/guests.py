"""Guests of a workshop: people without a log-in, let in by a code for some hours, to its notes and votes alone.

Who they are stands in a signed cookie of their browser, and nowhere else: a random number, and a name if they gave one.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.core import signing
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from touchline.errors import InputError
from touchline.server.maps import workshops
from touchline.server.maps.errors import MapMissing
from touchline.server.maps.workshop_models import Door, Workshop
from touchline.server.people.facade import Access, Rates
from touchline.words import Number, phrase

HOURS: Final = 8.0
MOST_HOURS: Final = 168.0
#: Letters and digits that nobody takes for one another.
_LETTERS: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_LONG: Final = 8
_LONGEST_NAME: Final = 40
_MOST_NOTES: Final = 60  # of one guest in one workshop
_SALT: Final = "touchline.workshop.guest"
#: What guests may do, of what everybody in the room may: notes of their own, and votes.
MAY: Final = frozenset(("write", "edit", "remove", "dot", "undot", "feel"))
#: How often one guest may act, and look, in a second.
ACTS: Final = Rates(2.0)
LOOKS: Final = Rates(5.0)


class Guesses:
    """Wrong codes of the last ten minutes, by network: too many, and nobody from there is heard for a while.

    >>> now = [0.0]
    >>> guesses = Guesses(lambda: now[0])
    >>> [guesses.too_many("192.0.2.7") for _ in range(Guesses.MOST + 1)].count(True)
    0
    >>> for _ in range(Guesses.MOST): guesses.wrong("192.0.2.7")
    >>> guesses.too_many("192.0.2.7"), guesses.too_many("192.0.2.8")
    (True, False)
    """

    MOST: Final = 20
    _ALL: Final = 400  # from anywhere
    _WITHIN: Final = 600.0
    _NETWORKS: Final = 5_000

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def wrong(self, network: str) -> None:
        """Count a wrong code."""
        with self._lock:
            for key, most in ((network, self.MOST), ("", self._ALL)):
                self._tries.setdefault(key, deque(maxlen=most)).append(self._clock())
                self._tries.move_to_end(key)
            while len(self._tries) > self._NETWORKS:
                self._tries.popitem(last=False)

    def too_many(self, network: str) -> bool:
        """Tell whether there were too many."""
        since = self._clock() - self._WITHIN
        with self._lock:
            found = ((self._tries.get(network, ()), self.MOST), (self._tries.get("", ()), self._ALL))
            return any(sum(at > since for at in tries) >= most for tries, most in found)


GUESSES: Final = Guesses()


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who was let in.

    Attributes:
        workshop: Where they are.
        door: By which code they came.
        id: Their random number.
        name: What they call themselves; "" where they did not say, or nobody shall know.
    """

    workshop: Workshop
    door: Door
    id: str
    name: str

    @property
    def access(self) -> Access:
        """What they may do: nothing of the workspace. Notes and votes are their own by it."""
        return Access(self.workshop.workspace, None, f"guest-{self.id}", self.name or "guest", "guest", frozenset())


def open_door(workspace: str, number: int, by: str, *, hours: float = HOURS) -> Door:
    """Open a workshop to guests; a code that was open is closed.

    Raises:
        InputError: It is over, or it would be open for too long.
        MapMissing: There is no such workshop.
    """
    if not 0 < hours <= MOST_HOURS:
        raise InputError(
            phrase("a code is good for at most {most_hours} hours", most_hours=Number(f"{MOST_HOURS:g}")),
            where="hours",
            todo=phrase("give fewer"),
        )
    with workshops.changing(workspace, number) as workshop:
        now = timezone.now()
        workshop.doors.filter(closed_at=None).update(closed_at=now)
        code = "".join(secrets.choice(_LETTERS) for _ in range(_LONG))
        return Door.objects.create(workshop=workshop, code=code, by=by, expires_at=now + timedelta(hours=hours))


def close_door(workspace: str, number: int) -> bool:
    """Let no more guests in, and those who are there do nothing more; tell whether there was an open code.

    Raises:
        MapMissing: There is no such workshop.
    """
    workshop = workshops.find(workspace, number)
    return bool(workshop.doors.filter(closed_at=None).update(closed_at=timezone.now()))


def door_of(workshop: Workshop) -> Door | None:
    """Return a workshop's open code."""
    if workshop.closed_at is not None:
        return None
    return workshop.doors.filter(_open()).first()


def _open() -> Q:
    return Q(closed_at=None, expires_at__gt=timezone.now())


def shown(door: Door) -> str:
    """Return a code as people read it aloud.

    >>> shown(Door(code="K7QF2MPX"))
    'K7QF-2MPX'
    """
    return f"{door.code[:4]}-{door.code[4:]}"


def enter(said: str, name: str = "") -> tuple[Guest, str]:
    """Let somebody in by a code; return them, and the token that their browser keeps.

    Raises:
        MapMissing: The code is wrong, or good no more.
        InputError: The name has characters that cannot be read.
    """
    code = "".join(one for one in said.upper() if one in _LETTERS)
    rows = Door.objects.select_related("workshop").filter(_open(), workshop__closed_at=None)
    door = rows.filter(code=code).first() if len(code) == _LONG else None
    if door is None:
        raise MapMissing(phrase("there is no workshop of this code"), where="code", todo=phrase("ask whoever leads it"))
    called = " ".join(name.split())[:_LONGEST_NAME]
    if not called.isprintable():
        raise InputError(phrase("a name has characters that can be read"), where="name")
    if door.workshop.anonymous:
        called = ""
    guest = Guest(door.workshop, door, secrets.token_hex(8), called)
    return guest, signing.dumps([door.pk, guest.id, guest.name], salt=_SALT)


def known(token: str, number: int) -> Guest:
    """Return the guest whom a token names, in a workshop.

    Raises:
        MapMissing: It is no token of ours, of another workshop, or its code is good no more.
    """
    todo = "ask whoever leads it for a code"
    try:
        pk, one, name = signing.loads(token, salt=_SALT, max_age=timedelta(hours=MOST_HOURS))
    except (signing.BadSignature, ValueError, TypeError):
        raise MapMissing(phrase("you are in no workshop"), where="workshop", todo=todo) from None
    door = Door.objects.select_related("workshop").filter(_open(), pk=pk, workshop=number).first()
    if door is None:
        raise MapMissing(phrase("the workshop is open to guests no more"), where="workshop", todo=todo)
    return Guest(door.workshop, door, str(one), str(name))


def room_for_a_note(guest: Guest) -> None:
    """See that a guest has not written too much.

    Raises:
        InputError: They have.
    """
    mine = workshops.digest(guest.workshop, guest.access)
    with transaction.atomic():
        if guest.workshop.notes.filter(who=mine).count() >= _MOST_NOTES:
            raise InputError(
                phrase("a guest writes at most {most_notes} notes", most_notes=str(_MOST_NOTES)),
                where="notes",
                todo=phrase("remove one of yours"),
            )
