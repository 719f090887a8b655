"""`touchline maps`: journey maps as files: check, diff, new, convert, and the schema of a map's file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.text import Text

from touchline.cli.console import err, out, write
from touchline.cli.options import JsonOption
from touchline.cli.writing import write_json
from touchline.errors import InputError, MapError, QuestionError

if TYPE_CHECKING:
    from touchline.maps.checking import Fault
    from touchline.maps.model import Map
    from touchline.maps.pictures import Pictures
    from touchline.maps.reading import Reading
    from touchline.vocabulary.taxonomy import Taxonomy

app = typer.Typer(help="Journey maps: as files, measured, kept on the server.", no_args_is_help=True)

#: Endings of a map's own file; everything else is read as a grid.
OWN: Final = (".yaml", ".yml", ".json")

TaxonomyOption = Annotated[
    str | None,
    typer.Option("--taxonomy", help="A template or a YAML file.", show_default="the workspace's, if there is one"),
]
FolderOption = Annotated[
    Path,
    typer.Option(
        "--workspace", "-w", envvar="TOUCHLINE_WORKSPACE", help="Where to look for touchline.toml.", show_default="here"
    ),
]
SheetOption = Annotated[str | None, typer.Option(help="The sheet of a workbook; the first with content otherwise.")]
ScaleOption = Annotated[str, typer.Option(help="What a grid's lowest and highest emotion are: -2..2, 1..10.")]


def _own(path: Path) -> bool:
    return path.suffix.lower() in OWN or not path.suffix or path.is_fifo()


def opened(path: Path, *, sheet: str | None = None, scale: str = "0..100") -> Map:
    """Return the map of a file: YAML or JSON, or a grid in CSV, Excel or OpenDocument.

    Raises:
        InputError: The file is missing, is no map, or the scale is none.
    """
    if _own(path):
        from touchline.maps.reading import load

        return load(path)
    from touchline.maps.grid import read_grid

    return read_grid(path, sheet=sheet, scale=_scale(scale))


def pictures_of(whole: Map, path: Path) -> Pictures:
    """Return the pictures of cards that lie beside a map's file; none, and a word of it, where nothing reads them.

    Raises:
        InputError: One of them is no picture.
    """
    from touchline.maps.pictures import NONE, Pictures, beside
    from touchline.report.maps_pictures import read

    if not beside(whole, path.parent):
        return NONE
    try:
        return Pictures(read(whole, path.parent))
    except QuestionError as error:
        err.print(Text(f"pictures are told by their names: {error.todo}"), soft_wrap=True)
        return NONE


def known_here(folder: Path, taxonomy: str | None) -> tuple[Taxonomy | None, tuple[str, ...] | None]:
    """Return the taxonomy and the names of the personas that maps are checked against; None where nothing tells them.

    Args:
        folder: A workspace, or any folder.
        taxonomy: A template's name or a file; it comes before the workspace's.

    Raises:
        InputError: The taxonomy or the settings cannot be read.
    """
    from touchline.vocabulary.taxonomy import Taxonomy

    personas = chosen = None
    settings = folder / "touchline.toml"
    if settings.exists():
        from touchline.settings import Settings, open_taxonomy

        found = Settings.load(settings)
        personas = tuple(one.name for one in found.personas)
        chosen = open_taxonomy(found) if taxonomy is None else None
    if taxonomy is not None:
        path = Path(taxonomy)
        chosen = Taxonomy.load(path) if path.suffix in (".yaml", ".yml") else Taxonomy.template(taxonomy)
    return chosen, personas


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Maps, or folders with maps.", show_default=False)],
    taxonomy: TaxonomyOption = None,
    workspace: FolderOption = Path(),
    strict: Annotated[bool, typer.Option("--strict", help="What is weak fails too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say everything that is wrong or weak in maps, each with its file and line.

    Exit code 2 if a file cannot be read, 1 if something is wrong. Names of stages and touchpoints are compared with the
    workspace's; links between maps where several are given.

    [dim]touchline maps check maps/[/]
    [dim]touchline maps check coffee.yaml --taxonomy b2c --strict[/]
    """
    from touchline.maps.checking import check as checked

    stages, personas = known_here(workspace, taxonomy)
    paths = _files(files)
    readings = {path: _reading(path) for path in paths}
    maps = [one.map for one in readings.values() if one.map is not None]
    found: list[dict[str, Any]] = []
    for path, reading in readings.items():
        found += [
            {"file": str(path), "map": "", "level": "unreadable", "line": one.line, "what": one.what, "todo": one.todo}
            for one in reading.problems
        ]
        if reading.map is not None:
            others = maps if len(readings) > 1 else None
            faults = checked(reading.map, stages, others, personas)
            found += sorted((_told(path, reading, fault) for fault in faults), key=lambda one: int(one["line"]))
            found += _unseen(path, reading)
    found += _same_id(readings)
    if as_json:
        write_json({"maps": len(paths), "problems": found})
    else:
        for one in found:
            line = f"{one['file']}:{one['line']}: {one['what']}; {one['todo']}"
            err.print(Text(line, style="dim" if one["level"] == "weak" else ""), soft_wrap=True)
        _summed_up(len(paths), found)
    levels = {one["level"] for one in found}
    if "unreadable" in levels:
        raise typer.Exit(2)
    if "wrong" in levels or (strict and levels):
        raise typer.Exit(1)


