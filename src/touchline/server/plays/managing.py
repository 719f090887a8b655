"""Plays added, changed, switched on and off; what one would have done; what is told of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils import timezone

from touchline.errors import InputError, WorkspaceError
from touchline.server.outbox import facade as outbox
from touchline.server.plays import journeys, reading, recipe, triggers
from touchline.server.plays.models import HELD_OUT, TREATED, Play, Run, Step
from touchline.server.plays.recipe import Recipe
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.server.people.facade import Access
    from touchline.server.workspaces.facade import Held
    from touchline.vocabulary.taxonomy import Taxonomy


class PlayMissing(InputError):
    """A play that is not there."""


class Exists(WorkspaceError):
    """There is a play of that name."""


@dataclass(frozen=True, slots=True)
class Past:
    """What a play would have done in the past.

    Attributes:
        days: So many days before the end of the data.
        since: From when.
        runs: How often it would have started, its limits kept.
        held_out: How many of these would have been held out.
        by_week: Runs per week, the first week first.
        told: Why it cannot be told, for alerts and gates; else empty.
    """

    days: int
    since: datetime | None
    runs: int
    held_out: int
    by_week: tuple[int, ...]
    told: str = ""


def of(workspace: str, slug: str) -> Play:
    """Return a play.

    Raises:
        PlayMissing: There is none.
    """
    found = Play.objects.filter(workspace=workspace, slug=slug).first()
    if found is None:
        raise PlayMissing(
            phrase("there is no play {slug}", slug=repr(slug)), where="play", todo=phrase("see /api/v1/plays")
        )
    return found


def add(workspace: str, taxonomy: Taxonomy, text: str) -> Play:
    """Add a play; it does nothing until it is switched on.

    Raises:
        InputError: It cannot be used.
        Exists: There is one of that name.
    """
    said = checked(workspace, taxonomy, text)
    try:
        with transaction.atomic():
            return Play.objects.create(workspace=workspace, slug=said.slug, text=text)
    except IntegrityError:
        raise Exists(
            phrase("there is a play {slug} already", slug=repr(said.slug)),
            where="play",
            todo=phrase("give another name"),
        ) from None


def change(workspace: str, taxonomy: Taxonomy, slug: str, text: str) -> Play:
    """Give a play another recipe; runs that are under way keep their steps.

    Raises:
        InputError: It cannot be used, or has another name.
    """
    play, said = of(workspace, slug), checked(workspace, taxonomy, text)
    if said.slug != slug:
        raise InputError(
            phrase("a play keeps its name"), where="play", todo=phrase("write play: {slug}", slug=str(slug))
        )
    play.text = text
    play.save(update_fields=["text", "changed_at"])
    return play


def checked(workspace: str, taxonomy: Taxonomy, text: str, where: str = "play.yaml") -> Recipe:
    """Read a recipe, and look up what it names.

    Raises:
        InputError: It cannot be used, or names what is not there.
    """
    said = recipe.read(text, where)
    stages = {stage.id for stage in taxonomy.stages}
    named = [one.stage for one in (said.trigger.does, said.trigger.unless) if one is not None]
    for stage in filter(None, (*said.trigger.stages, said.stage, said.trigger.at, *named)):
        if stage not in stages:
            raise InputError(
                phrase("there is no stage {stage}", stage=repr(stage)),
                where="stages",
                todo=phrase("there are: {names}", names=", ".join(stages)),
            )
    there = {target.name for target in outbox.targets(workspace)}
    for target in said.tell:
        if target not in there:
            raise InputError(
                phrase("there is no target {target}", target=repr(target)),
                where="tell",
                todo=phrase("make it on the page Targets"),
            )
    return said


def switch(workspace: str, slug: str, *, on: bool) -> Play:
    """Switch a play on or off; what happened before it was on starts nothing."""
    play = of(workspace, slug)
    play.active, play.active_at = on, timezone.now() if on else play.active_at
    play.save(update_fields=["active", "active_at", "changed_at"])
    return play


def remove(workspace: str, slug: str) -> None:
    """Take a play away, with its runs; their cases stay."""
    of(workspace, slug).delete()


def visible(access: Access, workspace: str) -> Any:
    """Return the runs that somebody may see: of customers of their segments, as these were then."""
    runs = Run.objects.filter(workspace=workspace)
    if access.segments:
        seen = [
            run.pk for run in runs.only("pk", "segments")
            if all(run.segments.get(name) in values for name, values in access.segments)
        ]  # fmt: skip
        runs = runs.filter(pk__in=seen)
    return runs


def counts(runs: Any) -> dict[int, dict[str, int]]:
    """Return how many runs there are, by play."""
    rows = runs.order_by().values("play_id").annotate(
        treated=Count("id", filter=Q(arm=TREATED)), out=Count("id", filter=Q(arm=HELD_OUT)),
        open=Count("id", filter=Q(arm=TREATED, state="open")), done=Count("id", filter=Q(arm=TREATED, state="done")),
        recovered=Count("id", filter=Q(outcome="recovered")),
    )  # fmt: skip
    return {row.pop("play_id"): row for row in rows}


def late(runs: Any, now: datetime | None = None) -> Any:
    """Return the steps that are late, the one that is late longest first."""
    steps = Step.objects.filter(run__in=runs, state="open", due_at__lt=now or timezone.now())
    return steps.select_related("run", "run__play").order_by("due_at")


def past(held: Held, said: Recipe, days: int = 90) -> Past:
    """Return what a play would have done, had it been on: with its limits and its hold-out share."""
    if said.trigger.on in ("alert", "gate"):
        return Past(days, None, 0, 0, (), "What alerts and gates would have said is not kept.")
    return held.ask(lambda local: _past(local, said, days), seconds=20)


def _past(local: Local, said: Recipe, days: int) -> Past:
    workspace, warehouse = local.workspace, local.workspace.warehouse
    end = reading.until(warehouse)
    if end is None:
        return Past(days, None, 0, 0, ())
    since = end - timedelta(days=days)
    starts = _past_starts(local, said, since, end)
    known = reading.known(warehouse, [start.person for _, start in starts], end, 30) if starts else {}
    last: dict[int, datetime] = {}
    weeks = [0] * ((days + 6) // 7)
    runs = out = 0
    for at, start in sorted(starts, key=lambda one: one[0]):
        who, before = known.get(start.person), last.get(start.person)
        cooling = before is not None and (said.limits.once or at - before < timedelta(days=said.limits.cool_down))
        if who is None or not triggers.is_for(said, who) or cooling:
            continue
        last[start.person] = at
        runs += 1
        out += triggers.held_out(workspace.key, said.slug, start.person, said.hold_out)
        weeks[min(int((at - since).days // 7), len(weeks) - 1)] += 1
    return Past(days, since, runs, out, tuple(weeks))


def _past_starts(local: Local, said: Recipe, since: datetime, end: datetime) -> list[tuple[datetime, triggers.Start]]:
    warehouse = local.workspace.warehouse
    signs = [] if said.trigger.on == "journey" else reading.past(warehouse, since, end + timedelta(seconds=1))
    if said.trigger.on in ("answer", "severe"):
        found = ((sign.at, triggers.of_sign(said, sign)) for sign in signs)
        return [(at, start) for at, start in found if start is not None]
    if said.trigger.on == "journey":
        return journeys.past_starts(local, said, since, end)
    half_life = local.workspace.settings.score.half_life_person
    back, made = timedelta(days=said.trigger.within), []
    day = since
    while day < end:  # by the day: who was unhappy on it is looked at on its evening
        evening = day + timedelta(days=1)
        today = {sign.person: sign.key for sign in signs if day <= sign.at < evening}
        if today:
            now = reading.standings(warehouse, list(today), evening, half_life)
            before = reading.standings(warehouse, list(today), evening - back, half_life)
            for person, key in today.items():
                start = triggers.of_standing(said, person, now.get(person), before.get(person), key)
                if start is not None:
                    made.append((day, start))
        day = evening
    return made


def told(play: Play, counted: dict[int, dict[str, int]] | None = None) -> dict[str, Any]:
    """Return a play as JSON has it."""
    said = recipe.read(play.text, play.slug)
    return {
        "play": play.slug, "name": said.name, "about": said.about, "active": play.active, "active_at": play.active_at,
        "trigger": said.trigger.on, "stage": said.stage, "cause": said.cause, "hold_out": said.hold_out,
        "steps": [{"do": step.do, "within": str(step.within), "words": step.words} for step in said.steps],
        "yaml": play.text, **({"runs": counted.get(play.pk, {})} if counted is not None else {}),
    }  # fmt: skip


def run_told(run: Run) -> dict[str, Any]:
    """Return a run as JSON has it."""
    return {
        "run": run.pk, "play": run.play.slug, "customer": run.customer, "arm": run.arm, "at": run.at, "why": run.why,
        "stage": run.stage, "theme": run.theme, "jsi": run.jsi, "contact": run.contact, "case": run.case,
        "owner": run.owner, "state": run.state, "outcome": run.outcome, "ended_at": run.ended_at,
        "steps": [
            {
                "number": step.number, "do": step.do, "words": step.words, "due_at": step.due_at, "state": step.state,
                "ended_at": step.ended_at, "by": step.by, "message": step.message,
            }
            for step in run.steps.all()
        ],
    }  # fmt: skip
