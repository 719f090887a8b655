"""Runs are followed: what the case's history ends, what people end, what is late."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils import timezone

from touchline.errors import InputError
from touchline.server.care.facade import Case, CaseNotice
from touchline.server.outbox import facade as outbox
from touchline.server.plays import recipe
from touchline.server.plays.messages import doing
from touchline.server.plays.models import OPEN, Run, Step
from touchline.words import moment as utc
from touchline.words import phrase

#: Steps that are over when the case is: all but asking again.
_AFTER: Final = "ask again"


def of_case(notice: CaseNotice) -> None:
    """Take up what happened to a case: a listener of cases, in their transaction."""
    run = Run.objects.filter(workspace=notice.workspace, case=notice.number, play__slug=notice.play).first()
    if run is None:
        return
    if notice.event in ("resolved", "closed"):
        _end_with(run, notice.at, notice.owner)
        run.state, run.ended_at = "done", run.ended_at or notice.at
        run.outcome = notice.outcome or run.outcome
    elif notice.event == "reopened":
        run.state, run.ended_at = OPEN, None
        Step.objects.filter(run=run, do="resolve").update(state=OPEN, ended_at=None)
    run.save(update_fields=["state", "ended_at", "outcome"])


def _end_with(run: Run, at: datetime, by: str) -> None:
    """End a run's steps: resolving is done, what nobody did is skipped, and asking again still stands."""
    waiting = Step.objects.filter(run=run, state=OPEN).exclude(do=_AFTER)
    waiting.filter(do="resolve").update(state="done", ended_at=at, by=by)
    waiting.filter(state=OPEN).update(state="skipped", ended_at=at)


def end_step(workspace: str, run: int, number: int, by: str, *, now: datetime | None = None) -> Step:
    """Say that a step is done.

    Raises:
        InputError: There is no such step, or it is over.
    """
    step = Step.objects.select_related("run").filter(run__workspace=workspace, run_id=run, number=number).first()
    if step is None:
        raise InputError(
            phrase("there is no step {number} of run {run}", number=str(number), run=str(run)),
            where="step",
            todo=phrase("look at the play's page"),
        )
    if step.state != OPEN:
        raise InputError(phrase("this step is over"), where="step", todo=phrase("nothing is to be done"))
    over(step, now or timezone.now(), by)
    end_if_over(step.run, step.ended_at or timezone.now())
    return step


def over(step: Step, at: datetime, by: str) -> None:
    """Write down that a step is done."""
    step.state, step.ended_at, step.by = "done", at, by
    step.save(update_fields=["state", "ended_at", "by"])


def end_if_over(run: Run, at: datetime) -> None:
    """End a run without a case with its last step; one with a case ends with that."""
    if run.case is None and not run.steps.filter(state=OPEN).exists():
        run.state, run.ended_at = "done", at
        run.save(update_fields=["state", "ended_at"])


def follow(now: datetime | None = None) -> str:
    """Tell what is late, once; take up that a case was touched. By the clock.

    Returns:
        What was done, in a few words.
    """
    moment = now or timezone.now()
    waiting = Step.objects.filter(state=OPEN, do="acknowledge").exclude(run__case=None).select_related("run")
    done = 0
    for step in waiting[:1000]:
        case = Case.objects.filter(workspace=step.run.workspace, number=step.run.case or 0).first()
        if case is not None and case.touched_at is not None:
            Step.objects.filter(pk=step.pk, state=OPEN).update(
                state="done", ended_at=case.touched_at, by=case.owner.email if case.owner else ""
            )  # fmt: skip
            done += 1
    late = Step.objects.filter(state=OPEN, due_at__lt=moment, late_at=None).select_related("run", "run__play")
    told = [_late(step, moment) for step in late[:1000]]
    return f"{done} steps acknowledged, {len(told)} are late"


def _late(step: Step, now: datetime) -> Step:
    run = step.run
    said = recipe.read(run.play.text, run.play.slug)
    body = {
        "title": phrase("Late: {what} ({play})", what=doing(step.do), play=said.name),
        "text": step.words or run.why, "customer": run.customer, "case": str(run.case or ""),
        "play": said.slug, "step": step.do, "priority": said.priority,
        "facts": {
            phrase("Due"): utc(step.due_at), phrase("Owner"): run.owner or said.assign.team or phrase("nobody"),
        },
        "url": f"/w/{run.workspace}/" + (f"cases?view=all&case={run.case}" if run.case else f"plays/{said.slug}"),
        "acts": [{"act": "step.done", "of": f"{run.pk}/{step.number}"}],
    }  # fmt: skip
    with transaction.atomic():
        step.late_at = now
        step.save(update_fields=["late_at"])
        key = f"late/{run.pk}/{step.number}"
        there = {target.name for target in outbox.targets(run.workspace)}
        for target in set(said.tell) & there:
            outbox.put(run.workspace, target, "play.overdue", body, key=key)
        outbox.tell(run.workspace, "play.overdue", body, key=key)
    return step


def forget_old(days: int = 3 * 366) -> int:
    """Let go of runs past their time; return how many."""
    return Run.objects.filter(at__lt=timezone.now() - timedelta(days=days)).delete()[0]
