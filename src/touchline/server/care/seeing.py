"""Which cases somebody sees: lists by view, filters and words, kept to the segments that they may see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import CharField, Model, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from touchline.errors import unknown
from touchline.server.care.errors import CaseMissing
from touchline.server.care.hours import calendar
from touchline.server.care.models import Case, Mention
from touchline.server.care.words import OPEN, PRIORITIES, STATUSES
from touchline.words import phrase

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from touchline.server.people.facade import Access

Row = TypeVar("Row", bound=Model)

#: The lists that everybody has.
VIEWS: Final[dict[str, Promise]] = {
    "mine": _("My open"),
    "unassigned": _("Unassigned"),
    "today": _("Due today"),
    "overdue": _("Overdue"),
    "escalated": _("Escalated"),
    "mentions": _("Mentions of me"),
    "closed": _("Closed"),
    "all": _("All"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cases are asked for.

    Attributes:
        view: Of `VIEWS`.
        status: Of `words.STATUSES`; empty for any.
        priority: The same.
        owner: Whose, by their address.
        team: Which team's.
        stage: About which stage.
        theme: About which theme.
        cause: With which root cause.
        customer: Of which customer.
        source: Opened by what.
        play: As part of which play.
        words: In what was said, why it was opened, or the customer's reference.
    """

    view: str = "all"
    status: str = ""
    priority: str = ""
    owner: str = ""
    team: str = ""
    stage: str = ""
    theme: str = ""
    cause: str = ""
    customer: str = ""
    source: str = ""
    play: str = ""
    words: str = ""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """What is said, as an address has it."""
        return [(one.name, value) for one in fields(self) if (value := getattr(self, one.name))]


def visible(rows: QuerySet[Row], access: Access) -> QuerySet[Row]:
    """Return the rows that somebody may see: the segments that their customers had decide."""
    for place, (name, values) in enumerate(access.segments):
        said = Cast(KeyTextTransform(name, "segments"), CharField())
        rows = rows.alias(**{f"seen_{place}": said}).filter(**{f"seen_{place}__in": list(values)})
    return rows


def cases(workspace: str, access: Access, wanted: Wanted = Wanted(), now: datetime | None = None) -> QuerySet[Case]:
    """Return the cases that are asked for and that somebody may see, those due first first.

    Raises:
        QuestionError: A view, a status or a priority is unknown.
    """
    rows = visible(Case.objects.filter(workspace=workspace), access).select_related("owner", "merged_into")
    for name, value, known in (
        ("view", wanted.view, tuple(VIEWS)), ("status", wanted.status, ("", *STATUSES)),
        ("priority", wanted.priority, ("", *PRIORITIES)),
    ):  # fmt: skip
        if value not in known:
            raise unknown(name, value, tuple(one for one in known if one))
    rows = _viewed(rows, workspace, access, wanted.view, now or timezone.now())
    exact = {
        "status": wanted.status, "priority": wanted.priority, "owner__email": wanted.owner.lower(),
        "team": wanted.team, "stage": wanted.stage, "theme": wanted.theme, "root_cause": wanted.cause,
        "customer": wanted.customer, "source": wanted.source, "play": wanted.play,
    }  # fmt: skip
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    for word in wanted.words.split():
        found = Q(excerpt__icontains=word) | Q(reason__icontains=word) | Q(customer__icontains=word)
        digits = word.removeprefix("#")
        if digits.isdecimal() and digits.isascii() and len(digits) < 10:
            found |= Q(number=int(digits))
        rows = rows.filter(found)
    return rows.order_by("-closed_at", "-id") if wanted.view == "closed" else rows


def _viewed(rows: QuerySet[Case], slug: str, access: Access, view: str, now: datetime) -> QuerySet[Case]:
    is_open = rows.filter(status__in=OPEN)
    me = access.user_id or 0
    lists: dict[str, Callable[[], QuerySet[Case]]] = {
        "mine": lambda: is_open.filter(owner_id=me),
        "unassigned": lambda: is_open.filter(owner=None),
        "today": lambda: is_open.filter(due_at__lt=end_of_day(slug, now)),
        "overdue": lambda: is_open.filter(due_at__lt=now),
        "escalated": lambda: is_open.exclude(escalated_at=None),
        "mentions": lambda: rows.filter(
            pk__in=Mention.objects.filter(user_id=me, seen_at=None).values("comment__case_id")
        ),
        "closed": lambda: rows.filter(status__in=("resolved", "closed")),
        "all": lambda: rows,
    }
    return lists[view]()


def end_of_day(slug: str, now: datetime) -> datetime:
    """Return when the day ends on the wall clock of those who work."""
    zone = ZoneInfo(calendar(slug).zone)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone).astimezone(UTC)


def counts(workspace: str, access: Access, now: datetime | None = None) -> dict[str, int]:
    """Return how many cases each view has."""
    moment = now or timezone.now()
    return {view: cases(workspace, access, Wanted(view=view), moment).count() for view in VIEWS if view != "closed"}


def find(workspace: str, number: int, access: Access) -> Case:
    """Return a case.

    Raises:
        CaseMissing: There is none of that number, or they may not see it.
    """
    found = cases(workspace, access).filter(number=number).first()
    if found is None:
        raise CaseMissing(phrase("there is no case {number}", number=str(number)), where=workspace)
    return found


def told(case: Case, now: datetime | None = None) -> dict[str, Any]:
    """Return a case as plain values."""
    moment = now or timezone.now()
    return {
        "number": case.number, "customer": case.customer, "reason": case.reason, "source": case.source,
        "play": case.play or None, "stage": case.stage or None, "touchpoint": case.touchpoint or None,
        "theme": case.theme or None, "channel": case.channel or None, "excerpt": case.excerpt, "score": case.score,
        "sentiment": case.sentiment, "segments": case.segments, "status": case.status, "priority": case.priority,
        "owner": case.owner.email if case.owner else None, "team": case.team or None, "due": case.allowed or None,
        "due_at": _iso(case.due_at), "late": case.is_late(moment), "opened_at": _iso(case.opened_at),
        "touched_at": _iso(case.touched_at), "resolved_at": _iso(case.resolved_at), "closed_at": _iso(case.closed_at),
        "escalated_at": _iso(case.escalated_at), "changed_at": _iso(case.changed_at),
        "root_cause": case.root_cause or None, "outcome": case.outcome or None, "resurvey": case.resurvey,
        "merged_into": case.merged_into.number if case.merged_into else None, "version": case.version,
    }  # fmt: skip


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
