"""Who sees a map and who changes it, as a form that needs no script."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext as _

from touchline.errors import InputError
from touchline.server.maps import circles
from touchline.server.maps.circles import Circle
from touchline.server.maps.keeping import Kept
from touchline.words import phrase

#: What a form calls a circle, and what those in it shall be able to do.
SCOPES: Final = {"seen_by": "read", "changed_by": "maps"}


def offered(kept: Kept) -> dict[str, Any]:
    """Return what the form shows: each circle as it is, with the roles and people that it could name."""
    named = {
        "seen_by": (_("Who sees the map"), _("Everybody in the workspace")),
        "changed_by": (_("Who changes it"), _("All who see it and may change maps")),
    }
    rows = []
    for name, scope in SCOPES.items():
        circle = Circle.of(getattr(kept.sheet, name))
        inside = circle or Circle()
        label, everybody = named[name]
        here = {one.email: str(one) for one in circles.choices(kept.sheet.workspace, scope)}
        here |= {email: email for email in inside.people if email not in here}
        rows.append({
            "name": name, "label": label, "everybody": everybody, "some": circle is not None,
            "roles": [(role, role in inside.roles) for role in _roles(scope)],
            "people": [(email, called, email in inside.people) for email, called in sorted(here.items())],
        })  # fmt: skip
    return {"rows": rows, "may": circles.may_keep(kept.sheet), "maker": kept.sheet.created_by}


def said(request: HttpRequest, kept: Kept) -> tuple[Circle | None, Circle | None]:
    """Return who sees a map and who changes it, as the form says; None for everybody.

    Raises:
        InputError: It names a role or a person that there is not.
    """
    return _said(request, kept, "seen_by"), _said(request, kept, "changed_by")


def _said(request: HttpRequest, kept: Kept, name: str) -> Circle | None:
    given = request.POST
    if given.get(name) == "all":
        return None
    if given.get(name) != "some":
        raise InputError(phrase("say whether it is all or some"), where=name, todo=phrase("choose one of the two"))
    return circles.drawn(
        kept.sheet.workspace, SCOPES[name], given.getlist(f"{name}_roles"), given.getlist(f"{name}_people"),
        already=Circle.of(getattr(kept.sheet, name)),
    )  # fmt: skip


def _roles(scope: str) -> tuple[str, ...]:
    return circles.CHANGING if scope == "maps" else circles.SEEING
