"""Ids, keys and content hashes of a chunk of raw interactions.

The *canonical row* is every content column in the schema's order, between unit separators. Its keyed BLAKE2b
(RFC 7693) is the content hash: it tells a duplicate from a revision. An interaction without an id gets HMAC(workspace
key, content hash, k), where k numbers equal rows within a file: equal answers survive, and a second import of the
file gives the same ids (DESIGN rule 2).
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.vocabulary.keys import UNIT, key_of
from touchline.vocabulary.schemas import RAW_INTERACTIONS

_PROVENANCE: Final = frozenset({"interaction_id", "row"})
CONTENT: Final = tuple(f.name for f in RAW_INTERACTIONS if f.name not in _PROVENANCE)
_NULL: Final = "\x00"
_HASH_BYTES: Final = 32


class Identifier:
    """Gives ids, keys and hashes to the chunks of one file.

    Args:
        key: The workspace's secret key.

    It remembers how many equal rows without an id it has met, so use one per file (or per API call).
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._seen: Counter[bytes] = Counter()

    def identify(self, raw: pa.Table) -> pa.Table:
        """Return the chunk with ``interaction_id`` filled and ``customer_key`` and ``content_hash`` added.

        Args:
            raw: Schema `RAW_INTERACTIONS`, before redaction.

        >>> from touchline.vocabulary.schemas import RAW_INTERACTIONS
        >>> rows = [{"source": "kiosk", "kind": "survey", "author": "customer", "date_only": True, "occurred_at": 0}] * 2
        >>> out = Identifier(b"key").identify(pa.Table.from_pylist(rows, RAW_INTERACTIONS))
        >>> len(set(out["interaction_id"].to_pylist()))
        2
        """
        content = self._content(raw)
        ids = self._ids(raw, content)
        keys = self._customer_keys(_who(raw, ids))
        out = raw.set_column(raw.schema.get_field_index("interaction_id"), "interaction_id", ids)
        return out.append_column("customer_key", keys).append_column("content_hash", content)

    def _content(self, raw: pa.Table) -> pa.Array:
        """Return the content hash of every row."""
        blake, key = hashlib.blake2b, self._key
        rows = canonical(raw).cast(pa.binary()).to_pylist()
        joined = b"".join([blake(row, key=key, digest_size=_HASH_BYTES).digest() for row in rows])
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


def canonical(raw: pa.Table) -> pa.Array:
    """Return one string per row that is equal for rows of equal content, whatever chunk they came in."""
    columns = [_as_text(raw.column(name).combine_chunks()) for name in CONTENT]
    return pc.binary_join_element_wise(*columns, UNIT, null_handling="replace", null_replacement=_NULL)


def _as_text(column: pa.Array) -> pa.Array | pa.Scalar:
    if column.null_count == len(column):
        return pa.scalar(None, pa.string())
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
