"""Uploaded files: streamed to disk, recognised, and taken through the same door as ``touchline import``.

They are read in a niced process of their own, so that a file of a million rows keeps no post waiting.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler
from django.http.multipartparser import MultiPartParser, MultiPartParserError

from touchline.errors import TouchlineError
from touchline.server.home import Home
from touchline.server.intake import bodies
from touchline.server.intake.refusing import Refused, bad, later, refusal
from touchline.server.intake.room import Limits

if TYPE_CHECKING:
    from starlette.requests import Request

_NICE: Final = 10
_PATIENCE: Final = 10  # times as long as another body may take
_MOST_NOTES: Final = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to do with a file.

    Attributes:
        source: What its interactions call their source; by default the file's name.
        zone: Of times that do not tell theirs; by default the workspace's.
        live: Whether it may alert anyone.
        format: The format, where it is not to be recognised.
        roles: Role to column, as ``touchline import --map`` takes them.
        mapping: A saved mapping, as TOML.
        day: The day of rows in a file without times.
    """

    source: str | None = None
    zone: str | None = None
    live: bool = False
    format: str | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    mapping: str | None = None
    day: date | None = None


def incoming() -> Path:
    """Return the folder where uploads are kept while they are read."""
    return Home.from_environment().root / "incoming"


def sweep() -> None:
    """Remove uploads that a process left behind when it was killed."""
    shutil.rmtree(incoming(), ignore_errors=True)
    incoming().mkdir(parents=True, mode=0o700, exist_ok=True)


@contextmanager
def kept() -> Iterator[Path]:
    """Have a folder for one upload; it is gone afterwards."""
    incoming().mkdir(parents=True, mode=0o700, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=incoming()) as folder:
        yield Path(folder)


async def save(request: Request, folder: Path, limits: Limits) -> tuple[Path, dict[str, str]]:
    """Write an upload to disk as it arrives.

    Args:
        request: With the file as its body, or as a part of ``multipart/form-data``.
        folder: Where to.
        limits: Of the file.

    Returns:
        The file, under its own name, and what the form's other fields say.

    Raises:
        Refused: 400, 408, 413 or 415; NoSpaceLeft is told as 507.
    """
    kind = request.headers.get("content-type", "")
    packing = bodies.coding(request)
    whole = folder / "body"
    with whole.open("wb") as out:
        async for piece in bodies.pieces(request, limits.file, limits.patience * _PATIENCE):
            out.write(piece)
    if packing:
        whole = await asyncio.to_thread(_unpacked, whole, packing, limits.file)
    if kind.lower().startswith("multipart/form-data"):
        return await asyncio.to_thread(_parts, whole, kind, folder)
    named = folder / _safe(request.query_params.get("filename") or _suffixed(kind))
    os.replace(whole, named)
    return named, {}


def _unpacked(path: Path, packing: str, limit: int) -> Path:
    to = path.with_name("unpacked")
    with pa.OSFile(str(path), "rb") as packed, to.open("wb") as out:
        bodies.unpack(packed, packing, limit, out.write)
    path.unlink()
    return to


@dataclass(frozen=True, slots=True)
class _Part:
    """A file of a form, on disk."""

    name: str
    path: Path


class _ToDisk(FileUploadHandler):
    """Writes the files of a form into a folder of ours."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder, self._count = folder, 0

    def new_file(self, *arguments: Any, **named: Any) -> None:
        """Begin a file."""
        super().new_file(*arguments, **named)
        self._count += 1
        self._path = self._folder / f"part-{self._count}"
        self.file = self._path.open("wb")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write what has come of it."""
        self.file.write(raw_data)

    def file_complete(self, file_size: int) -> Any:
        """End it."""
        self.file.close()
        return _Part(self.file_name or "upload", self._path)


def _parts(path: Path, kind: str, folder: Path) -> tuple[Path, dict[str, str]]:
    """Take a form apart: its file, and its other fields."""
    meta = {"CONTENT_TYPE": kind, "CONTENT_LENGTH": str(path.stat().st_size)}
    try:
        with path.open("rb") as body:
            fields, uploads = MultiPartParser(meta, body, [_ToDisk(folder)], "utf-8").parse()
    except (MultiPartParserError, SuspiciousOperation, ValueError) as error:
        raise bad(
            f"the form cannot be read ({error})", where="body", todo="send the file as the field 'file'"
        ) from None
    found: Any = uploads.get("file") or next(iter(uploads.values()), None)
    if found is None:
        raise bad("there is no file in the form", where="body", todo="send it as the field 'file'")
    path.unlink()
    named = folder / _safe(found.name)
    os.replace(found.path, named)
    return named, {name: value for name in fields if isinstance(value := fields[name], str)}


