"""JSON: an array of objects, an object that wraps one, or one object per line.

The text is decoded object by object, so that memory holds the text and one block. What is no object, or is
broken, goes to quarantine; reading goes on at the next line or element.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from touchline.errors import SourceError
from touchline.sources.base import MAX_RECORD, Block, Reading, Reject
from touchline.sources.encodings import Bytes, as_utf8, detect, is_wide, original
from touchline.sources.files import SourceFile
from touchline.sources.flattening import block_of, flatten, table_of
from touchline.words import phrase

_BLOCK: Final = 5_000
_SAMPLE: Final = 2_000
_SPACE: Final = re.compile(r"[\s\ufeff]*")
_SEPARATOR: Final = re.compile(r"[\s,\ufeff]*")
#: Where the next element of a broken array may begin.
_NEXT: Final = re.compile(r"[}\]]\s*,\s*(?=\{)|\n\s*(?=\{)")


@dataclass(frozen=True, slots=True)
class Item:
    """One element: its value or, if it is broken, the reason; and the text that it was."""

    value: Any
    text: str
    at: int
    reason: str = ""


class Json:
    """JSON and JSON Lines."""

    name = "json"
    options = ("encoding", "records")

    def recognise(self, file: SourceFile) -> float:
        """Text that begins with an object or an array."""
        named = file.suffix in {"json", "jsonl", "ndjson"}
        start = opening(file)
        if start[:1] not in {"{", "["} or (file.what_binary() and not is_wide(file.head)):
            return 0.0
        return 0.9 if named or re.match(r'\{\s*"|\[\s*\{', start) else 0.5 if named else 0.0

    def read(self, file: SourceFile, options: Mapping[str, str]) -> Reading:
        """Find the records and their columns."""
        text, encoding = decoded(file, options.get("encoding"))
        start = partial(items, text, options.get("records"))
        sample = [flatten(i.value) for i, _ in zip(start(), range(_SAMPLE), strict=False) if isinstance(i.value, dict)]
        if not any(sample):
            first = next(start(), None)
            what = first.reason if first is not None and first.reason else "it holds no objects"
            raise SourceError(
                phrase("there is no record in this JSON: {what}", what=str(what)), where=str(file.path), todo=_TODO
            )
        table = table_of(sample)
        return Reading(
            columns=tuple(table.column_names),
            sample=table,
            blocks=partial(_blocks, start, tuple(table.column_names), len(text), encoding),
            first_row=1,
            encoding=encoding,
        )


SOURCE: Final = Json()
_TODO: Final = "export an array of objects or one object per line"


def opening(file: SourceFile) -> str:
    """The first few characters behind blanks and a byte order mark."""
    wide = is_wide(file.head)
    text = file.head[:4096].decode(detect(file) if wide else "utf-8", "replace")
    return text.lstrip("\ufeff \t\r\n")[:200]


def decoded(file: SourceFile, declared: str | None) -> tuple[str, str]:
    """The whole text and its encoding; bytes that are no characters become lone surrogates."""
    encoding = detect(file, declared)
    data, start = as_utf8(file, encoding)
    raw: Bytes = data[start:]
    return bytes(raw).decode("utf-8", "surrogateescape" if encoding == "utf-8" else "surrogatepass"), encoding


def items(text: str, records: str | None = None) -> Iterator[Item]:
    r"""The elements of the text, one after another.

    >>> [i.value for i in items('{"tickets": [{"a": 1}, {"a": 2}], "count": 2}')]
    [{'a': 1}, {'a': 2}]
    >>> [(i.value, i.reason != "") for i in items('{"a": 1}\n{"a": oops}\n{"a": 3}')]
    [({'a': 1}, False), (None, True), ({'a': 3}, False)]
    """
    at = _after(_SPACE, text, 0)
    if text[at : at + 1] == "[":
        return _elements(text, at + 1)
    inside = _wrapped(text, at, records)
    return _lines(text) if inside is None else _elements(text, inside)


def raw_bytes(text: str, encoding: str) -> bytes:
    """The bytes of a piece of text, as they were."""
    if encoding == "utf-8":
        return text.encode("utf-8", "surrogateescape")
    return original(text.encode("utf-8", "surrogatepass"), encoding)


def _after(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _decode(text: str, at: int) -> tuple[Any, int, str]:
    """Value, where it ends, and what is wrong with it."""
    try:
        value, end = json.JSONDecoder().raw_decode(text, at)
    except json.JSONDecodeError as error:
        return None, at, f"this is broken JSON ({error.msg} at character {error.pos - at + 1})"
    except (RecursionError, ValueError) as error:
        return None, at, f"this JSON cannot be read ({error})"
    return value, end, ""


def _wrapped(text: str, at: int, records: str | None) -> int | None:
    """Inside of a single object: where the array of records begins; None for one object per line."""
    end_of_line = text.find("\n", at)
    if end_of_line > 0 and records is None:
        _, end, wrong = _decode(text[at:end_of_line].rstrip(), 0)
        if not wrong and end and text[end_of_line:].strip():
            return None
    at = _after(_SPACE, text, at)
    if text[at : at + 1] != "{":
        return None
    at = _after(_SPACE, text, at + 1)
    while text[at : at + 1] == '"':
        key, at, wrong = _decode(text, at)
        if wrong:
            return None
        at = _after(re.compile(r"\s*:\s*"), text, at)
        array = re.compile(r"\[\s*(?=\{)").match(text, at)
        if array and (records is None or key == records):
            return array.end()
        _, at, wrong = _decode(text, at)
        if wrong:
            return None
        at = _after(_SEPARATOR, text, at)
    return None


def _elements(text: str, at: int) -> Iterator[Item]:
    """Elements of an array whose bracket is behind us."""
    while True:
        at = _after(_SEPARATOR, text, at)
        if at >= len(text):
            yield Item(None, "", at, "the file ends within its array: it was cut off")
            return
        if text[at] == "]":
            return
        value, end, wrong = _decode(text, at)
        if wrong:
            found = _NEXT.search(text, at + 1)
            end = found.end() if found else len(text)
            yield Item(None, text[at:end].rstrip(), end, wrong)
        else:
            yield Item(value, text[at:end], end)
        at = end


def _lines(text: str) -> Iterator[Item]:
    """One value per line; a value over several lines is taken whole."""
    at = 0
    while (at := _after(_SPACE, text, at)) < len(text):
        value, end, wrong = _decode(text, at)
        if wrong:
            newline = text.find("\n", at)
            end = len(text) if newline < 0 else newline
        yield Item(value, text[at:end].rstrip(), end, wrong)
        at = _after(_SEPARATOR, text, end)


def _blocks(
    start: Callable[[], Iterator[Item]], columns: tuple[str, ...], size: int, encoding: str
) -> Iterator[Callable[[], Block]]:
    found = start()
    while batch := [i for i, _ in zip(found, range(_BLOCK), strict=False)]:
        yield partial(_block, batch, columns, encoding, batch[-1].at / max(size, 1))


def _block(batch: list[Item], columns: tuple[str, ...], encoding: str, fraction: float) -> Block:
    numbered: list[tuple[int, dict[str, str], bytes]] = []
    rejects: list[Reject] = []
    for row, item in enumerate(batch):
        raw = raw_bytes(item.text, encoding)
        reason = item.reason or unfit(item)
        if reason:
            rejects.append(Reject(row, reason, raw))
        else:
            numbered.append((row, flatten(item.value), raw))
    return block_of(numbered, rejects, len(batch), columns, fraction)


def unfit(item: Item) -> str:
    """Why an element is no record, or ""."""
    if not isinstance(item.value, dict):
        return "this is no object; a record needs names and values"
    if len(item.text) > MAX_RECORD:
        return f"the record is larger than {MAX_RECORD >> 20} MiB; shorten it"
    if not item.text.isascii() and re.search("[\ud800-\udfff]", item.text):
        return "bytes that are no character of the file's encoding; state encoding=..."
    return ""
