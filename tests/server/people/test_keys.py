"""API keys: shown once, hashed, scoped, ending, rotated."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.server.people.conftest import World

from touchline.errors import Conflict, InputError, Missing
from touchline.server.people import keys, tokens
from touchline.server.people.facade import by_key
from touchline.server.people.links import OPERATOR
from touchline.server.people.models import Key


def test_a_key_opens_its_workspace_with_its_scopes(world: World) -> None:
    key, token = world.key("read", "ingest")
    access = by_key(token)
    assert access is not None
    assert (access.workspace, access.key_id, access.user_id, access.scopes) == (
        "acme",
        key.prefix,
        None,
        frozenset({"read", "ingest"}),
    )
    assert token.startswith(f"tl_{key.prefix}_")


def test_the_database_does_not_hold_the_token(world: World) -> None:
    key, token = world.key("read")
    secret = token.split("_", 2)[2]
    row = Key.objects.filter(pk=key.pk).values().get()
    assert not any(secret in str(value) for value in row.values())
    assert row["digest"] == tokens.digest(token)


@pytest.mark.parametrize(
    "token", ["", "tl_", "tl__", "tl_x_y", "nothing", "tl_ü_x", "tl_" + "a" * 10_000, "\x00", "tl_a_\ud800"]
)
def test_what_is_no_key_opens_nothing(world: World, token: str) -> None:
    assert by_key(token) is None


def test_a_wrong_secret_of_a_known_key_opens_nothing(world: World) -> None:
    _key, token = world.key("read")
    assert by_key(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    assert by_key(token + "x") is None


def test_a_revoked_and_an_expired_key_open_nothing(world: World) -> None:
    revoked, first = world.key("read")
    keys.revoke(OPERATOR, revoked)
    expired, second = world.key("read", days=1)
    Key.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert by_key(first) is None
    assert by_key(second) is None
    with pytest.raises(Conflict):
        keys.revoke(OPERATOR, revoked)
    with pytest.raises(Conflict, match="revoked"):
        keys.rotate(OPERATOR, Key.objects.get(pk=revoked.pk))


def test_a_rotated_key_keeps_its_old_secret_for_the_overlap(world: World) -> None:
    key, old = world.key("read")
    new = keys.rotate(OPERATOR, key, overlap=2)
    assert by_key(old) is not None
    assert by_key(new) is not None
    assert new.split("_")[1] == old.split("_")[1]
    Key.objects.filter(pk=key.pk).update(old_until=timezone.now() - timedelta(seconds=1))
    assert by_key(old) is None
    assert by_key(new) is not None


def test_a_rotation_without_overlap_ends_the_old_secret_at_once(world: World) -> None:
    key, old = world.key("read")
    new = keys.rotate(OPERATOR, key, overlap=0)
    assert by_key(old) is None
    assert by_key(new) is not None


def test_a_second_rotation_ends_the_first_secret(world: World) -> None:
    key, first = world.key("read")
    second = keys.rotate(OPERATOR, key)
    third = keys.rotate(OPERATOR, Key.objects.get(pk=key.pk))
    assert [by_key(token) is not None for token in (first, second, third)] == [False, True, True]


def test_last_used_is_written_once_a_minute_and_a_look_is_one_query(world: World) -> None:
    key, token = world.key("read")
    by_key(token)
    first = Key.objects.get(pk=key.pk).used_at
    assert first is not None
    with CaptureQueriesContext(
        connection,
    ) as queries:
        by_key(token)
    assert len(queries) == 1
    assert Key.objects.get(pk=key.pk).used_at == first
    Key.objects.filter(pk=key.pk).update(used_at=first - timedelta(minutes=2))
    by_key(token)
    assert Key.objects.get(pk=key.pk).used_at >= first


def test_a_known_and_an_unknown_key_take_the_same_comparisons(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    key, token = world.key("read")
    keys.revoke(OPERATOR, key)
    counted: list[str] = []
    compare = tokens.matches
    monkeypatch.setattr(tokens, "matches", lambda one, kept: counted.append(kept) or compare(one, kept))
    for asked in (token, "tl_unknownkey_" + "x" * 43):
        counted.clear()
        assert by_key(asked) is None
        assert len(counted) == 2


def test_only_a_reading_key_can_be_restricted_to_segments(world: World) -> None:
    _key, token = world.key("read", segments={"region": ["emea", "apac"]})
    access = by_key(token)
    assert access is not None
    assert access.segments == (("region", ("apac", "emea")),)
    with pytest.raises(InputError, match="restricted"):
        world.key("read", "cases", segments={"region": ["emea"]})


@pytest.mark.parametrize(
    ("scopes", "more"),
    [
        ((), {}),
        (("everything",), {}),
        (("read",), {"days": 0}),
        (("read",), {"days": 1e9}),
        (("read",), {"segments": {"a": []}}),
    ],
)
def test_a_key_that_makes_no_sense_is_refused(world: World, scopes: tuple[str, ...], more: dict[str, object]) -> None:
    with pytest.raises(InputError):
        world.key(*scopes, **more)
    assert not Key.objects.exists()


def test_a_key_of_another_workspace_is_not_found(world: World) -> None:
    key, _token = world.key("read", workspace=world.other)
    with pytest.raises(Missing):
        keys.find("acme", key.prefix)


def test_a_full_disk_does_not_keep_a_key_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError
    from django.db.models import QuerySet

    _key, token = world.key("read")

    def full(*_args: object, **_more: object) -> int:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(QuerySet, "update", full)
    assert by_key(token) is not None
