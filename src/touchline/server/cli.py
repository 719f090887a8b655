"""The server's own commands; they join the command line through the entry point group ``touchline.commands``."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Thread
from typing import Annotated, Final

import typer

from touchline.cli.console import err, out

_LONGEST_START: Final = 600.0  # seconds: who gives up before it is ready says no link


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    from touchline.cli import backup, privacy
    from touchline.server.care import commands as care
    from touchline.server.intake import commands as intake
    from touchline.server.maps import commands as maps
    from touchline.server.monitoring import commands as monitoring
    from touchline.server.people import commands as people
    from touchline.server.plays import commands as plays
    from touchline.server.privacy.offline import outside
    from touchline.server.processes.again import erase_again

    app.command()(serve)
    people.add_to(app)
    intake.add_to(app)
    care.add_to(app)
    monitoring.add_to(app)
    maps.add_to(app)
    plays.add_to(app)
    privacy.OUTSIDE.append(outside)
    backup.AGAIN.append(erase_again)


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

    if not (folder / "touchline.toml").exists():
        from touchline.workspace import Workspace

        Workspace.create(folder, taxonomy=template).close()
    home = Home.of(folder)
    home.make()
    address = url.rstrip("/") or f"http://{host}:{port}"
    supervisor = Supervisor(home, host, port, address, lambda text: err.print(text, highlight=False))
    near = f"http://{'127.0.0.1' if host in ('', '0.0.0.0', '::') else host}:{port}"  # noqa: S104  compared, not bound
    Thread(target=_tell, args=(folder, address, near, home.root / "setup"), daemon=True).start()
    code = supervisor.run()
    if code:
        raise typer.Exit(code)


def _tell(folder: Path, address: str, near: str, link: Path) -> None:
    """Say where it is served once it answers, and how the first administrator gets in."""
    from http.client import HTTPException
    from urllib.request import urlopen

    until = time.monotonic() + _LONGEST_START
    while time.monotonic() < until:
        try:
            with urlopen(f"{near}/readyz", timeout=5):  # noqa: S310  ours; anything but 200 is raised
                break
        except (OSError, HTTPException):  # it does not listen yet, or is not ready
            time.sleep(0.2)
    out.print(f"Serving [bold]{folder.resolve().name}[/] on [bold]{address}/[/] (Ctrl-C ends it)")
    if link.exists():
        text = link.read_text()
        link.unlink()
        out.print(f"Make the first administrator with this link, once and within the hour:\n  {text}", soft_wrap=True)
