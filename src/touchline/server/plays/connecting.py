"""What plays listen to, and what is told to other systems of cases, alerts and gates."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from functools import partial
from typing import Any

from django.utils import timezone

from touchline.figures.numbers import plain
from touchline.server.care import facade as care
from touchline.server.care.facade import CaseNotice
from touchline.server.monitoring import facade as monitoring
from touchline.server.monitoring.facade import AlertNotice, GateNotice
from touchline.server.operations.facade import Job, register
from touchline.server.outbox import facade as outbox
from touchline.server.plays import following, running
from touchline.server.plays.models import Waiting
from touchline.server.workspaces import facade as workspaces
from touchline.server.workspaces.facade import Held
from touchline.words import moment, phrase


def connect() -> None:
    """Listen to everything, and do what is done by the clock."""
    workspaces.after_drain(running.after_drain)
    monitoring.on_alert(of_alert)
    monitoring.on_gate(of_gate)
    care.on_case(of_case)
    outbox.on_told(of_other)
    register(Job("plays", timedelta(seconds=30), _by_the_clock, each=True))


def _by_the_clock(held: Held | None) -> str:
    assert held is not None  # noqa: S101  a job for each workspace gets one
    started = running.look(held)
    return f"{len(started)} runs started; {following.follow()}"


def of_alert(notice: AlertNotice) -> None:
    """Write an alert down for the plays, and for the targets that want it."""
    body = _plain(notice)
    if notice.event == "opened":
        _wait(notice.workspace, "alert", notice.key, body)
    outbox.tell(notice.workspace, f"alert.{notice.event}", partial(_of_alert, notice, body), key=notice.key)


def _of_alert(notice: AlertNotice, body: dict[str, Any]) -> dict[str, Any]:
    """Return what is told of an alert, in the language of those who read it."""
    title, text = monitoring.said(notice)
    return body | {
        "title": title, "text": text, "url": notice.url,
        "facts": {phrase("Since"): moment(notice.since), phrase("Customers"): plain(notice.customers)},
        "acts": [] if notice.event == "closed" else [{"act": one, "of": str(notice.id)} for one in monitoring.BUTTONS],
    }  # fmt: skip


def of_gate(notice: GateNotice) -> None:
    """Write a gate's answer down for the plays, and for the targets that want it."""
    if notice.result != "hold":
        return
    body = _plain(notice)
    _wait(notice.workspace, "gate", notice.key[:300], body)
    outbox.tell(notice.workspace, "gate.held", body | {
        "title": phrase("The gate to {stage} holds {who}", stage=notice.stage, who=notice.ref),
        "text": " ".join(notice.reasons),
        "url": f"/w/{notice.workspace}/gates",
    }, key=notice.key[:200])  # fmt: skip


def of_case(notice: CaseNotice) -> None:
    """Follow the run that a case belongs to, and tell the targets that want cases."""
    following.of_case(notice)
    kind = {"opened": "opened", "closed": "closed", "resolved": "closed", "reopened": "reopened"}.get(
        notice.event, "updated"
    )
    outbox.tell(notice.workspace, f"case.{kind}", {
        "title": notice.reason, "case": str(notice.number), "customer": notice.customer, "status": notice.status,
        "stage": notice.stage, "theme": notice.theme, "priority": notice.priority, "owner": notice.owner,
        "event": notice.event, "outcome": notice.outcome, "root_cause": notice.root_cause, "play": notice.play,
        "facts": {
            phrase("Stage"): notice.stage or "–", phrase("Owner"): notice.owner or notice.team or phrase("nobody"),
        },
        "url": notice.url, "acts": _buttons(notice),
    }, key=notice.key)  # fmt: skip


def _buttons(notice: CaseNotice) -> list[dict[str, str]]:
    """Return what can be done about a case that is open; what is likelier, first."""
    if notice.status not in care.OPEN:
        return []
    new = ["case.acknowledge"] if notice.status == "new" else []
    names = [*new, "case.take"] if notice.owner else ["case.take", *new]
    return [{"act": name, "of": str(notice.number)} for name in names]


def of_other(told: outbox.Told) -> None:
    """Take up what another system tells of a case: its words as a note, its end as ours."""
    if not told.case.isdigit():
        return
    number = int(told.case)
    found = care.Case.objects.filter(workspace=told.workspace, number=number).first()
    if found is None:
        return
    if told.note:
        who = f"{told.by}, {told.target}" if told.by else told.target
        care.comment(told.workspace, number, f"{who}: {told.note}"[:20_000], by=None, internal=True)
    wanted = {"closed": "resolved", "open": "in_progress"}.get(told.state)
    is_over = found.status in ("resolved", "closed")
    if wanted and is_over != (wanted == "resolved"):
        care.change(told.workspace, number, {"status": wanted}, by=None, version=found.version)


def _wait(workspace: str, kind: str, key: str, body: dict[str, Any]) -> None:
    row = Waiting(workspace=workspace, kind=kind, key=key, body=body, at=timezone.now())
    Waiting.objects.bulk_create([row], ignore_conflicts=True)


def _plain(notice: AlertNotice | GateNotice) -> dict[str, Any]:
    """Return a notice as JSON has it."""
    import json

    said: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(notice), default=str))
    return said
