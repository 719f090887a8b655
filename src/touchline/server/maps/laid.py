"""What was measured, laid over the maps that are kept: asked with what the viewer may see, and remembered."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from django.core.cache import cache

from touchline.cli.writing import plain
from touchline.errors import MapError
from touchline.maps import Map
from touchline.maps.measured import Overlay
from touchline.maps.plain import to_plain
from touchline.server.maps import keeping
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.overlay.values import Gaps, Learned, Priority
    from touchline.server.journey.facade import Visit

Answer = TypeVar("Answer")
_KEPT: Final = 24 * 3600


def overlay_of(visit: Visit, now: Map, *, personas: bool = False) -> Overlay:
    """Return what was measured of a map, for the filters and the scope of a visit."""
    from touchline.overlay.overlay import overlay

    workspace = visit.held.workspace
    shown = personas and bool(now.personas) and not visit.access.segments
    return remembered(
        visit, ("overlay", shown, to_plain(now)),
        lambda: overlay(
            now, visit.local, visit.chosen.filters, taxonomy=workspace.taxonomy, settings=workspace.settings,
            previous=visit.chosen.previous, personas=shown,
        ),
    )  # fmt: skip


def gaps_of(visit: Visit, slug: str, against: str = "") -> Gaps:
    """Return how far a current map is from its future state.

    Args:
        visit: Who asks, and with which filters.
        slug: The map's id, of either of the two.
        against: The other one's id; by default the future map that says it improves the current one.

    Raises:
        MapMissing: There is no such map.
        MapError: The map has no future state yet.
    """
    from touchline.overlay.gaps import gaps

    current, future = pair(visit.workspace.slug, slug, against)
    return remembered(
        visit, ("gaps", to_plain(current), to_plain(future)),
        lambda: gaps(
            current, future, overlay_of(visit, current), visit.local, visit.chosen.filters,
            taxonomy=visit.held.workspace.taxonomy,
        ),
    )  # fmt: skip


def pair(workspace: str, slug: str, against: str = "") -> tuple[Map, Map]:
    """Return a current map and its future state, given the id of either.

    Raises:
        MapMissing: There is no such map.
        MapError: There is only one of the two.
    """
    one = keeping.load(workspace, slug).map
    if against:
        other = keeping.load(workspace, against).map
        return (other, one) if one.state == "future" else (one, other)
    if one.state == "future":
        if not one.of:
            raise MapError(
                phrase("it does not say which map it improves"), where=slug, todo=phrase("say it in its settings")
            )
        return keeping.load(workspace, one.of).map, one
    for kept in keeping.everyone(workspace):
        if kept.map.of == one.id and kept.map.state == "future":
            return one, kept.map
    raise MapError(phrase("the map has no future state yet"), where=slug, todo=phrase("make one from it"))


def priorities_of(visit: Visit, maps: Sequence[Map]) -> tuple[Priority, ...]:
    """Return the opportunities and solutions of some maps, the first to be done first."""
    from touchline.overlay.priorities import priorities

    return remembered(
        visit, ("priorities", [to_plain(one) for one in maps]),
        lambda: priorities(
            maps, visit.local, visit.chosen.filters, taxonomy=visit.held.workspace.taxonomy,
            overlays={one.id: overlay_of(visit, one) for one in maps},
        ),
    )  # fmt: skip


def learned_of(visit: Visit, maps: Sequence[Map]) -> tuple[Learned, ...]:
    """Return what changed after the cards of some maps were done."""
    from touchline.overlay.learning import learned

    return remembered(
        visit, ("learned", [to_plain(one) for one in maps]),
        lambda: learned(maps, visit.local, visit.chosen.filters, taxonomy=visit.held.workspace.taxonomy),
    )  # fmt: skip


def as_data(value: Any) -> Any:
    """Return what was found as plain data: dataclasses as objects, days as text."""
    if isinstance(value, tuple | list):
        return [as_data(one) for one in value]
    return plain(asdict(value))


def remembered(visit: Visit, what: object, make: Callable[[], Answer]) -> Answer:
    """Return what `make` gives, until the data, the taxonomy, the filters, the viewer's scope or `what` are others."""
    chosen, workspace = visit.chosen, visit.held.workspace
    said = (
        visit.held.slug, visit.held.published, workspace.taxonomy.version, workspace.settings, chosen.filters,
        chosen.previous, chosen.accounts, chosen.personas, visit.access.segments, what,
    )  # fmt: skip
    name = "laid:" + hashlib.sha256(repr(said).encode()).hexdigest()
    found = cache.get(name)
    if found is None:
        found = make()
        cache.set(name, found, _KEPT)
    return cast(Answer, found)
