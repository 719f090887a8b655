"""Workshops: notes, heaps, dots and a clock that a group shares, and what of it becomes part of the map.

Every change counts the workshop's version up in the same transaction, so that each page knows when to look again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from touchline.errors import InputError
from touchline.maps import Map
from touchline.maps.kit import Exercise, Item, Prompt, kit
from touchline.server.maps import keeping
from touchline.server.maps.errors import MapMissing
from touchline.server.maps.workshop_models import Dot, Heap, Note, Workshop
from touchline.server.people.facade import Access
from touchline.words import phrase

_MOST_NOTES: Final = 600
_MOST_DOTS: Final = 20
_LONGEST: Final = 400
_MOST_SECONDS: Final = 24 * 3600
_NEVER: Final = 10**9  # no map has as many versions
#: The exercises that are laid out along the map's steps, and the one in which each step is felt.
ALONG: Final = frozenset({"grid", "moments"})
FELT: Final = "line"
#: The exercise whose dots go to steps, and how many of them one person gives to one step.
MOMENTS: Final = "moments"
_MOST_ON_A_STEP: Final = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board: a prompt of the exercise, or a step of the map."""

    key: str
    name: str
    ask: str = ""
    hint: str = ""
    example: str = ""
    lane: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the agenda, with where it stands in it."""

    at: int
    item: Item
    session: str
    name: str
    exercise: Exercise | None


def lines(workshop: Workshop) -> list[Line]:
    """Return the agenda of a workshop, line by line through all sessions."""
    found: list[Line] = []
    for session in kit().agenda(workshop.agenda).sessions:
        for item in session.items:
            exercise = kit().exercise(item.exercise) if item.exercise else None
            name = item.name or (exercise.name if exercise else "")
            found.append(Line(len(found), item, session.name, name, exercise))
    return found


def now_on(workshop: Workshop) -> Line:
    """Return the line of the agenda that is on."""
    all_ = lines(workshop)
    return all_[min(workshop.at_item, len(all_) - 1)]


def columns(exercise: Exercise, shown: Map) -> list[Column]:
    """Return the columns of an exercise's board."""
    if exercise.id in ALONG:
        return [Column(step.id, step.name) for step in shown.steps()]
    return [Column(one.id, one.name, one.ask, one.hint, one.example, one.lane) for one in exercise.prompts]


def digest(workshop: Workshop, access: Access) -> str:
    """Return what stands for a person in one workshop: nobody can tell from it who it is.

    A key is its own person, whatever it is called: one with a colleague's name does not show what they wrote.
    """
    who = access.name if access.key_id is None else f"key {access.key_id}"
    return salted_hmac("touchline.workshop", f"{workshop.pk}/{who}").hexdigest()


def find(workspace: str, number: int) -> Workshop:
    """Return a workshop.

    Raises:
        MapMissing: There is none of that number, or none whose map the one who asks may see.
    """
    return _there(Workshop.objects.filter(workspace=workspace, pk=number).first(), number)


def _there(found: Workshop | None, number: int) -> Workshop:
    try:
        if found is not None:
            keeping.since(found.workspace, found.map, _NEVER)  # without reading the map itself
            return found
    except MapMissing:  # who may not see the map is told nothing of the workshop
        pass
    raise MapMissing(
        phrase("there is no workshop {number}", number=str(number)), where="workshop",
        todo=phrase("look at the list of workshops"),
    )  # fmt: skip


def everyone(workspace: str) -> list[tuple[Workshop, str]]:
    """Return the workshops, the newest first, each with its map's name: those whose maps one may see."""
    rows = list(Workshop.objects.filter(workspace=workspace))
    kept = keeping.everyone(workspace)
    if {one.map for one in rows} - {one.map.id for one in kept}:
        kept += keeping.everyone(workspace, archived=True)
    names = {one.map.id: one.map.name for one in kept}
    return [(one, names[one.map]) for one in rows if one.map in names]


