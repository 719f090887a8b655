"""Takes what is personal out of interactions, before the journal: out of their words and their attributes' values.

Each distinct value of a chunk is looked at once. Where an interaction has several places to be redacted, they are done
again together, so that the same value has the same number in all of them and another value has another.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from touchline.privacy import KINDS, is_naming, redact, redact_together
from touchline.settings import Privacy
from touchline.vocabulary.attributes import MAP, Attributes


def without_personal(table: pa.Table, attributes: Attributes, rules: Privacy) -> tuple[pa.Table, int]:
    """Redact the words and the attributes' values of interactions.

    Args:
        table: With the columns ``text`` and ``attributes``.
        attributes: Those of the table, told apart.
        rules: What the workspace's ``[privacy]`` says.

    Returns:
        The table, and in how many places something was replaced.

    Raises:
        SettingsError: The rules ask for names of persons, and no finder of names is installed.
    """
    words = table["text"].combine_chunks()
    texts, found = redact(words, rules)
    count = sum(found.values())
    maps = attributes.distinct
    items = _items(maps.keys, maps.items, rules)
    touched = pc.not_equal(items, maps.items).fill_null(False).to_numpy(zero_copy_only=False)
    if touched.any():
        count += int(_per_row(touched, attributes).sum())
        mask = maps.is_null() if maps.null_count else None
        clean = replace(attributes, distinct=pa.MapArray.from_arrays(maps.offsets, maps.keys, items, mask=mask))
        rows = _with_several(texts, items, touched, attributes)
        texts, column = _together(words, texts, attributes, clean, rows, rules)
        table = table.set_column(table.schema.get_field_index("attributes"), "attributes", column)
    return table.set_column(table.schema.get_field_index("text"), "text", texts), count


def _items(keys: pa.Array, items: pa.Array, rules: Privacy) -> pa.Array:
    """Redact values; those of a key that names a kind of number ("phone", "ssn") as if it stood before them."""
    clean, _ = redact(items, rules)
    for key in pc.unique(keys).to_pylist():
        if is_naming(key):
            of_key = pc.and_(pc.equal(keys, key), items.is_valid())
            said = _said(key, "")
            named, _ = redact(pc.binary_join_element_wise(said, items.filter(of_key), ""), rules)
            clean = pc.replace_with_mask(clean, of_key, pc.utf8_slice_codeunits(named, len(said)))
    return clean


def _said(key: str, value: str) -> str:
    return f"{key.replace('_', ' ').replace('-', ' ')}: {value}"


def _with_several(
    texts: pa.Array, items: pa.Array, touched: npt.NDArray[np.bool_], attributes: Attributes
) -> npt.NDArray[np.int64]:
    """Return the rows with placeholders of one kind in several places."""
    several = np.zeros(len(texts), bool)
    for kind in KINDS:
        inside = touched & _holds(items, kind)
        if inside.any():
            several |= _per_row(inside, attributes) + _holds(texts, kind) > 1
    return np.flatnonzero(several)


def _holds(texts: pa.Array, kind: str) -> npt.NDArray[np.bool_]:
    held: npt.NDArray[np.bool_] = (
        pc.match_substring(texts, f"[{kind.upper()}_").fill_null(False).to_numpy(zero_copy_only=False)
    )
    return held


def _per_row(marked: npt.NDArray[np.bool_], attributes: Attributes) -> npt.NDArray[np.int64]:
    """Return how many values of each row's attributes are marked."""
    sums = np.append(0, np.cumsum(marked))[attributes.distinct.offsets.to_numpy()]
    per_row: npt.NDArray[np.int64] = np.diff(sums)[attributes.of_row]
    return per_row


def _together(
    words: pa.Array,
    texts: pa.Array,
    attributes: Attributes,
    clean: Attributes,
    rows: npt.NDArray[np.int64],
    rules: Privacy,
) -> tuple[pa.Array, pa.Array]:
    """Redact some rows once more, each as a whole; return all texts and the attributes of all rows."""
    if not len(rows):
        return texts, clean.column()
    said = words.take(pa.array(rows)).to_pylist()
    maps = attributes.distinct.take(pa.array(attributes.of_row[rows])).to_pylist()
    own_texts, own_maps = [], []
    for text, entries in zip(said, maps, strict=True):
        parts = [_said(key, value or "") if is_naming(key) else value or "" for key, value in entries]
        first, *values = redact_together([text or "", *parts], rules=rules)
        own_texts.append(None if text is None else first)
        own_maps.append(
            [
                (key, None if value is None else new[len(_said(key, "")) if is_naming(key) else 0 :])
                for (key, value), new in zip(entries, values, strict=True)
            ]
        )
    chosen = np.zeros(len(texts), bool)
    chosen[rows] = True
    places = attributes.of_row.copy()
    places[rows] = len(clean.distinct) + np.arange(len(rows))
    distinct = pa.concat_arrays([clean.distinct, pa.array(own_maps, MAP)])
    texts = pc.replace_with_mask(texts, pa.array(chosen), pa.array(own_texts, texts.type))
    return texts, distinct.take(pa.array(places))
