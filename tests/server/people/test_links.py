"""One-time links: set-up, invitations, new passwords."""

from __future__ import annotations

import logging
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from tests.server.people.conftest import PASSWORD, World

from touchline.errors import Conflict, InputError
from touchline.server.people import links, members
from touchline.server.people.facade import setup_link
from touchline.server.people.models import Link, Membership, Session, User
from touchline.server.people.roles import ROLES, Access
from touchline.server.workspaces.facade import Workspace

NEW = {"name": "Ann", "email": "ann@acme.example", "password": "the tide comes in at nine"}


@pytest.fixture
def empty(db: None) -> Workspace:
    return Workspace.objects.create(slug="acme", name="Acme", folder="/nowhere/acme")


def _path(url: str | None) -> str:
    assert url is not None
    return urlsplit(url).path


def test_the_first_administrator_comes_in_by_the_link_once(empty: Workspace) -> None:
    path, browser = _path(setup_link("http://here")), Client()
    assert browser.get(path).status_code == 200
    answer = browser.post(path, NEW)
    assert answer.status_code == 302
    user = User.objects.get()
    assert (user.email, Membership.objects.get().role) == ("ann@acme.example", "admin")
    assert user.password.startswith("argon2$argon2id$")
    assert browser.get("/account").status_code == 200
    assert Client().get(path).status_code == 404
    assert setup_link("http://here") is None


def test_a_link_is_kept_as_a_hash_and_a_new_one_ends_the_one_before(empty: Workspace) -> None:
    first, second = _path(setup_link("http://here")), _path(setup_link("http://here"))
    token = first.rsplit("/", 1)[1]
    assert len(token) >= 43
    assert not any(token in str(value) for row in Link.objects.values() for value in row.values())
    assert Client().get(first).status_code == 404
    assert Client().get(second).status_code == 200


def test_a_link_ends_by_itself(empty: Workspace) -> None:
    path = _path(setup_link("http://here"))
    assert Link.objects.get().expires_at - timezone.now() <= timedelta(hours=1)
    Link.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get(path).status_code == 404
    assert Client().post(path, NEW).status_code == 404
    assert not User.objects.exists()


def test_of_two_who_use_a_link_at_once_one_gets_in(empty: Workspace) -> None:
    token = _path(setup_link("http://here")).rsplit("/", 1)[1]
    link, same = links.find("setup", token), links.find("setup", token)
    assert link is not None
    assert same is not None
    links.set_up(link, "ann@acme.example", "Ann", PASSWORD)
    with pytest.raises(Conflict, match="used"):
        links.set_up(same, "eve@acme.example", "Eve", PASSWORD)
    assert User.objects.count() == 1


def test_a_link_of_one_kind_is_none_of_another(empty: Workspace) -> None:
    token = _path(setup_link("http://here")).rsplit("/", 1)[1]
    for kind in ("join", "reset"):
        assert Client().get(f"/{kind}/{token}").status_code == 404


@pytest.mark.parametrize("password", ["short", "password1234", "annweber@acme.example", "123456789012", "x" * 1001])
def test_a_bad_password_is_refused_and_the_link_stays_good(empty: Workspace, password: str) -> None:
    path = _path(setup_link("http://here"))
    asked = {**NEW, "email": "annweber@acme.example", "password": password}
    assert Client().post(path, asked).status_code == 400
    assert not User.objects.exists()
    assert Client().get(path).status_code == 200


