"""The pictures of maps and personas: who sees a map sees its pictures, and nobody else does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone

from touchline.errors import InputError
from touchline.maps import Map
from touchline.maps.pictures import Picture as Kept
from touchline.maps.pictures import Pictures, name_of, used
from touchline.server.maps import keeping
from touchline.server.maps.errors import MapMissing
from touchline.server.maps.models import Picture, Sheet
from touchline.words import phrase

_MOST: Final = 300  # of a map
_DAY: Final = 24 * 3600


def put(workspace: str, slug: str, data: bytes, by: str, *, where: str = "file") -> Picture:
    """Keep a picture for the cards of a map; one that it has already is kept once.

    Raises:
        InputError: The file is no picture that is taken, or the map has too many.
        MapMissing: There is no such map.
        NotAllowed: It may be changed by others only.
    """
    from touchline.report.maps_pictures import prepared

    keeping.changeable(workspace, slug)
    made = prepared(data, where)
    with transaction.atomic():
        sheet = keeping.changeable(workspace, slug).sheet
        return _kept(sheet, made, by)


def _kept(sheet: Sheet, made: Kept, by: str) -> Picture:
    rows = sheet.pictures
    if not rows.filter(name=made.name).exists() and rows.count() >= _MOST:
        raise InputError(
            phrase("the map has {most} pictures, the most that it keeps", most=str(_MOST)), where=sheet.slug
        )
    row, _new = rows.get_or_create(
        name=made.name,
        defaults={"workspace": sheet.workspace, "data": made.data, "wide": made.wide, "tall": made.tall, "by": by,
                  "at": timezone.now()},
    )  # fmt: skip
    return row


def bring(workspace: str, slug: str, found: Iterable[Kept], by: str) -> None:
    """Keep pictures that came with a map's file.

    Raises:
        InputError: The map has too many.
        MapMissing: There is no such map.
        NotAllowed: It may be changed by others only.
    """
    with transaction.atomic():
        sheet = keeping.changeable(workspace, slug).sheet
        for made in found:
            _kept(sheet, made, by)


def face(workspace: str, persona: str, data: bytes, by: str, *, where: str = "file") -> Picture:
    """Keep a persona's picture, in the place of the one before.

    Raises:
        InputError: The file is no picture that is taken.
    """
    from touchline.report.maps_pictures import prepared

    made = prepared(data, where)
    given = {"name": made.name, "data": made.data, "wide": made.wide, "tall": made.tall, "by": by, "at": timezone.now()}
    return Picture.objects.update_or_create(workspace=workspace, persona=persona, defaults=given)[0]


def faceless(workspace: str, persona: str) -> bool:
    """Take a persona's picture away; tell whether there was one."""
    return bool(Picture.objects.filter(workspace=workspace, persona=persona).delete()[0])


def faces(workspace: str, personas: Iterable[str]) -> dict[str, Picture]:
    """Return the pictures of some personas, by name, without their bytes."""
    rows = Picture.objects.filter(workspace=workspace, persona__in=[one for one in personas if one]).defer("data")
    return {row.persona: row for row in rows}


def on(sheet: Sheet) -> dict[str, tuple[int, int]]:
    """Return the names of a map's pictures, with how wide and how high each is."""
    return {name: (wide, tall) for name, wide, tall in sheet.pictures.values_list("name", "wide", "tall")}


def of(kept: keeping.Kept) -> Pictures:
    """Return the pictures that a map is drawn with."""
    cards = {one.address: one for row in kept.sheet.pictures.filter(name__in=used(kept.map)) if (one := _plain(row))}
    rows = Picture.objects.filter(workspace=kept.sheet.workspace, persona__in=kept.map.personas).exclude(persona="")
    return Pictures(cards, {row.persona: _plain(row) for row in rows})


def write(kept: keeping.Kept, folder: Path) -> None:
    """Write the pictures of a map's cards beside its file, where its cards say that they are."""
    for address, one in of(kept).cards.items():
        path = folder / address
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(one.data)


def _plain(row: Picture) -> Kept:
    return Kept(row.name, bytes(row.data), row.wide, row.tall)


def copied(made: Sheet, like: Sheet, whole: Map) -> None:
    """Give a new map the pictures of the one that it was made from, as far as its cards show them."""
    for row in like.pictures.filter(name__in=used(whole)):
        row.pk, row.sheet = None, made
        row.save(force_insert=True)


def found(workspace: str, slug: str, name: str) -> Picture:
    """Return a picture of a map, also one of an earlier version.

    Raises:
        MapMissing: There is no such map or picture.
    """
    return _one(keeping.load(workspace, slug).sheet.pictures.filter(name=name[:40]))


def shared(kept: keeping.Kept, name: str) -> Picture:
    """Return a picture that a map shows now: of a card, or of one of its personas.

    Raises:
        MapMissing: It shows no such picture.
    """
    rows = Picture.objects.none()
    if name in used(kept.map):
        rows = kept.sheet.pictures.filter(name=name)
    if not rows and kept.map.personas:
        rows = Picture.objects.filter(workspace=kept.sheet.workspace, persona__in=kept.map.personas, name=name[:40])
        rows = rows.exclude(persona="")
    return _one(rows)


def of_persona(workspace: str, name: str) -> Picture:
    """Return a persona's picture by its name.

    Raises:
        MapMissing: There is none.
    """
    return _one(Picture.objects.filter(workspace=workspace, name=name[:40]).exclude(persona=""))


def _one(rows: QuerySet[Picture]) -> Picture:
    row = rows.first()
    if row is None:
        raise MapMissing(phrase("there is no such picture"), where="picture", todo=phrase("load the page again"))
    return row


def answer(row: Picture) -> HttpResponse:
    """Return a picture as an answer that is a picture and nothing else, whatever a browser makes of it."""
    made = _plain(row)
    response = HttpResponse(made.data, content_type=made.media)
    response["Content-Disposition"] = f'inline; filename="{made.name}"'
    response["Cache-Control"] = f"private, max-age={_DAY}, immutable"
    return response


def hrefs(sheet: Sheet, name: Callable[[str], str] | None = None) -> dict[str, tuple[str, int, int]]:
    """Return where a map's pictures are, by their address on cards, each with its size.

    Args:
        sheet: The map's row.
        name: Makes an address of a picture's name; that of the people of the workspace where left out.
    """
    at = name or (lambda one: reverse("map-picture", args=[sheet.workspace, sheet.slug, one]))
    return {f"pictures/{one}": (at(one), wide, tall) for one, (wide, tall) in on(sheet).items()}


def told(row: Picture) -> dict[str, object]:
    """Return what the API says of a picture: how a card names it, and its size."""
    address = _plain(row).address
    return {"picture": address, "name": row.name, "wide": row.wide, "tall": row.tall, "bytes": len(row.data)}


def forget(sheet: Sheet, addresses: Iterable[str]) -> None:
    """Delete pictures of a map, by the addresses that its cards gave them."""
    sheet.pictures.filter(name__in={name for one in addresses if (name := name_of(one))}).delete()
