"""Events of an XES log (IEEE 1849), one after another, with the line and the bytes of each.

The parser is the standard library's expat rather than its `iterparse`, because only expat tells lines and places. A
document type is refused before anything in it is read: no entity is ever expanded, and nothing else is opened.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from touchline.errors import SourceError
from touchline.sources.base import MAX_RECORD
from touchline.sources.files import SourceFile
from touchline.sources.flattening import as_text
from touchline.sources.unpacking import most, too_large
from touchline.words import phrase

CASE: Final = "case:"
NAME: Final = "concept:name"
_READ: Final = 1 << 18
_GZIP: Final = b"\x1f\x8b"
#: What XES allows as an attribute; ``list`` and ``container`` hold others.
_ATTRIBUTES: Final = frozenset({"string", "date", "int", "float", "boolean", "id", "list", "container"})


@dataclass(frozen=True, slots=True)
class Event:
    """One event.

    Attributes:
        cells: Its attributes by key, and its trace's behind ``case:``.
        line: The line that it begins on, from 1.
        raw: Its bytes as they were; empty where it was too long to keep.
        fraction: How much of the file had been read.
        reason: Why it is no record, or "".
    """

    cells: dict[str, str]
    line: int
    raw: bytes
    fraction: float
    reason: str = ""


def is_log(file: SourceFile) -> bool:
    """Does the file, unpacked where it is packed, begin as an XES log does?"""
    head = file.head
    if head.startswith(_GZIP):
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, 1 << 16)
        except zlib.error:
            return False
    start = head[: 1 << 16].replace(b"\0", b"")  # of UTF-16, the letters
    named = file.path.name.lower().removesuffix(".gz").endswith(".xes")
    opening = start.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1] == b"<"
    return opening and (named or (b"<log" in start and b"xes" in start))


def events(file: SourceFile) -> Iterator[Event]:
    """Yield every event as it is read, also those that cannot be used; what is broken ends the file.

    Memory holds one trace and one piece of the file.

    Raises:
        SourceError: The file has a document type, or unpacks to far more than it is.
    """
    log = _Log(str(file.path))
    is_packed = file.head.startswith(_GZIP)
    read, largest = 0, most(file.size)
    with file.path.open("rb") as packed, gzip.GzipFile(fileobj=packed) if is_packed else nullcontext(packed) as stream:
        try:
            while piece := stream.read1(_READ):  # of a gzip that is cut off, `read` would give nothing
                read += len(piece)
                if is_packed and read > largest:
                    raise too_large(str(file.path), largest)
                log.feed(piece, packed.tell() / file.size)
                yield from log.ready()
            log.close()
        except expat.ExpatError as error:
            log.broken(f"{expat.ErrorString(error.code)}, line {error.lineno}")
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            log.broken(f"the packed file is cut off or damaged: {error}")
    yield from log.ready()


@dataclass(slots=True)
class _Log:
    """What the parser has met and not yet given away."""

    where: str
    done: list[Event] = field(default_factory=list)
    fraction: float = 0.0
    _depth: int = 0
    _ignored: int = 0
    _keys: list[str] = field(default_factory=list)
    _trace: dict[str, str] | None = None
    _waiting: list[tuple[dict[str, str], int, bytes]] = field(default_factory=list)
    _event: dict[str, str] | None = None
    _line: int = 1
    _start: int = 0
    _held: bytearray = field(default_factory=bytearray)
    _base: int = 0
    _fed: int = 0
    _parser: expat.XMLParserType = field(default_factory=expat.ParserCreate)

    def __post_init__(self) -> None:
        self._parser.StartElementHandler = self._begin
        self._parser.EndElementHandler = self._end
        self._parser.StartDoctypeDeclHandler = self._doctype

    def feed(self, piece: bytes, fraction: float) -> None:
        self.fraction = min(fraction, 1.0)
        self._held += piece
        self._parser.Parse(piece, False)
        self._fed += len(piece)
        if self._fed - self._parser.CurrentByteIndex > MAX_RECORD:  # the parser holds a tag or a word until it ends
            raise SourceError(
                phrase("something in the log is longer than {value} MiB", value=str(MAX_RECORD >> 20)),
                where=f"{self.where}, line {self._parser.CurrentLineNumber}",
                todo=phrase("export it again"),
            )
        keep = self._start if self._event is not None else self._parser.CurrentByteIndex
        if len(self._held) - (keep - self._base) > MAX_RECORD:  # one event as long as that is not kept as it was
            keep = self._base + len(self._held)
        if keep > self._base:
            del self._held[: keep - self._base]
            self._base = keep

    def close(self) -> None:
        self._parser.Parse(b"", True)

    def ready(self) -> Iterator[Event]:
        """Give away the events of finished traces."""
        found, self.done = self.done, []
        yield from found

    def broken(self, why: str) -> None:
        """Finish what there is; what was begun is one more record, which cannot be used."""
        line = self._line if self._event is not None else self._parser.CurrentLineNumber
        raw = bytes(self._held[max(self._start - self._base, 0) :][:1000]) if self._event is not None else b""
        self._event = None
        self._finish()
        self.done.append(Event({}, line, raw, 1.0, f"the XML breaks off here and is read no further ({why})"))

    def _doctype(self, *_: object) -> None:
        raise SourceError(
            phrase("the file has a document type (<!DOCTYPE ...>), which an event log has no need of"),
            where=f"{self.where}, line {self._parser.CurrentLineNumber}",
            todo=phrase("take that line out if you trust the file"),
        )

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        kind = name.rpartition(":")[2]
        if self._ignored or (kind in {"global", "extension", "classifier"}):
            self._ignored += 1
        elif kind == "trace" and self._trace is None:
            self._trace = {}
        elif kind == "event" and self._event is None:
            self._event = {}
            self._line, self._start = self._parser.CurrentLineNumber, self._parser.CurrentByteIndex
        elif kind in _ATTRIBUTES:
            self._keys.append(attributes.get("key", ""))
            self._note(attributes.get("value"))

    def _note(self, value: str | None) -> None:
        held = self._event if self._event is not None else self._trace
        if held is None or (text := as_text(value)) is None:
            return
        key = self._keys[0] if len(self._keys) == 1 else ".".join(self._keys)
        held.setdefault(key or "attribute", text)

    def _end(self, name: str) -> None:
        if self._ignored:
            self._ignored -= 1
            return
        kind = name.rpartition(":")[2]
        if kind in _ATTRIBUTES:
            self._keys.pop()
        elif kind == "event" and self._event is not None:
            self._waiting.append((self._event, self._line, self._raw()))
            self._event = None
            if self._trace is None:
                self._finish()
        elif kind == "trace":
            self._finish()

    def _raw(self) -> bytes:
        low = self._start - self._base
        if low < 0:
            return b""
        closed = self._held.find(b">", max(self._parser.CurrentByteIndex - self._base, low))
        return bytes(self._held[low : closed + 1 if closed >= 0 else None])

    def _finish(self) -> None:
        """Give the events of a trace the trace's attributes; those of none have no case."""
        case = {f"{CASE}{key}": value for key, value in (self._trace or {}).items()}
        missing = "" if f"{CASE}{NAME}" in case else _NO_TRACE if self._trace is None else _NO_NAME
        for cells, line, raw in self._waiting:
            reason = missing or ("" if NAME in cells else _NO_EVENT)
            self.done.append(Event({**cells, **case}, line, raw, self.fraction, reason))
        self._waiting, self._trace = [], None


_NO_TRACE: Final = "the event is in no trace, so that it is nobody's"
_NO_NAME: Final = "the trace has no concept:name, so that its events are nobody's"
_NO_EVENT: Final = "the event has no concept:name, so that nobody knows what happened"
