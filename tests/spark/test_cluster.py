"""On a real cluster: kernels, a workspace moved by one setting, texts read and placed, and an executor killed."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from operator import add
from pathlib import Path
from typing import Any

import pytest
from tests.spark.alike import differences, plain
from tests.spark.conftest import MASTER

from touchline.errors import QuestionError
from touchline.questions import Local
from touchline.sequences.walks import state_counts
from touchline.warehouse.duckdb import DuckWarehouse, writing
from touchline.warehouse.spark.warehouse import fetched
from touchline.workspace import Workspace
from touchline.workspace.clustered import build, copy_out, make_mart

QUESTIONS: dict[str, Callable[[Local], Any]] = {
    "stages": lambda j: j.stages(),
    "fcr": lambda j: j.fcr(),
    "issues": lambda j: j.issues(),
    "transitions": lambda j: j.transitions(by="stage"),
    "funnel": lambda j: j.funnel(["first_visit", "order_placed"], window="30d"),
    "cohorts": lambda j: j.cohorts(period="month"),
    "attribution": lambda j: j.attribution("order_placed"),
}
if not os.environ.get("TOUCHLINE_SOAK"):
    del QUESTIONS["fcr"]  # many small queries, each a second here; `tests/service` asks them of Spark's SQL, too


@pytest.fixture(scope="module")
def moved(spark: Any, demo: Workspace) -> Any:
    """The same workspace under ``engine = "local-cluster[2,1,1024]"``, opened beside the first."""
    copy_out(demo)
    other = Workspace(demo.folder.root)
    other.settings = replace(other.settings, engine=replace(other.settings.engine, engine=MASTER))
    yield other
    other.close()


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_one_setting_moves_a_workspace(question: Callable[[Local], Any], demo: Workspace, moved: Workspace) -> None:
    assert not differences(plain(question(Local(demo))), plain(question(Local(moved))))


def test_who_is_behind_a_row_is_told_where_rows_are(demo: Workspace, moved: Workspace) -> None:
    figure = Local(moved).transitions(by="stage")
    with pytest.raises(QuestionError, match="touchline warehouse mart"):
        figure.customers(0)
    keys = Local(demo).transitions(by="stage").customers(0)
    assert not differences(
        plain(Local(demo).behind(Local(demo).transitions(by="stage"), 0)), plain(_people(moved, keys))
    )


def _people(workspace: Workspace, keys: Any) -> Any:
    from touchline.scores.people import people

    return people(workspace.asked, keys)


def test_an_executor_killed_in_the_middle_changes_nothing(spark: Any, demo: Workspace, moved: Workspace) -> None:
    expected = state_counts(demo.indexed(), "event").tolist()
    killed: list[int] = []

    def slow(part: Any) -> Any:
        import time

        time.sleep(1.5)
        return state_counts(part, "event")

    def kill() -> None:
        while not any(spark.sparkContext.statusTracker().getActiveStageIds()):
            time.sleep(0.05)
        time.sleep(1.0)
        victim = _executors(spark)[0]
        os.kill(victim, signal.SIGKILL)
        killed.append(victim)

    killer = threading.Thread(target=kill)
    killer.start()
    found = moved.journeys.counted(slow, add).tolist()
    killer.join()
    assert killed
    assert killed[0] not in _executors(spark)
    assert found == expected
    # and an aggregate, after it
    assert not differences(plain(Local(demo).jsi()), plain(Local(moved).jsi()))


def _executors(spark: Any) -> list[int]:
    """Return the executors' process ids: separate Java processes of this cluster."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                said = (process / "cmdline").read_bytes().split(b"\0")
            except (FileNotFoundError, ProcessLookupError):
                continue
            mine = spark.sparkContext.applicationId.encode() in said
            if mine and any(word.endswith(b"CoarseGrainedExecutorBackend") for word in said):
                found.append(int(process.name))
    return sorted(found)


def test_texts_read_and_placed_on_the_cluster_are_those_of_one_machine(
    demo: Workspace, moved: Workspace, tmp_path: Path
) -> None:
    moved.settings = replace(
        moved.settings, engine=replace(moved.settings.engine, warehouse=str(tmp_path / "built"), buckets=3)
    )
    built = build(moved)
    assert built.version == 1
    file, _ = make_mart(moved, tmp_path / "mart.duckdb")
    with DuckWarehouse(file) as made:
        assert writing.fingerprint(made) == writing.fingerprint(demo.warehouse)
    moved.__dict__.pop("cluster").close()
    for question in ("transitions", "cohorts", "stages"):
        assert not differences(plain(QUESTIONS[question](Local(demo))), plain(QUESTIONS[question](Local(moved)))), (
            question
        )
    again = build(moved)
    assert (again.version, again.written) == (2, 0)
    assert fetched(moved.cluster.frame("customers")).num_rows == demo.warehouse.value("SELECT count(*) FROM customers")
