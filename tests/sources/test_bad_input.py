"""Files in every bad state: a clear error or quarantine, and nothing lost."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from touchline.errors import SourceError
from touchline.sources import CHUNK_ROWS, open_export

HEADER = "id,date,comment,nps"


def write(folder: Path, content: str | bytes, name: str = "answers.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path, **said: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """All accepted interactions and all of quarantine."""
    good: list[dict[str, Any]] = []
    bad: list[dict[str, Any]] = []
    for chunk in open_export(path, **said).chunks():
        good += chunk.interactions.to_pylist()
        bad += chunk.quarantine.to_pylist()
    return good, bad


def texts(path: Path, **said: Any) -> list[str | None]:
    return [row["text"] for row in read(path, **said)[0]]


# ---- files that cannot be read at all


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n", b"\xff\xfe"])
def test_an_empty_file_is_told(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SourceError, match=r"answers\.csv: the file is empty; export it again"):
        open_export(write(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "a picture"),
        (bytes(range(256)) * 20, "binary data"),
        (random.Random(1).randbytes(5000), "binary data"),
        (b"\x1f\x8b\x08\x00" + bytes(50), "a gzip archive"),
    ],
)
def test_a_binary_file_is_told(tmp_path: Path, content: bytes, what: str) -> None:
    with pytest.raises(SourceError, match=what):
        open_export(write(tmp_path, content))


def test_a_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="this is a folder; name the files in it"):
        open_export(tmp_path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="there is no such file"):
        open_export(tmp_path / "none.csv")


def test_a_file_without_permission_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, HEADER)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SourceError, match="we may not read this file"):
        open_export(path)


def test_a_full_disk_while_rewriting_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, f"{HEADER}\n1,2024-01-02,Grüße,9\n".encode("cp1252"))

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.SpooledTemporaryFile", full)
    with pytest.raises(SourceError, match="No space left on device"):
        open_export(path)


def test_a_header_alone_has_no_records(tmp_path: Path) -> None:
    assert read(write(tmp_path, HEADER + "\n")) == ([], [])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xlsx", b"PK\x03\x04 this is no workbook"),
        ("a.parquet", b"PAR1 this is no table PAR1"),
        ("a.json", b'{"a": '),
        ("b.json", b'[1, 2, "x"]'),
    ],
)
def test_a_damaged_container_is_told(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(SourceError, match=name):
        list(open_export(write(tmp_path, content, name)).chunks())


# ---- encodings

SAID = "Grüße, “toll” – 5 €"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings_are_told_from_the_bytes(tmp_path: Path, encoding: str) -> None:
    lines = [HEADER, *(f'{i},2024-01-02,"{SAID} {i}",9' for i in range(30))]
    path = write(tmp_path, "\n".join(lines).encode(encoding))
    assert texts(path) == [f"{SAID} {i}" for i in range(30)]


def test_one_wrong_byte_spoils_one_row(tmp_path: Path) -> None:
    rows = [f"{i},2024-01-02,Grüße und Küsse,9".encode() for i in range(9)]
    rows[4] = b"4,2024-01-02,Gr\xff\xfe,9"
    good, bad = read(write(tmp_path, b"\n".join([HEADER.encode(), *rows])))
    assert len(good) == 8
    assert bad[0]["raw"] == b"4,2024-01-02,Gr\xff\xfe,9\n"
    assert bad[0]["row"] == 6
    assert "no character" in bad[0]["reason"]


def test_quarantine_keeps_the_bytes_of_the_files_own_encoding(tmp_path: Path) -> None:
    content = f"{HEADER}\r\n1,2024-01-02,Grüße,9\r\n2,gestern,Küsse,9\r\n".encode("utf-16-le")
    _, bad = read(write(tmp_path, content), overrides={"time": "date"})
    assert [b["raw"] for b in bad] == ["2,gestern,Küsse,9".encode("utf-16-le")]


def test_odd_bytes_in_utf_16_are_kept(tmp_path: Path) -> None:
    content = f"{HEADER}\n1,2024-01-02,fine,9\n".encode("utf-16") + b"\x32\x00\x2c\x00\x41"
    good, bad = read(write(tmp_path, content))
    assert len(good) == 1
    assert [b["raw"] for b in bad] == [b"\x32\x00\x2c\x00\x41"]


# ---- rows


def test_nul_bytes_spoil_their_row_only(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path, f"{HEADER}\n1,2024-01-02,a\0b,9\n2,2024-01-02,fine,9\n"))
    assert [g["interaction_id"] for g in good] == ["2"]
    assert bad[0]["raw"] == b"1,2024-01-02,a\0b,9\n"
    assert "NUL" in bad[0]["reason"]


def test_line_ends_may_be_mixed(tmp_path: Path) -> None:
    rows = "1,2024-01-02,a,9\r\n2,2024-01-02,b,8\n3,2024-01-02,c,7\r4,2024-01-02,d,6"
    assert texts(write(tmp_path, f"{HEADER}\r\n{rows}")) == ["a", "b", "c", "d"]


def test_ragged_rows_go_to_quarantine_and_the_rest_is_read(tmp_path: Path) -> None:
    content = f"{HEADER}\n1,2024-01-02,a,9\n2,2024-01-02\n3,2024-01-02,b,8,extra\n4,2024-01-02,c,7,,\n"
    good, bad = read(write(tmp_path, content))
    assert [g["interaction_id"] for g in good] == ["1", "4"]  # empty cells too many do no harm
    assert [(b["row"], b["raw"]) for b in bad] == [(3, b"2,2024-01-02\n"), (4, b"3,2024-01-02,b,8,extra\n")]
    assert bad[0]["reason"] == "the row has 2 cells where the header has 4; quote or fill it"
    assert bad[0]["file"] == "answers.csv"


def test_an_unclosed_quote_swallows_nothing(tmp_path: Path) -> None:
    content = f'{HEADER}\n1,2024-01-02,a,9\n2,2024-01-02,"open,8\n3,2024-01-02,"b, c",7\n4,2024-01-02,d,6\n'
    good, bad = read(write(tmp_path, content))
    assert [g["text"] for g in good] == ["a", "b, c", "d"]
    assert [b["raw"] for b in bad] == [b'2,2024-01-02,"open,8\n']
    assert "not closed" in bad[0]["reason"]


def test_two_unclosed_quotes_do_not_make_a_pair(tmp_path: Path) -> None:
    content = f'{HEADER}\n1,2024-01-02,"open,9\n2,2024-01-02,b,8\n3,2024-01-02,"open,7\n4,2024-01-02,d,6\n'
    good, bad = read(write(tmp_path, content))
    assert [g["interaction_id"] for g in good] == ["2", "4"]
    assert len(bad) == 2


def test_quotes_within_words_and_quoted_line_breaks_are_text(tmp_path: Path) -> None:
    content = f'{HEADER}\n1,2024-01-02,"He said "hi" to me",9\n2,2024-01-02,a 5" pipe,8\n3,2024-01-02,"two\nlines",7\n'
    assert texts(write(tmp_path, content)) == ['He said "hi" to me', 'a 5" pipe', "two\nlines"]


def test_duplicate_and_missing_headers_are_renamed_and_told(tmp_path: Path) -> None:
    export = open_export(write(tmp_path, "id,note,note,,date\n1,a,b,c,2024-01-02\n"))
    assert [c.name for c in export.columns] == ["id", "note", "note_2", "column4", "date"]
    assert "second column 'note' renamed to 'note_2'" in export.notes
    assert "column 4 has no name: called column4" in export.notes


def test_a_file_without_a_header_loses_no_row(tmp_path: Path) -> None:
    export = open_export(write(tmp_path, "1,2024-01-02,the parcel came late\n2,2024-01-03,all was fine with it\n"))
    assert [c.name for c in export.columns] == ["column1", "column2", "column3"]
    assert export.preview()["row"].to_pylist() == [1, 2]
    assert "no header found" in export.notes[0]


def test_titles_above_the_header_are_set_aside(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path, f"Survey report\n\n{HEADER}\n1,2024-01-02,a,9\n2,2024-01-02,b,9\n"))
    assert [g["row"] for g in good] == [4, 5]
    assert [(b["row"], b["raw"]) for b in bad] == [(1, b"Survey report\n")]


def test_blank_lines_are_no_records(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path, f"\n{HEADER}\n\n1,2024-01-02,a,9\n,,,\n   \n2,2024-01-02,b,9\n\n\n"))
    assert [g["row"] for g in good] == [4, 7]
    assert bad == []


def test_a_cell_of_a_megabyte_is_text(tmp_path: Path) -> None:
    long = "slow " * 200_000
    assert texts(write(tmp_path, f'{HEADER}\n1,2024-01-02,"{long}x",9\n2,2024-01-02,b,8\n')) == [f"{long}x", "b"]


def test_a_cell_of_seventeen_megabytes_goes_to_quarantine(tmp_path: Path) -> None:
    long = "x" * (17 << 20)
    good, bad = read(write(tmp_path, f"{HEADER}\n1,2024-01-02,{long},9\n2,2024-01-02,b,8\n"))
    assert [g["text"] for g in good] == ["b"]
    assert "larger than 16 MiB" in bad[0]["reason"]
    assert len(bad[0]["raw"]) > 17 << 20


def test_emoji_right_to_left_and_zero_width_survive(tmp_path: Path) -> None:
    said = ["👩‍👩‍👧 great 🎉", "الخدمة بطيئة جدا", "zero\u200bwidth"]
    rows = "\n".join(f"{i},2024-01-02,{s},9" for i, s in enumerate(said))
    assert texts(write(tmp_path, f"{HEADER}\n{rows}")) == said


# ---- values


def test_dates_of_three_formats_in_one_column_are_read(tmp_path: Path) -> None:
    content = f"{HEADER}\n1,2024-03-25,a,9\n2,25/03/2024 14:00,b,9\n3,25 Mar 2024 2:00 pm,c,9\n4,25.03.2024,d,9\n"
    good, bad = read(write(tmp_path, content))
    assert not bad
    assert {g["occurred_at"].date().isoformat() for g in good} == {"2024-03-25"}
    assert [g["date_only"] for g in good] == [True, False, False, True]


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ("1970-01-01", "before 1990"),
        ("2999-01-01", "in the future"),
        ("31/02/2024", "no time"),
        ("soon", "no time"),
        ("", "no time"),
    ],
)
def test_a_time_that_cannot_be_goes_to_quarantine(tmp_path: Path, when: str, reason: str) -> None:
    rows = "".join(f"{i},2024-01-02,fine,9\n" for i in range(5))
    good, bad = read(write(tmp_path, f"{HEADER}\n{rows}7,{when},a,9\n"))
    assert len(good) == 5
    assert (bad[0]["row"], bad[0]["column"]) == (7, "date")
    assert reason in bad[0]["reason"]


def test_scores_are_read_as_people_write_them(tmp_path: Path) -> None:
    said = ["9 - very likely", "10 (extremely likely)", "7", "8,0", "0", "", "N/A"]
    rows = "\n".join(f'{i},2024-01-02,a,"{s}"' for i, s in enumerate(said))
    good, bad = read(write(tmp_path, f"{HEADER}\n{rows}"))
    assert not bad
    values = [g["answers"][0]["value"] if g["answers"] else None for g in good]
    assert values == [9, 10, 7, 8, 0, None, None]


@pytest.mark.parametrize(
    ("score", "reason"), [("11", "outside of nps 0-10"), ("lots", "no score"), ("inf", "no score")]
)
def test_a_score_out_of_range_goes_to_quarantine(tmp_path: Path, score: str, reason: str) -> None:
    rows = "".join(f"{i},2024-01-02,fine,{i}\n" for i in range(11))
    good, bad = read(write(tmp_path, f"{HEADER}\n{rows}99,2024-01-02,a,{score}\n"))
    assert len(good) == 11
    assert bad[0]["column"] == "nps"
    assert reason in bad[0]["reason"]
    assert repr(score) in bad[0]["reason"]


def test_ids_that_say_nothing_are_missing(tmp_path: Path) -> None:
    rows = "".join(f"{i},2024-01-02,fine {i},c{i}\n" for i in range(100))
    content = f"id,date,comment,customer id\n{rows}NaN,2024-01-02,a,NA\n,2024-01-02,b,null\n"
    good, _ = read(write(tmp_path, content))
    assert [(g["interaction_id"], g["customer_ref"]) for g in good[-2:]] == [(None, None), (None, None)]


def test_fifteen_thousand_equal_answers_all_come_out(tmp_path: Path) -> None:
    good, bad = read(write(tmp_path, "date,kiosk,satisfaction\n" + "2024-05-01,Gate 4,5\n" * 15_000))
    assert (len(good), len(bad)) == (15_000, 0)
    assert [g["row"] for g in good] == list(range(2, 15_002))


def test_chunks_are_cut_at_a_fixed_count_of_records(tmp_path: Path) -> None:
    rows = [f"{i},2024-01-02,fine,9" for i in range(CHUNK_ROWS + 7)]
    for i in range(0, len(rows), 20_000):
        rows[i] += ",ragged"
    export = open_export(write(tmp_path, "\n".join([HEADER, *rows])))
    first, second = list(export.chunks()), list(export.chunks())
    assert [c.received for c in first] == [CHUNK_ROWS, 7]
    assert [c.interactions for c in first] == [c.interactions for c in second]
    assert first[0].quarantine["row"].to_pylist() == [2, 20_002, 40_002]
