"""Journeys are the same however their rows come: in any order, in several parts, with ids whose hashes are alike."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.files import answers
from tests.warehouse.index.test_index import built_anew, take, told

from touchline.errors import WarehouseDamaged
from touchline.warehouse.index.build import Rows, build, stacked
from touchline.warehouse.index.journeys import NO_SIGN
from touchline.warehouse.index.rows import Batches, rows_in
from touchline.workspace import Workspace, indexing

NONE = st.none()
WORD = NONE | st.sampled_from(["a", "b", "c"])
ROW = st.fixed_dictionaries(
    {
        "customer_key": st.integers(-3, 3),
        "at": st.integers(0, 5),
        "stage": WORD,
        "event": WORD,
        "touchpoint": WORD,
        "account": NONE | st.sampled_from(["one", "two"]),
        "value": NONE | st.floats(-5, 5),
        "about": WORD,
        "theme": WORD,
        "s": NONE | st.integers(-1, 1),
        "placed": st.integers(0, 9).map(bool),
        "recorded": st.integers(0, 9).map(bool),
        "said": st.booleans(),
        "late": st.integers(0, 3),
    }
)
WORDS = ("stage", "event", "touchpoint", "account", "about", "theme")


def table(rows, names, cut):
    """Return a table of some columns, in batches."""
    kinds = {"id": pa.uint64(), "s": pa.int8(), "value": pa.float64()} | dict.fromkeys(WORDS, pa.string())
    schema = pa.schema([(name, kinds.get(name, pa.int64())) for name in names])
    batches = pa.Table.from_pylist([{name: row[name] for name in names} for row in rows], schema).to_batches(cut)
    return Batches(batches, len(rows) + 3)


def read(world, salt, cut=4):
    """Return the rows of a world as a warehouse tells them; ids of salt 0 are alike where the world says so."""
    rows = []
    for place, row in enumerate(sorted(world, key=lambda row: (row["customer_key"], row["at"]))):
        number = place // row.get("alike", 1) if salt == 0 else place
        rows.append(
            row
            | {
                "id": (number * 0x9E3779B97F4A7C15 + salt) % 2**64,
                "place": place,
                "conversation": place % 3,
                "s": NO_SIGN if row["s"] is None else row["s"],
                "value": float("nan") if row["value"] is None else row["value"],
            }
        )
    rows.sort(key=lambda row: row["late"])  # tables have no order
    return Rows(
        table([r for r in rows if r["placed"]], ("id", "place", "customer_key", "at", "conversation", "stage"), cut),
        table([r for r in rows[::-1] if r["recorded"]], ("id", "event", "touchpoint", "account", "value"), cut),
        table([r for r in rows if r["said"]], ("id", "about", "theme", "s"), cut),
    )


def journeys(world, cut=4):
    return build(lambda salt: read(world, salt, cut), zone="UTC", stages=("a", "b"), account=len)


def plain(world):
    """Return what the journeys of a world are, row by row."""
    rows, account = [], {}
    for place, row in enumerate(sorted(world, key=lambda row: (row["customer_key"], row["at"]))):
        if not (row["placed"] and row["recorded"]):
            continue
        who = row["customer_key"]
        account[who] = len(row["account"]) if row["account"] else account.get(who, 0)
        names = {name: row[name] for name in ("stage", "event", "touchpoint")}
        heard = {name: row[name] if row["said"] else None for name in ("about", "theme")}
        s = row["s"] if row["said"] and row["s"] is not None else NO_SIGN
        value = float("nan") if row["value"] is None else float(row["value"])
        numbers = {"conversation": place % 3, "account": account[who], "s": s, "value": value}
        rows.append(
            {"customer": who, "at": row["at"], "step": row["event"] or row["touchpoint"]}
            | names
            | heard
            | {name: float(number).hex() for name, number in numbers.items()}
        )
    return rows


@settings(max_examples=150, deadline=None)
@given(world=st.lists(ROW, max_size=25), cut=st.integers(1, 9))
def test_they_are_what_the_rows_say(world, cut):
    want = plain(world)
    names = want[0].keys() if want else ()
    assert [{name: row[name] for name in names} for row in told(journeys(world, cut))] == want


@settings(max_examples=150, deadline=None)
@given(world=st.lists(ROW, max_size=25), bounds=st.sets(st.integers(-3, 3), max_size=3))
def test_built_in_several_parts_they_are_those_built_at_once(world, bounds):
    edges = [-9, *sorted(bounds), 9]
    parts = [journeys([row for row in world if low <= row["customer_key"] < high]) for low, high in pairwise(edges)]
    whole, made = journeys(world), stacked(parts)
    # ids and places are numbered in each part anew, and conversations with them
    assert [row | {"conversation": 0} for row in told(made)] == [row | {"conversation": 0} for row in told(whole)]
    assert made.observed == whole.observed
    for name in whole.columns:
        one, other = (getattr(each.columns[name], "codes", each.columns[name]) for each in (whole, made))
        assert one.dtype == other.dtype
        assert getattr(whole.columns[name], "names", ()) == getattr(made.columns[name], "names", ())
    for name in ("keys", "starts", "at"):
        np.testing.assert_array_equal(getattr(made, name), getattr(whole, name))


def test_a_workspace_is_indexed_in_several_parts_as_at_once(tmp_path, monkeypatch):
    with Workspace.create(tmp_path / "ws") as workspace:
        take(workspace, tmp_path / "one.csv", answers(*range(60)))
        whole = told(built_anew(workspace, tmp_path / "whole"))
        monkeypatch.setattr(indexing, "AT_ONCE", 13)
        read = []
        monkeypatch.setattr(indexing, "build", lambda rows, **given: read.append(rows) or build(rows, **given))
        assert told(built_anew(workspace, tmp_path / "parts")) == whole
        assert len(read) > 2
        assert {path.name for path in tmp_path.iterdir()} == {"ws", "one.csv", "whole", "parts"}


def test_ids_whose_hashes_are_alike_are_read_again_with_others():
    row = dict.fromkeys(WORDS) | {"value": None, "s": None, "said": False, "late": 0}
    world = [row | {"customer_key": n, "at": n, "placed": True, "recorded": True, "event": f"e{n}"} for n in range(6)]
    alike = [each | {"alike": 2} for each in world]
    assert told(journeys(alike)) == told(journeys(world))


def test_an_interaction_that_is_there_twice_is_told():
    twice = read([], 0)
    ids = table([{"id": 1, "kind": 1}, {"id": 1, "kind": 2}], ("id", "kind"), 9)
    with pytest.raises(WarehouseDamaged, match="twice"):
        build(lambda _: Rows(ids, ids, twice.said), zone="UTC", stages=(), account=len)


@settings(max_examples=200, deadline=None)
@given(
    wanted=st.sets(st.integers(0, 40), max_size=20),
    there=st.sets(st.integers(0, 40), max_size=20),
    high=st.sampled_from([0, 1, 2**58]),
    seed=st.integers(0, 9),
)
def test_ids_are_found_by_all_their_bits(wanted, there, high, seed):
    rng = np.random.default_rng(seed)
    one, other = (rng.permutation(sorted(ids)).astype(np.uint64) * np.uint64(max(high, 1)) for ids in (wanted, there))
    place = {int(number): row for row, number in enumerate(other)}
    (found,) = rows_in(one, other)
    assert found.tolist() == [place.get(int(number), -1) for number in one]