def make(
    workspace: str, by: str, *, title: str, of: str, agenda: str, persona: str = "", anonymous: bool = True,
    dots: int = 5,
) -> Workshop:  # fmt: skip
    """Make a workshop about a map.

    Raises:
        InputError: It has no title, or each person would have no dots or very many.
        MapError: There is no such agenda.
        MapMissing: There is no such map.
    """
    title = title.strip()
    if not title or len(title) > 120:
        raise InputError(phrase("a workshop needs a title of at most 120 characters"), where="title")
    if not (title + persona).isprintable():
        raise InputError(phrase("a title and a persona have characters that can be read"), where="title")
    if not 1 <= dots <= _MOST_DOTS:
        raise InputError(
            phrase("a person has 1 to {most_dots} dots, not {dots}", most_dots=str(_MOST_DOTS), dots=str(dots)),
            where="dots",
        )
    kit().agenda(agenda)
    keeping.load(workspace, of)
    return Workshop.objects.create(
        workspace=workspace, title=title, map=of, persona=persona.strip()[:120], agenda=agenda, anonymous=anonymous,
        dots=dots, made_by=by,
    )  # fmt: skip


@contextmanager
def changing(workspace: str, number: int) -> Iterator[Workshop]:
    """Have a workshop for a change, alone, and count its version up.

    Raises:
        InputError: It is over.
        MapMissing: There is none of that number.
    """
    with transaction.atomic():
        found = _there(Workshop.objects.select_for_update().filter(workspace=workspace, pk=number).first(), number)
        if found.closed_at is not None:
            raise InputError(
                phrase("the workshop is over"), where=found.title, todo=phrase("open it again, or make another")
            )
        yield found
        found.version += 1
        found.save()


def write(workspace: str, number: int, who: Access, *, prompt: str, step: str, text: str, theme: str = "") -> Note:
    """Put a note on the board of the exercise that is on.

    Raises:
        InputError: It has no words or too many, there are too many notes, or the board has no such place.
    """
    with changing(workspace, number) as workshop:
        exercise = now_on(workshop).exercise
        if exercise is None or exercise.id == FELT:
            raise InputError(
                phrase("nothing is written in this part"), where="exercise", todo=phrase("go on to the next one")
            )
        _prompt(exercise, prompt)
        must_have(workshop, step)
        if not theme.isprintable():
            raise InputError(phrase("a theme's name has characters that can be read"), where="theme")
        if workshop.notes.count() >= _MOST_NOTES:
            raise InputError(
                phrase("the workshop has {most_notes} notes, the most there can be", most_notes=str(_MOST_NOTES)),
                todo=phrase("remove some"),
            )
        last = workshop.notes.order_by("-order").values_list("order", flat=True).first() or 0.0
        return Note.objects.create(
            workshop=workshop, exercise=exercise.id, prompt=prompt, step=step, text=_words(text), order=last + 1,
            who=digest(workshop, who), by="" if workshop.anonymous else who.name, theme=theme[:120],
        )  # fmt: skip


def rewrite(workspace: str, number: int, who: Access, note: int, text: str) -> None:
    """Put a note's words otherwise: one's own, or anyone's for those who may change maps; without words it goes.

    Raises:
        InputError: It is somebody else's.
    """
    with changing(workspace, number) as workshop:
        one = _own(workshop, who, note)
        if text.strip():
            one.text = _words(text)
            one.save(update_fields=["text"])
        else:
            one.delete()
            _tidy(workshop)


def _own(workshop: Workshop, who: Access, note: int) -> Note:
    one = _note(workshop, note)
    if one.who != digest(workshop, who) and not who.may("maps"):
        raise InputError(phrase("the note is somebody else's"), where="note", todo=phrase("write one of your own"))
    return one


def move(
    workspace: str, number: int, note: int, *, prompt: str = "", step: str | None = None, before: int | None = None
) -> None:
    """Put a note into another column, and before another note or last.

    Raises:
        InputError: There is no such note, prompt or step.
    """
    with changing(workspace, number) as workshop:
        _moved(workshop, _note(workshop, note), prompt, step, before)


def alter(workspace: str, number: int, who: Access, note: int, *, text: str | None = None, **place: Any) -> None:
    """Put a note's words otherwise and move it, both or neither.

    Args:
        workspace: The workspace's slug.
        number: The workshop's.
        who: Who does it; only words need one's own note.
        note: Which.
        text: The words; None leaves them.
        **place: ``prompt``, ``step`` and ``before`` as `move` takes them; without any it stays where it is.

    Raises:
        InputError: It is somebody else's, has no words, or there is no such note, prompt or step.
    """
    with changing(workspace, number) as workshop:
        one = _note(workshop, note)
        if text is not None:
            one = _own(workshop, who, note)
            one.text = _words(text)
            one.save(update_fields=["text"])
        if place:
            _moved(workshop, one, place.get("prompt") or "", place.get("step"), place.get("before"))


