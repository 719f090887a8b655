"""Each format gives the same interactions for the same content."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from touchline.errors import SourceError
from touchline.sources import installed, open_export
from touchline.vocabulary.schemas import QUARANTINE, RAW_INTERACTIONS, validate

RECORDS = [
    {
        "id": str(i),
        "date": f"2024-01-{i + 1:02}T10:00:00Z",
        "comment": f"it was number {i} for me",
        "nps": i % 11,
        "tier": "vip" if i % 2 else "basic",
        "amount": i + 0.5,
    }
    for i in range(20)
]


def read(path: Path, **said: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    good, bad = [], []
    for chunk in open_export(path, **said).chunks():
        validate(chunk.interactions, RAW_INTERACTIONS)
        validate(chunk.quarantine, QUARANTINE)
        good += chunk.interactions.to_pylist()
        bad += chunk.quarantine.to_pylist()
    return good, bad


def as_csv(path: Path, delimiter: str) -> Path:
    lines = [delimiter.join(RECORDS[0]), *(delimiter.join(map(str, r.values())) for r in RECORDS)]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def as_json(path: Path, form: str) -> Path:
    text = {
        "array": json.dumps(RECORDS),
        "pretty": json.dumps(RECORDS, indent=2),
        "wrapped": json.dumps({"count": 20, "tickets": RECORDS, "next": None}),
        "lines": "\n".join(map(json.dumps, RECORDS)),
    }[form]
    path.write_text(text, encoding="utf-8")
    return path


def as_excel(path: Path) -> Path:
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Cover"
    sheet = book.create_sheet("Answers")
    sheet.append(list(RECORDS[0]))
    for r in RECORDS:
        when = datetime.fromisoformat(str(r["date"])).replace(tzinfo=None)
        sheet.append([r["id"], when, *list(r.values())[2:]])
    book.save(path)
    return path


def as_parquet(path: Path) -> Path:
    rows = [{**r, "date": datetime.fromisoformat(str(r["date"]))} for r in RECORDS]
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=7)
    return path


def test_all_formats_agree(tmp_path: Path) -> None:
    files = [
        as_csv(tmp_path / "f.csv", ","),
        as_csv(tmp_path / "f.tsv", "\t"),
        as_csv(tmp_path / "f.txt", ";"),
        as_csv(tmp_path / "f.psv", "|"),
        *(as_json(tmp_path / f"{form}.json", form) for form in ("array", "pretty", "wrapped", "lines")),
        as_excel(tmp_path / "f.xlsx"),
        as_parquet(tmp_path / "f.parquet"),
    ]
    first, _ = read(files[0], source="x")
    assert len(first) == 20
    assert first[3]["answers"][0]["value"] == 3
    assert first[3]["occurred_at"] == datetime(2024, 1, 4, 10, tzinfo=UTC)
    for file in files[1:]:
        good, bad = read(file, source="x")
        assert not bad
        assert [{**g, "row": 0} for g in good] == [{**g, "row": 0} for g in first], file.name


def test_all_built_in_sources_are_entry_points() -> None:
    assert [s.name for s in installed()] == ["delimited", "dialogues", "excel", "json", "parquet", "xes"]


def test_nested_objects_get_dotted_names(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    tickets = [
        {
            "id": i,
            "created_at": 1704103200 + i,
            "via": {"channel": "email"},
            "tags": ["a", "b"],
            "description": f"no parcel {i} came",
        }
        for i in range(5)
    ]
    path.write_text(json.dumps({"tickets": tickets}), encoding="utf-8")
    export = open_export(path)
    assert {c.name: c.role for c in export.columns} == {
        "id": "id", "created_at": "time", "via.channel": "channel", "tags": "attribute", "description": "text",
    }  # fmt: skip
    first = export.preview(1).to_pylist()[0]
    assert (first["channel"], first["attributes"]) == ("email", [("tags", "a, b")])


def test_broken_json_lines_go_to_quarantine(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"id":1,"text":"a b c"}\n{"id":2,"text":\n[3]\n{"id":4,"text":"d\\u0000"}\n{"id":5,"text":"e"}\n')
    good, bad = read(path)
    assert [g["interaction_id"] for g in good] == ["1", "5"]
    assert [(b["row"], b["raw"]) for b in bad] == [
        (2, b'{"id":2,"text":'), (3, b"[3]"), (4, b'{"id":4,"text":"d\\u0000"}'),
    ]  # fmt: skip


def test_a_cut_off_array_loses_its_last_element_only(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(RECORDS)[:-30], encoding="utf-8")
    good, bad = read(path)
    assert len(good) == 19
    assert bad[0]["raw"].startswith(b'{"id": "19"')


def test_a_named_sheet(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["id", "date", "text"])
    for name, day in (("May", 5), ("June", 6)):
        sheet = book.create_sheet(name)
        sheet.append(["Feedback export"])
        sheet.append(["id", "date", "text"])
        sheet.append([1, date(2024, day, 1), "it was fine"])
        sheet.append([2, "someday", "it was bad"])
    book.save(tmp_path / "a.xlsx")
    good, bad = read(tmp_path / "a.xlsx", overrides={"sheet": "June"})
    assert [(g["occurred_at"].month, g["date_only"], g["row"]) for g in good] == [(6, True, 3)]
    assert [(b["row"], b["raw"]) for b in bad] == [(4, b"2\tsomeday\tit was bad")]
    with pytest.raises(SourceError, match="no sheet 'July'; its sheets are Sheet, May, June"):
        open_export(tmp_path / "a.xlsx", overrides={"sheet": "July"})


def test_parquet_of_any_type(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": pa.array([1, 2, 3]),
            "date": pa.array([date(2024, 1, 1)] * 3),
            "text": pa.array(["a b", None, "n/a"]).dictionary_encode(),
            "nps": pa.array([9.0, float("nan"), 8.5]),
            "who": pa.array([{"tier": "vip", "age": 3}, None, {"tier": "basic", "age": None}]),
            "on": pa.array([True, False, None]),
            "raw": pa.array([b"x", None, b"\xff"]),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    good, bad = read(tmp_path / "a.parquet")
    assert not bad
    assert [g["text"] for g in good] == ["a b", None, None]
    assert [g["answers"] and g["answers"][0]["value"] for g in good] == [9.0, None, 8.5]
    assert dict(good[0]["attributes"]) == {"who.tier": "vip", "who.age": "3", "on": "true", "raw": "x"}
    assert good[0]["row"] == 1


def test_dialogues_give_one_interaction_per_turn(tmp_path: Path) -> None:
    dialogues = [
        {
            "convo_id": 7,
            "flow": "returns",
            "original": [["agent", "Hi!"], ["customer", "It broke."], ["action", "Pulled up."]],
            "delexed": [{"speaker": "agent", "text": "hi!"}],
        },
        {
            "convo_id": 8,
            "messages": [
                {"role": "user", "content": "Where is it?", "at": "x"},
                {"role": "assistant", "content": "Soon."},
            ],
        },
        {"convo_id": 9},
    ]
    path = tmp_path / "d.json"
    path.write_text(json.dumps(dialogues), encoding="utf-8")
    good, bad = read(path)
    told = [(g["conversation_ref"], g["sequence"], g["author"], g["text"], g["kind"]) for g in good]
    assert told == [
        ("7", 0, "employee", "Hi!", "chat"),
        ("7", 1, "customer", "It broke.", "chat"),
        ("7", 2, "system", "Pulled up.", "chat"),
        ("8", 0, "customer", "Where is it?", "chat"),
        ("8", 1, "system", "Soon.", "chat"),
    ]
    assert dict(good[0]["attributes"]) == {"flow": "returns"}
    assert [(b["row"], b["raw"]) for b in bad] == [(6, b'{"convo_id": 9}')]


def test_half_characters_and_objects_without_values(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"id": 1, "te\\ud800xt": "half \\udc9d", "text": "it was \\udfff fine"}, {}]')
    good, bad = read(path)
    assert [g["text"] for g in good] == ["it was ? fine"]
    assert not bad
    path.write_text("[{}, {}]")
    with pytest.raises(SourceError, match="holds no objects"):
        open_export(path)