def _safe(name: str) -> str:
    """Return a file's name that leads nowhere else."""
    last = "".join(c for c in name.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable()).strip(". ")
    stem, suffix = os.path.splitext(last)
    return (stem[:100] + suffix[:20]) or "upload"


def _suffixed(kind: str) -> str:
    endings = {"text/csv": ".csv", "application/json": ".json", "application/x-ndjson": ".jsonl"}
    return "upload" + endings.get(kind.partition(";")[0].strip().lower(), "")


class Importer:
    """The process that reads files."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._running = 0
        self._pool: ProcessPoolExecutor | None = None

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Have one of the places for files.

        Raises:
            Refused: 429, there is none free.
        """
        if self._running >= self._limits.files:
            raise later(429, "other files are being read", seconds=10)
        self._running += 1
        try:
            yield
        finally:
            self._running -= 1

    async def take(self, slug: str, folder: Path, file: Path, wanted: Wanted) -> dict[str, Any]:
        """Take a file through the door; return what became of it, with the offsets of its batches.

        Raises:
            Refused: The file cannot be read, or there is no space; 503, the process that read it died.
        """
        if self._pool is None:
            spawn = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(1, spawn, initializer=_begin)
        try:
            loop = asyncio.get_running_loop()
            told = await loop.run_in_executor(self._pool, take_file, slug, folder, file, wanted)
        except BrokenProcessPool:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
            raise later(503, "the process that read the file ended", seconds=10) from None
        if "refused" in told:
            status, what, where, todo, headers = told["refused"]
            raise Refused(status, what, where=where, todo=todo, headers=headers)
        return dict(told)

    def close(self) -> None:
        """End the process; what it has committed stays, and the same file again completes it."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)


def _begin() -> None:
    os.nice(_NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def take_file(slug: str, folder: Path, file: Path, wanted: Wanted) -> dict[str, Any]:
    """Take a file through the door, in this process.

    Errors come back as values: not all of them survive the way between processes.
    """
    try:
        return _take_file(slug, folder, file, wanted)
    except TouchlineError as error:
        said = refusal(error)
        where = said.where.replace(str(file), file.name)
        return {"refused": (said.status, said.what, where, said.todo, said.headers)}


def _take_file(slug: str, folder: Path, file: Path, wanted: Wanted) -> dict[str, Any]:
    from touchline.server.intake.journals import Place
    from touchline.settings import open_taxonomy
    from touchline.sources import ColumnMapping, open_export
    from touchline.workspace.importing import take_in

    place = Place(slug, folder)
    try:
        export = open_export(
            file,
            mapping=ColumnMapping.from_toml(wanted.mapping) if wanted.mapping else None,
            overrides=wanted.roles,
            source=wanted.source,
            timezone=wanted.zone or place.zone,
            taxonomy=open_taxonomy(place.settings),
            format=wanted.format,
            day=wanted.day,
        )
        door, reasons = take_in(
            export, place.journal, place.key, live=wanted.live, privacy=place.settings.privacy,
            told=lambda _: None, store=lambda: None, tombstones=place.tombstones,
        )  # fmt: skip
    finally:
        place.close()
    return {
        "file": file.name,
        "format": export.format,
        "source": export.source,
        "received": door.received,
        "accepted": door.accepted,
        "repeated": door.repeated,
        "quarantined": door.quarantined,
        "offsets": door.offsets,
        "columns": {c.name: c.role for c in export.columns},
        "reasons": [{"reason": reason, "records": count} for reason, count in reasons[:_MOST_NOTES]],
        "notes": list(export.notes[:_MOST_NOTES]),
    }


def roles(told: Sequence[str]) -> dict[str, str]:
    """Return what ``map=role=column`` parameters say.

    Raises:
        Refused: 400, one is none.

    >>> roles(["text=Comment", "score:nps=Q1"])
    {'text': 'Comment', 'score:nps': 'Q1'}
    """
    pairs = [one.split("=", 1) for one in told]
    for pair in pairs:
        if len(pair) != 2 or not all(pair):
            raise bad(f"{'='.join(pair)!r} is no role=column", where="map", todo="write map=text=Comment")
    return dict(pairs)
