"""Text encodings: which one a file has, and its bytes as UTF-8.

Everything behind this module reads UTF-8. A file in another encoding is rewritten once, in memory or in a
temporary file; bytes that mean nothing in it become lone surrogates (U+DC00 + byte), which are invalid UTF-8
and so send just their record to quarantine, from where `original` restores the bytes exactly.
"""

from __future__ import annotations

import codecs
import mmap
import re
import tempfile
from typing import Final

from touchline.errors import SourceError
from touchline.sources.files import SourceFile
from touchline.words import phrase

Bytes = bytes | mmap.mmap

_WINDOW: Final = 1 << 20
_SCAN: Final = 64 << 20
_IN_MEMORY: Final = 64 << 20
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
_ESCAPED: Final = re.compile("[\udc00-\udcff]+")
_ERRORS: Final = "touchline.keep"


def _keep(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + b) for b in error.object[error.start : error.end]), error.end


codecs.register_error(_ERRORS, _keep)


def bom(head: bytes) -> tuple[int, str | None]:
    r"""Length of the byte order mark and the encoding that it announces.

    >>> bom(b"\xef\xbb\xbfid")
    (3, 'utf-8')
    """
    for mark, name in _BOMS:
        if head.startswith(mark):
            return len(mark), name
    return 0, None


def detect(file: SourceFile, declared: str | None = None) -> str:
    """The encoding of a text file: declared, announced by a mark, or told from the bytes.

    Raises:
        SourceError: If the declared one does not exist.
    """
    if declared:
        try:
            return codecs.lookup(declared).name
        except LookupError:
            todo = "use a name such as utf-8, cp1252 or utf-16"
            raise SourceError(
                phrase("there is no encoding {declared}", declared=repr(declared)), where=str(file.path), todo=todo
            ) from None
    _, announced = bom(file.head)
    if announced:
        return announced
    return _wide(file.head) or _narrow(file)


def is_wide(head: bytes) -> bool:
    """Is this UTF-16 or UTF-32, which is full of NULs and text all the same?"""
    _, announced = bom(head)
    return (announced or _wide(head) or "").startswith(("utf-16", "utf-32"))


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: in most languages every second byte is NUL."""
    pairs = max(len(head) // 2, 1)
    even, odd = head[0::2].count(0) / pairs, head[1::2].count(0) / pairs
    if odd > 0.4 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.1 else None


def _narrow(file: SourceFile) -> str:
    good, bad, evidence = 0, 0, bytearray()
    data = file.data()
    for start in range(0, min(file.size, _SCAN), _WINDOW):
        window = data[start : start + _WINDOW]
        if window.isascii():
            continue
        # The first and last characters may be cut by the window; they are not evidence.
        text = window.decode("utf-8", "replace")[1:-1]
        bad += text.count("\ufffd")
        good += sum(1 for c in text if c > "\x7f" and c != "\ufffd")
        if len(evidence) < 1 << 15:
            evidence += b"\n".join(line for line in window.splitlines() if not line.isascii())[: 1 << 15]
    if bad <= good:
        return "utf-8"
    return _legacy(bytes(evidence))


def _legacy(evidence: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(evidence).best()
    guess = best.encoding if best is not None else "cp1252"
    # The Latin code pages are told apart by single letters: the commonest one is taken unless it cannot be.
    latin = {"cp1250", "cp1254", "cp1257", "cp437", "cp850", "cp858", "latin_1", "mac_roman", "hp_roman8"}
    if guess in latin or guess.startswith("iso8859") or guess in {"ascii", "utf_8"}:
        try:
            evidence.decode("cp1252")
        except UnicodeDecodeError:
            return "iso8859-1"
        return "cp1252"
    return codecs.lookup(guess).name


def as_utf8(file: SourceFile, encoding: str) -> tuple[Bytes, int]:
    """The file's bytes in UTF-8, and where its text begins (behind a byte order mark)."""
    skip, announced = bom(file.head)
    if codecs.lookup(encoding).name == "utf-8":
        return file.data(), skip if announced == "utf-8" else 0
    if codecs.lookup(encoding).name in {"utf-16", "utf-32"}:
        encoding = announced or f"{encoding}-le"
    decoder = codecs.getincrementaldecoder(encoding)(errors=_ERRORS)
    try:
        with file.path.open("rb") as stream, tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as out:
            stream.seek(skip)
            while window := stream.read(_WINDOW):
                out.write(decoder.decode(window).encode("utf-8", "surrogatepass"))
            out.write(decoder.decode(b"", final=True).encode("utf-8", "surrogatepass"))
            out.flush()
            if out.tell() > _IN_MEMORY:
                return mmap.mmap(out.fileno(), 0, access=mmap.ACCESS_READ), 0
            out.seek(0)
            return out.read(), 0
    except OSError as error:
        raise SourceError(
            phrase("the file could not be rewritten as UTF-8 ({strerror})", strerror=str(error.strerror)),
            where=str(file.path),
            todo=phrase("free some space in the temporary folder, or set TMPDIR"),
        ) from error


def original(raw: bytes, encoding: str) -> bytes:
    r"""The bytes in the file's own encoding, byte for byte, of a piece of what `as_utf8` gave.

    >>> original("Grüße".encode(), "cp1252")
    b'Gr\xfc\xdfe'
    """
    if encoding == "utf-8":
        return raw
    text, out, at = raw.decode("utf-8", "surrogatepass"), bytearray(), 0
    for escaped in _ESCAPED.finditer(text):
        out += text[at : escaped.start()].encode(encoding)
        out += bytes(ord(c) - 0xDC00 for c in escaped.group())
        at = escaped.end()
    return bytes(out + text[at:].encode(encoding))
