"""`Workspace.teaching`: what a workspace taught its reader, version by version, and which texts to label next.

It lies in ``.touchline/taught``: ``index.json`` tells every version and which one is in use; ``3.labels.jsonl`` holds
the labels that version 3 was given (beside those of the versions that it came from), ``3.npz`` what the reader applies.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from touchline.drain import Progress, silent
from touchline.errors import InputError, SettingsError, WorkspaceError
from touchline.evaluation.labels import SENTIMENTS
from touchline.understanding.teaching.lesson import Lesson, text_hash
from touchline.vocabulary.schemas import UNASSIGNED

if TYPE_CHECKING:
    from touchline.evaluation import Labels
    from touchline.understanding.base import Understander
    from touchline.understanding.teaching.learning import Head
    from touchline.understanding.teaching.seeing import Teachable
    from touchline.understanding.teaching.taught import Taught
    from touchline.understanding.teaching.teacher import Guesses, Teacher
    from touchline.workspace.workspace import Workspace

#: Texts without labels that the large encoder reads, at most.
TEACHER_TEXTS: Final = 5_000
#: Stored texts that take part in the choice of what to label, at most.
CANDIDATES: Final = 20_000
_CONTENTS: Final = ("text", "labels", "guess")


@dataclass(frozen=True, slots=True)
class Score:
    """How one head reads the labels, before and after, by five-fold cross-validation.

    Attributes:
        head: ``stage``, ``sentiment`` ...
        n: Labels.
        strength: Of the pull towards what was known; None where labels brought nothing and the head was left alone.
        before: Macro-F1 of the reader as it is shipped; None where there are too few labels to say.
        after: Macro-F1 of a reader taught with the other labels; None where there are too few.
        accuracy_before: Share right before.
        accuracy_after: Share right after.
    """

    head: str
    n: int
    strength: float | None
    before: float | None = None
    after: float | None = None
    accuracy_before: float | None = None
    accuracy_after: float | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """One version of what a reader was taught.

    Attributes:
        number: 1, 2, 3 ...
        parent: The version that it came from; 0 for the reader as it is shipped.
        made: When.
        file: Where its labels came from.
        given: Labelled texts that came with it.
        labels: Labelled texts that it learnt from, those of earlier versions included.
        unread: Those of them that seem to be in languages that are not read.
        accurate: How many texts the large encoder labelled besides; None where it was not asked.
        reader: The reader that it corrects.
        taught: Names what was learnt; part of the reader's version.
        scores: Per head that has labels.
    """

    number: int
    parent: int
    made: str
    file: str
    given: int
    labels: int
    unread: int
    accurate: int | None
    reader: str
    taught: str
    scores: tuple[Score, ...]

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A text to label.

    Attributes:
        text: The text.
        stage: What the reader takes it for.
        stage_share: How surely, 0 to 1.
        sentiment: What the reader takes it for.
        sentiment_share: How surely.
        doubt: How unsure it is of both, 0 to 1.
    """

    text: str
    stage: str
    stage_share: float
    sentiment: str
    sentiment_share: float
    doubt: float


