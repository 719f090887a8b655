"""The editor in a real browser: hands, keys, two people at once; its edits are the engine's."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.files import answer, take_in, write_csv
from tests.report.test_maps_pictures import made
from tests.server.maps.test_editor import PARCEL
from tests.server.serving import Server, serving

from touchline.errors import MapError
from touchline.maps import Edit, Map, apply
from touchline.maps.plain import from_plain, to_plain
from touchline.maps.writing import ordered
from touchline.server.maps import plain
from touchline.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
_RUNS = 150


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder: Path = tmp_path_factory.mktemp("editor") / "desk"
    with Workspace.create(folder, name="Desk & Co") as workspace:
        rows = [answer(n) for n in range(1, 40)]
        take_in(workspace, write_csv(folder.parent / "a.csv", rows))
    with serving(folder) as running:
        yield running


@pytest.fixture
def parcel(server: Server) -> Map:
    """The map as it was, whatever a test did before."""
    told = {"map": to_plain(PARCEL), "replaces": True}
    assert server.post("/api/v1/maps", json=told).status_code == 201
    return PARCEL


def kept(server: Server) -> Map:
    return from_plain(Map, server.get("/api/v1/maps/parcel").json()["map"])


def opened(browser: Browser, server: Server, wrong: list[str], **how: Any) -> Page:
    given = {"extra_http_headers": server.headers, "viewport": {"width": 1440, "height": 900}, **how}
    page = browser.new_context(**given).new_page()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(f"{server.url}/w/{server.serving['workspace']}/maps/parcel?days=0")
    page.wait_for_selector("html[data-ready=map]")
    return page


def saved(page: Page) -> None:
    """Wait until the server has everything, and has drawn it anew."""
    page.wait_for_function("() => document.querySelector('[data-state]').textContent === 'Saved'")


def card(page: Page, which: str) -> Any:
    return page.locator(f'[data-card="{which}"]')


def runs() -> list[dict[str, Any]]:
    """Random edits of a map, with what the engine makes of them."""
    chance = random.Random(7)
    made = []
    for _ in range(_RUNS):
        edits: list[Edit] = []
        now = PARCEL
        for at in range(chance.randint(1, 6)):
            edit = some(now, chance, at)
            try:
                now, _undo = apply(now, [edit])
            except MapError:
                continue
            edits.append(edit)
        back = apply(PARCEL, edits)[1]
        made.append({"edits": [plain.told(one) for one in edits], "after": now, "back": back})
    return made


def some(now: Map, chance: random.Random, at: int) -> Edit:
    of = chance.choice(("phase", "step", "lane", "card", "card", "route"))
    parts = [one.id for one in (now.steps() if of == "step" else getattr(now, f"{of}s"))]
    one = chance.choice(parts or ["none"])
    before = chance.choice([*parts, ""])
    phase = chance.choice([p.id for p in now.phases] or ["none"])
    place = {
        "lane": chance.choice([one.id for one in now.lanes] or ["none"]),
        "step": chance.choice([one.id for one in now.steps()] or ["none"]),
    }
    values: dict[str, Any] = {"name": "new"}
    if of in ("card", "route"):
        values = {"text": "new"} | (place if of == "card" else {"kind": "exit", "start": place["step"]})
    inside = phase if of == "step" else ""
    return chance.choice(
        (
            Edit("add", of, f"n{at}", values | ({"kind": "notes"} if of == "lane" else {}), inside, before),
            Edit("remove", of, one),
            Edit("move", of, one, place if of == "card" else {}, chance.choice((inside, "")), before),
            Edit("set", of, one, {"text" if of in ("card", "route") else "name": chance.choice(("a", "b"))}),
        )
    )


_ENGINE = """async ([address, map, runs]) => {
    const { apply } = await import(address);
    const told = JSON.parse(document.querySelector("#map-told").textContent);
    return runs.map((edits) => {
        const after = apply(map, edits, told.defaults);
        return [after.map, apply(after.map, after.undo, told.defaults).map];
    });
}"""


def test_the_browser_edits_as_the_engine_does(server: Server, parcel: Map, browser: Browser) -> None:
    page = opened(browser, server, [])
    wanted = runs()
    address = page.evaluate("new URL('map-edits.js', document.querySelector('script[src*=\"maps/map\"]').src).href")
    found = page.evaluate(_ENGINE, [address, to_plain(PARCEL), [one["edits"] for one in wanted]])
    for one, (after, back) in zip(wanted, found, strict=True):
        assert ordered(from_plain(Map, after)) == ordered(one["after"])
        assert ordered(from_plain(Map, back)) == ordered(PARCEL)
    assert sum(len(one["edits"]) for one in wanted) > 2 * _RUNS
    page.context.close()


def test_a_map_is_made_with_hands_and_keys(server: Server, parcel: Map, browser: Browser) -> None:
    wrong: list[str] = []
    page = opened(browser, server, wrong)

    # a card is dragged under another step
    there = page.locator('tr[data-lane="does"] td[data-step="pay"]').bounding_box()
    here = card(page, "c1").bounding_box()
    page.mouse.move(here["x"] + 20, here["y"] + 8)
    page.mouse.down()
    page.mouse.move(there["x"] + 40, there["y"] + 20, steps=6)
    page.wait_for_timeout(60)
    page.mouse.up()
    saved(page)
    assert kept(server).cell("does", "pay")[0].id == "c1"

    # it is written anew where it stands, one more is added, and both go where arrow keys send them
    page.keyboard.press("Enter")
    page.keyboard.press("Control+A")
    page.keyboard.type("Pays by <b>card</b>")
    page.keyboard.press("Enter")
    page.keyboard.press("n")
    page.keyboard.type("Waits for the code")
    page.keyboard.press("Enter")
    page.keyboard.press("Alt+ArrowUp")
    page.wait_for_timeout(500)
    saved(page)
    assert [one.text for one in kept(server).cell("does", "pay")] == ["Waits for the code", "Pays by <b>card</b>"]

    # a step moves to the phase after, a lane comes and goes, and all of it is undone
    page.locator('th[data-step="pay"]').focus()
    page.keyboard.press("Alt+ArrowRight")
    page.locator('tr[data-lane="hurts"] th').focus()
    page.keyboard.press("n")
    page.keyboard.type("Promises")
    page.keyboard.press("Enter")
    page.wait_for_timeout(500)
    saved(page)
    now = kept(server)
    assert [[step.id for step in phase.steps] for phase in now.phases] == [["look"], ["pay", "wait"]]
    assert [lane.name for lane in now.lanes if lane.kind == "custom"] == ["Promises"]
    page.wait_for_timeout(1500)  # the server's own drawing takes the place of the script's
    assert page.locator("tr[data-lane]").count() == 5
    page.locator('th[data-step="look"]').focus()
    for _ in range(7):
        page.keyboard.press("Control+z")
    page.wait_for_timeout(600)
    saved(page)
    assert ordered(kept(server)) == ordered(parcel)

    # what is believed is set with keys; the panel sets the rest
    page.locator('[data-belief="look"]').focus()
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowUp")
    card(page, "c2").focus()
    page.keyboard.press("Space")
    page.select_option('form[data-of="card"] [data-field="severity"]', "gives up")
    page.fill("[data-remark] textarea", "Really, @nobody?")
    page.click("[data-remark] button")
    page.wait_for_selector("[data-thread] >> text=Really")
    page.wait_for_timeout(500)
    saved(page)
    now = kept(server)
    assert now.steps().__next__().belief().jsi == 57
    assert now.cards_of("pains")[0].severity == "gives up"
    page.reload()
    page.wait_for_selector("html[data-ready=map]")
    assert card(page, "c2").locator(".remarks").inner_text() == "1"

    # before people, and on a telephone
    page.keyboard.press("p")
    page.keyboard.press("ArrowRight")
    assert page.locator(".telling").inner_text().startswith("Look")
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert wrong == []
    page.context.close()


def test_two_change_one_map_and_neither_loses_anything(server: Server, parcel: Map, browser: Browser) -> None:
    wrong: list[str] = []
    ann, bob = (opened(browser, server, wrong) for _ in range(2))

    def write(page: Page, which: str, words: str) -> None:
        card(page, which).focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Control+A")
        page.keyboard.type(words)
        page.keyboard.press("Enter")

    # each another card: both stand, and each sees the other's by itself
    write(ann, "c1", "Looks at reviews")
    write(bob, "c2", "Later than promised")
    for page, which, words in ((ann, "c2", "Later than promised"), (bob, "c1", "Looks at reviews")):
        page.wait_for_function(
            '([which, words]) => document.querySelector(`[data-card="${which}"] .text`).textContent === words',
            arg=[which, words],
        )
    assert {one.text for one in kept(server).cards} >= {"Looks at reviews", "Later than promised"}

    # the same card at the same moment: the second is asked
    write(ann, "c3", "Tell them first")
    write(bob, "c3", "Tell them at once")
    both = (ann, bob)
    asked = None
    for _ in range(100):
        asked = next((page for page in both if page.locator("[data-clash][open]").count()), None)
        if asked:
            break
        ann.wait_for_timeout(50)
    assert asked, "nobody was asked"
    told = asked.locator("[data-clash]").inner_text()
    assert "Tell them first" in told
    assert "Tell them at once" in told

    # whoever leaves without an answer is asked again by the next visit
    again = asked.context.new_page()
    again.goto(asked.url)
    again.wait_for_selector("[data-clash][open]")
    assert "Tell them at once" in again.locator("[data-clash]").inner_text()
    assert "Tell them first" in again.locator("[data-clash]").inner_text()
    again.close()
    asked.click("[data-clash] [data-do=mine]")
    asked.wait_for_timeout(700)
    saved(asked)
    mine = "Tell them first" if asked is ann else "Tell them at once"
    assert next(one.text for one in kept(server).cards if one.id == "c3") == mine
    assert [one for one in wrong if "409" not in one] == []
    for page in both:
        page.context.close()


def test_what_could_not_be_sent_is_sent_by_the_next_visit(server: Server, parcel: Map, browser: Browser) -> None:
    page = opened(browser, server, [])
    page.route("**/edits?*", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    card(page, "c2").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Control+A")
    page.keyboard.type("Written in a tunnel")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-state] >> text=Not saved yet")
    again = page.context.new_page()
    again.goto(page.url)
    again.wait_for_selector("html[data-ready=map]")
    saved(again)
    assert next(one.text for one in kept(server).cards if one.id == "c2") == "Written in a tunnel"
    page.context.close()


def test_pictures_are_dropped_and_who_is_here_is_seen(server: Server, parcel: Map, browser: Browser) -> None:
    wrong: list[str] = []
    page = opened(browser, server, wrong)
    give = """([selector, kind, bytes]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], "shop.png", { type: "image/png" }));
      const on = document.querySelector(selector);
      if (kind === "paste") on.focus();
      const how = { bubbles: true, cancelable: true };
      const event = kind === "paste" ? new ClipboardEvent("paste", { ...how, clipboardData: data })
        : new DragEvent(kind, { ...how, dataTransfer: data });
      on.dispatchEvent(event);
    }"""
    drawn = list(made("PNG"))
    page.evaluate(give, ['[data-card="c1"]', "drop", drawn])
    page.wait_for_selector('[data-card="c1"] > img.pic[src*="/maps/parcel/pictures/"]')
    page.evaluate(give, ['[data-card="c2"]', "paste", drawn])
    page.wait_for_selector('[data-card="c2"] > img.pic')
    page.wait_for_function("() => document.querySelector('[data-card=\"c1\"] img').naturalWidth === 90")
    saved(page)
    shown = {one.id: one.picture for one in kept(server).cards}
    assert shown["c1"] == shown["c2"]
    assert shown["c1"].startswith("pictures/")
    page.keyboard.press("Control+z")
    page.wait_for_selector('[data-card="c2"] > img.pic', state="detached")

    secret = server.post("/api/v1/keys", json={"name": "Bob Stone", "scopes": ["read", "maps"]}).json()["key"]
    bob = opened(browser, server, wrong, extra_http_headers={"Authorization": f"Bearer {secret}"})
    card(bob, "c3").click()
    bob.wait_for_selector(".panel:not([hidden])")
    page.wait_for_selector('[data-card="c3"] > .at-it')
    assert page.locator("[data-here] button").get_attribute("title") == "Bob Stone"
    assert bob.locator("[data-here] button").count() == 1
    bob.context.close()
    page.wait_for_selector("[data-here] button", state="detached", timeout=30_000)
    assert page.locator(".at-it").count() == 0
    assert wrong == []
    page.context.close()
