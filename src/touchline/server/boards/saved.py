"""Boards that are kept: making, changing and removing them, and when each is sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from touchline.errors import InputError, NotAllowed
from touchline.report.chosen import plan
from touchline.server.boards.making import OWN
from touchline.server.boards.models import MONTHLY, WEEKLY, Board
from touchline.server.outbox.facade import targets
from touchline.words import phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from touchline.server.people.facade import Access

EVERY: Final = ("", WEEKLY, MONTHLY)
_HOUR: Final = 7  # in the workspace's zone
_MOST: Final = 200  # boards of a workspace
_LONGEST: Final = 4_000
_NAME: Final = 120


def of(workspace: str) -> list[Board]:
    """Return the boards of a workspace, by name."""
    return list(Board.objects.filter(workspace=workspace))


def state(workspace: str) -> object:
    """Name the boards of a workspace as they are."""
    return tuple(Board.objects.filter(workspace=workspace).values_list("pk", "changed_at"))


def save(access: Access, *, name: str, sections: Sequence[str], paper: str, query: str) -> Board:
    """Keep a board.

    Args:
        access: Who saves it, and becomes its owner.
        name: Its headline.
        sections: Those chosen; all where there are none.
        paper: Of `touchline.report.chosen.PAPERS`.
        query: Its filters, as in an address; the board's own parameters are left out.

    Raises:
        InputError: It has no name, or there are too many.
        QuestionError: There is no such section, or no such paper.
    """
    workspace = access.workspace or ""
    name = name.strip()
    if not name or len(name) > _NAME or len(query) > _LONGEST:
        raise InputError(_("a board needs a name of at most 120 letters"), where="name", todo=_("name it"))
    if Board.objects.filter(workspace=workspace).count() >= _MOST:
        raise InputError(_("there are too many boards"), where=workspace, todo=_("remove some"))
    chosen = plan(tuple(sections), paper)
    pairs = [(key, value) for key, value in parse_qsl(query) if key not in OWN]
    return Board.objects.create(
        workspace=workspace, owner=access.name, name=name, sections=list(chosen.sections) if sections else [],
        paper=chosen.paper, query=urlencode(pairs),
    )  # fmt: skip


def mine(access: Access, number: int) -> Board:
    """Return a board that one may change: its owner, and whoever looks after the workspace.

    Raises:
        Board.DoesNotExist: There is none.
        NotAllowed: It is somebody else's.
    """
    board = Board.objects.get(workspace=access.workspace or "", pk=number)
    if board.owner != access.name and not access.may("admin"):
        raise NotAllowed(_("the board is %(owner)s's") % {"owner": board.owner}, todo=_("save one of your own"))
    return board


def schedule(board: Board, *, every: str, to: Sequence[str], zone: str) -> None:
    """Say when a board is sent, and to whom, in the language of now; never where ``every`` is empty.

    Raises:
        InputError: There is no such rhythm, or nobody to send it to.
    """
    if every not in EVERY:
        raise InputError(_("there is no such rhythm"), where="every", todo=phrase("weekly, monthly"))
    known = {one.name for one in targets(board.workspace)}
    chosen = [name for name in dict.fromkeys(to) if name in known]
    if every and not chosen:
        raise InputError(_("nobody is chosen to send it to"), where="to", todo=_("choose where it is sent"))
    board.every, board.to, board.language = every, chosen if every else [], get_language() or ""
    board.next_at = following(every, timezone.now(), zone) if every else None
    board.save()


def following(every: str, now: datetime, zone: str) -> datetime:
    """Return the next Monday, or first of a month, at seven in the morning there.

    >>> from datetime import UTC
    >>> str(following("weekly", datetime(2026, 11, 22, 12, tzinfo=UTC), "Europe/Berlin"))
    '2026-11-23 07:00:00+01:00'
    >>> str(following("monthly", datetime(2026, 12, 1, 6, tzinfo=UTC), "Europe/Berlin"))
    '2027-01-01 07:00:00+01:00'
    """
    here = now.astimezone(ZoneInfo(zone))
    at = here.replace(hour=_HOUR, minute=0, second=0, microsecond=0)
    if every == WEEKLY:
        at += timedelta(days=-at.weekday() % 7)
        return at if at > here else at + timedelta(days=7)
    at = at.replace(day=1)
    if at <= here:
        at = (at + timedelta(days=32)).replace(day=1)
    return at
