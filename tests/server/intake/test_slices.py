"""Many items in slices, so that few go first: the same comes out, and neither waits for the other for long."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.server.intake.conftest import WHEN, one

from touchline.server.intake import lines
from touchline.server.intake.lines import SLICE, Precedence
from touchline.server.intake.reading import joined, take
from touchline.workspace.accept import sealed
from touchline.workspace.identify import Identifier

NOW = datetime(2026, 3, 2, tzinfo=UTC)

ITEMS = st.fixed_dictionaries(
    {"occurred_at": st.sampled_from([WHEN, "2031-01-01T00:00:00Z", "1970-05-05T00:00:00Z", "no time"])},
    optional={
        "id": st.sampled_from(["a", "b", "c"]),
        "kind": st.sampled_from(["review", "no kind"]),
        "customer_ref": st.sampled_from(["c1", "c2"]),
        "text": st.sampled_from(["fine", "write to ann@example.org", "call +44 20 7946 0958, ann@example.org"]),
        "attributes": st.sampled_from([{"tier": "vip"}, {"mail": "ann@example.org"}, 7]),
        "colour": st.just("red"),
    },
)


@given(items=st.lists(ITEMS | st.just("no object"), min_size=1, max_size=9), each=st.integers(1, 4))
@settings(max_examples=60, deadline=None)
def test_what_is_read_and_sealed_in_slices_is_what_is_read_and_sealed_whole(items, each):
    sources, made = ["shop"] * len(items), {place: f"key-{place}" for place in range(0, len(items), 2)}
    whole = take(items, sources, "UTC", NOW, made)
    parts = {}
    for start in range(0, len(items), each):
        named = {place - start: name for place, name in made.items() if start <= place < start + each}
        parts[start] = take(items[start : start + each], sources[start : start + each], "UTC", NOW, named)
    read = joined(parts)
    drop = ["row"]  # a slice begins to count anew; whoever seals them counts them all
    assert read.table.drop_columns(drop).equals(whole.table.drop_columns(drop))
    assert read.places.tolist() == whole.places.tolist()
    assert (read.faults, read.clocks, read.notes) == (whole.faults, whole.clocks, whole.notes)
    if not whole.table.num_rows:
        return
    batch, places = sealed(whole.table, Identifier(b"key"), origin="shop")
    slices = [slice(start, start + each) for start in range(0, whole.table.num_rows, each)]
    sliced, sliced_places = sealed(whole.table, Identifier(b"key"), origin="shop", slices=slices)
    assert (sliced.digest, sliced_places) == (batch.digest, places)
    stamp = ["received_at"]
    assert sliced.table.drop_columns(stamp).to_pylist() == batch.table.drop_columns(stamp).to_pylist()


def test_many_are_worked_on_whole_where_nobody_went_first_lately(monkeypatch):
    few, whole = Precedence(), [slice(0, 501)]
    assert list(few.slices(501)) == whole
    with few.first():
        pass
    assert list(few.slices(501)) == [*(slice(start, start + SLICE) for start in range(0, 500, SLICE)), slice(500, 501)]
    monkeypatch.setattr(lines, "_LATELY", 0.0)
    assert list(few.slices(501)) == whole


@pytest.mark.parametrize("items", [0, 1, lines.ALONE - 1])
def test_few_are_worked_on_whole_and_wait_for_nobody(items, monkeypatch):
    monkeypatch.setattr(Precedence, "give_way", lambda _: pytest.fail("few waited"))
    few = Precedence()
    with few.first():
        assert list(few.slices(items)) == [slice(0, items)]


def test_many_wait_while_few_are_made_and_no_longer(monkeypatch):
    monkeypatch.setattr(lines, "_LONGEST_WAY", 30.0)
    few, order, begun = Precedence(), [], threading.Event()

    def many() -> None:
        begun.wait()
        order.extend("many" for _ in few.slices(500))

    waiting = threading.Thread(target=many)
    waiting.start()
    with few.first():
        begun.set()
        time.sleep(0.05)
        order.append("few")
    waiting.join(10)
    assert order == ["few", "many"]


def test_those_who_come_first_all_the_time_do_not_stop_the_others(monkeypatch):
    monkeypatch.setattr(lines, "_LONGEST_WAY", 0.01)
    few = Precedence()
    with few.first():
        assert list(few.slices(500)) == [slice(0, 500)]  # would wait for ever


def test_few_go_first_also_after_a_batch_that_failed():
    few = Precedence()
    with pytest.raises(ValueError, match="oops"), few.first():
        raise ValueError("oops")
    few.give_way()
    assert next(few.slices(500)) == slice(0, SLICE)


def test_five_hundred_beside_single_posts_have_the_verdicts_of_their_places(door):
    """Some are sent before, so that the five hundred are read in slices."""
    door.send("interactions", one(9_001))
    bad = {0, SLICE - 1, SLICE, 3 * SLICE + 7, 499}
    items = [one(i, text=f"write to a{i}@example.org") for i in range(500)]
    for place in bad:
        items[place]["occurred_at"] = "no time"
    sent = [door.sending("interactions", items), *(door.sending("interactions", one(9_100 + i)) for i in range(20))]
    many, *alone = door.together(*sent)
    told = many.json()
    assert {item["item"] for item in told["items"] if item["status"] == "quarantined"} == bad
    assert (told["accepted"], told["quarantined"]) == (495, 5)
    assert all(answer.json()["accepted"] == 1 for answer in alone)
    rows = {row["interaction_id"]: row["text"] for row in door.rows()}
    assert len(rows) == 495 + 21
    assert all(rows[f"shop/i{i}"] == "write to [EMAIL_1]" for i in range(500) if i not in bad)
    assert sorted(row["row"] for row in door.quarantined()) == [place + 1 for place in sorted(bad)]


def test_many_single_posts_that_gathered_do_not_wait_for_themselves(door, monkeypatch):
    """Together they are many, though each is few; who waited for itself would wait for as long as may be."""
    monkeypatch.setattr(lines, "_LONGEST_WAY", 60.0)
    door.send("interactions", one(9_001))
    begun = time.monotonic()
    answers = door.together(*(door.sending("interactions", [one(10 * i + j) for j in range(10)]) for i in range(60)))
    assert all(answer.json()["accepted"] == 10 for answer in answers)
    assert time.monotonic() - begun < 60
