"""Touchline shows where the customer journey breaks, for whom, why, and what to do.

>>> import touchline as tl
>>> tl.Filters(stages=("delivery",)).stages
('delivery',)

A workspace is opened with ``tl.open("folder")``; heavy parts are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from touchline._version import __version__

if TYPE_CHECKING:
    from touchline.client import connect
    from touchline.errors import InputError, TouchlineError, WorkspaceError
    from touchline.questions import Questions
    from touchline.questions import open_workspace as open  # noqa: A004  the public name
    from touchline.scores.base import Figure, Filters
    from touchline.sequences.journey import Journey, read_events
    from touchline.understanding.quick import sentiment
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.workspace import Workspace

__all__ = [
    "Figure",
    "Filters",
    "InputError",
    "Journey",
    "Questions",
    "Taxonomy",
    "TouchlineError",
    "Workspace",
    "WorkspaceError",
    "__version__",
    "connect",
    "open",
    "read_events",
    "sentiment",
]

_HOMES = {
    "Figure": ("touchline.scores.base", "Figure"),
    "Filters": ("touchline.scores.base", "Filters"),
    "InputError": ("touchline.errors", "InputError"),
    "Journey": ("touchline.sequences.journey", "Journey"),
    "Questions": ("touchline.questions", "Questions"),
    "Taxonomy": ("touchline.vocabulary.taxonomy", "Taxonomy"),
    "TouchlineError": ("touchline.errors", "TouchlineError"),
    "Workspace": ("touchline.workspace", "Workspace"),
    "WorkspaceError": ("touchline.errors", "WorkspaceError"),
    "connect": ("touchline.client", "connect"),
    "open": ("touchline.questions", "open_workspace"),
    "read_events": ("touchline.sequences.journey", "read_events"),
    "sentiment": ("touchline.understanding.quick", "sentiment"),
}


def __getattr__(name: str) -> object:
    """Import a public name from its home when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'touchline' has no attribute {name!r}")
    from importlib import import_module

    home, inner = _HOMES[name]
    return getattr(import_module(home), inner)


def __dir__() -> list[str]:
    return sorted(__all__)
