"""Who may see a map, and who may change it: the one place that says so.

`touchline.server.maps.keeping` asks here for every map that it hands out or changes. Who asks is whoever sent the
request that is being answered (`Asking`); outside of a request, as in commands and jobs, it is the server's operator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase

from touchline.errors import InputError
from touchline.server.maps.models import Sheet
from touchline.server.people.facade import ROLES, Access, User, members
from touchline.words import phrase

#: Roles that a map can be kept to; administrators see and change every map.
SEEING: Final = tuple(role for role in ROLES if role != "admin")
#: Of them those that can change maps at all.
CHANGING: Final = tuple(role for role in SEEING if "maps" in ROLES[role])
_MOST_PEOPLE: Final = 200
_asking: ContextVar[HttpRequest | None] = ContextVar("maps_asking", default=None)


@dataclass(frozen=True, slots=True)
class Circle:
    """Whom a map is kept to, besides whoever made it and the administrators.

    Attributes:
        roles: Everybody of one of these roles.
        people: These people: their addresses.

    >>> Circle.of({"roles": ["manager"], "people": []})
    Circle(roles=('manager',), people=())
    """

    roles: tuple[str, ...] = ()
    people: tuple[str, ...] = ()

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> Circle | None:
        """Return a circle as a map's row keeps it; None for everybody."""
        return None if kept is None else cls(tuple(kept["roles"]), tuple(kept["people"]))

    def plain(self) -> dict[str, list[str]]:
        """Return it as a map's row keeps it."""
        return {"roles": list(self.roles), "people": list(self.people)}

    def holds(self, access: Access) -> bool:
        """Tell whether somebody is in it."""
        return access.role in self.roles or (access.user_id is not None and access.name in self.people)


class Asking:
    """Between the door and the views: remembers, while a request is answered, whose it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer a request."""
        before = _asking.set(request)
        try:
            return self._next(request)
        finally:
            _asking.reset(before)


@contextmanager
def vouched() -> Iterator[None]:
    """Answer the request of a guest whom somebody let in: what they may see was said by who opened the door."""
    before = _asking.set(None)
    try:
        yield
    finally:
        _asking.reset(before)


def may_see(sheet: Sheet, access: Access | None = None) -> bool:
    """Tell whether somebody may see a map; without `access`, whether the one who asks may."""
    return _within(sheet, Circle.of(sheet.seen_by), access)


def may_change(sheet: Sheet, access: Access | None = None) -> bool:
    """Tell whether a map lets somebody change it; that they have the scope `maps` is asked elsewhere."""
    return may_see(sheet, access) and _within(sheet, Circle.of(sheet.changed_by), access)


def may_keep(sheet: Sheet) -> bool:
    """Tell whether the one who asks may say who sees and changes a map: its maker and administrators may."""
    return _within(sheet, Circle(), None)


def _within(sheet: Sheet, circle: Circle | None, access: Access | None) -> bool:
    if circle is None:
        return True
    if access is None:
        request = _asking.get()
        if request is None:
            return True  # a command or a job
        access = getattr(request, "access", None)
    if access is None or access.workspace != sheet.workspace:
        return False
    return access.may("admin") or access.name == sheet.created_by or circle.holds(access)


def readers(sheet: Sheet) -> list[User]:
    """Return the people who may see a map, by address."""
    return [
        one.user
        for one in members(sheet.workspace)
        if one.user.is_active and one.access.may("read") and may_see(sheet, one.access)
    ]


def choices(workspace: str, scope: str) -> list[User]:
    """Return the people whom a circle can name: those who may do what a scope names."""
    rows = [one for one in members(workspace) if one.user.is_active]
    return [one.user for one in rows if one.access.may(scope)]


def drawn(
    workspace: str, scope: str, roles: Iterable[str], people: Iterable[str], *, already: Circle | None = None
) -> Circle:
    """Return a circle, looked over.

    Args:
        workspace: The workspace's slug.
        scope: What those in it shall be able to do: ``read`` or ``maps``.
        roles: Of `SEEING`, or of `CHANGING` for ``maps``.
        people: Addresses of people of the workspace who may do that.
        already: The circle before: whoever is in it may stay, also one who has left.

    Raises:
        InputError: There is no such role, or nobody of such an address who may do that.
    """
    known = CHANGING if scope == "maps" else SEEING
    chosen, named = frozenset(roles), {one.strip().casefold() for one in people} - {""}
    if wrong := sorted(chosen - frozenset(known)):
        raise InputError(
            phrase("{value} is no role to keep a map to", value=repr(wrong[0][:40])),
            where="roles",
            todo=", ".join(known),
        )
    there = {one.email.casefold(): one.email for one in choices(workspace, scope)}
    there |= {one.casefold(): one for one in (already.people if already else ())}
    if missing := sorted(named - there.keys()):
        todo = "invite them first" if scope == "read" else "give them a role that may change maps first"
        raise InputError(
            phrase("nobody here has the address {value}", value=repr(missing[0][:80])), where="people", todo=todo
        )
    if len(named) > _MOST_PEOPLE:
        raise InputError(
            phrase("a map is kept to at most {most_people} people", most_people=str(_MOST_PEOPLE)),
            where="people",
            todo=phrase("choose a role"),
        )
    return Circle(tuple(role for role in known if role in chosen), tuple(sorted(there[one] for one in named)))


def inherited(sheet: Sheet) -> dict[str, Any]:
    """Return what a copy of a map is kept to: the same circles, and whoever made the map that it was made from."""
    found: dict[str, Any] = {}
    for name in ("seen_by", "changed_by"):
        circle = Circle.of(getattr(sheet, name))
        if circle is not None:
            maker = {sheet.created_by} if "@" in sheet.created_by else set()
            circle = Circle(circle.roles, tuple(sorted({*circle.people, *maker})))
        found[name] = None if circle is None else circle.plain()
    return found
