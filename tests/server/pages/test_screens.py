"""Pages whose pictures do not change by themselves, against pictures that were approved (``make screenshots``).

They are compared small and grey, with room for another version of the browser: what fails is a page that looks
different.
"""

from __future__ import annotations

import io
import os
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from tests.server.serving import serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
Image = pytest.importorskip("PIL.Image")
APPROVED = Path(__file__).with_name("approved")
SLUG = "looks"
SHRUNK = 3
PAGES = [
    ("patterns", "/patterns", 1440, "light"),
    ("login", "/login", 1024, "light"),
    ("login-dark", "/login", 390, "dark"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory):
    """A server of an empty workspace."""
    from touchline.workspace import Workspace

    folder = tmp_path_factory.mktemp("looks") / SLUG
    Workspace.create(folder, name="Looks").close()
    with serving(folder) as server:
        yield server


def grey(png: bytes) -> np.ndarray:
    picture = Image.open(io.BytesIO(png)).convert("L")
    small = picture.resize((picture.width // SHRUNK, picture.height // SHRUNK), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.int16)


def different(one: np.ndarray, other: np.ndarray) -> float:
    """Return the share of small pixels that are clearly of another tone; 1 where the sizes are."""
    if one.shape[1] != other.shape[1] or abs(one.shape[0] - other.shape[0]) > 0.02 * one.shape[0]:
        return 1.0
    rows = min(one.shape[0], other.shape[0])
    return float((np.abs(one[:rows] - other[:rows]) > 48).mean())


def test_pages_look_as_approved(browser, site) -> None:
    if not files("touchline").joinpath("server", "assets", "static", "vendor", "inter-latin.woff2").is_file():
        pytest.skip("needs the pages' font: install without TOUCHLINE_NO_WEB")
    changed = {}
    for name, path, width, scheme in PAGES:
        headers = site.headers if path == "/patterns" else {}
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, extra_http_headers=headers,
            reduced_motion="reduce",
        )  # fmt: skip
        page = context.new_page()
        page.goto(f"{site.url}{path}", wait_until="networkidle")
        page.evaluate("document.fonts.ready")
        part = page.locator(".panes") if path == "/patterns" else page.locator("body")
        png = part.screenshot()
        context.close()
        file = APPROVED / f"{name}.png"
        if os.environ.get("TOUCHLINE_APPROVE"):
            APPROVED.mkdir(exist_ok=True)
            picture = Image.fromarray(grey(png).astype(np.uint8)).quantize(32)
            picture.save(file, optimize=True)
            continue
        seen = np.asarray(Image.open(file).convert("L"), dtype=np.int16)
        share = different(seen, grey(png))
        if share > 0.02:
            changed[name] = round(share, 3)
    assert changed == {}, "look at the pages, then `make screenshots` approves them"


def test_a_page_that_looks_different_is_found() -> None:
    blank = np.full((200, 300), 250, dtype=np.int16)
    moved = blank.copy()
    moved[20:60, 20:120] = 20
    assert different(blank, blank) == 0
    assert different(blank, moved) > 0.02
    assert different(blank, blank[:150]) == 1
