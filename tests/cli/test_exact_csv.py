"""CSV for spreadsheets by default, and as it is for programs that ask for that."""

from __future__ import annotations

import csv
import io

import pytest


@pytest.fixture
def comments(tmp_path):
    path = tmp_path / "comments.csv"
    path.write_text('text,who\n"=HYPERLINK(""https://evil.example"") was late","@ann"\nfine,-5\n', encoding="utf-8")
    return path


@pytest.mark.parametrize(("options", "mark"), [((), "'"), (("--exact-csv",), "")])
def test_cells_are_defused_unless_a_program_asks(run, comments, options, mark):
    found = run(*options, "classify", "--file", str(comments), "--text", "text")
    assert found.code == 0, found.err
    first, second = csv.DictReader(io.StringIO(found.out))
    assert first["text"] == f'{mark}=HYPERLINK("https://evil.example") was late'
    assert (first["who"], second["who"]) == (f"{mark}@ann", "-5")
