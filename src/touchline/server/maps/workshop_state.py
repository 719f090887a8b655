"""A workshop as plain data, as the one who asks may know it: nothing in it tells who wrote, voted or felt what."""

from __future__ import annotations

import hashlib
from collections import Counter
from datetime import datetime
from typing import Any

from django.utils import timezone

from touchline.maps.kit import kit
from touchline.maps.model import Map
from touchline.server.maps import keeping, workshop_said, workshops
from touchline.server.maps.models import Sheet
from touchline.server.maps.workshop_models import Dot, Workshop
from touchline.server.people.facade import Access


def about(workshop: Workshop) -> dict[str, Any]:
    """Return what a list says of a workshop."""
    return {
        "id": workshop.pk, "title": workshop.title, "map": workshop.map, "persona": workshop.persona,
        "agenda": workshop.agenda, "anonymous": workshop.anonymous, "dots": workshop.dots, "voting": workshop.voting,
        "version": workshop.version, "made_by": workshop.made_by, "made_at": workshop.made_at.isoformat(),
        "closed_at": _moment(workshop.closed_at), "url": workshop.href,
    }  # fmt: skip


def tag(workshop: Workshop, access: Access) -> str:
    """Name a workshop's state as one person sees it: it is the same while nothing of it changes, the map included."""
    rows = Sheet.objects.filter(workspace=workshop.workspace, slug=workshop.map)
    seen = rows.values_list("version", flat=True).first()
    text = (workshop.pk, workshop.version, seen, workshops.digest(workshop, access), access.may("maps"))
    return f'"{hashlib.sha256(repr(text).encode()).hexdigest()[:32]}"'


def state(workshop: Workshop, access: Access) -> dict[str, Any]:
    """Return the whole of a workshop: agenda, clock, notes, groups, dots and feelings.

    Dots of all are summed once the voting is over, and the mean of a step is there once two have said how it feels;
    before that one sees one's own. Who wrote a note is told where the workshop is not anonymous.
    """
    now = keeping.load(workshop.workspace, workshop.map).map
    line, me = workshops.now_on(workshop), workshops.digest(workshop, access)
    exercise = line.exercise
    notes = _notes(workshop, access, me)
    groups: dict[int, list[dict[str, Any]]] = {}
    for one in notes:
        if one["group"] is not None:
            groups.setdefault(one["group"], []).append(one)
    left = workshop.dots - workshops.spent(workshop, me, exercise.id) if exercise else None
    return {
        **about(workshop),
        "at": line.at, "lines": [_line(one) for one in workshops.lines(workshop)], "clock": _clock(workshop, line),
        "sentence": workshop_said.sentence(workshop, exercise) if exercise and exercise.sentence else "",
        "steps": [{"id": step.id, "name": step.name, "moment": step.moment} for step in now.steps()],
        "notes": notes,
        "groups": [
            {
                "id": heap.pk, "name": heap.name, "notes": [one["id"] for one in groups.get(heap.pk, ())],
                "dots": None if workshop.voting else sum(one["dots"] for one in groups.get(heap.pk, ())),
            }
            for heap in workshop.heaps.all()
        ],
        "feelings": _feelings(workshop, now, me), "people": workshop_said.people(workshop),
        "you": {
            "takes_part": takes_part(access), "leads": access.may("maps"),
            "dots_left": None if left is None else max(0, left),
        },
    }  # fmt: skip


def takes_part(access: Access) -> bool:
    """Tell whether somebody writes and votes: people do, and of the keys those that may change maps."""
    return access.user_id is not None or access.may("maps")


def kit_as_data() -> dict[str, Any]:
    """Return the agendas and the exercises that a workshop can have."""
    return {
        "agendas": [
            {"id": one.id, "name": one.name, "for_whom": one.for_whom, "minutes": one.minutes} for one in kit().agendas
        ],
        "exercises": [
            {
                "id": one.id, "name": one.name, "aim": one.aim, "how": list(one.how), "output": one.output,
                "sentence": one.sentence, "along_steps": one.id in workshops.ALONG,
                "prompts": [
                    {"id": ask.id, "name": ask.name, "ask": ask.ask, "hint": ask.hint, "example": ask.example,
                     "lane": ask.lane}
                    for ask in one.prompts
                ],
            }
            for one in kit().exercises
        ],
    }  # fmt: skip


def _line(line: workshops.Line) -> dict[str, Any]:
    return {
        "at": line.at, "session": line.session, "name": line.name, "minutes": line.item.minutes,
        "exercise": line.exercise.id if line.exercise else None,
    }  # fmt: skip


def _clock(workshop: Workshop, line: workshops.Line) -> dict[str, Any]:
    return {
        "running": workshop.ends_at is not None, "ends_at": _moment(workshop.ends_at),
        "seconds": workshop.seconds(timezone.now()), "minutes": line.item.minutes,
    }  # fmt: skip


def _notes(workshop: Workshop, access: Access, me: str) -> list[dict[str, Any]]:
    given: Counter[int] = Counter()
    mine: Counter[int] = Counter()
    for note, who in Dot.objects.filter(note__workshop=workshop).values_list("note_id", "who"):
        given[note] += 1
        mine[note] += who == me
    return [
        {
            "id": one.pk, "exercise": one.exercise, "prompt": one.prompt, "step": one.step, "text": one.text,
            "group": one.heap_id, "theme": one.theme, "card": one.card, "by": one.by, "mine": one.who == me,
            "may_change": one.who == me or access.may("maps"), "dots": None if workshop.voting else given[one.pk],
            "my_dots": mine[one.pk],
        }
        for one in workshop.notes.all()
    ]  # fmt: skip


def _feelings(workshop: Workshop, now: Map, me: str) -> list[dict[str, Any]]:
    said, own = workshop_said.felt(workshop), dict(workshop.feelings.filter(who=me).values_list("step", "value"))
    made = []
    for step in now.steps():
        values = said.get(step.id, [])
        shown = values if len(values) > 1 else []
        made.append({
            "step": step.id, "n": len(values), "mine": own.get(step.id), "low": min(shown, default=None),
            "high": max(shown, default=None), "jsi": workshop_said.as_jsi(shown) if shown else None,
        })  # fmt: skip
    return made


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
