"""Files of a few bytes that would fill the memory or the disk are refused with a clear word, and soon."""

from __future__ import annotations

import gzip
import io
import struct
import time
import zipfile
import zlib

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from touchline.errors import SourceError
from touchline.sources import excel, open_export, unpacking
from touchline.sources.files import SourceFile

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEET = f'<worksheet xmlns="{MAIN}"><sheetData>%s</sheetData></worksheet>'.encode()


def related(kind: str, target: str) -> str:
    inner = f'<Relationship Id="r1" Type="{OFFICE}/{kind}" Target="{target}"/>'
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'


PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{KIND}.worksheet+xml"/></Types>',
    "_rels/.rels": related("officeDocument", "xl/workbook.xml"),
    "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">'
    '<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": related("worksheet", "worksheets/sheet1.xml"),
}


def workbook(path, sheet=b"", more=(), method=zipfile.ZIP_DEFLATED):
    """Write an Excel file by hand: one sheet, and further parts."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in {**PARTS, "xl/worksheets/sheet1.xml": SHEET % sheet}.items():
            archive.writestr(name, content)
        for name, content in more:
            archive.writestr(name, content)
    return path


def row(*cells, at=1):
    inner = "".join(f'<c r="{ref}" t="inlineStr"><is><t>{text}</t></is></c>' for ref, text in cells)
    return f'<row r="{at}">{inner}</row>'.encode()


PLAIN = row(("A1", "date"), ("B1", "comment")) + row(("A2", "2024-01-01"), ("B2", "late again"), at=2)


def refused(path, match):
    began = time.monotonic()
    with pytest.raises(SourceError, match=match) as told:
        list(open_export(path).chunks())
    assert path.name in str(told.value)
    assert told.value.todo
    assert time.monotonic() - began < 20


def test_a_workbook_made_by_hand_is_read(tmp_path):
    chunks = list(open_export(workbook(tmp_path / "a.xlsx", PLAIN)).chunks())
    assert [text for c in chunks for text in c.interactions["text"].to_pylist()] == ["late again"]


def test_a_part_that_unpacks_to_far_more_than_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "FREE", 1 << 20)
    refused(workbook(tmp_path / "bomb.xlsx", PLAIN, [("xl/media/a.bin", b"\0" * (3 << 20))]), "unpacks to more than")


def test_parts_that_share_their_bytes_are_counted_each(tmp_path, monkeypatch):
    """A bomb whose members overlap: one kernel of zeros, listed many times."""
    monkeypatch.setattr(unpacking, "FREE", 1 << 20)
    path = workbook(tmp_path / "overlap.xlsx", PLAIN, [("xl/media/0", b"\0" * (900 << 10))])
    with zipfile.ZipFile(path, "a") as archive:
        (kernel,) = (m for m in archive.infolist() if m.filename == "xl/media/0")
        for n in range(1, 5):
            again = zipfile.ZipInfo(f"xl/media/{n}")
            for name in ("header_offset", "CRC", "compress_size", "file_size", "compress_type"):
                setattr(again, name, getattr(kernel, name))
            archive.filelist.append(again)
        archive._didModify = True
    refused(path, "unpacks to more than|damaged|called")


def test_a_part_that_lies_about_its_size(tmp_path):
    path = workbook(tmp_path / "lies.xlsx", PLAIN, [("xl/media/a.bin", b"\0" * (3 << 20))])
    data = path.read_bytes()
    path.write_bytes(data.replace(struct.pack("<I", 3 << 20), struct.pack("<I", 10)))
    refused(path, "larger than it says")


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "xl/../../x", "C:/x", "..\\..\\x", "a/../../../b"])
def test_a_part_whose_name_leads_out_of_the_file(tmp_path, name):
    refused(workbook(tmp_path / "out.xlsx", PLAIN, [(name, b"x")]), "leads out of it")


def test_many_parts_a_password_and_strange_packing(tmp_path, monkeypatch):
    refused(workbook(tmp_path / "lzma.xlsx", PLAIN, method=zipfile.ZIP_LZMA), "no office uses")
    locked = workbook(tmp_path / "locked.xlsx", PLAIN)
    data = bytearray(locked.read_bytes())
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1
    locked.write_bytes(data)
    refused(locked, "password")
    monkeypatch.setattr(unpacking, "MEMBERS", 3)
    refused(workbook(tmp_path / "many.xlsx", PLAIN), "parts")


def test_two_cells_at_the_far_ends_of_a_sheet(tmp_path, monkeypatch):
    """Seventeen billion cells in two kilobytes: the process that reads it ends, ours does not."""
    monkeypatch.setattr(excel, "MEMORY", 1 << 30)
    refused(workbook(tmp_path / "far.xlsx", PLAIN + row(("XFD1048576", "x"), at=1_048_576)), "memory|cannot be read")


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "lol">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)


def test_entities_that_multiply_are_not_expanded_in_a_workbook(tmp_path):
    path = workbook(tmp_path / "lol.xlsx")
    data = dict(PARTS) | {"xl/worksheets/sheet1.xml": ENTITIES + b"]>" + SHEET % row(("A1", "&j;"), ("B1", "comment"))}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in data.items():
            archive.writestr(name, content)
    began = time.monotonic()
    try:
        found = [c.interactions.to_pylist() for c in open_export(path).chunks()]
    except SourceError:
        found = []
    assert "lollol" not in str(found)
    assert time.monotonic() - began < 20


XES = (
    b'<log xes.version="1.0"><trace><string key="concept:name" value="c1"/>'
    b'<event><string key="concept:name" value="buy"/></event>'
)


@pytest.mark.parametrize("doctype", [ENTITIES + b"]>", b'<!DOCTYPE log SYSTEM "file:///etc/passwd">',
                                     b'<!DOCTYPE log [<!ENTITY x SYSTEM "http://127.0.0.1:9/">]>'])  # fmt: skip
def test_a_log_with_a_document_type_is_refused(tmp_path, doctype):
    path = tmp_path / "a.xes"
    path.write_bytes(doctype + XES.replace(b"buy", b"&j;") + b"</trace></log>")
    refused(path, "document type")


def test_a_packed_log_that_unpacks_to_far_more_than_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "FREE", 1 << 20)
    path = tmp_path / "a.xes.gz"
    path.write_bytes(gzip.compress(XES + b" " * (8 << 20) + b"</trace></log>"))
    refused(path, "unpacks to more than")


def test_one_endless_tag_does_not_fill_the_memory(tmp_path):
    path = tmp_path / "a.xes"
    path.write_bytes(XES + b'<string key="a" value="' + b"x" * (40 << 20))
    refused(path, "longer than 16 MiB")


def test_a_parquet_file_that_claims_far_more_rows_than_it_has_bytes(tmp_path, monkeypatch):
    from touchline.sources import parquet

    monkeypatch.setattr(parquet, "_FEW_ROWS", 1_000)
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"comment": pa.repeat(pa.scalar("x"), 20_000_000)}), path, row_group_size=20_000_000)
    refused(path, "rows in")


def test_a_parquet_file_whose_pages_unpack_to_far_more_than_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "FREE", 1 << 20)
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"comment": ["x" * (30 << 20)]}), path, compression="zstd", use_dictionary=False)
    refused(path, "unpacks to more than")


def test_a_gzip_that_is_no_log_is_refused_unpacked(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"\0" * (64 << 20)))
    refused(path, "gzip")


def test_every_size_is_counted_not_believed(tmp_path):
    """`check_zip` agrees with what `zipfile` says of honest files, and never holds a member as a whole."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"x" * 5_000_000)
        archive.writestr("b", zlib.compress(b"y"))
        archive.writestr("empty", b"")
    path = tmp_path / "fine.zip"
    path.write_bytes(buffer.getvalue())
    unpacking.check_zip(SourceFile.open(path))
