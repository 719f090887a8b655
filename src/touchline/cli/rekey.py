"""`touchline rekey`: the journal encrypted with another key, or no longer."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from touchline.cli.console import out, progress
from touchline.cli.options import JsonOption, WorkspaceOption
from touchline.cli.tables import thousands
from touchline.cli.writing import write_json


def rekey(
    workspace: WorkspaceOption = Path(),
    off: Annotated[bool, typer.Option("--off", help="Decrypt it; afterwards no key is needed.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Encrypt the journal with the first key of TOUCHLINE_DATA_KEY; it may be stopped and run again.

    To change a key, set the variable to NEW,OLD, run this, and take the old one away.

    [dim]TOUCHLINE_DATA_KEY=$(openssl rand -base64 32) touchline rekey --workspace acme[/]
    """
    from touchline.journal import Cipher, open_journal

    cipher = Cipher.from_environment()
    with open_journal(workspace, cipher=cipher) as journal, progress("journal") as told:
        rows = journal.rekey(off=off, told=lambda done: told("encrypting", done))
    key = "" if off else cipher.key_id
    if as_json:
        write_json({"rewritten": rows, "key": key or None})
    else:
        out.print(
            f"{thousands(rows)} batches and records rewritten; " + (f"the key is {key}" if key else "in the clear")
        )
