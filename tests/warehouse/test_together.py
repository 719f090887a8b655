"""Several threads ask while another writes: nobody waits for a drain, and nobody sees half of one."""

from __future__ import annotations

import threading
from pathlib import Path

import pyarrow as pa
import pytest

from touchline.errors import TooSlow
from touchline.warehouse.duckdb import DuckWarehouse


@pytest.fixture
def warehouse(tmp_path: Path):
    with DuckWarehouse(tmp_path / "w.duckdb") as opened:
        opened.execute("CREATE TABLE pairs AS SELECT 0 AS left_, 0 AS right_")
        yield opened


def test_a_reader_sees_one_state_while_a_writer_commits(warehouse):
    """Two queries of one question agree, although commits come between them."""
    ended = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not ended.is_set():
            with warehouse.reading():
                left = warehouse.value("SELECT left_ FROM pairs")
                told = warehouse.meta("published")
                right = warehouse.value("SELECT right_ FROM pairs")
            if left != right or (told is not None and int(told) != left):
                wrong.append((left, right, told))

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for step in range(1, 150):
        with warehouse.transaction():
            warehouse.execute(f"UPDATE pairs SET left_ = {step}, right_ = {step}")
            warehouse.remember(published=step)
    ended.set()
    for reader in readers:
        reader.join()
    assert not wrong
    assert warehouse.meta("published") == "149"


def test_what_is_remembered_is_new_after_every_commit(warehouse):
    """A reader that began before a commit does not leave the old value behind for others."""
    wrong = 0
    for step in range(200):
        reader = threading.Thread(target=warehouse.meta, args=("published",))
        reader.start()
        with warehouse.transaction():
            warehouse.remember(published=step)
        reader.join()
        wrong += warehouse.meta("published") != str(step)
    assert wrong == 0


def test_nobody_waits_for_an_open_transaction(warehouse):
    """A question asked while a writer is in the middle gets what was there before."""
    seen = []
    with warehouse.transaction():
        warehouse.execute("UPDATE pairs SET left_ = 7")
        warehouse.remember(published=7)
        reader = threading.Thread(
            target=lambda: seen.append((warehouse.value("SELECT left_ FROM pairs"), warehouse.meta("published")))
        )
        reader.start()
        reader.join(10)
        assert warehouse.meta("published") == "7"
    assert seen == [(0, None)]


def test_equal_questions_asked_at_once_are_computed_once(warehouse):
    """Whoever asks the same meanwhile waits for the one answer."""
    import ibis

    asked, answers = [], []

    def build() -> ibis.Table:
        asked.append(1)
        return ibis.table({"left_": "int32", "right_": "int32"}, name="pairs")

    threads = [threading.Thread(target=lambda: answers.append(warehouse.ask(("k",), build))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 1
    assert len(answers) == 8
    assert all(answer is answers[0] for answer in answers)


def test_a_slow_query_is_ended_and_the_next_one_works(warehouse):
    """A question has a time; past it, it ends with a clear error, and only it."""
    with pytest.raises(TooSlow, match="longer"), warehouse.reading(0.2):
        warehouse.fetch("SELECT count(*) FROM range(100000000000) a WHERE hash(a.range) = 1")
    with warehouse.reading(5):
        assert warehouse.value("SELECT 1") == 1


def test_tables_given_to_one_thread_are_not_another_s(warehouse):
    """The same name may stand for other rows in other threads."""
    found = {}

    def ask(number: int) -> None:
        for _ in range(20):
            with warehouse.given(rows=pa.table({"a": [number]})):
                found.setdefault(number, set()).add(warehouse.value("SELECT a FROM rows"))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: {number} for number in range(6)}
