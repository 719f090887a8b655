"""Data in and their upkeep: init, preview, import, status, rebuild, check."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from touchline.cli.console import err, out, progress
from touchline.cli.options import JsonOption, Template, TemplateOption, WorkspaceOption
from touchline.cli.tables import sheet, thousands
from touchline.cli.writing import write_json
from touchline.errors import InputError, WarehouseLocked, WorkspaceError

if TYPE_CHECKING:
    from touchline.sources import Export
    from touchline.workspace import Imported, Workspace

Files = Annotated[
    list[Path], typer.Argument(help="CSV, TSV, JSON, JSON Lines, Excel, Parquet or XES.", show_default=False)
]
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        help="ROLE=COLUMN, over the guess: text=Issue+Details, segment=State, score:nps=Q1, time_format=M/D/Y.",
    ),
]
MappingOption = Annotated[Path | None, typer.Option("--mapping", help="A mapping saved by `touchline preview --save`.")]
SourceOption = Annotated[str | None, typer.Option("--source", help="Name of the source; the file's name by default.")]
DateOption = Annotated[str | None, typer.Option("--date", help="The day of rows in a file without times.")]


def init(
    folder: Annotated[Path, typer.Argument(help="Made when it is missing.")] = Path(),
    template: TemplateOption = Template.b2c,
    name: Annotated[str, typer.Option(help="The workspace's name; the folder's by default.")] = "",
) -> None:
    """Make a workspace: settings and stages to edit, a journal and a warehouse.

    [dim]touchline init acme --template saas[/]
    """
    from touchline.workspace import Workspace

    with Workspace.create(folder, name=name, taxonomy=template) as workspace:
        root = workspace.folder.root
        out.print(f"Made [bold]{workspace.settings.workspace.name}[/] in {root}")
        out.print(
            f"  {workspace.folder.settings.name:<16} settings: scales, segments, programmes, personas",
            style="dim",
        )
        out.print(
            f"  {workspace.folder.taxonomy.name:<16} the stages of the journey; edit them, nothing is lost",
            style="dim",
        )
        out.print(f"Next: touchline import FILE --workspace {folder}")


def export_of(
    file: Path,
    *,
    maps: list[str] | None = None,
    mapping: Path | None = None,
    source: str | None = None,
    day: str | None = None,
    workspace: Workspace | None = None,
) -> Export:
    """Open a file with what the options say of its columns."""
    from datetime import date

    from touchline.sources import ColumnMapping, open_export

    overrides: dict[str, str] = {}
    for text in maps or ():
        role, equals, column = text.partition("=")
        if not equals:
            raise InputError(f"--map {text!r} is not ROLE=COLUMN", todo="write it as text=Comment")
        key = role.strip()
        overrides[key] = f"{overrides[key]},{column}" if key in overrides else column
    try:
        on = date.fromisoformat(day) if day else None
    except ValueError:
        raise InputError(f"--date {day!r} is no date", todo="write it as 2026-01-31") from None
    return open_export(
        file,
        mapping=ColumnMapping.load(mapping) if mapping else None,
        overrides=overrides,
        source=source,
        timezone=workspace.settings.workspace.timezone if workspace else "UTC",
        taxonomy=workspace.taxonomy if workspace else None,
        day=on,
    )


def preview(
    file: Annotated[Path, typer.Argument(help="The file.", show_default=False)],
    maps: MapOption = None,
    mapping: MappingOption = None,
    source: SourceOption = None,
    day: DateOption = None,
    rows: Annotated[int, typer.Option(help="How many rows to show.")] = 20,
    save: Annotated[Path | None, typer.Option(help="Save the mapping to this file, for --mapping.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show how a file would be read: format, columns and their roles, the first rows. Nothing is imported.

    [dim]touchline preview reviews.csv --map text=Body --map segment=Country,Plan[/]
    """
    export = export_of(file, maps=maps, mapping=mapping, source=source, day=day)
    shown = export.preview(rows)
    if save:
        export.mapping.save(save)
    if as_json:
        write_json(_preview_json(export, shown.to_pylist()))
        return
    show_mapping(export)
    _show_rows(export, shown.to_pylist())
    if save:
        out.print(f"Saved the mapping to {save}")


def _preview_json(export: Export, rows: list[dict[str, Any]]) -> dict[str, Any]:
    columns = [
        {
            "column": c.name,
            "role": c.role,
            "looks": c.looks,
            "why": c.why,
            "confidence": c.confidence,
            "samples": c.samples,
        }
        for c in export.columns
    ]
    return {
        "file": str(export.path), "format": export.format, "encoding": export.encoding, "delimiter": export.delimiter,
        "source": export.source, "kind": export.mapping.kind, "columns": columns, "notes": export.notes, "rows": rows,
    }  # fmt: skip


