"""Files of cases: looked at before they are taken, kept under names that tell nothing, given back as downloads only."""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any, Final

from django.db import transaction
from django.db.models.signals import post_delete
from django.utils import timezone

from touchline.errors import InputError
from touchline.server.care.changing import locked, touched, written
from touchline.server.care.errors import CaseMissing
from touchline.server.care.hours import rules
from touchline.server.care.models import Attachment, Case
from touchline.server.home import Home
from touchline.server.people.facade import Access
from touchline.words import phrase

#: What a file may be: the name's ending, what its bytes begin with (nothing, for text), and the media type.
KINDS: Final[dict[str, tuple[tuple[bytes, ...], str]]] = {
    "pdf": ((b"%PDF-",), "application/pdf"),
    "png": ((b"\x89PNG\r\n\x1a\n",), "image/png"),
    "jpg": ((b"\xff\xd8\xff",), "image/jpeg"),
    "jpeg": ((b"\xff\xd8\xff",), "image/jpeg"),
    "gif": ((b"GIF87a", b"GIF89a"), "image/gif"),
    "webp": ((b"RIFF",), "image/webp"),
    "docx": ((b"PK\x03\x04",), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "xlsx": ((b"PK\x03\x04",), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "mp3": ((b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"), "audio/mpeg"),
    "wav": ((b"RIFF",), "audio/wav"),
    "txt": ((), "text/plain"),
    "csv": ((), "text/csv"),
    "eml": ((), "message/rfc822"),
    "log": ((), "text/plain"),
}
_MOST_FILES: Final = 50
_UNWANTED: Final = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|\u202a-\u202e\u2066-\u2069]+")


def attach(workspace: str, number: int, name: str, pieces: Iterable[bytes], *, by: Access | None) -> Attachment:
    """Attach a file to a case.

    Args:
        workspace: The workspace's slug.
        number: The case's.
        name: What it is called; its ending says what it is, and its bytes must agree.
        pieces: Its bytes.
        by: Who attaches it.

    Raises:
        CaseMissing: There is no such case, or they may not see it.
        InputError: It is too large, empty, of no kind that is taken, or not what its name says.
    """
    shown = _UNWANTED.sub("_", Path(name).name).strip(" .")[-200:] or "file"
    most = rules(workspace).attachment_mb * 1024 * 1024
    place = uuid.uuid4().hex
    path = folder(workspace) / place
    try:
        size, digest, kind = _kept(path, shown, pieces, most)
        with transaction.atomic():
            case = locked(workspace, number, by)
            if case.attachments.count() >= _MOST_FILES:
                raise InputError(
                    phrase("a case takes {most_files} files", most_files=str(_MOST_FILES)),
                    where=shown,
                    todo=phrase("remove one first"),
                )
            now = timezone.now()
            event = written(case, "attached", by, now, {}, {"file": shown, "size": size, "sha256": digest})
            made = Attachment.objects.create(
                workspace=workspace, case=case, at=now, by_id=event.by_id, name=shown, kind=kind, size=size,
                sha256=digest, place=place,
            )  # fmt: skip
            touched(case, by, now)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return made


def _kept(path: Path, name: str, pieces: Iterable[bytes], most: int) -> tuple[int, str, str]:
    ending = name.rpartition(".")[2].lower()
    if ending not in KINDS:
        raise InputError(
            phrase("{name} is of no kind that is taken", name=repr(name)),
            where=name,
            todo=phrase("one of {names}", names=", ".join(sorted(KINDS))),
        )
    begins, kind = KINDS[ending]
    sha, size, head = hashlib.sha256(), 0, b""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        for piece in pieces:
            size += len(piece)
            if size > most:
                raise InputError(
                    phrase("{name} is larger than {value} MiB", name=repr(name), value=str(most // 1024**2)),
                    where=name,
                    todo=phrase("send a smaller one"),
                )
            if not begins and b"\x00" in piece:
                raise InputError(
                    phrase("{name} is no text", name=repr(name)),
                    where=name,
                    todo=phrase("give it the ending that it is"),
                )
            head += piece[: 32 - len(head)]
            sha.update(piece)
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    if not size:
        raise InputError(phrase("{name} is empty", name=repr(name)), where=name)
    wanted = {"webp": b"WEBP", "wav": b"WAVE"}.get(ending)
    if (begins and not head.startswith(begins)) or (wanted and head[8:12] != wanted):
        raise InputError(
            phrase("{name} is not what its name says", name=repr(name)),
            where=name,
            todo=phrase("give it the ending that it is"),
        )
    return size, sha.hexdigest(), kind


def folder(workspace: str) -> Path:
    """Return where the files of a workspace's cases lie."""
    return Home.from_environment().root / "attachments" / workspace


def opened(case: Case, number: int) -> tuple[Attachment, IO[bytes]]:
    """Return a file of a case.

    Raises:
        CaseMissing: It has none of that number, or its bytes are gone.
    """
    found = case.attachments.filter(pk=number).first()
    if found is None:
        raise CaseMissing(phrase("there is no such file"), where=f"case {case.number}")
    try:
        return found, (folder(found.workspace) / found.place).open("rb")
    except FileNotFoundError:
        raise CaseMissing(phrase("the file is not on this machine's disk any more"), where=found.name) from None


def detach(workspace: str, number: int, file: int, *, by: Access) -> None:
    """Remove a file from a case; the history tells that it was there.

    Raises:
        CaseMissing: There is no such case or file.
    """
    with transaction.atomic():
        case = locked(workspace, number, by)
        found = case.attachments.filter(pk=file).first()
        if found is None:
            raise CaseMissing(phrase("there is no such file"), where=f"case {number}")
        now = timezone.now()
        written(case, "detached", by, now, {"file": found.name, "sha256": found.sha256}, {})
        found.delete()
        touched(case, by, now)


def connect() -> None:
    """Let the bytes of a file go when its row does."""
    post_delete.connect(_gone, sender=Attachment, dispatch_uid="care-files")


def _gone(instance: Attachment, **_more: Any) -> None:
    path = folder(instance.workspace) / instance.place
    transaction.on_commit(lambda: _let_go(path))


def _let_go(path: Path) -> None:
    """Overwrite a file's bytes once, then remove it: erased data should not lie in free blocks of the disk."""
    try:
        size = path.stat().st_size
        with path.open("r+b") as file:
            file.write(bytes(size))
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
    path.unlink(missing_ok=True)
