"""Bad input through `touchline import`: a clear error or quarantine, and nothing lost."""

from __future__ import annotations

import os

import pytest

HEADER = "id,customer,date,nps,comment\n"
GOOD = [f"{n},C{n % 5},2026-01-{1 + n % 28:02d},{n % 11},Parcel number {n} came late" for n in range(20)]
TEXT = HEADER + "\n".join(GOOD) + "\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    from touchline.workspace import Workspace

    root = tmp_path_factory.mktemp("bad")
    Workspace.create(root).close()
    return root


@pytest.fixture
def take_in(run, folder, tmp_path):
    """Import some bytes; return what became of them."""

    def taking(content: bytes | str, name: str = "answers.csv", *options: str):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        # A source of its own, so that tests do not meet each other's ids.
        (imported,) = run("import", path, "-w", folder, "--source", tmp_path.name, "--json", *options).json
        parts = ("stored", "duplicate", "revised", "quarantined")
        assert imported["received"] == sum(imported[part] for part in parts)
        return imported

    return taking


def refused(run, folder, path) -> str:
    before = run("status", "-w", folder, "--json").json
    found = run("import", path, "-w", folder)
    assert (found.code, found.out) == (2, "")
    assert found.err.startswith("error")
    assert str(path) in found.err
    assert run("status", "-w", folder, "--json").json == before
    return found.told


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\n\n", "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "picture"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 9, "PDF"),
        (bytes(range(256)) * 40, "binary"),
        (b"PK\x03\x04" + b"\0" * 500, ""),
    ],
    ids=["empty", "only a mark", "a picture", "a PDF", "binary", "a broken workbook"],
)
def test_what_is_no_export_is_refused_and_changes_nothing(run, folder, tmp_path, content, told):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert told in refused(run, folder, path)


def test_a_folder_is_refused(run, folder, tmp_path):
    assert "folder" in refused(run, folder, tmp_path)


def test_a_file_that_is_not_there_is_refused(run, folder, tmp_path):
    assert "no such file" in refused(run, folder, tmp_path / "nowhere.csv")


def test_a_file_without_permission_is_refused(run, folder, tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text(TEXT)
    path.chmod(0)
    if os.access(path, os.R_OK):  # root may read everything
        real = type(path).open

        def denied(self, *arguments, **options):
            if self == path:
                raise PermissionError(13, "denied")
            return real(self, *arguments, **options)

        monkeypatch.setattr(type(path), "open", denied)
    assert "permission" in refused(run, folder, path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_every_encoding_is_read_the_same(take_in, encoding):
    imported = take_in(TEXT.replace("late", "später – wirklich").encode(encoding))
    assert (imported["stored"], imported["quarantined"]) == (20, 0)


@pytest.mark.parametrize("end", ["\r\n", "\r", "mixed"])
def test_every_line_end_is_read_the_same(take_in, end):
    ends = ["\n", "\r\n"] if end == "mixed" else [end]
    text = "".join(line + ends[n % len(ends)] for n, line in enumerate(TEXT.splitlines()))
    imported = take_in(text)
    assert (imported["stored"], imported["quarantined"]) == (20, 0)


def lines(*extra: str) -> str:
    return TEXT + "\n".join(extra) + "\n"


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ("90,C1,2026-01-05,3", "cells"),
        ("90,C1,2026-01-05,3,fine,more,and more", "cells"),
        ("90,C1,2026-01-05,99,fine", "99"),
        ("90,C1,2026-01-05,eleven,fine", "eleven"),
        ("90,C1,2026-01-05,-3,fine", "-3"),
        ("90,C1,soon,3,fine", "soon"),
        ("90,C1,,3,fine", "no time"),
        ("90,C1,1970-01-01,3,fine", "1970"),
        ("90,C1,2199-01-01,3,fine", "future"),
    ],
    ids=[
        "too short",
        "too long",
        "score too high",
        "score in words",
        "score too low",
        "no date",
        "empty date",
        "1970",
        "future",
    ],
)
def test_a_row_that_cannot_be_used_is_in_quarantine_with_its_reason(run, folder, take_in, extra, reason):
    imported = take_in(lines(extra))
    assert (imported["stored"], imported["quarantined"]) == (20, 1)
    assert reason in imported["reasons"][0]["reason"]
    held = run("quarantine", "-w", folder, "--limit", "1", "--json").json[0]
    assert held["row"] == 22
    assert extra in held["raw"]


def test_a_score_that_begins_with_its_number_is_read(run, folder, take_in):
    assert take_in(lines("90,C1,2026-01-05,9 - very likely,fine"))["stored"] == 21


@pytest.mark.parametrize("missing", ["NaN", "nan", "NULL", "", "None", "N/A"])
def test_an_id_that_is_none_makes_no_two_rows_one(take_in, missing):
    rows = [f"{missing},{missing},2026-02-0{n},5,comment number {n}" for n in range(1, 4)]
    assert take_in(lines(*rows))["stored"] == 23


def test_an_unclosed_quote_does_not_swallow_the_rest(take_in):
    rows = TEXT.splitlines()
    rows[5] = '90,C1,2026-01-05,3,"it never ends'
    imported = take_in("\n".join(rows) + "\n")
    assert imported["received"] == 20
    assert imported["stored"] >= 19


def test_a_cell_of_a_megabyte_is_a_cell(run, folder, take_in):
    assert take_in(lines("90,C1,2026-01-05,3," + "late " * 210_000))["stored"] == 21
    assert run("check", "-w", folder).code == 0


@pytest.mark.parametrize(
    "text",
    [
        "😀🚚 late 👨‍👩‍👧",
        "الطرد متأخر جدا",
        "la\u200bte par\u200dcel\u2060",
        "e\u0301te\u0301",
        "nul\x00byte",
        "\x1b[31mred\x1b[0m",
    ],
    ids=["emoji", "right to left", "zero width", "combining", "NUL", "escape"],
)
def test_any_characters_come_through(run, folder, take_in, text):
    rows = [f"{n},C1,2026-01-05,3,{text}" for n in range(90, 95)]
    assert take_in(lines(*rows))["received"] == 25
    assert run("check", "-w", folder).code == 0
    assert "\x1b[31m" not in run("show", "causes", "-w", folder).out


def test_duplicate_and_missing_headers_are_renamed_and_told(run, folder, tmp_path, take_in):
    text = "id,customer,date,nps,comment,note,note,\n" + "".join(f"{row},a,b,c\n" for row in GOOD)
    assert take_in(text)["stored"] == 20
    shown = run("preview", tmp_path / "answers.csv").told
    assert "renamed" in shown


def test_three_formats_of_dates_in_one_column_are_read(run, folder, take_in):
    rows = ["90,C1,2026-01-25,3,a b c", "91,C1,25/01/2026,3,a b c", "92,C1,25 Jan 2026 14:05,3,a b c"]
    assert take_in(lines(*rows))["stored"] == 23


def test_a_header_alone_is_no_error_and_no_record(take_in):
    assert take_in(HEADER)["received"] == 0


def test_one_bad_file_among_several_does_not_undo_the_others(run, folder, tmp_path):
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text(TEXT)
    bad.write_bytes(b"")
    found = run("import", good, bad, "-w", folder, "--source", tmp_path.name)
    assert found.code == 2
    assert "20 stored" in found.out
    assert str(bad) in found.err


def test_after_all_that_everything_has_its_place(run, folder):
    assert run("status", "-w", folder, "--json").json["balanced"] is True
    assert run("check", "-w", folder).code == 0
    assert run("rebuild", "-w", folder, "--json").json["equal"] is True
