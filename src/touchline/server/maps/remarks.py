"""Comments on maps: on the whole or on a part, in threads, naming colleagues."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from django.db import transaction
from django.utils import timezone

from touchline.errors import InputError, NotAllowed
from touchline.maps.edits import find
from touchline.server.maps import circles, keeping
from touchline.server.maps.errors import MapMissing
from touchline.server.maps.models import Remark, Sheet
from touchline.server.outbox.facade import mail, tell
from touchline.server.people.facade import Access, User
from touchline.words import Number, phrase

_NAMED: Final = re.compile(r"(?<![\w@])@([\w.+-]+@[\w-]+(?:\.[\w-]+)+|[\w.-]*\w)")
_LONGEST: Final = 4_000
_MOST: Final = 5_000


def write(
    access: Access, slug: str, text: str, *, of: str = "map", part: str = "", reply_to: int | None = None
) -> Remark:
    """Comment on a map.

    Args:
        access: Who writes.
        slug: The map's id.
        text: The words; ``@ann`` or ``@ann@acme.example`` names a colleague: they get a mail, and the
            targets that want ``map.mentioned`` are told.
        of: On what kind of part: ``map``, ``phase``, ``step``, ``lane``, ``card`` ...
        part: The part's id; "" for the map.
        reply_to: The number of a remark of the thread that goes on; the place is then its own.

    Raises:
        MapMissing: There is no such map, or no such remark.
        MapError: There is no such part.
        InputError: The text is empty or too long.
    """
    said, workspace = text.strip(), access.workspace or ""
    if not said or len(said) > _LONGEST:
        raise InputError(
            phrase("a comment has 1 to {longest} characters", longest=Number(f"{_LONGEST:,}")),
            where="text",
            todo=phrase("write it anew"),
        )
    with transaction.atomic():
        kept = keeping.load(workspace, slug)
        first = None
        if reply_to is not None:
            first = _found(kept.sheet, reply_to)
            first = first.reply_to or first
            of, part = first.of, first.part
        elif of != "map" or part:
            find(kept.map, of, part)
        if kept.sheet.remarks.count() >= _MOST:
            raise InputError(
                phrase("the map has {most} comments, the most that it keeps", most=Number(f"{_MOST:,}")), where=slug
            )
        named = mentioned(kept.sheet, said)
        made = Remark.objects.create(
            workspace=workspace, sheet=kept.sheet, of=of, part=part, text=said, by=access.name, at=timezone.now(),
            mentions=[one for one in named if one != access.name], reply_to=first,
        )  # fmt: skip
        if made.mentions:
            url, name, names = f"{kept.sheet.href}#comment-{made.pk}", kept.map.name, ", ".join(made.mentions)
            title = phrase("{who} names {names} on the map {map}", who=access.name, names=names, map=name)
            body = {"title": title, "text": said, "url": url, "facts": {phrase("Map"): name}}
            if kept.sheet.seen_by is not None:  # targets are read by others
                title = phrase("{who} names {names} on a map", who=access.name, names=names)
                body = {"title": title, "text": "", "url": url, "facts": {}}
            tell(workspace, "map.mentioned", body, key=f"map-remark-{made.pk}")
            mail(
                workspace, User.objects.filter(email__in=made.mentions), "map.mentioned",
                {"title": phrase("{who} names you on the map {map}", who=access.name, map=name), "text": said,
                 "url": url}, key=f"map-remark-{made.pk}",
            )  # fmt: skip
    return made


def mentioned(sheet: Sheet, text: str) -> list[str]:
    """Return the addresses of the colleagues whom a text names, ``@ann@acme.example``, ``@ann`` or ``@Ann.Lee``.

    They are those who may see the map.
    """
    words = {word.casefold().rstrip(".") for word in _NAMED.findall(text)}
    if not words:
        return []
    found = []
    for user in circles.readers(sheet):
        name = user.name.casefold()
        called = {user.email, user.email.partition("@")[0], name.replace(" ", "."), name.partition(" ")[0]} - {""}
        if words & called:
            found.append(user.email)
    return found


def on(workspace: str, slug: str) -> list[Remark]:
    """Return all comments of a map, the oldest first.

    Raises:
        MapMissing: There is no such map.
    """
    return list(keeping.load(workspace, slug).sheet.remarks.all())


def counts(sheet: Sheet) -> dict[tuple[str, str], int]:
    """Return how many comments are open on each part of a map: kind and id of the part to their number."""
    rows = list(sheet.remarks.values_list("pk", "of", "part", "reply_to_id", "resolved_at"))
    settled = {pk for pk, _, _, _, resolved in rows if resolved is not None}
    return dict(Counter((of, part) for pk, of, part, first, _ in rows if (first or pk) not in settled))


def open_for(access: Access) -> list[Remark]:
    """Return the comments that name somebody and are not settled, the newest first, on maps that are in use."""
    rows = Remark.objects.filter(workspace=access.workspace or "", sheet__archived_at=None, resolved_at=None)
    rows = rows.filter(reply_to__resolved_at=None).select_related("sheet").order_by("-id")
    return [
        one for one in rows.exclude(mentions=[])[:500] if access.name in one.mentions and circles.may_see(one.sheet)
    ]


def settle(access: Access, slug: str, number: int, *, done: bool = True) -> Remark:
    """Say that a thread is settled, or open it again.

    Raises:
        MapMissing: There is no such map or remark.
        NotAllowed: They neither change maps nor wrote it.
    """
    with transaction.atomic():
        sheet = keeping.load(access.workspace or "", slug).sheet
        one = _found(sheet, number)
        one = one.reply_to or one
        if not (access.may("maps") and circles.may_change(sheet)) and one.by != access.name:
            raise NotAllowed(phrase("the comment is somebody else's"), todo=phrase("ask whoever may change maps"))
        one.resolved_by, one.resolved_at = (access.name, timezone.now()) if done else ("", None)
        one.save(update_fields=["resolved_by", "resolved_at"])
    return one


def _found(sheet: Sheet, number: int) -> Remark:
    one = sheet.remarks.select_related("reply_to").filter(pk=number).first() if number < 1 << 62 else None
    if one is None:
        raise MapMissing(
            phrase("there is no comment {number} on the map", number=str(number)),
            where=sheet.slug,
            todo=phrase("look at the map's page"),
        )
    return one
