"""Keeping maps: each change on the newest version, with its inverse, so that nobody's work is lost.

Everything here is done in one transaction that holds the map's row; changes of one map follow each other. A map that
the one who asks may not see (`touchline.server.maps.circles`) is not there for them, whatever is asked of it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from touchline.errors import MapError, NotAllowed
from touchline.maps import Edit, Map, apply
from touchline.maps.diff import edits_between
from touchline.maps.edits import clashing, ids
from touchline.maps.plain import from_plain, to_plain
from touchline.maps.writing import ordered
from touchline.server.maps import circles, plain
from touchline.server.maps.circles import Circle
from touchline.server.maps.errors import Clash, Exists, MapMissing
from touchline.server.maps.models import Change, Sheet
from touchline.words import Number, phrase

#: Words that are pages beside the maps, and no map's id.
PAGES: Final = frozenset(("new", "make", "import"))
_ID: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_ID: Final = 80
_LONGEST_NOTE: Final = 400
_LONGEST_KEY: Final = 64
_LONGEST_NAME: Final = 120
_MOST_PARTS: Final = 5_000
_MOST_MAPS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A map as it is kept.

    Attributes:
        map: The map.
        version: Which version of it.
        sheet: Its row.
        undo: What undoes the change that was just made; empty after reading.
    """

    map: Map
    version: int
    sheet: Sheet
    undo: tuple[Edit, ...] = ()


def load(workspace: str, slug: str) -> Kept:
    """Return a map as it is now, also one that is put away.

    Raises:
        MapMissing: There is none.
    """
    return _kept(_sheet(workspace, slug))


def everyone(workspace: str, *, archived: bool = False) -> list[Kept]:
    """Return the maps of a workspace that one may see, by id: those in use, or those that are put away."""
    rows = Sheet.objects.filter(workspace=workspace, archived_at__isnull=not archived)
    return [_kept(sheet) for sheet in rows if circles.may_see(sheet)]


def state(workspace: str) -> object:
    """Name the maps of a workspace that one may see, as they are: what is remembered of them holds while this does."""
    return tuple(
        (one.slug, one.version, one.updated_at, one.reviewed_at, one.archived_at, circles.may_change(one))
        for one in Sheet.objects.filter(workspace=workspace).defer("doc")
        if circles.may_see(one)
    )


def free(workspace: str, wanted: str) -> str:
    """Return an id that no map of a workspace has: the one wanted, or it with a number."""
    taken = set(Sheet.objects.filter(workspace=workspace, slug__startswith=wanted[:60]).values_list("slug", flat=True))
    taken |= PAGES
    if wanted not in taken:
        return wanted
    return next(name for at in range(2, _MOST_MAPS + 2) if (name := f"{wanted[:60].rstrip('-')}-{at}") not in taken)


def create(workspace: str, made: Map, by: str, note: str = "", *, like: Kept | None = None) -> Kept:
    """Keep a new map.

    Args:
        workspace: The workspace's slug.
        made: The map.
        by: Who made it.
        note: A few words for the history.
        like: The map that it was made from: who may not see that one may not see this one.

    Raises:
        Exists: There is one of its id, perhaps put away.
        MapError: Its id cannot be in an address, it is too large, or it is not whole.
    """
    if not _ID.fullmatch(made.id) or len(made.id) > _LONGEST_ID or made.id in PAGES:
        raise MapError(
            phrase("{value} cannot be a map's id", value=repr(made.id[:90])), where="id",
            todo=phrase("give lower-case letters, digits and hyphens, at most {n}, that name no page", n=_LONGEST_ID),
        )  # fmt: skip
    _whole(made)
    made = ordered(made)
    now = timezone.now()
    with transaction.atomic():
        if Sheet.objects.filter(workspace=workspace, slug=made.id).exists():
            raise Exists(phrase("there is a map {id} already", id=repr(made.id)), where="id", todo="give another id")
        if Sheet.objects.filter(workspace=workspace).count() >= _MOST_MAPS:
            raise MapError(
                phrase(
                    "there are {most_maps} maps, the most that a workspace keeps", most_maps=Number(f"{_MOST_MAPS:,}")
                ),
                todo=phrase("remove some"),
            )
        sheet = Sheet.objects.create(
            workspace=workspace, slug=made.id, doc=to_plain(made), created_by=by, created_at=now, updated_by=by,
            updated_at=now, **(circles.inherited(like.sheet) if like else {}),
        )  # fmt: skip
        Change.objects.create(workspace=workspace, sheet=sheet, version=1, by=by, at=now, note=note[:_LONGEST_NOTE])
    return Kept(made, 1, sheet)


