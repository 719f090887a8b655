"""Runs are started: from live data, from alerts and from gates; once, and never from what was imported afterwards.

Plays are a reader of the journal behind the drain, as monitoring is. A run, its case and what the outbox is to tell are
written in one transaction, a few runs at a time so that nobody waits for a burst, and how far was read after them.
Killed anywhere, this begins again where it was, and what was started then is known by its key.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import close_old_connections, transaction
from django.utils import timezone

from touchline.errors import InputError
from touchline.server.care import facade as care
from touchline.server.outbox import facade as outbox
from touchline.server.plays import following, journeys, reading, recipe, triggers
from touchline.server.plays.assigning import owner_of
from touchline.server.plays.messages import doing, drafted
from touchline.server.plays.models import HELD_OUT, TREATED, Play, Reader, Run, Step, Waiting
from touchline.server.plays.reading import Known
from touchline.server.plays.recipe import CONTACTS, Recipe
from touchline.server.plays.triggers import Start
from touchline.words import phrase
from touchline.workspace.consenting import may

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.server.workspaces.facade import Held

_log = logging.getLogger("touchline.plays")
_turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
_MOST_AFFECTED: Final = 1_000
_TOGETHER: Final = 10  # runs in one transaction


@dataclass(frozen=True, slots=True)
class Plan:
    """A run to be started.

    Attributes:
        play: The play.
        recipe: What it says.
        start: Why.
        known: The customer.
        contact: Whether they may be written to.
        out: Whether they are held out.
    """

    play: Play
    recipe: Recipe
    start: Start
    known: Known
    contact: bool
    out: bool


def after_drain(held: Held) -> None:
    """Look at what a drain has brought: a listener of the drain's thread."""
    try:
        look(held)
    finally:
        close_old_connections()


def look(held: Held, now: datetime | None = None) -> list[Run]:
    """Start what has to be started, and return it.

    Args:
        held: The workspace.
        now: The time; by default the clock's.
    """
    moment = now or timezone.now()
    with _turns[held.slug]:
        reader, _ = Reader.objects.get_or_create(workspace=held.slug)
        position = held.workspace.warehouse.position
        if reader.position < 0:  # what was there before is not news
            Reader.objects.filter(pk=reader.pk).update(position=position)
            return []
        waiting = list(Waiting.objects.filter(workspace=held.slug)[:100])
        plays = [
            (play, recipe.read(play.text, play.slug)) for play in Play.objects.filter(workspace=held.slug, active=True)
        ]
        by_time = any(said.trigger.on == "journey" for _, said in plays)
        if position <= reader.position and not waiting and not by_time:
            return []
        plans, upto = held.ask(lambda local: _planned(local, plays, reader.position, waiting, moment))
        about = care.known(held.slug, [_asked(plan) for plan in plans if not plan.out])
        started: list[Run] = []
        for at in range(0, len(plans), _TOGETHER):
            with transaction.atomic():
                few = plans[at : at + _TOGETHER]
                started += [run for plan in few if (run := _started(held, plan, about, moment)) is not None]
        with transaction.atomic():
            Reader.objects.filter(pk=reader.pk, position=reader.position).update(position=max(upto, reader.position))
            Waiting.objects.filter(pk__in=[one.pk for one in waiting]).delete()
    return started


def _asked(plan: Plan) -> care.Asked:
    return care.Asked(plan.known.ref, plan.start.stage, plan.start.theme)


