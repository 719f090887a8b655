"""What other apps may ask of cases, and listen to."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from touchline.server.care.api import router
from touchline.server.care.changing import change, merge
from touchline.server.care.clocks import UNITS, Calendar, Length, Pause, Unit, due_at, elapsed, is_open, opens_at
from touchline.server.care.customers import Asked, Known, known
from touchline.server.care.errors import CaseMissing, Conflict
from touchline.server.care.hours import calendar
from touchline.server.care.models import Case
from touchline.server.care.opening import open_case
from touchline.server.care.people import agents
from touchline.server.care.talking import comment
from touchline.server.care.telling import CaseNotice, address, on_case
from touchline.server.care.words import OPEN

__all__ = [
    "OPEN", "UNITS", "Asked", "Calendar", "Case", "CaseMissing", "CaseNotice", "Conflict", "Known", "Length", "Pause",
    "Unit", "address", "agents", "calendar", "cases_of", "change", "comment", "due", "due_at", "elapsed", "escalated",
    "is_open", "known", "merge", "on_case", "open_case", "opens_at", "router",
]  # fmt: skip


def cases_of(workspace: str, customer: str) -> list[Case]:
    """Return a customer's cases, the newest first. What a viewer may see of them is the caller's to ask."""
    return list(Case.objects.filter(workspace=workspace, customer=customer).order_by("-id"))


def due(workspace: str, before: datetime | None = None) -> list[Case]:
    """Return the open cases that are due before a moment (now by default), those due first first."""
    return list(Case.objects.filter(workspace=workspace, status__in=OPEN, due_at__lt=before or timezone.now()))


def escalated(workspace: str) -> list[Case]:
    """Return the open cases that were escalated, the first to be so first."""
    rows = Case.objects.filter(workspace=workspace, status__in=OPEN).exclude(escalated_at=None)
    return list(rows.order_by("escalated_at"))
