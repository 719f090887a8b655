"""A file as sources meet it: checked, measured and mapped into memory."""

from __future__ import annotations

import hashlib
import mmap
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from touchline.errors import SourceError
from touchline.words import phrase

_HEAD: Final = 256 * 1024
_MAGIC: Final = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"SQLite format 3": "an SQLite database",
    b"OggS": "a sound file",
    b"RIFF": "a sound or video file",
}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A readable, non-empty file.

    Attributes:
        path: Where it is.
        size: In bytes.
        modified: When it was last written, UTC.
        head: Its first 256 KiB.
    """

    path: Path
    size: int
    modified: datetime
    head: bytes

    @classmethod
    def open(cls, path: Path | str) -> SourceFile:
        """Check that the path is a file that can be read, and read its head.

        Raises:
            SourceError: If it is missing, a folder, not readable, or empty.
        """
        path = Path(path)
        try:
            if path.is_dir():
                raise SourceError(
                    phrase("this is a folder"), where=str(path), todo=phrase("name the files in it, one by one")
                )
            with path.open("rb") as stream:
                head = stream.read(_HEAD)
            stat = path.stat()
        except FileNotFoundError:
            raise SourceError(phrase("there is no such file"), where=str(path), todo=phrase("check the path")) from None
        except PermissionError:
            raise SourceError(
                phrase("we may not read this file"), where=str(path), todo=phrase("give yourself permission to read it")
            ) from None
        except (OSError, ValueError) as error:
            raise SourceError(phrase("the file cannot be read ({error})", error=str(error)), where=str(path)) from error
        if not head.strip(b"\xef\xbb\xbf\xff\xfe\x00 \t\r\n"):
            raise SourceError(phrase("the file is empty"), where=str(path), todo=phrase("export it again"))
        return cls(path, stat.st_size, datetime.fromtimestamp(stat.st_mtime, UTC), head)

    @property
    def suffix(self) -> str:
        """The name's ending in lower case, without its dot."""
        return self.path.suffix.lower().lstrip(".")

    @property
    def stem(self) -> str:
        """The name without its ending, and without the ending of a packed file.

        >>> SourceFile(Path("log.xes.gz"), 9, datetime(2024, 1, 1, tzinfo=UTC), b"").stem
        'log'
        """
        name = self.path.name
        return Path(name[:-3] if self.suffix == "gz" else name).stem

    def data(self) -> mmap.mmap:
        """The bytes, mapped rather than read."""
        with self.path.open("rb") as stream:
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)

    def digest(self) -> bytes:
        """SHA-256 of the bytes."""
        with self.path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").digest()

    def what_binary(self) -> str | None:
        """What the file is, when it is surely no text; None when it may be text.

        >>> SourceFile(Path("a.csv"), 9, datetime(2024, 1, 1, tzinfo=UTC), b"%PDF-1.7 ").what_binary()
        'a PDF document'
        """
        for magic, what in _MAGIC.items():
            if self.head.startswith(magic):
                return what
        # UTF-16 text is half NULs and is told apart by its own rule before this question is asked.
        control = sum(self.head.count(bytes([b])) for b in (*range(9), *range(14, 32)))
        return "binary data" if control > len(self.head) * 0.1 else None
