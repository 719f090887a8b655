"""The command line: parse the arguments, ask a question, show the answer.

Exit codes: 0 done; 1 something was found to be wrong; 2 bad input or usage; 3 no workspace, or its state stands in
the way; 4 another process holds the warehouse; 5 the journal is damaged; 6 the disk is full; 130 interrupted.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; every error of ours is one clear line and an exit code."""
    import os

    from touchline.cli.app import app
    from touchline.cli.console import err
    from touchline.errors import TouchlineError

    try:
        app()
    except TouchlineError as error:
        err.print(f"[bold red]error[/] {_plain(str(error))}", highlight=False)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print("stopped; what was acknowledged is safe", highlight=False)
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has gone, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(text)
