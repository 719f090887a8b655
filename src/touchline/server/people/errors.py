"""What can stand in the way of a change to people and keys."""

from __future__ import annotations

from touchline.errors import InputError, TouchlineError


class NotThere(InputError):
    """There is no such person, key, invitation or session in this workspace."""


class Conflict(TouchlineError):
    """The change would leave the workspace without an administrator, or it was made already."""
