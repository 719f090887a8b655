"""The kernel against the oracle, and what must not matter to it."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings

from touchline.placement import place


def _beside(name: str):
    spec = importlib.util.spec_from_file_location(f"placement_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


world, oracle = _beside("world"), _beside("oracle")


def placed(interactions: pa.Table, evidence: pa.Table):
    return place(
        interactions,
        evidence,
        taxonomy=world.TAXONOMY,
        settings=world.SETTINGS,
        segments=("tier",),
        method="rule",
        key=b"k",
    )


@given(world.worlds)
@settings(max_examples=150, deadline=None)
def test_touches_positions_and_stages_are_the_oracles(them):
    got = placed(*world.tables(them))
    touches, mention_stage, answer_stage, positions, _ = oracle.place(them, world.START)
    found = {
        (t["interaction_id"], None if t["stage"] == "unassigned" else t["stage"]): t for t in got.touches.to_pylist()
    }
    assert set(found) == set(touches)
    for name, want in touches.items():
        have = found[name]
        assert have["s"] == want["s"]
        assert have["severity"] == want["severity"]
        assert have["role_weight"] == want["role"]
        assert have["confidence"] == pytest.approx(want["confidence"], abs=1e-9)
        assert have["weight"] == pytest.approx(want["weight"], abs=1e-9)
        assert have["method"] == want["method"]
        assert have["theme"] == want["theme"]
        assert have["contradiction"] == want["contradiction"]
        assert have["mentions"] == want["mentions"]
        assert have["seg_tier"] == want["tier"]
        assert (have["account_key"] is not None) == want["account"]
        assert have["day"] == want["day"]
        assert have["week"].weekday() == 0
        assert 0 <= (have["day"] - have["week"]).days < 7
    assert {(int(m["interaction_id"][1:]), m["mention"]): None if m["stage"] == "unassigned" else m["stage"]
            for m in got.mentions.to_pylist()} == mention_stage  # fmt: skip
    assert {int(j["interaction_id"][1:]): j["position"] for j in got.journey.to_pylist()} == positions
    stages: dict[int, list] = {}
    for a in got.answers.to_pylist():
        stages.setdefault(int(a["interaction_id"][1:]), []).append(None if a["stage"] == "unassigned" else a["stage"])
    assert stages == answer_stage


@given(world.worlds)
@settings(max_examples=100, deadline=None)
def test_touchpoints_and_sub_stages_are_the_oracles(them):
    """Named by words, else declared, else implied, and always of the stage; the sub-stage is the touchpoint's."""
    got = placed(*world.tables(them))
    *_, places = oracle.place(them, world.START)

    def stage(row):
        return None if row["stage"] == "unassigned" else row["stage"]

    found = {
        "touches": {(t["interaction_id"], stage(t)): t for t in got.touches.to_pylist()},
        "mentions": {(int(m["interaction_id"][1:]), m["mention"]): m for m in got.mentions.to_pylist()},
        "answers": {int(a["interaction_id"][1:]): a for a in got.answers.to_pylist()},
    }
    for name, rows in found.items():
        assert {key: row["touchpoint"] for key, row in rows.items()} == places[name], name
        for row in rows.values():
            assert row["sub_stage"] == oracle.SUB_STAGES.get(row["touchpoint"])
            assert row["sub_stage"] is None or row["sub_stage"].split(".")[0] == row["stage"]


@given(world.worlds)
@settings(max_examples=40, deadline=None)
def test_a_touch_that_words_decide_names_how_its_heaviest_mention_was_read(them):
    interactions, evidence = world.tables(them)
    methods = ["llm" if theme else "model" for theme in evidence["theme"].to_pylist()]
    plain = placed(interactions, evidence).touches.to_pylist()
    mixed = placed(interactions, evidence.append_column("method", pa.array(methods, pa.string()))).touches.to_pylist()
    for before, after in zip(plain, mixed, strict=True):
        read = "llm" if before["theme"] else "model"
        assert after == before | ({"method": read} if before["method"] == "rule" else {})


@given(world.worlds)
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_does_not_matter(them):
    interactions, evidence = world.tables(them)
    rows = list(range(interactions.num_rows))
    random.Random(7).shuffle(rows)
    lines = list(range(evidence.num_rows))
    random.Random(8).shuffle(lines)
    there = placed(interactions, evidence)
    here = placed(interactions.take(rows), evidence.take(pa.array(lines, pa.int64())))
    for name in ("journey", "touches", "mentions", "answers"):
        left, right = (getattr(side, name).to_pylist() for side in (there, here))
        assert sorted(map(str, left)) == sorted(map(str, right)), name


@given(world.worlds)
@settings(max_examples=30, deadline=None)
def test_customers_do_not_touch_each_other(them):
    """Placing one customer alone gives what placing all together gives for that customer."""
    interactions, evidence = world.tables(them)
    together = placed(interactions, evidence)
    for key in set(interactions["customer_key"].to_pylist()):
        mine = interactions.filter(pa.array([k == key for k in interactions["customer_key"].to_pylist()]))
        ids = set(mine["interaction_id"].to_pylist())
        said = evidence.filter(pa.array([i in ids for i in evidence["interaction_id"].to_pylist()], pa.bool_()))
        alone = placed(mine, said).touches.to_pylist()
        assert sorted(map(str, alone)) == sorted(
            str(t) for t in together.touches.to_pylist() if t["customer_key"] == key
        )


def test_an_empty_slice_gives_empty_tables():
    interactions, evidence = world.tables([])
    got = placed(interactions, evidence)
    assert got.touches.num_rows == got.mentions.num_rows == got.journey.num_rows == got.answers.num_rows == 0
    assert "seg_tier" in got.touches.column_names
