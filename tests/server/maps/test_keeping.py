"""Whatever two editors do, in whatever order they get through, nothing that was acknowledged is lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.maps.test_edits import COFFEE, cells

from touchline.errors import MapError
from touchline.maps import Edit, Map, Phase, Step, apply
from touchline.maps.edits import find, ids
from touchline.maps.plain import from_plain, to_plain
from touchline.maps.writing import ordered
from touchline.server.maps import keeping, plain
from touchline.server.maps.errors import Clash, Exists, MapMissing
from touchline.server.maps.models import Sheet

pytestmark = pytest.mark.django_db
W = "acme"


@st.composite
def moves(draw):
    """What two editors try, in the order in which it gets through: who, whether they read first, what they do."""
    tries, fresh = [], iter(range(10_000))
    known = {
        "phase": ["buy", "have"], "step": ["look", "pay", "wait", "use"], "lane": ["does", "hurts", "ideas"],
        "card": ["c1", "c2", "c3", "c4", "c5"], "route": ["r1", "r2"],
    }  # fmt: skip
    for _ in range(draw(st.integers(2, 10))):
        run = []
        for _ in range(draw(st.integers(1, 3))):
            of = draw(st.sampled_from(("phase", "step", "lane", "card", "card", "card", "route")))
            some = draw(st.sampled_from(known[of]))
            place = {"lane": draw(st.sampled_from(known["lane"])), "step": draw(st.sampled_from(known["step"]))}
            phase, new = draw(st.sampled_from(known["phase"])), f"{of}{next(fresh)}"
            words = "text" if of in ("card", "route") else "name"
            values = {"card": place, "lane": {"kind": "notes"}, "route": {"kind": "loop", "start": place["step"]}}
            op = draw(st.sampled_from(("set", "set", "add", "move", "remove")))
            if op == "add":
                run.append(Edit("add", of, new, values.get(of, {}) | {words: new}, phase if of == "step" else ""))
                known[of].append(new)
            elif op == "set":
                field = draw(st.sampled_from((words, "note") if of not in ("lane", "route") else (words,)))
                run.append(Edit("set", of, some, {field: f"said {next(fresh)}"}))
            elif op == "move":
                before = draw(st.sampled_from(known[of]))
                run.append(Edit("move", of, some, place if of == "card" else {}, phase if of == "step" else "", before))
            else:
                run.append(Edit("remove", of, some))
        tries.append((draw(st.sampled_from(("ann", "bob"))), draw(st.booleans()), run))
    return tries


def effects(edit: Edit, before: Map, after: Map) -> dict[tuple[str, str, str], object]:
    """What an edit leaves that can be seen: of which part, which field, and how it then was."""
    if edit.op == "set":
        return {(edit.of, edit.id, name): value for name, value in edit.values.items()}
    if edit.op == "move" and edit.of == "card":
        return {(edit.of, edit.id, "place"): (edit.values["lane"], edit.values["step"])}
    if edit.op == "add":
        return {("", edit.id, "there"): True}
    return {("", one, "there"): False for one in ids(before) - ids(after)} if edit.op == "remove" else {}


def seen(now: Map, of: str, which: str, field: str) -> object:
    """The same of a map as it is."""
    if field == "there":
        return which in ids(now)
    part = find(now, of, which)
    return (part.lane, part.step) if field == "place" else getattr(part, field)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(moves())
def test_nothing_that_was_acknowledged_is_lost(tries):
    Sheet.objects.all().delete()
    kept = keeping.create(W, COFFEE, "ann")
    knows = {"ann": 1, "bob": 1}
    versions, made = {1: kept.map}, []
    for who, reads, run in tries:
        now = keeping.load(W, "coffee")
        if reads:
            knows[who] = now.version
        try:
            kept = keeping.change(W, "coffee", knows[who], run, who)
        except Clash:
            assert keeping.load(W, "coffee").map == now.map  # all of it, or nothing
            assert knows[who] < now.version  # somebody did something meanwhile
            continue
        except MapError:
            assert keeping.load(W, "coffee").map == now.map
            continue
        if kept.version == now.version:
            continue  # it moved something before itself
        others = [edit for one in keeping.since(W, "coffee", knows[who]) for edit in plain.edits(one.edits)]
        told, _ = apply(versions[knows[who]], others)  # the others' edits and one's own: what a page keeps up with
        assert cells(told) == cells(kept.map)
        step, left = now.map, {}
        for edit in run:
            after, _ = apply(step, [edit])
            left |= effects(edit, step, after)
            step = after
        left = {key: value for key, value in left.items() if key[2] == "there" or key[1] in ids(step)}
        made.append((kept.version, knows[who], left))
        versions[kept.version] = kept.map
        knows[who] = kept.version if knows[who] == now.version else knows[who]

    end = keeping.load(W, "coffee")
    for version, _, left in made:
        # only what was done in knowledge of it may stand in its place
        later = [now for at, base, now in made if at > version and base >= version]
        for (of, which, field), value in left.items():
            if not any((of, which, field) in now or ("", which, "there") in now for now in later):
                assert seen(end.map, of, which, field) == value, (version, of, which, field)
    for version, was in versions.items():
        assert cells(keeping.at(W, "coffee", version)) == cells(was)
    assert [one.version for one in keeping.history(W, "coffee")] == list(range(end.version, 0, -1))


def test_two_who_do_different_things_both_get_through():
    keeping.create(W, COFFEE, "ann")
    keeping.change(W, "coffee", 1, [Edit("set", "card", "c1", {"text": "Compares"})], "ann")
    kept = keeping.change(W, "coffee", 1, [Edit("set", "card", "c1", {"owner": "Bob"})], "bob", "mine")
    card = find(kept.map, "card", "c1")
    assert (card.text, card.owner, kept.version) == ("Compares", "Bob", 3)
    assert [(one.version, one.by) for one in keeping.since(W, "coffee", 1)] == [(2, "ann"), (3, "bob")]


def test_who_would_overwrite_is_told_and_nothing_is_done():
    keeping.create(W, COFFEE, "ann")
    keeping.change(W, "coffee", 1, [Edit("set", "card", "c1", {"text": "Compares"})], "ann")
    mine = [Edit("set", "card", "c2", {"text": "Rings"}), Edit("set", "card", "c1", {"text": "Reads"})]
    with pytest.raises(Clash, match="ann changed the same meanwhile: the map is at version 2") as clash:
        keeping.change(W, "coffee", 1, mine, "bob")
    assert clash.value.edits == mine[1:]
    assert [one.by for one in clash.value.since] == ["ann"]
    assert find(keeping.load(W, "coffee").map, "card", "c2").text == "Asks a friend"
    assert keeping.change(W, "coffee", 2, mine, "bob").version == 3


def test_what_no_longer_fits_because_of_others_is_a_clash_and_else_a_mistake():
    keeping.create(W, COFFEE, "ann")
    keeping.change(W, "coffee", 1, [Edit("remove", "step", "look")], "ann")
    with pytest.raises(Clash):
        keeping.change(W, "coffee", 1, [Edit("set", "card", "c1", {"text": "x"})], "bob")
    with pytest.raises(MapError, match="there is no card 'c9'"):
        keeping.change(W, "coffee", 1, [Edit("set", "card", "c9", {"text": "x"})], "bob")


def test_what_others_changed_does_not_go_with_a_place_that_it_was_just_moved_to():
    keeping.create(W, COFFEE, "ann")
    keeping.change(W, "coffee", 1, [Edit("set", "card", "c1", {"text": "Compares"})], "ann")
    away = [Edit("move", "card", "c1", {"lane": "does", "step": "use"}), Edit("remove", "step", "use")]
    with pytest.raises(Clash):
        keeping.change(W, "coffee", 1, away, "bob")


def test_what_is_sent_twice_is_done_once():
    keeping.create(W, COFFEE, "ann")
    edits = [Edit("set", "card", "c1", {"text": "Compares"})]
    first = keeping.change(W, "coffee", 1, edits, "ann", key="k1")
    again = keeping.change(W, "coffee", 1, edits, "ann", key="k1")
    assert (again.version, again.undo) == (first.version, first.undo) == (2, again.undo)
    assert keeping.change(W, "coffee", 2, list(first.undo), "ann", key="k2").map == ordered(COFFEE)


def test_an_old_version_comes_back_as_a_new_one():
    keeping.create(W, COFFEE, "ann")
    keeping.change(W, "coffee", 1, [Edit("remove", "phase", "have")], "ann")
    keeping.change(W, "coffee", 2, [Edit("set", "map", values={"name": "Tea"})], "bob")
    with pytest.raises(Clash):
        keeping.restore(W, "coffee", 1, "ann", base=2)
    kept = keeping.restore(W, "coffee", 1, "ann", base=3)
    assert cells(kept.map) == cells(COFFEE)
    assert kept.version == 4
    assert keeping.at(W, "coffee", 3).name == "Tea"
    with pytest.raises(MapMissing):
        keeping.restore(W, "coffee", 9, "ann")


def test_only_whole_maps_are_kept():
    keeping.create(W, COFFEE, "ann")
    with pytest.raises(Exists):
        keeping.create(W, COFFEE, "bob")
    with pytest.raises(MapError, match="cannot be a map's id"):
        keeping.create(W, from_plain(Map, to_plain(COFFEE) | {"id": "../x"}), "ann")
    with pytest.raises(MapError, match="'s' is the id of two parts"):
        keeping.create(W, Map("two", "Two", phases=(Phase("p", "P", (Step("s", "S"), Step("s", "S"))),)), "ann")
    assert keeping.free(W, "coffee") == "coffee-2"
    assert keeping.archive(W, "coffee", "ann").sheet.archived_at is not None
    assert (len(keeping.everyone(W)), len(keeping.everyone(W, archived=True))) == (0, 1)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("x", "edits are a list"),
        ([{"op": "add", "of": "person"}], "must be one of map, phase"),
        ([{"op": "set", "of": "card", "id": 7}], "is an id: text"),
        ([{"op": "set", "of": "card", "id": "c1", "colour": "red"}], "an edit has no such key"),
        ([{"op": "move", "of": "card", "id": "c1", "before": "\x00"}], "is an id: text"),
    ],
)
def test_edits_from_outside_are_looked_at(data, told):
    with pytest.raises(MapError, match=told):
        plain.edits(data)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("same", [False, True])
def test_two_at_the_same_moment_both_get_everything_through(same: bool):
    """Two threads with connections of their own, who never look what the other does before they send.

    Of different things nobody is refused. Who is refused, of one thing, learns of something new that the other did, so
    that nobody is refused more often than the other gets through; sent again on that version, it is taken in the end.
    """
    keeping.create(W, COFFEE, "ann")
    begin, many = threading.Barrier(2), 12

    def work(who: str, field: str) -> list[tuple[int, Clash]]:
        base, refused = 1, []
        begin.wait(10)
        try:
            for at in range(many):
                mine = [
                    Edit("add", "card", f"{who}{at}", {"lane": "does", "step": "use", "text": who}),
                    Edit("set", "card", "c5", {field: f"{who} {at}"}),
                ]
                while True:
                    try:
                        base = keeping.change(W, "coffee", base, mine, who).version
                        break
                    except Clash as clash:
                        refused.append((base, clash))
                        base = clash.kept.version
        finally:
            connection.close()
        return refused

    with ThreadPoolExecutor(2) as pool:
        refused = list(pool.map(work, ("ann", "bob"), ("note", "note" if same else "owner")))
    kept = keeping.load(W, "coffee")
    added = {card.id for card in kept.map.cell("does", "use")}
    assert added == {f"{who}{at}" for who in ("ann", "bob") for at in range(many)}
    assert kept.version == 1 + 2 * many
    for other, told in zip(("bob", "ann"), refused, strict=True):
        assert len(told) <= (many if same else 0)
        for base, clash in told:
            assert [(edit.op, edit.of) for edit in clash.edits] == [("set", "card")]
            assert base < clash.kept.version
            assert other in {one.by for one in clash.since}
    last = find(kept.map, "card", "c5")
    assert {last.note, last.owner} & {f"ann {many - 1}", f"bob {many - 1}"}
    assert cells(keeping.at(W, "coffee", 1)) == cells(COFFEE)
