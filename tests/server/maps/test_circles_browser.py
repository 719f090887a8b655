"""Who sees a map, said in the editor's dialog and on the page of its links, by keys alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.server.maps.test_editor_browser import opened, parcel, server

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from tests.server.serving import Server

    from touchline.maps import Map

__all__ = ["parcel", "server"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_map_is_kept_to_some_by_keys(browser: Browser, server: Server, parcel: Map) -> None:
    wrong: list[str] = []
    page = opened(browser, server, wrong)
    page.locator("[data-do=share]").click()
    dialog = page.locator("[data-shares]")
    assert not dialog.locator("[name=seen_by_roles]").first.is_visible()
    dialog.locator("[name=seen_by][value=all]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert dialog.locator("[name=seen_by_roles][value=viewer]").is_checked()
    page.keyboard.press("Enter")
    page.wait_for_url("**/maps/parcel/shares")
    assert server.get("/api/v1/maps/parcel/access").json()["seen_by"] == {"roles": ["viewer"], "people": []}
    assert page.locator("[name=seen_by][value=some]").is_checked()
    page.locator("[name=seen_by][value=all]").check()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/maps/parcel/shares")
    assert server.get("/api/v1/maps/parcel/access").json()["seen_by"] is None
    assert wrong == []
