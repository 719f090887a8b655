"""Data quality: every measure against a count in plain Python, on worlds with every fault put in on purpose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.worlds import TAXONOMY, MemoryWarehouse, Tables, make_world, replaced, rows, worlds

from touchline.scores.quality import FIELDS, LEAST_DAYS, MEASURES, PATIENCE, quality

WAREHOUSE = MemoryWarehouse()


def spoilt(tables: Tables, seed: int) -> Tables:
    """The world with cells emptied, records repeated under other ids, clocks ahead, and stages that nobody knows."""
    rng = np.random.default_rng(seed)
    found = rows(tables, "interactions")
    for row in list(found):
        for name in ("channel", "text", "programme", "customer_ref"):
            if rng.random() < 0.2:
                row[name] = None
        if rng.random() < 0.3:
            row["stage"] = str(rng.choice(["delivery", "Decision", "nowhere"]))
        if rng.random() < 0.1:
            row["occurred_at"] = row["received_at"] + timedelta(hours=int(rng.integers(23, 27)))
        if rng.random() < 0.2:
            row["author"] = "employee"
        if rng.random() < 0.2:
            found.append({**row, "interaction_id": f"{row['interaction_id']}-again"})
    said = rows(tables, "answers")
    for row in said:
        if rng.random() < 0.1:
            row["value"] = row["high"] + 1
    return replaced(replaced(tables, "interactions", found), "answers", said)


def counted(found: list, said: list) -> dict[str, float | None]:
    """The measures that need no clock, as their words say."""
    n = len(found)
    outside = {row["interaction_id"] for row in said if not row["low"] <= row["value"] <= row["high"]}
    known = ("delivery", "Decision", *TAXONOMY.ids)
    wrong = [
        row for row in found
        if row["occurred_at"] > row["received_at"] + timedelta(days=1)
        or (row["stage"] is not None and row["stage"] not in known)
        or row["interaction_id"] in outside
    ]  # fmt: skip
    same = {
        (row["interaction_id"] if row["customer_ref"] is None and row["text"] is None else "",
         *(str(row[name]) for name in ("customer_ref", "conversation_ref", "occurred_at", "sequence", "author", "kind",
                                       "event", "touchpoint", "text", "answers", "value")))
        for row in found
    }  # fmt: skip
    theirs = [row for row in found if row["author"] == "customer"]
    filled = {name: sum(row[name] is not None for row in found) for name in FIELDS}
    filled = {name: many for name, many in filled.items() if many}
    return {
        "completeness": sum(filled.values()) / (n * len(filled)) if filled else None,
        "uniqueness": len(same) / n,
        "consistency": 1 - len(wrong) / n,
        "identity": sum(row["customer_ref"] is not None for row in theirs) / len(theirs) if theirs else None,
    }


@settings(deadline=None, max_examples=30)
@given(worlds(most=120), st.integers(0, 2**32 - 1), st.integers(0, 30))
def test_it_equals_the_definition(tables: Tables, seed: int, rejected: int) -> None:
    tables = spoilt(tables, seed)
    found, said = rows(tables, "interactions"), rows(tables, "answers")
    figure = quality(WAREHOUSE.put(tables), TAXONOMY, rejected={"desk": rejected, "": 1})
    told = {row["source"]: row for row in figure.to_dicts()}
    sources = {row["source"] for row in found}
    assert set(told) == ({"all"} | sources if found else set())
    end = max((row["occurred_at"] for row in found), default=None)
    for source in sources:
        mine = [row for row in found if row["source"] == source]
        row = told[source]
        for name, value in counted(mine, said).items():
            assert row[name] == pytest.approx(value), name
        bad = rejected if source == "desk" else 0
        assert row["validity"] == pytest.approx(len(mine) / (len(mine) + bad))
        assert row["n"] == len(mine)
        assert row["customers"] == len({r["customer_key"] for r in mine if r["customer_ref"] is not None})
        days = sorted({r["occurred_at"].date() for r in mine})
        gaps = [(b - a).days for a, b in pairwise(days)]
        if len(days) < LEAST_DAYS:
            assert (row["days_between"], row["freshness"], row["speaks"]) == (None, None, "once")
        else:
            since = (end - max(r["occurred_at"] for r in mine)) / timedelta(days=1)
            assert row["days_between"] == median(gaps)
            assert row["freshness"] == pytest.approx(min(1.0, PATIENCE * median(gaps) / since) if since else 1.0)
            assert (row["speaks"] == "fresh") == (since <= PATIENCE * median(gaps))
        measured = {name: row[name] for name in MEASURES if row[name] is not None}
        assert row["weakest"] == (min(measured, key=measured.get) if min(measured.values()) < 1 else None)
    if found:
        whole = told["all"]
        assert whole["n"] == len(found)
        homeless = 1 + (0 if "desk" in sources else rejected)
        bad = homeless + (rejected if "desk" in sources else 0)
        assert whole["validity"] == pytest.approx(len(found) / (len(found) + bad))
        assert 0 <= whole["uniqueness"] <= 1


def test_a_source_that_stops_is_told_and_one_that_speaks_rarely_is_not() -> None:
    tables = make_world(3, conversations=60)
    one = rows(tables, "interactions")[0]
    start = datetime(2026, 1, 1, 9)
    daily = [{**one, "source": "desk", "interaction_id": f"d{i}", "occurred_at": start + timedelta(days=i)}
             for i in range(30)]  # fmt: skip
    monthly = [{**one, "source": "panel", "interaction_id": f"p{i}", "occurred_at": start + timedelta(days=28 * i)}
               for i in range(4)]  # fmt: skip
    tables = replaced(replaced(tables, "interactions", daily + monthly), "answers", [])
    asked = WAREHOUSE.put(tables)
    told = {row["source"]: row for row in quality(asked, TAXONOMY, at=datetime(2026, 3, 31, 9, tzinfo=UTC)).to_dicts()}
    assert (told["desk"]["speaks"], told["desk"]["days_between"]) == ("silent", 1.0)
    assert (told["panel"]["speaks"], told["panel"]["days_between"]) == ("fresh", 28.0)
    early = quality(asked, TAXONOMY, at=datetime(2026, 2, 1, 9, tzinfo=UTC))
    assert {row["source"]: row["speaks"] for row in early.to_dicts()}["desk"] == "fresh"


def test_nothing_gives_an_empty_figure() -> None:
    empty = {name: table.slice(0, 0) for name, table in make_world(1, conversations=3).items()}
    figure = quality(WAREHOUSE.put(empty), TAXONOMY)
    assert (figure.table.num_rows, figure.facts["sources"]) == (0, 0)