def show_mapping(export: Export) -> None:
    """Print what was found in a file and what each column is taken for."""
    about = [export.format, export.encoding, f"delimiter {export.delimiter!r}" if export.delimiter else ""]
    out.print(Text(export.path.name, style="bold"), Text(" · ".join(a for a in about if a), style="dim"))
    table = sheet(
        ("Column", "left"),
        ("Taken for", "left"),
        ("Because", "left"),
        ("Filled", "right"),
        ("For example", "left"),
    )
    for column in export.columns:
        scale = f" {column.score.kind}" if column.score else ""
        table.add_row(
            Text(column.name),
            Text(column.role + scale, style="dim" if column.role in ("attribute", "ignore") else "bold"),
            Text(column.why, style="dim"),
            f"{100 * column.filled:.0f} %",
            Text(" · ".join(sample[:24] for sample in column.samples[:3]), style="dim"),
        )
    out.print(table)
    for note in export.notes:
        out.print(Text(f"· {note}", style="dim"))


def _show_rows(export: Export, rows: list[dict[str, Any]]) -> None:
    """Print the first interactions, the columns that hold anything."""
    names = [n for n in rows[0] if any(row[n] not in (None, [], {}) for row in rows)] if rows else []
    names = [n for n in names if n not in ("source", "kind", "author", "date_only", "row")]
    table = sheet(*((name, "left") for name in names))
    for row in rows:
        table.add_row(*(Text(_short(row[name])) for name in names))
    out.print(Text(f"The first {len(rows)} rows as they would be stored", style="bold"))
    out.print(table)


def _short(value: Any) -> str:
    if isinstance(value, list):
        parts = [f"{v['question']} {v['value']:g}" if isinstance(v, dict) else f"{v[0]}={v[1]}" for v in value]
        text = ", ".join(parts)
    else:
        text = "" if value is None else str(value)
    return text if len(text) <= 48 else text[:47] + "…"


