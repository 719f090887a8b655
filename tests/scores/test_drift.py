"""Drift: recent texts against those before, on worlds whose truth is known."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import oracles_b as oracle
from tests.worlds import TAXONOMY, MemoryWarehouse, Tables, make_world, replaced, rows, worlds

from touchline.errors import QuestionError
from touchline.scores.base import Filters
from touchline.scores.drift import drift, words_of

WAREHOUSE = MemoryWarehouse()
LAST = date(2026, 3, 29)
MIXES = {"stage mix": "stage", "sentiment mix": "sentiment", "effort mix": "effort", "channel mix": "channel"}


def asked(tables: Tables, **more):
    return drift(WAREHOUSE.put(tables), TAXONOMY, more.pop("filters", Filters()), **more)


def measures(figure):
    return {row["measure"]: row for row in figure.to_dicts()}


def cluster(row):
    return row["account_key"] or row["customer_key"]


@settings(deadline=None, max_examples=25)
@given(worlds(most=200), st.integers(1, 40), st.integers(0, 99))
def test_it_equals_the_definition(tables: Tables, recent: int, seed: int) -> None:
    filters = oracle.some_filters(tables, seed)
    filters = Filters(until=LAST, channels=filters.channels, stages=filters.stages, segments=filters.segments)
    start = LAST - timedelta(days=recent - 1)
    first = start - timedelta(days=50)
    said = [row for row in oracle.kept(rows(tables, "mentions"), filters) if row["day"] >= first]
    sides = [[row for row in said if (row["day"] >= start) == later] for later in (False, True)]
    found = measures(asked(tables, filters=filters, reference_days=50, recent_days=recent))
    clusters = [len({cluster(row) for row in side}) for side in sides]
    for measure, column in MIXES.items():
        row = found[measure]
        assert (row["n_reference"], row["n"]) == (len(sides[0]), len(sides[1]))
        assert [row["customers_reference"], row["customers"]] == clusters
        assert row["hidden"] == (min(clusters) < 5)
        assert row["low_n"] == (row["verdict"] == "too few") == (min(clusters) < 30)
        if not row["hidden"]:
            shares = [Counter(str(r[column]) if r[column] is not None else "(none)" for r in side) for side in sides]
            for moved in row["moved"]:
                assert moved["reference"] == pytest.approx(shares[0][moved["key"]] / len(sides[0]))
                assert moved["recent"] == pytest.approx(shares[1][moved["key"]] / len(sides[1]))
    means = {
        "unassigned share": lambda r: r["stage"] == "unassigned",
        "mean stage confidence": lambda r: r["stage_confidence"],
        "mean sentiment confidence": lambda r: r["confidence"],
    }
    for measure, of in means.items():
        row = found[measure]
        if row["hidden"]:
            assert row["reference"] is row["recent"] is row["p"] is None
            continue
        want = [sum(map(of, side)) / len(side) for side in sides]
        assert (row["reference"], row["recent"]) == (pytest.approx(want[0]), pytest.approx(want[1]))
        assert row["low"] <= row["change"] <= row["high"]


def crowd(seed=1):
    """A world of many anonymous customers, alike from first to last."""
    return make_world(seed, conversations=1500, customers=300, b2b=False, anonymous=0.5)


def test_nothing_drifts_where_nothing_changes():
    found = asked(crowd())
    assert found.facts["verdict"] == "steady"
    assert {row["verdict"] for row in found.to_dicts()} == {"steady"}
    assert (found.facts["drifted"], found.facts["watch"]) == ([], [])


def later(tables: Tables, name: str, change) -> Tables:
    """Change the rows of the last fortnight."""
    last = max(row["day"] for row in rows(tables, "touches"))
    start = last - timedelta(days=13)
    return replaced(
        tables, name, [{**row, **change(row)} if row["day"] >= start else row for row in rows(tables, name)]
    )


@pytest.mark.parametrize(
    ("change", "moved", "still"),
    [
        (lambda _: {"stage": "unassigned"}, ("stage mix", "unassigned share"), ("sentiment mix", "channel mix")),
        (lambda r: {"confidence": r["confidence"] / 2}, ("mean sentiment confidence",), ("stage mix",)),
        (lambda _: {"sentiment": -1}, ("sentiment mix",), ("stage mix", "unassigned share")),
        (lambda _: {"channel": "web"}, ("channel mix",), ("stage mix", "sentiment mix")),
    ],
    ids=["unassigned", "unsure", "negative", "channel"],
)
def test_what_moved_is_named_and_what_did_not_is_not(change, moved, still):
    found = asked(later(crowd(), "mentions", change))
    by = measures(found)
    assert {by[name]["verdict"] for name in moved} == {"drifted"}
    assert {by[name]["verdict"] for name in still} == {"steady"}
    assert set(found.facts["drifted"]) >= set(moved)
    assert found.facts["verdict"] == "drifted"
    assert all(by[name]["p_adjusted"] < 0.05 for name in moved)


def test_a_label_that_moved_is_told_with_its_shares():
    row = measures(asked(later(crowd(), "mentions", lambda _: {"sentiment": -1})))["sentiment mix"]
    first = row["moved"][0]
    assert (first["key"], first["name"], first["recent"]) == ("-1", "negative", 1.0)
    assert 0.2 < first["reference"] < 0.5


def test_new_words_are_found_and_old_ones_are_not():
    tables = crowd()
    same = measures(asked(tables))["words never met"]
    assert same["verdict"] == "steady"
    assert same["recent"] == pytest.approx(same["reference"], abs=0.02)
    last = max(row["day"] for row in rows(tables, "touches")) - timedelta(days=13)
    texts = rows(tables, "interactions")
    for row in texts:
        if row["text"] and row["occurred_at"].date() >= last:
            row["text"] = "blorp " + row["text"]
    row = measures(asked(replaced(tables, "interactions", texts)))["words never met"]
    assert row["verdict"] == "drifted"
    assert row["recent"] > row["reference"] + 0.2


def test_words_leave_out_placeholders_numbers_and_single_letters():
    assert words_of("[NAME_1] paid 20 EUR to [ORDER_12] — à l'heure!") == ["paid", "eur", "to", "heure"]


def test_few_customers_get_no_verdict():
    found = asked(make_world(2, conversations=60, customers=12, anonymous=0.0, b2b=False))
    assert found.facts["verdict"] == "too few"
    assert {row["verdict"] for row in found.to_dicts()} == {"too few"}
    assert "30 are needed" in found.notes[-1]


def test_the_recent_days_end_where_until_says():
    found = asked(crowd(), filters=Filters(until=date(2026, 3, 1)), recent_days=7, reference_days=21)
    days = [found.facts[name].isoformat() for name in ("reference_since", "reference_until", "since", "until")]
    assert days == ["2026-02-02", "2026-02-22", "2026-02-23", "2026-03-01"]


def test_an_empty_world_is_an_empty_answer():
    found = asked(make_world(conversations=0))
    assert (found.table.num_rows, found.facts["verdict"]) == (0, "too few")


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"recent_days": 0}, "no days"),
        ({"filters": Filters(since=date(2026, 1, 1))}, "finds its first day itself"),
        ({"filters": Filters(stages=("delivry",))}, "no stage 'delivry'"),
    ],
)
def test_what_cannot_be_asked_is_told(more, told):
    with pytest.raises(QuestionError, match=told):
        asked(crowd(), **more)
