"""A small workspace held as the web process holds it, people of it, and a way to open cases at a stated time."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.files import answer, take_in, write_csv

from touchline.server.care import opening
from touchline.server.home import Home
from touchline.server.people.models import Membership, User
from touchline.server.people.roles import ROLES, Access, as_segments
from touchline.server.workspaces import facade as workspaces
from touchline.workspace import Workspace

SLUG = "care"
WHO = "cust-zebrafinch"
#: A Monday in winter, ten in the morning.
MONDAY = datetime(2026, 2, 2, 10, tzinfo=UTC)
LATE = "The zebrafinch parcel came terribly late, I am angry"


def made(folder: Path) -> None:
    """Make a workspace of thirty answers, and of one customer who is angry."""
    with Workspace.create(folder, name="Care & Co") as workspace:
        rows = [answer(n) for n in range(1, 30)]
        rows += [answer(50, customer=WHO, comment=LATE, nps=1, region="emea", date="2026-01-29 10:00")]
        take_in(workspace, write_csv(folder.parent / "a.csv", rows))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("care") / SLUG
    made(place)
    workspaces.hold_all([workspaces.Workspace(slug=SLUG, name="Care & Co", folder=str(place))], "http://testserver")
    yield place
    from touchline.server.workspaces import holding

    if SLUG in holding._held:  # unless the tests of another room have let go of all
        holding._held.pop(SLUG).close()


@pytest.fixture(autouse=True)
def _no_files() -> Iterator[None]:
    """Leave no file behind: a test's rows are undone, its files are not."""
    yield
    shutil.rmtree(Home.from_environment().root / "attachments", ignore_errors=True)


@dataclass
class Room:
    """What the tests begin with.

    Attributes:
        people: Ann and Bob, agents; Vic, a viewer of one region; Max, a manager.
    """

    people: dict[str, User] = field(default_factory=dict)
    numbers: int = 0

    def access(self, name: str) -> Access:
        membership = Membership.objects.get(user=self.people[name])
        return membership.access

    def client(self, name: str, **more: Any) -> Client:
        browser = Client(**more)
        browser.force_login(self.people[name])
        return browser

    def open(self, **given: Any) -> Any:
        self.numbers += 1
        told = {"customer": WHO, "reason": "Gave 1 of 10", "source": "play", "key": f"k{self.numbers}", "at": MONDAY}
        return opening.open_case(SLUG, **(told | given))


@pytest.fixture
def room(folder: Path, db: None) -> Room:
    tenant = workspaces.Workspace.objects.create(slug=SLUG, name="Care & Co", folder=str(folder))
    found = Room()
    for name, role, segments in (
        ("ann", "agent", {}), ("bob", "agent", {}), ("vic", "viewer", {"region": ["apac"]}), ("max", "manager", {}),
    ):  # fmt: skip
        user = User.objects.create(email=f"{name}@care.example", name=f"{name.capitalize()} Lee")
        Membership.objects.create(user=user, workspace=tenant, role=role, segments=segments)
        found.people[name] = user
    return found


@pytest.fixture
def key(room: Room) -> Callable[..., Access]:
    """Return a function that tells what a key may do that sees some segments."""

    def make(**segments: list[str]) -> Access:
        return Access(SLUG, None, "k", "key", "agent", ROLES["agent"], as_segments(segments))

    return make
