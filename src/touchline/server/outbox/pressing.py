"""Buttons that were pressed: written down at once, done by a thread right after, each once.

A chat gives us three seconds to say that we have heard. So a press is a row; who it was, what is done and the answer
come afterwards, and a process that is killed in between goes on with it. What a press stands for, its line in the audit
log and its end are one transaction.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from touchline.errors import InputError, NotAllowed, OutgoingFailed, OutgoingRefused, TouchlineError
from touchline.outgoing import Client, Policy
from touchline.server.outbox import acts, vault
from touchline.server.outbox.acts import Button
from touchline.server.outbox.channels import channel
from touchline.server.outbox.channels.base import Chat, Letter, Pressed, Reply
from touchline.server.outbox.models import WAITING, Delivery, Handle, Press, Target
from touchline.server.outbox.queue import language_of, written
from touchline.server.people.facade import Access, User, by_email, colleagues, record
from touchline.words import moment as spoken
from touchline.words import phrase

_log = logging.getLogger("touchline.outbox")
DONE: Final = "done"
REFUSED: Final = "refused"
#: A link that says who somebody of a chat is here can be used for so long.
LINK_GOOD_FOR: Final = timedelta(minutes=15)
_SALT: Final = "touchline outbox handle"
#: A chat takes answers for half an hour, and five of them at most.
_WAITS: Final = (timedelta(seconds=5), timedelta(minutes=1), timedelta(minutes=10))


def heard(target: Target, one: Pressed) -> bool:
    """Write a press down; return whether it is a new one.

    Raises:
        NotAllowed: The button is not one of ours.
    """
    button = acts.opened(one.value)
    if button.workspace != target.workspace:
        raise NotAllowed(phrase("the button is of another workspace"))
    now = timezone.now()
    _press, new = Press.objects.get_or_create(key=one.key, defaults={
        "workspace": target.workspace, "target": target, "message": button.message, "act": button.act, "of": button.of,
        "team": one.team[:60], "their": one.their[:60], "name": one.name[:254],
        "reply": vault.seal({"url": one.reply}) if one.reply else "", "at": now, "next_at": now,
    })  # fmt: skip
    transaction.on_commit(written.set)
    return new


def due(now: datetime | None = None) -> list[int]:
    """Return the presses that are to be worked on, or answered, now."""
    moment = now or timezone.now()
    return list(Press.objects.filter(next_at__lte=moment).values_list("pk", flat=True)[:100])


def work(*, client: Client | None = None, now: datetime | None = None) -> int:
    """Work on all that is due, and return how many these were."""
    found = due(now)
    for number in found:
        press = Press.objects.select_related("target").get(pk=number)
        moment = now or timezone.now()
        try:
            with override(language_of(press.target)):
                _one(press, client or Client(Policy.from_environment()), moment)
        except Exception:  # one that cannot be worked on must not stop the ones behind it
            _log.exception("the button %s could not be worked on", press)
            _tried(press, moment, over=False)
    return len(found)


def _one(press: Press, client: Client, now: datetime) -> None:
    chat = channel(press.target.channel).chat
    if chat is None or press.target.removed:
        _end(press, REFUSED, _("Nothing was done: this target was taken away."))
        _tried(press, now, over=True)
        return
    said = _worked(press, chat, client)
    over = said is not None and not press.reply
    if said is not None and press.reply:
        given = {**press.target.options, **vault.opened(press.target.sealed)}
        outcome = chat.reply(given, str(vault.opened(press.reply)["url"]), said, client)
        over = outcome.good or outcome.hopeless
        if not over:
            _log.warning("an answer to %s failed: %s", press, outcome.told)
    _tried(press, now, over=over)


def _tried(press: Press, now: datetime, *, over: bool) -> None:
    """Write down whether a press is over, or when it is looked at again."""
    press.tries += 1
    over = over or press.tries > len(_WAITS)
    press.next_at = None if over else now + _WAITS[press.tries - 1]
    press.reply = "" if over else press.reply
    press.save(update_fields=["tries", "next_at", "reply"])


def _worked(press: Press, chat: Chat, client: Client) -> Reply | None:
    """Do what a press stands for unless that was done, and return what is said to it; None where it cannot be now."""
    given = {**press.target.options, **vault.opened(press.target.sealed)}
    if press.state == WAITING:
        try:
            who, said = _person(press, chat, given, client)
        except (OutgoingFailed, OutgoingRefused) as error:
            _log.warning("who pressed %s could not be asked: %s", press, error)
            who, said = None, None
            if press.tries + 1 < len(_WAITS):
                return None
            said = Reply(_("Nothing was done: who you are could not be asked just now. Press again in a minute."))
        if who is None:
            assert said is not None  # noqa: S101  either of them is there
            _end(press, REFUSED, said.text)
            record(None, "button.refused", press.workspace, f"{press.act} {press.of}, {press.team}/{press.their}")
            return said
        _do(press, who)
    return _reply(press)


def _do(press: Press, who: Access) -> None:
    """Do it, and write down what came of it, in one transaction."""
    try:
        with transaction.atomic():
            locked = Press.objects.select_for_update().get(pk=press.pk)
            if locked.state != WAITING:  # somebody else worked on it meanwhile
                press.state, press.told = locked.state, locked.told
                return
            button = Button(press.workspace, press.message, press.act, press.of)
            told = acts.do(button, who, press.target.channel)
            press.name = who.name
            _end(press, DONE, told)
    except TouchlineError as error:
        _end(press, REFUSED, _sentence(error))


def _end(press: Press, state: str, told: str) -> None:
    press.state, press.told = state, told[:300]
    press.save(update_fields=["state", "told", "name"])


def _sentence(error: TouchlineError) -> str:
    text = f"{error.what}; {error.todo}" if error.todo else error.what
    return f"{text[:1].upper()}{text[1:]}."


def _reply(press: Press) -> Reply:
    """Return what is said to a press: the message anew where something was done, else a few words."""
    delivery = Delivery.objects.filter(message=press.message).first()
    if press.state == REFUSED or delivery is None:
        return Reply(press.told)
    letter = Letter(
        delivery.workspace, delivery.message, delivery.kind, delivery.body, delivery.created_at, delivery.tries
    )
    done = Press.objects.filter(message=press.message, state=DONE)
    lines = tuple(f"{one.told} {one.name}, {spoken(one.at)}" for one in done)
    return Reply(press.told, letter=letter, without=frozenset((one.act, one.of) for one in done), done=lines)


def _person(press: Press, chat: Chat, given: dict[str, Any], client: Client) -> tuple[Access | None, Reply | None]:
    """Return who pressed, as they may act here; or what they are told where nobody knows."""
    system = press.target.channel
    stated = Handle.objects.select_related("user").filter(
        workspace=press.workspace, system=system, team=press.team, their=press.their
    ).first()  # fmt: skip
    one = Pressed(press.key, press.team, press.their, press.name, "", "")
    email = stated.user.email if stated is not None else chat.email_of(given, one, client)
    access = by_email(email, press.workspace) if email else None
    if access is not None:
        return access, None
    if stated is not None:
        return None, Reply(_("Nothing was done: %(who)s may not work in this workspace.") % {"who": stated.user.email})
    return None, Reply(
        _("Nothing was done: nobody here knows who you are."), link=handle_link(press), link_text=_("Say who you are")
    )


def handle_link(press: Press) -> str:
    """Return the address at which somebody of a chat says who they are here, once they are logged in."""
    said = [press.workspace, press.target.channel, press.team, press.their, press.name]
    return settings.URL + reverse("say-who", args=[press.workspace, signing.dumps(said, salt=_SALT)])


def handle_of(slug: str, token: str) -> Handle:
    """Return what a link says of somebody in a chat; not written down.

    Raises:
        NotAllowed: It is none of ours, of another workspace, or too old.
    """
    try:
        workspace, system, team, their, name = signing.loads(token, salt=_SALT, max_age=LINK_GOOD_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        workspace, system, team, their, name = "", "", "", "", ""
    if workspace != slug:
        raise NotAllowed(
            _("this link is not ours, or older than %(n)d minutes") % {"n": LINK_GOOD_FOR.seconds // 60},
            todo=_("press the button again"),
        )
    return Handle(workspace=slug, system=system, team=team, their=their, name=name)


def say_who(handle: Handle, user_id: int, by: Access, ip: str = "") -> Handle:
    """Write down who somebody of a chat is here; said again it holds anew."""
    said, _new = Handle.objects.update_or_create(
        workspace=handle.workspace, system=handle.system, team=handle.team, their=handle.their,
        defaults={"name": handle.name[:200], "user_id": user_id, "made_by": by.name},
    )  # fmt: skip
    who = f"{said.system} {said.team}/{said.their} is {said.user.email}"
    record(by, "chat.person-said", handle.workspace, who, ip)
    return said


def colleague(workspace: str, email: str) -> User:
    """Return somebody of a workspace by their address.

    Raises:
        InputError: There is nobody of it.
    """
    found = next((one for one in colleagues(workspace, "cases") if one.email == email.strip().lower()), None)
    if found is None:
        raise InputError(
            phrase("{email} does not work on cases here", email=repr(email)),
            where="email",
            todo=phrase("see /api/v1/members"),
        )
    return found


def forget_handle(workspace: str, number: int, by: Access, ip: str = "") -> None:
    """Let go of who somebody of a chat is.

    Raises:
        InputError: Nobody said so.
    """
    found = Handle.objects.filter(workspace=workspace, pk=number).first() if number < 1 << 62 else None
    if found is None:
        raise InputError(
            phrase("there is no person {number} of a chat", number=str(number)),
            where="person",
            todo=phrase("see /api/v1/chat-people"),
        )
    record(by, "chat.person-forgotten", workspace, f"{found.system} {found.team}/{found.their}", ip)
    found.delete()


def used(button: Button) -> Press | None:
    """Return the use of a button's link, if somebody has used it."""
    return Press.objects.filter(key=_key(button)).first()


def use(button: Button, who: Access, ip: str = "") -> Press:
    """Do what a link stands for; somebody who comes second changes nothing.

    Raises:
        TouchlineError: They may not, or it cannot be done; the link can still be used.
    """
    delivery = Delivery.objects.filter(workspace=button.workspace, message=button.message).first()
    if delivery is None:
        raise NotAllowed(_("what this button was on is not kept any more"), todo=_("open the thing itself"))
    with transaction.atomic():
        press, new = Press.objects.get_or_create(key=_key(button), defaults={
            "workspace": button.workspace, "target_id": delivery.target_id, "message": button.message,
            "act": button.act, "of": button.of, "name": who.name, "at": timezone.now(), "state": DONE,
        })  # fmt: skip
        if new:
            press.told = acts.do(button, who, "link", ip)[:300]
            press.save(update_fields=["told"])
    return press


def _key(button: Button) -> str:
    return hashlib.sha256(f"link {button.workspace} {button.message} {button.act} {button.of}".encode()).hexdigest()


def forget_old(now: datetime | None = None) -> int:
    """Let go of presses whose button is too old to be pressed; return how many."""
    return Press.objects.filter(at__lt=(now or timezone.now()) - acts.GOOD_FOR).delete()[0]