class Teaching:
    """What the reader of an open workspace was taught."""

    def __init__(self, workspace: Workspace, path: Path) -> None:
        self._workspace = workspace
        self.path = path

    # ------------------------------------------------------------------------------------------------- versions

    @property
    def versions(self) -> tuple[Version, ...]:
        """Every version that was made, in order.

        Raises:
            WorkspaceError: The index is damaged.
        """
        return self._index()[1]

    @property
    def current(self) -> int:
        """The number of the version in use; 0 for the reader as it is shipped."""
        return self._index()[0]

    @property
    def lesson(self) -> Lesson:
        """All labels of the version in use."""
        return self._lesson(self.current)[0]

    def teach(
        self,
        rows: Iterable[tuple[str, Mapping[str, str]]],
        *,
        file: str,
        accurate: bool = False,
        progress: Progress = silent,
    ) -> Version:
        """Teach the reader with more labels, all earlier ones of the version in use included; read the texts again.

        Args:
            rows: Texts with their labels; where a text came before, the later label counts. Texts are redacted.
            file: Where they came from.
            accurate: Whether a large encoder labels more of the workspace's texts (extra ``accurate``).
            progress: Called with a step's name and how much of it is done.

        Raises:
            InputError: There are no labels.
            SettingsError: The workspace's reader cannot be taught, or the extra is not installed.
        """
        from touchline.understanding.teaching.learning import teach

        reader = self._reader()
        given = Lesson.of((self._clean(text), dict(labels)) for text, labels in rows)
        if not any(given.labels):
            raise InputError("there are no labels to learn from", where=file, todo="add stages, sentiments or others")
        before = self.current
        lesson = self._lesson(before)[0].plus(given)
        teacher = self._teacher(reader, lesson, progress) if accurate else None
        learnt = teach(reader, lesson, teacher=teacher, progress=progress)
        made = Version(
            number=max((version.number for version in self.versions), default=0) + 1,
            parent=before,
            made=datetime.now(UTC).isoformat(timespec="seconds"),
            file=file,
            given=len(given),
            labels=len(lesson),
            unread=learnt.unread,
            accurate=len(learnt.guesses.rows) if learnt.guesses else None,
            reader=learnt.taught.reader,
            taught=learnt.taught.version,
            scores=tuple(_score(head) for head in learnt.heads),
        )
        self.path.mkdir(parents=True, exist_ok=True)
        _write(self._labels_of(made.number), _lines(given, learnt.guesses).encode())
        _write(self._taught_of(made.number), learnt.taught.to_bytes())
        self._keep(made.number, (*self.versions, made), progress)
        return made

    def undo(self, progress: Progress = silent) -> int:
        """Go back to the version before the one in use; return its number, 0 for the reader as it is shipped.

        Raises:
            InputError: Nothing was taught.
        """
        current, versions = self._index()
        if not current:
            raise InputError("there is nothing to undo", todo="the reader in use is the one that is shipped")
        parent = next(version.parent for version in versions if version.number == current)
        self._keep(parent, versions, progress)
        return parent

    def redo(self, progress: Progress = silent) -> int:
        """Go forward again to the latest version that came from the one in use; return its number.

        Raises:
            InputError: There is none.
        """
        current, versions = self._index()
        later = [version.number for version in versions if version.parent == current]
        if not later:
            raise InputError("there is nothing to redo", todo="see the versions: touchline teach --list")
        self._keep(later[-1], versions, progress)
        return later[-1]

    def use(self, number: int, progress: Progress = silent) -> None:
        """Go to a version; 0 is the reader as it is shipped.

        Raises:
            InputError: There is no such version.
        """
        versions = self.versions
        known = (0, *(version.number for version in versions))
        if number not in known:
            raise InputError(
                f"there is no version {number}", todo=f"use one of {', '.join(str(version) for version in known)}"
            )
        self._keep(number, versions, progress)

    # ------------------------------------------------------------------------------------------------ the reader

    def applied(self, reader: Understander) -> Understander:
        """Return a reader that was taught the version in use; one that cannot be taught as it is."""
        if not self.current:
            return reader
        if _teachable(reader):
            return reader.with_taught(self._taught(reader))
        from touchline.understanding.llm import LlmUnderstander

        if isinstance(reader, LlmUnderstander) and _teachable(default := reader.default):
            return replace(reader, default=default.with_taught(self._taught(default)))
        return reader

    def fits(self, model: str | None) -> bool:
        """Tell whether texts read by a version of the understander were read as it is taught now."""
        current, versions = self._index()
        mark = next((f"taught-{version.taught}" for version in versions if version.number == current), None)
        return model is None or (mark in model if mark else ":taught-" not in model)

    def _reader(self) -> Teachable:
        """Return the reader that is shipped, or the one behind a language model."""
        found = self._workspace.shipped
        for reader in (found, _default(found)):
            if reader is not None and _teachable(reader):
                return reader
        raise SettingsError(
            f"the understander {found.version.partition(':')[0]} cannot be taught",
            where=str(self._workspace.folder.settings),
            todo="take use = ... out of [understanding]: the default one can",
        )

    def _taught(self, reader: Teachable) -> Taught:
        """Return the version in use for a reader; learnt anew where the stages or the shipped weights are others now.

        Raises:
            WorkspaceError: Its file is damaged.
        """
        from touchline.understanding.teaching.learning import teach
        from touchline.understanding.teaching.taught import Taught

        current, versions = self._index()
        (version,) = (version for version in versions if version.number == current)
        if version.reader == reader.untaught:
            path = self._taught_of(current)
            try:
                return Taught.from_bytes(path.read_bytes())
            except (OSError, ValueError) as error:
                raise WorkspaceError(
                    f"version {current} of what was taught cannot be read ({error})",
                    where=str(path),
                    todo="restore it from a backup, or go back: touchline teach --undo",
                ) from error
        lesson, guesses = self._lesson(current)
        learnt = teach(
            reader, lesson, guesses=guesses, strengths={score.head: score.strength for score in version.scores}
        )
        _write(self._taught_of(current), learnt.taught.to_bytes())
        fresh = replace(version, reader=learnt.taught.reader, taught=learnt.taught.version)
        self._write_index(current, tuple(fresh if v.number == current else v for v in versions))
        return learnt.taught

    def _teacher(self, reader: Teachable, lesson: Lesson, progress: Progress) -> Teacher:
        from touchline.understanding.encoder import Encoder
        from touchline.understanding.teaching.teacher import Teacher

        encoder = Encoder()  # raises where the extra is not installed
        labelled = {text_hash(text) for text in lesson.texts}
        others = [text for text in self._texts(TEACHER_TEXTS + len(labelled)) if text_hash(text) not in labelled]
        progress("asking the encoder", 0.0)
        teacher = Teacher(encoder, reader, lesson, others[:TEACHER_TEXTS])
        progress("asking the encoder", 1.0)
        return teacher

    # --------------------------------------------------------------------------------------------- what to label

    def candidates(self, many: int, progress: Progress = silent) -> list[Candidate]:
        """Return the stored texts that are most worth a label, the most telling first.

        They are those that the reader is least sure of, and unlike each other and what is labelled. Texts that were
        labelled or skipped are left out.

        Raises:
            SettingsError: The workspace's reader cannot be taught.
        """
        from touchline.understanding.teaching.choosing import choose, uncertainty

        reader = self._reader()
        reader = reader.with_taught(self._taught(reader)) if self.current else reader
        lesson = self.lesson
        done = {text_hash(text) for text in lesson.texts} | self._skipped()
        texts = [text for text in self._texts(CANDIDATES) if text_hash(text) not in done]
        progress("choosing", 0.0)
        seen = reader.see(texts)
        logs = seen.taught(reader.taught)
        doubt = (uncertainty(logs["stage"]) + uncertainty(logs["sentiment"])) / 2
        chosen = choose(seen.vectors, doubt, many, near=reader.see(lesson.texts).vectors if len(lesson) else None)
        progress("choosing", 1.0)
        found = []
        for i in chosen.tolist():
            stage, sentiment = (int(logs[head][i].argmax()) for head in ("stage", "sentiment"))
            found.append(
                Candidate(
                    texts[i],
                    (*self._workspace.taxonomy.ids, UNASSIGNED)[stage],
                    math.exp(logs["stage"][i, stage]),
                    SENTIMENTS[sentiment],
                    math.exp(logs["sentiment"][i, sentiment]),
                    float(doubt[i]),
                )
            )
        return found

    def skip(self, texts: Sequence[str]) -> None:
        """Let texts not be asked for again; only their hashes are kept."""
        if texts:
            self.path.mkdir(parents=True, exist_ok=True)
            held = sorted(self._skipped() | {text_hash(text) for text in texts})
            _write(self.path / "skipped", "".join(f"{name}\n" for name in held).encode())

    def _skipped(self) -> set[str]:
        path = self.path / "skipped"
        return set(path.read_text("utf-8").split()) if path.exists() else set()

    def _texts(self, most: int) -> list[str]:
        """Return distinct texts of customers that were understood, at most so many, drawn by hash, in a fixed order."""
        self._workspace.catch_up()
        rows = self._workspace.warehouse.fetch(
            "SELECT text FROM (SELECT DISTINCT text FROM stored SEMI JOIN"
            " (SELECT interaction_id FROM evidence WHERE understood) USING (interaction_id)"
            " WHERE text IS NOT NULL AND trim(text) <> '') ORDER BY md5(text), text LIMIT $most",
            most=most,
        )
        found: list[str] = rows["text"].to_pylist()
        return found

    # ------------------------------------------------------------------------------------------------- the files

    def _clean(self, text: str) -> str:
        from touchline.privacy import redact_text

        return redact_text(text, rules=self._workspace.settings.privacy)

    def _labels_of(self, number: int) -> Path:
        return self.path / f"{number}.labels.jsonl"

    def _taught_of(self, number: int) -> Path:
        return self.path / f"{number}.npz"

    def _lesson(self, number: int) -> tuple[Lesson, Guesses | None]:
        """Return all labels of a version, and what the large encoder labelled for it."""
        from touchline.understanding.teaching.teacher import Guesses

        parents = {version.number: version.parent for version in self.versions}
        lesson, guesses, at = Lesson(), None, number
        while at:
            rows = self._rows(self._labels_of(at))
            lesson = Lesson.of((row["text"], row["labels"]) for row in rows if "labels" in row).plus(lesson)
            if at == number and any("guess" in row for row in rows):
                guesses = Guesses(tuple((row["text"], row["guess"]) for row in rows if "guess" in row))
            at = parents[at]
        return lesson, guesses

    def _rows(self, path: Path) -> list[dict[str, Any]]:
        try:
            rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        except (OSError, ValueError) as error:
            raise WorkspaceError(
                f"the labels cannot be read ({error})",
                where=str(path),
                todo="restore them from a backup, or go to another version: touchline teach --use 0",
            ) from error
        if not all(isinstance(row, dict) and "text" in row and set(row) <= set(_CONTENTS) for row in rows):
            raise WorkspaceError(
                "there are lines that are no labels", where=str(path), todo="restore them from a backup"
            )
        return rows

    def _index(self) -> tuple[int, tuple[Version, ...]]:
        path = self.path / "index.json"
        if not path.exists():
            return 0, ()
        try:
            held = json.loads(path.read_text("utf-8"))
            versions = tuple(
                Version(**{**row, "scores": tuple(Score(**score) for score in row["scores"])})
                for row in held["versions"]
            )
            current = int(held["current"])
            if current and current not in {version.number for version in versions}:
                raise ValueError(f"version {current} is in use and unknown")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WorkspaceError(
                f"what was taught cannot be read ({error})", where=str(path), todo="restore it from a backup"
            ) from error
        return current, versions

    def _keep(self, current: int, versions: tuple[Version, ...], progress: Progress) -> None:
        """Write the index, then read the texts by it. Killed in between, the next command reads them."""
        self._write_index(current, versions)
        self._workspace.forget_reader()
        self._workspace.catch_up(progress)

    def _write_index(self, current: int, versions: tuple[Version, ...]) -> None:
        self.path.mkdir(parents=True, exist_ok=True)
        held = {"current": current, "versions": [version.as_json() for version in versions]}
        _write(self.path / "index.json", (json.dumps(held, ensure_ascii=False, indent=1) + "\n").encode())


