"""A small simulated workspace, held open in this process, and people of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from django.test import Client

SLUG = "mapped"


@pytest.fixture(scope="session")
def maps_folder(tmp_path_factory: pytest.TempPathFactory):
    """The folder of a workspace that is held open."""
    from touchline.cli.data import export_of
    from touchline.server.workspaces import facade
    from touchline.simulation import simulate_to
    from touchline.workspace import Workspace

    folder: Path = tmp_path_factory.mktemp("of-maps") / SLUG
    with Workspace.create(folder, name="Demo & Co") as workspace:
        simulate_to(folder / "world", 150, 1, lambda done: None)
        workspace.take_in(export_of(folder / "world" / "interactions.csv", workspace=workspace))
    facade.hold_all([SimpleNamespace(slug=SLUG, root=folder)], "http://testserver")
    yield folder
    facade.let_go()


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    """Pages wait for what they ask: another thread would not see a test's own transaction."""
    monkeypatch.setattr("touchline.server.maps.views.editor.soon", lambda name, make: make())


@pytest.fixture
def visitor(maps_folder, db):
    """Return a function that logs somebody in: of a role, and of some segments only."""
    from touchline.server.people.models import Membership, User
    from touchline.server.workspaces.models import Workspace

    tenant, _ = Workspace.objects.get_or_create(slug=SLUG, defaults={"name": "Demo & Co", "folder": str(maps_folder)})

    def enter(role: str = "analyst", segments: dict[str, list[str]] | None = None, name: str = "") -> Client:
        email = f"{name or role}@example.org"
        user, _ = User.objects.get_or_create(email=email, defaults={"is_active": True, "name": name.capitalize()})
        Membership.objects.update_or_create(
            user=user, workspace=tenant, defaults={"role": role, "segments": segments or {}}
        )
        client = Client()
        client.force_login(user)
        return client

    return enter
