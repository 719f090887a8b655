"""Django's settings in the door's process: the apps that it needs, so that it listens soon."""

from __future__ import annotations

from touchline.server.config.settings import *  # noqa: F403
from touchline.server.config.settings import INSTALLED_APPS as _ALL

_WEB_ONLY = {
    f"touchline.server.{name}"
    for name in ("api", "assets", "boards", "care", "data", "feedback", "journey", "maps", "monitoring", "outbox")
} | {"touchline.server.plays", "touchline.server.privacy"}
INSTALLED_APPS = [one for one in _ALL if one not in _WEB_ONLY]
