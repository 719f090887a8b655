"""A full disk stops an import with a clear word; with space again it completes."""

from __future__ import annotations

import os
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


@pytest.mark.skipif(os.name != "posix", reason="needs limits on the size of files")
@pytest.mark.parametrize("kilobytes", [60, 200, 1500])
def test_a_full_disk_is_told_and_nothing_acknowledged_is_lost(tmp_path, kilobytes):
    """The journal may be what is cut short, or the warehouse."""
    rows = [row | {"comment": f"{row['comment']} {n * 7919:x}" * 8} for n, row in enumerate(answers(*range(1500)))]
    path = write_csv(tmp_path / "survey.csv", rows)
    for name in ("full", "whole"):
        Workspace.create(tmp_path / name).close()
    (tmp_path / "full" / ".touchline" / "key").write_text((tmp_path / "whole" / ".touchline" / "key").read_text())
    command = [sys.executable, "-c", SMALL, str(kilobytes * 1024), "import", str(path), "-w", str(tmp_path / "full")]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    assert found.returncode == 6, found.stderr[-2000:]
    assert "free some space" in " ".join(found.stderr.split())
    with Workspace(tmp_path / "full") as full, Workspace(tmp_path / "whole") as whole:
        take_in(full, path)
        take_in(whole, path)
        assert contents(full) == contents(whole)
        assert full.check() == []
        assert full.status().stored == 1500
