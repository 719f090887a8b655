"""Quarantined records are looked at, tried again, mended; whatever becomes of them, the counts add up."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.files import answer, answers, contents, take_in, write_csv

from touchline.errors import InputError
from touchline.workspace import Workspace
from touchline.workspace.mends import Mends, patched


@pytest.fixture
def workspace(tmp_path):
    with Workspace.create(tmp_path / "acme", name="acme") as opened:
        yield opened


def sound(workspace) -> bool:
    status = workspace.status()
    assert workspace.check() == []
    assert workspace.rebuild().equal
    return status.balanced


def test_a_mended_record_is_stored_as_if_it_had_been_right_at_once(workspace, tmp_path):
    bad = [answer(1, nps="eleven"), answer(2, nps="ten"), answer(3, date="soon")]
    take_in(workspace, write_csv(tmp_path / "survey.csv", [*answers(*range(10, 40)), *bad]))
    assert [row["row"] for row in workspace.quarantine.rows()] == [34, 33, 32]
    mended = workspace.quarantine.fix(Mends(replace={("nps", "eleven"): "1", ("nps", "ten"): "2"}))
    assert (mended.tried, mended.accepted, mended.quarantined) == (3, 2, 1)
    assert "which is no time" in mended.reasons[0][0]
    mended = workspace.quarantine.fix(Mends(set={"date": "2026-01-04 10:03"}), column="date")
    assert (mended.tried, mended.accepted) == (1, 1)
    assert workspace.quarantine.rows() == []
    assert sound(workspace)
    with Workspace.create(tmp_path / "right") as right:
        rows = [*answers(*range(10, 40)), answer(1, nps="1"), answer(2, nps="2"), answer(3, date="2026-01-04 10:03")]
        take_in(right, write_csv(tmp_path / "survey.csv", rows))
        asked = "SELECT interaction_id, text, answers, occurred_at FROM interactions ORDER BY ALL"
        assert right.warehouse.fetch(asked) == workspace.warehouse.fetch(asked)
        assert right.status().interactions == 33


def test_a_column_is_renamed_for_all_records_of_an_api_client_or_file(workspace, tmp_path):
    rows = [json.dumps(answer(n) | {"date": None, "when": f"2026-01-0{n}"}) for n in range(1, 6)]
    good = [json.dumps(answer(n)) for n in range(10, 40)]
    (tmp_path / "a.jsonl").write_text("\n".join([*good, *rows]))
    take_in(workspace, tmp_path / "a.jsonl")
    assert len(workspace.quarantine.rows()) == 5
    assert workspace.quarantine.values(workspace.quarantine.rows()[0]["id"])["when"] == "2026-01-05"
    mended = workspace.quarantine.fix(Mends(rename={"when": "date"}))
    assert (mended.accepted, mended.quarantined) == (5, 0)
    assert sound(workspace)


def test_what_is_still_wrong_stays_as_it_was(workspace, tmp_path):
    take_in(workspace, write_csv(tmp_path / "a.csv", [*answers(*range(10, 40)), answer(1, date="soon")]))
    (before,) = workspace.quarantine.rows()
    mended = workspace.quarantine.fix(Mends(set={"date": "later"}))
    assert (mended.tried, mended.quarantined) == (1, 1)
    assert "'later'" in mended.reasons[0][0]
    assert workspace.quarantine.rows() == [before]
    assert workspace.quarantine.retry().quarantined == 1
    assert workspace.quarantine.rows() == [before]
    assert sound(workspace)


def test_a_time_that_was_ahead_is_accepted_when_it_has_come(workspace, tmp_path, monkeypatch):
    soon = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%d %H:%M")
    take_in(workspace, write_csv(tmp_path / "a.csv", [*answers(*range(10, 40)), answer(1, date=soon)]))
    assert workspace.quarantine.retry().quarantined == 1
    monkeypatch.setattr("touchline.sources.again.latest", lambda now: now + timedelta(days=4))
    assert workspace.quarantine.retry().accepted == 1
    assert sound(workspace)


def test_a_line_with_too_few_cells_gets_other_bytes(workspace, tmp_path):
    path = write_csv(tmp_path / "a.csv", answers(*range(10, 40)))
    path.write_text(path.read_text() + "a1,C1\n")
    take_in(workspace, path)
    (row,) = workspace.quarantine.rows()
    assert workspace.quarantine.retry().reasons[0][0].startswith("the line has 2 cells where the header has 6")
    with pytest.raises(InputError, match="2 cells"):
        workspace.quarantine.values(row["id"])
    assert workspace.quarantine.replace(row["id"], b'a1,C1,2026-01-05 10:00,9,"so, fine",emea').accepted == 1
    found = workspace.warehouse.fetch("SELECT text FROM interactions WHERE interaction_id = 'survey/a1'")
    assert found["text"].to_pylist() == ["so, fine"]
    assert sound(workspace)


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
def test_records_are_read_in_the_encoding_of_their_file(workspace, tmp_path, encoding):
    rows = [*answers(*range(10, 60)), answer(1, date="bald", comment="Größe paßt nicht, für mich")]
    path = write_csv(tmp_path / "a.csv", rows)
    path.write_text(path.read_text(encoding="utf-8"), encoding=encoding)
    take_in(workspace, path)
    assert workspace.quarantine.fix(Mends(set={"date": "2026-01-05"})).accepted == 1
    found = workspace.warehouse.fetch("SELECT text FROM interactions WHERE interaction_id = 'survey/a1'")
    assert found["text"].to_pylist() == ["Größe paßt nicht, für mich"]


def test_records_of_parquet_and_excel_are_mended(workspace, tmp_path):
    import openpyxl

    rows = [answer(n) | {"nps": str(n % 11)} for n in range(10, 60)]
    pq.write_table(pa.Table.from_pylist([*rows, answer(1, date="x") | {"nps": "1"}]), tmp_path / "a.parquet")
    book = openpyxl.Workbook()
    for row in [list(rows[0]), *(list(one.values()) for one in [*rows, answer(2, date="x")])]:
        book.active.append(row)
    book.save(tmp_path / "b.xlsx")
    take_in(workspace, tmp_path / "a.parquet")
    take_in(workspace, tmp_path / "b.xlsx")
    assert [row["file"] for row in workspace.quarantine.rows()] == ["b.xlsx", "a.parquet"]
    mended = workspace.quarantine.fix(Mends(set={"date": "2026-01-05"}))
    assert (mended.accepted, mended.reasons) == (2, ())


def test_a_record_whose_reading_nobody_kept_says_so(workspace):
    from touchline.vocabulary.schemas import QUARANTINE

    row = {"file": "a.csv", "row": 2, "column": None, "reason": "no", "raw": b"x"}
    workspace.journal.append(None, pa.Table.from_pylist([row], QUARANTINE), origin="a.csv")
    assert "import it again" in workspace.quarantine.retry().reasons[0][0]
    assert workspace.status().balanced


def test_personal_data_is_redacted_in_a_mended_record_too(workspace, tmp_path):
    rows = [*answers(*range(10, 40)), answer(1, date="x", comment="write to ann@example.org")]
    take_in(workspace, write_csv(tmp_path / "a.csv", rows))
    workspace.quarantine.fix(Mends(set={"date": "2026-01-05"}))
    texts = [text for entry in workspace.journal.read() for text in entry.table["text"].to_pylist()]
    assert not any("ann@" in (text or "") for text in texts)


def test_the_file_imported_again_after_mending_brings_nothing_new(workspace, tmp_path):
    path = write_csv(tmp_path / "a.csv", [*answers(*range(10, 40)), answer(1, nps="x")])
    take_in(workspace, path)
    workspace.quarantine.fix(Mends(set={"nps": "3"}))
    before = contents(workspace)
    take_in(workspace, write_csv(tmp_path / "a.csv", [*answers(*range(10, 40)), answer(1, nps="3")]))
    assert contents(workspace) == before
    assert workspace.status().interactions == 31
    assert sound(workspace)


def test_while_another_process_holds_the_warehouse_mended_records_wait(workspace, tmp_path, monkeypatch):
    from touchline.errors import WarehouseLocked

    take_in(workspace, write_csv(tmp_path / "a.csv", [*answers(*range(10, 40)), answer(1, nps="x")]))

    def held() -> None:
        raise WarehouseLocked("held")

    with monkeypatch.context() as patch:
        patch.setattr(workspace, "drain", held)
        mended = workspace.quarantine.fix(Mends(set={"nps": "3"}))
    assert (mended.accepted, mended.waiting) == (1, 1)
    assert workspace.status().waiting == 1
    workspace.drain()
    assert workspace.status().interactions == 31


def test_nothing_to_change_is_no_mending(workspace):
    with pytest.raises(InputError, match="nothing is to be changed"):
        workspace.quarantine.fix(Mends())
    with pytest.raises(InputError, match="no quarantined record 7"):
        workspace.quarantine.retry([7])


RECORD = {"a": {"b": 1}, "c": [1, 2], "d/e": "x"}


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ({"op": "add", "path": "/n", "value": 2}, RECORD | {"n": 2}),
        ({"op": "add", "path": "/c/1", "value": 9}, RECORD | {"c": [1, 9, 2]}),
        ({"op": "remove", "path": "/d~1e"}, {"a": {"b": 1}, "c": [1, 2]}),
        ({"op": "replace", "path": "/a/b", "value": "y"}, RECORD | {"a": {"b": "y"}}),
        ({"op": "replace", "path": "", "value": {"z": 1}}, {"z": 1}),
        ({"op": "copy", "from": "/a", "path": "/c/-"}, RECORD | {"c": [1, 2, {"b": 1}]}),
        ({"op": "test", "path": "/c/0", "value": 1}, RECORD),
    ],
)
def test_steps_of_a_json_patch(step, expected):
    before = json.dumps(RECORD)
    assert patched(RECORD, [step]) == expected
    assert json.dumps(RECORD) == before


@pytest.mark.parametrize(
    "step",
    [
        {"op": "remove", "path": "/none"},
        {"op": "replace", "path": "/c/2", "value": 1},
        {"op": "add", "path": "/c/4", "value": 1},
        {"op": "add", "path": "/c/0/x", "value": 1},
        {"op": "add", "path": "n", "value": 1},
        {"op": "add", "path": "/n"},
        {"op": "test", "path": "/c/0", "value": 7},
        {"op": "move", "from": "/none", "path": "/n"},
        {"op": "merge", "path": "/n", "value": 1},
        {"op": "replace", "path": "", "value": 3},
    ],
)
def test_steps_that_cannot_be_done_are_told(step):
    with pytest.raises(InputError):
        patched(RECORD, [step])


NAMES = st.sampled_from("abc")


@given(st.dictionaries(NAMES, st.sampled_from("xyz")), NAMES, NAMES, st.sampled_from("xyz"), st.sampled_from("xyz"))
def test_mends_are_what_a_loop_makes_of_them(record, old, new, held, value):
    mends = Mends({old: new}, {(new, held): value}, {"d": "1"}, ["c"])
    expected = {}
    for name, cell in record.items():
        expected[new if name == old else name] = cell
    if expected.get(new) == held:
        expected[new] = value
    expected["d"] = "1"
    expected.pop("c", None)
    assert mends.made(record) == expected
