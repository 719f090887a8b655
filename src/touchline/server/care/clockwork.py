"""What is done about cases by the clock: what is late is escalated, and journals are told what they do not know."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from touchline.server.care.changing import escalate
from touchline.server.care.feeding import feed
from touchline.server.care.models import Case
from touchline.server.care.words import OPEN
from touchline.server.operations.facade import Job, register
from touchline.server.workspaces.facade import Held


def register_all() -> None:
    """Have it done from now on."""
    register(Job("cases.late", timedelta(seconds=30), lambda _held: f"{escalate_late()} cases escalated"))
    register(Job("cases.told", timedelta(seconds=30), _told, each=True))


def _told(opened: Held | None) -> str:
    assert opened is not None  # noqa: S101  a job for each workspace gets one
    return f"{feed(opened)} steps told"


def escalate_late(now: datetime | None = None) -> int:
    """Escalate every case whose deadline has passed, once; return how many."""
    moment = now or timezone.now()
    late = Case.objects.filter(status__in=OPEN, due_at__lt=moment, escalated_at=None)
    done = 0
    for pk in list(late.values_list("pk", flat=True)):
        with transaction.atomic():
            case = late.select_for_update().filter(pk=pk).first()
            if case is not None:  # nobody has answered it meanwhile
                escalate(case, moment)
                done += 1
    return done
