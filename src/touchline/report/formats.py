"""The board report in the formats that it is handed on in."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Final

from touchline.errors import unknown

if TYPE_CHECKING:
    from touchline.report.asked import Asked
    from touchline.report.chosen import Plan

#: The formats, and their media types; ``png`` is a zip file of one picture a figure.
MEDIA: Final = {
    "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "pdf": "application/pdf",
    "png": "application/zip",
}


def written(asked: Asked, plan: Plan, kind: str) -> bytes:
    """Return the report in a format.

    Args:
        asked: The answers.
        plan: The sections, and the paper.
        kind: Of `MEDIA`.

    Raises:
        QuestionError: There is no such format, or its optional part is not installed.
    """
    if kind not in MEDIA:
        raise unknown("format", kind, tuple(MEDIA))
    if kind == "xlsx":
        from touchline.report.excel import workbook

        return workbook(asked, plan)
    if kind == "pptx":
        from touchline.report.slides import deck

        return deck(asked, plan)
    if kind == "pdf":
        from touchline.report.pdf import pdf

        return pdf(asked, plan)
    if kind == "png":
        return _pictures(asked, plan)
    from touchline.report.board import board

    return board(asked, plan).encode()


def ending(kind: str) -> str:
    """Return how the name of a file of this format ends.

    >>> ending("png"), ending("pdf")
    ('zip', 'pdf')
    """
    return "zip" if kind == "png" else kind


def _pictures(asked: Asked, plan: Plan) -> bytes:
    from touchline.report.pictures import drawings, png

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for one in drawings(asked, plan):
            packed.writestr(zipfile.ZipInfo(f"{one.name}.png", (1980, 1, 1, 0, 0, 0)), png(one.svg))
    return out.getvalue()
