"""A customer who is erased is in no map, no old version of one, and no comment; the maps stay."""

from __future__ import annotations

import json

import pytest
from tests.maps.test_edits import COFFEE

from touchline.maps import Card, Edit, Proof, apply
from touchline.maps.edits import find
from touchline.maps.plain import to_plain
from touchline.server.maps import keeping, remarks
from touchline.server.maps.models import Change, Sheet
from touchline.server.people.facade import ROLES, Access
from touchline.server.privacy import stores
from touchline.workspace.persons import Held

pytestmark = pytest.mark.django_db
WHO, SAID = "cust-zebrafinch", "i-4711"


def test_what_a_customer_said_goes_from_every_version():
    quote = Card("q1", "hurts", "wait", "The parcel came terribly late", proof=(Proof("interaction", SAID),))
    values = {key: value for key, value in to_plain(quote).items() if key != "id"}
    keeping.create("w", COFFEE, "ann")
    keeping.change("w", "coffee", 1, [Edit("add", "card", "q1", values)], "ann", f"{WHO} wrote")
    keeping.change("w", "coffee", 2, [Edit("set", "card", "q1", {"text": "Terribly late"})], "ann")
    keeping.change("w", "coffee", 3, [Edit("set", "card", "c1", {"text": f"Ask {WHO}, and c1 too"})], "ann")
    keeping.change("w", "coffee", 4, [Edit("remove", "step", "wait")], "bob")
    ann = Access("w", None, None, "ann", "analyst", ROLES["analyst"])
    remarks.write(ann, "coffee", f"see {WHO}")
    keeping.create("other", apply(COFFEE, [Edit("set", "card", "c1", {"text": WHO})])[0], "ann")

    counts = stores.forget(Held(refs=frozenset((WHO, "c1")), ids=frozenset((SAID,)), texts=()), "w")
    assert {"maps.Sheet", "maps.Change", "maps.Remark"} <= counts.keys()
    kept = json.dumps([[one.doc for one in Sheet.objects.filter(workspace="w")],
                       [[one.edits, one.undo, one.note] for one in Change.objects.filter(workspace="w")]])  # fmt: skip
    for gone in (WHO, SAID, "erribly late", "and c1 too"):
        assert gone not in kept
    assert "[erased]" in remarks.on("w", "coffee")[0].text
    now = keeping.load("w", "coffee")
    assert now.version == 5
    assert find(now.map, "card", "c1").text == "Ask [erased], and [erased] too"  # its own id is no name of theirs
    assert find(keeping.at("w", "coffee", 4), "card", "q1").text == "[erased]"
    assert find(keeping.at("w", "coffee", 1), "card", "c3").text == "Late"
    assert keeping.restore("w", "coffee", 4, "ann").version == 6
    assert find(keeping.load("other", "coffee").map, "card", "c1").text == WHO