def test_no_token_is_written_to_the_log(empty: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    path = _path(setup_link("http://here"))
    with caplog.at_level(logging.INFO):
        Client().post(path, {**NEW, "password": "short"})
        Client().get("/join/unknown-token-of-somebody")
    assert path.rsplit("/", 1)[1] not in caplog.text
    assert "unknown-token-of-somebody" not in caplog.text


def test_somebody_new_joins(world: World) -> None:
    _link, token = links.invite(
        links.OPERATOR, world.acme, "New@Acme.example ", "viewer", segments={"region": ["emea"]}
    )
    browser = Client()
    assert b"new@acme.example" in browser.get(f"/join/{token}").content
    assert browser.post(f"/join/{token}", {"name": "New", "password": NEW["password"]}).status_code == 302
    member = Membership.objects.get(user__email="new@acme.example")
    assert (member.workspace, member.role, member.shown) == (world.acme, "viewer", (("region", ("emea",)),))
    assert browser.get(f"/join/{token}").status_code == 404


def test_somebody_known_must_log_in_to_join(world: World) -> None:
    _link, token = links.invite(links.OPERATOR, world.acme, "admin@other.example", "agent")
    answer = Client().get(f"/join/{token}")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login?next=/join/")
    assert Client().post(f"/join/{token}", {"name": "Eve", "password": NEW["password"]}).status_code == 302
    assert not Membership.objects.filter(user=world.people["stranger"], workspace=world.acme).exists()
    assert world.client("viewer").post(f"/join/{token}").status_code == 403
    assert world.client("stranger").post(f"/join/{token}").status_code == 302
    assert Membership.objects.get(user=world.people["stranger"], workspace=world.acme).role == "agent"


def test_an_invitation_can_be_taken_back_and_is_replaced_by_a_new_one(world: World) -> None:
    link, token = links.invite(links.OPERATOR, world.acme, "new@acme.example", "viewer")
    _next, second = links.invite(links.OPERATOR, world.acme, "new@acme.example", "agent")
    assert Client().get(f"/join/{token}").status_code == 404
    (left,) = links.invitations("acme")
    links.revoke(links.OPERATOR, "acme", left.pk)
    assert Client().get(f"/join/{second}").status_code == 404
    assert link.pk != left.pk


@pytest.mark.parametrize(
    ("email", "role", "more"),
    [
        ("nobody", "viewer", {}),
        ("a@b.example", "king", {}),
        ("a@b.example", "viewer", {"days": 0}),
        ("a@b.example", "admin", {"segments": {"region": ["emea"]}}),
        ("a@b.example\r\nBcc: x@y.example", "viewer", {}),
    ],
)
def test_an_invitation_that_makes_no_sense_is_refused(
    world: World, email: str, role: str, more: dict[str, object]
) -> None:
    with pytest.raises(InputError):
        links.invite(links.OPERATOR, world.acme, email, role, **more)  # type: ignore[arg-type]
    assert not Link.objects.exists()


def test_one_who_is_there_is_not_invited_again(world: World) -> None:
    with pytest.raises(Conflict):
        links.invite(links.OPERATOR, world.acme, "viewer@acme.example", "admin")


def test_a_new_password_ends_all_sessions(world: World) -> None:
    browser = world.client("agent")
    token = links.offer_reset(links.OPERATOR, world.people["agent"])
    assert Client().post(f"/reset/{token}", {"password": NEW["password"]}).status_code == 302
    world.people["agent"].refresh_from_db()
    assert world.people["agent"].check_password(NEW["password"])
    assert browser.get("/account").status_code == 302
    assert not Session.objects.filter(user=world.people["agent"]).exists()
    assert Client().get(f"/reset/{token}").status_code == 404


def test_an_administrator_cannot_reset_one_who_is_in_another_workspace_too(world: World) -> None:
    Membership.objects.create(user=world.people["agent"], workspace=world.other, role="viewer")
    by = Membership.objects.get(user=world.people["admin"]).access
    with pytest.raises(Conflict, match="workspaces that you do not administer"):
        links.offer_reset(by, world.people["agent"])
    with pytest.raises(Conflict, match="workspaces that you do not administer"):
        links.offer_reset(Access("acme", None, "akey", "key", "admin", ROLES["admin"]), world.people["agent"])
    links.offer_reset(by, world.people["viewer"])
    links.offer_reset(links.OPERATOR, world.people["agent"])


def test_the_last_administrator_stays(world: World) -> None:
    admin = members.find("acme", world.people["admin"].pk)
    for change in (
        lambda: members.remove(links.OPERATOR, admin),
        lambda: members.change(links.OPERATOR, admin, role="viewer"),
    ):
        with pytest.raises(Conflict, match="no administrator"):
            change()
    members.change(links.OPERATOR, members.find("acme", world.people["manager"].pk), role="admin")
    members.remove(links.OPERATOR, admin)
    assert Membership.objects.filter(workspace=world.acme, role="admin").count() == 1


def test_a_closed_account_is_out_at_once(world: World) -> None:
    browser = world.client("manager")
    assert browser.get("/account").status_code == 200
    members.disable(links.OPERATOR, world.people["manager"])
    assert browser.get("/account").status_code == 302
    assert Client().post("/login", {"login": "manager@acme.example", "password": PASSWORD}).status_code == 200
    with pytest.raises(Conflict):
        members.disable(links.OPERATOR, world.people["manager"])


def test_a_restriction_goes_with_the_role(world: World) -> None:
    member = members.find("acme", world.people["viewer"].pk)
    members.change(links.OPERATOR, member, segments={"region": ["emea"]})
    assert member.access.segments == (("region", ("emea",)),)
    with pytest.raises(InputError):
        members.change(links.OPERATOR, member, role="agent", segments={"region": ["emea"]})
    members.change(links.OPERATOR, member, role="agent")
    assert member.access.segments == ()
