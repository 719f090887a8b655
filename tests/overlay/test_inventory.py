"""The inventory of touchpoints and the grid of stakeholders."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.maps import Card, Lane, Map, Phase, Stakeholder, Step
from touchline.overlay.inventory import inventory
from touchline.overlay.stakeholders import handling, stakeholders

MAP = Map(
    "m",
    "M",
    phases=(Phase("p", "P", (Step("wait", "Waits", "delivery", "courier_delivery"), Step("ask", "Asks", "support"))),),
    lanes=(Lane("t", "touchpoints"), Lane("n", "notes")),
    cards=(
        Card("one", "t", "wait", "Message when the date moves", channel="sms", missing=True, owner="Ann"),
        Card("two", "t", "ask", touchpoint="agent_conversation"),
        Card("three", "n", "ask", "Neighbour's hint", missing=True),
    ),
)


@pytest.fixture(scope="module")
def found(local, taxonomy):
    return inventory(local, taxonomy=taxonomy, maps=[MAP])


def test_every_touchpoint_of_the_taxonomy_is_there_in_its_order(found, taxonomy):
    assert [one.id for one in found if one.id] == [point.id for point in taxonomy.touchpoints]


def test_figures_are_the_analytics_own(found, local):
    rows = {row["key"]: row for row in local.jsi(by="touchpoint").to_dicts()}
    there = {row["stage"]: row["customers_there"] for row in local.friction().to_dicts() if row["touchpoint"] is None}
    for one in (contact for contact in found if contact.id):
        row = rows.get(one.id)
        if row is None:
            assert (one.volume, one.hearing) == (0, "blind spot" if there.get(one.stage) else "silent")
        else:
            assert (one.volume, one.jsi.value) == (row["n"], row["jsi"])
            assert one.hearing == ("measured" if row["customers"] >= 30 else "thin")
    assert {one.hearing for one in found} >= {"measured", "blind spot"}


def test_who_owns_what_is_the_taxonomy_s(found, taxonomy):
    for one in found:
        if one.id:
            point = taxonomy.touchpoint(one.id)
            assert (one.ownership, one.channels) == (point.ownership, point.channels)
            assert one.owner == (point.owner or taxonomy.stage(point.stage).owner)


def test_maps_show_touchpoints_and_name_missing_ones(found):
    shown = {one.id: one.maps for one in found if one.maps and one.id}
    assert shown == {"courier_delivery": ("m",), "agent_conversation": ("m",)}
    added = [one for one in found if not one.id]
    assert [(one.name, one.stage, one.missing, one.maps) for one in added] == [
        ("Message when the date moves", "delivery", True, ("m",)),
        ("Neighbour's hint", "support", True, ("m",)),
    ]
    assert (added[0].channels, added[0].owner) == (("sms",), "Ann")


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.integers(1, 5), st.none() | st.integers(1, 5))))
def test_everybody_stands_on_the_grid_once(people):
    maps = [
        Map(f"m{at}", "M", stakeholders=(Stakeholder("s", name.upper() if at % 2 else name, "", interest, influence),))
        for at, (name, interest, influence) in enumerate(people)
    ]
    found = stakeholders(maps)
    assert sorted(one.name.casefold() for one in found) == sorted({name for name, _, _ in people})
    for one in found:
        mine = [entry for entry in people if entry[0] == one.name.casefold()]
        assert one.influence == max((entry[2] for entry in mine if entry[2] is not None), default=None)
        assert one.handling == handling(one.interest, one.influence)
        assert (one.handling == "not placed") == (one.interest is None or one.influence is None)
        assert len(one.maps) == len(mine)
