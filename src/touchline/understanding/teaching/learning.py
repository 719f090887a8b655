"""`teach`: from a lesson to what the reader applies."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.teaching.checking import Checked, More, Rows, check
from touchline.understanding.teaching.lesson import Lesson
from touchline.understanding.teaching.regression import Fit, balanced
from touchline.understanding.teaching.seeing import Seen, Space, Teachable
from touchline.understanding.teaching.taught import Correction, Taught
from touchline.understanding.teaching.teacher import Guesses, Teacher

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Bumped when the same lesson gives another correction.
REVISION: Final = "t1"
#: What the taxonomy's own examples count beside a label.
EXAMPLE: Final = 0.5
#: What a text that the large encoder labelled counts beside a label; all together no more than the labels.
GUESS: Final = 0.3

Progress = Callable[[str, float], None]


def _quiet(step: str, fraction: float) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True, slots=True)
class Head:
    """What one head was taught.

    Attributes:
        head: Its name.
        names: Its classes.
        n: Labels that it was taught with.
        strength: Of the pull towards what was known; None where the labels brought nothing, and it was left alone.
        checked: Whether there were labels enough to say how well it does.
        gold: Class of each labelled text, shape (n,).
        before: The class read before, same shape.
        after: The class read by what the other labels teach, same shape.
    """

    head: str
    names: tuple[str, ...]
    n: int
    strength: float | None
    checked: bool
    gold: Ints
    before: Ints
    after: Ints


@dataclass(frozen=True, slots=True)
class Learnt:
    """A lesson learnt.

    Attributes:
        taught: What the reader applies.
        heads: What was found of each head that has labels.
        unread: Labelled texts that seem to be in languages that the reader does not read; they are learnt from all the
            same, as whoever labelled them could read them.
        guesses: What the large encoder labelled; None where it was not asked.
    """

    taught: Taught
    heads: tuple[Head, ...]
    unread: int
    guesses: Guesses | None = None


def teach(
    reader: Teachable,
    lesson: Lesson,
    *,
    teacher: Teacher | None = None,
    guesses: Guesses | None = None,
    strengths: Mapping[str, float | None] | None = None,
    progress: Progress = _quiet,
) -> Learnt:
    """Learn a lesson; what the reader was taught before plays no part.

    The same lesson gives the same result to the last bit on the same machine, in whatever order its labels came.

    Args:
        reader: The reader to correct.
        lesson: Labelled texts; labels that the reader has no head or class for are left out.
        teacher: A large encoder with more texts, to label those too.
        guesses: What it labelled before, to learn the same again without it.
        strengths: Per head, from an earlier `Learnt`: nothing is chosen, nothing judged; it is quicker.
        progress: Called with a step's name and how much of it is done.
    """
    room = _Room.of(reader, lesson)
    heads = [head for head, names in room.reader.classes.items() if (lesson.codes(head, names) >= 0).any()]
    asked: list[tuple[str, Ints, Rows, Checked]] = []
    said: dict[str, tuple[tuple[str, ...], Floats]] = {}
    for number, head in enumerate(heads):
        progress("learning", number / len(heads))
        at, rows = room.rows(head)
        if strengths is not None:
            checked = Checked(strengths.get(head), False, rows.base)
        else:
            checked = check(rows, room.folds[at], room.more(head, at, rows, teacher))
        asked.append((head, at, rows, checked))
        if teacher is not None and checked.strength is not None:
            every = np.ones(len(at), np.bool_)
            said[head] = (room.reader.classes[head], teacher.share(head, at, rows, every))
    if teacher is not None:
        guesses = teacher.guesses(said)
    corrections = {}
    for head, _, rows, checked in asked:
        if checked.strength is not None:
            held = rows.plus(room.shown(head)).plus(room.guessed(head, guesses, len(rows.x)))
            corrections[head] = room.correction(head, held.fit(checked.strength))
    progress("learning", 1.0)
    chosen = {head: checked.strength for head, _, _, checked in asked}
    version = _version(room.reader.untaught, lesson, guesses, chosen)
    return Learnt(
        Taught(room.reader.untaught, version, corrections),
        tuple(_head(head, room.reader.classes[head], rows, checked) for head, _, rows, checked in asked),
        int((~room.seen.understood).sum()),
        guesses,
    )


@dataclass(frozen=True, slots=True)
class _Room:
    """A reader that was taught nothing, a lesson, and what the one sees of the other."""

    reader: Teachable
    lesson: Lesson
    folds: Ints
    seen: Seen
    examples: Seen
    space: Space

    @classmethod
    def of(cls, reader: Teachable, lesson: Lesson) -> _Room:
        untaught = reader.with_taught(None)
        seen, examples = untaught.see(lesson.texts), untaught.see([text for text, _ in untaught.examples])
        space = untaught.space.standard(Seen.joined([seen, examples]))
        return cls(untaught, lesson, lesson.folds(), seen, examples, space)

    def rows(self, head: str) -> tuple[Ints, Rows]:
        """Return the labels of one head, and their places in the lesson."""
        names = self.reader.classes[head]
        codes = self.lesson.codes(head, names)
        at = np.flatnonzero(codes >= 0)
        targets = np.eye(len(names))[codes[at]]
        x = self.space.features(self.seen).astype(np.float64)[at]
        return at, Rows(x, self.seen.logs[head].astype(np.float64)[at], targets, balanced(targets))

    def more(self, head: str, at: Ints, rows: Rows, teacher: Teacher | None) -> More:
        """Return what gives further rows beside some of the labels."""

        def beside(keep: npt.NDArray[np.bool_]) -> Rows | None:
            if teacher is None:
                return self.shown(head)
            share = teacher.share(head, at, rows, keep)
            return self.told(head, share, teacher.seen, int(keep.sum())).plus(self.shown(head))

        return beside

    def shown(self, head: str) -> Rows | None:
        """Return what the taxonomy says of its stages as rows to learn from."""
        if head != "stage" or not self.reader.examples:
            return None
        place = {name: i for i, name in enumerate(self.reader.classes[head])}
        targets = np.eye(len(place))[[place[stage] for _, stage in self.reader.examples]]
        x = self.space.features(self.examples).astype(np.float64)
        return Rows(x, self.examples.logs[head].astype(np.float64), targets, np.full(len(x), EXAMPLE))

    def told(self, head: str, share: Floats, seen: Seen, labels: int) -> Rows:
        """Return what a teacher said of texts as rows to learn from; a row of zeros says nothing."""
        at = np.flatnonzero(share.any(axis=1))
        x = self.space.features(seen).astype(np.float64)[at]
        weight = min(GUESS, labels / max(1, len(at)))
        return Rows(x, seen.logs[head].astype(np.float64)[at], share[at], np.full(len(at), weight))

    def guessed(self, head: str, guesses: Guesses | None, labels: int) -> Rows | None:
        """Return what a teacher once said as rows to learn from."""
        if guesses is None:
            return None
        texts, share = guesses.of(head, self.reader.classes[head])
        return self.told(head, share, self.reader.see(texts), labels) if texts else None

    def correction(self, head: str, fit: Fit) -> Correction:
        """Return a correction as the reader applies it: features and their standard folded in."""
        return Correction(
            self.reader.classes[head],
            (self.space.inputs @ fit.weights).astype(np.float32),
            (self.space.hidden @ fit.weights).astype(np.float32),
            (self.space.shift @ fit.weights + fit.bias).astype(np.float32),
            fit.scale,
        )


def _head(head: str, names: tuple[str, ...], rows: Rows, checked: Checked) -> Head:
    gold, before, after = (values.argmax(axis=1) for values in (rows.targets, rows.base, checked.after))
    return Head(head, names, len(gold), checked.strength, checked.known, gold, before, after)


def _version(reader: str, lesson: Lesson, guesses: Guesses | None, strengths: Mapping[str, float | None]) -> str:
    told = guesses.version if guesses else ""
    content = json.dumps([REVISION, reader, lesson.version, told, strengths], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]
