"""`touchline taxonomy`: show, check, new."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text
from rich.tree import Tree

from touchline.cli.console import err, out
from touchline.cli.options import JsonOption, Template
from touchline.cli.writing import write_json
from touchline.errors import InputError

app = typer.Typer(help="The stages of the journey: show, check, or start a new file.", no_args_is_help=True)


@app.command()
def show(
    name: Annotated[
        str, typer.Argument(help="A template (b2c, b2b, saas, ecommerce, support) or a YAML file.")
    ] = "b2c",
    as_json: JsonOption = False,
) -> None:
    """Show a taxonomy's stages, sub-stages, touchpoints and themes.

    [dim]touchline taxonomy show saas[/]
    """
    from dataclasses import asdict

    from touchline.vocabulary.taxonomy import Taxonomy

    path = Path(name)
    found = Taxonomy.load(path) if path.suffix in (".yaml", ".yml") else Taxonomy.template(name)
    if as_json:
        write_json(
            {
                "id": found.id,
                "name": found.name,
                "version": found.version,
                "stages": [asdict(s) for s in found.stages],
            }
        )
        return
    tree = Tree(Text.assemble((found.name, "bold"), (f"  {found.id}, version {found.version}", "dim")))
    for stage in found.stages:
        branch = tree.add(
            Text.assemble((stage.name, "bold"), (f"  {stage.kind} · target {stage.target} · {stage.owner}", "dim"))
        )
        branch.add(Text(stage.description, style="dim"))
        for sub in stage.sub_stages:
            leaf = branch.add(sub.name)
            leaf.add(Text(", ".join(t.name for t in sub.touchpoints), style="dim"))
        branch.add(Text.assemble(("themes ", "dim"), ", ".join(theme.name for theme in stage.themes)))
    out.print(tree)


@app.command()
def check(file: Annotated[Path, typer.Argument(help="A taxonomy's YAML file.", show_default=False)]) -> None:
    """Say everything that is wrong with a file, each with its line. Exit code 2 if anything is.

    [dim]touchline taxonomy check taxonomy.yaml[/]
    """
    from touchline.vocabulary.taxonomy import Taxonomy

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"the file cannot be read ({error})", where=str(file)) from error
    problems = Taxonomy.check(text, str(file))
    for problem in problems:
        err.print(Text(str(problem)))
    if problems:
        raise typer.Exit(2)
    found = Taxonomy.parse(text, str(file))
    out.print(
        f"{file}: sound; {len(found.stages)} stages, {len(found.touchpoints)} touchpoints, {len(found.themes)} themes"
    )


@app.command()
def new(
    file: Annotated[Path, typer.Argument(help="The file to write.", show_default=False)],
    template: Annotated[Template, typer.Option("--template", "-t", help="What to start from.")] = Template.b2c,
) -> None:
    """Write a template to a file, to be edited.

    [dim]touchline taxonomy new taxonomy.yaml --template saas[/]
    """
    from touchline.vocabulary.taxonomy import Taxonomy

    if file.exists():
        raise InputError("the file is there already", where=str(file), todo="choose another name")
    file.write_text(Taxonomy.template_text(template), encoding="utf-8")
    out.print(f"Wrote {file}; edit it, then `touchline taxonomy check {file}`")