def change(
    workspace: str, slug: str, base: int, edits: Sequence[Edit], by: str, note: str = "", *, key: str = ""
) -> Kept:
    """Make some edits, on top of what others did meanwhile.

    Args:
        workspace: The workspace's slug.
        slug: The map's id.
        base: The version that the sender knew.
        edits: What to do; all of it is done, or nothing.
        by: Who does it.
        note: A few words for the history.
        key: The sender's own name for this change, random: sent again, it is answered again and not done again.

    Returns:
        The map with the edits, and what undoes them; the map as it is, and nothing to undo, where they change nothing.

    Raises:
        Clash: Others changed since `base` what the edits change.
        MapError: An edit does not fit, or `base` is no version of the map.
        MapMissing: There is no such map.
        NotAllowed: It may be changed by others only.
    """
    with transaction.atomic():
        sheet = _sheet(workspace, slug, lock=True)
        if key:
            done = sheet.changes.filter(by=by, key=key[:_LONGEST_KEY]).first()
            if done is not None:
                then = _back(_kept(sheet).map, list(sheet.changes.filter(version__gt=done.version)))
                return Kept(then, done.version, sheet, tuple(plain.edits(done.undo)))
        if not 1 <= base <= sheet.version:
            raise MapError(
                phrase("{base} is no version of the map", base=str(base)),
                where="base",
                todo=phrase("it is at {version} now", version=str(sheet.version)),
            )
        return _changed(sheet, base, edits, by, note, key[:_LONGEST_KEY])


def _changed(sheet: Sheet, base: int, edits: Sequence[Edit], by: str, note: str, key: str = "") -> Kept:
    kept = _kept(sheet)
    since = list(sheet.changes.filter(version__gt=base))
    others = [edit for one in since for edit in plain.edits(one.edits)]
    if lost := clashing(kept.map, edits, others):
        raise Clash(lost, kept, since)
    try:
        after, undo = apply(kept.map, edits)
    except MapError:
        if since and _fits(_back(kept.map, since), edits):  # it is the others' changes that it does not fit
            raise Clash(edits, kept, since) from None
        raise
    gone = (ids(kept.map) - ids(after)) & {edit.id for edit in others}
    if gone:  # with what the edits moved, something went that others had changed
        raise Clash([edit for edit in edits if edit.op == "remove"], kept, since)
    if not undo:
        return kept
    _whole(after)
    after = ordered(after)
    sheet.doc, sheet.version = to_plain(after), sheet.version + 1
    sheet.updated_by, sheet.updated_at = by, timezone.now()
    sheet.save(update_fields=["doc", "version", "updated_by", "updated_at"])
    Change.objects.create(
        workspace=sheet.workspace, sheet=sheet, version=sheet.version, edits=[plain.told(one) for one in edits],
        undo=[plain.told(one) for one in undo], by=by, at=sheet.updated_at, note=note[:_LONGEST_NOTE], key=key,
    )  # fmt: skip
    return Kept(after, sheet.version, sheet, tuple(undo))


def _fits(now: Map, edits: Sequence[Edit]) -> bool:
    try:
        apply(now, edits)
    except MapError:
        return False
    return True


def since(workspace: str, slug: str, version: int) -> list[Change]:
    """Return the changes after a version, the oldest first.

    Raises:
        MapMissing: There is no such map.
    """
    return list(_sheet(workspace, slug, bare=True).changes.filter(version__gt=version))


def history(workspace: str, slug: str) -> list[Change]:
    """Return all changes of a map, the newest first.

    Raises:
        MapMissing: There is no such map.
    """
    return list(_sheet(workspace, slug, bare=True).changes.order_by("-version"))


def at(workspace: str, slug: str, version: int) -> Map:
    """Return a map as it was in a version.

    Raises:
        MapMissing: There is no such map, or no such version of it.
    """
    kept = load(workspace, slug)
    if not 1 <= version <= kept.version:
        raise MapMissing(
            phrase("the map has no version {version}", version=str(version)),
            where=slug,
            todo=phrase("it has 1 to {version}", version=str(kept.version)),
        )
    return _back(kept.map, list(kept.sheet.changes.filter(version__gt=version)))


def _back(now: Map, changes: Sequence[Change]) -> Map:
    for one in reversed(changes):
        now, _ = apply(now, plain.edits(one.undo))
    return ordered(now)


def restore(workspace: str, slug: str, version: int, by: str, *, base: int | None = None) -> Kept:
    """Bring an old version back, as a new one; the versions between stay in the history.

    Args:
        workspace: The workspace's slug.
        slug: The map's id.
        version: Which version to bring back.
        by: Who does it.
        base: The version that they knew; None where they mean to undo whatever was done.

    Raises:
        Clash: Others changed the map since `base`.
        MapMissing: There is no such map, or no such version of it.
    """
    with transaction.atomic():
        sheet = _sheet(workspace, slug, lock=True)
        if not 1 <= version <= sheet.version:
            raise MapMissing(
                phrase("the map has no version {version}", version=str(version)),
                where=slug,
                todo=phrase("it has 1 to {version}", version=str(sheet.version)),
            )
        kept = _kept(sheet)
        if base is not None and base < sheet.version:
            raise Clash([], kept, list(sheet.changes.filter(version__gt=base)))
        back = edits_between(kept.map, _back(kept.map, list(sheet.changes.filter(version__gt=version))))
        return _changed(sheet, sheet.version, back, by, f"version {version} brought back")


