"""A case is changed: nothing is overwritten unseen, everything is written down, and the clock follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from touchline.errors import InputError, unknown
from touchline.server.care import feeding
from touchline.server.care.clocks import Length, Pause, due_at
from touchline.server.care.customers import same_person
from touchline.server.care.errors import CaseMissing, Conflict
from touchline.server.care.hours import calendar, rules
from touchline.server.care.models import Attachment, Case, Comment, Event
from touchline.server.care.opening import OURSELVES, length_of
from touchline.server.care.people import owner_of
from touchline.server.care.seeing import visible
from touchline.server.care.telling import CaseEvent, tell
from touchline.server.care.words import FIELDS, OPEN, OUTCOMES, PRIORITIES, STATUSES
from touchline.server.people.facade import Access
from touchline.words import phrase

_TEXTS: Final = {"team": 100, "theme": 200, "stage": 100, "root_cause": 300}


@dataclass(slots=True)
class _Work:
    """One change of one case, as it is made.

    Attributes:
        case: The case, locked.
        by: Who changes it; None for ourselves.
        at: When.
        before: What is changed, as it was.
        after: What is changed, as it is since.
        events: What those who listen are told.
        tells: What the journey is told.
    """

    case: Case
    by: Access | None
    at: datetime
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    events: list[CaseEvent] = field(default_factory=list)
    tells: str = ""

    def set(self, name: str, value: Any, told: Any = None) -> None:
        """Set a field, and write down what stood there."""
        old = getattr(self.case, name)
        if old != value:
            self.before[name] = _told(old)
            self.after[name] = _told(value if told is None else told)
            setattr(self.case, name, value)


def change(
    workspace: str,
    number: int,
    changes: Mapping[str, Any],
    *,
    by: Access | None,
    version: int | None,
    note: str = "",
    at: datetime | None = None,
) -> Case:
    """Change a case.

    Args:
        workspace: The workspace's slug.
        number: The case's.
        changes: Of `words.FIELDS`: ``owner`` is an address or empty, ``due`` a length of time.
        by: Who does it; None for ourselves.
        version: That of the case as they saw it; None changes it whatever it is.
        note: Why, for the history.
        at: When; now by default.

    Raises:
        CaseMissing: There is none of that number, or they may not see it.
        Conflict: It was changed since; nothing is changed.
        InputError: A value cannot be used.
    """
    if wrong := sorted(set(changes) - set(FIELDS)):
        raise unknown("field of a case", wrong[0], tuple(FIELDS))
    with transaction.atomic():
        case = locked(workspace, number, by)
        if version is not None and version != case.version:
            raise Conflict(case, changes)
        work = _Work(case, by, at or timezone.now())
        _fields(work, changes)
        if not work.after:
            return case
        _done(work, "changed", note)
    return case


def locked(workspace: str, number: int, by: Access | None) -> Case:
    """Return a case to be changed in the open transaction.

    Raises:
        CaseMissing: There is none of that number, or they may not see it.
    """
    rows = Case.objects.select_for_update().filter(workspace=workspace, number=number)
    case = (visible(rows, by) if by else rows).first()
    if case is None:
        raise CaseMissing(phrase("there is no case {number}", number=str(number)), where=workspace)
    return case


def _fields(work: _Work, changes: Mapping[str, Any]) -> None:
    case, slug = work.case, work.case.workspace
    for name in _TEXTS.keys() & changes.keys():
        text = str(changes[name] or "").strip()
        if len(text) > _TEXTS[name]:
            raise InputError(
                phrase("the {name} is longer than {value} characters", name=str(name), value=str(_TEXTS[name])),
                where=name,
                todo=phrase("shorten it"),
            )
        if name == "team" and text and (teams := rules(slug).teams) and text not in teams:
            raise unknown("team", text, teams)
        work.set(name, text)
    if "owner" in changes:
        owner = owner_of(slug, changes["owner"])
        work.set("owner", owner, str(owner) if owner else "")
    if "resurvey" in changes:
        work.set("resurvey", bool(changes["resurvey"]))
    if "outcome" in changes:
        outcome = changes["outcome"] or ""
        if outcome and outcome not in OUTCOMES:
            raise unknown("outcome", outcome, tuple(OUTCOMES))
        work.set("outcome", outcome)
    if "priority" in changes:
        _priority(work, changes["priority"], keep="due" in changes)
    if "due" in changes:
        length = length_of(changes["due"] or None)
        work.set("allowed", str(length) if length else "")
    if "status" in changes:
        _status(work, changes["status"])
    if {"allowed", "status"} & work.after.keys():
        reckon(case)
        if case.escalated_at and (case.due_at is None or case.due_at > work.at):
            case.escalated_at = None


def _priority(work: _Work, priority: str, *, keep: bool) -> None:
    if priority not in PRIORITIES:
        raise unknown("priority", priority, PRIORITIES)
    declared = rules(work.case.workspace)
    own = work.case.allowed != str(declared.due_of(work.case.priority))
    work.set("priority", priority)
    if not own and not keep:
        work.set("allowed", str(declared.due_of(priority)))


def _status(work: _Work, status: str) -> None:
    case, at = work.case, work.at
    if status not in STATUSES:
        raise unknown("status", status, STATUSES)
    if status == case.status:
        return
    if status == "closed" and not case.outcome:
        raise InputError(
            phrase("a case is closed with how it ended"),
            where="outcome",
            todo=phrase("say recovered, not_recovered or churned"),
        )
    stood, stands = case.status not in ("new", "in_progress"), status not in ("new", "in_progress")
    was_open = case.status in OPEN
    work.set("status", status)
    if stands and not stood:
        case.pauses = [*case.pauses, [at.isoformat(), None]]
    elif stood and not stands:
        case.pauses = [*case.pauses[:-1], [case.pauses[-1][0], at.isoformat()]]
    if status == "resolved":
        case.resolved_at = at
        work.events.append("resolved")
        work.tells = "case_resolved" if case.outcome in ("", "recovered") else "closed_unresolved"
    elif status == "closed":
        case.closed_at, case.resolved_at = at, case.resolved_at or at
        work.events.append("closed")
        work.tells = "case_closed" if case.outcome == "recovered" else "closed_unresolved"
    elif not was_open:
        case.resolved_at = case.closed_at = None
        work.set("outcome", "")
        work.events.append("reopened")
        work.tells = "case_reopened"


def reckon(case: Case) -> None:
    """Set when a case is due by its clock. What is resolved keeps the deadline that it had."""
    if case.status in ("resolved", "closed"):
        return
    length = Length.parse(case.allowed) if case.allowed else None
    case.due_at = due_at(case.opened_at, length, calendar(case.workspace), pauses_of(case)) if length else None


def pauses_of(case: Case) -> list[Pause]:
    """Return when a case's clock stood."""
    read = datetime.fromisoformat
    return [(read(since), read(until) if until else None) for since, until in case.pauses]


