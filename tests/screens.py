"""Pictures of every page of the demo company, at three widths, in light and dark; `make screenshots`.

    python -m tests.screens                  pictures into screens/, those of the docs into docs/pictures/
    python -m tests.screens demo             of a workspace that is there, made before
    python -m tests.screens --only boards    some pages only
    python -m tests.screens --docs           those of the docs only

All go to ``screens/`` (not committed); a few, small ones, to ``docs/pictures``.
It needs Chromium (see tests/browsers.py).
"""

from __future__ import annotations

import argparse
import io
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx
from tests.browsers import launched
from tests.server.serving import Server, serving

from touchline.simulation.live import bring_maps

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HERE: Final = Path(__file__).resolve().parents[1]
WIDTHS: Final = (1440, 1024, 390)
SCHEMES: Final = ("light", "dark")
MOST: Final = 150_000  # bytes of a picture that is committed
#: What the README and the docs show: page, width, scheme, height, and the file's name.
SHOWN: Final = (
    ("", 1280, "light", 900, "overview-light.png"),
    ("stages/delivery", 1280, "light", 940, "stage-light.png"),
    ("maps/nordlicht", 1440, "light", 1000, "map-light.png"),
)
#: A map says so while its figures are asked for, and looks again by itself.
_ASKED: Final = "() => !document.body.innerText.includes('is being asked for')"
#: Pages that the navigation does not lead to.
MORE: Final = (
    "boards/sheet?days=91", "/patterns", "maps/new", "maps/nordlicht", "maps/nordlicht-delivery", "maps/nordlicht/gaps",
    "maps/nordlicht/story", "maps/nordlicht/stakeholders", "maps/nordlicht/compare/nordlicht-future", "personas",
    "touchpoints", "roadmap", "workshops",
)  # fmt: skip


def pages(server: Server) -> list[str]:
    """Return the pages that the navigation of the workspace leads to, and some more."""
    slug = server.serving["workspace"]
    html = server.get(f"/w/{slug}/").text
    navigation = html.split("<nav", 1)[1].split("</nav>", 1)[0]
    paths = dict.fromkeys(re.findall(r'href="(/[^"#]*)"', navigation))
    return [path.removeprefix(f"/w/{slug}/") if path.startswith(f"/w/{slug}/") else path for path in paths] + list(MORE)


def taken(browser: Browser, server: Server, page: str, width: int, scheme: str, height: int | None = None) -> bytes:
    """Return a page as PNG: all of it, or so much of its top."""
    context = browser.new_context(
        viewport={"width": width, "height": height or 900}, color_scheme=scheme,  # type: ignore[arg-type]
        extra_http_headers=server.headers, reduced_motion="reduce",
    )  # fmt: skip
    try:
        shown = context.new_page()
        path = page if page.startswith("/") else f"/w/{server.serving['workspace']}/{page}"
        shown.goto(f"{server.url}{path}", wait_until="networkidle")
        shown.wait_for_function(_ASKED, timeout=60_000)
        shown.evaluate("document.fonts.ready")
        return shown.screenshot(full_page=height is None)
    finally:
        context.close()


def small(png: bytes, most: int = MOST) -> bytes:
    """Return a picture with fewer colours, so that it is small enough to be committed."""
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB")
    made = png
    for colours in (256, 128, 64, 32):
        out = io.BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        made = out.getvalue()
        if len(made) <= most:
            return made
    raise ValueError(f"{len(made)} bytes are too many for a picture of the docs: show less of the page")


def name_of(page: str, width: int, scheme: str) -> str:
    """Return a file's name.

    >>> name_of("boards/sheet?days=91", 390, "dark")
    'boards-sheet-390-dark.png'
    """
    plain = re.sub(r"\W+", "-", page.split("?", maxsplit=1)[0]).strip("-") or "overview"
    return f"{plain}-{width}-{scheme}.png"


def main(arguments: list[str] | None = None) -> int:
    """Take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m tests.screens", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, help="a workspace; by default the demo is built")
    parser.add_argument("--only", action="append", help="pages whose path begins with this")
    parser.add_argument("--docs", action="store_true", help="the pictures of the docs only")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="touchline-screens-") as place:
        folder = given.folder or Path(place) / "demo"
        if not given.folder:
            command = [sys.executable, "-m", "touchline", "demo", "--once", "--folder", str(folder)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with serving(folder) as server, launched() as browser:
            with httpx.Client(base_url=server.url, headers=server.headers, timeout=60) as web:
                bring_maps(web)
            if not given.docs:
                _all(browser, server, given.only)
            _shown(browser, server, given.only)
    return 0


def _all(browser: Browser, server: Server, only: list[str] | None) -> None:
    into = HERE / "screens"
    if not only:
        shutil.rmtree(into, ignore_errors=True)
    into.mkdir(exist_ok=True)
    for page in pages(server):
        if only and not page.startswith(tuple(only)):
            continue
        for width in WIDTHS:
            for scheme in SCHEMES:
                (into / name_of(page, width, scheme)).write_bytes(taken(browser, server, page, width, scheme))
        print(f"{page or 'overview'}", flush=True)


def _shown(browser: Browser, server: Server, only: list[str] | None) -> None:
    docs = HERE / "docs" / "pictures"
    docs.mkdir(exist_ok=True)
    for page, width, scheme, height, name in SHOWN:
        if not only or page.startswith(tuple(only)):
            (docs / name).write_bytes(small(taken(browser, server, page, width, scheme, height)))


if __name__ == "__main__":
    sys.exit(main())
