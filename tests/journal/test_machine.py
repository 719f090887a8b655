"""The journal against a model that is a few lists: whatever is done to it in whatever order, they agree."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import ClassVar

import pyarrow as pa
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.journal.conftest import Kept, batch, on_postgres, on_sqlite, rejected

from touchline.errors import InputError
from touchline.journal import Append
from touchline.journal.base import KINDS

_numbers = count()
VALUES = st.lists(st.integers(0, 3), max_size=3)
ROWS = st.lists(st.integers(0, 5), max_size=3)
APPEND = st.tuples(st.none() | VALUES, ROWS, st.sampled_from(KINDS[:3]))


class Machine(RuleBasedStateMachine):
    """Its model: the batches in order, the quarantined rows with how often they came, and six counters."""

    make: ClassVar

    @initialize()
    def begin(self) -> None:
        self.kept: Kept = self.make()
        self.journal = self.kept.open()
        self.batches: list[tuple[str, list[int]]] = []
        self.digests: dict[bytes, int] = {}
        self.held: dict[int, int] = {}  # row to how often it came
        self.received = self.accepted = self.repeated = self.expired = self.erased = 0

    def teardown(self) -> None:
        if hasattr(self, "journal"):
            assert self.journal.verify() == []
            self.journal.close()

    def expected(self, values: list[int] | None, rows: list[int], kind: str) -> tuple[int, bool] | None:
        receipt = None
        if values is not None:
            made = batch(*values, kind=kind)
            repeated = made.digest in self.digests
            if not repeated:
                self.batches.append((kind, values))
                self.digests[made.digest] = len(self.batches)
            if kind == "interactions":
                self.received += len(values)
                self.repeated += len(values) if repeated else 0
                self.accepted += 0 if repeated else len(values)
            receipt = self.digests[made.digest], repeated
        for row in rows:
            self.held[row] = self.held.get(row, 0) + 1
        self.received += len(rows)
        return receipt

    @rule(group=st.lists(APPEND, max_size=3))
    def append(self, group: list) -> None:
        appends = [
            Append(None if values is None else batch(*values, kind=kind), rejected(*rows), "a.csv")
            for values, rows, kind in group
        ]
        expected = [self.expected(*one) for one in group]
        receipts = self.journal.append_many(appends)
        assert [(r.offset, r.repeated) if r else None for r in receipts] == expected

    @precondition(lambda self: self.held)
    @rule(data=st.data(), values=st.none() | VALUES)
    def requeue(self, data, values: list[int] | None) -> None:
        tried = data.draw(st.lists(st.sampled_from(sorted(self.held)), unique=True, min_size=1))
        still = data.draw(st.lists(st.sampled_from(tried), unique=True))
        ids = {row["row"]: row["id"] for row in self.journal.quarantined(1000)}
        made = None if values is None else batch(*values)
        self.journal.requeue([ids[row] for row in tried], made, rejected(*still, reason="again"))
        for row in set(tried) - set(still):
            seen = self.held.pop(row)
            self.repeated += seen - 1
            self.received -= 1
        self.expected(values, [], "interactions")

    @precondition(lambda self: self.batches)
    @rule(data=st.data())
    def rewrite(self, data) -> None:
        place = data.draw(st.integers(0, len(self.batches) - 1))
        kind, values = self.batches[place]
        left = data.draw(st.integers(0, len(values)))
        table = pa.table({"n": values}).slice(0, left)
        self.journal.rewrite(place + 1, None if left == 0 else table, "test")
        self.batches[place] = kind, values[:left]
        if kind == "interactions":
            self.accepted -= len(values) - left
            self.expired += len(values) - left
            self.erased += len(values) - left

    @rule(row=st.integers(0, 5))
    def forget(self, row: int) -> None:
        gone = self.held.pop(row, 0)
        assert self.journal.forget_quarantined(lambda held: held["row"] == row) == gone
        self.expired += gone
        self.erased += gone

    @rule()
    def expire(self) -> None:
        assert self.journal.expire(datetime.now(UTC) + timedelta(days=10)) == 0
        gone = sum(self.held.values())
        assert self.journal.expire(datetime.now(UTC) + timedelta(days=100)) == gone
        self.expired += gone
        self.held.clear()

    @rule()
    def refuse(self) -> None:
        with pytest.raises(InputError):
            self.journal.rewrite(len(self.batches) + 1, None, "none")
        with pytest.raises(InputError):
            self.journal.requeue([10**9], batch(1), rejected(1))

    @rule()
    def reopen(self) -> None:
        self.journal.close()
        self.journal = self.kept.open()

    @invariant()
    def agree(self) -> None:
        if not hasattr(self, "journal"):
            return
        read = [(entry.offset, entry.kind, entry.table["n"].to_pylist()) for entry in self.journal.read()]
        assert read == [(n + 1, *one) for n, one in enumerate(self.batches)]
        assert self.journal.head == len(self.batches)
        waiting = sum(len(values) for kind, values in self.batches[1:] if kind == "interactions")
        assert self.journal.rows_after(1) == waiting
        assert {row["row"]: row["seen"] for row in self.journal.quarantined(1000)} == self.held
        counts = self.journal.counts()
        assert counts.balanced
        assert (counts.received, counts.accepted, counts.repeated) == (self.received, self.accepted, self.repeated)
        assert (counts.quarantined, counts.expired) == (sum(self.held.values()), self.expired)
        assert counts.erased == self.erased


def drawn(make, worlds: int) -> None:
    machine = type("Machine", (Machine,), {"make": staticmethod(make)})
    run_state_machine_as_test(machine, settings=settings(max_examples=worlds, stateful_step_count=20))


def test_on_sqlite_it_does_what_lists_do(tmp_path, worlds):
    drawn(lambda: on_sqlite(tmp_path / f"{next(_numbers)}.db"), worlds)


def test_on_postgres_it_does_what_lists_do(database, worlds):
    drawn(lambda: on_postgres(database), worlds)
