"""Two workspaces, a person of each role in the first, and keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from touchline.server.people import keys
from touchline.server.people.backend import Argon2id
from touchline.server.people.links import OPERATOR
from touchline.server.people.models import Key, Membership, User
from touchline.server.people.roles import ROLES
from touchline.server.workspaces.facade import Workspace

PASSWORD = "a long walk on the beach 7"


@dataclass
class World:
    """What the tests begin with."""

    acme: Workspace
    other: Workspace
    people: dict[str, User] = field(default_factory=dict)

    def client(self, role: str) -> Client:
        """Return a browser in which somebody is logged in."""
        browser = Client()
        browser.force_login(self.people[role])
        return browser

    def key(self, *scopes: str, workspace: Workspace | None = None, **more: object) -> tuple[Key, str]:
        """Make a key."""
        return keys.create(OPERATOR, workspace or self.acme, "test", scopes, **more)  # type: ignore[arg-type]


def bearer(token: str) -> dict[str, str]:
    """Return the header of a key."""
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}


@pytest.fixture(autouse=True)
def _quick_passwords(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let hashing cost less where its cost is not the point (`slow_passwords`)."""
    if "slow_passwords" not in request.fixturenames:
        monkeypatch.setattr(Argon2id, "memory_cost", 512)


@pytest.fixture
def slow_passwords() -> int:
    """Hash as a server does; return the memory that it takes, in KiB."""
    return Argon2id.memory_cost


@pytest.fixture(scope="session")
def hashed() -> str:
    """The password, hashed once."""
    from django.contrib.auth.hashers import make_password

    return make_password(PASSWORD)


@pytest.fixture
def world(db: None, tmp_path: Path, hashed: str) -> World:
    cache.clear()
    acme = Workspace.objects.create(slug="acme", name="Acme", folder=str(tmp_path / "acme"))
    other = Workspace.objects.create(slug="other", name="Other", folder=str(tmp_path / "other"))
    made = World(acme, other)
    for role in ROLES:
        user = User.objects.create(email=f"{role}@acme.example", name=role.capitalize(), password=hashed)
        Membership.objects.create(user=user, workspace=acme, role=role)
        made.people[role] = user
    stranger = User.objects.create(email="admin@other.example", password=hashed)
    Membership.objects.create(user=stranger, workspace=other, role="admin")
    made.people["stranger"] = stranger
    return made


@pytest.fixture
def as_role(world: World) -> Callable[[str], Client]:
    return world.client
