"""The server's settings, with a home that is thrown away: for tests, and for the type checker."""

from __future__ import annotations

import os
import tempfile

os.environ.setdefault("TOUCHLINE_HOME", tempfile.mkdtemp(prefix="touchline-home-"))

from touchline.server.config.settings import *  # noqa: F403
