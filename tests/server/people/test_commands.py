"""``touchline people`` and ``touchline keys`` on the database of a server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from touchline.cli.app import app
from touchline.errors import TouchlineError
from touchline.server.home import HOME, Home
from touchline.server.people import audit
from touchline.server.people.facade import by_key
from touchline.server.people.models import Key, Link, User
from touchline.server.people.terminal import home_of
from touchline.workspace import Workspace

pytestmark = pytest.mark.django_db
RUN = CliRunner()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(HOME, str(tmp_path / "home"))
    made = tmp_path / "acme"
    Workspace.create(made).close()
    return made


def run(*words: str | Path) -> str:
    """Run a command; return what it wrote."""
    done = RUN.invoke(app, [str(word) for word in words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_key_is_made_listed_rotated_and_revoked(folder: Path) -> None:
    token = run("keys", "create", "-w", folder, "--scope", "ingest", "--scope", "read").strip()
    access = by_key(token)
    assert access is not None
    assert (access.workspace, access.scopes) == ("acme", frozenset({"ingest", "read"}))
    key = Key.objects.get()
    assert json.loads(run("keys", "list", "-w", folder, "--json"))["keys"][0]["id"] == key.prefix
    assert key.prefix in run("keys", "list", "-w", folder)
    turned = json.loads(run("keys", "rotate", key.prefix, "-w", folder, "--overlap", "0", "--json"))["key"]
    assert by_key(token) is None
    assert by_key(turned) is not None
    run("keys", "revoke", key.prefix, "-w", folder)
    assert by_key(turned) is None


def test_somebody_is_invited_listed_reset_and_disabled(folder: Path) -> None:
    url = run("people", "invite", "ann@acme.example", "-w", folder, "--role", "viewer", "--segment", "region=emea,apac")
    assert "/join/" in url
    assert Link.objects.get().segments == {"region": ["apac", "emea"]}
    found = json.loads(run("people", "list", "-w", folder, "--json"))
    assert [one["email"] for one in found["invitations"]] == ["ann@acme.example"]
    assert "ann@acme.example" in run("people", "list", "-w", folder)
    User.objects.create_user("ben@acme.example", "a long walk on the beach 7")
    assert "/reset/" in run("people", "reset", "Ben@acme.example", "-w", folder)
    run("people", "disable", "ben@acme.example", "-w", folder)
    assert not User.objects.get(email="ben@acme.example").is_active


def test_the_log_is_checked_and_written_out(folder: Path) -> None:
    run("keys", "create", "-w", folder, "--scope", "read")
    run("keys", "create", "-w", folder, "--scope", "read")
    assert "2 lines" in run("people", "audit", "-w", folder, "--check")
    lines = [json.loads(line) for line in run("people", "audit", "-w", folder).splitlines()]
    assert audit.broken(lines) is None
    assert [line["name"] for line in lines] == ["command line"] * 2
    assert run("people", "audit", "-w", folder, "--csv").startswith("workspace,number,at")


@pytest.mark.parametrize(
    "words",
    [
        ("keys", "create", "--scope", "everything"),
        ("keys", "create"),
        ("keys", "revoke", "nothing"),
        ("people", "invite", "nobody"),
        ("people", "invite", "a@b.example", "--role", "king"),
        ("people", "invite", "a@b.example", "--segment", "region"),
        ("people", "disable", "nobody@acme.example"),
    ],
)
def test_what_cannot_be_done_is_said(folder: Path, words: tuple[str, ...]) -> None:
    with pytest.raises(TouchlineError):
        run(*words, "-w", folder)


def test_a_folder_without_a_workspace_is_said(tmp_path: Path) -> None:
    with pytest.raises(TouchlineError, match="no workspace"):
        run("keys", "list", "-w", tmp_path)


def test_a_further_workspace_has_the_database_of_its_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(HOME, raising=False)
    first = Home.of(tmp_path / "acme")
    assert home_of(tmp_path / "acme") == first
    assert home_of(first.workspaces / "other") == first
