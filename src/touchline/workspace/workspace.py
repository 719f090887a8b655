"""`Workspace`: what everything above the engine holds on to."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import Lock, RLock
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from touchline.drain import Drained, Progress, Projection, drain, received, silent, store
from touchline.errors import TouchlineError, WarehouseDamaged, WarehouseLocked, WorkspaceError
from touchline.journal import Batch, open_journal
from touchline.privacy.tombstones import Graveyard
from touchline.settings import Settings, new_toml, open_taxonomy
from touchline.vocabulary.schemas import CLAIMS
from touchline.vocabulary.taxonomy import Taxonomy
from touchline.warehouse.duckdb import DuckWarehouse
from touchline.warehouse.duckdb.connection import Limits, opened_anew
from touchline.workspace import erasing
from touchline.workspace.checking import check_files, check_index, check_state
from touchline.workspace.folder import Folder, key_of
from touchline.workspace.importing import Imported, take_in
from touchline.workspace.quarantine import Quarantine
from touchline.workspace.stages import Stages
from touchline.workspace.status import Status, status
from touchline.workspace.teaching import Teaching, Version, given_by
from touchline.workspace.themes import Themes
from touchline.workspace.understood import Understood, ask_again, understood
from touchline.workspace.upgrading import bring_up
from touchline.workspace.upkeep import Rebuilt, check, rebuild, refuse_older, refuse_short
from touchline.workspace.words import Words

if TYPE_CHECKING:
    from touchline.evaluation import Labels
    from touchline.sources import Export
    from touchline.understanding.base import Understander
    from touchline.warehouse.base import Warehouse
    from touchline.warehouse.index import Journeys
    from touchline.warehouse.spark.warehouse import SparkWarehouse

#: Seconds that a thread waits for another that opens the warehouse.
_WAIT: Final = 5.0


class Workspace:
    """An open workspace. Close it, or use it in a ``with``.

    The warehouse is opened when it is first needed, so that a workspace whose warehouse another process holds can
    still accept records.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Folder(folder.resolve())
        self.folder.require()
        bring_up(self.folder)
        self.settings = Settings.load(self.folder.settings)
        self._stages = open_taxonomy(self.settings)
        self.themes = Themes(self, self.folder.themes)
        self.name_themes()
        self.teaching = Teaching(self, self.folder.taught)
        self.quarantine = Quarantine(self)
        self.stages = Stages(self)
        self.words = Words(self, self.folder.words)
        self.key = self.folder.key()
        self.journal = open_journal(self.folder)
        self._index: tuple[str, Journeys] | None = None
        self._indexing = Lock()
        self._warehouse: DuckWarehouse | None = None
        self._refused: WarehouseDamaged | None = None
        self._opening = RLock()
        self._erasing = False
        #: Gives, for the model, one that has the texts read by other processes; a server sets it.
        self.read_elsewhere: Callable[[Understander], Understander] | None = None

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        name: str = "",
        taxonomy: str = "b2c",
        settings: str | None = None,
        key: bytes | None = None,
    ) -> Workspace:
        """Make a workspace in a folder and open it.

        Args:
            folder: Made when it is missing.
            name: Defaults to the folder's name.
            taxonomy: A template's name; the template is copied, to be edited.
            settings: The text of ``touchline.toml``; by default a commented starter.
            key: The secret of its ids, 32 bytes; a fresh one without.

        Raises:
            WorkspaceError: There is one already.
            TaxonomyError: There is no such template.
        """
        place = Folder(folder.resolve())
        if place.settings.exists():
            raise WorkspaceError(
                "there is a workspace here already", where=str(place.settings), todo="choose another folder"
            )
        stages = Taxonomy.template_text(taxonomy)
        text = settings or new_toml(name or place.root.name, "taxonomy.yaml")
        Settings.parse(text, str(place.settings))
        place.make(key)
        place.taxonomy.write_text(stages, encoding="utf-8")
        place.settings.write_text(text, encoding="utf-8")
        return cls(folder)

    @classmethod
    @contextmanager
    def temporary(
        cls, *, taxonomy: str = "b2c", settings: str | None = None, of: Iterable[Path] = ()
    ) -> Iterator[Workspace]:
        """Open a workspace that is gone afterwards.

        Args:
            taxonomy: A template's name.
            settings: The text of ``touchline.toml``.
            of: Files that it is opened for. Its key is made of what they hold, so that the same files give the same
                figures again: intervals draw customers by ids that the key makes.
        """
        root = Path(tempfile.mkdtemp(prefix="touchline-"))
        files = tuple(of)
        key = key_of(files) if files else None
        try:
            with cls.create(
                root / "workspace", name="analysis", taxonomy=taxonomy, settings=settings, key=key
            ) as workspace:
                yield workspace
        finally:
            shutil.rmtree(root)

    def __enter__(self) -> Workspace:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close journal and warehouse."""
        self.let_go_of_warehouse()
        if "cluster" in self.__dict__:
            self.cluster.close()
            del self.__dict__["cluster"]
        self.journal.close()

    @property
    def warehouse(self) -> DuckWarehouse:
        """The warehouse, opened: one for all threads.

        Raises:
            WarehouseLocked: Another process holds it.
            WarehouseDamaged: It cannot be used, or holds fewer rows than were written.
        """
        with self.exchanging():
            if self._warehouse is None:
                self._warehouse = self._opened()
            return self._warehouse

    def _opened(self) -> DuckWarehouse:
        warehouse = None
        try:
            warehouse = DuckWarehouse(self.folder.warehouse, self._limits)
            refuse_older(self.journal, warehouse)
            refuse_short(warehouse)
        except TouchlineError as error:
            if isinstance(error, WarehouseDamaged):
                self._refused = WarehouseDamaged(error.what, where=error.where, todo=error.todo)
            if warehouse is not None:
                warehouse.close()
            raise
        self._refused = None
        return warehouse

    @property
    def damage(self) -> TouchlineError | None:
        """Why the warehouse is of no use until it is opened anew or healed; None as far as anybody found out."""
        return self._warehouse.broken if self._warehouse else self._refused

    def let_go_of_warehouse(self) -> None:
        """Close the warehouse; it is opened again when it is next asked for."""
        with self.exchanging():
            if self._warehouse is not None:
                self._warehouse.close()
                self._warehouse = None

    @contextmanager
    def exchanging(self) -> Iterator[None]:
        """Let no other thread open the warehouse.

        Raises:
            WarehouseLocked: Another thread has kept it from us for seconds, for it mends it.
        """
        if not self._opening.acquire(timeout=_WAIT):  # a question that waits here keeps the file from being closed
            raise opened_anew(self.folder.warehouse)
        try:
            yield
        finally:
            self._opening.release()

    @cached_property
    def cluster(self) -> SparkWarehouse:
        """The newest version of the Parquet warehouse, asked on the cluster that the settings name."""
        from touchline.workspace.clustered import opened

        return opened(self.folder, self.settings.engine)

    @property
    def asked(self) -> Warehouse:
        """The warehouse that questions are asked of: the embedded one, or the one on a cluster."""
        return self.warehouse if self.settings.engine.engine == "duckdb" else self.cluster

    @property
    def journeys(self) -> Journeys:
        """Everybody's journeys as they stand: on a cluster, or mapped from disk, built or extended where needed."""
        if self.settings.engine.engine != "duckdb":
            from touchline.warehouse.spark.journeys import SparkJourneys

            return SparkJourneys(self.cluster)
        return self.indexed()

    def indexed(self) -> Journeys:
        """Return everybody's journeys of the embedded warehouse, mapped from disk."""
        from touchline.workspace.indexing import index, shown

        zone = self.settings.workspace.timezone
        name = shown(self.warehouse, self.taxonomy, zone)
        with self._indexing:  # one of several threads makes it; one that reads older data makes that
            if self._index is None or self._index[0] != name:
                self._index = name, index(self.warehouse, self.taxonomy, zone, self.key, self.folder.index)
            return self._index[1]

    @property
    def _limits(self) -> Limits:
        engine = self.settings.engine
        return Limits(engine.memory_limit, engine.threads or 0, engine.temp_limit)

    @cached_property
    def understander(self) -> Understander:
        """The model that reads texts, loaded, and taught what this workspace's labels say."""
        taught = self.teaching.applied(self.shipped)
        return self.read_elsewhere(taught) if self.read_elsewhere else taught

    @cached_property
    def shipped(self) -> Understander:
        """The model that reads texts before it was taught anything, loaded."""
        return self._shipped(self.taxonomy)

    def _shipped(self, taxonomy: Taxonomy) -> Understander:
        from touchline.privacy import redact_text, version
        from touchline.understanding import choose

        return choose(
            self.settings.understanding,
            taxonomy=taxonomy,
            clean=lambda text: redact_text(text, rules=self.settings.privacy),
            redaction=version(self.settings.privacy),
            secret=self.key,
            path=self.folder.understood,
        )

    @property
    def projection(self) -> Projection:
        """What turns the journal into the warehouse."""
        erased = self.graveyard.read()
        return Projection(self.taxonomy, self.settings, self.understander, self.key, self.themes.book, erased)

    @property
    def graveyard(self) -> Graveyard:
        """Who was erased."""
        return Graveyard(self.folder.tombstones, self.key)

    def forget_index(self) -> None:
        """Let the journey index be built anew when it is needed next."""
        self._index = None

    def name_themes(self) -> None:
        """Let the taxonomy know the themes of the book, so that figures name them."""
        self.taxonomy = self._stages.with_themes(self.themes.book.shown(self._stages.themes))

    def use_stages(self, stages: Taxonomy, progress: Progress = silent) -> None:
        """Place everything on other stages, beside what is shown, and show that when all of it is done.

        The file is theirs already: see `Workspace.stages`, which writes it.
        """
        named = stages.with_themes(self.themes.book.shown(stages.themes))
        shipped = self._shipped(named)
        taught = self.teaching.applied(shipped)
        reader = self.read_elsewhere(taught) if self.read_elsewhere else taught
        projection = replace(self.projection, taxonomy=named, understander=reader)
        self.journal.expire()
        try:
            drain(self.journal, self.warehouse, projection, progress)
        finally:  # one that was stopped is finished by the next drain
            self._stages, self.taxonomy = stages, named
            self.__dict__.update(shipped=shipped, understander=reader)
            self.forget_index()

    def take_in(self, export: Export, *, live: bool = False, progress: Progress = silent) -> Imported:
        """Import a file: through the door into the journal, then into the warehouse.

        Killed at any moment and run again, it completes without loss or doubles.

        Args:
            export: An opened file (`touchline.sources.open_export`).
            live: Whether it may alert anyone.
            progress: Called with a step's name and how much of it is done.

        Raises:
            NoSpaceLeft: The disk is full; what was counted before is safe.
        """
        try:
            warehouse, projection = self.warehouse, self.projection
        except WarehouseLocked:
            warehouse = None
        earlier = self.journal.rows_after(warehouse.position) if warehouse else 0

        def store_waiting() -> None:
            if warehouse:
                store(self.journal, warehouse, projection, progress)

        door, reasons = take_in(
            export,
            self.journal,
            self.key,
            live=live,
            privacy=self.settings.privacy,
            told=lambda done: progress("reading", done),
            store=store_waiting,
            tombstones=self.graveyard.read(),
        )
        if warehouse is None:
            return Imported.of(str(export.path), door, None, 0, reasons)
        self.drain(progress)
        return Imported.of(str(export.path), door, received(warehouse, door.offsets), earlier, reasons)

    def identify(self, claims: Iterable[tuple[str, str | None]]) -> int:
        """Say which references are one person; nothing is imported again, and it can be undone.

        Args:
            claims: Pairs of customer references, in order: the first is the same person as the second; with None,
                the first stands alone again.

        Returns:
            How many claims were taken.
        """
        table = pa.Table.from_pylist([{"ref": ref, "same_as": same} for ref, same in claims], CLAIMS)
        if not table.num_rows:
            return 0
        # the head is in the digest: what was said, undone and said again is three records
        digest = hashlib.sha256(repr((self.journal.head, table.to_pylist())).encode()).digest()
        self.journal.append(Batch("identity", table, digest, False, "identify", datetime.now(UTC)))
        self.drain()
        return int(table.num_rows)

    def drain(self, progress: Progress = silent) -> Drained:
        """Bring the warehouse up to the journal and to the settings, the taxonomy and the model.

        Quarantined rows past their time are let go of; they stay counted.
        """
        self.journal.expire()
        return drain(self.journal, self.warehouse, self.projection, progress)

    def catch_up(self, progress: Progress = silent) -> None:
        """Drain if records wait in the journal, or the settings or the stages were edited; else it costs nothing.

        On a cluster nothing is drained: it answers from the version that was copied last.
        """
        if self.settings.engine.engine != "duckdb":
            return
        if not self._erasing and erasing.due(self):  # a backup of before was restored
            self._erasing = True
            try:
                erasing.reapply(self, progress=progress)
            finally:
                self._erasing = False
        waiting = self.journal.head > self.warehouse.position or self.warehouse.unplaced
        fits = Projection.fits(self.warehouse, self.taxonomy, self.settings, self.themes.book)
        if waiting or not fits or not self.teaching.fits(self.warehouse.meta("model")):
            self.drain(progress)

    def teach(self, labels: Labels, *, accurate: bool = False, progress: Progress = silent) -> Version:
        """Teach the reader with labelled texts, beside all that it was taught before, and read the texts again.

        Args:
            labels: From `touchline.evaluation.read_labels`.
            accurate: Whether a large encoder labels more of the workspace's texts; needs ``touchline[accurate]``.
            progress: Called with a step's name and how much of it is done.

        Returns:
            The version made, with scores before and after; `Workspace.teaching` has all of them, and undoes.

        Raises:
            SettingsError: The workspace's reader cannot be taught, or the extra is not installed.
        """
        return self.teaching.teach(given_by(labels), file=labels.file, accurate=accurate, progress=progress)

    def change_settings(self, text: str, progress: Progress = silent) -> None:
        """Write other settings, and let them take effect: what they derive is built beside what is shown, then shown.

        Raises:
            SettingsError: They are wrong; nothing has changed.
        """
        from touchline.settings.editing import write

        self.settings = write(self.folder.settings, text)
        for reader in ("understander", "shipped"):
            self.__dict__.pop(reader, None)
        self.catch_up(progress)

    def forget_reader(self) -> None:
        """Let the reader be loaded anew, as it is taught now, when it is needed next."""
        self.__dict__.pop("understander", None)

    def status(self) -> Status:
        """Count what is where."""
        return status(self.settings.workspace.name, self.taxonomy.id, self.journal, self.warehouse)

    def check(self) -> list[str]:
        """Return what is wrong with journal, warehouse, index, folder and a server's state, a sentence each."""
        zone = self.settings.workspace.timezone
        problems = check(self.journal, self.warehouse) + check_files(self.folder) + check_state(self.folder)
        return problems + check_index(self.folder, self.warehouse, self.taxonomy, zone)

    def understanding(self) -> Understood:
        """Say who reads the texts, how many were read how, and what a language model was paid for."""
        return understood(self.understander, self.warehouse)

    def read_again(self, progress: Progress = silent) -> int:
        """Ask the language model again for the texts that fell back, within today's budget; return how many those are.

        What it answered before is not asked again.
        """
        waiting = ask_again(self.understander)
        if waiting:
            del self.__dict__["understander"], self.__dict__["shipped"]
            self.drain(progress)
        return waiting

    def use_warehouse(self, path: Path) -> None:
        """Switch to another embedded warehouse of these data, and delete the one before."""
        before = self.folder.warehouse
        self.let_go_of_warehouse()
        self.folder.use_warehouse(path)
        for old in before.parent.glob(f"{before.name}*"):
            old.unlink()

    def rebuild(self, progress: Progress = silent) -> Rebuilt:
        """Build the warehouse anew from the journal, compare, and switch to it."""
        self.let_go_of_warehouse()
        return rebuild(self.folder, self.journal, self.projection, self._limits, progress)
