"""Targets made, changed, tried, switched and taken away; deliveries sent again."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from touchline.errors import InputError, WorkspaceError
from touchline.outgoing import Target as Address
from touchline.server.outbox import vault
from touchline.server.outbox.channels import channel
from touchline.server.outbox.channels.base import Channel, given_of
from touchline.server.outbox.models import DEAD, DELIVERED, WAITING, Attempt, Delivery, Target
from touchline.server.outbox.queue import TargetMissing, put
from touchline.words import phrase
from touchline.workspace.retaining import cutoff

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,79}")
_KIND: Final = re.compile(r"\*|[a-z]+(\.(\*|[a-z]+))?")
#: Kinds of things that are told.
KINDS: Final = (
    "alert.opened", "alert.updated", "alert.escalated", "alert.closed", "gate.held", "case.opened", "case.updated",
    "case.closed", "case.reopened",
    "play.message", "play.overdue", "cause.found", "opportunity.found", "map.mentioned", "map.review",
)  # fmt: skip
_KEPT: Final = {DELIVERED: timedelta(days=30), DEAD: timedelta(days=90)}
_SIGNING: Final = "secrets"


class Exists(WorkspaceError):
    """There is one of that name already."""


def create(
    workspace: str, name: str, kind: str, said: Mapping[str, Any], wants: Iterable[str] = ()
) -> tuple[Target, str]:
    """Make a target; return it and its signing secret, which is not shown again (empty where it signs nothing).

    Args:
        workspace: The workspace's slug.
        name: How monitors and plays name it.
        kind: The channel.
        said: What the channel has to be told.
        wants: Kinds of things it is told without being named: ``case.*``.

    Raises:
        InputError: Something of it cannot be used.
        Exists: There is one of that name.
    """
    if not _NAME.fullmatch(name):
        raise InputError(
            phrase("{name} is no name of a target", name=repr(name)),
            where="name",
            todo=phrase("use a-z, 0-9, _ . and -, up to 80"),
        )
    way = channel(kind)
    open_, hidden, shown = _checked(way, said)
    secret = vault.fresh() if way.signs else ""
    if secret:
        hidden[_SIGNING] = [secret]
    values = {
        "channel": kind, "sealed": vault.seal(hidden), "shown": shown, "options": open_, "wants": patterns(wants),
        "inbound": _inbound(way), "removed": False, "why_off": "", "off_at": None,
    }  # fmt: skip
    gone = Target.objects.filter(workspace=workspace, name=name, removed=True).first()
    if gone is not None and gone.channel == kind:
        Target.objects.filter(pk=gone.pk).update(**values)
        gone.refresh_from_db()
        return gone, secret
    try:
        with transaction.atomic():
            return Target.objects.create(workspace=workspace, name=name, **values), secret
    except IntegrityError:
        raise Exists(
            phrase("there is a target {name} already", name=repr(name)), where="name", todo=phrase("give another name")
        ) from None


def _checked(way: Channel, said: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Return what is open, what is secret, and what may be shown."""
    given = given_of(way.fields, said)
    for one in way.fields:
        if one.name == "url" and given["url"] and way.name != "apprise":
            Address.of(given["url"])
    shown = way.shown(given)
    hidden = {one.name for one in way.fields if one.secret}
    return (
        {name: value for name, value in given.items() if name not in hidden},
        {name: value for name, value in given.items() if name in hidden},
        shown[:300],
    )


def change(workspace: str, name: str, said: Mapping[str, Any] | None, wants: Iterable[str] | None) -> Target:
    """Give a target other values; secrets that are not given stay as they are.

    Raises:
        InputError: Something of it cannot be used.
    """
    target = of(workspace, name)
    if said is not None:
        way = channel(target.channel)
        before = {**target.options, **vault.opened(target.sealed)}
        signing = before.pop(_SIGNING, None)
        fresh = {key: value for key, value in said.items() if value not in ("", None)}
        open_, hidden, shown = _checked(way, {**before, **fresh})
        if signing:
            hidden[_SIGNING] = signing
        target.options, target.sealed, target.shown = open_, vault.seal(hidden), shown
        target.inbound = target.inbound or _inbound(way)
    if wants is not None:
        target.wants = patterns(wants)
    target.save(update_fields=["options", "sealed", "shown", "wants", "inbound"])
    return target


def _inbound(way: Channel) -> str:
    return secrets.token_hex(24) if way.listens else ""


def patterns(wants: Iterable[str]) -> list[str]:
    """Return kinds as they are stored.

    Raises:
        InputError: One is none.
    """
    found = sorted({one.strip() for one in wants if one.strip()})
    for one in found:
        if not _KIND.fullmatch(one):
            raise InputError(
                phrase("{one} is no kind", one=repr(one)), where="wants", todo=phrase("write case.opened, case.* or *")
            )
    return found


