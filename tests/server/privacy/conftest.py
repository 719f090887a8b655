"""A small workspace that is held as the web process holds it, and callers with keys of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from tests.files import answer, take_in, write_csv

from touchline.server.people import keys
from touchline.server.people.facade import ROLES, Access
from touchline.server.workspaces import facade as workspaces
from touchline.workspace import Workspace

OWNER = Access(None, None, "local", "tests", "admin", ROLES["admin"])


@dataclass
class Caller:
    """Somebody with a key."""

    client: Client
    token: str

    def post(self, path: str, body: Any = None) -> Any:
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        data = json.dumps({} if body is None else body)
        return self.client.post(f"/api/v1/privacy/{path}", data, content_type="application/json", headers=sent)

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/privacy/{path}", headers={"Authorization": f"Bearer {self.token}"})


@pytest.fixture
def held(tmp_path) -> Iterator[Any]:
    with Workspace.create(tmp_path / "w") as workspace:
        rows = [answer(n) for n in range(1, 30)]
        rows += [answer(50, customer="cust-zebrafinch", comment="The zebrafinch parcel came terribly late")]
        take_in(workspace, write_csv(tmp_path / "a.csv", rows))
    row = workspaces.Workspace(slug="w", name="w", folder=str(tmp_path / "w"))
    workspaces.hold_all([row], "http://testserver")
    yield workspaces.held("w")
    from touchline.server.workspaces import holding

    holding._held.pop("w").close()


@pytest.fixture
def key(transactional_db, held) -> Callable[..., Caller]:
    row, _ = workspaces.Workspace.objects.get_or_create(
        slug="w", defaults={"name": "w", "folder": str(held.workspace.folder.root)}
    )

    def make(*scopes: str) -> Caller:
        _, token = keys.create(OWNER, row, "key", scopes)
        return Caller(Client(), token)

    return make
