"""What is done before the server answers: only what has to be, and told when it cannot."""

from __future__ import annotations

import subprocess
import sys

import django.core.management
from tests.faults.swarm import own_environment
from tests.server.serving import free_port

from touchline.server.processes import first
from touchline.workspace import Workspace


def test_static_files_are_gathered_when_they_are_others(tmp_path, monkeypatch, settings):
    """Copying, naming and packing them took most of the time of a start."""
    done = []
    settings.STATIC_ROOT = tmp_path
    monkeypatch.setattr(django.core.management, "call_command", lambda name, **_: done.append(name))
    first._gather()
    first._gather()
    assert done == ["collectstatic"]
    monkeypatch.setattr("touchline.__version__", "another")
    first._gather()
    assert done == ["collectstatic", "collectstatic"]


def test_a_folder_that_cannot_be_used_ends_the_server_with_a_word(tmp_path):
    """Nobody is left waiting at a door that will never open."""
    folder = tmp_path / "acme"
    Workspace.create(folder).close()
    (folder / ".touchline" / "format").write_text("99\n")
    done = subprocess.run(
        [sys.executable, "-m", "touchline", "serve", str(folder), "--port", str(free_port())],
        capture_output=True, text=True, timeout=120, check=False, env=own_environment(),
    )  # fmt: skip
    assert done.returncode == 1
    assert "error: " in done.stderr
    assert "Traceback" not in done.stderr


def test_the_door_imports_nothing_that_it_does_not_need(tmp_path):
    """It listens soon, and holds little memory: the warehouse and the pages are the web process's."""
    code = (
        "import sys; from touchline.server.processes.door import application; application();print(*sorted(sys.modules))"
    )
    folder = tmp_path / "acme"
    Workspace.create(folder).close()
    (folder / ".touchline" / "server").mkdir()
    environment = own_environment(
        TOUCHLINE_HOME=str(folder / ".touchline" / "server"), TOUCHLINE_URL="http://127.0.0.1:1",
        TOUCHLINE_WEB_SOCKET=str(tmp_path / "web"),
    )  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True, env=environment
    )
    needless = {"duckdb", "ibis", "scipy", "touchline.drain", "httpx", "touchline.server.maps.models", "playwright"}
    assert not needless & set(done.stdout.split())
