"""A workspace on a cluster: its tables copied there, questions asked there, and a file for serving made from them."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from touchline.drain import Progress, segments_of, silent, store
from touchline.errors import InputError, SettingsError, WorkspaceError
from touchline.vocabulary.schemas import EVIDENCE
from touchline.warehouse.duckdb import DuckWarehouse
from touchline.warehouse.duckdb.connection import Limits
from touchline.warehouse.spark.copying import GIVEN, Copied, copy, mart, prepared
from touchline.warehouse.spark.files import Place
from touchline.warehouse.spark.manifest import latest, numbers, read, tidy
from touchline.warehouse.spark.session import connect
from touchline.warehouse.spark.warehouse import SparkWarehouse
from touchline.workspace.indexing import index

if TYPE_CHECKING:
    from touchline.settings import Engine
    from touchline.workspace.folder import Folder
    from touchline.workspace.workspace import Workspace


def uri_of(folder: Folder, engine: Engine) -> str:
    """Return where the Parquet warehouse lies."""
    return engine.warehouse if "://" in engine.warehouse else str(folder.root / engine.warehouse)


def opened(folder: Folder, engine: Engine) -> SparkWarehouse:
    """Open the newest version on the cluster.

    Raises:
        SettingsError: PySpark or Java is missing.
        WorkspaceError: Nothing was copied yet.
    """
    return SparkWarehouse.open(connect(engine.engine, engine.options), uri_of(folder, engine))


def copy_out(workspace: Workspace, *, keep: int = 2, progress: Progress = silent) -> Copied:
    """Bring the embedded warehouse up to the journal, and copy what has changed into the Parquet warehouse.

    Args:
        workspace: Whose.
        keep: How many versions stay; with 1, nothing that was forgotten is left in an older one.
        progress: Called with a step's name and how much of it is done.
    """
    engine = workspace.settings.engine
    workspace.drain(progress)
    uri = uri_of(workspace.folder, engine)
    place = Place(uri)
    if not place.local:
        place = replace(place, spark=connect(engine.engine, engine.options))
    return copy(
        workspace.warehouse, place, buckets=engine.buckets, journeys=workspace.indexed(), keep=keep, progress=progress
    )


def build(workspace: Workspace, *, keep: int = 2, progress: Progress = silent) -> Copied:
    """Bring the Parquet warehouse up to the journal, with texts read and customers placed on the cluster.

    This machine stores the interactions, in a file beside the workspace's warehouse, and tells doubles and revisions;
    the cluster does the rest. The embedded warehouse is not needed, and is left as it is.

    Args:
        workspace: Whose; its engine must be a cluster.
        keep: How many versions stay.
        progress: Called with a step's name and how much of it is done.

    Raises:
        SettingsError: The engine is no cluster, or the reader of texts cannot travel.
    """
    from touchline.workspace.deriving import derive

    engine = workspace.settings.engine
    if engine.engine == "duckdb":
        raise SettingsError(
            "the engine is no cluster", where="engine.engine", todo="name one, such as spark://host:7077"
        )
    spark = connect(engine.engine, engine.options)
    place = Place(uri_of(workspace.folder, engine), spark)
    projection, before = workspace.projection, latest(place)
    with DuckWarehouse(workspace.folder.inside / "intake.duckdb", _limits(engine)) as intake:
        store(workspace.journal, intake, replace(projection, understander=Unread()), progress)
        given, written = prepared(intake, place, before, GIVEN, buckets=engine.buckets, progress=progress)
        segments = segments_of(intake, workspace.settings)
    progress("deriving", 0.0)
    made, derived = derive(spark, place, replace(given, segments=segments), before, projection)
    progress("deriving", 1.0)
    return Copied(made.number, made.rows, written + derived, given.buckets - derived, tidy(place, keep))


def _limits(engine: Engine) -> Limits:
    return Limits(engine.memory_limit, engine.threads or 0, engine.temp_limit)


class Unread:
    """Reads nothing: texts wait for the cluster."""

    version = "unread"
    method = "none"

    def read(self, texts: pa.Table) -> pa.Table:
        """Return no evidence."""
        return EVIDENCE.empty_table()

    def explain(self, texts: pa.Table) -> pa.Table:
        """Return no evidence."""
        return EVIDENCE.empty_table()


def versions_of(workspace: Workspace) -> list[dict[str, int]]:
    """Return what versions of the Parquet warehouse there are, newest first."""
    engine = workspace.settings.engine
    uri = uri_of(workspace.folder, engine)
    place = Place(uri) if Place(uri).local else Place(uri, connect(engine.engine, engine.options))
    return [
        {
            "version": one.number,
            "position": one.position,
            "interactions": one.tables["interactions"].rows,
            "buckets": one.buckets,
        }
        for one in (read(place, number) for number in reversed(numbers(place)))
    ]


def make_mart(workspace: Workspace, file: Path | None = None) -> tuple[Path, dict[str, int]]:
    """Make an embedded warehouse, with its journey index, from the newest version of the Parquet warehouse.

    Args:
        workspace: Whose.
        file: Where to; by default beside the workspace's own, which it then replaces.

    Returns:
        The file, and rows by table.
    """
    engine = workspace.settings.engine
    uri = uri_of(workspace.folder, engine)
    place = Place(uri)
    manifest = latest(place)
    if manifest is None:
        raise WorkspaceError("there is no Parquet warehouse here yet", where=uri, todo="run `touchline warehouse copy`")
    target = file or workspace.folder.next_warehouse()
    if file is not None and file.exists():
        raise InputError("the file is there already", where=str(file), todo="name another, or delete it")
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    limits = _limits(engine)
    with DuckWarehouse(part, limits) as fresh:
        rows = mart(place, manifest, fresh)
    os.replace(part, target)
    if file is None:
        workspace.use_warehouse(target)
        workspace.indexed()
    else:
        with DuckWarehouse(target, limits) as made:
            zone = workspace.settings.workspace.timezone
            index(made, workspace.taxonomy, zone, workspace.key, target.with_suffix(".index"))
    return target, rows
