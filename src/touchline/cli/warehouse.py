"""Moving a workspace to a cluster and back: copy, mart, versions."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from touchline.cli.console import out, progress
from touchline.cli.options import JsonOption, WorkspaceOption
from touchline.cli.tables import thousands
from touchline.cli.writing import write_json

if TYPE_CHECKING:
    from touchline.warehouse.spark.copying import Copied

app = typer.Typer(
    help="Move a workspace to a Spark cluster and back: its tables as partitioned Parquet.", no_args_is_help=True
)


@app.command()
def copy(
    workspace: WorkspaceOption = Path(),
    keep: Annotated[
        int, typer.Option(help="How many versions stay; 1 leaves nothing of what was forgotten.", min=1)
    ] = 2,
    as_json: JsonOption = False,
) -> None:
    """Copy the tables into the Parquet warehouse: what changed since the version before, by buckets of customers.

    With engine = "spark://..." under [engine], questions are asked there from then on.

    [dim]touchline warehouse copy --workspace acme[/]
    """
    from touchline.workspace import Workspace
    from touchline.workspace.clustered import copy_out

    with Workspace(workspace) as opened, progress("copy") as told:
        done = copy_out(opened, keep=keep, progress=told)
    _tell(done, as_json)


@app.command()
def build(
    workspace: WorkspaceOption = Path(),
    keep: Annotated[
        int, typer.Option(help="How many versions stay; 1 leaves nothing of what was forgotten.", min=1)
    ] = 2,
    as_json: JsonOption = False,
) -> None:
    """Build the Parquet warehouse from the journal, with texts read and customers placed on the cluster.

    For what one machine would take too long to read: it needs engine = a cluster under [engine], not the embedded
    warehouse. Buckets of customers with nothing new are kept.

    [dim]touchline warehouse build --workspace acme[/]
    """
    from touchline.workspace import Workspace, clustered

    with Workspace(workspace) as opened, progress("build") as told:
        done = clustered.build(opened, keep=keep, progress=told)
    _tell(done, as_json)


def _tell(done: Copied, as_json: bool) -> None:
    if as_json:
        write_json(asdict(done))
        return
    out.print(
        f"Version {done.version}: {thousands(sum(done.rows.values()))} rows in {thousands(len(done.rows))} tables; "
        f"{thousands(done.written)} buckets written, {thousands(done.kept)} unchanged, "
        f"{thousands(done.deleted)} old files deleted"
    )


@app.command()
def mart(
    workspace: WorkspaceOption = Path(),
    file: Annotated[
        Path | None, typer.Option(help="Write a DuckDB file and its journey index here, and leave the workspace alone.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make the embedded warehouse, with its journey index, from the newest Parquet version: for serving.

    [dim]touchline warehouse mart --workspace acme --file /srv/acme.duckdb[/]
    """
    from touchline.workspace import Workspace
    from touchline.workspace.clustered import make_mart

    with Workspace(workspace) as opened:
        made, rows = make_mart(opened, file)
    if as_json:
        write_json({"file": str(made), "rows": rows})
    else:
        out.print(f"Wrote {made}: {thousands(sum(rows.values()))} rows in {thousands(len(rows))} tables")


@app.command()
def versions(workspace: WorkspaceOption = Path(), as_json: JsonOption = False) -> None:
    """List the versions of the Parquet warehouse, newest first, and how far into the journal each reaches.

    [dim]touchline warehouse versions --workspace acme[/]
    """
    from touchline.workspace import Workspace
    from touchline.workspace.clustered import versions_of

    with Workspace(workspace) as opened:
        head, found = opened.journal.head, versions_of(opened)
    if as_json:
        write_json({"journal": head, "versions": found})
        return
    for one in found:
        out.print(
            f"version {one['version']}: journal {thousands(one['position'])} of {thousands(head)}, "
            f"{thousands(one['interactions'])} interactions in {thousands(one['buckets'])} buckets"
        )
    if not found:
        out.print("Nothing was copied yet; run touchline warehouse copy")
