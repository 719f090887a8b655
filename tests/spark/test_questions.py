"""Every question over aggregates gives on Spark what it gives on DuckDB, on random worlds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest
from tests.spark.alike import differences, plain
from tests.spark.together import MANY, SparkWorlds
from tests.worlds import START, TAXONOMY, MemoryWarehouse, Tables, make_world

from touchline.scores.base import Filters
from touchline.scores.bridge import bridge
from touchline.scores.causes import causes, delights
from touchline.scores.change import change
from touchline.scores.friction import friction
from touchline.scores.heatmap import heatmap
from touchline.scores.jsi import jsi
from touchline.scores.segments import segments
from touchline.scores.stages import stages
from touchline.scores.standing import standing
from touchline.scores.trend import trend
from touchline.sequences.told import told

WORLDS = 24
AT = datetime(2026, 3, 1)
NOW, BEFORE = Filters(since=date(2026, 2, 16)), Filters(since=date(2026, 1, 5), until=date(2026, 2, 15))
SOME = Filters(methods=("survey", "model", "human"), segments=(("tier", ("vip", "plus")),))
Ask = Callable[[Any], Any]
QUESTIONS: dict[str, Ask] = {
    "stages": lambda w: stages(w, TAXONOMY, NOW, previous=BEFORE),
    "jsi": lambda w: jsi(w, TAXONOMY, SOME),
    "jsi by week": lambda w: jsi(w, TAXONOMY, Filters(), by="week"),
    "jsi by segment": lambda w: jsi(w, TAXONOMY, NOW, by="segment:region"),
    "persons": lambda w: standing(w, Filters(), at=AT, limit=MANY),
    "accounts": lambda w: standing(w, Filters(), of="account", at=AT, order="falling", limit=MANY),
    "change": lambda w: change(w, TAXONOMY, NOW, previous=BEFORE, by="family"),
    "bridge": lambda w: bridge(w, TAXONOMY, NOW, previous=BEFORE),
    "heatmap": lambda w: heatmap(w, TAXONOMY, Filters(), by="week"),
    "metrics": lambda w: heatmap(w, TAXONOMY, Filters(), by="metric"),
    "friction": lambda w: friction(w, TAXONOMY, Filters()),
    "trend": lambda w: trend(w, TAXONOMY, Filters(), stage=None, by="week"),
    "causes": lambda w: causes(w, TAXONOMY, Filters(), stage=None, limit=8, examples=2),
    "delights": lambda w: delights(w, TAXONOMY, Filters(), stage=None, limit=8, examples=2),
    "segments": lambda w: segments(w, TAXONOMY, Filters()),
    "told": lambda w: told(w, TAXONOMY, Filters(), "UTC").at.tolist(),
}


@pytest.fixture(scope="module")
def both(spark: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Tables], SparkWorlds]:
    worlds = [
        make_world(
            seed,
            conversations=10 + 12 * (seed % 7),
            customers=3 + 5 * (seed % 4),
            b2b=bool(seed % 2),
            anonymous=(0.2, 0.0, 0.5)[seed % 3],
        )
        for seed in range(WORLDS)
    ]
    return worlds, SparkWorlds(spark, tmp_path_factory.mktemp("worlds"), worlds)


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_spark_answers_as_duckdb_does(question: Ask, both: tuple[list[Tables], SparkWorlds]) -> None:
    worlds, on_spark = both
    duckdb = MemoryWarehouse()
    compared = 0
    for number, tables in enumerate(worlds):
        expected = _answer(question, duckdb.put(tables))
        got = _answer(question, on_spark.of(number))
        assert not differences(expected, got), f"world {number}"
        compared += not isinstance(expected, str)
    assert compared > WORLDS // 2  # else it compared errors


def _answer(question: Ask, warehouse: Any) -> Any:
    """Return the answer, or the error's own words: both engines refuse alike."""
    from touchline.errors import QuestionError

    try:
        return plain(question(warehouse))
    except QuestionError as error:
        return str(error)


def test_worlds_differ(both: tuple[list[Tables], SparkWorlds]) -> None:
    _, on_spark = both
    answers = [plain(jsi(on_spark.of(number), TAXONOMY, Filters()))["rows"] for number in range(3)]
    assert answers[0] != answers[1] != answers[2]
    assert START < AT
