"""A small journey whose deliveries went well for ninety days, held open; live answers come when a test says so."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pyarrow as pa
import pytest

from touchline.vocabulary.schemas import QUARANTINE, RAW_INTERACTIONS

SLUG = "monitored"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
_numbers = count(1_000_000)


def survey(at: datetime, value: float, *, ref: str, stage: str = "delivery", **more: object) -> dict:
    """An answered survey of one question."""
    answer = {"question": "csat", "kind": "csat", "value": value, "low": 1.0, "high": 5.0}
    return {
        "interaction_id": f"i{next(_numbers)}", "source": "surveys", "kind": "survey", "channel": "email",
        "author": "customer", "customer_ref": ref, "occurred_at": at, "date_only": False, "stage": stage,
        "programme": "after", "answers": [answer], **more,
    }  # fmt: skip


def bring(workspace, rows: list[dict], *, live: bool) -> None:
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
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of `ninety_days`."""
    return ninety_days(tmp_path_factory.mktemp("monitoring") / SLUG)


def ninety_days(folder: Path) -> Path:
    """Make a workspace of ninety days: twenty answers a day about delivery, four of five of them satisfied."""
    from touchline.workspace import Workspace

    rows = [
        survey(
            NOW - timedelta(days=90 - day, minutes=-20 * one), 5.0 if one % 5 else 1.0, ref=f"c{day * 20 + one}",
            account_ref=f"a{one % 6}", attributes=[("region", "apac" if one % 2 else "emea")],
        )
        for day in range(90)
        for one in range(20)
    ]  # fmt: skip
    with Workspace.create(folder, name="Monitored") as workspace:
        bring(workspace, rows, live=False)
    return folder


@pytest.fixture
def hold(quiet: Path, tmp_path: Path, db: None) -> Iterator:
    """A copy of it, held open by this process, watched from now on."""
    from touchline.server.monitoring.watching import watch_of
    from touchline.server.workspaces import facade
    from touchline.server.workspaces.models import Workspace

    folder = tmp_path / SLUG
    shutil.copytree(quiet, folder)
    (folder / ".touchline" / "serving.json").unlink(missing_ok=True)
    tenant = Workspace.objects.create(slug=SLUG, name="Monitored", folder=str(folder))
    facade.hold_all([tenant], "http://testserver")
    held = facade.held(SLUG)
    held._stop.set()  # a test drains by itself
    held._thread.join()
    watch_of(held, NOW)
    yield held
    held._stop.clear()
    facade.let_go()


@pytest.fixture
def live(hold) -> Callable[..., list]:
    """Bring answers in live, and let the monitors look; returns what there was to tell."""
    from touchline.server.monitoring.watching import look

    def come(rows: list[dict], now: datetime | None = None) -> list:
        bring(hold.workspace, rows, live=True)
        return look(hold, now or max(row["occurred_at"] for row in rows))

    return come


def angry(n: int, begin: datetime = NOW, prefix: str = "angry", **more: object) -> list[dict]:
    """Bad answers about delivery, a minute apart, of as many customers."""
    return [survey(begin + timedelta(minutes=one), 1.0, ref=f"{prefix}{one}", **more) for one in range(n)]


@pytest.fixture
def notices() -> Iterator[list]:
    """What listeners hear during a test."""
    from touchline.server.monitoring import telling

    heard: list = []
    telling.on_alert(heard.append)
    telling.on_gate(heard.append)
    yield heard
    telling._alerts.remove(heard.append)
    telling._gates.remove(heard.append)
