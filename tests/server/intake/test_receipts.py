"""What a receipt tells, before and after the drain."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.server.intake.conftest import OWNER, one

from touchline.drain import store
from touchline.server.intake.receipts import Lot, Receipt, became
from touchline.server.intake.refusing import Refused
from touchline.server.people import keys
from touchline.server.workspaces import facade as workspaces
from touchline.workspace import Workspace

PARTS = ("received", "stored", "duplicate", "revised", "quarantined", "claims", "waiting")


def told(answer):
    return [answer[part] for part in PARTS]


def test_requests_that_were_committed_together_have_a_receipt_each(door):
    door.became(door.send("interactions", [one(0), one(1)]))
    answers = door.together(
        door.sending("interactions", [one(0), one(2), {"bad": 1}]),
        door.sending("interactions", [one(1, text="other"), one(3), one(3)]),
        door.sending("interactions", [one(4)]),
    )
    first, second, third = door.became(*answers)
    assert told(first) == [3, 1, 1, 0, 1, 0, 0]
    assert told(second) == [3, 1, 1, 1, 0, 0, 0]
    assert told(third) == [1, 1, 0, 0, 0, 0, 0]
    assert {one["state"] for one in (first, second, third)} == {"done"}


def test_before_the_drain_it_waits(door):
    answer = door.send("interactions", [one(0), {"bad": 1}])
    with Workspace(door.folder) as workspace:
        receipt = Receipt.read(answer.json()["receipt"], workspace.key)
        assert told(became(workspace.warehouse, receipt)) == [2, 0, 0, 0, 1, 0, 1]
        workspace.drain()
        assert told(became(workspace.warehouse, receipt)) == [2, 1, 0, 0, 1, 0, 0]


def test_what_is_stored_and_not_placed_yet_waits(door):
    answer = door.send("interactions", [one(0)])
    with Workspace(door.folder) as workspace:
        receipt = Receipt.read(answer.json()["receipt"], workspace.key)
        store(workspace.journal, workspace.warehouse, workspace.projection)
        assert workspace.warehouse.position == workspace.journal.head > workspace.warehouse.shown
        assert became(workspace.warehouse, receipt)["state"] == "waiting"
        assert told(became(workspace.warehouse, receipt)) == [1, 0, 0, 0, 0, 0, 1]
        workspace.drain()
        assert became(workspace.warehouse, receipt)["state"] == "done"
        assert workspace.warehouse.shown == workspace.journal.head


def test_what_concerns_nobody_waits_for_no_placement(door):
    door.became(door.send("interactions", [one(0), one(1)]))
    answer = door.send("interactions", [one(1), one(0)])  # another order: a batch of its own
    assert told(door.became(answer)[0]) == [2, 0, 2, 0, 0, 0, 0]


@pytest.mark.parametrize("word", ["", "rc_", "rc_AAAA", "x", "rc_é", "rc_" + "A" * 5_000])
def test_receipts_cannot_be_made_up(word):
    with pytest.raises(Refused) as caught:
        Receipt.read(word, b"key")
    assert caught.value.status == 404
    real = Receipt(1, 0, 0, 0, (Lot(300, 2, 70_000),)).token(b"key")
    assert Receipt.read(real, b"key").lots == (Lot(300, 2, 70_000),)
    with pytest.raises(Refused):
        Receipt.read(real, b"another workspace's")


def test_over_http(door):
    token = door.send("interactions", one()).json()["receipt"]
    url = f"/api/v1/receipts/{token}"
    sent = {"authorization": f"Bearer {door.token}"}
    workspaces.hold_all([workspaces.find("acme")], "http://testserver")
    try:
        workspaces.held("acme").drain()
        assert Client().get(url).status_code == 401
        answer = Client().get(url, headers=sent)
        assert answer.status_code == 200
        assert answer.json()["stored"] == 1
        assert Client().get(url + "x", headers=sent).status_code == 404
        assert Client().get(url + "?x=1", headers=sent).status_code == 400
        _, reader = keys.create(OWNER, workspaces.find("acme"), "reader", ("read",))
        assert Client().get(url, headers={"authorization": f"Bearer {reader}"}).status_code == 403
    finally:
        workspaces.let_go()
