"""Edits do what they say, and their inverses bring back exactly what was, whatever the edits were."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import MapError
from touchline.maps import Belief, Card, Edit, Lane, Map, Phase, Proof, Route, Stakeholder, Step, apply
from touchline.maps.edits import clashing, ids
from touchline.maps.plain import from_plain, to_plain

COFFEE = Map(
    "coffee",
    "Ordering coffee",
    phases=(
        Phase("buy", "Buy", (Step("look", "Looks", "consideration"), Step("pay", "Pays", "purchase"))),
        Phase("have", "Have", (Step("wait", "Waits", "delivery", believed=(Belief(jsi=66),)), Step("use", "Uses"))),
    ),
    lanes=(Lane("does", "actions"), Lane("hurts", "pains"), Lane("ideas", "opportunities")),
    cards=(
        Card("c1", "does", "look", "Reads reviews"),
        Card("c2", "does", "look", "Asks a friend"),
        Card("c3", "hurts", "wait", "Late", theme="late_delivery", proof=(Proof("research", "a.pdf"),)),
        Card("c4", "ideas", "wait", "Say so first", addresses=("c3",), due=date(2026, 3, 1)),
        Card("c5", "does", "look", "Sees an advert"),
    ),
    routes=(Route("r1", "loop", "wait", "look", "gives up waiting"), Route("r2", "exit", "pay")),
    stakeholders=(Stakeholder("s1", "Carrier", interest=2),),
)


@st.composite
def edits(draw, now=COFFEE):
    """A run of edits that mostly fit."""
    made, fresh = [], iter(range(1000))
    for _ in range(draw(st.integers(1, 8))):
        of = draw(st.sampled_from(("phase", "step", "lane", "card", "route", "stakeholder")))
        parts = list(now.steps()) if of == "step" else getattr(now, of + "s")
        known = [one.id for one in parts] or ["none"]
        some = st.sampled_from(known)
        before = draw(st.one_of(st.just(""), some))
        phase = draw(st.sampled_from([one.id for one in now.phases] or ["none"]))
        place = {
            "lane": draw(st.sampled_from([one.id for one in now.lanes] or ["none"])),
            "step": draw(st.sampled_from([one.id for one in now.steps()] or ["none"])),
        }
        whole = {"card": place | {"text": "new"}, "lane": {"kind": "notes"}, "route": {"kind": "exit", "start": "pay"}}
        edit = draw(
            st.sampled_from(
                (
                    Edit("add", of, f"n{next(fresh)}", whole.get(of, {"name": "new"}), phase, before),
                    Edit("remove", of, draw(some)),
                    Edit("move", of, draw(some), place if of == "card" else {}, phase if of == "step" else "", before),
                    Edit("set", of, draw(some), {"text" if of in ("card", "route") else "name": draw(st.text("ab"))}),
                )
            )
        )
        try:
            now, _ = apply(now, [edit])
        except MapError:
            continue
        made.append(edit)
    return made


def cells(now):
    """What a reader sees: the parts in their order, each cell's cards in theirs."""
    lanes, steps = [one.id for one in now.lanes], [one.id for one in now.steps()]
    bare = {key: value for key, value in to_plain(now).items() if key not in ("cards", "routes")}
    return bare, {(a, b): now.cell(a, b) for a in lanes for b in steps}, set(now.routes)


@given(edits())
def test_the_inverse_brings_back_what_was(run):
    after, undo = apply(COFFEE, run)
    back, redo = apply(after, undo)
    assert cells(back) == cells(COFFEE)
    assert cells(apply(back, redo)[0]) == cells(after)


@given(edits())
def test_a_map_stays_whole(run):
    after, _ = apply(COFFEE, run)
    parts = [*after.phases, *after.steps(), *after.lanes, *after.cards, *after.routes, *after.stakeholders]
    assert len({one.id for one in parts}) == len(parts) == len(ids(after))
    assert sum(len(after.cell(a.id, b.id)) for a in after.lanes for b in after.steps()) == len(after.cards)
    assert from_plain(Map, to_plain(after)) == after


