"""The pages: nothing inline, nothing unescaped, secrets shown once."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from tests.server.people.conftest import World

from touchline.server.people.facade import by_key
from touchline.server.people.models import Key, Link, Membership

BAD = '<script>alert(1)</script><img src=x onerror="alert(2)">'
PAGES = ["/account", "/settings/people", "/settings/keys", "/settings/audit", "/account/password", "/login"]


class Inline(HTMLParser):
    """Finds what a strict Content-Security-Policy refuses, and what came in unescaped."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "style" or (tag == "script" and not named.get("src")) or named.get("src") == "x":
            self.found.append(tag)
        for name, value in attrs:
            if name == "style" or name.startswith("on") or (value or "").startswith("javascript:"):
                self.found.append(f"{tag} {name}")

    @classmethod
    def of(cls, text: str) -> list[str]:
        """Return what is wrong with a page."""
        parser = cls()
        parser.feed(text)
        return parser.found


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_nothing_inline_and_names_its_heading(world: World, path: str) -> None:
    world.people["admin"].name = BAD
    world.people["admin"].save()
    browser = Client() if path == "/login" else world.client("admin")
    answer = browser.get(path)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert Inline.of(text) == []
    assert text.count("<h1>") == 1
    assert '<html lang="' in text


def test_every_field_has_a_label(world: World) -> None:
    for path in PAGES:
        text = (Client() if path == "/login" else world.client("admin")).get(path).content.decode()
        ids = set(re.findall(r'<(?:input|select|textarea)(?![^>]*type="(?:hidden|checkbox)")[^>]*\sid="([^"]+)"', text))
        assert ids <= set(re.findall(r'<label for="([^"]+)"', text)), path


def test_a_key_is_shown_once(world: World) -> None:
    browser = world.client("admin")
    answer = browser.post("/settings/keys/create", {"name": BAD[:90], "scopes": ["read"], "days": "90"})
    found = re.search(r"tl_\w{10}_[\w-]{43}", answer.content.decode())
    assert found is not None
    assert by_key(found.group()) is not None
    assert "no-store" in answer["Cache-Control"]
    page = browser.get("/settings/keys").content.decode()
    assert found.group() not in page
    assert "<script>alert" not in page
    prefix = Key.objects.get().prefix
    turned = browser.post(f"/settings/keys/{prefix}/rotate").content.decode()
    assert re.search(r"tl_\w{10}_[\w-]{43}", turned)
    browser.post(f"/settings/keys/{prefix}/revoke")
    assert Key.objects.get().state == "revoked"


def test_somebody_is_invited_changed_and_taken_out(world: World) -> None:
    browser = world.client("admin")
    asked = {"email": "new@acme.example", "role": "viewer", "segments": "region=emea, tier=vip"}
    answer = browser.post("/settings/people/invite", asked)
    found = re.search(r"/join/[\w-]{43}", answer.content.decode())
    assert found is not None
    assert Client().get(found.group()).status_code == 200
    assert Link.objects.get().segments == {"region": ["emea"], "tier": ["vip"]}
    number = world.people["agent"].pk
    browser.post(f"/settings/people/{number}/change", {"role": "viewer", "segments": "region=emea"})
    assert Membership.objects.get(user_id=number).access.segments == (("region", ("emea",)),)
    browser.post(f"/settings/people/{number}/remove")
    assert not Membership.objects.filter(user_id=number).exists()
    assert browser.post(f"/settings/people/{world.people['stranger'].pk}/remove").status_code == 302
    assert Membership.objects.filter(user=world.people["stranger"]).exists()


def test_a_form_that_makes_no_sense_says_so(world: World) -> None:
    browser = world.client("admin")
    for path, asked in (
        ("/settings/people/invite", {"email": "x", "role": "viewer"}),
        ("/settings/people/invite", {"email": "a@b.example", "role": "admin", "segments": "region=emea"}),
        ("/settings/people/invite", {"email": "a@b.example", "role": "viewer", "segments": "region"}),
        ("/settings/keys/create", {"name": "x"}),
        ("/settings/keys/create", {"name": "x", "scopes": ["everything"]}),
    ):
        answer = browser.post(path, asked)
        assert answer.status_code == 400, asked
        assert b"errorlist" in answer.content or b'class="note error"' in answer.content


def test_the_navigation_shows_what_one_may_use(world: World) -> None:
    assert b"/settings/keys" in world.client("admin").get("/account").content
    assert b"/settings/keys" not in world.client("viewer").get("/account").content


def test_the_workspace_of_the_settings_is_the_one_that_was_chosen(world: World) -> None:
    Membership.objects.create(user=world.people["admin"], workspace=world.other, role="admin")
    browser = world.client("admin")
    assert b"viewer@acme.example" in browser.get("/settings/people").content
    assert b"viewer@acme.example" not in browser.get("/settings/people?workspace=other").content
    assert b"viewer@acme.example" not in browser.get("/settings/people").content  # it is remembered
    assert browser.get("/settings/people?workspace=nowhere").status_code == 404


def test_an_error_is_a_page_for_people_and_json_for_programs(world: World) -> None:
    page = world.client("viewer").get("/settings/keys", HTTP_ACCEPT="text/html")
    assert page.status_code == 403
    assert b"<h1>" in page.content
    told = world.client("viewer").get("/settings/keys").json()
    assert set(told["error"]) == {"what", "where", "todo"}
    assert Client().get("/nowhere").status_code == 404


def test_the_audit_page_goes_back_in_time(world: World) -> None:
    from touchline.server.people.facade import record

    for number in range(60):
        record(None, "thing.seen" if number % 2 else "thing.made", "acme", str(number))
    browser = world.client("admin")
    first = browser.get("/settings/audit")
    assert [one.what for one in first.context["entries"]][:2] == ["59", "58"]
    older = browser.get(f"/settings/audit?before={first.context['more']}")
    assert [one.what for one in older.context["entries"]] == [str(number) for number in range(9, -1, -1)]
    assert len(browser.get("/settings/audit?action=thing.made").context["entries"]) == 30
    assert browser.get("/settings/audit?before=x").status_code == 200


def test_the_stylesheet_holds_both_themes_and_names_no_other_server() -> None:
    path = finders.find("pages/touchline.css")
    assert isinstance(path, str)
    with open(path) as file:
        text = file.read()
    assert "light-dark(#faf8f4, #14171a)" in text
    assert "http" not in text
