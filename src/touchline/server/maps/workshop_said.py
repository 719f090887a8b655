"""What a workshop has said so far: dots of notes, how steps feel, who took part, an exercise's sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from touchline.maps.kit import Exercise
from touchline.server.maps.workshop_models import Dot, Feeling, Workshop


def tally(workshop: Workshop, exercise: str) -> Counter[int]:
    """Return the dots of each note of an exercise."""
    given = Dot.objects.filter(note__workshop=workshop, note__exercise=exercise)
    return Counter(given.values_list("note_id", flat=True))


def felt(workshop: Workshop) -> dict[str, list[int]]:
    """Return what people said of each step, 1 to 5."""
    found: dict[str, list[int]] = {}
    for step, value in Feeling.objects.filter(workshop=workshop).values_list("step", "value"):
        found.setdefault(step, []).append(value)
    return found


def people(workshop: Workshop) -> int:
    """Return how many took part so far."""
    wrote = set(workshop.notes.values_list("who", flat=True))
    return len(wrote | set(workshop.feelings.values_list("who", flat=True)))


def as_jsi(values: Sequence[int]) -> float:
    """Return what people said of a step on the scale of the Journey Sentiment Index: 1 is 0, 3 is 50, 5 is 100.

    >>> as_jsi([1, 2, 3])
    25.0
    """
    return 25.0 * (sum(values) / len(values) - 1)


def sentence(workshop: Workshop, exercise: Exercise) -> str:
    """Return an exercise's sentence with the notes in its gaps that have most dots, the first one of equals."""
    dots = tally(workshop, exercise.id)
    answers: dict[str, str] = {}
    for one in sorted(workshop.notes.filter(exercise=exercise.id), key=lambda note: -dots[note.pk]):
        answers.setdefault(one.prompt, one.text)
    return exercise.told(answers)
