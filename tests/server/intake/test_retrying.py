"""Records that came over HTTP and could not be accepted are mended and tried again, as the door reads them."""

from __future__ import annotations

import pytest
from tests.server.intake.conftest import WHEN, one

from touchline.workspace import Workspace
from touchline.workspace.mends import Mends

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_field_that_nobody_knew_is_renamed_for_all(door):
    wrong = [{"id": f"w{n}", "occured": WHEN, "text": "late again", "customer_ref": "u1"} for n in range(3)]
    told = door.send("interactions?source=shop", [one(), *wrong]).json()
    assert told["quarantined"] == 3
    with Workspace(door.folder) as workspace:
        assert workspace.quarantine.retry().quarantined == 3
        mended = workspace.quarantine.fix(Mends(rename={"occured": "occurred_at"}))
        assert (mended.accepted, mended.reasons) == (3, ())
        assert workspace.check() == []
    assert sorted(row["interaction_id"] for row in door.rows()) == ["shop/i0", "shop/w0", "shop/w1", "shop/w2"]


def test_a_call_without_its_event_is_mended(door):
    call = {"type": "track", "userId": "u7", "messageId": "m1", "timestamp": WHEN, "name": "Plan Upgraded"}
    assert door.send("events", {"batch": [call]}).json()["quarantined"] == 1
    with Workspace(door.folder) as workspace:
        assert workspace.quarantine.fix(Mends(rename={"name": "event"})).accepted == 1
    assert [row["event"] for row in door.rows()] == ["Plan Upgraded"]
