"""Maps as files that leave the server."""

from __future__ import annotations

import json
from typing import Final

from django.http import HttpResponse

from touchline.maps.measured import Overlay
from touchline.maps.pictures import NONE
from touchline.maps.plain import to_plain
from touchline.server.maps import pictures
from touchline.server.maps.keeping import Kept

#: A format of the server's own: the map as the API takes it.
JSON: Final = "json"
_DRAWN: Final = frozenset(("svg", "png", "pdf", "pptx", "xlsx"))


def response(
    kept: Kept, overlay: Overlay | None, kind: str, *, dark: bool = False, paper: str = "whole"
) -> HttpResponse:
    """Return a map as a file, as an answer.

    Args:
        kept: The map; drawings show its pictures.
        overlay: What was measured, where it is laid over.
        kind: Of `touchline.report.maps.FORMATS`, or ``json``.
        dark: Whether a drawing is for dark paper.
        paper: Of `touchline.report.maps.PAPERS`, for PDF.

    Raises:
        QuestionError: There is no such format or paper, or its optional part is not installed.
    """
    from touchline.report.maps import FORMATS, export, filename

    now = kept.map
    if kind == JSON:
        body = json.dumps(to_plain(now), ensure_ascii=False, indent=2).encode()
        answer = HttpResponse(body, content_type="application/json")
        answer["Content-Disposition"] = f'attachment; filename="{now.id}.json"'
    else:
        shown = pictures.of(kept) if kind in _DRAWN else NONE
        body = export(now, overlay, kind, dark=dark, paper=paper, pictures=shown)
        answer = HttpResponse(body, content_type=FORMATS[kind].media)
        answer["Content-Disposition"] = f'attachment; filename="{filename(now, kind)}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
