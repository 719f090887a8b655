"""A full disk stops an import with a clear word; with space again it completes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
from tests.files import answers, contents, take_in, write_csv

from touchline.workspace import Workspace

pytestmark = pytest.mark.faults

#: The command line, on a disk on which no file can grow beyond so many bytes.
SMALL = """
import resource, sys
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from touchline.cli import main
main()
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """An empty workspace, a file, and what an import with enough space makes of them."""
    folder = tmp_path_factory.mktemp("world")
    rows = [row | {"comment": f"{row['comment']} {n * 7919:x}" * 6} for n, row in enumerate(answers(*range(900)))]
    path = write_csv(folder / "survey.csv", rows)
    Workspace.create(folder / "empty").close()
    shutil.copytree(folder / "empty", folder / "whole")
    with Workspace(folder / "whole") as whole:
        take_in(whole, path)
        return folder / "empty", path, contents(whole)


@pytest.mark.skipif(os.name != "posix", reason="needs limits on the size of files")
@pytest.mark.parametrize(("kilobytes", "full"), [(50, "journal.db"), (200, ".duckdb")])
def test_a_full_disk_is_told_and_nothing_acknowledged_is_lost(world, tmp_path, kilobytes, full):
    empty, path, whole = world
    root = tmp_path / "full"
    shutil.copytree(empty, root)
    command = [sys.executable, "-c", SMALL, str(kilobytes * 1024), "import", str(path), "-w", str(root)]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 6, found.stderr[-2000:]
    assert "free some space" in found.stderr
    assert f"{full}: " in found.stderr
    with Workspace(root) as mended:
        take_in(mended, path)
        assert contents(mended) == whole
        assert mended.check() == []
        assert mended.status().stored == 900
