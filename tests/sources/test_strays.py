"""A score out of its range is a mistake to be told, not a reason to read the column as something else."""

from __future__ import annotations

from touchline.sources import open_export


def test_an_nps_beyond_ten_is_quarantined_even_in_a_tiny_file(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("id,date,comment,nps\n1,2026-01-02,late,3\n2,2026-01-03,fine,14\n3,2026-02-01,good,10\n")
    (chunk,) = open_export(path).chunks()
    assert [answers[0]["value"] for answers in chunk.interactions["answers"].to_pylist()] == [3.0, 10.0]
    (bad,) = chunk.quarantine.to_pylist()
    assert (bad["row"], bad["column"]) == (3, "nps")
    assert "14" in bad["reason"]
    assert bad["raw"] == b"2,2026-01-03,fine,14\n"


def test_a_column_called_nps_that_holds_money_is_no_score(tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text("id,date,comment,nps\n1,2026-01-02,late,300\n2,2026-01-03,fine,1400\n3,2026-02-01,good,10\n")
    (chunk,) = open_export(path).chunks()
    assert chunk.quarantine.num_rows == 0
    assert chunk.interactions["answers"].null_count == 3 or not any(chunk.interactions["answers"].to_pylist())
