"""The editor of maps at 40 steps x 20 lanes: frames while one scrolls and drags, and how long an act takes.

Needs Playwright and a Chromium (``TOUCHLINE_CHROMIUM`` or on the path). Frames are the browser's own: the time between
two calls of ``requestAnimationFrame`` while a hand moves; an act is the longest event that the browser tells of. Both
are late where other programs want the processor, too; the work of a frame or an act is the processor time that the
page's main thread spends, as the browser's own trace has it.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from benchmarks.page import Row

if TYPE_CHECKING:
    from playwright.sync_api import Page

STEPS, LANES = 40, 20
SMOOTH: Final = 20.0  # ms of a frame, at the 95th percentile: 60 a second leave 16.7
QUICK: Final = 100.0  # ms that an act may take
LIGHT: Final = 8.0  # ms of work in a frame, at the 95th percentile: half of a frame
_KINDS: Final = (
    "actions", "questions", "emotions", "pains", "touchpoints", "opportunities", "thoughts", "happy", "channels",
    "quotes", "expectations", "solutions", "front_stage", "visibility_line", "back_stage", "systems",
    "responsibilities", "notes", "handoffs", "limits",
)  # fmt: skip
_STAGES: Final = ("awareness", "consideration", "purchase", "onboarding", "delivery", "usage", "support", "renewal")
_FRAMES: Final = """() => {
    window.frames_ = [];
    let last = performance.now();
    const next = (now) => { window.frames_.push(now - last); last = now; requestAnimationFrame(next); };
    requestAnimationFrame(next);
    window.acts = 0;
    new PerformanceObserver((list) => {
        for (const one of list.getEntries()) window.acts = Math.max(window.acts, one.duration);
    }).observe({ type: "event", durationThreshold: 16 });
}"""


def large() -> dict[str, Any]:
    """Return a map of 40 steps and 20 lanes, one or two cards in each cell, as plain data."""
    columns = [(f"p{at // 5}", f"s{at}", _STAGES[at // 5]) for at in range(STEPS)]
    phases = [
        {"id": f"p{p}", "name": f"Phase {p}", "steps": [
            {"id": step, "name": f"Step {step}", "stage": stage, "believed": [{"jsi": 40 + 7 * n % 50}]}
            for n, (phase, step, stage) in enumerate(columns) if phase == f"p{p}"
        ]}
        for p in range(STEPS // 5)
    ]  # fmt: skip
    lanes = [{"id": f"l{n}", "kind": kind} for n, kind in enumerate(_KINDS)]
    cards = [
        {"id": f"c{n}-{at}-{k}", "lane": f"l{n}", "step": step, "text": f"Something that is done in lane {n}, {k}"}
        for n, kind in enumerate(_KINDS) if kind not in ("emotions", "visibility_line")
        for at, (_phase, step, _stage) in enumerate(columns) for k in range(1 + (n + at) % 2)
    ]  # fmt: skip
    return {"id": "large", "name": "Large", "phases": phases, "lanes": lanes, "cards": cards}


def run() -> list[Row]:
    """Return what was measured."""
    from tests.browsers import launched
    from tests.files import answer, take_in, write_csv
    from tests.server.serving import serving

    from touchline.workspace import Workspace

    place = Path(tempfile.mkdtemp())
    try:
        with Workspace.create(place / "desk", name="Desk") as workspace:
            take_in(workspace, write_csv(place / "a.csv", [answer(n) for n in range(1, 300)]))
        with serving(place / "desk") as server, launched() as browser:
            made = server.post("/api/v1/maps", content=json.dumps({"map": large()}))
            if made.status_code != 201:
                raise SystemExit(f"the map was not taken: {made.text}")
            page = browser.new_context(
                extra_http_headers=server.headers, viewport={"width": 1440, "height": 900}
            ).new_page()
            page.goto(f"{server.url}/w/{server.serving['workspace']}/maps/large?days=0")
            page.wait_for_selector("html[data-ready=map]")
            page.evaluate(_FRAMES)
            cards = len(large()["cards"])
            return _measured(page, f"{STEPS} steps x {LANES} lanes, {cards:,} cards")
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _measured(page: Page, what: str) -> list[Row]:
    rows = []
    for name, act in ((f"{what}: frames while one scrolls", _scrolled), ("frames while a card is dragged", _dragged)):
        _taken(page)
        work = _work(page, act)["ProxyMain::BeginMainFrame"]
        rows += [_row(name, _taken(page), SMOOTH), _row("the page's own work in such a frame", work, LIGHT)]
        page.evaluate("() => document.querySelector('.map-frame').scrollTo(0, 0)")
        page.wait_for_timeout(300)
    for name, where, keys in (
        ("a card goes to the next step", ".cardlet", "Alt+ArrowRight"),
        ("a step changes its place", "th[data-step]", "Alt+ArrowRight"),
        ("a lane changes its place", "tr[data-lane] > th", "Alt+ArrowDown"),
        ("the last act is undone", ".cardlet", "Control+z"),
    ):
        page.locator(where).nth(2).focus()
        page.wait_for_timeout(300)
        page.evaluate("() => { window.acts = 0; }")
        work = _work(page, lambda page, keys=keys: _pressed(page, keys))["RunTask"]
        took = float(page.evaluate("() => window.acts"))
        told = f"{took:.0f} ms; the longest task works for {max(work):.0f} ms"
        rows.append(Row(name, told, goal=f"under {QUICK:.0f} ms", met=took < QUICK))
    return rows


def _row(name: str, taken: list[float], goal: float) -> Row:
    half, most = (float(np.quantile(taken, at)) for at in (0.5, 0.95))
    told = f"{half:.1f} ms, p95 {most:.1f} ms"
    return Row(name, told, goal=f"p95 under {goal:.0f} ms", met=most < goal)


def _work(page: Page, act: Callable[[Page], None]) -> dict[str, list[float]]:
    """Return the processor time, in ms, of each frame and each task of the page's main thread during an act."""
    found: list[dict[str, Any]] = []
    ended: list[object] = []
    browser = page.context.new_cdp_session(page)
    browser.on("Tracing.dataCollected", lambda told: found.extend(told["value"]))
    browser.on("Tracing.tracingComplete", ended.append)
    categories = "cc,disabled-by-default-devtools.timeline,__metadata"
    browser.send("Tracing.start", {"transferMode": "ReportEvents", "categories": categories})
    act(page)
    browser.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(50)
    browser.detach()
    threads = {
        (one["pid"], one["tid"]) for one in found
        if one["name"] == "thread_name" and one["args"]["name"] == "CrRendererMain"
    }  # fmt: skip
    return {
        name: [
            one["tdur"] / 1000 for one in found
            if one["name"] == name and "tdur" in one and (one["pid"], one["tid"]) in threads
        ]
        for name in ("ProxyMain::BeginMainFrame", "RunTask")
    }  # fmt: skip


def _taken(page: Page) -> list[float]:
    found: list[float] = page.evaluate("() => window.frames_.splice(0)")
    return found[1:]


def _scrolled(page: Page) -> None:
    page.mouse.move(800, 600)
    for _ in range(40):
        page.mouse.wheel(120, 40)
        page.wait_for_timeout(30)


def _dragged(page: Page) -> None:
    box = page.locator(".cardlet").first.bounding_box()
    if box is None:
        raise SystemExit("there is no card")
    page.mouse.move(box["x"] + 20, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(900, 700, steps=60)
    page.mouse.move(500, 500, steps=60)
    page.keyboard.press("Escape")
    page.mouse.up()


def _pressed(page: Page, keys: str) -> None:
    page.keyboard.press(keys)
    page.wait_for_timeout(300)
