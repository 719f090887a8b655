"""Heatmaps: stages down, anything across."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import oracles_b as oracle
from tests.worlds import TAXONOMY, MemoryWarehouse, Tables, make_world, replaced, rows, worlds

from touchline.errors import QuestionError
from touchline.scores.base import Filters
from touchline.scores.heatmap import ACROSS, heatmap
from touchline.scores.metrics import METRICS
from touchline.scores.nps import nps

WAREHOUSE = MemoryWarehouse()
ACROSS_COLUMNS = {"segment:tier": "seg_tier", "segment:region": "seg_region"} | {by: by for by in ACROSS}
SHARES = {
    "negative": lambda r: r["s"] == -1,
    "high_effort": lambda r: r["effort"] == "high",
    "unresolved": lambda r: r["resolution"] == "unresolved",
}


@settings(deadline=None, max_examples=40)
@given(worlds(), st.sampled_from(sorted(ACROSS_COLUMNS)), st.integers(0, 99))
def test_equals_the_definition(tables: Tables, by: str, seed: int) -> None:
    filters = oracle.some_filters(tables, seed)
    touches = oracle.kept(rows(tables, "touches"), filters)
    figure = heatmap(WAREHOUSE.put(tables), TAXONOMY, filters, by=by)

    def across(row: oracle.Row) -> str | None:
        value = row[ACROSS_COLUMNS[by]]
        return value if value is None else str(value)

    cells = oracle.groups(touches, lambda r: (r["stage"], across(r)))
    cells |= oracle.groups(touches, lambda r: (r["stage"], "all"))
    expected = {key: oracle.cell(part) for key, part in cells.items()}
    got = {(row["stage"], row["column"]): row for row in figure.to_dicts()}
    assert got.keys() == expected.keys()
    for key, row in got.items():
        oracle.same({**row, "jsi": row["value"]}, expected[key])


@settings(deadline=None, max_examples=40)
@given(worlds(), st.integers(0, 99))
def test_metrics_equal_their_definitions(tables: Tables, seed: int) -> None:
    filters = oracle.some_filters(tables, seed)
    touches = oracle.kept(rows(tables, "touches"), filters)
    figure = heatmap(WAREHOUSE.put(tables), TAXONOMY, filters, by="metric")
    got = {(row["stage"], row["column"]): row for row in figure.to_dicts()}
    for stage, part in oracle.groups(touches, lambda r: r["stage"]).items():
        few = oracle.customers(part) < 5
        cell = oracle.cell(part)
        oracle.same({**got[stage, "jsi"], "jsi": got[stage, "jsi"]["value"]}, cell)
        for metric, counts in SHARES.items():
            value, low, high = (None, None, None) if few else oracle.share(part, counts)
            want = {"value": value, "low": low, "high": high, "n": cell["n"], "hidden": few}
            oracle.same(got[stage, metric], want)
    scores = {s: score for (_, scope, s), score in nps(WAREHOUSE, (("now", filters),)).items() if scope == "stage"}
    assert {stage for stage, metric in got if metric == "nps"} == scores.keys()
    for stage, score in scores.items():
        oracle.same(got[stage, "nps"], {"value": score.value, "low": score.low, "n": score.n, "customers": score.n})


@settings(deadline=None, max_examples=40)
@given(worlds(), st.integers(0, 99))
def test_a_filter_is_a_smaller_world_in_any_order(tables: Tables, seed: int) -> None:
    filters = oracle.some_filters(tables, seed)
    asked = heatmap(WAREHOUSE.put(tables), TAXONOMY, filters, by="segment:region").to_dicts()
    smaller = replaced(tables, "touches", oracle.kept(rows(tables, "touches"), filters))
    again = heatmap(WAREHOUSE.put(oracle.shuffled(smaller, seed)), TAXONOMY, Filters(), by="segment:region").to_dicts()
    assert len(asked) == len(again)
    for one, other in zip(asked, again, strict=True):
        oracle.same(one, other)


def test_all_comes_first_and_what_has_no_value_last() -> None:
    figure = heatmap(WAREHOUSE.put(make_world(2)), TAXONOMY, Filters(stages=("use",)), by="segment:tier")
    assert figure.table["column"].to_pylist() == ["all", "basic", "plus", "vip", None]
    assert figure.table["column_name"].to_pylist()[-1] == "(none)"


def test_metrics_stand_in_their_order_with_their_units() -> None:
    figure = heatmap(WAREHOUSE.put(make_world(2, conversations=300)), TAXONOMY, Filters(stages=("use",)), by="metric")
    assert figure.table["column"].to_pylist() == list(METRICS)
    assert figure.facts["unit"].keys() == METRICS.keys()
    assert figure.facts["ces_scale"]["use"][0] == 1.0
    json.dumps(figure.as_json())


def test_under_five_customers_nothing_is_told_and_the_note_counts_them() -> None:
    few = make_world(2, conversations=40, customers=4, anonymous=0.0)
    figure = heatmap(WAREHOUSE.put(few), TAXONOMY, Filters(), by="channel")
    assert set(figure.table["value"].to_pylist()) == {None}
    assert figure.notes == (f"{figure.table.num_rows} of {figure.table.num_rows} rows hidden: fewer than 5 customers.",)


def test_an_unknown_column_is_named() -> None:
    with pytest.raises(QuestionError, match="'chanel'; did you mean 'channel'"):
        heatmap(WAREHOUSE, TAXONOMY, Filters(), by="chanel")
