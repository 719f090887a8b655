"""A door, open in this process, with a workspace behind it and a key to it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from touchline.journal import open_journal
from touchline.server.intake import routes
from touchline.server.intake.door import Door
from touchline.server.intake.receipts import Receipt, became
from touchline.server.intake.room import MIB, Limits
from touchline.server.people import keys
from touchline.server.people.facade import ROLES, Access
from touchline.server.workspaces import facade as workspaces
from touchline.workspace import Workspace

OWNER = Access(None, None, "local", "tests", "admin", ROLES["admin"])
WHEN = "2026-03-01T10:00:00Z"


@dataclass
class Served:
    """An open door, and what it takes to knock on it from any thread."""

    folder: Path
    token: str
    slug: str = "acme"
    limits: Limits = field(default_factory=lambda: Limits(floor=MIB))

    def start(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.run(self._open())

    async def _open(self) -> None:
        self.door = Door(self.limits)
        routes.opened(self.door)
        transport = httpx.ASGITransport(Starlette(routes=routes.routes()))
        self._client = httpx.AsyncClient(transport=transport, base_url="http://door", timeout=120)

    def stop(self) -> None:
        self.run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        await self._client.aclose()
        routes.opened(None)
        await self.door.close()

    def restart(self) -> None:
        self.stop()
        self.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(120)

    def send(
        self, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        """POST something; what is no bytes goes as JSON."""
        return self.run(self.sending(path, body, headers=headers, **more))

    async def sending(
        self, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        sent = {"authorization": f"Bearer {self.token}"} | (headers or {})
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        address = path if path.startswith("/") else f"/api/v1/{path}"
        return await self._client.post(address, content=content, headers=sent, **more)

    def together(self, *sendings: Coroutine[Any, Any, httpx.Response]) -> list[httpx.Response]:
        async def all_() -> list[httpx.Response]:
            return await asyncio.gather(*sendings)

        return self.run(all_())

    def counts(self) -> Any:
        with open_journal(self.folder) as journal:
            return journal.counts()

    def entries(self) -> list[Any]:
        with open_journal(self.folder) as journal:
            return list(journal.read())

    def rows(self) -> list[dict[str, Any]]:
        """All interactions in the journal."""
        return [row for entry in self.entries() if entry.kind == "interactions" for row in entry.table.to_pylist()]

    def quarantined(self) -> list[Any]:
        with open_journal(self.folder) as journal:
            return journal.quarantined(1_000)

    def became(self, *responses: httpx.Response) -> list[dict[str, Any]]:
        """Drain, and ask what became of requests."""
        with Workspace(self.folder) as workspace:
            workspace.drain()
            return [
                became(workspace.warehouse, Receipt.read(one.json()["receipt"], workspace.key)) for one in responses
            ]

    def stored(self) -> int:
        with Workspace(self.folder) as workspace:
            workspace.drain()
            return int(workspace.warehouse.value("SELECT count(*) FROM stored"))


def _served(folder: Path, slug: str = "acme", **limits: Any) -> Iterator[Served]:
    Workspace.create(folder).close()
    row = workspaces.add(folder, slug, slug)
    _, token = keys.create(OWNER, row, "shop", ("ingest",))
    served = Served(folder, token, slug, Limits(**{"floor": MIB} | limits))
    served.start()
    yield served
    served.stop()


@pytest.fixture
def door(transactional_db, tmp_path) -> Iterator[Served]:
    """A door with a workspace "acme"."""
    yield from _served(tmp_path / "acme")


@pytest.fixture
def narrow(transactional_db, tmp_path) -> Iterator[Served]:
    """A door with tight limits."""
    yield from _served(
        tmp_path / "acme", body=20_000, unpacked=50_000, items=100, item=5_000, waiting_items=150, file=100_000
    )


def one(place: int = 0, **more: Any) -> dict[str, Any]:
    """An interaction."""
    return {"id": f"i{place}", "source": "shop", "occurred_at": WHEN, "text": f"words {place}", **more}
