"""The page of measurements is written by what measures: a room anew replaces its own table and no other."""

from __future__ import annotations

from pathlib import Path

from benchmarks import page
from benchmarks.page import Row


def test_a_room_replaces_its_own_table_alone(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    path.write_text("# Performance\n\nWords.\n", encoding="utf-8")
    page.write("paths", "python -m x", "", [Row("funnel", "0.030 s", "0.029 s", "1.03", "at most 1.5", True)], path)
    page.write("other", "python -m y", "", [Row("a | b", "1 s")], path)
    before = path.read_text(encoding="utf-8")
    assert "| funnel | 0.030 s | 0.029 s | 1.03 | at most 1.5 | met |" in before
    assert "| a / b | 1 s |  |  |  |  |" in before
    page.write("paths", "python -m x", "", [Row("funnel", "9 s", "1 s", "9.00", "at most 1.5", False)], path)
    after = path.read_text(encoding="utf-8")
    assert "0.030 s" not in after
    assert "| funnel | 9 s | 1 s | 9.00 | at most 1.5 | missed |" in after
    assert after.count("### paths") == after.count("### other") == 1
    assert after.startswith("# Performance\n\nWords.\n")
    assert after[after.index("### other") :] == before[before.index("### other") :]
