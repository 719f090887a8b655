"""People at a browser, for stories: one who sees that each page is sound, a newcomer, and one without a mouse."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page
    from tests.server.serving import Server

WATCH = (
    "window.refused = []; document.addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective))"
)
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


class Visitor:
    """Somebody at a browser, and what the browser complains of."""

    def __init__(self, browser: Browser, site: Server) -> None:
        context = browser.new_context(extra_http_headers=site.headers, viewport=DESK, reduced_motion="reduce")  # type: ignore[arg-type]
        context.add_init_script(WATCH)
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
        self.page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        assert self.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], self.page.url
        self.page.set_viewport_size(DESK)  # type: ignore[arg-type]
        assert self.page.evaluate("refused") == [], self.page.url
        assert self.logged == [], self.page.url

    def press(self, button: str, *, within: Locator | None = None) -> None:
        """Press a button that leads to a page, and see that it is sound."""
        with self.page.expect_navigation():
            (within or self.page).get_by_role("button", name=button, exact=True).first.click()
        self.sound()


class Newcomer:
    """Somebody who has never seen a page of these, reads each before the next act, and goes by what is in sight.

    Attributes:
        acts: What was done: pressed and typed.
        seconds: What it takes: reading, the hand and its typing, and the machine's answers.
    """

    READS, TYPES = 5.0, 0.3  # seconds before each act; per letter

    def __init__(self, page: Page) -> None:
        self.page, self.acts, self.seconds, self.since = page, list[str](), 0.0, perf_counter()

    def _sees(self, what: Locator) -> None:
        """It is there, and in the window without a turn of the wheel."""
        what.wait_for()
        box = what.bounding_box()
        assert box is not None
        assert 0 <= box["y"] <= DESK["height"] - box["height"], "one has to look for it"
        self.seconds += self.READS

    def press(self, what: Locator) -> None:
        """Press what stands there."""
        self._sees(what)
        self.acts.append(f"press {what.inner_text()}")
        what.click()

    def write(self, what: Locator, words: str) -> None:
        """Type some words."""
        self._sees(what)
        self.acts.append(f"type {words}")
        self.seconds += self.TYPES * len(words)
        what.press_sequentially(words)

    def took(self) -> float:
        """Return the seconds so far: a person's, counted, and the machine's, as they were."""
        return self.seconds + perf_counter() - self.since


_LINED = """one => [[one], [one, "::after"], [one.closest("label") ?? one]].some(
    (at) => getComputedStyle(...at).outlineStyle !== "none")"""


class Typist(Visitor):
    """Somebody with a keyboard and no mouse, who sees where they are."""

    def __init__(self, browser: Browser, site: Server) -> None:
        super().__init__(browser, site)
        self.page.add_init_script("addEventListener('pointerdown', () => console.error('a hand was there'), true)")

    def go(self, path: str) -> Page:
        """Go to a page, and past its navigation."""
        self.page.goto(f"{self.base}/{path}")
        return self.past()

    def past(self) -> Page:
        """Pass over what stands on every page."""
        self.page.wait_for_load_state()
        if not self.page.url.endswith("#main"):
            self.keys("Tab")
            assert self.here() == "Skip to the page"
            self.keys("Enter")
        return self.page

    def keys(self, *names: str) -> None:
        """Press some keys."""
        for name in names:
            self.page.keyboard.press(name)

    def here(self) -> str:
        """Return what the focus is on, as it is called."""
        said = "() => { const at = document.activeElement; return at.ariaLabel || at.textContent || ''; }"
        return " ".join(str(self.page.evaluate(said)).split())

    def reach(self, what: Locator, *, most: int = 60) -> None:
        """Go to something with Tab, and see a line around it."""
        what.wait_for()
        for _ in range(most):
            self.keys("Tab")
            if what.evaluate("one => one === document.activeElement"):
                assert what.evaluate(_LINED), f"nothing shows where one is: {what}"
                return
        raise AssertionError(f"{most} times Tab, and not there: {what}; last at {self.here()!r}")

    def follow(self, what: Locator) -> Page:
        """Go to a link or a button with Tab, press it, and be on the page after it."""
        self.reach(what)
        with self.page.expect_navigation():
            self.keys("Enter")
        return self.past()