def import_(
    files: Files,
    workspace: WorkspaceOption = Path(),
    maps: MapOption = None,
    mapping: MappingOption = None,
    source: SourceOption = None,
    day: DateOption = None,
    live: Annotated[bool, typer.Option("--live", help="These are happening now, not history.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Take files in. Every record is stored, a duplicate, a revision, or in quarantine with its reason.

    Importing a file again changes nothing; an import that was stopped is completed by running it again.

    [dim]touchline import survey.csv tickets.json --workspace acme[/]
    """
    from touchline.workspace import Workspace

    results = []
    with Workspace(workspace) as opened:
        for file in files:
            export = export_of(file, maps=maps, mapping=mapping, source=source, day=day, workspace=opened)
            with progress(file.name) as told:
                results.append(opened.take_in(export, live=live, progress=told))
            if not as_json:
                show_imported(results[-1])
    if as_json:
        write_json([_imported_json(result) for result in results])


def _imported_json(result: Imported) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(result) | {"reasons": [{"reason": r, "records": n} for r, n in result.reasons]}


def show_imported(result: Imported) -> None:
    """Print what became of a file's records: they add up."""
    parts = [("stored", result.stored), ("duplicate", result.duplicate), ("revised", result.revised)]
    parts += [("quarantined", result.quarantined)] + ([("waiting", result.waiting)] if result.waiting else [])
    sums = " + ".join(f"{thousands(n)} {name}" for name, n in parts)
    out.print(f"[bold]{Path(result.file).name}[/]: {thousands(result.received)} received = {sums}")
    if result.redacted:
        out.print(f"  personal data redacted in {thousands(result.redacted)} places", style="dim")
    if result.earlier:
        out.print(
            f"  {thousands(result.earlier)} accepted before, which had waited, are in the warehouse now", style="dim"
        )
    if result.waiting:
        err.print("  another process holds the warehouse; these are safe in the journal and follow with its next drain")
    for reason, count in result.reasons[:5]:
        out.print(Text(f"  {thousands(count)} × {reason}", style="dim"))


def status(workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Say how many records were received and where each of them is.

    [dim]touchline status --workspace acme[/]
    """
    from touchline.client import Remote, serving
    from touchline.workspace import Workspace

    held = serving(workspace)
    if held is not None:
        with Remote.to(held.url, held.token, workspace=held.workspace) as remote:
            counts = remote.status()
    else:
        with Workspace(workspace) as opened:
            counts = opened.status()
    if as_json:
        write_json(counts.as_json())
        return
    out.print(f"[bold]{counts.name}[/] [dim]taxonomy {counts.taxonomy}[/]")
    table = sheet(("", "left"), ("", "right"))
    table.show_header = False
    for name in ("received", "stored", "duplicate", "revised", "quarantined", "expired", "waiting"):
        table.add_row(Text(name if name == "received" else f"  {name}"), thousands(getattr(counts, name)))
    table.add_section()
    for name in ("customers", "anonymous", "texts", "mentions", "touches"):
        table.add_row(name, thousands(getattr(counts, name)))
    table.add_row("from", (counts.first or "–")[:10])
    table.add_row("to", (counts.last or "–")[:10])
    table.add_row("journal", f"{counts.journal_position} of {counts.journal_head}")
    out.print(table)
    if counts.segments:
        out.print(Text("segments: " + ", ".join(counts.segments), style="dim"))
    if len(counts.read_by) > 1:
        told = ", ".join(f"{method} {thousands(texts)}" for method, texts in counts.read_by)
        out.print(Text(f"texts were read by {told}; `touchline understanding` says why", style="dim"))
    for reason, count in counts.quarantine_reasons:
        out.print(Text(f"quarantined {thousands(count)} × {reason}", style="dim"))
    if not counts.balanced:
        err.print("[bold red]the counts do not add up[/]; run `touchline check`")
        raise typer.Exit(1)


def identify(
    file: Annotated[
        Path, typer.Argument(help="Two columns: customer, and same_as (empty: alone again).", show_default=False)
    ],
    workspace: WorkspaceOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Say which customer references are one person. Nothing is imported again, and it can be undone.

    [dim]touchline identify same-people.csv --workspace acme[/]
    """
    from touchline.sources import read_table
    from touchline.workspace import Workspace

    table = read_table(file)
    if not {"customer", "same_as"} <= set(table.column_names):
        raise InputError(
            "the columns customer and same_as are missing",
            where=str(file),
            todo=f"name them so; it has {', '.join(table.column_names)}",
        )
    pairs = zip(table["customer"].to_pylist(), table["same_as"].to_pylist(), strict=True)
    with Workspace(workspace) as opened:
        taken = opened.identify((ref, same or None) for ref, same in pairs if ref)
    if as_json:
        write_json({"claims": taken})
    else:
        out.print(f"{thousands(taken)} claims taken; the journeys concerned were placed anew")


def rebuild(workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Build the warehouse anew from the journal, compare it with the one before, and switch to it.

    [dim]touchline rebuild --workspace acme[/]
    """
    from dataclasses import asdict

    from touchline.workspace import Workspace

    with Workspace(workspace) as opened, progress("rebuild") as told:
        result = opened.rebuild(told)
    if as_json:
        write_json(asdict(result))
    elif result.equal is None:
        out.print(
            f"Rebuilt {thousands(result.interactions)} interactions; the one before could not be compared: {result.why}"
        )
    elif result.equal:
        out.print(f"Rebuilt {thousands(result.interactions)} interactions: equal to the warehouse before")
    else:
        out.print(
            f"Rebuilt {thousands(result.interactions)} interactions; these differed and are now as the journal says:"
        )
        for line in result.differing:
            out.print(f"  {line}")


def check(workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """Verify journal, warehouse, index and a server's state against each other. Exit code 1 if anything is wrong.

    While a server holds the workspace it is asked to look, and goes on answering and taking records in.

    [dim]touchline check --workspace acme[/]
    """
    from touchline.client.serving import serving
    from touchline.workspace import Workspace

    if held := serving(workspace):
        from touchline.client.transport import Transport

        server = Transport(held.url, held.token, workspace=held.workspace, seconds=3600, tries=2)
        problems: list[str] = server.get("check").json()["problems"]
        server.close()
    else:
        with Workspace(workspace) as opened:
            try:
                problems = opened.check()
            except WarehouseLocked:
                raise
            except WorkspaceError as error:  # a warehouse that will not even be opened is what was looked for
                problems = [str(error)]
    if as_json:
        write_json({"sound": not problems, "problems": problems})
    elif not problems:
        out.print("Sound: every batch matches its checksum, every record has its place")
    for problem in () if as_json else problems:
        err.print(Text(problem))
    if problems:
        raise typer.Exit(1)