def of(workspace: str, name: str) -> Target:
    """Return a target.

    Raises:
        TargetMissing: There is none.
    """
    found = Target.objects.filter(workspace=workspace, name=name, removed=False).first()
    if found is None:
        raise TargetMissing(
            phrase("there is no target {name}", name=repr(name)), where="name", todo=phrase("see /api/v1/targets")
        )
    return found


def rotate(workspace: str, name: str, *, keep_old: bool = True) -> str:
    """Give a webhook a new secret and return it; what is sent is signed with the old one too, unless told otherwise.

    Raises:
        InputError: It signs nothing.
    """
    target = of(workspace, name)
    hidden = vault.opened(target.sealed)
    if not channel(target.channel).signs:
        raise InputError(
            phrase("{channel} signs nothing", channel=str(target.channel)),
            where="name",
            todo=phrase("change its key instead"),
        )
    secret = vault.fresh()
    hidden[_SIGNING] = [secret, *(hidden.get(_SIGNING, [])[:1] if keep_old else [])]
    target.sealed, target.rotated_at = vault.seal(hidden), timezone.now()
    target.save(update_fields=["sealed", "rotated_at"])
    return secret


def switch(workspace: str, name: str, *, on: bool, why: str = "switched off by hand") -> Target:
    """Switch a target on or off; what waits is sent once it is on."""
    target = of(workspace, name)
    target.why_off, target.off_at = ("", None) if on else (why, timezone.now())
    target.save(update_fields=["why_off", "off_at"])
    if on:
        Delivery.objects.filter(target=target, state=WAITING).update(next_at=timezone.now())
    return target


def remove(workspace: str, name: str) -> None:
    """Take a target away; its keys are forgotten, its deliveries stay to be seen until their time is over."""
    target = of(workspace, name)
    target.removed, target.sealed, target.inbound = True, vault.seal({}), ""
    target.options, target.wants = {}, []
    target.save(update_fields=["removed", "sealed", "inbound", "options", "wants"])


def test(workspace: str, name: str) -> str:
    """Write down something harmless for a target, and return the key of it."""
    of(workspace, name)
    key = f"test:{uuid.uuid4().hex}"
    with transaction.atomic():
        put(workspace, name, "test", {
            "title": phrase("Touchline can reach you"),
            "text": phrase("Somebody pressed the test button. There is nothing to do."),
            "url": f"/w/{workspace}/targets", "facts": {phrase("Target"): name},
        }, key=key)  # fmt: skip
    return key


def replay(workspace: str, message: str) -> Delivery:
    """Send something again that was given up or delivered, with the same id.

    Raises:
        InputError: There is none of that id.
    """
    found = Delivery.objects.select_related("target").filter(workspace=workspace, message=message).first()
    if found is None:
        raise InputError(
            phrase("there is no delivery {message}", message=repr(message)),
            where="message",
            todo=phrase("see /api/v1/deliveries"),
        )
    if found.target.removed:
        raise InputError(phrase("its target was taken away"), where="message", todo=phrase("make the target again"))
    found.state, found.tries, found.next_at, found.ended_at = WAITING, 0, timezone.now(), None
    found.save(update_fields=["state", "tries", "next_at", "ended_at"])
    return found


def replay_dead(workspace: str, name: str) -> int:
    """Send everything again that was given up for a target; return how many."""
    dead = Delivery.objects.filter(target=of(workspace, name), state=DEAD)
    return dead.update(state=WAITING, tries=0, next_at=timezone.now(), ended_at=None)


def forget_old() -> str:
    """Let go of deliveries whose time is over."""
    gone = 0
    for state, kept in _KEPT.items():
        old = Delivery.objects.filter(state=state, ended_at__lt=timezone.now() - kept)
        Attempt.objects.filter(delivery__in=old).delete()
        gone += old.delete()[0]
    return f"{gone} deliveries past their time"


def follow(slug: str, workspace: Any) -> int:
    """Let go of what was told, or never will be, and may hold words past their time; return how many deliveries."""
    before = cutoff(workspace.settings.retention, timezone.now())
    if before is None:
        return 0
    old = Delivery.objects.filter(workspace=slug, created_at__lt=before)
    never = old.filter(Q(target__removed=True) | ~Q(target__why_off=""), state=WAITING)
    return int(old.filter(Q(pk__in=never) | ~Q(state=WAITING)).delete()[0])


def told(target: Target) -> dict[str, Any]:
    """Return what may be told of a target."""
    return {
        "name": target.name, "channel": target.channel, "to": target.shown, "options": target.options,
        "wants": target.wants, "on": not target.why_off, "why_off": target.why_off,
        "off_at": target.off_at, "created_at": target.created_at, "rotated_at": target.rotated_at,
        "hears_at": f"/api/v1/heard/{target.inbound}" if target.inbound else None,
    }  # fmt: skip
