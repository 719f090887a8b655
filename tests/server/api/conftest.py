"""A simulated world that is held as the web process holds it, and callers with keys of their own."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from touchline.questions import Local
from touchline.server.api import asking
from touchline.server.people import keys, routing
from touchline.server.people.facade import ROLES, Access
from touchline.server.workspaces import facade as workspaces
from touchline.settings import new_toml
from touchline.simulation import simulate_to
from touchline.sources import open_export
from touchline.workspace import Workspace

#: Segments are named, so that a world of one region has the same as the whole.
SEGMENTS = '[segments]\nattributes = ["region", "tenure", "tier"]\n'
SETTINGS = '\n[[scales]]\nkind = "ces"\ndirection = "easy"\n'
OWNER = Access(None, None, "local", "tests", "admin", ROLES["admin"])


@dataclass
class Caller:
    """Somebody with a key."""

    client: Client
    token: str
    prefix: str = "/api/v1/"

    def get(self, path: str, pairs: Any = None, **headers: str) -> Any:
        return self.request("GET", path, pairs, **headers)

    def request(self, method: str, path: str, pairs: Any = None, body: Any = None, **headers: str) -> Any:
        from urllib.parse import urlencode

        query = urlencode(list(pairs.items()) if isinstance(pairs, dict) else list(pairs or []), doseq=True)
        more = {} if body is None else {"data": body, "content_type": "application/json"}
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        target = self.prefix + path + (f"?{query}" if query else "")
        return self.client.generic(method, target, **more, headers=sent)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        import json

        return self.request("POST", path, None, json.dumps(body), **headers)


@pytest.fixture(scope="session")
def world(tmp_path_factory) -> Path:
    """A workspace that holds a small simulated world. Copy it before you change anything."""
    folder = tmp_path_factory.mktemp("world")
    simulate_to(folder / "files", 200, 3)
    _first_and_last(folder / "files" / "interactions.csv")
    settings = new_toml("Nordlicht", "taxonomy.yaml").replace("[segments]\n", SEGMENTS) + SETTINGS
    with Workspace.create(folder / "w", settings=settings) as workspace:
        workspace.take_in(open_export(folder / "files" / "interactions.csv", taxonomy=workspace.taxonomy))
        Local(workspace).rework()  # the journey index is there, too
    return folder / "w"


def _first_and_last(path: Path) -> None:
    """Let the first and the last moment of the data be those of customers of one region."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    event = next(row for row in rows if row["region"] == "emea" and row["event"] == "first_visit")
    times = sorted(row["time"] for row in rows)
    for number, time in enumerate((f"{int(times[0][:4]) - 1}-12-31 00:00:00Z", f"{times[-1][:10]} 23:59:59Z")):
        rows.append(event | {"id": f"edge-{number}", "time": time, "event": "looked_around", "conversation": ""})
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(autouse=True)
def fresh(monkeypatch) -> None:
    """No answer of another test is remembered, and nobody is too quick."""
    asking.ANSWERS.forget()
    monkeypatch.setattr(routing.RATES, "rate", 1e9)


@pytest.fixture(scope="module")
def held(world) -> Iterator[Any]:
    """The world, open as a server holds it. Ask it; change nothing."""
    yield from opened(world, "world")


@pytest.fixture
def changed(world, tmp_path) -> Iterator[Any]:
    """A copy of the world, to be changed."""
    shutil.copytree(world, tmp_path / "copy")
    yield from opened(tmp_path / "copy", "copy")


def opened(folder: Path, slug: str) -> Iterator[Any]:
    """Hold a workspace open while it is asked."""
    row = workspaces.Workspace(slug=slug, name=slug, folder=str(folder))
    workspaces.hold_all([row], "http://testserver")
    yield workspaces.held(slug)
    from touchline.server.workspaces import holding

    holding._held.pop(slug).close()


@pytest.fixture
def key(db, held) -> Callable[..., Caller]:
    """Make callers: ``key("read", region=["emea"])``."""
    row, _ = workspaces.Workspace.objects.get_or_create(
        slug=held.slug, defaults={"name": held.slug, "folder": str(held.workspace.folder.root)}
    )

    def make(*scopes: str, **segments: list[str]) -> Caller:
        _, token = keys.create(OWNER, row, "key", scopes or ("read",), segments=segments or None)
        return Caller(Client(), token)

    return make


@pytest.fixture
def reader(key) -> Caller:
    """Somebody who may read everything."""
    return key("read")
