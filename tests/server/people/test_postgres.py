"""The same on PostgreSQL: the audit log cannot be changed, chains hold, links and keys work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.postgres import Server

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def test_the_audit_log_keys_and_links_hold_on_postgresql(postgres: Server) -> None:
    """Runs these tests once more, in a process whose database is a real PostgreSQL server."""
    files = ("test_audit.py", "test_keys.py", "test_links.py", "test_login.py::test_guesses_at_once_are_all_counted")
    environment = {**os.environ, "TOUCHLINE_DATABASE": postgres.database()}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(str(HERE / name) for name in files)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert "passed" in done.stdout
