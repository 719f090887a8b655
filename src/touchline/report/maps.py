"""A map in the formats that it is handed on in; what was measured comes with it where it is laid over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Final

from touchline.errors import unknown
from touchline.maps.drawing import draw, paper_of
from touchline.maps.drawing.cutting import sheets
from touchline.maps.pictures import NONE, Pictures
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.figures.markup import Markup
    from touchline.maps.measured import Overlay
    from touchline.maps.model import Map


@dataclass(frozen=True, slots=True)
class Format:
    """One format.

    Attributes:
        title: What people call it.
        media: Its media type.
        ending: How the name of a file ends.
    """

    title: str
    media: str
    ending: str


_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
#: The formats by name.
FORMATS: Final[dict[str, Format]] = {
    "svg": Format(phrase("SVG drawing"), "image/svg+xml", "svg"),
    "png": Format(phrase("PNG picture"), "image/png", "png"),
    "pdf": Format("PDF", "application/pdf", "pdf"),
    "pptx": Format(phrase("PowerPoint"), f"{_OFFICE}.presentationml.presentation", "pptx"),
    "xlsx": Format(phrase("Excel"), f"{_OFFICE}.spreadsheetml.sheet", "xlsx"),
    "csv": Format(phrase("CSV grid"), "text/csv; charset=utf-8", "csv"),
    "markdown": Format(phrase("Markdown"), "text/markdown; charset=utf-8", "md"),
    "mermaid": Format(phrase("Mermaid journey"), "text/vnd.mermaid; charset=utf-8", "mmd"),
    "yaml": Format(phrase("Touchline YAML"), "application/yaml; charset=utf-8", "yaml"),
}
#: Papers of a PDF: one page as large as the map, or sheets; width and height in millimetres.
PAPERS: Final[dict[str, tuple[float, float]]] = {
    "whole": (0.0, 0.0), "a4": (297.0, 210.0), "a3": (420.0, 297.0), "letter": (279.4, 215.9),
    "tabloid": (431.8, 279.4),
}  # fmt: skip
_MOST_PIXELS: Final = 40e6
_ROOM: Final = 36.0  # what a picture has around it
_PIXEL: Final = 25.4 / 96  # millimetres
_READABLE: Final = 0.74  # how much a sheet may shrink a drawing: words of 7 points
_AROUND: Final = 170.0  # title, facts and legend of a sheet, in pixels of the drawing
_FRAME: Final = re.compile(r'width="[\d.]+" height="[\d.]+"')


def export(
    whole: Map,
    overlay: Overlay | None,
    format: str,  # noqa: A002
    *,
    dark: bool = False,
    paper: str = "whole",
    pictures: Pictures = NONE,
) -> bytes:
    """Return a map in a format.

    Args:
        whole: The map.
        overlay: What was measured, if it is laid over. Grids and files of the map alone (CSV, YAML) leave it out.
        format: Of `FORMATS`.
        dark: Whether a drawing (SVG, PNG) is for dark paper.
        paper: Of `PAPERS`, for PDF: ``whole`` is one page as large as the map, others are cut into sheets that can be
            read.
        pictures: Those of cards and personas that are drawn; of the others their names are told.

    Raises:
        QuestionError: There is no such format or paper, or its optional part is not installed.

    >>> from touchline.maps.model import Map
    >>> export(Map("m", "Coffee"), None, "mermaid").decode().splitlines()
    ['journey', '    title Coffee']
    """
    if format not in FORMATS:
        raise unknown("format", format, tuple(FORMATS))
    if paper not in PAPERS:
        raise unknown("paper", paper, tuple(PAPERS))
    if format == "svg":
        drawn = draw(whole, overlay, dark=dark, pictures=pictures)
        return ('<?xml version="1.0" encoding="UTF-8"?>\n' + drawn).encode()
    if format == "png":
        return _png(draw(whole, overlay, dark=dark, pictures=pictures), dark=dark)
    if format == "pdf":
        return _pdf(whole, overlay, paper, pictures)
    return _written(whole, overlay, format, pictures)


def _written(whole: Map, overlay: Overlay | None, kind: str, pictures: Pictures) -> bytes:
    """Return a map in a format that is no drawing."""
    if kind == "pptx":
        from touchline.report.maps_slides import slides

        return slides(whole, overlay, pictures)
    if kind == "xlsx":
        from touchline.report.maps_excel import workbook

        return workbook(whole, overlay, pictures)
    if kind == "markdown":
        from touchline.maps.markdown import markdown

        return markdown(whole, overlay).encode()
    if kind == "mermaid":
        from touchline.maps.mermaid import mermaid

        return mermaid(whole, overlay).encode()
    if kind == "yaml":
        from touchline.maps.writing import write

        return write(whole).encode()
    from touchline.maps.grid import to_csv

    return to_csv(whole).encode()


def filename(whole: Map, format: str) -> str:  # noqa: A002
    """Return the name of a map's file in a format.

    >>> from touchline.maps.model import Map
    >>> filename(Map("coffee", "Coffee"), "markdown")
    'coffee.md'
    """
    if format not in FORMATS:
        raise unknown("format", format, tuple(FORMATS))
    return f"{whole.id}.{FORMATS[format].ending}"


def picture(drawing: Markup, *, scale: float = 2.0, dark: bool = False) -> bytes:
    """Return a map's drawing as PNG, twice as sharp as it is large unless it is huge.

    Raises:
        QuestionError: The extra that draws is not installed.
    """
    from touchline.report.pictures import png

    wide, tall = _size(drawing)
    wide, tall = wide + _ROOM, tall + _ROOM
    sharp = min(scale, sqrt(_MOST_PIXELS / (wide * tall)))
    return png(drawing, width=max(1, round(wide * sharp)), background=paper_of(dark))


def _png(drawing: Markup, *, dark: bool) -> bytes:
    return picture(drawing, dark=dark)


def _size(drawing: str) -> tuple[float, float]:
    """Return a drawing's width and height."""
    found = _FRAME.search(drawing)
    wide, tall = re.findall(r"[\d.]+", found[0]) if found else ("1", "1")
    return float(wide), float(tall)


