"""Logging in: one password hashed whoever it is, tries counted, sessions that change, end, and can be ended."""

from __future__ import annotations

import base64
import hashlib
import hmac
import statistics
import struct
import threading
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from django.test import Client
from django.utils import timezone
from tests.server.people.conftest import PASSWORD, World

from touchline.server.people import audit, throttle
from touchline.server.people.models import Attempt, Session, User
from touchline.server.people.sessions import kept

COOKIE = settings.SESSION_COOKIE_NAME


def login(browser: Client, email: str, password: str = PASSWORD, **more: str) -> int:
    """Try to log in; return the answer's status: 302 in, 200 not."""
    return browser.post("/login", {"login": email, "password": password}, **more).status_code  # type: ignore[arg-type]


def code(secret: str, at: float | None = None) -> str:
    """Return what an authenticator app shows (RFC 6238)."""
    counter = struct.pack(">Q", int(at or time.time()) // 30)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def test_a_person_logs_in_and_out(world: World) -> None:
    browser = Client()
    assert login(browser, " Viewer@ACME.example") == 302
    assert b"viewer@acme.example" in browser.get("/account").content
    assert browser.post("/logout").status_code == 302
    assert browser.get("/account").status_code == 302
    assert not Session.objects.exclude(user=None).exists()


def test_the_answer_is_the_same_for_a_wrong_password_and_an_unknown_account(world: World) -> None:
    world.people["agent"].is_active = False
    world.people["agent"].save()
    asked = [("viewer@acme.example", "wrong"), ("nobody@acme.example", "wrong"), ("agent@acme.example", PASSWORD)]
    pages = {Client().post("/login", {"login": email, "password": word}).content.split(b"<form")[1].split(b"id_login")[0].split(b"csrfmiddlewaretoken")[0] for email, word in asked}  # fmt: skip  # noqa: E501
    told = [
        b"is not right" in Client().post("/login", {"login": email, "password": word}).content for email, word in asked
    ]
    assert len(pages) == 1
    assert told == [True, True, True]


@pytest.mark.parametrize(
    "email", ["viewer@acme.example", "nobody@acme.example", "closed@acme.example", "sso@acme.example"]
)
def test_one_password_is_hashed_whoever_it_is(world: World, email: str, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create(email="closed@acme.example", password=world.people["viewer"].password, is_active=False)
    User.objects.create_user("sso@acme.example")
    hashed: list[str] = []
    for name in ("encode", "verify"):
        method = getattr(Argon2PasswordHasher, name)
        monkeypatch.setattr(
            Argon2PasswordHasher,
            name,
            lambda self, *given, _method=method, _name=name: (hashed.append(_name), _method(self, *given))[1],
        )
    assert login(Client(), email, "wrong") == 200
    assert len(hashed) == 1


def test_the_time_tells_nothing_of_an_account(world: World, slow_passwords: int) -> None:
    assert slow_passwords == 46 * 1024
    world.people["viewer"].set_password(PASSWORD)
    world.people["viewer"].save()

    def taken(email: str) -> float:
        start = time.perf_counter()
        login(Client(), email, "wrong", REMOTE_ADDR=f"192.0.2.{taken_count()}")
        return time.perf_counter() - start

    numbers = iter(range(1, 200))

    def taken_count() -> int:
        return next(numbers)

    taken("viewer@acme.example")
    known, unknown = [], []
    for _ in range(9):
        known.append(taken("viewer@acme.example"))
        unknown.append(taken("nobody@acme.example"))
    ratio = statistics.median(known) / statistics.median(unknown)
    assert 0.5 < ratio < 2, ratio  # a quick refusal of unknown accounts would be a fraction


@pytest.mark.parametrize("email", ["viewer@acme.example", "nobody@acme.example"])
def test_one_account_from_one_address_is_slowed_down_known_or_not(world: World, email: str) -> None:
    for _ in range(throttle.SAME[0]):
        assert b"is not right" in Client().post("/login", {"login": email, "password": "wrong"}).content
    assert b"Too many tries" in Client().post("/login", {"login": email, "password": "wrong"}).content
    assert login(Client(), "viewer@acme.example", REMOTE_ADDR="192.0.2.9") == 302  # nobody is locked out elsewhere
    if email.startswith("viewer"):
        assert login(Client(), email) == 200  # even with the right password
    Attempt.objects.update(at=timezone.now() - throttle.SAME[1])
    assert login(Client(), "viewer@acme.example") == 302


def test_one_account_is_slowed_down_from_anywhere(world: World) -> None:
    now = timezone.now()
    for number in range(throttle.ACCOUNT[0]):
        throttle.begin("viewer@acme.example", f"198.51.{number}.1")
    assert throttle.begin("viewer@acme.example", "203.0.113.5") is None
    assert throttle.begin("agent@acme.example", "203.0.113.5") is not None
    assert Attempt.objects.filter(at__gte=now).count() == throttle.ACCOUNT[0] + 1


def test_one_address_is_slowed_down_at_any_accounts(world: World) -> None:
    for number in range(throttle.ADDRESS[0]):
        assert throttle.begin(f"nobody{number}@acme.example", "2001:db8::1") is not None
    assert throttle.begin("one-more@acme.example", "2001:db8::ffff") is None  # the same /64
    assert throttle.begin("one-more@acme.example", "2001:db8:0:1::1") is not None


def test_a_success_does_not_count(world: World) -> None:
    for _ in range(throttle.SAME[0] + 5):
        assert login(Client(), "viewer@acme.example") == 302


def test_attempts_hold_no_address_of_a_person(world: World) -> None:
    login(Client(), "viewer@acme.example", "wrong")
    assert not any("viewer" in str(value) for row in Attempt.objects.values() for value in row.values())


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_are_all_counted(db: None) -> None:
    passed: list[bool] = []

    def guess() -> None:
        passed.append(throttle.begin("viewer@acme.example", "192.0.2.1") is not None)
        connection.close()

    threads = [threading.Thread(target=guess) for _ in range(throttle.SAME[0] + 15)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == throttle.SAME[0] + 15
    assert sum(passed) <= throttle.SAME[0]


def test_failures_are_in_the_audit_log(world: World) -> None:
    before = len(list(audit.lines("")))
    login(Client(), "viewer@acme.example", "wrong", HTTP_X_TOUCHLINE_CLIENT="203.0.113.7")
    login(Client(), "viewer@acme.example", HTTP_X_TOUCHLINE_CLIENT="203.0.113.7")
    told = list(audit.lines(""))[before:]
    assert [(one["action"], one["ip"]) for one in told] == [
        ("login.failed", "203.0.113.7"),
        ("session.started", "203.0.113.7"),
    ]


def test_the_session_changes_at_log_in(world: World) -> None:
    browser = Client()
    browser.post("/login", {"login": "viewer@acme.example", "password": "wrong"})
    session = browser.session
    session["planted"] = "1"
    session.save()
    browser.cookies[COOKIE] = session.session_key or ""
    before = browser.cookies[COOKIE].value
    assert login(browser, "viewer@acme.example") == 302
    after = browser.cookies[COOKIE].value
    assert after != before
    assert not Session.objects.filter(session_key=kept(before)).exists()


def test_the_database_does_not_hold_the_cookie(world: World) -> None:
    browser = Client()
    login(browser, "viewer@acme.example")
    cookie = browser.cookies[COOKIE].value
    rows = list(Session.objects.values())
    assert rows
    assert not any(cookie in str(value) for row in rows for value in row.values())
    thief = Client()
    thief.cookies[COOKIE] = Session.objects.exclude(user=None).get().session_key
    assert thief.get("/account").status_code == 302


def test_the_cookie_cannot_be_read_by_scripts_and_is_not_sent_by_other_sites(world: World) -> None:
    browser = Client()
    login(browser, "viewer@acme.example")
    cookie = browser.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


def test_a_session_ends_when_idle_and_when_old(world: World) -> None:
    for change in (
        {"seen_at": timezone.now() - timedelta(hours=13)},
        {"created_at": timezone.now() - timedelta(hours=169)},
    ):
        browser = world.client("viewer")
        assert browser.get("/account").status_code == 200
        Session.objects.update(**change)
        assert browser.get("/account").status_code == 302


def test_use_keeps_a_session_alive_but_not_for_ever(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOUCHLINE_SESSION_IDLE_HOURS", "1")
    browser = world.client("viewer")
    browser.get("/account")
    Session.objects.update(seen_at=timezone.now() - timedelta(minutes=50))
    assert browser.get("/account").status_code == 200
    assert timezone.now() - Session.objects.get().seen_at < timedelta(minutes=1)
    Session.objects.update(seen_at=timezone.now() - timedelta(minutes=61))
    assert browser.get("/account").status_code == 302


def test_somebody_lists_and_ends_their_sessions_and_nobody_elses(world: World) -> None:
    here, there, foreign = world.client("viewer"), world.client("viewer"), world.client("agent")
    for browser, agent in ((here, "Firefox/140 Linux"), (there, "curl/8"), (foreign, "x")):
        browser.get("/account", HTTP_USER_AGENT=agent, HTTP_X_TOUCHLINE_CLIENT="203.0.113.9")
    page = here.get("/account").content
    assert b"curl" in page
    assert b"203.0.113.9" in page
    number = Session.objects.get(user=world.people["viewer"], agent="curl/8").number
    stolen = Session.objects.get(user=world.people["agent"]).number
    here.post(f"/account/sessions/{stolen}/end")
    assert foreign.get("/account").status_code == 200
    here.post(f"/account/sessions/{number}/end")
    assert there.get("/account").status_code == 302
    assert here.get("/account").status_code == 200


def test_all_others_can_be_ended_at_once(world: World) -> None:
    here, others = world.client("viewer"), [world.client("viewer") for _ in range(3)]
    here.post("/account/sessions/others/end")
    assert here.get("/account").status_code == 200
    assert {browser.get("/account").status_code for browser in others} == {302}


def test_a_changed_password_ends_the_other_sessions(world: World) -> None:
    here, there = world.client("viewer"), world.client("viewer")
    new = "the tide comes in at nine"
    answer = here.post("/account/password", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert answer.status_code == 302
    assert here.get("/account").status_code == 200
    assert there.get("/account").status_code == 302


def test_nobody_signs_up_by_themselves(world: World) -> None:
    for path in ("/signup", "/accounts/signup/", "/register", "/account/signup"):
        assert Client().get(path).status_code == 404


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_log_in_leads_nowhere_outside(world: World, onward: str) -> None:
    answer = Client().post("/login", {"login": "viewer@acme.example", "password": PASSWORD, "next": onward})
    assert answer.status_code == 302
    assert "evil" not in answer["Location"]
    assert not answer["Location"].startswith("javascript")


def _with_second_factor(world: World, role: str) -> tuple[str, list[str]]:
    browser = Client()
    login(browser, world.people[role].email)
    assert browser.get("/account/second-factor/on").status_code == 302  # asks for the password again
    assert browser.post("/account/confirm?next=/account/second-factor/on", {"password": PASSWORD}).status_code == 302
    page = browser.get("/account/second-factor/on")
    secret = page.context["form"].secret
    answer = browser.post("/account/second-factor/on", {"code": code(secret)})
    assert answer["Location"] == "/account/recovery-codes"
    codes = browser.get("/account/recovery-codes").context["unused_codes"]
    return secret, list(codes)


def test_the_second_factor_is_asked_and_its_secret_is_encrypted(world: World) -> None:
    secret, codes = _with_second_factor(world, "admin")
    assert len(codes) == 10
    assert not any(secret in str(row) for row in Authenticator.objects.values())
    browser = Client()
    answer = browser.post("/login", {"login": "admin@acme.example", "password": PASSWORD})
    assert answer["Location"].startswith("/login/second-factor")
    assert browser.get("/account").status_code == 302  # the password alone is not enough
    assert browser.post("/login/second-factor", {"code": "000000"}).status_code == 200
    assert browser.get("/settings/people").status_code == 302
    later = time.time() + 30  # a code is good once
    assert browser.post("/login/second-factor", {"code": code(secret, later)}).status_code == 302
    assert browser.get("/settings/people").status_code == 200


def test_a_recovery_code_lets_in_once(world: World) -> None:
    _secret, codes = _with_second_factor(world, "admin")
    for expected in (302, 200):
        browser = Client()
        login(browser, "admin@acme.example")
        assert browser.post("/login/second-factor", {"code": codes[0]}).status_code == expected


def test_guessing_the_second_factor_is_slowed_down(world: World) -> None:
    _secret, codes = _with_second_factor(world, "admin")
    browser = Client()
    login(browser, "admin@acme.example")
    for _ in range(8):
        browser.post("/login/second-factor", {"code": "000000"})
    assert browser.post("/login/second-factor", {"code": codes[0]}).status_code == 200
    assert browser.get("/account").status_code == 302


def test_a_new_password_does_not_pass_by_the_second_factor(world: World) -> None:
    from touchline.server.people import links

    _with_second_factor(world, "admin")
    token = links.offer_reset(links.OPERATOR, world.people["admin"])
    browser = Client()
    browser.post(f"/reset/{token}", {"password": "the tide comes in at nine"})
    assert browser.get("/account").status_code == 302
    answer = browser.post("/login", {"login": "admin@acme.example", "password": "the tide comes in at nine"})
    assert answer["Location"].startswith("/login/second-factor")


def test_a_form_without_its_token_is_refused(world: World) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world.people["admin"])
    assert browser.post("/settings/keys/create", {"name": "x", "scopes": ["read"]}).status_code == 403
    assert browser.post("/login", {"login": "viewer@acme.example", "password": PASSWORD}).status_code == 403
    assert browser.post("/logout").status_code == 403
