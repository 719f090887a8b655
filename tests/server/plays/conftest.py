"""A small journey, held as the web process holds it; live answers come when a test says so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.test import Client

from touchline.server.people.models import Membership, User
from touchline.server.plays import managing, running
from touchline.server.plays.models import Play, Run
from touchline.server.workspaces import facade as workspaces
from touchline.server.workspaces.holding import Held
from touchline.vocabulary.schemas import QUARANTINE, RAW_INTERACTIONS

SLUG = "plays"
#: A Monday, noon.
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
_numbers = count(1_000_000)
YAML = """
play: win-back
name: Win them back
trigger: {on: answer, kinds: [csat]}
limits: {cool_down: 30}
hold_out: 0
priority: high
assign: {by: round robin}
steps:
  - {do: acknowledge, within: 4 clock hours, message: sorry}
  - {do: call, within: 4 business hours}
  - {do: resolve, within: 48 clock hours}
  - {do: ask again, within: 7 d}
messages:
  sorry: {en: "Sorry for {stage}. {company}", de: "Das mit {stage} tut uns leid. {company}"}
"""


def survey(at: datetime, value: float, *, ref: str, stage: str = "delivery", **more: Any) -> dict[str, Any]:
    """An answered survey of one question."""
    answer = {"question": "csat", "kind": "csat", "value": value, "low": 1.0, "high": 5.0}
    return {
        "interaction_id": f"i{next(_numbers)}", "source": "surveys", "kind": "survey", "channel": "email",
        "author": "customer", "customer_ref": ref, "occurred_at": at, "date_only": False, "stage": stage,
        "programme": "after", "answers": [answer], **more,
    }  # fmt: skip


def bring(workspace: Any, rows: list[dict[str, Any]], *, live: bool) -> None:
    """Take records in, as the door does, and drain."""
    from touchline.sources.base import Chunk
    from touchline.workspace.accept import accept
    from touchline.workspace.identify import Identifier

    raw = pa.Table.from_pylist(
        [{name: row.get(name) for name in RAW_INTERACTIONS.names} for row in rows], schema=RAW_INTERACTIONS
    )
    accept(workspace.journal, Chunk(raw, QUARANTINE.empty_table()), Identifier(workspace.key), origin="test", live=live)
    workspace.drain()


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of sixty days: forty customers, each happy at first."""
    from touchline.workspace import Workspace

    folder = tmp_path_factory.mktemp("plays") / SLUG
    rows = [
        survey(
            NOW - timedelta(days=60 - one, hours=hour), 5.0, ref=f"c{one}",
            attributes=[("region", "apac" if one % 2 else "emea")],
        )
        for one in range(40)
        for hour in (1, 2, 3)
    ]  # fmt: skip
    with Workspace.create(folder, name="Plays & Co") as workspace:
        bring(workspace, rows, live=False)
    return folder


@dataclass
class Room:
    """What the tests begin with."""

    held: Held
    people: dict[str, User] = field(default_factory=dict)

    def client(self, name: str) -> Client:
        browser = Client()
        browser.force_login(self.people[name])
        return browser

    def play(self, text: str = YAML, *, on: bool = True) -> Play:
        made = managing.add(SLUG, self.held.workspace.taxonomy, text)
        return managing.switch(SLUG, made.slug, on=True) if on else made

    def says(self, *refs: str, value: float = 1.0, at: datetime = NOW, live: bool = True, **more: Any) -> list[Run]:
        """Let customers answer, and return the runs that this starts."""
        with self.held.writing() as workspace:
            bring(workspace, [survey(at, value, ref=ref, **more) for ref in refs], live=live)
        return running.look(self.held, at + timedelta(seconds=5))


@pytest.fixture
def room(made: Path, tmp_path: Path, db: None) -> Iterator[Room]:
    from touchline.server.workspaces import holding

    folder = tmp_path / SLUG
    shutil.copytree(made, folder)
    tenant = workspaces.Workspace.objects.create(slug=SLUG, name="Plays & Co", folder=str(folder))
    workspaces.hold_all([tenant], "http://testserver")
    found = Room(workspaces.held(SLUG))
    for name, role, segments in (
        ("ann", "agent", {}), ("bob", "agent", {}), ("vic", "viewer", {"region": ["apac"]}), ("max", "admin", {}),
    ):  # fmt: skip
        user = User.objects.create(email=f"{name}@plays.example", name=name.capitalize())
        Membership.objects.create(user=user, workspace=tenant, role=role, segments=segments)
        found.people[name] = user
    running.look(found.held, NOW)  # what was there before is not news
    yield found
    holding._held.pop(SLUG).close()
