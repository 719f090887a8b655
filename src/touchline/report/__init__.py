"""The report: one HTML file to show to a board. It needs no network and no scripts, and prints."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from touchline.errors import InputError
from touchline.scores.base import Filters

if TYPE_CHECKING:
    from collections.abc import Callable

    from touchline.report.asked import Journey

__all__ = ["render", "write_report"]


def _silent(step: str, done: float) -> None:
    """Tell nobody."""


def render(
    journey: Journey,
    *,
    title: str,
    filters: Filters | None = None,
    previous: Filters | None = None,
    progress: Callable[[str, float], None] = _silent,
) -> str:
    """Return the report as HTML.

    Args:
        journey: Answers the questions, and has the workspace open.
        title: Whose journey it is.
        filters: Which touches; None takes everything.
        previous: What to compare with. None compares with as many days before ``filters.since``, and with
            nothing where ``filters`` have no first day.
        progress: Called with a step's name and the share that is done.
    """
    from touchline.report.asked import ask
    from touchline.report.page import page

    asked = ask(journey, title, filters or Filters(), previous, progress)
    progress("writing", 1.0)
    return page(asked)


def write_report(
    journey: Journey,
    to: Path,
    *,
    title: str,
    filters: Filters | None = None,
    previous: Filters | None = None,
    progress: Callable[[str, float], None] = _silent,
) -> None:
    """Write the report to a file; see `render`.

    Raises:
        InputError: The file cannot be written.
    """
    html = render(journey, title=title, filters=filters, previous=previous, progress=progress)
    try:
        to.write_text(html, encoding="utf-8")
    except OSError as error:
        raise InputError(
            "the report cannot be written", where=str(to), todo=f"{error.strerror}; name another file"
        ) from error