def _pdf(whole: Map, overlay: Overlay | None, paper: str, pictures: Pictures) -> bytes:
    from touchline.report.pdf import on_paper

    wide, tall = PAPERS[paper]
    if paper == "whole":
        drawn = [draw(whole, overlay, pictures=pictures)]
        wide, tall = (side * _PIXEL for side in _size(drawn[0]))
    elif whole.kind == "empathy":
        drawn = [draw(whole, overlay, pictures=pictures)]
    else:
        room = (wide / _PIXEL / _READABLE - 56, tall / _PIXEL / _READABLE - _AROUND)
        cut = sheets(whole, overlay, wide=room[0], tall=room[1], pictures=pictures)
        last = len(cut)
        drawn = [
            draw(
                whole,
                overlay,
                steps=one.steps,
                lanes=one.lanes,
                routes=one.upper,
                findings=one.number == last,
                sheet=(one.number, last),
                room=room[0],
                pictures=pictures,
            )
            for one in cut
        ]
    style = (
        f"@page {{ size: {wide:.3f}mm {tall:.3f}mm; margin: 0; background: {paper_of(dark=False)} }}"
        "body { margin: 0 } section { break-after: page; text-align: center } section:last-child { break-after: auto }"
        "svg { display: block; margin: 0 auto }"
    )
    pages = "".join(f"<section>{_fitted(one, wide, tall)}</section>" for one in drawn)
    head = f"<meta charset='utf-8'><title>{_plain(whole.name)}</title><style>{style}</style>"
    return on_paper(f"<!doctype html><html lang='en'><head>{head}</head><body>{pages}</body></html>")


def _fitted(drawing: str, wide: float, tall: float) -> str:
    """Return a drawing in the size that a page has room for, in millimetres; never larger than drawn."""
    own_wide, own_tall = (side * _PIXEL for side in _size(drawing))
    shrunk = min(1.0, wide / own_wide, tall / own_tall) * 0.9999
    return _FRAME.sub(f'width="{own_wide * shrunk:.3f}mm" height="{own_tall * shrunk:.3f}mm"', drawing, count=1)


def _plain(text: str) -> str:
    from touchline.figures.markup import text as escaped

    return escaped(text)