def rows_of(labels: Labels) -> list[tuple[str, Mapping[str, str]]]:
    """Return what a table of labels teaches."""
    return [(row.text, row.labels) for row in labels.rows if row.labels]


def _teachable(reader: Understander) -> TypeGuard[Teachable]:
    return hasattr(reader, "with_taught")


def _default(reader: Understander) -> Understander | None:
    """Return what reads the texts that a language model does not."""
    from touchline.understanding.llm import LlmUnderstander

    return reader.default if isinstance(reader, LlmUnderstander) else None


def _score(head: Head) -> Score:
    from touchline.evaluation.metrics import accuracy, confusion, macro_f1

    if not head.checked:
        return Score(head.head, head.n, head.strength)
    before, after = (confusion(head.gold, read, len(head.names)) for read in (head.before, head.after))
    return Score(
        head.head,
        head.n,
        head.strength,
        *(round(float(metric(counts)), 4) for metric in (macro_f1, accuracy) for counts in (before, after)),
    )


def _lines(given: Lesson, guesses: Guesses | None) -> str:
    rows: list[dict[str, Any]] = [{"text": text, "labels": dict(labels)} for text, labels in given.rows]
    rows += [{"text": text, "guess": said} for text, said in (guesses.rows if guesses else ())]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _write(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(content)
    os.replace(fresh, path)
