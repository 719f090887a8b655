"""The pages in a real browser, served for real: nothing refused by the policy, nothing logged, nothing out of reach."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.server.serving import Server, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

_WATCH = (
    "window.refused = []; document.addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective))"
)
#: What a customer may write. None of it may run, and all of it is shown as it was written.
WORDS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "<b hx-get=/evil hx-trigger=load>late</b>",
    "{{ 7 * 7 }} {% now 'Y' %} javascript:alert(1)",
)
PAGES = (
    "", "heatmap?days=0", "stages", "paths?q=transitions&days=0", "issues", "customers", "customers/C1",
    "feedback?days=0", "data", "stages/delivery?days=0", "programme?days=0", "paths?q=sankey&days=0",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a small simulated company, one of whose customers writes markup."""
    from touchline.cli.data import export_of
    from touchline.simulation import simulate_to
    from touchline.workspace import Workspace

    folder = tmp_path_factory.mktemp("site") / "shop"
    with Workspace.create(folder, name="Shop & <Co>") as workspace:
        simulate_to(folder / "world", 150, 1, lambda done: None)
        workspace.take_in(export_of(folder / "world" / "interactions.csv", workspace=workspace))
        evil = folder / "evil.jsonl"
        evil.write_text(
            "\n".join(
                json.dumps(
                    {"id": str(i), "customer": "C1", "date": "2026-10-20", "comment": f"Parcel late again {words}",
                     "agent": words, "source": words, "channel": "chat"}
                )
                for i, words in enumerate(WORDS)
            )
        )  # fmt: skip
        workspace.take_in(export_of(evil, workspace=workspace))
    with serving(folder) as server:
        yield server


def _open(browser: Browser, site: Server, page: str, **options: Any) -> tuple[Page, list[str]]:
    context = browser.new_context(extra_http_headers=site.headers, **options)
    context.add_init_script(_WATCH)
    shown = context.new_page()
    logged: list[str] = []
    shown.on("console", lambda message: logged.append(message.text))
    shown.on("pageerror", lambda error: logged.append(str(error)))
    shown.on("dialog", lambda dialog: (logged.append(f"dialog {dialog.message}"), dialog.dismiss()))
    answer = shown.goto(f"{site.url}/w/{site.serving['workspace']}/{page}", wait_until="networkidle")
    assert answer is not None
    assert answer.status == 200, page
    return shown, logged


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_clean_and_within_reach_of_everybody(browser: Browser, site: Server, page: str) -> None:
    """No refusal, no message, no dialog, no serious finding of axe; at 390 px nothing is wider than the screen."""
    from axe_playwright_python.sync_playwright import Axe

    shown, logged = _open(browser, site, page, viewport={"width": 1440, "height": 1000}, color_scheme="light")
    assert shown.evaluate("refused") == []
    assert logged == []
    found = Axe().run(shown).response["violations"]
    serious = [(one["id"], one["nodes"][0]["html"][:120]) for one in found if one["impact"] in ("serious", "critical")]
    assert serious == []
    shown.context.close()
    small, logged = _open(browser, site, page, viewport={"width": 390, "height": 844}, color_scheme="dark")
    assert small.evaluate("document.documentElement.scrollWidth") <= 390
    assert logged == []
    small.context.close()


def test_words_stay_words(browser: Browser, site: Server) -> None:
    """What a customer wrote is on their page to the letter, and did nothing."""
    shown, logged = _open(browser, site, "customers/C1")
    text = shown.inner_text("main")
    for words in WORDS:
        assert words in text, words
    assert logged == []
    assert shown.query_selector("main img, main script, main [hx-get]") is None
    shown.context.close()


def test_monday_morning(browser: Browser, site: Server) -> None:
    """A CX lead opens the overview, goes to the stage that hurts, to its paths by keyboard, and to one customer."""
    shown, logged = _open(browser, site, "", viewport={"width": 1440, "height": 1000})
    assert shown.locator(".headline .first").inner_text().strip().endswith(".")
    shown.locator(".atts a").first.click()
    shown.wait_for_url("**/stages/**")
    assert shown.locator("h1").is_visible()
    shown.locator(".chain li, .chain + p, .figure .nothing").first.wait_for(timeout=60_000)
    shown.keyboard.press("g")
    shown.keyboard.press("p")
    shown.wait_for_url("**/paths**")
    shown.get_by_role("link", name="Transitions").click()
    shown.select_option("select[name=days]", "0")
    shown.wait_for_url("**days=0**")
    shown.get_by_text("All numbers").click()
    shown.locator("a.who").first.click()
    shown.wait_for_url("**/who**")
    shown.locator("table.people a").first.click()
    shown.wait_for_url("**/customers/**")
    assert shown.locator("ol.timeline li").count() > 0
    assert logged == []
    shown.context.close()


def test_new_feedback_appears_by_itself(browser: Browser, site: Server) -> None:
    """A page that is open shows a record that comes in while it is, without being loaded again."""
    shown, logged = _open(browser, site, "feedback?days=0")
    assert "wholly unheard of" not in shown.inner_text("main")
    sent = {
        "id": "live-1", "source": "desk", "kind": "chat", "author": "customer", "customer_ref": "C2",
        "occurred_at": "2026-10-21T10:00:00Z", "text": "A delay wholly unheard of, I am furious.",
    }  # fmt: skip
    assert site.post("/api/v1/interactions", json=sent).status_code == 202
    shown.locator("blockquote", has_text="wholly unheard of").wait_for(timeout=60_000)
    assert logged == []
    shown.context.close()


def test_by_keyboard_alone(browser: Browser, site: Server) -> None:
    """The first tab leads to the content, past the navigation."""
    shown, _ = _open(browser, site, "")
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.className") == "skip"
    shown.keyboard.press("Enter")
    assert shown.evaluate("document.activeElement.id") == "main"
    shown.context.close()


def test_screens_are_kept_for_looking_at(browser: Browser, site: Server, tmp_path: Path) -> None:
    """Every page has a picture of more than one colour at every width and in both schemes."""
    for width, scheme in ((1440, "light"), (1024, "dark"), (390, "light")):
        shown, _ = _open(browser, site, "", viewport={"width": width, "height": 900}, color_scheme=scheme)
        picture = tmp_path / f"{width}-{scheme}.png"
        shown.screenshot(path=picture, full_page=True)
        assert picture.stat().st_size > 20_000
        shown.context.close()
