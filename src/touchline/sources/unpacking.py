"""Packed files that unpack to far more than they are: refused before anything is made of them.

What a file *says* of its size is not believed; members are unpacked piece by piece, counted, and thrown away.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import PurePosixPath
from typing import IO, Final

from touchline.errors import SourceError
from touchline.sources.files import SourceFile
from touchline.words import Number, phrase

#: A packed file may become as large as this whatever it was, and beyond that so many times its size.
FREE: Final = 64 << 20
RATIO: Final = 200
#: And never larger.
LARGEST: Final = 2 << 30
#: A workbook of a thousand sheets has fewer parts.
MEMBERS: Final = 10_000

_PIECE: Final = 1 << 20
_HEADER: Final = 30  # bytes of a member's own header, without its name


def most(packed: int) -> int:
    """Return how large a file of so many packed bytes may become.

    >>> most(1_000), most(10 << 20) >> 20, most(1 << 30) >> 20
    (67108864, 2000, 2048)
    """
    return min(max(FREE, packed * RATIO), LARGEST)


def too_large(where: str, limit: int) -> SourceError:
    """Return the error of a file that unpacks to more than it may."""
    return SourceError(
        phrase(
            "the file unpacks to more than {value} MiB, which is what a bomb does and no export",
            value=Number(f"{limit >> 20:,}"),
        ),
        where=where,
        todo=phrase("split the export, or save it as CSV"),
    )


def check_zip(file: SourceFile) -> None:
    """Look at every member of a ZIP file: its name, how it is packed, and how large it really is.

    Raises:
        SourceError: It is damaged, locked, a bomb, or a member's name leads out of it.
    """
    where = str(file.path)
    limit = most(file.size)
    try:
        with zipfile.ZipFile(file.path) as archive, file.path.open("rb") as stream:
            members = archive.infolist()
            if len(members) > MEMBERS:
                raise SourceError(
                    phrase("the file has {n} parts", n=Number(f"{len(members):,}")),
                    where=where,
                    todo=phrase("save it as CSV"),
                )
            left = limit
            for member in members:
                _check_member(member, where)
                left -= _size(member, stream, left, where)
                if left < 0:
                    raise too_large(where, limit)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError) as error:
        raise SourceError(
            phrase("the packed file is damaged ({error})", error=str(error)),
            where=where,
            todo=phrase("export it again"),
        ) from error


def _check_member(member: zipfile.ZipInfo, where: str) -> None:
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ".." in PurePosixPath(name).parts or name[1:2] == ":" or "\0" in member.orig_filename:
        raise SourceError(
            phrase("a part of the file is called {filename}, which leads out of it", filename=repr(member.filename)),
            where=where,
            todo=phrase("do not trust whoever made it"),
        )
    if member.flag_bits & 1:
        raise SourceError(phrase("the file is locked with a password"), where=where, todo=phrase("save it without one"))
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SourceError(
            phrase("the file is packed in a way that no office uses"), where=where, todo=phrase("save it again")
        )


def _size(member: zipfile.ZipInfo, stream: IO[bytes], left: int, where: str) -> int:
    """Return how large a member really is, or something above ``left``."""
    if member.compress_type == zipfile.ZIP_STORED:
        return max(member.compress_size, member.file_size)
    stream.seek(member.header_offset)
    header = stream.read(_HEADER)
    if len(header) < _HEADER or not header.startswith(b"PK\x03\x04"):
        raise zipfile.BadZipFile(f"{member.filename!r} is not where the list of parts says")
    skip = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    stream.seek(skip, 1)
    unpacking, size, packed = zlib.decompressobj(-15), 0, member.compress_size
    while packed > 0 and not unpacking.eof and size <= left:
        piece = stream.read(min(_PIECE, packed))
        if not piece:
            break
        packed -= len(piece)
        while piece and size <= left:
            size += len(unpacking.decompress(piece, _PIECE))
            piece = unpacking.unconsumed_tail
    if size <= left and size > member.file_size:
        raise SourceError(
            phrase("a part of the file, {filename}, is larger than it says", filename=repr(member.filename)),
            where=where,
            todo=phrase("export it again"),
        )
    return size
