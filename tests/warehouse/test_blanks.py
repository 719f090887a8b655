"""One compiled query serves every value that fills a place in it, and none that its shape hangs on."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.files import answers, write_csv

from touchline.scores.base import Filters
from touchline.scores.filtering import filtered
from touchline.sources import open_export
from touchline.warehouse.blanks import Shape, Values, blank, blanks
from touchline.workspace import Workspace

PERIODS = [
    Filters(since=date(2026, 1, 1), until=date(2026, 1, 31)),
    Filters(since=date(2026, 1, 5), until=date(2026, 2, 28)),
    Filters(since=date(2025, 12, 1), until=date(2026, 1, 2)),
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blanks")
    with Workspace.create(folder / "ws") as opened:
        path = write_csv(folder / "one.csv", answers(*range(90)))
        opened.take_in(open_export(path, source="answers", taxonomy=opened.taxonomy))
        yield opened


def counted(workspace: Workspace, filters: Filters) -> int:
    warehouse = workspace.warehouse

    def build() -> Any:
        rows = filtered(warehouse, "answers", filters)
        return rows.agg(n=rows.count())

    return int(warehouse.ask(("counted", filters), build)["n"][0].as_py())


def by_hand(workspace: Workspace, filters: Filters) -> int:
    rows = workspace.warehouse.fetch("SELECT day, stage FROM answers").to_pylist()
    return sum(
        (filters.since is None or row["day"] >= filters.since)
        and (filters.until is None or row["day"] <= filters.until)
        and (not filters.stages or row["stage"] in filters.stages)
        for row in rows
    )


def test_other_periods_and_stages_are_asked_with_the_same_query(workspace):
    before = len(workspace.warehouse._sql)
    for filters in PERIODS:
        assert counted(workspace, filters) == by_hand(workspace, filters)
    assert len(workspace.warehouse._sql) == before + 1
    for stage in ("delivery", "support", "it's; --"):
        assert counted(workspace, Filters(stages=(stage,))) == by_hand(workspace, Filters(stages=(stage,)))
    assert len(workspace.warehouse._sql) == before + 2


def test_a_query_in_which_a_value_stands_as_it_is_serves_that_value_only(workspace):
    warehouse = workspace.warehouse

    def since(filters: Filters) -> int:
        def build() -> Any:
            rows = warehouse.table("answers")
            rows = rows.filter(rows.day >= filters.since)
            return rows.agg(n=rows.count())

        return int(warehouse.ask(("as it is", filters), build)["n"][0].as_py())

    for filters in PERIODS:
        assert since(filters) == by_hand(workspace, Filters(since=filters.since))


def test_equal_values_are_one_and_others_are_another_shape():
    one, two = date(2026, 1, 1), date(2026, 2, 1)
    same, other, third = (Shape.of(("q", Values(pair))) for pair in ((one, one), (one, two), (two, one)))
    assert same.key != other.key == third.key
    assert other.values == (one, two)
    assert third.values == (two, one)
    assert Shape.of(("q", 1, "x")).key == ("q", 1, "x")


def test_without_a_shared_query_values_are_themselves():
    assert blank("delivery") == "delivery"
    assert blanks((1, date(2026, 1, 1))) == [1, date(2026, 1, 1)]
    with Shape.of((Values(("delivery",)),)).building():
        assert blank("other") == "other"
        assert not isinstance(blank("delivery"), str)
