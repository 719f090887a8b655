"""Stories of people at the pages, in a real browser: they do what they came for, and the browser complains of nothing.

One small company is served to all of them. Every page that a story comes to has no serious finding of axe, refuses
nothing by its policy, logs nothing, and is no wider than a phone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from csv import DictReader
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.server.pages.visitors import DESK, Newcomer, Typist, Visitor
from tests.server.serving import Server, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600), pytest.mark.xdist_group("stories")]
_NEW = 400
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


@pytest.fixture
def visitor(browser: Browser, site: Server) -> Iterator[Visitor]:
    """Somebody who has just sat down."""
    made = Visitor(browser, site)
    yield made
    made.page.context.close()


def _entered(browser: Browser, site: Server) -> Page:
    """The first administrator, who has just come in by the link that the server said."""
    page = browser.new_context(viewport=DESK).new_page()  # type: ignore[arg-type]
    for _ in range(100):  # it is said a moment after the server is ready
        if found := re.findall(r"http\S+/setup/\S+", site.output()):
            break
        page.wait_for_timeout(200)
    page.goto(found[-1])
    for label, words in (
        ("Your name", "Nina"),
        ("E-mail", "nina@example.org"),
        ("Password", "correct-horse-9-battery"),
    ):
        page.get_by_label(label).fill(words)
    page.get_by_role("button", name="Create the account").click()
    return page


def test_a_newcomer_makes_a_map_from_a_template_and_sees_what_was_measured(browser: Browser, site: Server) -> None:
    """From the first page after the set-up to a measured JSI with its n: by words in sight, in under two minutes."""
    page = _entered(browser, site)
    page.get_by_role("heading", name="Overview").wait_for()

    nina = Newcomer(page)
    nina.press(page.get_by_role("link", name="Maps", exact=True))
    nina.press(page.get_by_role("link", name="Choose a template"))
    usual = page.locator("label.template", has=page.locator("input:checked"))
    assert "9 of 9 steps on your stages" in usual.inner_text()
    nina.write(page.get_by_label("Name", exact=True), "How people buy here")
    nina.press(page.get_by_role("button", name="Make the map"))
    node = page.locator("tr[data-kind=emotions] .was", has=page.locator("text.known")).first
    node.locator("text.known").wait_for()
    took = nina.took()
    assert took < 120, (took, nina.acts)
    assert len(nina.acts) == 4, nina.acts

    box = node.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < DESK["height"], "it is in sight without a turn of the wheel"
    jsi, known = node.locator("text.val").text_content(), node.locator("text.known").text_content()
    stage = page.locator(f"th[data-step={node.get_attribute('data-measured')}] small").inner_text()
    table = site.get(f"/w/{site.serving['workspace']}/figure.csv?q=stages").text  # what the overview says
    told = next(row for row in DictReader(StringIO(table)) if row["stage"] == stage.lower())
    assert (jsi, (known or "").rpartition("n ")[2]) == (f"{float(told['jsi']):.0f}", told["n"])
    page.context.close()


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
        if page.locator("td", has_text="given up").count():
            break
        page.wait_for_timeout(500)
        page.goto(f"{visitor.base}/targets/office")
    assert page.get_by_text("1 were given up").count()
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


_READ = """async (paths) => Promise.all(paths.map(async (path) => {
    const answer = await fetch(path, { cache: "no-store" });
    return [answer.status, await answer.text()];
}))"""


def test_two_read_while_somebody_imports(browser: Browser, site: Server, tmp_path: Path) -> None:
    """Two people read pages at one moment, again and again, while a file is taken in.

    Each page is whole; what each of them is told never falls behind what they were told before; both see the new count
    in the end.
    """
    readers = [Visitor(browser, site) for _ in range(2)]
    importer = Visitor(browser, site)
    rows = [f"2026-10-{1 + n % 28:02d},The parcel came {n} days late,new-{n}" for n in range(_NEW)]
    file = tmp_path / "october.csv"
    file.write_text("\n".join(["Date,Comment,Customer", *rows]))
    for reader in readers:
        reader.page.goto(f"{reader.base}/?days=0")
    page = importer.at("data")
    page.locator("input[type=file]").first.set_input_files(file)
    page.wait_for_url("**/upload/**")
    before = site.get("/api/v1/status").json()["interactions"]
    page.get_by_role("button", name="Import", exact=True).click()
    page.locator("[data-progress]").wait_for()

    paths = [f"{importer.base}/{path}?days=0" for path in ("", "stages/delivery", "heatmap", "customers")]
    seen: list[list[int]] = [[before], [before]]
    during = 0
    while not page.locator(".receipt:not([data-progress])").count():
        for reader in readers:  # both begin before either is waited for
            reader.page.evaluate(f"(paths) => {{ window.read = ({_READ})(paths); }}", paths)
        for reader, counts in zip(readers, seen, strict=True):
            answers = reader.page.evaluate("() => window.read")
            assert [(status, "</html>" in text) for status, text in answers] == [(200, True)] * len(paths)
            told = re.search(r"of ([\d,]+)\s+interactions", answers[0][1])
            assert told is not None
            counts.append(int(told[1].replace(",", "")))
        during += 1
    assert during, "the import was done before anybody read"
    after = before + len(rows)
    assert site.get("/api/v1/status").json()["interactions"] == after
    for reader, counts in zip(readers, seen, strict=True):
        assert counts == sorted(counts)
        assert counts[-1] <= after
        reader.page.goto(f"{reader.base}/customers?days=0&find=new-{_NEW - 1}")
        assert f"new-{_NEW - 1}" in reader.page.inner_text("main")
        assert reader.logged == []
        reader.page.context.close()
    assert importer.logged == []
    page.context.close()


@pytest.fixture
def typist(browser: Browser, site: Server) -> Iterator[Typist]:
    """Somebody who has just sat down, and has no mouse."""
    made = Typist(browser, site)
    yield made
    assert made.logged == []
    made.page.context.close()


def test_the_way_from_the_overview_to_the_comments_needs_no_mouse(typist: Typist) -> None:
    """The filter bar; a stage that needs attention, its cause, its comments; a cell; words that are sought."""
    page = typist.go("")
    period = page.locator("main select[name=days]")
    typist.reach(period)
    with page.expect_navigation(url="**days=0**"):
        page.keyboard.type("All time")
        typist.keys("Enter")
    typist.past()
    typist.follow(page.locator("main a", has_text="below its target").first)
    stage = page.locator("h1").inner_text()
    cause = page.locator(".causes a").first
    named = cause.inner_text()
    typist.follow(cause)
    assert page.get_by_role("link", name=f"Without {stage}").is_visible()
    assert page.get_by_role("combobox", name="Theme").first.locator("option:checked").inner_text() == named
    typist.reach(page.locator("main a", has_text="Why?").first)

    typist.go("heatmap?days=0")
    cell = page.get_by_role("link", name=re.compile(r"^Support, All: \d+ "))
    many = re.search(r"n (\d+)", cell.get_attribute("aria-label") or "")
    assert many is not None
    typist.follow(cell)
    assert page.get_by_role("link", name="Without Support").is_visible()

    typist.keys("/")
    page.keyboard.type("parcel")
    with page.expect_navigation(url="**q=parcel**"):
        typist.keys("Enter")
    typist.past()
    assert page.locator("mark").count() > 0


def test_a_case_is_worked_to_its_end_without_a_mouse(typist: Typist, site: Server) -> None:
    """Opened by hand, taken on, written to, resolved with what came of it and why, and closed."""
    page = typist.go("cases?view=all")
    typist.reach(page.get_by_text("Open a case", exact=True))
    typist.keys("Enter")
    form = page.locator("details[open] form")
    typist.reach(form.locator("[name=customer]"))
    page.keyboard.type("C9")
    typist.reach(form.locator("[name=reason]"))
    page.keyboard.type("The parcel never came")
    typist.follow(form.get_by_role("button", name="Open"))
    number = int(page.locator("[data-story]").get_attribute("data-number") or 0)

    words = page.locator("[data-write]")
    typist.reach(words)
    page.keyboard.type("Rang C9, a new parcel is on its way")
    typist.follow(page.get_by_role("button", name="Write", exact=True))
    for name, chosen in (("status", "Closed"), ("outcome", "Recovered"), ("root_cause", "The courier's depot")):
        field = page.locator(f".props [name={name}]").locator("visible=true")
        typist.reach(field)
        page.keyboard.type(chosen)
    typist.follow(page.get_by_role("button", name="Keep", exact=True))
    told = site.get(f"/api/v1/cases/{number}").json()
    assert (told["status"], told["outcome"], told["root_cause"]) == ("closed", "recovered", "The courier's depot")
    assert [one["text"] for one in told["comments"]] == ["Rang C9, a new parcel is on its way"]


def test_a_card_of_a_map_is_moved_without_a_mouse(typist: Typist, site: Server) -> None:
    """From the list of maps into the grid with Tab, along it with arrows, and a card to the step after."""
    made = {"template": "journey", "name": "With keys"}
    which = site.post("/api/v1/maps", json=made).json()["id"]
    page = typist.go("maps")
    typist.follow(page.get_by_role("link", name="With keys"))
    page.wait_for_selector("html[data-ready=map]")
    page.locator(".emotions .known").first.wait_for()  # what was measured came later, and the way in is still there
    first = page.locator("tbody .cardlet").first
    moved = first.get_attribute("data-card")
    typist.reach(first)
    typist.keys("ArrowDown", "ArrowUp", "Alt+ArrowRight")
    page.wait_for_function("() => document.querySelector('[data-state]').textContent === 'Saved'")
    assert page.evaluate("document.activeElement.dataset.card") == moved
    now = site.get(f"/api/v1/maps/{which}").json()["map"]
    steps = [step["id"] for phase in now["phases"] for step in phase["steps"]]
    assert next(card["step"] for card in now["cards"] if card["id"] == moved) == steps[1]
    typist.keys("Control+z")
    page.wait_for_timeout(600)
    page.wait_for_function("() => document.querySelector('[data-state]').textContent === 'Saved'")
    now = site.get(f"/api/v1/maps/{which}").json()["map"]
    assert next(card["step"] for card in now["cards"] if card["id"] == moved) == steps[0]
