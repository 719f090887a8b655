"""A real Chromium for tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_QUIET = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium: the one in $TOUCHLINE_CHROMIUM or on the path; a skip that says so where there is none."""
    pytest.importorskip("playwright.sync_api", reason="needs playwright (pip install playwright)")
    if _chromium() is None:
        pytest.skip("needs Chromium on the path, or its path in TOUCHLINE_CHROMIUM")
    with launched() as running:
        yield running


def _chromium() -> str | None:
    names = (os.environ.get("TOUCHLINE_CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)


@contextmanager
def launched() -> Iterator[Browser]:
    """A Chromium for as long as the context lasts."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=_chromium(), args=list(_QUIET))
        yield running
        running.close()
