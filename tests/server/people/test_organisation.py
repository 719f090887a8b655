"""Logging in at the organisation (OpenID Connect), against a server of our own that speaks it."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from django.test import Client
from tests.server.people.conftest import World

from touchline.errors import SettingsError
from touchline.server.people import links
from touchline.server.people.models import Membership, Session, User
from touchline.server.people.options import organisation


class Issuer:
    """An organisation's log-in: it says of everybody what `claims` says."""

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {}
        self.challenge = ""
        self.asked: list[str] = []
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer("")

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

            def _answer(self, body: str) -> None:
                issuer.asked.append(self.path)
                sent = json.dumps(issuer.answer(urlsplit(self.path).path, parse_qs(body))).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                self.wfile.write(sent)

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def answer(self, path: str, body: dict[str, list[str]]) -> dict[str, Any]:
        if path.endswith("openid-configuration"):
            names = ("authorization", "token", "userinfo")
            found = {f"{name}_endpoint": f"{self.url}/{name}" for name in names}
            return {**found, "issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        if path == "/token":
            verifier = body["code_verifier"][0].encode()
            made = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=").decode()
            assert made == self.challenge  # PKCE: who brings the code is who asked for it
            now = int(time.time())
            told = {**self.claims, "iss": self.url, "aud": "touchline", "iat": now, "exp": now + 60}
            token = jwt.encode(told, "x" * 32, algorithm="HS256")
            return {"access_token": "t", "token_type": "Bearer", "id_token": token}
        return self.claims

    def log_in(self, browser: Client, **claims: Any) -> Any:
        """Go there and come back as somebody."""
        self.claims = {"sub": claims.get("email", "x"), **claims}
        there = browser.post("/oidc/organisation/login")
        assert there.status_code == 302, there.content
        asked = parse_qs(urlsplit(there["Location"]).query)
        self.challenge = asked["code_challenge"][0]
        return browser.get(f"/oidc/organisation/callback?code=c&state={asked['state'][0]}")


@pytest.fixture
def issuer(world: World, settings: Any) -> Iterator[Issuer]:
    made = Issuer()
    settings.SOCIALACCOUNT_PROVIDERS = organisation(
        {
            "TOUCHLINE_OIDC_URL": made.url,
            "TOUCHLINE_OIDC_CLIENT_ID": "touchline",
            "TOUCHLINE_OIDC_CLIENT_SECRET": "secret",
            "TOUCHLINE_OIDC_NAME": "Acme",
            "TOUCHLINE_OIDC_DOMAINS": "trusted.example",
        }
    )
    yield made
    made.server.shutdown()
    made.server.server_close()
    made.thread.join()


def test_the_log_in_page_offers_it_where_it_is_configured(issuer: Issuer) -> None:
    assert b"Log in with Acme" in Client().get("/login").content
    assert issuer.asked == []  # a page alone calls nobody


def test_without_it_nothing_is_offered_and_nobody_is_called(world: World) -> None:
    assert b"Log in with" not in Client().get("/login").content
    assert Client().post("/oidc/organisation/login").status_code == 404


def test_one_who_has_an_account_comes_in(world: World, issuer: Issuer) -> None:
    browser = Client()
    answer = issuer.log_in(browser, email="agent@acme.example", email_verified=True)
    assert answer.status_code == 302
    assert b"agent@acme.example" in browser.get("/account").content
    again = Client()
    issuer.log_in(again, email="agent@acme.example", email_verified=True)
    assert again.get("/account").status_code == 200


def test_who_took_an_account_before_its_owner_is_out(world: World, issuer: Issuer) -> None:
    """The one who chose the password first is not the one whom the organisation knows."""
    early = world.client("agent")
    issuer.log_in(Client(), email="agent@acme.example", email_verified=True)
    assert early.get("/account").status_code == 302
    assert not User.objects.get(email="agent@acme.example").has_usable_password()
    assert Session.objects.filter(user=world.people["agent"]).count() == 1


@pytest.mark.parametrize("claims", [{"email_verified": False}, {}, {"email_verified": False, "name": "Agent"}])
def test_an_address_that_is_not_vouched_for_opens_nothing(world: World, issuer: Issuer, claims: dict[str, Any]) -> None:
    browser = Client()
    answer = issuer.log_in(browser, email="agent@acme.example", **claims)
    assert b"not invited" in answer.content
    assert browser.get("/account").status_code == 302


def test_a_domain_can_be_vouched_for(world: World, issuer: Issuer) -> None:
    links.invite(links.OPERATOR, world.acme, "eve@trusted.example", "viewer")
    browser = Client()
    issuer.log_in(browser, email="eve@trusted.example")
    assert browser.get("/account").status_code == 200


def test_somebody_unknown_does_not_come_in(world: World, issuer: Issuer) -> None:
    browser, count = Client(), User.objects.count()
    assert b"not invited" in issuer.log_in(browser, email="eve@acme.example", email_verified=True).content
    assert browser.get("/account").status_code == 302
    assert User.objects.count() == count


def test_somebody_invited_comes_in_with_their_role(world: World, issuer: Issuer) -> None:
    links.invite(links.OPERATOR, world.acme, "new@acme.example", "analyst")
    browser = Client()
    assert issuer.log_in(browser, email="New@acme.example", email_verified=True, name="New").status_code == 302
    member = Membership.objects.select_related("user").get(user__email="new@acme.example")
    assert (member.role, member.workspace, member.user.name) == ("analyst", world.acme, "New")
    assert not member.user.has_usable_password()
    assert links.invitations("acme") == []


def test_somebody_of_the_organisation_gives_themselves_no_password(world: World, issuer: Issuer) -> None:
    """It would let them in after the organisation has closed their log-in there."""
    links.invite(links.OPERATOR, world.acme, "new@acme.example", "analyst")
    browser, word = Client(), "the tide comes in at nine"
    issuer.log_in(browser, email="new@acme.example", email_verified=True)
    for path in ("/account/password", "/account/password/first"):
        browser.post(path, {"password1": word, "password2": word, "oldpassword": ""})
    assert not User.objects.get(email="new@acme.example").has_usable_password()


def test_a_closed_account_does_not_come_in(world: World, issuer: Issuer) -> None:
    User.objects.filter(email="agent@acme.example").update(is_active=False)
    browser = Client()
    issuer.log_in(browser, email="agent@acme.example", email_verified=True)
    assert browser.get("/account").status_code == 302


def test_an_answer_to_nobodys_question_is_refused(world: World, issuer: Issuer) -> None:
    issuer.claims = {"sub": "x", "email": "agent@acme.example", "email_verified": True}
    browser = Client()
    browser.get("/oidc/organisation/callback?code=c&state=made-up")
    assert browser.get("/account").status_code == 302


@pytest.mark.parametrize(
    "environment",
    [
        {"TOUCHLINE_OIDC_URL": "http://id.acme.example"},
        {"TOUCHLINE_OIDC_URL": "https://id.acme.example"},
        {"TOUCHLINE_OIDC_URL": "https://id.acme.example", "TOUCHLINE_OIDC_CLIENT_ID": "x"},
    ],
)
def test_half_a_configuration_is_said_at_the_start(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="TOUCHLINE_OIDC"):
        organisation(environment)
