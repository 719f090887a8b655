"""Ready means: the journal can be written, the warehouse answers, not far behind, room on the disk."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from django.db import OperationalError
from django.test import Client
from tests.files import answers, take_in, write_csv

from touchline.errors import SettingsError, WorkspaceError
from touchline.server.operations import health
from touchline.server.operations.disk import Disk, disk, floor, size
from touchline.server.workspaces import facade, holding
from touchline.workspace import Workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(tmp_path):
    folder = tmp_path / "acme"
    Workspace.create(folder).close()
    facade.add(folder, "acme")
    facade.hold_all(facade.everyone(), "http://127.0.0.1:1")
    yield facade.held("acme")
    facade.let_go()
    health._behind.clear()


def asked(**headers):
    answer = Client().get("/readyz", headers=headers)
    return answer.status_code, json.loads(answer.content)


def test_a_server_in_order_is_ready(acme):
    assert asked() == (200, {"ready": True, "reasons": []})


def test_a_workspace_that_is_not_open_is_told_of(tmp_path):
    facade.add(tmp_path, "elsewhere")
    assert asked() == (503, {"ready": False, "reasons": [{"kind": "workspace"}]})


def test_only_who_may_look_is_told_which_workspace(acme):
    acme.trouble = "the drain cannot"
    assert asked() == (503, {"ready": False, "reasons": [{"kind": "warehouse"}]})
    status, told = asked(authorization=f"Bearer {acme.token}")
    assert status == 503
    assert told["reasons"] == [{"kind": "warehouse", "workspace": "acme", "what": "the drain cannot"}]
    acme.trouble = ""


def test_a_database_that_does_not_answer_is_told_of(monkeypatch):
    def broken():
        raise OperationalError("no route to 10.0.0.1")

    monkeypatch.setattr(health.workspaces, "everyone", broken)
    assert asked() == (503, {"ready": False, "reasons": [{"kind": "state"}]})


def test_a_full_disk_is_told_of(acme, monkeypatch):
    monkeypatch.setenv("TOUCHLINE_DISK_FLOOR", str(10**9))
    assert [reason.kind for reason in health.reasons()] == ["disk"]


def test_a_journal_that_cannot_be_read_or_written_is_told_of(acme, monkeypatch):
    monkeypatch.setattr(health.os, "access", lambda *_: False)
    assert [reason.kind for reason in health.reasons()] == ["journal"]
    monkeypatch.undo()

    class Broken:
        @property
        def head(self):
            raise WorkspaceError("the database cannot be reached")

    broken = SimpleNamespace(slug="acme", workspace=SimpleNamespace(journal=Broken(), folder=acme.workspace.folder))
    assert [reason.what for reason in health._journal(broken)] == ["the database cannot be reached"]


def test_a_lag_is_told_of_once_it_is_too_long(acme, monkeypatch, tmp_path):
    monkeypatch.setattr(holding.Held, "drain", lambda self: self._stop.wait(0.2))
    with Workspace(acme.workspace.folder.root) as other:
        monkeypatch.setattr(Workspace, "drain", lambda *_: None)
        take_in(other, write_csv(tmp_path / "a.csv", answers(1, 2, 3)))
    monkeypatch.setenv("TOUCHLINE_READY_LAG", "60")
    assert health.reasons() == []
    head = acme.workspace.journal.head
    health._behind["acme"] = [(head, health.time.monotonic() - 61)]
    assert [reason.kind for reason in health.reasons()] == ["lag"]


def test_lag_is_that_of_the_oldest_batch_that_waits():
    journal, warehouse = SimpleNamespace(head=5), SimpleNamespace(shown=5)
    one = SimpleNamespace(slug="lagging", workspace=SimpleNamespace(journal=journal, warehouse=warehouse))
    assert health.lag(one, 100.0) == 0
    journal.head = 6
    assert health.lag(one, 101.0) == 0
    journal.head = 9
    assert health.lag(one, 103.0) == 2
    warehouse.shown = 6
    assert health.lag(one, 104.0) == 1
    warehouse.shown = 9
    assert health.lag(one, 110.0) == 0


def test_sizes_and_floors(monkeypatch, tmp_path):
    assert disk(tmp_path).free > 0
    assert Disk(free=5, total=10, floor=6).low
    assert not Disk(free=6, total=10, floor=6).low
    assert floor() == 256 << 20
    monkeypatch.setenv("TOUCHLINE_DISK_FLOOR", "12")
    assert floor() == 12 << 20
    monkeypatch.setenv("TOUCHLINE_DISK_FLOOR", "a lot")
    with pytest.raises(SettingsError, match="a lot"):
        floor()
    assert [size(text) for text in ("1", "2k", "1.5 GiB", "3MB", " ")] == [1, 2048, 3 << 29, 3 << 20, None]
    with pytest.raises(SettingsError):
        size("many")
