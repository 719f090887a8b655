"""The command line: parse the arguments, ask a question, show the answer.

Exit codes: 0 done; 1 something was found to be wrong; 2 bad input or usage; 3 no workspace, or its state stands in
the way; 4 another process holds the warehouse; 5 the journal is damaged; 6 the disk is full; 130 interrupted.
"""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> None:
    """Run the command line; every error of ours, or of the operating system, is one clear line and an exit code."""
    import errno
    import os

    from touchline.cli.app import app
    from touchline.cli.console import err
    from touchline.errors import TouchlineError

    try:
        app()
    except TouchlineError as error:
        _end(str(error), error.exit_code)
    except KeyboardInterrupt:
        err.print("stopped; what was acknowledged is safe", highlight=False)
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output has gone, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        _end(": ".join(str(part) for part in (error.filename, error.strerror or error) if part), 6 if full else 2)


def _end(text: str, code: int) -> NoReturn:
    from rich.text import Text

    from touchline.cli.console import err

    err.print(Text.assemble(("error ", "bold red"), text), soft_wrap=True)
    sys.exit(code)
