"""A workshop in two browsers at once, then the roadmap: by mouse and by keys, nothing refused, nothing sideways."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.server.serving import serving

from touchline.maps.plain import to_plain

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


def entered(browser: Browser, headers: dict[str, str], wrong: list[str], width: int = 1440) -> Page:
    context = browser.new_context(extra_http_headers=headers, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    return page


def test_two_write_group_vote_and_put_it_on_the_map(tmp_path: Path, browser: Browser) -> None:
    from tests.server.maps.test_around import NOW

    with serving(tmp_path / "room") as server:
        assert server.post("/api/v1/maps", json={"map": to_plain(NOW)}).status_code == 201
        home, wrong = f"{server.url}/w/{server.serving['workspace']}", []
        lead, part = entered(browser, server.headers, wrong), entered(browser, server.headers, wrong, 390)
        lead.goto(f"{home}/workshops")
        lead.fill("input[name=title]", "Late parcels")
        lead.click(".begin button.primary")
        lead.click(".agenda button:has-text('Grid')")
        lead.wait_for_selector("[data-column=waits]")
        part.goto(lead.url)
        part.fill("[data-column=pays] .add input[name=text]", "half a sentence")

        def add(text: str) -> None:
            field = lead.locator("[data-column=waits] .add")
            field.locator("select").select_option("pains")
            field.locator("input[name=text]").fill(text)
            field.locator("input[name=text]").press("Enter")
            lead.wait_for_selector(f".sticky:has-text('{text}')")

        add("No word")
        add("No date")
        part.wait_for_selector(".sticky:has-text('No date')")
        assert part.input_value("[data-column=pays] .add input[name=text]") == "half a sentence"
        for text in ("No word", "No date"):
            lead.locator(f".sticky:has-text('{text}')").focus()
            lead.keyboard.press("x")
        lead.locator(".sticky:has-text('No date')").focus()
        lead.keyboard.press("g")
        lead.wait_for_selector(".pile.heap")
        lead.click("button:has-text('Open the voting')")
        part.wait_for_selector(".vote")
        part.locator(".vote").first.click()
        part.wait_for_selector(".dots.mine")
        lead.click("button:has-text('End the voting')")
        lead.wait_for_selector(".best")
        lead.click("button:has-text('on the map')")
        lead.wait_for_selector("small:has-text('on the map')")
        cards = server.get("/api/v1/maps/ordering").json()["map"]["cards"]
        assert [one["text"] for one in cards if one["id"].startswith("w")] == ["No word"]
        assert part.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

        lead.goto(f"{home}/roadmap")
        card = "[data-card='ordering/tell']"
        lead.locator(card).focus()
        with lead.expect_response(lambda answer: answer.url.endswith("/roadmap/status")):
            lead.keyboard.press("Alt+ArrowRight")
        assert lead.locator(f"[data-status=doing] {card}").count() == 1
        with lead.expect_response(lambda answer: answer.url.endswith("/roadmap/status")):
            lead.locator(card).drag_to(lead.locator("[data-status=done] ul"))
        lead.reload()
        assert lead.locator(f"[data-status=done] {card}").count() == 1
        assert wrong == []
        lead.context.close()
        part.context.close()
