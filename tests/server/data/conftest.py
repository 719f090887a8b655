"""A small workspace that is held open in this process, changed by every test, and people of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

SLUG = "data"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory):
    """The folder of a workspace of a simulated company, held open for a module's tests."""
    from touchline.cli.data import export_of
    from touchline.server.workspaces import facade, holding
    from touchline.simulation import simulate_to
    from touchline.workspace import Workspace

    folder: Path = tmp_path_factory.mktemp("data") / SLUG
    with Workspace.create(folder, name="Data & Co") as workspace:
        simulate_to(folder / "world", 60, 1, lambda done: None)
        workspace.take_in(export_of(folder / "world" / "interactions.csv", workspace=workspace))
    facade.hold_all([SimpleNamespace(slug=SLUG, root=folder)], "http://testserver")  # type: ignore[list-item]
    yield folder
    holding._held.pop(SLUG).close()


@pytest.fixture
def hold(place):
    """The workspace, open."""
    from touchline.server.workspaces.facade import held

    return held(SLUG)


@pytest.fixture
def enter(place, db, client):
    """Return a function that logs somebody in, of a role and of some segments only, and returns their browser."""
    from touchline.server.people.models import Membership, User
    from touchline.server.workspaces.models import Workspace

    tenant = Workspace.objects.create(slug=SLUG, name="Data & Co", folder=str(place))

    def made(role: str = "admin", segments: dict[str, list[str]] | None = None) -> Any:
        user = User.objects.create(email=f"{role}{len(segments or {})}@example.org", is_active=True)
        Membership.objects.create(user=user, workspace=tenant, role=role, segments=segments or {})
        client.force_login(user)
        return client

    return made
