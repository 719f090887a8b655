"""Kernels over buckets give what they give over all rows: batches that cut customers, any number of buckets.

Here the buckets are read without Spark, so that hundreds of worlds take seconds; `test_cluster.py` has a cluster.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from operator import add
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.sequences.worlds import Row, every_name, frame, rows_of
from tests.spark.alike import differences, plain

from touchline.errors import QuestionError
from touchline.scores.base import Filters
from touchline.sequences.journey import Journey
from touchline.sequences.walks import state_counts
from touchline.warehouse.index.frames import journeys_of
from touchline.warehouse.spark import kernels
from touchline.warehouse.spark.copying import journeys_table
from touchline.warehouse.spark.files import Place
from touchline.warehouse.spark.journeys import SparkJourneys
from touchline.warehouse.spark.manifest import Manifest

MAIL = Filters(channels=("mail", "ads"))
Ask = Callable[[Journey], Any]
#: Every question of order and time that is counted by a kernel.
QUESTIONS: dict[str, Ask] = {
    "transitions": lambda j: j.transitions(by="event", top=3),
    "filtered": lambda j: j.transitions(by="event", filters=MAIL),
    "with a path": lambda j: j.transitions(by="channel", path="visit .. order"),
    "funnel": lambda j: j.funnel(["visit", "order"], window="3d", by="tier"),
    "sessions": lambda j: j.funnel(["visit", "order"], count_by="session", session_gap="2d"),
    "lost": lambda j: j.funnel(["visit", "order"], lost=True, lost_by="event"),
    "find": lambda j: j.find("visit .. order", by="tier"),
    "sankey": lambda j: j.sankey("visit", before=1, after=2, by="event"),
    "step matrix": lambda j: j.step_matrix(by="event", steps=4),
    "variants": lambda j: j.variants(by="event"),
    "rework": lambda j: j.rework(by="event"),
    "dwell": lambda j: j.dwell(by="tier"),
    "drop-off": lambda j: j.dropoff(window="3d"),
    "survival": lambda j: j.survival("visit", "order", at=(1, 2, 5)),
    "cohorts": lambda j: j.cohorts(period="day", measure="jsi"),
    "retention": lambda j: j.cohorts(period="day", by="tier"),
    "overview": lambda j: j.overview(by=("tier",), metrics=("events", "jsi", "order", "revenue")),
    "attribution": lambda j: j.attribution("order"),
    "issues": lambda j: j.issues(),
    "compounding": lambda j: j.compounding(),
    "effort": lambda j: j.effort(),
}
#: Questions that need all rows in one place, and say so.
REFUSED: dict[str, Ask] = {
    "accounts": lambda j: j.funnel(["visit", "order"], count_by="account"),
    "clusters": lambda j: j.clusters(),
}


def _elsewhere(journeys: Any, folder: Path, buckets: int) -> SparkJourneys:
    place = Place(str(folder))
    table, told, _ = journeys_table(journeys, place, buckets, {})
    manifest = Manifest(1, buckets, {"journeys": table}, journeys=told)
    return SparkJourneys(SimpleNamespace(manifest=manifest, place=place, spark=None))  # type: ignore[arg-type]


def _without_spark(spark, schema, files, slice_of, kernel, merge, columns):
    """Do what `kernels.counted` does, in this process, with batches of three rows."""
    from pyspark import cloudpickle

    total = None
    for file in files:
        batches = pq.ParquetFile(file.removeprefix("file://")).read(columns=columns).to_batches(max_chunksize=3)
        for table in kernels.whole_customers(batches, rows=4):
            sent = cloudpickle.loads(cloudpickle.dumps(kernel))
            found = sent(slice_of(table))
            total = found if total is None else merge(total, found)
    return total


@pytest.fixture
def no_spark(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark", reason="PySpark is missing; pip install 'touchline[spark]'")
    monkeypatch.setattr(kernels, "counted", _without_spark)


def _answer(question: Ask, journeys: Any) -> Any:
    try:
        return plain(question(Journey(journeys)))
    except QuestionError as error:
        return str(error)


@pytest.mark.usefixtures("no_spark")
@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_counts_over_buckets_are_the_counts(question: Ask, tmp_path_factory: pytest.TempPathFactory) -> None:
    answered = 0

    @settings(deadline=None, max_examples=12)
    @given(rows_of(), st.sampled_from((1, 2, 5)))
    def on_random_worlds(rows: list[Row], buckets: int) -> None:
        nonlocal answered
        journeys = journeys_of(frame(every_name(rows)), stages=("trial", "use", "renewal"))
        expected = _answer(question, journeys)
        far = _elsewhere(journeys, tmp_path_factory.mktemp("index"), buckets)
        assert not differences(expected, _answer(question, far))
        answered += not isinstance(expected, str)

    on_random_worlds()
    assert answered


@pytest.mark.usefixtures("no_spark")
@pytest.mark.parametrize("question", REFUSED.values(), ids=REFUSED)
def test_what_needs_all_rows_is_refused_and_not_answered_from_a_part(question: Ask, tmp_path: Path) -> None:
    many = [replace(row, customer=f"{row.customer}{number}") for number in range(60) for row in every_name([])]
    table = frame(many).append_column("account", pa.array(["a"] * len(many)))
    far = _elsewhere(journeys_of(table), tmp_path, 2)
    with pytest.raises(QuestionError, match="touchline warehouse mart"):
        question(Journey(far))


@settings(deadline=None, max_examples=200)
@given(st.lists(st.integers(1, 7), max_size=12), st.integers(1, 5), st.integers(1, 9))
def test_no_customer_is_cut_wherever_batches_end(lengths: list[int], batch: int, rows: int) -> None:
    keys = np.repeat(np.arange(len(lengths)), lengths)
    table = pa.table({"customer_key": keys, "row": np.arange(len(keys))})
    found = list(kernels.whole_customers(table.to_batches(max_chunksize=batch), rows=rows))
    assert [row for part in found for row in part["row"].to_pylist()] == list(range(len(keys)))
    owners = [set(part["customer_key"].to_pylist()) for part in found]
    assert sum(map(len, owners)) == len(lengths)  # no customer in two parts
    assert all(part.num_rows >= rows for part in found[:-1])


@pytest.mark.usefixtures("no_spark")
def test_a_column_that_only_some_rows_lead_to_is_read_after_all(tmp_path: Path) -> None:
    """Over no rows this kernel reads one column; over rows, another."""
    journeys = journeys_of(frame(every_name([])))

    def fickle(part: Any) -> Any:
        return state_counts(part, "channel" if len(part) else "event")

    far = _elsewhere(journeys, tmp_path, 2)
    assert far.counted(fickle, add).tolist() == state_counts(journeys, "channel").tolist()
