"""The commands, put together."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Annotated

import typer

from touchline.cli import (
    analyse,
    backup,
    classify,
    data,
    demo,
    detectable,
    drift,
    evaluate,
    experiment,
    explain,
    label,
    maps,
    maps_draw,  # noqa: F401  adds `draw` to `maps`
    maps_measured,  # noqa: F401  adds its commands to `maps`
    maps_overlay,  # noqa: F401  adds `measure` to `maps`
    privacy,
    quarantine,
    rekey,
    show,
    show_attribution,  # noqa: F401  adds its question to `show`
    show_impact,  # noqa: F401  adds its questions to `show`
    show_issues,  # noqa: F401  adds its questions to `show`
    show_over_time,  # noqa: F401  adds its questions to `show`
    show_paths,  # noqa: F401  adds its questions to `show`
    show_people,  # noqa: F401  adds its questions to `show`
    show_service,  # noqa: F401  adds its questions to `show`
    show_value,  # noqa: F401  adds its questions to `show`
    show_why,  # noqa: F401  adds its questions to `show`
    staffing,
    taxonomy,
    teach,
    themes,
    understanding,
    warehouse,
    world,
)
from touchline.cli.writing import write_exact_csv

app = typer.Typer(
    name="touchline",
    help="See where your customer journey breaks, for whom, why, and what to do.",
    epilog=(
        "Exit codes: 0 done, 1 a problem was found, 2 bad input, 3 no workspace, 4 the warehouse is in use, "
        "5 the journal is damaged, 6 the disk is full."
    ),
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(show.app, name="show")
app.add_typer(taxonomy.app, name="taxonomy")
app.add_typer(themes.app, name="themes")
app.add_typer(maps.app, name="maps")
app.add_typer(experiment.app, name="experiment")
app.add_typer(warehouse.app, name="warehouse")
app.add_typer(quarantine.app, name="quarantine")
app.command()(data.init)
app.command()(data.preview)
app.command(name="import")(data.import_)
app.command()(analyse.analyse)
app.command()(classify.classify)
app.command()(evaluate.evaluate)
app.command()(drift.drift)
app.command()(teach.teach)
app.command()(label.label)
app.command()(explain.explain)
app.command()(data.status)
app.command()(understanding.understanding)
app.command()(analyse.report)
app.command()(world.simulate)
app.command()(staffing.staffing)
app.command()(detectable.detectable)
app.command()(data.identify)
app.command()(data.rebuild)
app.command()(data.check)
app.command()(rekey.rekey)
app.command()(privacy.export_customer)
app.command()(privacy.erase_customer)
app.command()(privacy.consent)
app.command()(privacy.correct)
app.command()(privacy.retain)
app.command()(privacy.redact)
app.command()(privacy.data_map)
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(backup.upgrade)
app.command(hidden=True)(demo.demo)


for _more in entry_points(group="touchline.commands"):
    _more.load()(app)


def _version(value: bool) -> None:
    if value:
        from touchline import __version__

        typer.echo(f"touchline {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
    exact_csv: Annotated[
        bool,
        typer.Option(
            "--exact-csv", envvar="TOUCHLINE_EXACT_CSV", help="Write the cells of CSV as they are, for programs only."
        ),
    ] = False,
) -> None:
    """See where your customer journey breaks, for whom, why, and what to do."""
    write_exact_csv(exact_csv)