def _moved(workshop: Workshop, one: Note, prompt: str, step: str | None, before: int | None) -> None:
    if prompt:
        _prompt(kit().exercise(one.exercise), prompt)
        one.prompt = prompt
    if step is not None:
        must_have(workshop, step)
        one.step = step
    others = list(workshop.notes.filter(exercise=one.exercise).exclude(pk=one.pk).values_list("pk", "order"))
    at = next((index for index, other in enumerate(others) if other[0] == before), len(others))
    low = others[at - 1][1] if at else (others[0][1] - 2 if others else 0.0)
    high = others[at][1] if at < len(others) else low + 2
    one.order, one.heap = (low + high) / 2, None
    one.save(update_fields=["prompt", "step", "order", "heap"])
    _tidy(workshop)


def group(workspace: str, number: int, notes: Sequence[int], name: str = "") -> Heap:
    """Lay notes on one heap, where the first of them lies; a heap that one of them is on takes the others.

    Raises:
        InputError: Fewer than two notes are named, or they are of different exercises.
    """
    with changing(workspace, number) as workshop:
        found = list(workshop.notes.filter(pk__in=notes))
        if len({one.pk for one in found}) < 2 or len({one.exercise for one in found}) > 1:
            raise InputError(
                phrase("a group has at least two notes of one exercise"), where="notes",
                todo=phrase("choose some notes"),
            )  # fmt: skip
        first = found[0]
        heap = next((one.heap for one in found if one.heap), None)
        if heap is None:
            heap = Heap.objects.create(workshop=workshop, name=_words(name if name.strip() else first.text)[:200])
        elif name.strip():
            heap.name = _words(name)[:200]
            heap.save(update_fields=["name"])
        for one in found:
            one.heap, one.prompt, one.step = heap, first.prompt, first.step
            one.save(update_fields=["heap", "prompt", "step"])
        _tidy(workshop)
        return heap


def ungroup(workspace: str, number: int, heap: int) -> None:
    """Take a heap apart; its notes stay where they are.

    Raises:
        InputError: There is no such heap.
    """
    with changing(workspace, number) as workshop:
        _heap(workshop, heap).delete()


def name_heap(workspace: str, number: int, heap: int, name: str) -> None:
    """Give a heap another name.

    Raises:
        InputError: It has none, or there is no such heap.
    """
    with changing(workspace, number) as workshop:
        one = _heap(workshop, heap)
        one.name = _words(name)[:200]
        one.save(update_fields=["name"])


def dot(workspace: str, number: int, who: Access, note: int, *, take: bool = False) -> None:
    """Give a note a dot, or take one of one's own back.

    Raises:
        InputError: There is no voting now, or one has no dots left.
    """
    with changing(workspace, number) as workshop:
        one, me = _note(workshop, note), digest(workshop, who)
        if not workshop.voting:
            raise InputError(phrase("there is no voting now"), where="dots", todo=phrase("wait until it is opened"))
        if take:
            mine = one.dots.filter(who=me).order_by("-id").first()
            if mine:
                mine.delete()
        elif spent(workshop, me, one.exercise) >= workshop.dots:
            raise InputError(
                phrase("your {dots} dots are given", dots=str(workshop.dots)), where="dots",
                todo=phrase("take one back first"),
            )  # fmt: skip
        elif one.exercise == MOMENTS and one.step and _on_step(workshop, me, one.step) >= _MOST_ON_A_STEP:
            raise InputError(
                phrase("a step takes {most_on_a_step} of your dots", most_on_a_step=str(_MOST_ON_A_STEP)), where="dots",
                todo=phrase("give it to another"),
            )  # fmt: skip
        else:
            Dot.objects.create(note=one, who=me)


def _on_step(workshop: Workshop, who: str, step: str) -> int:
    return Dot.objects.filter(note__workshop=workshop, note__exercise=MOMENTS, note__step=step, who=who).count()


def spent(workshop: Workshop, who: str, exercise: str) -> int:
    """Return how many dots somebody gave in an exercise."""
    return Dot.objects.filter(note__workshop=workshop, note__exercise=exercise, who=who).count()


