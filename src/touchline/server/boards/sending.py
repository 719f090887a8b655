"""Boards that are due: their finding and headline figures, to whom they are sent, with a link to all of it.

What is sent is made with what the owner may see at that time, and holds no customer's words; the link shows each
reader what they may see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.conf import settings
from django.db import transaction
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from touchline.errors import TouchlineError
from touchline.figures.numbers import day, half, places, plain, plus_minus
from touchline.report.asked import Asked, ask
from touchline.report.findings import attention, headline
from touchline.server.api.facade import scoped
from touchline.server.boards.models import Board
from touchline.server.boards.saved import following
from touchline.server.journey.facade import chosen
from touchline.server.outbox.facade import put
from touchline.server.people.facade import by_email
from touchline.server.workspaces.facade import Held
from touchline.words import joined

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.server.people.facade import Access

KIND = "board.sent"


def send_due(held: Held | None) -> str:
    """Send every board of a workspace that is due; one that fails is told, and does not keep the others."""
    assert held is not None  # noqa: S101  a job for each workspace gets one
    due = Board.objects.filter(workspace=held.slug, next_at__lte=timezone.now()).exclude(every="")
    sent = 0
    for board in due:
        sent += send(held, board)
        board.next_at = following(board.every, timezone.now(), held.workspace.settings.workspace.timezone)
        board.save()
    return f"{sent} of {len(due)} boards sent"


def send(held: Held, board: Board) -> bool:
    """Send a board now to all that it is for; say whether it was."""
    access = by_email(board.owner, board.workspace)
    if access is None or not access.may("export"):
        board.told = _("Not sent: its owner may no longer take data out.")
        board.save()
        return False
    try:
        language = board.language or settings.TOLD_IN
        with override(language):
            body = held.ask(lambda local: _letter(local, board, access), seconds=120)
        with transaction.atomic():
            now = timezone.now()
            for name in board.to:
                put(board.workspace, name, KIND, body, key=f"board-{board.pk}-{now:%Y-%m-%dT%H:%M}", language=language)
            board.sent_at, board.told = now, ""
            board.save()
    except TouchlineError as error:
        board.told = _("Not sent: %(why)s") % {"why": error}
        board.told = board.told[:500]
        board.save()
        return False
    return True


def _letter(local: Local, board: Board, access: Access) -> dict[str, Any]:
    seen = scoped(local, access)
    now = chosen(QueryDict(board.query), seen.span(), access)
    mine = scoped(local.among(accounts=now.accounts, personas=now.personas), access)
    asked = ask(mine, board.name, now.filters, now.previous, _silent, whole=False)
    facts = asked.facts
    period = f"{day(facts['since'])} – {day(facts['until'])}" if facts["since"] and facts["until"] else ""
    sentences = [*headline(asked), *(f"{one.about}: {joined(' ', one.sentences)}" for one in attention(asked))]
    days = {"since": facts["since"], "until": facts["until"]}
    kept = [(name, value) for name, value in now.pairs if name not in ("days", *days)]
    fixed = [(name, value.isoformat()) for name, value in days.items() if value]
    return {
        "title": f"{board.name}, {period}" if period else board.name,
        "text": str(joined("\n", sentences)),
        "facts": _figures(asked),
        "url": f"{board.href}?{urlencode([*kept, *fixed])}",
    }


def _figures(asked: Asked) -> dict[str, str]:
    facts, told = asked.facts, {}
    for name in ("jsi", "nps", "csat", "ces"):
        if facts[name] is None:
            continue
        low, high = facts[f"{name}_low"], facts[f"{name}_high"]
        digits = 1 if name == "ces" else places(half(low, high))
        told[name.upper()] = f"{plain(facts[name], digits, signed=name == 'nps')} {plus_minus(low, high)}".strip()
    return told | {_("Comments"): plain(facts["n"]), _("Customers"): plain(facts["customers"])}


def _silent(_step: str, _done: float) -> None:
    """Tell nobody."""
