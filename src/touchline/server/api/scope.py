"""What a viewer may see: the one place where a restriction to segments meets a question."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from touchline.errors import NotAllowed
from touchline.warehouse.duckdb.tables import quoted

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.scores.base import Filters
    from touchline.server.api.parameters import Asked
    from touchline.server.people.facade import Access, Segments

#: Questions whose answer tells of customers beside those that segments choose, or that take no filters. They are
#: refused to a restricted viewer. A test asks every other one of a workspace with and without the other customers, and
#: holds the answers equal.
WHOLE_ONLY: Final = frozenset({"lifecycle", "personas", "quality"})


def within(access: Access, filters: Filters) -> Filters:
    """Return filters as the one who asks may have them: their segments are put in, or narrow what was asked.

    Raises:
        NotAllowed: They ask for a value that they may not see.
    """
    if not access.segments:
        return filters
    asked = dict(filters.segments)
    for name, allowed in access.segments:
        if beyond := [value for value in asked.get(name, allowed) if value not in allowed]:
            raise NotAllowed(f"you may not see {name} {beyond[0]!r}", where="segment", todo=_seen(access.segments))
        asked[name] = asked.get(name, allowed)
    return replace(filters, segments=tuple(asked.items()))


def allowed(access: Access, asked: Asked) -> Asked:
    """Return a question as the one who asks may ask it.

    Raises:
        NotAllowed: It cannot be kept to what they may see.
    """
    if not access.segments:
        return asked
    if not asked.question.filtered or asked.question.name in WHOLE_ONLY:
        raise whole_only(access, asked.question.name)
    previous = asked.previous and within(access, asked.previous)
    return replace(asked, filters=within(access, asked.filters), previous=previous)


def whole_only(access: Access, what: str) -> NotAllowed:
    """Return the error for what only those may see who may see all customers."""
    return NotAllowed(
        f"{what} tells of all customers, and you may see some of them", where=what, todo=_seen(access.segments)
    )


def unrestricted(access: Access, what: str) -> None:
    """Let only those on who may see all customers.

    Raises:
        NotAllowed: The one who asks may not.
    """
    if access.segments:
        raise whole_only(access, what)


def sees_interaction(access: Access, local: Local, interaction: str) -> bool:
    """Tell whether the one who asks may see what an interaction says: its customer's segments at that time decide."""
    if not access.segments:
        return True
    warehouse = local.workspace.warehouse
    there = warehouse.segments()
    parts, values = [], {}
    for i, (name, seen) in enumerate(access.segments):
        if name not in there:
            return False
        parts.append(f"{quoted(f'seg_{name}')} IN (SELECT unnest($v{i}))")
        values[f"v{i}"] = list(seen)
    tables = " UNION ALL ".join(
        f"SELECT interaction_id FROM {table} WHERE interaction_id = $id AND {' AND '.join(parts)}"
        for table in ("touches", "mentions", "answers")
    )
    return bool(warehouse.value(f"SELECT count(*) FROM ({tables})", id=interaction, **values))


def _seen(segments: Segments) -> str:
    return "you may see " + " and ".join(f"{name} {' or '.join(values)}" for name, values in segments)
