"""The DuckDB warehouse: all or nothing, one answer per question and state, runs told apart as DESIGN rule 2 says."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.warehouse.duckdb import DuckWarehouse, writing
from touchline.warehouse.schema import STORED, STORED_EVIDENCE

WHEN = datetime(2026, 1, 1)
HASH = STORED.field("content_hash").type.byte_width


def run(*rows: tuple[str, str], offset: int = 1) -> pa.Table:
    """Return a run of (id, content)."""
    needed = {"source": "s", "kind": "survey", "author": "customer", "occurred_at": WHEN, "date_only": False,
              "received_at": WHEN, "live": False, "offset": offset}  # fmt: skip
    filled = [
        needed
        | {
            "interaction_id": i,
            "content_hash": hashlib.sha256(c.encode()).digest()[:HASH],
            "customer_key": hash(i) % 7,
            "text": c,
        }
        for i, c in rows
    ]
    return pa.Table.from_pylist(filled, STORED)


@pytest.fixture
def warehouse(tmp_path):
    with DuckWarehouse(tmp_path / "w.duckdb") as opened:
        yield opened


def store(warehouse: DuckWarehouse, table: pa.Table, position: int) -> writing.Verdicts:
    verdicts = writing.sift(warehouse, table)
    writing.store(warehouse, table, verdicts, STORED_EVIDENCE.empty_table(), position=position)
    return verdicts


rows = st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from("xyz")), min_size=1, max_size=12)


@given(st.lists(rows, min_size=1, max_size=4))
@settings(max_examples=12, deadline=None)
def test_new_duplicate_and_revised_are_the_oracles(tmp_path_factory, runs):
    """An oracle in plain Python: contents that an id has had, in order; the last new one counts."""
    had: dict[str, list[str]] = defaultdict(list)
    with DuckWarehouse(tmp_path_factory.mktemp("w") / "w.duckdb") as warehouse:
        for number, them in enumerate(runs, 1):
            expected = []
            for i, c in them:
                expected.append(writing.DUPLICATE if c in had[i] else writing.REVISED if had[i] else writing.NEW)
                had[i] += [c] if c not in had[i] else []
            assert store(warehouse, run(*them, offset=number), number).what.tolist() == expected
        latest = warehouse.fetch("SELECT interaction_id, text FROM interactions ORDER BY 1").to_pylist()
        assert latest == [{"interaction_id": i, "text": c[-1]} for i, c in sorted(had.items()) if c]
        earlier = warehouse.fetch("SELECT interaction_id, text FROM revisions ORDER BY ALL").to_pylist()
        assert earlier == sorted(
            ({"interaction_id": i, "text": c} for i, all_ in had.items() for c in all_[:-1]),
            key=lambda r: tuple(r.values()),
        )
        told = warehouse.fetch("SELECT sum(stored + duplicate + revised)::INT AS n, count(*) AS runs FROM receipts")
        assert told.to_pylist() == [{"n": sum(map(len, runs)), "runs": len(runs)}]
        assert warehouse.position == len(runs)


def test_a_transaction_that_fails_leaves_nothing(warehouse):
    def fail() -> None:
        with warehouse.transaction():
            warehouse.execute("INSERT INTO dirty VALUES (1)")
            warehouse.remember(position=9)
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        fail()
    assert warehouse.value("SELECT count(*) FROM dirty") == 0
    assert warehouse.position == 0
    with warehouse.transaction():
        warehouse.remember(position=1)
    assert warehouse.position == 1


def test_a_warehouse_of_before_shows_what_it_has(warehouse):
    """Older ones do not say up to where everything is placed: they were placed whenever they were closed in order."""
    with warehouse.transaction():
        warehouse.remember(position=7)
    assert warehouse.shown == 0
    with warehouse.transaction():
        warehouse.execute("DELETE FROM meta WHERE key = 'shown'")
    assert warehouse.shown == 7


def test_a_statement_that_fails_within_a_transaction_undoes_it_too(warehouse):
    def fail() -> None:
        with warehouse.transaction():
            warehouse.execute("INSERT INTO dirty VALUES (1)")
            warehouse.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(duckdb.Error):
        fail()
    assert warehouse.value("SELECT count(*) FROM dirty") == 0


def test_an_answer_is_kept_until_the_data_change(warehouse):
    built = []

    def build():
        built.append(1)
        return warehouse.table("interactions").count().as_table()

    def count() -> int:
        return warehouse.ask(("count",), build).column(0)[0].as_py()

    assert (count(), count(), len(built)) == (0, 0, 1)
    store(warehouse, run(("a", "x")), 1)
    bucket = next(iter(writing.buckets(warehouse, reads=("customer_key",), dirty_only=True)))
    writing.replace(warehouse, bucket, {})
    assert count() == 1
    assert len(built) == 1  # compiled once, asked anew


@pytest.mark.parametrize("bucket_rows", [1, 7, 1000])
def test_buckets_hold_every_waiting_customer_once_and_whole(warehouse, monkeypatch, bucket_rows):
    monkeypatch.setattr(writing, "BUCKET_ROWS", bucket_rows)
    table = run(*((f"i{n}", "x") for n in range(40)))
    keys = pa.array(np.random.default_rng(1).integers(0, 2**60 - 1, 10)[np.arange(40) % 10])
    store(warehouse, table.set_column(table.schema.get_field_index("customer_key"), "customer_key", keys), 1)
    seen: dict[int, int] = defaultdict(int)
    for bucket in writing.buckets(warehouse, reads=("customer_key", "interaction_id"), dirty_only=True):
        for key in bucket.interactions["customer_key"].to_pylist():
            seen[key] += 1
        writing.replace(warehouse, bucket, {})
    assert seen == dict.fromkeys(keys.to_pylist(), 4)
    assert warehouse.value("SELECT count(*) FROM dirty") == 0


def test_text_of_any_characters_is_stored_as_it_is(warehouse):
    words = ["nul\x00byte", "😀 مرحبا \u200b", "'; DROP TABLE interactions; --", "line\r\nbreak", "\ufeff"]
    store(warehouse, run(*((f"i{n}", word) for n, word in enumerate(words))), 1)
    assert warehouse.fetch("SELECT text FROM interactions ORDER BY interaction_id")["text"].to_pylist() == words