def feel(workspace: str, number: int, who: Access, step: str, value: int) -> None:
    """Say how a step feels, 1 (bad) to 5 (good); said again, it is changed.

    Raises:
        InputError: There is no such step, or it is another number.
    """
    with changing(workspace, number) as workshop:
        if not 1 <= value <= 5 or not step:
            raise InputError(phrase("a step feels like 1 to 5"), where="value")
        must_have(workshop, step)
        workshop.feelings.update_or_create(step=step, who=digest(workshop, who), defaults={"value": value})


def go(workspace: str, number: int, item: int) -> Workshop:
    """Go to a line of the agenda; the clock is set to its minutes and stands, voting is over.

    Raises:
        InputError: The agenda has no such line.
    """
    with changing(workspace, number) as workshop:
        all_ = lines(workshop)
        if not 0 <= item < len(all_):
            raise InputError(
                phrase("the agenda has no line {value}", value=str(item + 1)), where="agenda",
                todo=phrase("it has 1 to {n}", n=str(len(all_))),
            )  # fmt: skip
        workshop.at_item, workshop.voting = item, False
        workshop.ends_at, workshop.left = None, all_[item].item.minutes * 60
        return workshop


def clock(workspace: str, number: int, do: str) -> None:
    """Start the clock, stop it, give it five more minutes, or set it back.

    Raises:
        InputError: It can do nothing of that name.
    """
    with changing(workspace, number) as workshop:
        now = timezone.now()
        whole = now_on(workshop).item.minutes * 60
        seconds = workshop.seconds(now)
        left = whole if seconds is None else seconds
        running = workshop.ends_at is not None
        if do == "start":
            left, running = left or whole, True
        elif do == "stop":
            running = False
        elif do == "more":
            left = min(left + 300, _MOST_SECONDS)
        elif do == "reset":
            left, running = whole, False
        else:
            raise InputError(
                phrase("the clock cannot {value}", value=repr(do[:20])), where="clock",
                todo=phrase("start, stop, more or reset"),
            )  # fmt: skip
        workshop.left = left
        workshop.ends_at = now + timedelta(seconds=left) if running else None


def voting(workspace: str, number: int, on: bool) -> None:
    """Open or end the voting; at its end the dots are shown."""
    with changing(workspace, number) as workshop:
        workshop.voting = on


def close(workspace: str, number: int, *, over: bool = True) -> None:
    """End a workshop, or go on with it."""
    with transaction.atomic():
        workshop = find(workspace, number)
        workshop.closed_at = timezone.now() if over else None
        workshop.ends_at, workshop.left, workshop.voting = None, None, False
        workshop.version += 1
        workshop.save()


def must_have(workshop: Workshop, step: str) -> None:
    """See that the map has a step of that id; "" is none.

    Raises:
        InputError: It has not.
    """
    if step and step not in {one.id for one in keeping.load(workshop.workspace, workshop.map).map.steps()}:
        raise InputError(phrase("the map has no such step"), where="step", todo=phrase("load the page again"))


def _tidy(workshop: Workshop) -> None:
    """Let heaps go that hold fewer than two notes."""
    for heap in workshop.heaps.all():
        if heap.notes.count() < 2:
            heap.delete()


def _note(workshop: Workshop, note: int) -> Note:
    found = workshop.notes.filter(pk=note).first()
    if found is None:
        raise InputError(phrase("the note is gone"), where="note", todo=phrase("somebody may have removed it"))
    return found


def _heap(workshop: Workshop, heap: int) -> Heap:
    found = workshop.heaps.filter(pk=heap).first()
    if found is None:
        raise InputError(phrase("the group is gone"), where="group", todo=phrase("somebody may have taken it apart"))
    return found


def _prompt(exercise: Exercise, prompt: str) -> Prompt:
    for one in exercise.prompts:
        if one.id == prompt:
            return one
    raise InputError(
        phrase("the exercise does not ask for {value}", value=repr(prompt[:40])), where="prompt",
        todo=phrase("load the page again"),
    )  # fmt: skip


def _words(text: str) -> str:
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST or not text.isprintable():
        raise InputError(
            phrase("a note has 1 to {longest} characters that can be read", longest=str(_LONGEST)), where="text"
        )
    return text