def _done(work: _Work, kind: str, note: str = "") -> Event:
    """Write a change down, and tell of it."""
    case = work.case
    if work.by is not None and case.touched_at is None:
        case.touched_at = work.at
    case.version += 1
    case.changed_at = work.at
    case.save()
    if "allowed" in work.after:
        work.before["due"], work.after["due"] = work.before.pop("allowed"), work.after.pop("allowed")
    event = written(case, kind, work.by, work.at, work.before, work.after, note, work.tells)
    for one in work.events:
        tell(one, case, work.at)
    if work.tells:
        transaction.on_commit(lambda: feeding.soon(case.workspace))
    return event


def written(
    case: Case, kind: str, by: Access | None, at: datetime, before: Mapping[str, Any], after: Mapping[str, Any],
    note: str = "", tells: str = "",
) -> Event:  # fmt: skip
    """Add a line to a case's history."""
    return Event.objects.create(
        workspace=case.workspace, case=case, at=at, by_id=by.user_id if by else None,
        name=by.name if by else OURSELVES, kind=kind, before=dict(before), after=dict(after), note=note, tells=tells,
    )  # fmt: skip


def touched(case: Case, by: Access | None, at: datetime) -> None:
    """Note that somebody did something about a case that is no change of its fields."""
    if by is not None and case.touched_at is None:
        case.touched_at = at
    case.changed_at = at
    case.save(update_fields=["touched_at", "changed_at"])


def escalate(case: Case, at: datetime) -> None:
    """Escalate a locked case that is late: written down, told, and shown first."""
    case.escalated_at = at
    work = _Work(case, None, at, {}, {"escalated": at.isoformat()}, ["escalated"], "case_escalated")
    _done(work, "escalated", f"due {case.due_at:%Y-%m-%d %H:%M} UTC" if case.due_at else "")


def merge(workspace: str, into: int, numbers: Sequence[int], *, by: Access, at: datetime | None = None) -> Case:
    """Make cases of one customer one: their comments and files move, and they are closed as parts of it.

    Raises:
        CaseMissing: There is no such case, or they may not see it.
        InputError: They are of different customers, or one is merged already.
    """
    now = at or timezone.now()
    with transaction.atomic():
        cases = {number: locked(workspace, number, by) for number in sorted({into, *numbers})}
        main = cases.pop(into)
        if not cases:
            raise InputError(
                phrase("a case cannot be merged with itself"), where=f"case {into}", todo=phrase("name another")
            )
        for one in (main, *cases.values()):
            if one.merged_into_id is not None:
                raise InputError(
                    phrase("case {number} is merged already", number=str(one.number)), where=f"case {one.number}"
                )
        for number, one in cases.items():
            if not same_person(workspace, one.customer, main.customer):
                raise InputError(
                    phrase("case {number} is of another customer than case {into}", number=str(number), into=str(into)),
                    where=f"case {number}", todo=phrase('say that they are one person first, if they are'),
                )  # fmt: skip
            Comment.objects.filter(case=one).update(case=main)
            Attachment.objects.filter(case=one).update(case=main)
            work = _Work(one, by, now)
            work.set("status", "closed")
            one.merged_into, one.closed_at, one.resolved_at = main, now, one.resolved_at or now
            _done(work, "merged", f"#{main.number}")
        whole = _Work(main, by, now, {}, {"merged": sorted(cases)})
        main.opened_at = min(main.opened_at, *(one.opened_at for one in cases.values()))
        main.theme = main.theme or next((one.theme for one in cases.values() if one.theme), "")
        reckon(main)
        _done(whole, "merged", ", ".join(f"#{number}" for number in sorted(cases)))
    return main


def _told(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)
