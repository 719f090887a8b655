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


def test_a_scale_is_not_cut_where_the_first_rows_hold_few_scores(tmp_path):
    """Scores that are rare are looked for beyond the sample, so that a scale to 7 is not taken for one to 5."""
    path = tmp_path / "answers.csv"
    rows = ["id,customer,time,ces,nps"]
    rows += [f"{i},c{i},2026-01-01,{(3 if i % 500 == 0 else '')}," for i in range(2_500)]
    rows += [f"{i},c{i},2026-01-01,{i % 7 + 1},{i % 11}" for i in range(2_500, 3_000)]
    path.write_text("\n".join(rows))
    export = open_export(path)
    scores = {column.name: str(column.score) for column in export.columns if column.score}
    assert scores == {"ces": "ces 1-7", "nps": "nps 0-10"}
    assert sum(chunk.quarantine.num_rows for chunk in export.chunks()) == 0


def test_a_value_that_many_cells_hold_is_no_stray(tmp_path):
    """One value in five may be a mistake; a quarter of the cells is not."""
    path = tmp_path / "answers.csv"
    scores = [3, 3, 3, 3, 6, 6, 6, 1, 1, 2, 2, 4]
    path.write_text("\n".join(["id,time,ces", *(f"{i},2026-01-01,{s}" for i, s in enumerate(scores))]))
    assert [str(c.score) for c in open_export(path).columns if c.score] == ["ces 1-7"]
