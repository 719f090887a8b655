"""The command line as a user runs it: another process, its output, its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


@pytest.fixture(scope="session")
def touchline():
    """Run the command line; return what it wrote. A command that fails fails the test."""

    def running(*arguments: object) -> str:
        command = [sys.executable, "-c", "from touchline.cli import main; main()", *(str(a) for a in arguments)]
        found = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ, "COLUMNS": "110"}
        )
        assert found.returncode == 0, found.stderr
        return found.stdout

    return running


@pytest.fixture(scope="session")
def asked(touchline):
    """Run a command with `--json`; return what it answered."""

    def asking(*arguments: object):
        return json.loads(touchline(*arguments, "--json"))

    return asking
