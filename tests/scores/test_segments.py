"""Segments: every value against the rest, corrected as one family."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import oracles_b as oracle
from tests.worlds import SEGMENTS, TAXONOMY, MemoryWarehouse, Tables, make_world, replaced, rows, worlds

from touchline.errors import QuestionError
from touchline.scores.base import Filters
from touchline.scores.segments import segments

WAREHOUSE = MemoryWarehouse()
VALUES = {
    (name, value): (lambda r, n=name, v=value: r[f"seg_{n}"] == v) for name in SEGMENTS for value in SEGMENTS[name]
}
RULES = pa.table({
    "customer_key": pa.array([1, 2, 3, 4, 5, 6, 7, 8, 2, 9, 10, 11, 12], pa.int64()),
    "name": ["rule"] * 13,
    "value": ["a"] * 8 + ["b"] * 5,
})  # fmt: skip


@settings(deadline=None, max_examples=25)
@given(worlds(most=80), st.integers(0, 99))
def test_equals_the_definition(tables: Tables, seed: int) -> None:
    filters = oracle.some_filters(tables, seed)
    figure = segments(WAREHOUSE.put(tables), TAXONOMY, filters)
    expected = oracle.segments(oracle.kept(rows(tables, "touches"), filters), VALUES, None, overlapping=True)
    _compare(figure.to_dicts(), expected)
    assert figure.facts["family"] == sum(row["p"] is not None for row in expected.values())


@settings(deadline=None, max_examples=25)
@given(worlds(most=80), st.integers(0, 99))
def test_segments_by_rule_equal_the_definition_too(tables: Tables, seed: int) -> None:
    filters = oracle.some_filters(tables, seed)
    figure = segments(WAREHOUSE.put(tables), TAXONOMY, filters, names=["rule"], extra=RULES)
    members = {("rule", value): (lambda r, v=value: r["customer_key"] in _members(v)) for value in ("a", "b")}
    expected = oracle.segments(oracle.kept(rows(tables, "touches"), filters), members, None, overlapping=True)
    _compare(figure.to_dicts(), expected)
    assert figure.facts["correction"] == "Benjamini-Yekutieli", "customer 2 has both values"


@settings(deadline=None, max_examples=25)
@given(worlds(most=120, b2b=True), st.sampled_from(("all", "delivery")))
def test_one_segment_alone_is_corrected_by_benjamini_and_hochberg(tables: Tables, stage: str) -> None:
    figure = segments(WAREHOUSE.put(tables), TAXONOMY, Filters(), names=["tier"], stage=stage)
    tiers = {key: belongs for key, belongs in VALUES.items() if key[0] == "tier"}
    _compare(figure.to_dicts(), oracle.segments(rows(tables, "touches"), tiers, stage, overlapping=False))
    assert figure.facts["correction"] == "Benjamini-Hochberg"


@settings(deadline=None, max_examples=15)
@given(worlds(most=100), st.integers(0, 99))
def test_a_filter_is_a_smaller_world_in_any_order(tables: Tables, seed: int) -> None:
    filters = oracle.some_filters(tables, seed)
    asked = segments(WAREHOUSE.put(tables), TAXONOMY, filters, extra=RULES).to_dicts()
    smaller = replaced(tables, "touches", oracle.kept(rows(tables, "touches"), filters))
    again = segments(WAREHOUSE.put(oracle.shuffled(smaller, seed)), TAXONOMY, Filters(), extra=RULES).to_dicts()
    assert len(asked) == len(again)
    for one, other in zip(asked, again, strict=True):
        oracle.same(one, other)


def test_two_values_that_share_everyone_else_mirror_each_other() -> None:
    tables = make_world(5, conversations=300, customers=90)
    known = [{**row, "seg_region": row["seg_region"] or "emea"} for row in rows(tables, "touches")]
    found = segments(
        WAREHOUSE.put(replaced(tables, "touches", known)), TAXONOMY, Filters(), names=["region"], stage="all"
    )
    one, other = found.to_dicts()
    assert one["difference"] == pytest.approx(-other["difference"])
    assert one["p"] == pytest.approx(other["p"])
    assert one["jsi"] == pytest.approx(other["rest_jsi"])


def test_a_planted_difference_is_significant_and_chance_is_not() -> None:
    tables = make_world(6, conversations=600, customers=300, b2b=False)
    worse = [{**row, "s": -1} if row["seg_tier"] == "vip" and row["stage"] == "delivery" else row
             for row in rows(tables, "touches")]  # fmt: skip
    found = segments(WAREHOUSE.put(replaced(tables, "touches", worse)), TAXONOMY, Filters())
    assert {(row["value"], row["stage"]) for row in found.to_dicts() if row["significant"]} >= {("vip", "delivery")}
    assert all(row["value"] in ("vip", "plus", "basic") for row in found.to_dicts() if row["significant"])


def test_five_customers_of_one_mind_do_not_look_certain() -> None:
    tables = make_world(6, conversations=200, customers=5, b2b=False, anonymous=0.0)
    touches = [{**row, "s": 1 if row["customer_key"] > 2 else -1} for row in rows(tables, "touches")]
    few = pa.table({"customer_key": pa.array([1, 2], pa.int64()), "name": ["r"] * 2, "value": ["x"] * 2})
    found = segments(WAREHOUSE.put(replaced(tables, "touches", touches)), TAXONOMY, Filters(), names=["r"], extra=few)
    assert all(row["hidden"] and row["p"] is None for row in found.to_dicts())


def test_nothing_is_told_of_a_rest_under_five_customers() -> None:
    tables = make_world(6, conversations=200, customers=9, b2b=False, anonymous=0.0)
    most = pa.table({"customer_key": pa.array(range(1, 7), pa.int64()), "name": ["r"] * 6, "value": ["x"] * 6})
    row = segments(WAREHOUSE.put(tables), TAXONOMY, Filters(), names=["r"], extra=most, stage="all").to_dicts()[0]
    assert row["jsi"] is not None
    assert (row["rest_jsi"], row["difference"], row["p"], row["significant"]) == (None, None, None, None)


def test_an_unknown_segment_is_named() -> None:
    with pytest.raises(QuestionError, match="'teir'; did you mean 'tier'"):
        segments(WAREHOUSE, TAXONOMY, Filters(), names=["teir"])


def test_segments_by_rule_of_another_shape_are_refused() -> None:
    with pytest.raises(QuestionError, match="lack the columns name, value"):
        segments(WAREHOUSE, TAXONOMY, Filters(), extra=pa.table({"customer_key": [1]}))


def _members(value: str) -> set[int]:
    return {row["customer_key"] for row in RULES.to_pylist() if row["value"] == value}


def _compare(got: list[dict[str, object]], expected: dict[tuple[str, str, str], dict[str, object]]) -> None:
    found = {(row["segment"], row["value"], row["stage"]): row for row in got}
    assert found.keys() == expected.keys()
    for key, row in found.items():
        oracle.same(row, expected[key])
