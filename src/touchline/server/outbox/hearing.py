"""What other systems tell of their tickets, for whoever wants to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import transaction

from touchline.errors import NotAllowed
from touchline.server.outbox import pressing, vault
from touchline.server.outbox.channels import channel
from touchline.server.outbox.channels.base import Heard
from touchline.server.outbox.models import Target, Tie
from touchline.words import phrase


@dataclass(frozen=True, slots=True)
class Told:
    """What another system tells of one of our cases.

    Attributes:
        workspace: The workspace's slug.
        target: The other system's name.
        case: Our id of the case.
        theirs: Its id there.
        state: ``closed`` or ``open`` where that has changed; else empty.
        note: What somebody wrote there; else empty.
        by: Who, as they are called there.
    """

    workspace: str
    target: str
    case: str
    theirs: str
    state: str
    note: str
    by: str


Listener = Callable[[Told], None]
_listeners: list[Listener] = []


def on_told(listener: Listener) -> Listener:
    """Have something called with what other systems tell, in the transaction that writes it down.

    A state is told once: a webhook that comes twice changes nothing. Notes of ours are not told back to us, where the
    other system says who wrote them; they may come twice.
    """
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def hear(inbound: str, url: str, headers: Mapping[str, str], body: bytes) -> int:
    """Take in what a system sends; return how many of our cases it was about, or buttons pressed.

    Args:
        inbound: Names the target, in the address that was called.
        url: That address, as the other system knows it.
        headers: Of the request, in small letters.
        body: As it was sent.

    Raises:
        NotAllowed: There is no such target, or it is not signed.
    """
    target = Target.objects.filter(inbound=inbound, removed=False).first() if inbound else None
    if target is None or not (way := channel(target.channel)).listens:
        raise NotAllowed(phrase("nobody listens here"), todo=phrase("look at the target's page for the address"))
    given = {**target.options, **vault.opened(target.sealed)}
    try:
        if way.chat is not None:
            one = way.chat.read(given, headers, body)
            return int(one is not None and pressing.heard(target, one))
        heard = way.hear(given, url, headers, body) if way.hear else []
    except (AttributeError, TypeError, KeyError):  # good JSON of another shape than is documented
        raise NotAllowed(
            phrase("the body is of another shape"), where="body", todo=phrase("see docs/outbox.md")
        ) from None
    return sum(_tell(target, one) for one in heard)


def _tell(target: Target, heard: Heard) -> bool:
    with transaction.atomic():
        tie = Tie.objects.select_for_update().filter(target=target, theirs=heard.theirs).first()
        if tie is None:
            return False
        state = heard.state if heard.state and heard.state != tie.state else ""
        if not state and not heard.note:
            return True
        if state:
            tie.state = state
            tie.save(update_fields=["state", "changed_at"])
        told = Told(target.workspace, target.name, tie.ours, tie.theirs, state, heard.note[:20_000], heard.by[:200])
        for listener in _listeners:
            listener(told)
    return True
