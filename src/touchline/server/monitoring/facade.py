"""What other apps may ask of monitoring, and listen to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from touchline.server.monitoring.acting import BUTTONS
from touchline.server.monitoring.api import router
from touchline.server.monitoring.incidents import affected as _affected
from touchline.server.monitoring.incidents import notice_of
from touchline.server.monitoring.models import Alert
from touchline.server.monitoring.story import headline, sentences
from touchline.server.monitoring.telling import AlertNotice, GateNotice, on_alert, on_gate
from touchline.server.monitoring.watching import after_drain
from touchline.server.workspaces.facade import held

if TYPE_CHECKING:
    from touchline.questions import Local

__all__ = [
    "BUTTONS", "AlertNotice", "GateNotice", "affected", "on_alert", "on_gate", "open_alerts", "router", "said",
    "watch_live",
]  # fmt: skip


def open_alerts(workspace: str) -> list[AlertNotice]:
    """Return the alerts of a workspace that are open and not muted, the latest first."""
    return [notice_of(one, "opened") for one in Alert.objects.filter(workspace=workspace, closed_at=None, muted=False)]


def said(notice: AlertNotice) -> tuple[str, str]:
    """Return an alert in one line, and in some sentences, in the language of now."""
    found = Alert.objects.filter(pk=notice.id, workspace=notice.workspace).first()
    if found is None:
        return notice.title, notice.text
    title = headline(found.story, held(notice.workspace).workspace.taxonomy)
    return title, sentences({**found.story, "title": title}, found.since)


def affected(alert: int, local: Local) -> list[str]:
    """Return the references of the customers whom an alert is about; nobody where there is no such alert."""
    found = Alert.objects.filter(pk=alert).first()
    return _affected(found, local, timezone.now()) if found else []


def watch_live() -> None:
    """Look at live data as soon as they are drained: for the process that drains."""
    from touchline.server.workspaces.facade import after_drain as follow

    follow(after_drain)
