"""What people do about an alert: from its page, over the API, and by a button in a message."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from touchline.errors import QuestionError
from touchline.server.monitoring import incidents
from touchline.server.monitoring.models import Alert
from touchline.server.outbox import facade as outbox
from touchline.server.people.facade import Access

#: The buttons of an alert that is open.
BUTTONS: Final = ("alert.acknowledge", "alert.take", "alert.mute")


def acknowledge(alert: Alert, who: str, now: datetime, *, take: bool = False) -> str:
    """Write down that somebody looks after an alert; return that in a sentence. Done twice it changes nothing.

    Args:
        alert: Locked.
        who: By name.
        now: When.
        take: Whether it becomes theirs, whoever had it before; else it does where it is nobody's.
    """
    first = alert.acknowledged_at is None
    if first:
        alert.acknowledged_at, alert.acknowledged_by = now, who
    if take or not alert.owner:
        alert.owner = who
    alert.save(update_fields=["acknowledged_at", "acknowledged_by", "owner"])
    if take or first:
        return _("%(who)s looks after the alert.") % {"who": who}
    return _("%(who)s had acknowledged the alert before.") % {"who": alert.acknowledged_by}


def mute(alert: Alert, *, muted: bool = True) -> str:
    """Have nobody told of a locked alert any more, or have them told again; return that in a sentence."""
    alert.muted = muted
    alert.save(update_fields=["muted"])
    return _("Nobody is told of the alert any more.") if muted else _("The alert is told again.")


def act(slug: str, number: int, what: str, who: str) -> Alert | None:
    """Acknowledge, take, close, mute or unmute an alert; None where there is none. A closed one is not closed again."""
    now = timezone.now()
    with transaction.atomic():
        alert = Alert.objects.select_for_update().filter(workspace=slug, pk=number).first()
        if alert is None:
            return None
        if what == "close":
            if alert.closed_at is None:
                incidents.close(alert, "person", now)
        elif what in ("mute", "unmute"):
            mute(alert, muted=what == "mute")
        else:
            acknowledge(alert, who, now, take=what == "take")
    return alert


def _button(what: str, slug: str, of: str, who: Access) -> str:
    from touchline.server.api.facade import unrestricted

    unrestricted(who, "alerts")
    alert = Alert.objects.select_for_update().filter(workspace=slug, pk=int(of) if of.isdecimal() else 0).first()
    if alert is None:
        raise QuestionError(_("this alert is not there any more"), todo=_("look at the alerts"))
    if alert.closed_at is not None:
        raise QuestionError(_("this alert is over"), todo=_("nothing is to be done"))
    return mute(alert) if what == "mute" else acknowledge(alert, who.name, timezone.now(), take=what == "take")


def add_buttons() -> None:
    """Let alerts be acknowledged, taken and muted from where they are told."""
    labels = {
        "acknowledge": gettext_lazy("Acknowledge"), "take": gettext_lazy("Assign to me"), "mute": gettext_lazy("Mute"),
    }  # fmt: skip
    noted = {"acknowledge": "acknowledged", "take": "taken", "mute": "muted"}
    for what, label in labels.items():
        outbox.add_act(outbox.Act(
            f"alert.{what}", label, f"alert.{noted[what]}", lambda of: _("alert %(of)s") % {"of": of},
            lambda slug, of: reverse("alert", args=[slug, int(of)]),
            lambda slug, of, who, what=what: _button(what, slug, of, who),  # type: ignore[misc]
        ))  # fmt: skip
