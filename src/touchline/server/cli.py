"""The server's own commands; they join the command line through the entry point group ``touchline.commands``."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from touchline.cli.console import err, out

_LONGEST_START: Final = 60.0


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    from touchline.server.people import commands as people

    app.command()(serve)
    people.add_to(app)


def serve(
    folder: Annotated[Path, typer.Argument(help="The workspace; made when there is none.")] = Path(),
    host: Annotated[str, typer.Option(help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Where to listen.", min=1, max=65_535)] = 8765,
    url: Annotated[str, typer.Option(help="The address that people use, when another server stands before.")] = "",
    template: Annotated[str, typer.Option(help="The stages that a new workspace begins with.")] = "b2c",
) -> None:
    """Serve a workspace: intake, API and web, until Ctrl-C.

    [dim]touchline serve acme --port 8765[/]
    """
    from touchline.server.home import Home
    from touchline.server.processes.supervisor import Supervisor
    from touchline.workspace import Workspace

    if not (folder / "touchline.toml").exists():
        Workspace.create(folder, taxonomy=template).close()
    home = Home.of(folder)
    home.make()
    address = url.rstrip("/") or f"http://{host}:{port}"
    supervisor = Supervisor(home, host, port, address, lambda text: err.print(text, highlight=False))
    _prepare(folder, supervisor.environment)
    out.print(f"Serving [bold]{folder.resolve().name}[/] on [bold]{address}/[/] (Ctrl-C ends it)")
    supervisor.run()


def _prepare(folder: Path, environment: dict[str, str]) -> None:
    """Bring the database up to date, and make the folder a workspace of this server, in a process of its own."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "touchline.server.processes.first", str(folder.resolve())], env=environment, check=False
    )
    if done.returncode:
        raise typer.Exit(done.returncode)
