"""The edits between two maps make the one the other, touch nothing that stays, and are told in sentences."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.maps.strategies import WORDS, maps

from touchline.errors import MapError
from touchline.maps import Card, Edit, Lane, Map, Phase, Route, Step, apply
from touchline.maps.diff import edits_between, told
from touchline.maps.edits import ids
from touchline.maps.writing import ordered

COFFEE = Map(
    "coffee",
    "Ordering coffee",
    phases=(
        Phase("buy", "Buy", (Step("look", "Looks"), Step("pay", "Pays"))),
        Phase("have", "Have", (Step("wait", "Waits"), Step("use", "Uses"))),
    ),
    lanes=(Lane("does", "actions"), Lane("hurts", "pains"), Lane("ideas", "opportunities", "What to do")),
    cards=(
        Card("c1", "does", "look", "Reads reviews"),
        Card("c2", "does", "look", "Asks a friend"),
        Card("c3", "hurts", "wait", "Late"),
        Card("c4", "ideas", "wait", "Say so first", addresses=("c3",)),
        Card("c5", "does", "look", "Sees an advert"),
    ),
    routes=(Route("r1", "loop", "wait", "look"),),
)
_SLOW = settings(
    max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], deadline=None
)


@st.composite
def changed(draw, now):
    """The map after some edits of any kind."""
    for at in range(draw(st.integers(0, 10))):
        of = draw(st.sampled_from(("phase", "step", "lane", "card", "route")))
        parts = list(now.steps()) if of == "step" else getattr(now, of + "s")
        if not parts:
            continue
        some = draw(st.sampled_from([one.id for one in parts]))
        phase = draw(st.sampled_from([one.id for one in now.phases] or ["none"]))
        before = draw(st.sampled_from(["", *[one.id for one in parts]]))
        place = {
            "lane": draw(st.sampled_from([one.id for one in now.lanes] or ["none"])),
            "step": draw(st.sampled_from([one.id for one in now.steps()] or ["none"])),
        }
        whole = {"card": place | {"text": "new"}, "lane": {"kind": "notes"}, "route": {"kind": "exit", "start": some}}
        fresh = draw(st.sampled_from((f"n{at}", "c1", "pay", "does")))  # an id may come back as another kind of part
        edit = draw(
            st.sampled_from(
                (
                    Edit("add", of, fresh, whole.get(of, {"name": "new"}), phase, before),
                    Edit("remove", of, some),
                    Edit("move", of, some, place if of == "card" else {}, phase if of == "step" else "", before),
                    Edit("set", of, some, {"text" if of in ("card", "route") else "name": draw(st.text("ab"))}),
                )
            )
        )
        try:
            now, _ = apply(now, [edit])
        except MapError:
            continue
    return now


@_SLOW
@given(changed(COFFEE), changed(COFFEE))
def test_the_edits_between_two_versions_lead_from_one_to_the_other(old, new):
    edits = edits_between(old, new)
    after, undo = apply(old, edits)
    assert ordered(after) == ordered(new)
    assert ordered(apply(after, undo)[0]) == ordered(old)
    sentences = told(edits, old, new)
    assert len(sentences) == len(edits)
    assert all("None" not in sentence for sentence in sentences)


@_SLOW
@given(maps(WORDS, steps=3), maps(WORDS, steps=3))
def test_any_map_can_become_any_other(old, new):
    edits = edits_between(old, new)
    assert ordered(apply(old, edits)[0]) == ordered(replace(new, id=old.id))


@_SLOW
@given(maps())
def test_nothing_changes_nothing(one):
    assert edits_between(one, one) == []


@given(changed(COFFEE), st.data())
def test_one_edit_is_found_as_one_edit(now, data):
    cards = sorted(one.id for one in now.cards)
    if cards:
        which = data.draw(st.sampled_from(cards))
        new, _ = apply(now, [Edit("set", "card", which, {"owner": "Ann"})])
        assert edits_between(now, new) == [Edit("set", "card", which, {"owner": "Ann"})]


def test_a_step_that_moves_takes_its_cards_along_unedited():
    new, _ = apply(COFFEE, [Edit("move", "step", "look", inside="have", before="use")])
    assert edits_between(COFFEE, new) == [Edit("move", "step", "look", inside="have", before="use")]
    new, _ = apply(COFFEE, [Edit("move", "card", "c1", {"lane": "hurts", "step": "use"})])
    assert edits_between(COFFEE, new) == [Edit("move", "card", "c1", {"lane": "hurts", "step": "use"})]


def test_a_step_that_goes_takes_with_it_only_what_goes():
    new = replace(
        COFFEE,
        phases=(COFFEE.phases[0], Phase("have", "Have", (Step("use", "Uses"),))),
        cards=tuple(replace(card, step="use") if card.id == "c3" else card for card in COFFEE.cards if card.id != "c4"),
        routes=(),
    )
    edits = edits_between(COFFEE, new)
    assert {(edit.op, edit.of, edit.id) for edit in edits} == {
        ("remove", "card", "c4"), ("remove", "route", "r1"), ("move", "card", "c3"), ("remove", "step", "wait"),
    }  # fmt: skip


def test_changes_are_told_in_sentences():
    new, _ = apply(
        COFFEE,
        [
            Edit("set", "map", values={"owner": "Ann"}),
            Edit("set", "step", "wait", {"name": "Waits & receives", "moment": True}),
            Edit("add", "card", "c6", {"lane": "hurts", "step": "use", "text": "Manual too long"}),
            Edit("move", "card", "c1", {"lane": "does", "step": "pay"}),
            Edit("remove", "card", "c2"),
            Edit("set", "card", "c4", {"due": "2026-03-01", "effort": 2, "addresses": []}),
            Edit("move", "lane", "ideas", before="does"),
        ],
    )
    assert told(edits_between(COFFEE, new), COFFEE, new) == [
        "The map: owner “Ann”",
        "Card “Asks a friend” is gone",
        "Lane “What to do” moved before “Actions”",
        "Card “Reads reviews” moved to “Actions”, “Pays”",
        "Card “Manual too long” is new in “Pain points”, “Uses”",
        "Step “Waits & receives”: name “Waits” is now “Waits & receives”; moment yes",
        "Card “Say so first”: due “2026-03-01”; effort 2; addresses “c3” is taken away",
    ]


def test_maps_of_forty_steps_and_twenty_lanes_are_compared_whole():
    lanes = tuple(Lane(f"l{i}", "notes", f"Lane {i}") for i in range(20))
    steps = tuple(Step(f"s{j}", f"Step {j}") for j in range(40))
    cards = tuple(Card(f"c{i}-{j}", f"l{i}", f"s{j}", "Words") for i in range(20) for j in range(40))
    big = Map("big", "Big", phases=(Phase("p", "P", steps),), lanes=lanes, cards=cards)
    turned = replace(big, lanes=lanes[::-1], phases=(Phase("p", "P", steps[::-1]),))
    edits = edits_between(big, turned)
    assert ordered(apply(big, edits)[0]) == ordered(turned)
    assert len(edits) == 19 + 39
    assert len(edits_between(Map("big", "Big"), big)) == 1 + 20 + 40 + 800
    assert len(ids(big)) == 861
