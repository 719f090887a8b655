"""Ids, keys and content hashes of a chunk of raw interactions.

The *canonical row* is every content column in the schema's order, between unit separators. 128 bits of its SHA-256,
the workspace's key before it, are the content hash: it tells a duplicate from a revision. An interaction without an id
gets HMAC(workspace key, content hash, k), where k numbers equal rows within a file: equal answers survive, and a
second import of the file gives the same ids (DESIGN rule 2).
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.vocabulary.attributes import Attributes
from touchline.vocabulary.keys import UNIT, key_of
from touchline.vocabulary.schemas import RAW_INTERACTIONS

_PROVENANCE: Final = frozenset({"interaction_id", "row"})
CONTENT: Final = tuple(f.name for f in RAW_INTERACTIONS if f.name not in _PROVENANCE)
_NULL: Final = "\x00"
_HASH_BYTES: Final = 16


class Identifier:
    """Gives ids, keys and hashes to the chunks of one file.

    Args:
        key: The workspace's secret key.

    It remembers how many equal rows without an id it has met, so use one per file (or per API call).
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._seen: Counter[bytes] = Counter()

    def identify(self, raw: pa.Table, attributes: Attributes) -> pa.Table:
        """Return the chunk with ``interaction_id`` filled and ``customer_key`` and ``content_hash`` added.

        Args:
            raw: Schema `RAW_INTERACTIONS`, before redaction.
            attributes: Its attribute maps, told apart.

        >>> from touchline.vocabulary.schemas import RAW_INTERACTIONS
        >>> row = {"source": "kiosk", "kind": "survey", "author": "customer", "date_only": True, "occurred_at": 0}
        >>> raw = pa.Table.from_pylist([row, row], RAW_INTERACTIONS)
        >>> out = Identifier(b"key").identify(raw, Attributes.of(raw["attributes"]))
        >>> len(set(out["interaction_id"].to_pylist()))
        2
        """
        content = self._content(raw, attributes)
        ids = self._ids(raw, content)
        keys = self._customer_keys(_who(raw, ids))
        out = raw.set_column(raw.schema.get_field_index("interaction_id"), "interaction_id", ids)
        return out.append_column("customer_key", keys).append_column("content_hash", content)

    def _content(self, raw: pa.Table, attributes: Attributes) -> pa.Array:
        """Return the content hash of every row."""
        sha256, key = hashlib.sha256, self._key
        rows = canonical(raw, attributes).cast(pa.binary()).to_pylist()
        joined = b"".join([sha256(key + row).digest()[:_HASH_BYTES] for row in rows])
        return pa.FixedSizeBinaryArray.from_buffers(pa.binary(_HASH_BYTES), len(rows), [None, pa.py_buffer(joined)])

    def _customer_keys(self, who: pa.Array) -> pa.Array:
        """Return the key of every name, each distinct one hashed once."""
        coded = who.dictionary_encode()
        keys = [key_of(self._key, name) for name in coded.dictionary.to_pylist()]
        return pa.array(np.array(keys, dtype=np.int64)[coded.indices.to_numpy()])

    def _ids(self, raw: pa.Table, content: pa.Array) -> pa.Array:
        given = raw["interaction_id"].combine_chunks()
        named = pc.binary_join_element_wise(raw["source"].combine_chunks(), given, "/")
        if not given.null_count:
            return named
        missing = np.flatnonzero(given.is_null().to_numpy(zero_copy_only=False))
        made = []
        for digest in content.take(pa.array(missing)).to_pylist():
            k = self._seen[digest]
            self._seen[digest] = k + 1
            made.append(hmac.digest(self._key, digest + k.to_bytes(8, "big"), "sha256").hex()[:32])
        filled = np.array(["~"], dtype=object).repeat(len(given))
        filled[missing] = made
        return pc.coalesce(named, pa.array(filled, pa.string()))


def _who(raw: pa.Table, ids: pa.Array) -> pa.Array:
    """Name the customer; without a reference, the conversation; without that, the interaction itself."""
    who = pc.binary_join_element_wise("customer", raw["customer_ref"].combine_chunks(), UNIT)
    if who.null_count:
        source, thread = raw["source"].combine_chunks(), raw["conversation_ref"].combine_chunks()
        alone = pc.binary_join_element_wise("interaction", ids, UNIT)
        who = pc.coalesce(who, pc.binary_join_element_wise("conversation", source, thread, UNIT), alone)
    return who


def batch_digest(interactions: pa.Table) -> bytes:
    """Return 32 bytes that are equal for batches of equal ids and contents in equal order."""
    digest = hashlib.sha256()
    for name in ("interaction_id", "content_hash"):
        column = interactions[name].combine_chunks().cast(pa.binary())
        whole = pa.ListArray.from_arrays(pa.array([0, len(column)], pa.int32()), column)
        digest.update(pc.binary_join(whole, b"\x1e")[0].as_buffer())
    return digest.digest()


def canonical(raw: pa.Table, attributes: Attributes) -> pa.Array:
    """Return one string per row that is equal for rows of equal content, whatever chunk they came in."""
    parts: list[pa.Array | pa.Scalar] = []
    empty = 0
    for name in CONTENT:
        column = raw.column(name).combine_chunks()
        if column.null_count == len(column):
            empty += 1
            continue
        if empty:  # columns without a value are written as one constant, which is what joining them would give
            parts.append(pa.scalar(UNIT.join([_NULL] * empty)))
            empty = 0
        is_map = pa.types.is_map(column.type)
        parts.append(_as_text(attributes.distinct).take(pa.array(attributes.of_row)) if is_map else _as_text(column))
    if empty:
        parts.append(pa.scalar(UNIT.join([_NULL] * empty)))
    return pc.binary_join_element_wise(*parts, UNIT, null_handling="replace", null_replacement=_NULL)


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_timestamp(column.type):
        return column.cast(pa.int64()).cast(pa.string())
    if pa.types.is_map(column.type):
        return _joined(column, [column.keys, column.items])
    if pa.types.is_list(column.type):
        values = column.values
        return _joined(column, [values.field(i) for i in range(values.type.num_fields)])
    return column.cast(pa.string())


def _joined(column: pa.Array, parts: list[pa.Array]) -> pa.Array:
    """Write a list's or map's elements into one string per row."""
    texts = [part.cast(pa.string()) for part in parts]
    words = pc.binary_join_element_wise(*texts, "=", null_handling="replace", null_replacement=_NULL)
    lists = pa.ListArray.from_arrays(column.offsets, words)
    return pc.if_else(column.is_null(), None, pc.binary_join(lists, ";"))
