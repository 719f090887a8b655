"""In a real browser, light and dark: people do what they came for, and the browser has nothing to complain of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.server.people.conftest import PASSWORD

from touchline.server.people.facade import setup_link
from touchline.server.people.models import Membership
from touchline.server.workspaces.facade import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
CHROMIUM = "/usr/bin/chromium"
PAGES = ("/account", "/settings/people", "/settings/keys", "/settings/audit", "/account/password")


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty page of a browser; it keeps what the browser complained of in `complaints`."""
    sync_api = pytest.importorskip("playwright.sync_api")
    if not Path(CHROMIUM).exists():
        pytest.skip("needs Chromium: apt-get install -y chromium")
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in the thread of the test
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        made = browser.new_page()
        made.complaints = []
        made.on("console", lambda one: made.complaints.append(one.text) if one.type in ("error", "warning") else None)
        made.on("pageerror", lambda error: made.complaints.append(str(error)))
        yield made
        browser.close()


def test_the_first_administrator_invites_somebody_and_makes_a_key(page: Any, live_server: Any) -> None:
    Workspace.objects.create(slug="acme", name="Acme", folder="/nowhere/acme")
    page.goto(str(setup_link(live_server.url)))
    page.get_by_label("Your name").fill("Ann")
    page.get_by_label("E-mail").fill("ann@acme.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    page.wait_for_url("**/w/acme/")
    page.wait_for_load_state("networkidle")
    page.complaints.clear()  # of the overview: nobody holds the workspace open here
    assert Membership.objects.get().role == "admin"
    page.goto(f"{live_server.url}/settings/people")
    page.get_by_label("E-mail").fill("ben@acme.example")
    page.get_by_role("button", name="Make the link").click()
    assert "/join/" in page.locator("code.secret").inner_text()
    page.goto(f"{live_server.url}/settings/keys")
    page.get_by_label("What is it for?").fill("export")
    page.get_by_label("ask questions").check()
    page.get_by_role("button", name="Make the key").click()
    assert page.locator("code.secret").inner_text().startswith("tl_")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for path in PAGES:
            page.goto(f"{live_server.url}{path}")
            width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert width <= 0, path
    page.set_viewport_size({"width": 390, "height": 800})
    for path in PAGES:
        page.goto(f"{live_server.url}{path}")
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, path
    assert page.complaints == []