def _summed_up(maps: int, found: list[dict[str, Any]]) -> None:
    weak = sum(one["level"] == "weak" for one in found)
    wrong = len(found) - weak
    told = f"{maps} {'map' if maps == 1 else 'maps'}: {wrong or 'nothing'} wrong"
    out.print(f"{told}, {weak} weak" if weak else told)


def _reading(path: Path) -> Reading:
    """Return what a file holds; a grid has no lines to tell."""
    from touchline.maps.reading import Reading, examine, text_of

    return examine(text_of(path), str(path)) if _own(path) else Reading(opened(path))


def _files(given: list[Path]) -> list[Path]:
    """Return files, and those of folders."""
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            inside = sorted(one for ending in OWN for one in path.glob(f"*{ending}"))
            if not inside:
                raise MapError("there is no map in this folder", where=str(path), todo="name a file or another folder")
            found += inside
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def _told(path: Path, reading: Reading, fault: Fault) -> dict[str, Any]:
    which = reading.map.id if reading.map else ""
    line = reading.line(fault.of, fault.id, fault.key)
    return {"file": str(path), "map": which, "line": line, **asdict(fault)}


def _unseen(path: Path, reading: Reading) -> list[dict[str, Any]]:
    """Return the cards whose picture does not lie beside the map's file."""
    from touchline.maps.pictures import beside, link_of

    whole = reading.map
    if whole is None:
        return []
    there = beside(whole, path.parent)
    return [
        {
            "file": str(path), "map": whole.id, "level": "weak", "line": reading.line("card", card.id, "picture"),
            "what": f"the picture {card.picture!r} is not beside the file", "todo": "put it there, or leave it out",
        }
        for card in whole.cards
        if card.picture and not link_of(card.picture) and card.picture not in there
    ]  # fmt: skip


