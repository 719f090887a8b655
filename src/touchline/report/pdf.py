"""The report as PDF, through an optional extra."""

from __future__ import annotations

import logging
import re
from base64 import b64decode
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from touchline.errors import QuestionError
from touchline.report.board import board
from touchline.report.pictures import LACKING
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.report.asked import Asked
    from touchline.report.chosen import Plan

_WEIGHT: Final = re.compile(r"font-weight(: |=\")(\d{3})\b")
#: Text with a halo: that engine paints a stroke over the letters, so the halo is drawn first, by itself.
_HALO: Final = re.compile(r"<text ([^>]*paint-order=\"stroke\"[^>]*)>(.*?)</text>", re.DOTALL)
_STROKE: Final = re.compile(r' (?:stroke|stroke-width|paint-order|class)="[^"]*"')
_FONT: Final = "".join(
    f"@font-face {{ font-family: Inter; font-weight: {weight}; src: url(font:inter-{weight}.ttf); }}"
    for weight in (400, 600)
)


def pdf(asked: Asked, plan: Plan) -> bytes:
    """Return the board report as PDF.

    Raises:
        QuestionError: WeasyPrint, or a library of the system that it needs, is not installed.
    """
    own = files("touchline.report").joinpath("pdf.css").read_text(encoding="utf-8")
    return on_paper(board(asked, plan).replace("</style>", f"{own}</style>", 1))


def on_paper(page: str) -> bytes:
    """Return a page, which has a style sheet and needs nothing from outside, as PDF in the house's font.

    Raises:
        QuestionError: WeasyPrint, or a library of the system that it needs, is not installed.
    """
    try:
        import weasyprint
    except (ImportError, OSError) as error:  # OSError: Pango is not there
        missing = isinstance(error, OSError)
        raise QuestionError(
            phrase("PDF needs an optional part"), where="pdf",
            todo=phrase("install Pango (apt install libpango-1.0-0 libpangoft2-1.0-0)") if missing
            else phrase('install it: pip install "touchline[pdf]"; or print the page into a file from your '
"browser"),
        ) from error  # fmt: skip
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it tells of every rule that is for screens
    page = page.translate(LACKING).replace("<style>", f"<style>{_FONT}", 1)
    page = _WEIGHT.sub(lambda found: f"font-weight{found[1]}{600 if int(found[2]) > 550 else 400}", page)
    page = _HALO.sub(_parted, page)
    made: bytes = weasyprint.HTML(string=page, url_fetcher=_only_ours).write_pdf(presentational_hints=True)
    return made


def _parted(found: re.Match[str]) -> str:
    """Return a text with a halo as the halo and, over it, the text."""
    return f"<text {found[1]}>{found[2]}</text><text{_STROKE.sub('', ' ' + found[1])}>{found[2]}</text>"


def _only_ours(url: str, *_more: Any, **_options: Any) -> Any:
    """Give the font and what the page holds itself; a report reaches for nothing else."""
    from weasyprint.urls import URLFetcherResponse

    if url in ("font:inter-400.ttf", "font:inter-600.ttf"):
        name = url.removeprefix("font:")
        font = files("touchline").joinpath("server", "assets", "static", "vendor", name)
        return URLFetcherResponse(url, font.read_bytes(), {"Content-Type": "font/ttf"})
    kind, _, data = url.removeprefix("data:").partition(";base64,")
    if url.startswith("data:") and kind in ("image/png", "image/jpeg"):  # what the page holds
        return URLFetcherResponse(url, b64decode(data), {"Content-Type": kind})
    raise ValueError(f"a report opens no {url[:40]}")
