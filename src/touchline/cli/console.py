"""Where the command line writes: answers to standard output, everything else to standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from collections.abc import Callable

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

_SHOWN_AFTER = 1.0  # seconds: nothing flickers for what is done at once


def write(text: str) -> None:
    """Write text that a program reads: no colour, no wrapping."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


@contextmanager
def progress(what: str) -> Iterator[Callable[[str, float], None]]:
    """Show a bar per step, with the remaining time, once the work has taken a second."""
    started = monotonic()
    steps: dict[str, TaskID] = {}
    bar = Progress(
        TextColumn("{task.fields[what]}"),
        TextColumn("[dim]{task.description}"),
        BarColumn(bar_width=28),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(compact=True),
        console=err,
        transient=True,
    )
    showing = False

    def told(step: str, fraction: float) -> None:
        nonlocal showing
        if not showing and monotonic() - started > _SHOWN_AFTER:
            bar.start()
            showing = True
        if step not in steps:
            steps[step] = bar.add_task(step, total=1.0, what=what)
        bar.update(steps[step], completed=min(fraction, 1.0))

    try:
        yield told
    finally:
        if showing:
            bar.stop()
