"""The console in a real browser: walked with keys, nothing refused by the policy, what is written is kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.server.care.conftest import LATE, WHO, made
from tests.server.serving import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def test_a_case_is_found_read_and_resolved_with_keys(tmp_path: Path, browser: Browser) -> None:
    made(tmp_path / "desk")
    with serving(tmp_path / "desk") as server:
        for number, customer in enumerate((WHO, "C1", "C2")):
            told = {
                "customer": customer,
                "reason": f"Reason <b>{number}</b>",
                "key": str(number),
                "due": f"{number + 1} h",
            }
            assert server.post("/api/v1/cases", json=told).status_code == 201
        context = browser.new_context(extra_http_headers=server.headers, viewport={"width": 1440, "height": 900})
        page, wrong = context.new_page(), []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        here = f"{server.url}/w/{server.serving['workspace']}/cases?view=all"
        page.goto(here)
        assert LATE in page.locator("[data-story]").inner_text()
        page.keyboard.press("j")
        page.wait_for_selector('[data-story][data-number="2"]')
        page.keyboard.press("x")
        page.wait_for_selector("[data-bulk]", state="visible")
        page.keyboard.press("k")
        page.wait_for_selector('[data-story][data-number="1"]')
        page.keyboard.press("c")
        page.keyboard.type("half a sentence, j and k are letters here")
        page.reload()
        assert page.locator("[data-write]").input_value() == "half a sentence, j and k are letters here"
        page.locator("h1").click()
        with page.expect_navigation():
            page.keyboard.press("e")
        assert server.get("/api/v1/cases/1").json()["status"] == "resolved"
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(here)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert wrong == []
        context.close()
