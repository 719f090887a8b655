"""A case is opened: once per key, with its clock, and with what is known of its customer then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from touchline.errors import InputError, unknown
from touchline.server.care import customers, feeding
from touchline.server.care.clocks import Length, due_at
from touchline.server.care.customers import Asked, Known
from touchline.server.care.hours import calendar, rules
from touchline.server.care.models import Case, Event
from touchline.server.care.people import owner_of
from touchline.server.care.telling import tell
from touchline.server.care.words import PRIORITIES
from touchline.server.people.facade import Access
from touchline.server.workspaces.facade import Workspace
from touchline.words import phrase

#: What a case's history calls us.
OURSELVES: Final = "Touchline"
_LONGEST: Final = {"customer": 1000, "reason": 500, "key": 300, "source": 100, "play": 200, "stage": 100, "theme": 200}


def open_case(
    workspace: str,
    *,
    customer: str,
    reason: str,
    source: str,
    key: str,
    stage: str | None = None,
    theme: str | None = None,
    touchpoint: str | None = None,
    priority: str = "normal",
    due: Mapping[str, Any] | str | Length | None = None,
    play: str | None = None,
    owner: str | None = None,
    team: str = "",
    excerpt: str | None = None,
    about: Known | None = None,
    by: Access | None = None,
    at: datetime | None = None,
) -> Case:
    """Open a case, or return the one that was opened for the key before.

    Args:
        workspace: The workspace's slug.
        customer: The customer's reference.
        reason: Why, in a sentence: people read it.
        source: Who opens it: ``play``, ``alert``, ``gate``, ``person``, ``api`` or a system's name.
        key: Names what it is opened for: the same key opens nothing twice.
        stage: The stage that it is about; None takes that of the customer's last words.
        theme: What they raised; None takes that of these words.
        touchpoint: The same.
        priority: ``urgent``, ``high``, ``normal`` or ``low``.
        due: How long there is: ``{"amount": 48, "unit": "clock hours"}``, ``"4 business hours"``; None takes what
            ``[cases.due]`` gives the priority.
        play: The play that it is part of.
        owner: Who looks after it, by their address.
        team: Which team does.
        excerpt: What they said; None takes their last words.
        about: What is known of the customer, where many were looked up together; None looks it up.
        by: Who opens it; None for ourselves.
        at: When its clock starts; now by default.

    Raises:
        InputError: Something cannot be used, or the customer was erased.
    """
    found = Case.objects.filter(workspace=workspace, key=key).first()
    if found is not None:
        return found
    said = {"customer": customer, "reason": reason, "key": key, "source": source}
    for name, text in said.items():
        if not text.strip():
            raise InputError(
                phrase("a case needs its {name}", name=str(name)),
                where=name,
                todo=phrase("give {name}", name=str(name)),
            )
    for name, value in {**said, "play": play, "stage": stage, "theme": theme}.items():
        if value and len(value) > _LONGEST[name]:
            raise InputError(
                phrase("the {name} is longer than {value} characters", name=str(name), value=str(_LONGEST[name])),
                where=name,
                todo=phrase("shorten it"),
            )
    if priority not in PRIORITIES:
        raise unknown("priority", priority, PRIORITIES)
    opened_at = at or timezone.now()
    allowed = length_of(due) or rules(workspace).due_of(priority)
    who = owner_of(workspace, owner)
    about = about or _known(workspace, Asked(customer, stage or "", theme or ""))
    with transaction.atomic():
        Workspace.objects.select_for_update().filter(slug=workspace).first()  # numbers are given one at a time
        found = Case.objects.filter(workspace=workspace, key=key).first()
        if found is not None:
            return found
        last = Case.objects.filter(workspace=workspace).order_by("-number").values_list("number", flat=True).first()
        case = Case.objects.create(
            workspace=workspace, number=(last or 0) + 1, key=key, customer=customer, reason=reason.strip(),
            source=source, play=play or "", stage=stage or about.stage, touchpoint=touchpoint or about.touchpoint,
            theme=theme or about.theme, channel=about.channel,
            excerpt=about.excerpt if excerpt is None else excerpt, said_in=about.said_in if excerpt is None else "",
            score=about.score, sentiment=about.sentiment,
            segments=about.segments, priority=priority, allowed=str(allowed), owner=who, team=team.strip()[:100],
            due_at=due_at(opened_at, allowed, calendar(workspace)), opened_at=opened_at, changed_at=opened_at,
        )  # fmt: skip
        Event.objects.create(
            workspace=workspace, case=case, at=opened_at, by_id=by.user_id if by else None,
            name=by.name if by else OURSELVES, kind="opened", note=case.reason, tells="case_opened",
            after={"status": "new", "priority": priority, "due": str(allowed), **({"owner": str(who)} if who else {})},
        )  # fmt: skip
        tell("opened", case, opened_at)
        transaction.on_commit(lambda: feeding.soon(workspace))
    return case


def _known(workspace: str, asked: Asked) -> Known:
    found = customers.known(workspace, [asked]).get(asked)
    if found is None:
        raise InputError(phrase("this customer was erased"), where=workspace, todo=phrase("let them in again first"))
    return found


def length_of(due: Mapping[str, Any] | str | Length | None) -> Length | None:
    """Return a length of time in any form that it is given in.

    Raises:
        InputError: It cannot be read.
    """
    if due is None or isinstance(due, Length):
        return due
    if isinstance(due, str):
        return Length.parse(due)
    try:
        return Length(float(due["amount"]), due.get("unit", "clock hours"))
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(
            phrase("{due} is no length of time", due=repr(due)), where="due", todo=phrase("give amount and unit")
        ) from error
