"""Pages of log-in, account and settings say nothing in English to a German reader, but names, addresses and codes."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client
from django.utils import translation
from tests.server.people.conftest import World

from touchline.server.people import links
from touchline.server.people.facade import record
from touchline.server.people.roles import ROLE_NAMES, ROLES

PAGES = ["/account", "/settings/people", "/settings/keys", "/settings/audit", "/account/password", "/account/confirm"]
#: What is the same in both languages: names, codes, what the log keeps as it was, and words that German has, too.
SAME = re.compile(
    r"[\W\d_]*|\S+@\S+( as viewer)?|[a-z]+\.[a-z]+|\d+ \w+ \d.*|(404 )?· Touchline|Touchline|English|Deutsch|Español"
    r"|Acme|Viewer|Analyst|Agent|Manager|Admin|Name|Person|CSV|NDJSON|curl|tl_.*|(\w{10} test: )?read|test|command line"
)


def told(page: str) -> set[str]:
    """Return the texts of a page, and what its attributes say."""
    page = re.sub(r"<(script|style|svg|nav)\b.*?</\1>", " ", page, flags=re.S)
    said = re.findall(r'\s(?:title|aria-label|alt|placeholder)="([^"]*)"', page)
    said += re.sub(r"<[^>]*>", "\n", page).split("\n")
    return {one for text in said if (one := html.unescape(text).strip())}


def both(browser: Client, path: str) -> tuple[set[str], set[str]]:
    """Return what a page says in English, and in German."""
    pages = [browser.get(path, headers={"accept-language": one, "accept": "text/html"}) for one in ("en", "de")]
    assert {page.status_code for page in pages} <= {200, 403, 404}, path
    return told(pages[0].content.decode()), told(pages[1].content.decode())


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_the_account_is_german_throughout(world: World, path: str) -> None:
    world.key("read")
    links.invite(links.OPERATOR, world.acme, "new@acme.example", "viewer")
    record(None, "login.failed", "acme")
    english, german = both(world.client("admin"), path)
    assert {one for one in english & german if not SAME.fullmatch(one)} == set()
    assert len(english - german) > 5


def test_who_comes_in_reads_german(world: World) -> None:
    _link, token = links.invite(links.OPERATOR, world.acme, "new@acme.example", "viewer")
    for path in ("/login", f"/join/{token}", "/join/gone", "/reset/gone"):
        english, german = both(Client(), path)
        assert {one for one in english & german if not SAME.fullmatch(one)} == set(), path
    assert {"Acme beitreten", "Beitreten"} <= both(Client(), f"/join/{token}")[1]


def test_every_role_has_its_name(world: World) -> None:
    assert set(ROLE_NAMES) == {*ROLES, "guest"}
    with translation.override("de"):
        assert "Gast" in [str(name) for name in ROLE_NAMES.values()]
        assert not {str(name) for name in ROLE_NAMES.values()} & set(ROLE_NAMES)


def test_refusals_are_german_on_pages_and_english_for_programs(world: World) -> None:
    german = {"accept-language": "de"}
    asked = {"login": "viewer@acme.example", "password": "wrong"}
    page = Client().post("/login", asked, headers=german).content.decode()
    assert "Die Adresse oder das Passwort stimmt nicht." in page
    browser = world.client("viewer")
    assert (
        "Die Rolle Lesezugriff erlaubt dies nicht: Personen und Schlüssel verwalten"
        in both(browser, "/settings/keys")[1]
    )
    assert browser.get("/settings/keys", headers=german).json()["error"]["what"] == (
        "the role viewer does not allow to look after people and keys"
    )
    given = {"email": "a@b.example", "role": "admin", "segments": "region=emea"}
    page = world.client("admin").post("/settings/people/invite", given, headers=german).content.decode()
    assert "Nur wer liest und sonst nichts tut, kann auf Segmente beschränkt werden; geben Sie die Rolle" in page
