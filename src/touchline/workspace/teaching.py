"""`Workspace.teaching`: what a workspace taught its reader, version by version, and which texts to label next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeGuard

from touchline.drain import Progress, silent
from touchline.errors import InputError, SettingsError, WorkspaceError
from touchline.understanding.teaching.lesson import Given, Lesson, text_hash
from touchline.words import phrase
from touchline.workspace import forgetting
from touchline.workspace.forgetting import Forgotten
from touchline.workspace.labelling import Candidate, candidates
from touchline.workspace.taught import Files, Row, Score, Version

if TYPE_CHECKING:
    from touchline.evaluation import Labels
    from touchline.understanding.base import Understander
    from touchline.understanding.teaching.learning import Head
    from touchline.understanding.teaching.seeing import Teachable
    from touchline.understanding.teaching.taught import Taught
    from touchline.understanding.teaching.teacher import Guesses, Teacher
    from touchline.workspace.workspace import Workspace

__all__ = ["Candidate", "Forgotten", "Score", "Teaching", "Version", "given_by"]

#: Texts without labels that the large encoder reads, at most.
TEACHER_TEXTS: Final = 5_000
#: Stored texts that take part in the choice of what to label, at most.
CANDIDATES: Final = 20_000


class Teaching:
    """What the reader of an open workspace was taught."""

    def __init__(self, workspace: Workspace, path: Path) -> None:
        self._workspace = workspace
        self._files = Files(path)

    # ------------------------------------------------------------------------------------------------- versions

    @property
    def versions(self) -> tuple[Version, ...]:
        """Every version that was made, in order.

        Raises:
            WorkspaceError: The index is damaged.
        """
        return self._files.index()[1]

    @property
    def current(self) -> int:
        """The number of the version in use; 0 for the reader as it is shipped."""
        return self._files.index()[0]

    @property
    def lesson(self) -> Lesson:
        """All labels of the version in use."""
        return self._files.lesson(self.current)[0]

    def teach(
        self,
        rows: Iterable[Given | tuple[str, Mapping[str, str]]],
        *,
        file: str,
        accurate: bool = False,
        progress: Progress = silent,
    ) -> Version:
        """Teach the reader with more labels, all earlier ones of the version in use included; read the texts again.

        Args:
            rows: Texts, or parts of texts, with their labels; a part is learnt as a text of its own. Where a text came
                before, the later label counts. Texts are redacted.
            file: Where they came from.
            accurate: Whether a large encoder labels more of the workspace's texts (extra ``accurate``).
            progress: Called with a step's name and how much of it is done.

        Raises:
            InputError: There are no labels.
            SettingsError: The workspace's reader cannot be taught, or the extra is not installed.
        """
        from touchline.understanding.teaching.learning import teach

        reader = self._reader()
        lines = self._lines([Given(*row) for row in rows])
        given = Lesson.of((line["text"], line["labels"]) for line in lines)
        if not any(given.labels):
            raise InputError(
                phrase("there are no labels to learn from"), where=file, todo=phrase("add stages, sentiments or others")
            )
        before = self.current
        lesson = self._files.lesson(before)[0].plus(given)
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
        self._files.write_rows(made.number, [*lines, *_guessed(learnt.guesses)])
        self._files.write_taught(made.number, learnt.taught.to_bytes())
        self._keep(made.number, (*self.versions, made), progress)
        return made

    def undo(self, progress: Progress = silent) -> int:
        """Go back to the version before the one in use; return its number, 0 for the reader as it is shipped.

        Raises:
            InputError: Nothing was taught.
        """
        current, versions = self._files.index()
        if not current:
            raise InputError(
                phrase("there is nothing to undo"), todo=phrase("the reader in use is the one that is shipped")
            )
        parent = next(version.parent for version in versions if version.number == current)
        self._keep(parent, versions, progress)
        return parent

    def redo(self, progress: Progress = silent) -> int:
        """Go forward again to the latest version that came from the one in use; return its number.

        Raises:
            InputError: There is none.
        """
        current, versions = self._files.index()
        later = [version.number for version in versions if version.parent == current]
        if not later:
            raise InputError(
                phrase("there is nothing to redo"), todo=phrase("see the versions: touchline teach --list")
            )
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
                phrase("there is no version {number}", number=str(number)),
                todo=phrase("use one of {names}", names=", ".join(str(version) for version in known)),
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
        current, versions = self._files.index()
        taught = next((version.taught for version in versions if version.number == current), None)
        if model is None or taught is None:
            return model is None or ":taught-" not in model
        return bool(taught) and f"taught-{taught}" in model

    def _reader(self) -> Teachable:
        """Return the reader that is shipped, or the one behind a language model."""
        found = self._workspace.shipped
        for reader in (found, _default(found)):
            if reader is not None and _teachable(reader):
                return reader
        raise SettingsError(
            phrase("the understander {value} cannot be taught", value=str(found.version.partition(":")[0])),
            where=str(self._workspace.folder.settings),
            todo=phrase("take use = ... out of [understanding]: the default one can"),
        )

    def _taught(self, reader: Teachable) -> Taught:
        """Return the version in use for a reader; learnt anew where the stages or the shipped weights are others now.

        Raises:
            WorkspaceError: Its file is damaged.
        """
        from touchline.understanding.teaching.learning import teach
        from touchline.understanding.teaching.taught import Taught

        current, versions = self._files.index()
        (version,) = (version for version in versions if version.number == current)
        if version.reader == reader.untaught:
            path = self._files.taught_of(current)
            try:
                return Taught.from_bytes(path.read_bytes())
            except (OSError, ValueError) as error:
                raise WorkspaceError(
                    phrase(
                        "version {current} of what was taught cannot be read ({error})",
                        current=str(current),
                        error=str(error),
                    ),
                    where=str(path),
                    todo=phrase("restore it from a backup, or go back: touchline teach --undo"),
                ) from error
        lesson, guesses = self._files.lesson(current)
        learnt = teach(
            reader, lesson, guesses=guesses, strengths={score.head: score.strength for score in version.scores}
        )
        self._files.write_taught(current, learnt.taught.to_bytes())
        fresh = replace(version, reader=learnt.taught.reader, taught=learnt.taught.version)
        self._files.write_index(current, tuple(fresh if v.number == current else v for v in versions))
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
        reader = self._reader()
        reader = reader.with_taught(self._taught(reader)) if self.current else reader
        done = self._files.wholes(self.current) | self._files.skipped()
        texts = [text for text in self._texts(CANDIDATES) if text_hash(text) not in done]
        progress("choosing", 0.0)
        found = candidates(reader, self._workspace.taxonomy, texts, self.lesson.texts, many)
        progress("choosing", 1.0)
        return found

    def skip(self, texts: Sequence[str]) -> None:
        """Let texts not be asked for again; only their hashes are kept."""
        if texts:
            self._files.write_skipped(self._files.skipped() | {text_hash(text) for text in texts})

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

    # ------------------------------------------------------------------------------------------------ forgetting

    def forget(self, names: Iterable[str], progress: Progress = silent) -> Forgotten:
        """Let go of labels, in every version, learn the rest anew and read the texts again by it.

        Args:
            names: Interactions' ids, whose texts' labels go; or labelled texts themselves.
            progress: Called with a step's name and how much of it is done.

        Raises:
            InputError: Something is neither.
        """
        self._workspace.catch_up(progress)
        names = list(names)
        there = forgetting.known(self._workspace.warehouse, names)
        for name in names:
            if name not in there and not self._holds(name):
                raise InputError(
                    phrase("there is no interaction and no label {name}", name=repr(name)),
                    todo=phrase("name an interaction's id, or a labelled text as it was given"),
                )
        texts = [*forgetting.texts_of(self._workspace.warehouse, there), *(n for n in names if n not in there)]
        return self._forgotten(texts, progress)

    def forget_customer(self, customer: str, progress: Progress = silent) -> Forgotten:
        """Let go of the labels of all that a customer said; call it before the customer's words are erased.

        Raises:
            InputError: There is no such customer.
        """
        self._workspace.catch_up(progress)
        warehouse = self._workspace.warehouse
        ids = forgetting.interactions_of(warehouse, customer)
        return self._forgotten(forgetting.texts_of(warehouse, ids), progress)

    def forget_texts(self, texts: Sequence[str], progress: Progress = silent) -> Forgotten:
        """Let go of the labels of some texts, where there are any."""
        return self._forgotten(texts, progress)

    def forget_gone(self, progress: Progress = silent) -> Forgotten:
        """Let go of the labels of texts that were stored when they were labelled and are stored no longer.

        To be called after an erasure; labels of texts that the workspace never stored stay.
        """
        self._workspace.catch_up(progress)
        return self._changed(forgetting.forget_gone(self._files, self._workspace.warehouse), progress)

    def redact_again(self, progress: Progress = silent) -> Forgotten:
        """Redact the labelled texts by the rules as they are now, and learn them anew where any has changed."""
        return self._changed(forgetting.redact_again(self._files, self._clean), progress)

    def _forgotten(self, texts: Sequence[str], progress: Progress) -> Forgotten:
        keys = {forgetting.key_of(text, self._clean) for text in texts} | {text_hash(text) for text in texts}
        return self._changed(forgetting.forget(self._files, keys, self._clean), progress)

    def _changed(self, found: Forgotten, progress: Progress) -> Forgotten:
        if found.labels:
            self._workspace.forget_reader()
            self._workspace.catch_up(progress)
        return found

    def _holds(self, text: str) -> bool:
        wanted = {text_hash(text), forgetting.key_of(text, self._clean)}
        rows = (row for version in self.versions for row in self._files.rows(version.number))
        return any(forgetting.keys_of(row, self._clean) & wanted for row in rows) or bool(
            wanted & self._files.skipped()
        )

    def _clean(self, text: str) -> str:
        from touchline.privacy import redact_text

        return redact_text(text, rules=self._workspace.settings.privacy)

    def _lines(self, rows: Sequence[Given]) -> list[Row]:
        """Return the lines to be kept of labels, redacted, each with where it came from."""
        lines: list[dict[str, Any]] = []
        for row in rows:
            text = self._clean(row.text)
            words = forgetting.same_part(row.text, text, row.start, row.end)
            part = {"within": text} if words.strip() != text.strip() else {}
            lines.append({"text": words if part else text, "labels": dict(row.labels), **part})
        stored = forgetting.own(self._workspace.warehouse, [forgetting.whole(line) for line in lines])
        return [{**line, "stored": True} if forgetting.whole(line) in stored else line for line in lines]

    def _keep(self, current: int, versions: tuple[Version, ...], progress: Progress) -> None:
        """Write the index, then read the texts by it. Killed in between, the next command reads them."""
        self._files.write_index(current, versions)
        self._workspace.forget_reader()
        self._workspace.catch_up(progress)


def given_by(labels: Labels) -> list[Given]:
    """Return what a table of labels teaches."""
    return [Given(row.text, row.labels, row.start, row.end) for row in labels.rows if row.labels]


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


def _guessed(guesses: Guesses | None) -> list[Row]:
    """Return the lines to be kept of what the large encoder said; its texts are the workspace's own."""
    return [{"text": text, "guess": said, "stored": True} for text, said in (guesses.rows if guesses else ())]
