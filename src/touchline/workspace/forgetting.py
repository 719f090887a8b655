"""Labels that are let go of, or redacted again: a lesson keeps no text that the workspace may not keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from touchline.errors import InputError
from touchline.privacy import KINDS
from touchline.understanding.teaching.lesson import text_hash
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.warehouse.duckdb import DuckWarehouse
    from touchline.workspace.taught import Files, Row

_NUMBERED: Final = re.compile(rf"\[({'|'.join(kind.upper() for kind in KINDS)})_\d+\]")
_PLACEHOLDER: Final = re.compile(rf"\[(?:REDACTED|(?:{'|'.join(kind.upper() for kind in KINDS)})_\d+)\]")
_TEXTS: Final = "SELECT text FROM {} WHERE interaction_id IN (SELECT interaction_id FROM asked) AND text IS NOT NULL"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was let go of, or changed.

    Attributes:
        labels: Labelled texts, and texts that the large encoder labelled.
        skipped: Texts that were marked not to be asked for.
    """

    labels: int
    skipped: int


def key_of(text: str, clean: Callable[[str], str]) -> str:
    """Return what is the same for a text before and after redaction, however its placeholders are numbered.

    Args:
        text: As it was labelled, or as it is stored.
        clean: Redacts.

    >>> key_of("ring [PHONE_2]", str) == key_of("Ring [PHONE_1]", str)
    True
    """
    return text_hash(_NUMBERED.sub(r"[\1]", clean(text)))


def texts_of(warehouse: DuckWarehouse, ids: Iterable[str]) -> list[str]:
    """Return the words of some interactions, earlier revisions included."""
    asked = pa.table({"interaction_id": pa.array(list(ids), pa.string())})
    with warehouse.given(asked=asked):
        found = warehouse.fetch(f"{_TEXTS.format('stored')} UNION {_TEXTS.format('revisions')}")
    texts: list[str] = found["text"].to_pylist()
    return texts


def known(warehouse: DuckWarehouse, ids: Sequence[str]) -> set[str]:
    """Return those of some ids that an interaction has."""
    with warehouse.given(asked=pa.table({"interaction_id": pa.array(ids, pa.string())})):
        found = warehouse.fetch("SELECT DISTINCT interaction_id FROM stored SEMI JOIN asked USING (interaction_id)")
    return set(found["interaction_id"].to_pylist())


def interactions_of(warehouse: DuckWarehouse, customer: str) -> list[str]:
    """Return the ids of all interactions of a customer, those under other references of the same person included.

    Raises:
        InputError: There is no such customer.
    """
    found = warehouse.fetch(
        "SELECT interaction_id FROM interactions WHERE customer_key IN"
        " (SELECT customer_key FROM interactions WHERE customer_ref = $ref)",
        ref=customer,
    )
    ids: list[str] = found["interaction_id"].to_pylist()
    if not ids:
        raise InputError(
            phrase("there is no customer {customer}", customer=repr(customer)),
            todo=phrase("name one as customer_ref has it"),
        )
    return ids


def own(warehouse: DuckWarehouse, texts: Sequence[str]) -> set[str]:
    """Return those of some texts that stored interactions hold, blanks around them aside."""
    asked = pa.table({"text": pa.array(texts, pa.string()), "bare": pa.array([t.strip() for t in texts], pa.string())})
    with warehouse.given(asked=asked):
        found = warehouse.fetch("SELECT text FROM asked WHERE bare IN (SELECT trim(text, ' \t\n\r') FROM stored)")
    return set(found["text"].to_pylist())


def forget(files: Files, keys: set[str], clean: Callable[[str], str]) -> Forgotten:
    """Let go of every line of labels of a text, in every version.

    Args:
        files: What was taught.
        keys: `key_of` texts; a `text_hash` does as well.
        clean: Redacts.
    """

    def kept(row: Row) -> Row | None:
        return None if keys & keys_of(row, clean) else row

    skipped = files.skipped()
    if gone := skipped & keys:
        files.write_skipped(skipped - gone)
    return Forgotten(files.rewrite(kept), len(gone))


def forget_gone(files: Files, warehouse: DuckWarehouse) -> Forgotten:
    """Let go of every line of labels whose text was the workspace's own and is stored no longer."""
    rows = [row for version in files.index()[1] for row in files.rows(version.number) if row.get("stored")]
    there = own(warehouse, sorted({whole(row) for row in rows}))
    return Forgotten(files.rewrite(lambda row: None if row.get("stored") and whole(row) not in there else row), 0)


def redact_again(files: Files, clean: Callable[[str], str]) -> Forgotten:
    """Redact every line of labels by the rules as they are now."""

    def redacted(row: Row) -> Row:
        changed: Mapping[str, Any] = {name: clean(row[name]) for name in ("text", "within") if name in row}
        if "within" in row and changed["within"] != row["within"]:
            start = row["within"].find(row["text"])
            cut = (start, start + len(row["text"])) if start >= 0 else (None, None)
            changed = {**changed, "text": same_part(row["within"], changed["within"], *cut)}
        return {**row, **changed}

    return Forgotten(files.rewrite(redacted), 0)


def whole(row: Row) -> str:
    """Return the text that a line of labels is about, whole."""
    found: str = row.get("within", row["text"])
    return found


def same_part(text: str, clean: str, start: int | None, end: int | None) -> str:
    """Return the part of a redacted text that stands where a part of the text stood; placeholders are kept whole.

    Args:
        text: Before.
        clean: Redacted.
        start: First character of the part; None for the beginning.
        end: One past its last; None for the end.

    >>> same_part("I am ann@example.org. It is late.", "I am [EMAIL_1]. It is late.", 22, 33)
    'It is late.'
    """
    low, high = start or 0, len(text) if end is None else end
    if text == clean:
        return text[low:high]
    from difflib import SequenceMatcher

    first, last = len(clean), 0
    for _, a, b, c, d in SequenceMatcher(None, text, clean, autojunk=False).get_opcodes():
        if a < high and low < b:
            same = b - a == d - c and text[a:b] == clean[c:d]
            first = min(first, c + max(0, low - a) if same else c)
            last = max(last, d - max(0, b - high) if same else d)
    for placeholder in _PLACEHOLDER.finditer(clean):
        if placeholder.start() < first < placeholder.end():
            first = placeholder.start()
        if placeholder.start() < last < placeholder.end():
            last = placeholder.end()
    return clean[first:last]


def keys_of(row: Row, clean: Callable[[str], str]) -> set[str]:
    """Return everything that a line of labels can be named by: its words, and the text that they stand in."""
    texts = {row["text"], whole(row)}
    return {key_of(text, clean) for text in texts} | {text_hash(text) for text in texts}