def test_a_card_goes_where_it_is_dropped():
    after, _ = apply(COFFEE, [Edit("move", "card", "c5", {"lane": "does", "step": "look"}, before="c1")])
    assert [card.id for card in after.cell("does", "look")] == ["c5", "c1", "c2"]
    after, _ = apply(COFFEE, [Edit("move", "card", "c1", {"lane": "hurts", "step": "wait"})])
    assert [card.id for card in after.cell("hurts", "wait")] == ["c3", "c1"]
    after, _ = apply(COFFEE, [Edit("move", "card", "c1", {"lane": "hurts", "step": "wait"}, before="c1")])
    assert [card.id for card in after.cell("hurts", "wait")] == ["c3", "c1"]
    assert apply(COFFEE, [Edit("move", "card", "c1", before="c1")]) == (COFFEE, [])
    after, _ = apply(COFFEE, [Edit("move", "card", "c4", {"lane": "does", "step": "look"}, before="c3")])
    assert [card.id for card in after.cell("does", "look")] == ["c1", "c2", "c5", "c4"]  # c3 is in another cell


def test_what_stands_on_a_step_goes_and_comes_back_with_it():
    after, undo = apply(COFFEE, [Edit("remove", "step", "wait")])
    assert {card.id for card in after.cards} == {"c1", "c2", "c5"}
    assert [route.id for route in after.routes] == ["r2"]
    assert cells(apply(after, undo)[0]) == cells(COFFEE)


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (Edit("set", "card", "c9", {"text": "x"}), "there is no card 'c9'"),
        (Edit("add", "card", "c1", {"lane": "does", "step": "look"}), "already something called 'c1'"),
        (Edit("add", "card", "c9", {"lane": "nowhere", "step": "look"}), "there is no lane 'nowhere'"),
        (Edit("set", "card", "c1", {"step": "pay"}), "step of a card is not set"),
        (Edit("set", "card", "c1", {"colour": "red"}), "no such key"),
        (Edit("set", "map", values={"cards": []}), "cards of a map is not set"),
        (Edit("set", "card", "c1", {"effort": "big"}), "is a whole number, not 'big'"),
        (Edit("move", "phase", "buy", {"name": "x"}), "moves by 'before'"),
    ],
)
def test_an_edit_that_does_not_fit_changes_nothing(edit, told):
    with pytest.raises(MapError, match=told):
        apply(COFFEE, [Edit("set", "map", values={"name": "Tea"}), edit])


@pytest.mark.parametrize(
    ("mine", "theirs", "clash"),
    [
        (Edit("set", "card", "c1", {"text": "x"}), Edit("set", "card", "c1", {"owner": "Ann"}), False),
        (Edit("set", "card", "c1", {"text": "x"}), Edit("set", "card", "c1", {"text": "y", "note": "z"}), True),
        (Edit("set", "card", "c1", {"text": "x"}), Edit("move", "card", "c1", {"step": "pay"}), False),
        (Edit("remove", "card", "c1"), Edit("set", "card", "c1", {"owner": "Ann"}), True),
        (Edit("remove", "step", "look"), Edit("set", "card", "c1", {"owner": "Ann"}), True),
        (Edit("remove", "phase", "buy"), Edit("set", "step", "pay", {"note": "card or cash"}), True),
        (Edit("remove", "lane", "ideas"), Edit("set", "card", "c1", {"owner": "Ann"}), False),
        (Edit("move", "lane", "ideas"), Edit("set", "lane", "ideas", {"name": "What to do"}), False),
    ],
)
def test_edits_clash_only_where_one_would_be_lost(mine, theirs, clash):
    assert bool(clashing(apply(COFFEE, [theirs])[0], [mine], [theirs])) is clash
