"""Jobs run when they are due, once, and one that fails keeps no other from running."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from touchline.errors import NoSpaceLeft, SettingsError
from touchline.server.operations import chores, jobs, limits
from touchline.server.operations.jobs import Job, register, run_due, run_now
from touchline.server.operations.models import Run
from touchline.server.workspaces import facade
from touchline.workspace import Workspace

pytestmark = pytest.mark.django_db
JOBS = ("quarantine", "leftovers", "sessions", "disk", "memory")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _none(monkeypatch):
    monkeypatch.setattr(jobs, "_jobs", {})


@pytest.fixture
def two(tmp_path):
    for name in ("acme", "globex"):
        Workspace.create(tmp_path / name).close()
        facade.add(tmp_path / name, name)
    facade.hold_all(facade.everyone(), "http://127.0.0.1:1")
    yield facade.open_here()
    facade.let_go()
    limits._given.clear()


def test_a_job_runs_when_it_is_due():
    done = []
    register(Job("count", timedelta(hours=1), lambda _: done.append(1) or "counted"))
    assert [run.told for run in run_due(NOON)] == ["counted"]
    assert run_due(NOON + timedelta(minutes=59)) == []
    assert len(run_due(NOON + timedelta(minutes=60))) == 1
    assert len(done) == 2
    assert Run.objects.get().next_at == NOON + timedelta(hours=2)


def test_one_that_fails_is_told_tried_again_and_keeps_no_other():
    def fails(_):
        raise NoSpaceLeft("no room for ann@example.org")

    def breaks(_):
        raise ZeroDivisionError("broken")

    register(Job("fails", timedelta(days=1), fails))
    register(Job("breaks", timedelta(days=1), breaks))
    register(Job("works", timedelta(days=1), lambda _: "fine"))
    assert [(run.job, run.ok) for run in run_due(NOON)] == [("fails", False), ("breaks", False), ("works", True)]
    told = Run.objects.get(job="fails")
    assert "ann@" not in told.told
    assert told.next_at - NOON == timedelta(minutes=10)
    assert "ZeroDivisionError" in Run.objects.get(job="breaks").told
    run_due(NOON + timedelta(minutes=10))
    told.refresh_from_db()
    assert (told.failures, told.next_at - NOON) == (2, timedelta(minutes=30))


def test_one_that_was_killed_runs_again():
    register(Job("long", timedelta(days=1), lambda _: "done"))
    Run.objects.create(job="long", started_at=NOON, next_at=NOON + timedelta(days=1))
    assert [run.told for run in run_due(NOON + timedelta(minutes=1))] == ["done"]


def test_a_job_for_each_workspace_gets_each(two):
    seen = []
    register(Job("look", timedelta(days=1), lambda held: seen.append(held.slug) or "", each=True))
    run_due(NOON)
    assert seen == ["acme", "globex"]
    run_now("look")
    assert seen == ["acme", "globex"] * 2


def test_the_jobs_that_every_server_has(two, tmp_path, monkeypatch):
    from touchline.server.home import Home
    from touchline.workspace.backup import backups, verify

    monkeypatch.setenv("TOUCHLINE_HOME", str(Home.of(tmp_path / "acme").root))
    monkeypatch.setenv("TOUCHLINE_BACKUPS", str(tmp_path / "kept"))
    monkeypatch.setenv("TOUCHLINE_BACKUP_WAREHOUSE", "1")
    chores.register_all()
    done = run_due(NOON)
    assert [(run.job, run.told) for run in done if not run.ok] == []
    assert {run.job for run in done} == set(JOBS) | {"backup"}
    made = backups(tmp_path / "kept")
    assert sorted(path.name.partition("-")[0] for path in made) == ["acme", "globex"]
    for path in made:
        manifest, problems = verify(path)
        assert problems == []
        assert [part.path for part in manifest.files if part.path.endswith(".duckdb")]


def test_open_workspaces_share_the_memory(two, monkeypatch):
    def now():
        return [one.workspace.warehouse.value("SELECT current_setting('memory_limit')") for one in two]

    monkeypatch.setenv("TOUCHLINE_MEMORY", "1GiB")
    monkeypatch.setenv("TOUCHLINE_THREADS", "1")
    limits.share(two)
    assert now() == ["512.0 MiB"] * 2
    assert [one.workspace.warehouse.value("SELECT current_setting('threads')") for one in two] == [1, 1]
    limits.share(two[:1])
    assert now()[0] == "1.0 GiB"
    monkeypatch.setenv("TOUCHLINE_MEMORY", "100GiB")
    limits.share(two)
    assert now() == ["2.0 GiB"] * 2  # never more than a workspace's own limit
    monkeypatch.setenv("TOUCHLINE_MEMORY", "1MiB")
    limits.share(two)
    assert now() == ["128.0 MiB"] * 2
    monkeypatch.setenv("TOUCHLINE_MEMORY", "plenty")
    with pytest.raises(SettingsError):
        limits.share(two)


def test_the_machine_is_as_large_as_its_container(monkeypatch, tmp_path):
    monkeypatch.setattr(limits, "_CGROUP", tmp_path / "memory.max")
    whole = limits.machine()
    (tmp_path / "memory.max").write_text("1048576\n")
    assert limits.machine() == 1 << 20
    (tmp_path / "memory.max").write_text("max\n")
    assert limits.machine() == whole


def test_a_disk_that_runs_low_is_told_once(two, monkeypatch, caplog):
    monkeypatch.setenv("TOUCHLINE_DISK_FLOOR", str(10**9))
    for _ in range(3):
        chores.watch_disk(two[0])
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    monkeypatch.delenv("TOUCHLINE_DISK_FLOOR")
    chores.watch_disk(two[0])
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


@pytest.mark.parametrize("text", ["0", "-1", "a week", "1.5"])
def test_numbers_in_the_environment_are_looked_at(monkeypatch, text):
    monkeypatch.setenv("TOUCHLINE_BACKUP_KEEP", text)
    with pytest.raises(SettingsError, match="TOUCHLINE_BACKUP_KEEP"):
        chores.number("TOUCHLINE_BACKUP_KEEP", 7)


def test_copies_of_before_an_upgrade_go_after_a_month(two):
    import os

    place = two[0].workspace.folder.inside / "backups"
    place.mkdir()
    for name, days in (("before-layout-2.touchline.tar", 31), ("before-layout-3.touchline.tar", 29)):
        (place / name).write_bytes(b"")
        moment = chores.time.time() - days * 86_400
        os.utime(place / name, (moment, moment))
    assert chores.clear_leftovers(two[0]).startswith("1 copies")
    assert [path.name for path in place.iterdir()] == ["before-layout-3.touchline.tar"]