def _planned(
    local: Local, plays: list[tuple[Play, Recipe]], after: int, waiting: list[Waiting], now: datetime
) -> tuple[list[Plan], int]:
    """Return what is to be started, and how far was read: all of one state of the data."""
    workspace, warehouse = local.workspace, local.workspace.warehouse
    upto = warehouse.position
    if not plays:
        return [], upto
    half_life = workspace.settings.score.half_life_person
    signs = reading.fresh(warehouse, after, upto)
    starts: list[tuple[Play, Recipe, Start]] = []
    people = sorted({sign.person for sign in signs})
    last = {sign.person: sign.key for sign in signs}
    current = reading.standings(warehouse, people, now, half_life) if people else {}
    for play, said in plays:
        found = [start for sign in signs if (start := triggers.of_sign(said, sign)) is not None]
        if said.trigger.on in ("jsi_below", "jsi_falls") and people:
            earlier = reading.standings(warehouse, people, now - timedelta(days=said.trigger.within), half_life)
            found += [
                start for person in people
                if (start := triggers.of_standing(
                    said, person, current.get(person), earlier.get(person), last[person]
                )) is not None
            ]  # fmt: skip
        for one in waiting:
            found += _of_waiting(said, one, local)
        if said.trigger.on == "journey":
            known_keys = set(
                Run.objects.filter(play=play, at__gt=now - 2 * journeys.BACK).values_list("key", flat=True)
            )
            found += [one for one in journeys.starts(local, said, play.active_at, now) if one.key not in known_keys]
        starts += [(play, said, start) for start in triggers.once_each(found)]
    known = reading.known(warehouse, [start.person for _, _, start in starts], now, half_life)
    plans = []
    for play, said, start in starts:
        who = known.get(start.person)
        if who is not None and triggers.is_for(said, who):
            out = triggers.held_out(workspace.key, said.slug, start.person, said.hold_out)
            plans.append(Plan(play, said, start, who, may(workspace, who.ref, "contact"), out))
    return plans, upto


def _of_waiting(said: Recipe, one: Waiting, local: Local) -> list[Start]:
    """Return whom an alert or a gate starts a play for."""
    from touchline.server.monitoring import facade as monitoring

    body: dict[str, Any] = one.body
    warehouse = local.workspace.warehouse
    stage = str(body.get("stage") or "")
    if one.kind == "alert" and triggers.of_alert(said, body):
        refs = monitoring.affected(int(body["id"]), local)[:_MOST_AFFECTED]
        theme = str((body.get("causes") or [""])[0])
        people = reading.people_of(warehouse, refs)
        return [Start(person, f"{one.key}/{person}", f"Alert: {body['title']}", stage, theme) for person in people]
    if one.kind == "gate" and triggers.of_gate(said, body):
        people = reading.people_of(warehouse, [str(body["ref"])], accounts=body.get("of") == "account")
        why = "; ".join(body.get("reasons") or []) or "A gate holds them"
        return [Start(person, one.key, f"Gate: {why}", stage) for person in people]
    return []


def _started(held: Held, plan: Plan, about: Mapping[care.Asked, care.Known], now: datetime) -> Run | None:
    """Start a run, unless it was started before or its limits forbid it."""
    play, said, start = plan.play, plan.recipe, plan.start
    if Run.objects.filter(play=play, key=start.key).exists() or not within(play, said, start.person, now):
        return None
    if said.opens == "nothing" and not plan.contact:  # there is nothing to be done for them
        return None
    case = None
    owner = ""
    if not plan.out and said.opens == "case":
        owner = owner_of(said, play, plan.known)
        try:
            with transaction.atomic():
                case = care.open_case(
                    held.slug, customer=plan.known.ref, reason=f"{start.why}: {said.name}"[:500], source="play",
                    key=f"play/{play.pk}/{start.key}", stage=start.stage or None, theme=start.theme or None,
                    priority=said.priority, due=said.allowed, play=said.slug, owner=owner or None,
                    team=said.assign.team, about=about.get(_asked(plan)), at=now,
                )  # fmt: skip
        except InputError as error:  # they were erased meanwhile: nothing is kept of them
            _log.warning("the play %s was not started: %s", play, error.what)
            return None
    run = Run.objects.create(
        workspace=held.slug, play=play, customer=plan.known.ref, person=start.person, key=start.key,
        arm=HELD_OUT if plan.out else TREATED, at=now, why=start.why[:500], stage=start.stage, theme=start.theme,
        segments=plan.known.segments, language=plan.known.language, jsi=plan.known.jsi, contact=plan.contact,
        case=case.number if case else None, owner=owner, state="done" if plan.out else "open",
    )  # fmt: skip
    if not plan.out:
        _steps(held, plan, run, now)
    return run