def name(workspace: str, slug: str, version: int, called: str, by: str) -> None:
    """Give a version a name; an empty one takes it away.

    Raises:
        MapMissing: There is no such map, or no such version of it.
    """
    with transaction.atomic():
        sheet = _sheet(workspace, slug, lock=True)
        if not sheet.changes.filter(version=version).exists():
            raise MapMissing(
                phrase("the map has no version {version}", version=str(version)),
                where=slug,
                todo=phrase("it has 1 to {version}", version=str(sheet.version)),
            )
        said = called.strip()[:_LONGEST_NAME]
        if said:
            sheet.names.update_or_create(version=version, defaults={"name": said, "by": by, "at": timezone.now()})
        else:
            sheet.names.filter(version=version).delete()


def archive(workspace: str, slug: str, by: str, *, away: bool = True) -> Kept:
    """Put a map away, or take it out again. Nothing of it is lost.

    Raises:
        MapMissing: There is no such map.
    """
    with transaction.atomic():
        sheet = _sheet(workspace, slug, lock=True)
        sheet.archived_at = timezone.now() if away else None
        sheet.updated_by, sheet.updated_at = by, timezone.now()
        sheet.save(update_fields=["archived_at", "updated_by", "updated_at"])
    return _kept(sheet)


def review(workspace: str, slug: str, by: str) -> Kept:
    """Note that somebody looked whether a map still holds.

    Raises:
        MapMissing: There is no such map.
    """
    with transaction.atomic():
        sheet = _sheet(workspace, slug, lock=True)
        sheet.reviewed_by, sheet.reviewed_at, sheet.reminded_at = by, timezone.now(), None
        sheet.save(update_fields=["reviewed_by", "reviewed_at", "reminded_at"])
    return _kept(sheet)


def keep_to(workspace: str, slug: str, *, seen_by: Circle | None, changed_by: Circle | None) -> Kept:
    """Say who sees a map, and who of them may change it; None for everybody.

    Raises:
        MapMissing: There is no such map.
        NotAllowed: Only its maker and administrators may say that.
    """
    with transaction.atomic():
        sheet = _sheet(workspace, slug, lock=True)
        if not circles.may_keep(sheet):
            raise NotAllowed(
                phrase("who sees a map is for its maker and administrators to say"), where=slug, todo=phrase("ask them")
            )
        sheet.seen_by = None if seen_by is None else seen_by.plain()
        sheet.changed_by = None if changed_by is None else changed_by.plain()
        sheet.save(update_fields=["seen_by", "changed_by"])
    return _kept(sheet)


def changeable(workspace: str, slug: str) -> Kept:
    """Return a map as it is now, to one who may change it.

    Raises:
        MapMissing: There is no such map.
        NotAllowed: They may see it and not change it.
    """
    kept = load(workspace, slug)
    _changeable(kept.sheet)
    return kept


def _changeable(sheet: Sheet) -> None:
    if not circles.may_change(sheet):
        raise NotAllowed(
            phrase("the map may be changed by some only"), where=sheet.slug, todo=phrase("ask whoever made it")
        )


def _sheet(workspace: str, slug: str, *, lock: bool = False, bare: bool = False) -> Sheet:
    """Return a map's row to one who may see it; `lock` it for one who may change it."""
    rows = Sheet.objects.select_for_update() if lock else Sheet.objects.all()
    if bare:  # without the map itself, which is large
        rows = rows.defer("doc")
    sheet = rows.filter(workspace=workspace, slug=slug).first()
    if sheet is None or not circles.may_see(sheet):
        raise MapMissing(
            phrase("there is no map {value}", value=repr(slug[:90])),
            where="map",
            todo=phrase("look at the list of maps"),
        )
    if lock:
        _changeable(sheet)
    return sheet


def _kept(sheet: Sheet) -> Kept:
    return Kept(from_plain(Map, sheet.doc), sheet.version, sheet)


def _whole(made: Map) -> None:
    """Let only a map be kept that can be read again.

    Raises:
        MapError: It is too large, or its parts do not hold together.
    """
    parts: list[Any] = [
        *made.phases, *made.steps(), *made.lanes, *made.cards, *made.routes, *made.stakeholders
    ]  # fmt: skip
    if len(parts) > _MOST_PARTS:
        raise MapError(
            phrase(
                "the map would have {n} parts; {most_parts} are the most",
                n=Number(f"{len(parts):,}"),
                most_parts=Number(f"{_MOST_PARTS:,}"),
            ),
            todo=phrase("make two of it"),
        )
    known = ids(made)
    if len(known) != len(parts) or "" in known:
        twice = next((name for name, n in Counter(part.id for part in parts).items() if n > 1), "")
        raise MapError(
            phrase("{twice} is the id of two parts", twice=repr(twice)), todo=phrase("give every part an id of its own")
        )
    lanes, steps = {one.id for one in made.lanes}, {one.id for one in made.steps()}
    for card in made.cards:
        if card.lane not in lanes or card.step not in steps:
            raise MapError(
                phrase("the card {id} is in no lane or under no step", id=repr(card.id)),
                todo=phrase("give it a place in the map"),
            )