def _same_id(readings: dict[Path, Reading]) -> list[dict[str, Any]]:
    """Return the maps whose id another file has already."""
    first: dict[str, Path] = {}
    found = []
    for path, reading in readings.items():
        if reading.map is None:
            continue
        held = first.setdefault(reading.map.id, path)
        if held != path:
            what, todo = f"the map's id {reading.map.id!r} is that of {held} too", "choose another"
            line = reading.line("map", "", "id")
            found.append(
                {"file": str(path), "map": reading.map.id, "line": line, "level": "wrong", "what": what, "todo": todo}
            )
    return found


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="The map as it was.", show_default=False)],
    new: Annotated[Path, typer.Argument(help="The map as it is.", show_default=False)],
    exit_code: Annotated[bool, typer.Option("--exit-code", help="End with 1 if anything differs.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Say what changed from one map to another, part by part; with `--json` as edits that the API takes.

    [dim]touchline maps diff coffee.yaml coffee-new.yaml[/]
    [dim]touchline maps diff <(git show HEAD:coffee.yaml) coffee.yaml[/]
    """
    from touchline.maps.diff import edits_between
    from touchline.maps.diff import told as sentences

    before, after = opened(old), opened(new)
    edits = edits_between(before, after)
    told = sentences(edits, before, after)
    if as_json:
        write_json([{**asdict(edit), "told": text} for edit, text in zip(edits, told, strict=True)])
    else:
        for text in told:
            out.print(Text(text), soft_wrap=True)
        if not told:
            out.print("Nothing changed")
    if exit_code and edits:
        raise typer.Exit(1)


@app.command()
def schema() -> None:
    """Write the JSON Schema of a map's file, for editors that complete and check.

    [dim]touchline maps schema > maps.schema.json[/]
    """
    from touchline.maps.schema import schema as made

    write_json(made())


@app.command()
def templates(as_json: JsonOption = False) -> None:
    """List the templates and the examples that ship.

    [dim]touchline maps templates[/]
    """
    from touchline.maps import library

    found = [("template", one) for one in library.templates()] + [("example", one) for one in library.examples()]
    if as_json:
        write_json([{"from": of, **asdict(one)} for of, one in found])
        return
    from touchline.cli.tables import sheet

    table = sheet(("Name", "left"), ("What", "left"), ("Steps", "right", 2), ("Cards", "right", 1))
    for at, (of, one) in enumerate(found):
        if at and of != found[at - 1][0]:
            table.add_section()
        table.add_row(Text(one.name, style="bold"), one.title, str(one.steps), str(one.cards))
    out.print(table)


@app.command()
def new(
    file: Annotated[Path, typer.Argument(help="The file to write.", show_default=False)],
    template: Annotated[str, typer.Option("--template", "-t", help="Of `touchline maps templates`.")] = "journey",
    title: Annotated[str, typer.Option(help="What people read; the template's otherwise.")] = "",
    stage: Annotated[str, typer.Option(help="Of a stage zoom: its touchpoints become the steps.")] = "",
    of: Annotated[Path | None, typer.Option(help="The current map whose future state this is.")] = None,
    empty: Annotated[bool, typer.Option("--empty", help="Without the template's example cards.")] = False,
    taxonomy: TaxonomyOption = None,
    workspace: FolderOption = Path(),
) -> None:
    """Write a map to begin from: a template, an example, or the future state of a map you have.

    Its steps are bound to the workspace's stages, so that measured data show in it at once.

    [dim]touchline maps new coffee.yaml --title "Ordering coffee"[/]
    [dim]touchline maps new delivery.yaml --template zoom --stage delivery --taxonomy b2c[/]
    [dim]touchline maps new coffee-future.yaml --of coffee.yaml[/]
    """
    from touchline.maps import library

    if of is not None:
        made = library.future(opened(of), map_id=_id_of(file), title=title)
    elif template in {one.name for one in library.examples()}:
        made = library.example(template)
    else:
        stages, _ = known_here(workspace, taxonomy)
        made = library.start(template, stages, map_id=_id_of(file), title=title, stage=stage, cards=not empty)
    _save(file, made)
    out.print(f"Wrote {file}; edit it, then `touchline maps check {file}`")


@app.command()
def convert(
    source: Annotated[
        Path, typer.Argument(help="YAML, JSON, or a grid: CSV, Excel, OpenDocument.", show_default=False)
    ],
    target: Annotated[
        str, typer.Argument(help="The file to write; its ending says what. `-`: YAML to standard output.")
    ] = "-",
    title: Annotated[str, typer.Option(help="What people read; the file's own otherwise.")] = "",
    sheet: SheetOption = None,
    scale: ScaleOption = "0..100",
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Turn a spreadsheet's grid into a map, or a map into another kind of file.

    The ending says what is written: .yaml, .json, .csv, .svg and more. A map's own YAML is always written the same way.

    [dim]touchline maps convert wall.xlsx wall.yaml --scale=-2..2[/]
    [dim]touchline maps convert coffee.yaml coffee.csv[/]
    """
    from dataclasses import replace

    made = opened(source, sheet=sheet, scale=scale)
    if title:
        made = replace(made, name=title)
    if target == "-":
        from touchline.maps.writing import write as written

        write(written(made))
        return
    _save(Path(target), made, force=force, source=source)
    steps = sum(1 for _ in made.steps())
    out.print(f"Wrote {target}: {steps} steps, {len(made.lanes)} lanes, {len(made.cards)} cards", highlight=False)


def _id_of(file: Path) -> str:
    from touchline.maps.naming import slug

    return slug(file.stem, "map")


def _save(file: Path, made: Map, *, force: bool = False, source: Path | None = None) -> None:
    """Write a map as the kind of file that the ending says."""
    if file.exists() and not force:
        raise InputError("the file is there already", where=str(file), todo="choose another name, or --force")
    data = _as(file, made, source)
    try:
        file.write_bytes(data)
    except OSError as error:
        raise InputError(f"the file cannot be written ({error.strerror})", where=str(file)) from error


def _as(file: Path, made: Map, source: Path | None) -> bytes:
    """Return a map's bytes in the format that a file's ending says."""
    ending = file.suffix.lower()
    if ending in (".yaml", ".yml"):
        from touchline.maps.writing import write as written

        return written(made).encode()
    if ending == ".json":
        import json

        from touchline.maps.plain import to_plain

        return (json.dumps(to_plain(made), ensure_ascii=False, indent=2) + "\n").encode()
    if ending == ".csv":
        from touchline.maps.grid import to_csv

        return to_csv(made).encode("utf-8-sig")
    from touchline.report.maps import FORMATS, export

    kinds = {f".{one.ending}": name for name, one in FORMATS.items()}
    if ending not in kinds:
        known = ", ".join(sorted({".yaml", ".json", ".csv", *kinds}))
        raise InputError(f"no kind of file ends in {ending or 'nothing'!r}", where=str(file), todo=f"use {known}")
    if source is None:
        return export(made, None, kinds[ending])
    return export(made, None, kinds[ending], pictures=pictures_of(made, source))


def _scale(text: str) -> tuple[float, float]:
    low, dots, high = text.partition("..")
    try:
        if not dots:
            raise ValueError
        return float(low), float(high)
    except ValueError:
        raise InputError(f"--scale {text!r} is no scale", todo="write it as --scale=-2..2") from None
