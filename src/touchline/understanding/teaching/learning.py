"""`teach`: from a lesson to what the reader applies."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.teaching.checking import Checked, Rows, check
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
        unread: Labelled texts in languages that the reader does not read; they teach nothing.
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
    untaught = reader.with_taught(None)
    seen = untaught.see(lesson.texts)
    examples = untaught.see([text for text, _ in untaught.examples])
    space = untaught.space.standard(Seen.joined([seen, examples]))
    x = space.features(seen).astype(np.float64)
    found: list[Head] = []
    fits: dict[str, Fit] = {}
    held: dict[str, Mapping[str, Mapping[str, float]]] = {}
    heads = [head for head in untaught.classes if (lesson.codes(head, untaught.classes[head]) >= 0).any()]
    for number, head in enumerate(heads):
        progress("learning", number / len(heads))
        names = untaught.classes[head]
        codes = lesson.codes(head, names)
        at = np.flatnonzero((codes >= 0) & seen.understood)
        rows = _rows(x[at], seen.logs[head][at], np.eye(len(names))[codes[at]])
        shown = _examples(head, names, untaught, examples, space)
        if strengths is not None:
            checked = Checked(strengths.get(head), False, rows.base)
        else:

            def more(
                keep: npt.NDArray[np.bool_], rows: Rows = rows, shown: Rows | None = shown, head: str = head, at: Ints = at
            ) -> Rows | None:
                if teacher is None:
                    return shown
                share = teacher.share(head, at, rows, keep)
                told = _told(share, teacher.seen, head, space, int(keep.sum()))
                return told.plus(shown)

            checked = check(rows, lesson.folds()[at], more)
            if teacher is not None and checked.strength is not None:
                every = np.ones(len(at), np.bool_)
                held[head] = teacher.named(teacher.share(head, at, rows, every), names)
        gold = codes[at]
        before, after = (logs.argmax(axis=1) if len(at) else gold for logs in (rows.base, checked.after))
        found.append(Head(head, names, len(at), checked.strength, checked.known, gold, before, after))
        if checked.strength is None:
            continue
        if teacher is not None:
            guesses = teacher.guesses(held)
        learnt = rows.plus(shown).plus(_guessed(guesses, head, names, untaught, space, len(at)))
        fits[head] = learnt.fit(checked.strength)
    progress("learning", 1.0)
    version = _version(untaught.untaught, lesson, guesses, {h.head: h.strength for h in found})
    corrections = {
        head: Correction(
            untaught.classes[head],
            (space.inputs @ fit.weights).astype(np.float32),
            (space.hidden @ fit.weights).astype(np.float32),
            (space.shift @ fit.weights + fit.bias).astype(np.float32),
            round(fit.scale, 6),
        )
        for head, fit in fits.items()
    }
    unread = int((~seen.understood).sum())
    return Learnt(Taught(untaught.untaught, version, corrections), tuple(found), unread, guesses)


def _rows(x: Floats, base: npt.NDArray[np.float32], targets: Floats) -> Rows:
    return Rows(x, base.astype(np.float64), targets, balanced(targets))


def _examples(head: str, names: tuple[str, ...], reader: Teachable, seen: Seen, space: Space) -> Rows | None:
    """Return what the taxonomy says of its stages as rows to learn from."""
    if head != "stage" or not reader.examples:
        return None
    place = {name: i for i, name in enumerate(names)}
    targets = np.eye(len(names))[[place[stage] for _, stage in reader.examples]]
    weights = np.full(len(targets), EXAMPLE)
    return Rows(space.features(seen).astype(np.float64), seen.logs[head].astype(np.float64), targets, weights)


def _told(share: Floats, seen: Seen, head: str, space: Space, labels: int) -> Rows:
    """Return what a teacher said of texts as rows to learn from; a row of zeros says nothing."""
    at = np.flatnonzero(share.any(axis=1))
    x = space.features(seen).astype(np.float64)[at]
    weight = min(GUESS, labels / max(1, len(at)))
    return Rows(x, seen.logs[head].astype(np.float64)[at], share[at], np.full(len(at), weight))


def _guessed(
    guesses: Guesses | None, head: str, names: tuple[str, ...], reader: Teachable, space: Space, labels: int
) -> Rows | None:
    if guesses is None:
        return None
    texts, share = guesses.of(head, names)
    return _told(share, reader.see(texts), head, space, labels) if texts else None


def _version(reader: str, lesson: Lesson, guesses: Guesses | None, strengths: Mapping[str, float | None]) -> str:
    told = guesses.version if guesses else ""
    content = json.dumps([REVISION, reader, lesson.version, told, strengths], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:12]
