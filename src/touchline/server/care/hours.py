"""The rules of a workspace's cases, and when somebody works there."""

from __future__ import annotations

from touchline.errors import WorkspaceMissing
from touchline.server.care.clocks import OFFICE, Calendar
from touchline.server.workspaces.facade import find, held
from touchline.settings import Settings
from touchline.settings.cases import Cases


def settings_of(slug: str) -> Settings:
    """Return a workspace's settings, whether or not this process holds it.

    Raises:
        WorkspaceMissing: There is no such workspace.
    """
    try:
        return held(slug).workspace.settings
    except WorkspaceMissing:
        row = find(slug)
        if row is None:
            raise
        return Settings.load(row.root / "touchline.toml")


def rules(slug: str) -> Cases:
    """Return what ``[cases]`` says."""
    return settings_of(slug).cases


def calendar(slug: str) -> Calendar:
    """Return when somebody works on cases."""
    settings = settings_of(slug)
    hours = settings.cases.hours or settings.service.hours
    week = tuple(((one,) if one else ()) for one in hours) if hours else OFFICE
    return Calendar(settings.cases.zone or settings.workspace.timezone, week, settings.cases.holidays)
