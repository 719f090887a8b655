"""A small simulated workspace of its own, which these tests may change."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

SLUG = "inbox"
#: Good rows enough that the columns are known, and two with no time.
BROKEN = "\n".join(
    [
        "id,customer,date,comment,nps",
        *(f"{i},c{i},2026-03-0{i % 9 + 1},Fine,9" for i in range(10, 40)),
        "2,c2,soon,The parcel is late,3",
        "3,c3,never,<b>Late</b>,2\n",
    ]
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory):
    """The folder of a workspace that is held open, two of whose records could not be taken in."""
    from touchline.cli.data import export_of
    from touchline.server.workspaces import facade, holding
    from touchline.simulation import simulate_to
    from touchline.workspace import Workspace

    folder: Path = tmp_path_factory.mktemp("inbox") / SLUG
    with Workspace.create(folder, name="Inbox & Co") as workspace:
        simulate_to(folder / "world", 150, 1, lambda done: None)
        (folder / "broken.csv").write_text(BROKEN)
        for name in ("world/interactions.csv", "broken.csv"):
            workspace.take_in(export_of(folder / name, workspace=workspace))
    facade.hold_all([SimpleNamespace(slug=SLUG, root=folder)], "http://testserver")
    yield folder
    if (mine := holding._held.pop(SLUG, None)) is not None:  # another room's fixture may have let go of all
        mine.close()


@pytest.fixture
def visitor(folder, db, client):
    """Return a function that logs somebody in: of a role, and of some segments only."""
    from touchline.server.people.models import Membership, User
    from touchline.server.workspaces.models import Workspace

    tenant = Workspace.objects.create(slug=SLUG, name="Inbox & Co", folder=str(folder))

    def enter(role: str = "admin", segments: dict[str, list[str]] | None = None):
        user = User.objects.create(email=f"{role}@example.org", is_active=True)
        Membership.objects.create(user=user, workspace=tenant, role=role, segments=segments or {})
        client.force_login(user)
        return client

    return enter
