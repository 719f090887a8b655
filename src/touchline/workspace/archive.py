"""What a backup is: one tar file with a manifest at its head, and how it is read and proved.

The manifest names every file with its size and SHA-256, says of which journal offset they are, and carries a SHA-256 of
itself. So any program that reads tar files gets at the parts, and a flipped bit is named.
"""

from __future__ import annotations

import hashlib
import json
import re
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from touchline.errors import InputError, NoSpaceLeft, WorkspaceError

#: The version of what is described here; a newer one is refused rather than misread.
FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SUFFIX: Final = ".touchline.tar"
_PIECE: Final = 1 << 20
_MOST_MANIFEST: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """A file in a backup.

    Attributes:
        path: From the workspace's folder, with slashes.
        bytes: Its size.
        sha256: Of its content, in hexadecimal.
    """

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds.

    Attributes:
        name: The workspace's.
        made_at: The moment that the files are of; ISO 8601, UTC.
        touchline: The version that made it.
        layout: The workspace's layout (`touchline.workspace.upgrading`).
        offset: The journal's last batch.
        interactions: How many the journal holds.
        folder: Where the workspace was.
        key: Tells the workspace's key from another; not the key.
        key_inside: Whether the key itself is in the backup.
        files: The parts.
        tenants: The offset of each further workspace of the server, by its path.
        format: `FORMAT`.
    """

    name: str
    made_at: str
    touchline: str
    layout: int
    offset: int
    interactions: int
    folder: str
    key: str
    key_inside: bool
    files: tuple[Part, ...]
    tenants: Mapping[str, int] = field(default_factory=dict)
    format: int = FORMAT

    def text(self) -> str:
        """Return it as JSON, sealed."""
        content = asdict(self)
        return json.dumps(content | {"sha256": _seal(content)}, indent=1, ensure_ascii=False) + "\n"

    def as_json(self) -> dict[str, Any]:
        """Return plain values, without the parts' hashes."""
        return asdict(self) | {"files": [part.path for part in self.files]}


def _seal(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def parse(raw: bytes, where: str) -> Manifest:
    """Read a manifest.

    Raises:
        WorkspaceError: It is of a newer version.
        InputError: It is none, or damaged.
    """
    try:
        content = json.loads(raw)
        sealed = content.pop("sha256")
        if not isinstance(content.get("format"), int) or sealed != _seal(content):
            raise ValueError("its checksum does not match")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(f"the manifest cannot be read ({error})", where) from error
    if content["format"] > FORMAT:
        raise WorkspaceError(
            f"the backup has format {content['format']} and this version reads up to {FORMAT}",
            where=where,
            todo="upgrade Touchline",
        )
    parts = tuple(Part(**part) for part in content.pop("files"))
    known = {one.name for one in fields(Manifest)}
    return Manifest(files=parts, **{name: value for name, value in content.items() if name in known})


def write(folder: Path, manifest: Manifest, to: IO[bytes]) -> None:
    """Write a backup: the manifest, then the parts from a folder, each deleted there once it is in.

    Raises:
        OSError: It could not be written.
    """
    with tarfile.open(fileobj=to, mode="w", format=tarfile.PAX_FORMAT) as tar:
        head = folder / MANIFEST
        head.write_text(manifest.text(), encoding="utf-8")
        for name in (MANIFEST, *(part.path for part in manifest.files)):
            path = folder / name
            tar.add(path, arcname=name, recursive=False, filter=_plain)
            path.unlink()


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    """Leave out who owned a file and what it was called here."""
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mode = 0o600
    return info


@contextmanager
def opened(file: Path) -> Iterator[tuple[Manifest, Iterator[tuple[str, IO[bytes]]]]]:
    """Open a backup; give its manifest, and its members one after the other, to be read in that order.

    Raises:
        InputError: It is no backup, or damaged.
        WorkspaceError: It is of a newer version.
    """
    where = str(file)
    try:
        with tarfile.open(file, "r:") as tar:
            first = tar.next()
            content = tar.extractfile(first) if first and first.name == MANIFEST else None
            if content is None:
                raise _damaged("it does not begin with a manifest", where)
            yield parse(content.read(_MOST_MANIFEST), where), _members(tar)
    except (tarfile.TarError, EOFError) as error:
        raise _damaged(f"it cannot be read to its end ({error})", where) from error
    except FileNotFoundError as error:
        raise InputError("there is no such file", where=where) from error


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    while (info := tar.next()) is not None:
        content = tar.extractfile(info) if info.isreg() else None
        if content is None:
            raise tarfile.TarError(f"{info.name!r} is no plain file")
        yield info.name, content


def extract(file: Path, to: Path | None = None) -> Manifest:
    """Read a backup to its end and prove every part of it.

    Args:
        file: The backup.
        to: Where its parts are written; None only looks.

    Raises:
        InputError: It is no backup, or a part is damaged, missing or more than the manifest tells.
        WorkspaceError: It is of a newer version.
        NoSpaceLeft: The disk is full.
    """
    where = str(file)
    with opened(file) as (manifest, members):
        wanted = {part.path: part for part in manifest.files}
        for name, content in members:
            part = wanted.pop(name, None)
            if part is None or not _inside(name):
                raise _damaged(f"it holds {name!r}, which its manifest does not tell of", where)
            found = _taken(content, to / name if to else None)
            if found != (part.bytes, part.sha256):
                raise _damaged(f"{name} does not match its checksum", where)
    if wanted:
        raise _damaged(f"{', '.join(sorted(wanted))} is missing", where)
    return manifest


def _taken(content: IO[bytes], to: Path | None) -> tuple[int, str]:
    """Read a member, write it, and return its size and hash."""
    digest, size = hashlib.sha256(), 0
    if to:
        to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        out = to.open("wb") if to else None
        try:
            while piece := content.read(_PIECE):
                digest.update(piece)
                size += len(piece)
                if out:
                    out.write(piece)
        finally:
            if out:
                out.close()
    except OSError as error:
        if isinstance(error, tarfile.ReadError):
            raise
        raise NoSpaceLeft(
            f"it could not be written ({error.strerror})", where=str(to), todo="free some space"
        ) from error
    return size, digest.hexdigest()


def hashed(path: Path) -> Part:
    """Return a file as a part, by its name alone."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return Part(path.name, path.stat().st_size, digest.hexdigest())


def _inside(name: str) -> bool:
    """Does a member's name stay inside the folder that it is written to?"""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and not re.search(r"[\\:\0]", name)


def _damaged(what: str, where: str) -> InputError:
    return InputError(f"the backup is damaged: {what}", where=where, todo="take an earlier one")