def within(play: Play, said: Recipe, person: int, now: datetime) -> bool:
    """Tell whether a play's limits let it start; those held out are counted as the others."""
    mine = Run.objects.filter(play=play, person=person)
    if said.limits.once and mine.exists():
        return False
    if mine.filter(at__gt=now - timedelta(days=said.limits.cool_down)).exists():
        return False
    if said.limits.contacts:
        since = now - timedelta(days=said.limits.contact_days)
        spoken = Step.objects.filter(
            run__workspace=play.workspace, run__person=person, run__at__gt=since, do__in=CONTACTS
        )
        if spoken.exclude(state="skipped").count() >= said.limits.contacts:
            return False
    today = Run.objects.filter(play=play, at__gt=now - timedelta(days=1)).count()
    if today >= said.limits.a_day:
        _log.warning("the play %s has reached its %d runs a day", play, said.limits.a_day)
        return False
    return True


def _steps(held: Held, plan: Plan, run: Run, now: datetime) -> None:
    """Write down the steps with their deadlines, and draft their messages."""
    calendar, said = care.calendar(held.slug), plan.recipe
    taxonomy = held.workspace.taxonomy
    stage = next((one.name for one in taxonomy.stages if one.id == run.stage), run.stage)
    values = {
        "company": held.workspace.settings.workspace.name or "", "stage": stage, "owner": run.owner.partition("@")[0],
        "cause": run.theme.replace("_", " "), "reference": str(run.case or ""),
    }  # fmt: skip
    for number, step in enumerate(said.steps, 1):
        skipped = step.do in CONTACTS and not plan.contact
        due = care.due_at(now, step.within, calendar)
        assert due is not None  # noqa: S101  nothing has paused it
        text = ""
        if step.message and not skipped:
            text = drafted(said.template(step.message, run.language[:2]), values)
        step_made = Step.objects.create(
            run=run, number=number, do=step.do, words=step.words, due_at=due, message=text,
            state="skipped" if skipped else "open", ended_at=now if skipped else None,
        )  # fmt: skip
        if text:
            there = _told(held, plan, run, step.do, text, number, due)
            if there and run.case is None:  # the system that was told sends it
                following.over(step_made, now, ", ".join(there))
    following.end_if_over(run, now)
    if not plan.contact and run.case is not None:
        note = "This customer does not want to be contacted: nothing is drafted, and nobody writes or calls."
        care.comment(held.slug, run.case, note, by=None, internal=True, at=now)


def _told(held: Held, plan: Plan, run: Run, do: str, text: str, number: int, due: datetime) -> list[str]:
    """Put a draft on the case, tell the systems that the play names, and return which these are."""
    if run.case is not None:
        care.comment(held.slug, run.case, f"Draft ({do}):\n\n{text}", by=None, internal=True, at=run.at)
    there = {target.name for target in outbox.targets(held.slug)}
    told = [target for target in plan.recipe.tell if target in there]
    page = f"/w/{held.slug}/" + (f"cases?view=all&case={run.case}" if run.case else f"plays/{run.play.slug}")
    for target in told:
        outbox.put(held.slug, target, "play.message", {
                "title": phrase("{play}: {what}", play=plan.recipe.name, what=doing(do)), "text": text,
                "customer": run.customer, "language": run.language,
                "case": str(run.case or ""), "play": plan.recipe.slug, "step": do, "due": due.isoformat(),
                "priority": plan.recipe.priority, "url": page,
                "acts": [{"act": "step.done", "of": f"{run.pk}/{number}"}] if run.case else [],
            }, key=f"play/{run.pk}/{number}")  # fmt: skip
    return told
