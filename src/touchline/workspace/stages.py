"""`Workspace.stages`: the stages changed, version by version; the file ``taxonomy.yaml`` is the one in use."""

from __future__ import annotations

import difflib
import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from touchline.drain import Progress, silent
from touchline.errors import InputError
from touchline.journal import Batch
from touchline.settings.agreement import check
from touchline.vocabulary.schemas import TAXONOMIES
from touchline.vocabulary.taxonomy import Taxonomy
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True)
class StagesVersion:
    """The stages as they were from a moment on.

    Attributes:
        number: 1, 2, 3 ... in the order in which they came into use.
        version: Names the content.
        text: The file, as YAML.
        at: Since when.
        by: Who changed them.
        note: What for.
        current: Whether they are in use.
    """

    number: int
    version: str
    text: str
    at: datetime
    by: str
    note: str
    current: bool = False


class Stages:
    """The stages of an open workspace. What is changed is on disk, and in the warehouse, when a method returns.

    >>> from touchline.workspace import Workspace
    >>> with Workspace.temporary() as workspace:
    ...     _ = workspace.stages.change(workspace.stages.text.replace("name: Awareness", "name: Discovery"), by="Ann")
    ...     [(one.by, one.current) for one in workspace.stages.versions], workspace.taxonomy.stages[0].name
    ([('', False), ('Ann', True)], 'Discovery')
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    @property
    def path(self) -> Path:
        """The file that the settings name.

        Raises:
            InputError: They name a template.
        """
        own = self._workspace
        name = own.settings.workspace.taxonomy
        if Path(name).suffix.lower() not in (".yaml", ".yml"):
            raise InputError(
                phrase("the settings name the template {name}, which is not yours to change", name=str(name)),
                where=str(own.folder.settings),
                todo=phrase(
                    "write it down with `touchline taxonomy new`, and name that file: taxonomy = {name} becomes "
                    'taxonomy = "taxonomy.yaml"',
                    name=repr(name),
                ),
            )
        return own.folder.root / name

    @property
    def text(self) -> str:
        """The stages in use, as YAML: the file as it was written, or a template's."""
        name = self._workspace.settings.workspace.taxonomy
        return Taxonomy.template_text(name) if name in Taxonomy.templates() else self.path.read_text("utf-8-sig")

    @property
    def versions(self) -> tuple[StagesVersion, ...]:
        """Every version that was in use since the first change, in order; empty where nothing was changed."""
        rows = [row for entry in self._workspace.journal.of_kind("taxonomy") for row in entry.table.to_pylist()]
        now = self._workspace.taxonomy.version
        last = max((i for i, row in enumerate(rows) if row["version"] == now), default=-1)
        return tuple(StagesVersion(i + 1, **row, current=i == last) for i, row in enumerate(rows))

    def version(self, number: int) -> StagesVersion:
        """Return a version.

        Raises:
            InputError: There is no such one.
        """
        found = self.versions
        if not 1 <= number <= len(found):
            raise InputError(
                phrase("there is no version {number} of the stages", number=str(number)),
                todo=phrase("there are {n}", n=str(len(found))),
            )
        return found[number - 1]

    def checked(self, text: str) -> Taxonomy:
        """Return stages from a text, if a workspace of these settings can use them.

        Raises:
            TaxonomyError: They are wrong: each problem with its line.
            SettingsError: The settings name a stage or touchpoint that would be gone.
        """
        found = Taxonomy.parse(text, "taxonomy.yaml")
        check(self._workspace.settings, found)
        return found

    def change(self, text: str, *, by: str, note: str = "", progress: Progress = silent) -> Taxonomy:
        """Use other stages: the journal keeps them as a version, then everything is placed anew, beside what is shown.

        Args:
            text: YAML.
            by: Who changes them.
            note: What for.
            progress: Called with a step's name and how much of it is done.

        Raises:
            TaxonomyError: They are wrong; nothing has changed.
            SettingsError: The settings name a stage or touchpoint that would be gone; nothing has changed.
            InputError: They are the ones in use.
        """
        fresh = self.checked(text)
        path, own = self.path, self._workspace
        before = Taxonomy.load(path)
        if fresh.version == own.taxonomy.version == before.version:
            raise InputError(phrase("these are the stages in use"), todo=phrase("change something, or leave them"))
        known = self.versions
        if not known or known[-1].version != before.version:
            self._keep(before.version, path.read_text("utf-8-sig"), "", "edited by hand" if known else "as it began")
        self._keep(fresh.version, text, by, note)
        new = path.with_name(f".{path.name}.new")
        new.write_text(text, encoding="utf-8")
        os.replace(new, path)
        own.use_stages(fresh, progress)
        return fresh

    def restore(self, number: int, *, by: str, progress: Progress = silent) -> Taxonomy:
        """Use a version again; it becomes the latest.

        Raises:
            InputError: There is no such one, or it is in use.
            SettingsError: The settings name a stage that it does not have.
        """
        wanted = self.version(number)
        return self.change(wanted.text, by=by, note=f"version {number} again", progress=progress)

    def _keep(self, version: str, text: str, by: str, note: str) -> None:
        journal, now = self._workspace.journal, datetime.now(UTC)
        row = {"version": version, "text": text, "at": now, "by": by, "note": note}
        # the head is in the digest: the same stages again are another version
        digest = hashlib.sha256(repr((journal.head, version, text)).encode()).digest()
        journal.append(Batch("taxonomy", pa.Table.from_pylist([row], TAXONOMIES), digest, False, "stages", now))


def difference(before: str, after: str) -> list[str]:
    r"""Return what differs between two texts, as lines of a unified diff without its head.

    >>> difference("a\nb\n", "a\nc\n")
    ['@@ -1,2 +1,2 @@', ' a', '-b', '+c']
    """
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2)
    return [line for line in lines if not line.startswith(("---", "+++"))]
