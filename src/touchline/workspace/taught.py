"""The files of what a workspace taught its reader, in ``.touchline/taught``.

``index.json`` tells every version and which one is in use; ``3.labels.jsonl`` holds the labels that version 3 was given
(beside those of the versions that it came from), ``3.npz`` what the reader applies.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from touchline.errors import WorkspaceError
from touchline.understanding.teaching.lesson import Lesson, text_hash

if TYPE_CHECKING:
    from touchline.understanding.teaching.teacher import Guesses

#: What a line of labels may hold.
_CONTENTS: Final = ("text", "labels", "within", "stored", "guess")

#: One line of a file of labels: a text with ``labels``, or with a ``guess`` of the large encoder. ``within`` is the
#: text that the words were cut out of; ``stored`` says that it was one of the workspace's own.
Row = Mapping[str, Any]


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
        reader: The reader that it corrects; empty where its labels are to be learnt anew.
        taught: Names what was learnt; part of the reader's version. Empty where it is to be learnt anew.
        scores: Per head that has labels, as they were found when it was made.
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
class Files:
    """The folder, read and written."""

    path: Path

    def index(self) -> tuple[int, tuple[Version, ...]]:
        """Return the number of the version in use, 0 for none, and all versions in order.

        Raises:
            WorkspaceError: The index is damaged.
        """
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

    def write_index(self, current: int, versions: Sequence[Version]) -> None:
        """Write which versions there are, and which is in use."""
        held = {"current": current, "versions": [version.as_json() for version in versions]}
        self._write("index.json", (json.dumps(held, ensure_ascii=False, indent=1) + "\n").encode())

    def lesson(self, number: int) -> tuple[Lesson, Guesses | None]:
        """Return all labels of a version, and what the large encoder labelled for it."""
        from touchline.understanding.teaching.teacher import Guesses

        lesson, guesses = Lesson(), None
        for at in self.line(number):
            rows = self.rows(at)
            lesson = Lesson.of((row["text"], row["labels"]) for row in rows if "labels" in row).plus(lesson)
            if at == number and any("guess" in row for row in rows):
                guesses = Guesses(tuple((row["text"], row["guess"]) for row in rows if "guess" in row))
        return lesson, guesses

    def wholes(self, number: int) -> set[str]:
        """Return the hashes of the texts of which a version has labels, also those labelled in parts."""
        rows = [row for at in self.line(number) for row in self.rows(at) if "labels" in row]
        return {text_hash(text) for row in rows for text in (row["text"], row.get("within")) if text}

    def line(self, number: int) -> list[int]:
        """Return a version and those that it came from, the latest first."""
        parents = {version.number: version.parent for version in self.index()[1]}
        found = []
        while number:
            found.append(number)
            number = parents[number]
        return found

    def rows(self, number: int) -> list[Row]:
        """Return the lines of labels that came with a version.

        Raises:
            WorkspaceError: They cannot be read.
        """
        path = self.labels_of(number)
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

    def write_rows(self, number: int, rows: Iterable[Row]) -> None:
        """Write the lines of labels that come with a version."""
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        self._write(self.labels_of(number).name, lines.encode())

    def labels_of(self, number: int) -> Path:
        """Return the file of a version's labels."""
        return self.path / f"{number}.labels.jsonl"

    def taught_of(self, number: int) -> Path:
        """Return the file of what the reader applies."""
        return self.path / f"{number}.npz"

    def write_taught(self, number: int, content: bytes) -> None:
        """Write what the reader applies."""
        self._write(self.taught_of(number).name, content)

    def skipped(self) -> set[str]:
        """Return the hashes of texts that are not asked for again."""
        path = self.path / "skipped"
        return set(path.read_text("utf-8").split()) if path.exists() else set()

    def write_skipped(self, hashes: Iterable[str]) -> None:
        """Write the hashes of texts that are not asked for again."""
        self._write("skipped", "".join(f"{name}\n" for name in sorted(hashes)).encode())

    def rewrite(self, change: Callable[[Row], Row | None]) -> int:
        """Change lines of labels, or let go of them, in every version; return how many.

        Versions that learnt from a changed line are marked to be learnt anew, and what was learnt from it is gone. What
        is marked is marked before a line changes: killed in between, another call goes on where this one stopped.

        Args:
            change: Gives what a line becomes; None lets it go.
        """
        current, versions = self.index()
        before = {version.number: self.rows(version.number) for version in versions}
        after = {number: [change(row) for row in rows] for number, rows in before.items()}
        touched = {number for number, rows in after.items() if rows != before[number]}
        if not touched:
            return 0
        stale = {version.number for version in versions if touched.intersection(self.line(version.number))}
        self.write_index(current, [replace(v, reader="", taught="") if v.number in stale else v for v in versions])
        for number in stale:
            self.taught_of(number).unlink(missing_ok=True)
        for number in touched:
            self.write_rows(number, [row for row in after[number] if row is not None])
        counted = [self._counted(version) for version in self.index()[1]]
        self.write_index(current, counted)
        return sum(old != new for number in touched for old, new in zip(before[number], after[number], strict=True))

    def _counted(self, version: Version) -> Version:
        """Return a version that tells how many labels it has now."""
        lesson, guesses = self.lesson(version.number)
        given = Lesson.of((row["text"], row["labels"]) for row in self.rows(version.number) if "labels" in row)
        accurate = None if version.accurate is None else len(guesses.rows) if guesses else 0
        return replace(version, given=len(given), labels=len(lesson), accurate=accurate)

    def _write(self, name: str, content: bytes) -> None:
        """Write a file as a whole or not at all."""
        self.path.mkdir(parents=True, exist_ok=True)
        fresh = self.path / f"{name}.new"
        fresh.write_bytes(content)
        os.replace(fresh, self.path / name)
