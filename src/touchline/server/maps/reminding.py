"""Who looks whether a map still holds: who looks after it is mailed, and targets are told, when the day has come."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from touchline.maps import Map
from touchline.maps.plain import from_plain
from touchline.server.maps import circles, telling
from touchline.server.maps.keeping import Kept
from touchline.server.maps.models import Sheet
from touchline.server.outbox.facade import mail, tell
from touchline.server.people.facade import User
from touchline.words import Day, phrase

if TYPE_CHECKING:
    from touchline.server.workspaces.facade import Held


def remind(_held: Held | None) -> str:
    """Tell of the maps whose review is due: a job of the clock."""
    return f"{remind_of_late()} maps wait for their review"


def remind_of_late(today: date | None = None) -> int:
    """Tell the targets that want ``map.review`` of every map whose day has come, once; return of how many."""
    done = 0
    for sheet in Sheet.objects.filter(archived_at=None, reminded_at=None).iterator():
        with transaction.atomic():
            row = Sheet.objects.select_for_update().filter(pk=sheet.pk, archived_at=None, reminded_at=None).first()
            if row is None:  # somebody looked at it meanwhile
                continue
            kept = Kept(from_plain(Map, row.doc), row.version, row)
            if not telling.late(kept, today):
                continue
            _tell(kept)
            row.reminded_at = timezone.now()
            row.save(update_fields=["reminded_at"])
            done += 1
    return done


def keeper_of(kept: Kept) -> User | None:
    """Return who looks after a map: its owner where that is a colleague's name or address, else who made it.

    Nobody who may not see it, and nobody who has left.
    """
    there = circles.readers(kept.sheet)
    owner = kept.map.owner.strip().casefold()
    named = [one for one in there if owner and owner in (one.email.casefold(), one.name.casefold())]
    return next((one for one in named or there if named or one.email == kept.sheet.created_by), None)


def _tell(kept: Kept) -> None:
    now, sheet = kept.map, kept.sheet
    facts = {phrase("Owner"): now.owner or sheet.created_by, phrase("Last changed"): Day(sheet.updated_at.date())}
    if sheet.reviewed_at:
        seen = phrase("{day}, {who}", day=sheet.reviewed_at.date(), who=sheet.reviewed_by)
        facts[phrase("Last review")] = seen
    text = phrase("Nobody has reviewed it for {n} days. Its page shows where it and the data part.", n=now.review_days)
    title = phrase("Does the map {map} still hold?", map=now.name)
    body: dict[str, object] = {"title": title, "text": text, "facts": facts, "url": sheet.href}
    if keeper := keeper_of(kept):
        mail(sheet.workspace, [keeper], "map.review", body, key=f"map-review-{sheet.pk}-{telling.due(kept)}")
    if sheet.seen_by is not None:  # targets are read by others
        body |= {"title": phrase("Does a map still hold?"), "facts": {}}
    tell(sheet.workspace, "map.review", body, key=f"map-review-{sheet.pk}-{telling.due(kept)}")
