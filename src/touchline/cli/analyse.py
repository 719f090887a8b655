"""`touchline analyse` and `touchline report`: from a raw export to where the journey breaks."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from touchline.cli.console import out, progress
from touchline.cli.data import (
    DateOption,
    Files,
    MapOption,
    MappingOption,
    SourceOption,
    export_of,
    show_imported,
)
from touchline.cli.options import (
    JsonOption,
    Last,
    Segments,
    Since,
    Template,
    TemplateOption,
    Until,
    WorkspaceOption,
    filters,
    period,
)
from touchline.cli.writing import write_json
from touchline.scores.base import Filters

if TYPE_CHECKING:
    from touchline.questions import Local
    from touchline.report.asked import Asked

EVERYTHING = Filters()

Effort = Annotated[
    str | None,
    typer.Option("--ces", help="Which end of an effort score (CES) is good: easy (high is easy) or hard."),
]


def analyse(
    files: Files,
    template: TemplateOption = Template.b2c,
    report_to: Annotated[Path | None, typer.Option("--report", help="Also write the report to this HTML file.")] = None,
    maps: MapOption = None,
    mapping: MappingOption = None,
    source: SourceOption = None,
    day: DateOption = None,
    ces: Effort = None,
    as_json: JsonOption = False,
) -> None:
    """One shot: read files, place every comment on its stage, and show where the journey breaks. Nothing is kept.

    [dim]touchline analyse complaints.csv --report report.html[/]
    """
    from touchline.questions import Local
    from touchline.workspace import Workspace

    settings = _settings(ces)
    with Workspace.temporary(taxonomy=template, settings=settings, of=files) as workspace:
        imported = []
        for file in files:
            export = export_of(file, maps=maps, mapping=mapping, source=source, day=day, workspace=workspace)
            with progress(file.name) as told:
                imported.append(workspace.take_in(export, progress=told))
            if not as_json:
                show_imported(imported[-1])
        journey, title = Local(workspace), ", ".join(file.name for file in files)
        if as_json:
            write_json(_as_json(_first_look(journey, title, EVERYTHING)))
        else:
            show_overview(journey, title)
        if report_to is not None:
            _write_report(journey, report_to, title, told=not as_json)


def _settings(ces: str | None) -> str | None:
    """Return the settings of a one-shot analysis, where an option says more than the defaults."""
    from touchline.errors import InputError
    from touchline.settings import new_toml

    if ces is None:
        return None
    if ces not in ("easy", "hard"):
        raise InputError(f"--ces {ces!r} is neither easy nor hard", todo="say which the high end of the scale means")
    return new_toml("analysis", "taxonomy.yaml") + f'\n[[scales]]\nkind = "ces"\ndirection = "{ces}"\n'


def _first_look(journey: Local, title: str, chosen: Filters, before: Filters | None = None) -> Asked:
    """Ask the questions that a first look needs; they are the report's."""
    from touchline.report.asked import ask

    with progress("asking") as told:
        return ask(journey, title, chosen, before, told)


def _as_json(asked: Asked) -> dict[str, Any]:
    from touchline.report.findings import headline

    names = ("stages", "metrics", "friction", "causes", "delights", "segments", "trend")
    figures = {name: getattr(asked, name).as_json() for name in names}
    return {"headline": " ".join(headline(asked)), **figures} | (
        {"heatmap": asked.across.figure.as_json()} if asked.across else {}
    )


def show_overview(journey: Local, title: str, chosen: Filters = EVERYTHING, before: Filters | None = None) -> None:
    """Print the headline, stages, heatmap, friction, and the causes of the stage that costs the journey most."""
    from touchline.cli import views
    from touchline.report.findings import costliest, headline

    asked = _first_look(journey, title, chosen, before)
    first, *more = headline(asked)
    out.print(Text(first, style="bold"))
    out.print(Text(" ".join(more)))
    out.print()
    if asked.empty:
        return
    out.print(views.stages(asked.stages))
    if asked.across:
        out.print(views.heatmap(asked.across.figure))
    out.print(views.friction(asked.friction, within=False))
    worst = costliest(asked) or asked.lowest
    if worst:
        out.print(views.causes(journey.causes(chosen, stage=worst["stage"], limit=5)))


class Kind(StrEnum):
    """What the report can be written as."""

    html = "html"
    xlsx = "xlsx"
    pptx = "pptx"
    pdf = "pdf"
    png = "png"


class Paper(StrEnum):
    """The papers of a board report."""

    a4 = "a4"
    letter = "letter"


def report(
    to: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file to write.", show_default="report.html")
    ] = None,
    workspace: WorkspaceOption = Path(),
    since: Since = None,
    until: Until = None,
    last: Last = None,
    segment: Segments = None,
    title: Annotated[str, typer.Option(help="Headline; the workspace's name by default.")] = "",
    kind: Annotated[
        Kind | None, typer.Option("--format", "-f", help="png: a zip file of every figure. By the file's name else.")
    ] = None,
    section: Annotated[
        list[str] | None, typer.Option("--section", help="A section of a board report; may be repeated.")
    ] = None,
    paper: Annotated[Paper | None, typer.Option(help="A board report: landscape sheets of this paper.")] = None,
) -> None:
    """Write the report: one HTML file that needs no network, prints well, in light and dark.

    As a board report it is laid out on landscape sheets, or a workbook, slides, PDF, or pictures.

    [dim]touchline report --last 90 --out board.html[/]
    [dim]touchline report --last 90 --format pptx --section line --section why[/]
    """
    from touchline.client import Remote
    from touchline.questions import open_workspace
    from touchline.report import write_report

    wanted = _kind(kind, to)
    path = to or Path("report.zip" if wanted == "png" else f"report.{wanted}")
    sections = tuple(section or ())
    with open_workspace(workspace) as journey, progress("report") as told:
        chosen, before = period(journey, filters(since, until, None, segment), last)
        if isinstance(journey, Remote):  # a server holds the workspace, and writes it
            body = journey.report(
                chosen, previous=before, title=title, kind=wanted, sections=sections, paper=paper or ""
            )
            path.write_bytes(body)
        elif wanted == "html" and not sections and not paper:
            name = title or journey.workspace.settings.workspace.name
            write_report(journey, path, title=name, filters=chosen, previous=before, progress=told)
        else:
            from touchline.report.asked import ask
            from touchline.report.chosen import plan
            from touchline.report.formats import written

            put = plan(sections, paper or "a4")
            name = title or journey.workspace.settings.workspace.name
            path.write_bytes(written(ask(journey, name, chosen, before, told), put, wanted))
    out.print(f"Wrote {path}")


def _kind(kind: Kind | None, to: Path | None) -> str:
    """Return the kind that was named, else that of the file's name, else HTML."""
    ending = to.suffix.removeprefix(".").lower() if to else ""
    return kind or {"zip": "png"}.get(ending) or (ending if ending in list(Kind) else "html")


def _write_report(journey: Local, to: Path, title: str, *, told: bool) -> None:
    from touchline.report import write_report

    write_report(journey, to, title=title)
    if told:
        out.print(f"Wrote {to}")
