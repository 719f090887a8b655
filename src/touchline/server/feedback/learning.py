"""The reader of a workspace, being taught by what people correct: one lesson at a time, in a thread of its own."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from touchline.errors import TouchlineError, WorkspaceError
from touchline.server.workspaces.facade import held
from touchline.words import phrase

if TYPE_CHECKING:
    from collections.abc import Callable

    from touchline.workspace import Workspace

_log = logging.getLogger("touchline.learning")
_lessons: dict[str, Lesson] = {}
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a person says of one mention, or of a whole text.

    Attributes:
        interaction: Whose.
        mention: Its number; None where it is the only one, and the whole text is meant.
        text: The text, as stored.
        labels: Kind of label to its value, by id.
        start: First character of the part; None for the whole text.
        end: One past its last.
    """

    interaction: str
    mention: int | None
    text: str
    labels: dict[str, str]
    start: int | None = None
    end: int | None = None


@dataclass
class Lesson:
    """A lesson, as far as it is.

    Attributes:
        by: Who gives it.
        given: How many labels.
        step: What is being done; empty when it is over.
        done: How much of that, 0 to 1.
        version: The number of the version made; None while it is not, or where nothing came of it.
        scores: Per kind of label, how well labels are read before and after.
        agrees: How many of the labels are read so now.
        trouble: What went wrong.
    """

    by: str
    given: int
    step: str = "reading labels"
    done: float = 0.0
    version: int | None = None
    scores: tuple[Any, ...] = ()
    agrees: int = 0
    trouble: str = ""
    thread: threading.Thread | None = field(default=None, repr=False)


def lesson_of(slug: str) -> Lesson | None:
    """Return the lesson that is being given, or the last one that was since the server began."""
    return _lessons.get(slug)


def begin(slug: str, labels: Sequence[Corrected], *, by: str) -> Lesson:
    """Teach a workspace's reader in a thread.

    Raises:
        WorkspaceError: It is being taught already.
    """
    with _lock:
        now = _lessons.get(slug)
        if now is not None and now.step:
            raise WorkspaceError(
                phrase("the reader is learning already"), todo=phrase("wait until it has done, and send this again")
            )
        lesson = _lessons[slug] = Lesson(by, len(labels))
    lesson.thread = threading.Thread(target=_teach, args=(slug, lesson, labels), name=f"learn-{slug}", daemon=True)
    lesson.thread.start()
    return lesson


def _teach(slug: str, lesson: Lesson, labels: Sequence[Corrected]) -> None:
    from touchline.understanding.teaching.lesson import Given

    def progress(step: str, done: float) -> None:
        lesson.step, lesson.done = step, done

    try:
        with held(slug).writing() as opened:
            rows = [Given(one.text, one.labels, one.start, one.end) for one in labels]
            made = opened.teaching.teach(rows, file=f"feedback, {lesson.by}", progress=progress)
            lesson.agrees = _agreeing(opened, labels)
        lesson.version, lesson.scores = made.number, made.scores
    except TouchlineError as error:
        lesson.trouble = str(error)
    except Exception as error:  # told on the page; the thread has nobody else to tell
        _log.exception("teaching the reader of %s failed", slug)
        lesson.trouble = str(error)
    finally:
        lesson.step = ""


def _agreeing(opened: Workspace, labels: Sequence[Corrected]) -> int:
    """Return how many labels the workspace's mentions have now."""
    import pyarrow as pa

    asked = pa.table({"interaction_id": pa.array([one.interaction for one in labels], pa.string())})
    with opened.warehouse.given(asked=asked):
        found = opened.warehouse.fetch(
            "SELECT interaction_id, mention, stage, sentiment FROM mentions SEMI JOIN asked USING (interaction_id)"
        ).to_pylist()
    signs = {"negative": -1, "neutral": 0, "positive": 1}
    read: dict[str, list[dict[str, Any]]] = {}
    for row in found:
        read.setdefault(row["interaction_id"], []).append(row)

    def same(one: Corrected) -> bool:
        mine = [row for row in read.get(one.interaction, []) if one.mention in (None, row["mention"])]
        wanted = {name: signs.get(value, value) for name, value in one.labels.items()}
        return any(all(row[name] == value for name, value in wanted.items()) for row in mine)

    return sum(map(same, labels))


def go_back(slug: str) -> int:
    """Undo the last lesson; return the version that is in use now."""
    with held(slug).writing() as opened:
        number = opened.teaching.undo()
    _lessons.pop(slug, None)
    return number


def changing(slug: str, change: Callable[[Workspace], Any]) -> Any:
    """Change a workspace while no drain runs."""
    with held(slug).writing() as opened:
        return change(opened)
