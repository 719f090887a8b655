"""Stories of people at the pages, in a real browser: they do what they came for, and the browser complains of nothing.

One small company is served to all of them. Every page that a story comes to has no serious finding of axe, refuses
nothing by its policy, logs nothing, and is no wider than a phone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.server.serving import Server, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.xdist_group("stories")]
_WATCH = (
    "window.refused = []; document.addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective))"
)
_PHONE, _DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
_FAULTY = "Date,Comment,Customer,NPS\n2026-10-02,The parcel came late,c1,3\nsomeday,Never again,c2,2\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of a small simulated company, with one record that could not be taken in."""
    from touchline.cli.data import export_of
    from touchline.simulation import simulate_to
    from touchline.workspace import Workspace

    folder = tmp_path_factory.mktemp("stories") / "shop"
    with Workspace.create(folder, name="Shop & <Co>") as workspace:
        simulate_to(folder / "world", 120, 1, lambda done: None)
        workspace.take_in(export_of(folder / "world" / "interactions.csv", workspace=workspace))
        panel = folder / "panel.csv"
        panel.write_text(_FAULTY)
        workspace.take_in(export_of(panel, workspace=workspace))
    with serving(folder) as server:
        yield server


class Visitor:
    """Somebody at a browser, and what the browser complains of."""

    def __init__(self, browser: Browser, site: Server) -> None:
        context = browser.new_context(extra_http_headers=site.headers, viewport=_DESK, reduced_motion="reduce")  # type: ignore[arg-type]
        context.add_init_script(_WATCH)
        self.page: Page = context.new_page()
        self.logged: list[str] = []
        self.page.on("console", lambda message: self.logged.append(message.text))
        self.page.on("pageerror", lambda error: self.logged.append(str(error)))
        self.base = f"{site.url}/w/{site.serving['workspace']}"

    def at(self, path: str) -> Page:
        """Go to a page, and see that it is sound."""
        answer = self.page.goto(path if path.startswith("http") else f"{self.base}/{path}")
        assert answer is not None
        assert answer.status == 200, path
        self.sound()
        return self.page

    def sound(self) -> None:
        """Nobody is shut out of what is shown, and a phone shows all of it."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        bad = [(one["id"], one["nodes"][0]["html"][:200]) for one in found if one["impact"] in ("serious", "critical")]
        assert bad == [], self.page.url
        self.page.set_viewport_size(_PHONE)  # type: ignore[arg-type]
        assert self.page.evaluate("document.documentElement.scrollWidth") <= _PHONE["width"], self.page.url
        self.page.set_viewport_size(_DESK)  # type: ignore[arg-type]
        assert self.page.evaluate("refused") == [], self.page.url
        assert self.logged == [], self.page.url

    def press(self, button: str, *, within: Locator | None = None) -> None:
        """Press a button that leads to a page, and see that it is sound."""
        with self.page.expect_navigation():
            (within or self.page).get_by_role("button", name=button, exact=True).first.click()
        self.sound()


@pytest.fixture
def visitor(browser: Browser, site: Server) -> Iterator[Visitor]:
    """Somebody who has just sat down."""
    made = Visitor(browser, site)
    yield made
    made.page.context.close()


def test_an_analyst_reads_finds_corrects_and_asks_why(visitor: Visitor) -> None:
    """Feedback: filtered, searched, walked with keys, explained, put right for many at once, and taken back."""
    page = visitor.at("feedback?days=0")
    page.get_by_text("All feedback").click()
    page.get_by_label("Channel").select_option("chat")
    page.locator(".narrow").get_by_role("button", name="Show").click()
    page.wait_for_url("**channel=chat**")
    visitor.sound()
    page.get_by_role("link", name="Without chat").click()
    page.wait_for_url(lambda url: "channel" not in url)
    page.get_by_role("searchbox", name="Words").fill("late")
    page.keyboard.press("Enter")
    page.wait_for_url("**words=late**")
    assert page.locator("mark.hit").count() > 0
    page.locator("h1").click()
    for key in ("j", "x", "j", "x", "e"):
        page.keyboard.press(key)
    page.locator("[data-explanation] .mention").first.wait_for()
    assert page.locator("[data-count]").inner_text() == "2"
    visitor.sound()
    page.locator("[data-bulk]").get_by_label("Stage", exact=True).select_option("support")
    visitor.press("Correct and teach")
    page.locator("[data-lesson]:not([data-running])", has_text=re.compile("undo|label|learnt", re.I)).wait_for()


def test_a_record_that_could_not_be_read_is_mended(visitor: Visitor) -> None:
    """Quarantine: found, opened, its day put right, taken in."""
    page = visitor.at("quarantine")
    assert "Never again" in page.inner_text("main")
    page.get_by_role("link", name="Mend").click()
    visitor.sound()
    page.locator("[aria-invalid=true]").fill("2026-10-03")
    visitor.press("Try again")
    visitor.at("quarantine")
    assert "Never again" not in page.inner_text("main")


def test_a_play_is_added_tried_on_the_past_and_switched_on(visitor: Visitor) -> None:
    """Plays: one from the shelf says what it would have done, and is switched on and off again."""
    page = visitor.at("plays")
    late = page.locator(".shelf article", has_text="A late parcel")
    visitor.press("Add", within=late)
    assert page.get_by_role("heading", name="What it would have done").is_visible()
    visitor.press("Switch on")
    assert page.get_by_role("button", name="Switch off").is_visible()
    visitor.at("plays")
    visitor.press("Switch off")
    assert page.get_by_role("button", name="Switch on").first.is_visible()


def _mail(visitor: Visitor, name: str) -> Page:
    """Add an e-mail target, and go to it."""
    page = visitor.at("targets?channel=email")
    page.locator("[name=name]").fill(name)
    page.locator("[name^=field-]").first.fill("ann@example.org")
    visitor.press("Add the target")
    return visitor.at(f"targets/{name}")


def test_what_was_given_up_is_sent_again(visitor: Visitor) -> None:
    """Targets: an e-mail that no server takes is given up at once, read, and sent again by hand."""
    page = _mail(visitor, "office")
    visitor.press("Send a test")
    for _ in range(60):
        if page.get_by_text("1 were given up").count():
            break
        page.wait_for_timeout(500)
        page.goto(f"{visitor.base}/targets/office")
    page.locator("td", has_text="given up").first.wait_for()
    page.locator("td a").first.click()
    visitor.sound()
    assert "no mail server is named" in page.inner_text("main")
    page.goto(f"{visitor.base}/targets/office")
    visitor.press("Send again what was given up")


def test_a_monitor_is_made_tried_and_muted(visitor: Visitor) -> None:
    """Monitors: back-tested before it is kept, kept, muted; alerts are empty and say so."""
    page = visitor.at("monitors/new")
    page.locator("form.monitor [name=name]").fill("Delivery by chat")
    page.locator("form.monitor [name=stage]").select_option("delivery")
    visitor.press("Back-test")
    assert page.locator("#tested svg").is_visible()
    visitor.press("Save")
    visitor.at("monitors")
    row = page.locator("tr", has_text="Delivery by chat")
    visitor.press("Mute 7 days", within=row)
    assert page.locator("tr", has_text="Delivery by chat").get_by_role("button", name="Unmute").is_visible()
    visitor.at("alerts")


def test_a_gate_is_set_before_renewal_and_taken_away(visitor: Visitor) -> None:
    """Gates: a new one says at once who passes and who is held."""
    page = visitor.at("gates")
    page.get_by_text("New gate").click()
    form = page.locator("details[open] form").last
    form.locator("[name=stage]").select_option("purchase")
    form.locator("[name=of]").select_option("person")
    visitor.press("Save", within=form)
    gate = page.locator(".gate", has=page.get_by_role("heading", name="Purchase"))
    assert int(gate.locator(".kpi strong").first.inner_text()) >= 0
    gate.get_by_text("Change", exact=True).click()
    visitor.press("Remove the gate", within=gate)
    assert page.get_by_role("heading", name="Purchase").count() == 0


def test_the_programme_the_service_and_the_value_are_read(visitor: Visitor, site: Server) -> None:
    """Every question of these pages answers, or says what it lacks; none breaks."""
    for path in ("programme", "service", "value", "issues"):
        page = visitor.at(f"{path}?days=0")
        for href in [one.get_attribute("href") for one in page.locator("nav.tabs a:not(.on)").all()]:
            answer = site.get(f"{visitor.base.removeprefix(site.url)}/{path}{href}")
            assert answer.status_code == 200, href
            assert 'data-figure="' in answer.text, href
    assert visitor.logged == []


def test_a_board_is_put_together_and_kept(visitor: Visitor) -> None:
    """Boards: some sections are chosen, the sheets are shown, kept under a name, and scheduled by keyboard."""
    _mail(visitor, "board")
    page = visitor.at("boards")
    for name in ("Stage by stage", "Friction"):
        page.get_by_label(name).uncheck()
    visitor.press("Show the board")
    assert page.locator("main.board").is_visible()
    page.get_by_label("Name", exact=True).fill("For the board")
    visitor.press("Save")
    visitor.at("boards")
    kept = page.locator("tr", has_text="For the board")
    kept.get_by_text("Schedule").focus()
    page.keyboard.press("Enter")
    kept.locator("[name=every]").select_option("weekly")
    kept.get_by_role("checkbox", name="board").check()
    visitor.press("Save", within=kept)
    assert "every Monday" in page.locator("tr", has_text="For the board").inner_text()


def test_somebody_is_invited_and_a_program_gets_its_key(visitor: Visitor, site: Server) -> None:
    """Settings: people, keys, the audit log."""
    page = visitor.at(f"{site.url}/settings/people")
    page.get_by_label("E-mail").fill("ben@example.org")
    visitor.press("Make the link")
    assert "/join/" in page.locator("code.secret").inner_text()
    visitor.at(f"{site.url}/settings/keys")
    page.get_by_label("What is it for?").fill("export")
    page.get_by_label("ask questions").check()
    visitor.press("Make the key")
    key = page.locator("code.secret").inner_text()
    told = site.request("GET", "/api/v1/stages", headers={"Authorization": f"Bearer {key}"})
    assert json.loads(told.text)["figure"] == "stages"
    visitor.at(f"{site.url}/settings/audit")
    assert "key" in page.inner_text("main")


def test_two_read_while_somebody_imports(browser: Browser, site: Server, tmp_path: Path) -> None:
    """Two people read while a file is taken in: each page is whole, and both see the new count in the end."""
    readers = [Visitor(browser, site) for _ in range(2)]
    importer = Visitor(browser, site)
    rows = [f"2026-10-{1 + n % 28:02d},The parcel came {n} days late,new-{n}" for n in range(400)]
    file = tmp_path / "october.csv"
    file.write_text("\n".join(["Date,Comment,Customer", *rows]))
    page = importer.at("data")
    page.locator("input[type=file]").first.set_input_files(file)
    page.wait_for_url("**/upload/**")
    before = site.get("/api/v1/status").json()["interactions"]
    page.get_by_role("button", name="Import", exact=True).click()
    for path in ("?days=0", "stages/delivery?days=0", "heatmap?days=0", "customers?days=0"):
        for reader in readers:
            answer = reader.page.goto(f"{reader.base}/{path}")
            assert answer is not None
            assert answer.status == 200, path
            assert reader.page.locator("h1").is_visible()
    page.locator(".receipt:not([data-progress])").wait_for()
    assert site.get("/api/v1/status").json()["interactions"] == before + len(rows)
    for reader in readers:
        reader.page.goto(f"{reader.base}/customers?days=0&find=new-399")
        assert "new-399" in reader.page.inner_text("main")
        assert reader.logged == []
        reader.page.context.close()
    assert importer.logged == []
    page.context.close()
