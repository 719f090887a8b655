"""The server's settings, with a home that is thrown away: for tests, and for the type checker."""

from __future__ import annotations

import os
import tempfile

# Each worker of a run has a home of its own; the processes that it starts share that.
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
if os.environ.get("TOUCHLINE_HOME_OF") != _WORKER or "TOUCHLINE_HOME" not in os.environ:
    os.environ["TOUCHLINE_HOME"] = tempfile.mkdtemp(prefix="touchline-home-")
    os.environ["TOUCHLINE_HOME_OF"] = _WORKER

# Tests ask faster than people; what the limit does has tests of its own.
os.environ.setdefault("TOUCHLINE_API_RATE", "1000000")

from touchline.server.config.settings import *  # noqa: E402, F403

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # a file, as in a server: in memory, threads share one connection's cache and lock each other out
    DATABASES["default"]["TEST"] = {"NAME": str(HOME.root / "test.db")}  # noqa: F405

#: Tests gather no static files.
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
MIDDLEWARE = [name for name in MIDDLEWARE if "whitenoise" not in name]  # noqa: F405
