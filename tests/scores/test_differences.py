"""Everything against everyone else: the numbers of plain loops, what was planted, and nothing where nothing was."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from tests import oracles
from tests.scores.why_worlds import planted
from tests.worlds import TAXONOMY, MemoryWarehouse, Tables, make_world, rows, worlds

from touchline.scores.base import Filters
from touchline.scores.differences import METRICS, differences
from touchline.scores.segments import segments

WAREHOUSE = MemoryWarehouse()


@settings(max_examples=25)
@given(worlds(most=120))
def test_numbers_are_those_of_the_definitions(tables: Tables) -> None:
    figure = differences(WAREHOUSE.put(tables), TAXONOMY, Filters())
    shown = {(r["metric"], r["segment"], r["value"], r["stage"]): r for r in figure.to_dicts()}
    for row in segments(WAREHOUSE, TAXONOMY, Filters()).to_dicts():
        same = shown["jsi", row["segment"], row["value"], row["stage"]]
        oracles.same(same, {name: row[name] for name in ("difference", "difference_low", "p", "n", "customers", "low")})
    touches = rows(tables, "touches")
    for (metric, segment, value, stage), row in shown.items():
        here = [t for t in touches if stage in ("all", t["stage"])]
        if metric == "negative":
            oracles.same(row, shares(here, f"seg_{segment}", value, [t["s"] < 0 for t in here]))
        if metric == "unresolved":
            here = [t for t in here if t["resolution"] in ("resolved", "unresolved")]
            oracles.same(row, shares(here, f"seg_{segment}", value, [t["resolution"] == "unresolved" for t in here]))
        if metric == "nps" and stage != "all":
            said = [a for a in rows(tables, "answers") if a["kind"] == "nps" and a["purpose"] not in
                    ("recovery", "relationship") and a["stage"] == stage]  # fmt: skip
            last = [a for a in oracles.latest(said) if a[f"seg_{segment}"] == value]
            nps = 100 * sum(a["sign"] for a in last) / len(last)
            assert row["n"] == len(last)
            assert row["here"] is None if row["hidden"] else row["here"] == pytest.approx(nps, abs=1e-9)


def shares(here: list[dict[str, object]], column: str, value: str, holds: list[bool]) -> dict[str, object]:
    """The share inside and in the rest, and their difference in percentage points."""
    inside = [hit for row, hit in zip(here, holds, strict=True) if row[column] == value]
    rest = [hit for row, hit in zip(here, holds, strict=True) if row[column] != value]
    people = {row["customer_key"] for row in here if row[column] == value}
    others = {row["customer_key"] for row in here if row[column] != value}
    found: dict[str, object] = {"n": len(inside), "customers": len(people)}
    share = 100 * sum(inside) / len(inside)
    found["here"] = share if len(people) >= 5 else None
    if len(people) >= 5 and len(others) >= 5:
        found["difference"] = share - 100 * sum(rest) / len(rest)
    return found


@settings(max_examples=15)
@given(worlds(most=120))
def test_one_family_in_order_with_the_customers_behind(tables: Tables) -> None:
    figure = differences(WAREHOUSE.put(tables), TAXONOMY, Filters())
    shown = figure.to_dicts()
    least = [row["at_least"] for row in shown if row["at_least"] is not None]
    assert least == sorted(least, reverse=True)
    p = [row["p"] for row in shown]
    for row, adjusted in zip(shown, oracles.benjamini(p, yekutieli=True), strict=True):
        assert row["p_adjusted"] == (None if adjusted is None else pytest.approx(adjusted, rel=1e-9))
        assert row["metric"].split(" ")[0] in METRICS
    assert figure.facts["family"] == sum(x is not None for x in p)
    for place in range(0, len(shown), max(1, len(shown) // 4)):
        assert len(figure.customers(place)) == shown[place]["customers"]
    assert differences(WAREHOUSE, TAXONOMY, Filters(), limit=3).to_dicts() == shown[:3]


def test_a_planted_difference_is_on_top() -> None:
    tables = planted(2, customers=600, bad=lambda where: 0.5 if where["seg_tier"] == "vip" else 0.25)
    figure = differences(WAREHOUSE.put(tables), TAXONOMY, Filters())
    top = figure.to_dicts()[0]
    assert (top["segment"], top["value"], top["significant"], top["better"]) == ("tier", "vip", True, False)
    assert not [row for row in figure.to_dicts() if row["segment"] == "region" and row["significant"]]


def test_of_nothing_nothing_is_claimed() -> None:
    """25 worlds: corrected over the whole table, one or two with any claim come by chance."""
    claims = sum(
        differences(WAREHOUSE.put(planted(4000 + seed, customers=150)), TAXONOMY, Filters()).facts["significant"] > 0
        for seed in range(25)
    )
    assert claims <= 4


def test_segments_by_rule_are_compared_too() -> None:
    tables = make_world(4, conversations=300, customers=60)
    keys = sorted({row["customer_key"] for row in rows(tables, "touches")})[:20]
    extra = pa.table({"customer_key": keys, "name": ["rule"] * 20, "value": ["yes"] * 20})
    figure = differences(WAREHOUSE.put(tables), TAXONOMY, Filters(), extra=extra)
    place = next(i for i, row in enumerate(figure.to_dicts()) if row["segment"] == "rule" and row["stage"] == "all")
    assert set(figure.customers(place).tolist()) <= set(keys)
    assert len(figure.customers(place)) == figure.to_dicts()[place]["customers"]
