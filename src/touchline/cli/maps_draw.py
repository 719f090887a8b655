"""`touchline maps draw`: a map's file as a drawing, a document or slides, with what was measured if that is asked."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from touchline.cli.console import out, write
from touchline.cli.maps import app, opened, pictures_of
from touchline.cli.options import JsonOption, Last, Segments, Since, Until, WorkspaceOption, filters, period
from touchline.cli.writing import write_json
from touchline.errors import InputError, QuestionError

if TYPE_CHECKING:
    from touchline.maps.measured import Overlay
    from touchline.maps.model import Map
    from touchline.scores.base import Filters


class Kind(StrEnum):
    """The formats that a map is handed on in."""

    svg = "svg"
    png = "png"
    pdf = "pdf"
    pptx = "pptx"
    xlsx = "xlsx"
    csv = "csv"
    markdown = "markdown"
    mermaid = "mermaid"
    yaml = "yaml"


class Paper(StrEnum):
    """What a PDF is printed on."""

    whole = "whole"
    a4 = "a4"
    a3 = "a3"
    letter = "letter"
    tabloid = "tabloid"


_TEXTS = frozenset({Kind.svg, Kind.csv, Kind.markdown, Kind.mermaid, Kind.yaml})


@app.command()
def draw(
    file: Annotated[Path, typer.Argument(help="A map's file, or a grid in CSV or Excel.", show_default=False)],
    to: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="The file to write; - for standard output.", show_default="beside the map"),
    ] = None,
    kind: Annotated[
        Kind | None,
        typer.Option("--format", "-f", help="Told by the output's ending where left out.", show_default="svg"),
    ] = None,
    measured: Annotated[
        bool, typer.Option("--measured", "-m", help="Lay what the workspace measured over the map.")
    ] = False,
    dark: Annotated[bool, typer.Option("--dark", help="Draw for dark paper (SVG, PNG).")] = False,
    paper: Annotated[
        Paper, typer.Option(help="Of a PDF: one page as large as the map, or sheets that can be read.")
    ] = Paper.whole,
    workspace: WorkspaceOption = Path(),
    since: Since = None,
    until: Until = None,
    last: Last = None,
    segment: Segments = None,
    as_json: JsonOption = False,
) -> None:
    """Write a map as SVG, PNG, PDF, PowerPoint, Excel, CSV, Markdown or Mermaid.

    [dim]touchline maps draw coffee.yaml -o coffee.pdf --measured --last 28[/]
    """
    from touchline.report.maps import FORMATS, export

    whole = opened(file)
    chosen = kind or _told(to)
    if not measured and (since or until or last or segment):
        raise QuestionError("a period or a segment is of what was measured", todo="add --measured")
    overlay = _laid(whole, workspace, filters(since, until, segments=segment), last) if measured else None
    pictures = pictures_of(whole, file)
    data = export(whole, overlay, chosen.value, dark=dark, paper=paper.value, pictures=pictures)
    if to is not None and str(to) == "-":
        if chosen not in _TEXTS:
            raise InputError(f"{chosen.value} is no text", where="-", todo="name a file with --output")
        write(data.decode())
        return
    path = to or file.with_suffix(f".{FORMATS[chosen.value].ending}")
    if path.resolve() == file.resolve():
        raise InputError("the map's own file would be overwritten", where=str(path), todo="name another with --output")
    try:
        path.write_bytes(data)
    except OSError as error:
        raise InputError(
            "the file cannot be written", where=str(path), todo=f"{error.strerror}; name another"
        ) from error
    if as_json:
        write_json(
            {"map": whole.id, "format": chosen.value, "file": str(path), "bytes": len(data), "measured": measured}
        )
    else:
        out.print(f"Wrote {path} ({len(data):,} bytes)", markup=False)


def _told(to: Path | None) -> Kind:
    """Return the format that an output's ending tells."""
    from touchline.report.maps import FORMATS

    if to is None or str(to) == "-":
        return Kind.svg
    ending = to.suffix.lower().removeprefix(".")
    found = next((name for name, one in FORMATS.items() if one.ending == ending), None)
    if found is None:
        known = ", ".join(one.ending for one in FORMATS.values())
        raise InputError(
            f"the ending .{ending} tells no format", where=str(to), todo=f"name one with --format: {known}"
        )
    return Kind(found)


def _laid(whole: Map, workspace: Path, chosen: Filters, last: int | None) -> Overlay:
    """Return what the workspace measured of a map."""
    from touchline.overlay.overlay import overlay
    from touchline.questions import Local, open_workspace
    from touchline.settings import Settings

    with open_workspace(workspace) as journey:
        taxonomy = journey.workspace.taxonomy if isinstance(journey, Local) else journey.taxonomy()
        settings = Settings.load(workspace / "touchline.toml")
        now, before = period(journey, chosen, last)
        return overlay(
            whole, journey, now, taxonomy=taxonomy, settings=settings, previous=before, personas=len(whole.personas) > 1
        )
