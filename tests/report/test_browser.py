"""The report in a real browser: nothing logged, nothing refused by the policy, nothing wider than the screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.report.journeys import Warehouse, journey_of
from tests.report.test_report import NOW
from tests.worlds import make_world

from touchline.report import write_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_WATCH = (
    "window.refused = []; document.addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective))"
)
_OVERLAPS = """() => {
  const texts = [...document.querySelectorAll('.tl-journey g text')];
  const boxes = texts.map(text => [text.textContent, text.getBoundingClientRect()]);
  const found = [];
  for (const [i, [one, a]] of boxes.entries()) for (const [other, b] of boxes.slice(i + 1)) {
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 1 && high > 3) found.push([one, other]);
  }
  return found;
}"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A rich report and an empty one."""
    folder = tmp_path_factory.mktemp("reports")
    worlds = {"rich": make_world(7, conversations=1500, customers=400), "empty": make_world(conversations=0)}
    for name, tables in worlds.items():
        filters = NOW if name == "rich" else None
        write_report(
            journey_of(Warehouse(), tables), folder / f"{name}.html", title="Nordlicht Retail", filters=filters
        )
    return {name: folder / f"{name}.html" for name in worlds}


def opened(browser: Browser, file: Path, **options: Any) -> tuple[Any, list[str]]:
    """Open a file in a context of its own; return the page and the list that fills with what it logs."""
    page = browser.new_context(**options).new_page()
    logged: list[str] = []
    page.on("console", lambda message: logged.append(message.text))
    page.on("pageerror", lambda error: logged.append(str(error)))
    page.on("request", lambda request: logged.append(request.url) if request.url.startswith("http") else None)
    page.add_init_script(_WATCH)
    page.goto(file.as_uri())
    return page, logged


@pytest.mark.browser
@pytest.mark.parametrize("world", ["rich", "empty"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 1024, 390])
def test_it_opens_clean_and_fits(browser: Browser, files: dict[str, Path], width: int, scheme: str, world: str) -> None:
    page, logged = opened(browser, files[world], viewport={"width": width, "height": 900}, color_scheme=scheme)
    assert logged == []
    assert page.evaluate("refused") == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == ("rgb(250, 248, 244)" if scheme == "light" else "rgb(20, 23, 26)")
    page.context.close()


@pytest.mark.browser
def test_what_is_too_wide_scrolls_in_its_own_frame_and_takes_the_keyboard(
    browser: Browser, files: dict[str, Path]
) -> None:
    page, _ = opened(browser, files["rich"], viewport={"width": 390, "height": 900})
    frame = page.locator(".journey .scroll").first
    assert frame.evaluate("e => e.scrollWidth > e.clientWidth")
    frame.focus()
    assert page.evaluate("document.activeElement.className") == "scroll"
    page.context.close()


@pytest.mark.browser
def test_texts_on_the_journey_line_do_not_overlap(browser: Browser, files: dict[str, Path]) -> None:
    page, _ = opened(browser, files["rich"], viewport={"width": 1440, "height": 900})
    overlaps = page.evaluate(_OVERLAPS)
    assert overlaps == []
    page.context.close()


@pytest.mark.browser
def test_it_prints_on_a_few_pages_in_light_colours(browser: Browser, files: dict[str, Path]) -> None:
    page, _ = opened(browser, files["rich"], color_scheme="dark")
    printed = page.pdf(prefer_css_page_size=True)
    assert 4 <= printed.count(b"/Type /Page\n") <= 12
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 34, 40)"
    page.context.close()
