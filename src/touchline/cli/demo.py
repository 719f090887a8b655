"""`make demo`: the simulated world in a workspace, its tables, and a server for it on this machine."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from datetime import UTC, datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from subprocess import DEVNULL, Popen
from typing import Annotated, Final

import typer

from touchline.cli.analyse import show_overview
from touchline.cli.console import out, progress
from touchline.cli.data import export_of, show_imported
from touchline.scores.base import Filters

_COMPANY: Final = "Nordlicht Retail"
_DAYS: Final = 56

#: What the simulated company declares of its surveys.
DECLARED: Final = r'''
# What the simulated company declares of its surveys.
[[scales]]
kind = "ces"
direction = "easy"

[[programmes]]
name = "relationship_*"
purpose = "relationship"

[[programmes]]
name = "*"
purpose = "transaction"

[[proxies]]
name = "Waited more than twice the target"
stage = "support"
sentiment = -1
when = "wait_minutes > 2 * target(10)"

[[personas]]
name = "Astrid the renovator"
when = "tier = vip"
description = "Orders often and much, and expects to be known."
motto = "I have told you three times this year that the lift is narrow."
demographics = ["41, architect", "a house from 1928, two children", "orders for EUR 2,000 a year"]
psychographics = ["decides quickly, complains politely", "reads the small print once and remembers it"]
goals = ["rooms that are finished by Christmas"]
motivations = ["a home that looks intended"]
pains = ["explaining the narrow lift to every courier", "damaged corners"]
channels = ["app", "phone"]
solutions = ["a spreadsheet of orders and promised days"]
story = """\
Astrid has ordered from Nordlicht since the first catalogue. She measures twice, orders on Sunday evening and plans \
the week around what comes. A missed day costs her a morning on site."""

[[personas]]
name = "Nora the newcomer"
when = "tenure = new"
description = "Orders from Nordlicht for the first time, and decides after the first parcel whether there is a second."
motto = "I would rather wait a day longer than not know which day."
demographics = ["29, nurse, works shifts", "rents two rooms, fourth floor", "pays with the phone"]
psychographics = ["compares three shops", "trusts pictures of customers more than ours"]
goals = ["the right thing at home on the promised day", "no day off for a courier"]
motivations = ["a first flat that does not look borrowed"]
pains = ["twice waited a morning for a parcel that did not come", "codes that do not arrive"]
channels = ["app", "chat"]
solutions = ["sends parcels to her sister's office", "buys in town when it is urgent"]
story = """\
Nora's coffee machine gave up on a Sunday. She had three shops open in three tabs, chose Nordlicht for the picture in \
a real kitchen, and moved a shift for the delivery. The day passed without a word."""

[[personas]]
name = "Henrik the regular"
when = "tenure = returning"
description = "Knows the shop, pays for the membership, and adds up once a year whether it is worth it."
motto = "I do not mind paying, I mind being forgotten."
demographics = ["54, teacher", "terraced house, a dog, two grown children"]
psychographics = ["loyal until ignored", "calls rather than writes"]
goals = ["things that last", "a membership that pays for itself"]
motivations = ["being recognised after nine years"]
pains = ["new customers get the better deal", "tells every agent the same story"]
channels = ["phone", "email"]
solutions = ["keeps every confirmation in a folder"]
story = """\
Henrik has every Nordlicht confirmation since 2017 in a folder. When the letter about the membership came this year, \
the claim for a cracked table top was still open. He read both at the same table."""
'''


def demo(
    folder: Annotated[Path, typer.Option("--folder", help="Where the demo lives; made anew each time.")] = Path("demo"),
    customers: Annotated[int, typer.Option(help="How many customers.", min=1)] = 2_000,
    once: Annotated[bool, typer.Option("--once", help="Build and show, then end: serve nothing.")] = False,
    port: Annotated[int, typer.Option(help="0 takes any free one.")] = 8765,
) -> None:
    """Build the demo workspace, print its main tables, and serve it until Ctrl-C.

    Without the server's extra (``pip install 'touchline[server]'``) it is the report that is served.
    """
    from touchline.questions import Local, latest
    from touchline.report import write_report
    from touchline.settings import new_toml
    from touchline.simulation import began, simulate_to
    from touchline.workspace import Workspace

    if folder.exists():
        if not (folder / "touchline.toml").exists() and any(folder.iterdir()):
            raise typer.BadParameter(f"{folder} holds something else; name another folder")
        shutil.rmtree(folder)
    settings = new_toml(_COMPANY, "taxonomy.yaml") + DECLARED
    with Workspace.create(folder, taxonomy="b2c", settings=settings) as workspace:
        with progress("simulate") as told:
            start = began(datetime.now(UTC).date())
            simulate_to(folder / "world", customers, 1, lambda done: told("simulating", done), start=start)
        export = export_of(folder / "world" / "interactions.csv", workspace=workspace)
        with progress("import") as told:
            show_imported(workspace.take_in(export, progress=told))
        journey = Local(workspace)
        span = journey.span()
        now, before = latest(span, _DAYS) if span else (Filters(), None)
        show_overview(journey, _COMPANY, now, before)
        site = folder / "site"
        site.mkdir()
        with progress("report") as told:
            write_report(
                journey,
                site / "index.html",
                title=_COMPANY,
                filters=now,
                previous=before,
                progress=told,
            )
    out.print(f"Wrote {site / 'index.html'}; ask more with: touchline show stages --workspace {folder}")
    if once:
        return
    if find_spec("django") is None:
        _serve(site, port)
        return
    out.print("Once it runs, some of its customers write of late parcels: see the alert, and whom the gate holds.")
    live = [sys.executable, "-m", "touchline.simulation.live", str(folder)]
    Popen(live, stdout=DEVNULL, stderr=DEVNULL)  # noqa: S603  it ends by itself
    arguments = [sys.executable, "-m", "touchline", "serve", str(folder), "--port", str(port or _free())]
    os.execv(sys.executable, arguments)  # noqa: S606  this program again, for good


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _serve(site: Path, port: int) -> None:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
            """Say nothing per request."""

    handler = partial(Quiet, directory=str(site))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError:  # the port is taken
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with server:
        out.print(f"Serving the report on [bold]http://127.0.0.1:{server.server_port}/[/] (Ctrl-C ends it)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            out.print("Stopped.")
