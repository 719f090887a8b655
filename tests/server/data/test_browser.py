"""From an empty workspace to figures in a real browser: a file is dropped, its mapping put right, imported, dragged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.server.serving import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
_DROP = """async ([name, text]) => {
  const data = new DataTransfer();
  data.items.add(new File([text], name, {type: "text/csv"}));
  document.querySelector(".drop").dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true}));
}"""


def serious(shown: Page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(shown).response["violations"]
    return [one["id"] for one in found if one["impact"] in ("serious", "critical")]


def test_a_data_engineers_first_morning(browser: Browser, tmp_path: Path) -> None:
    """Nothing is refused by the policy or logged, nothing is out of reach of anybody, at either width."""
    rows = [f"2026-01-{day:02d},The parcel came {day} days late,c{day % 7},{day % 11}" for day in range(1, 29)]
    text = "\n".join(["Date,Comment,Customer,NPS", *rows, "someday,Never again,c1,3"])
    with serving(tmp_path / "fresh") as site:
        context = browser.new_context(
            extra_http_headers=site.headers, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
        )
        shown, logged = context.new_page(), list[str]()
        shown.on("console", lambda message: logged.append(message.text))
        shown.on("pageerror", lambda error: logged.append(str(error)))
        base = f"{site.url}/w/{site.serving['workspace']}"
        shown.goto(f"{base}/data")
        assert shown.get_by_role("button", name="Load the sample").is_visible()
        assert serious(shown) == []
        with shown.expect_navigation(url="**/upload/*"):
            shown.evaluate(_DROP, ["panel.csv", text])
        assert serious(shown) == []
        assert "1 row cannot be read" in shown.inner_text("main")
        shown.select_option("select[name=kind]", "survey")
        shown.locator("#preview:not(.waiting)").wait_for()
        shown.get_by_role("button", name="Import", exact=True).click()
        shown.get_by_text("29 records came").wait_for()
        shown.locator(".receipt:not([data-progress])").wait_for()
        assert shown.locator(".receipt tr", has_text="stored").inner_text().split() == ["stored", "28"]
        shown.goto(f"{base}/data")
        assert shown.locator(".quality tbody tr").count() == 1
        shown.goto(f"{base}/taxonomy")
        with shown.expect_navigation():
            shown.drag_and_drop("li[data-id=usage] .grip", "li[data-id=onboarding] .grip")
        order = [one.get_attribute("data-id") for one in shown.locator(".stage-list > li").all()]
        assert order.index("usage") < order.index("delivery")
        with shown.expect_navigation(url="**/draft"):
            shown.get_by_role("button", name="See what would move").click()
        assert serious(shown) == []
        shown.get_by_role("button", name="Save as a new version").click()
        shown.get_by_text("Done: new stages").wait_for()
        for page in ("data", "taxonomy", "taxonomy/stage/usage", "models", "retention", "privacy"):
            shown.set_viewport_size({"width": 390, "height": 844})
            shown.goto(f"{base}/{page}")
            assert serious(shown) == [], page
            assert shown.evaluate("document.documentElement.scrollWidth") <= 390, page
        assert logged == []
        context.close()
