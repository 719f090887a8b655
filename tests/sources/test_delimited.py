"""The fast reader and the tolerant one agree, and no record is lost, whatever the file looks like."""

from __future__ import annotations

import contextlib
import csv
import io
import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from touchline.errors import SourceError
from touchline.sources import SourceFile, delimited, open_export
from touchline.sources.base import Block
from touchline.sources.delimited import SOURCE

CELL = st.text(st.sampled_from('ab ,;"\n\r\t|é😀0-'), max_size=8) | st.just("NaN")
STATED = {"delimiter": ",", "header": "yes", "encoding": "utf-8"}
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def blocks(path: Path, *, tolerant: bool) -> list[Block]:
    reading = SOURCE.read(SourceFile.open(path), STATED)
    text, before, first = reading.blocks.args  # type: ignore[attr-defined]
    return [make() for make in delimited._blocks(text, before, first, tolerant=tolerant)]


def content(found: list[Block]) -> tuple[list[tuple[int, list[str | None], bytes]], list[tuple[int, str, bytes]]]:
    """Records and rejects as (row, what, raw); rows that hold nothing are no records, whoever drops them."""
    good, bad, base = [], [], 0
    for block in found:
        cells = [list(r.values()) for r in block.table.to_pylist()]
        good += [(base + row, cells[i], block.raw(i)) for i, row in enumerate(block.rows.to_pylist()) if any(cells[i])]
        bad += [(base + r.row, r.reason, r.raw) for r in block.rejects]
        base += block.span
    return good, bad


@QUICK
@given(
    rows=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=12),
    quirks=st.lists(st.sampled_from(["ragged", "quote", "nul", "blank", "byte", "none"]), max_size=12),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
    stretch=st.integers(20, 200),
)
def test_both_readers_see_the_same_records(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    quirks: list[str],
    quoting: int,
    end: str,
    stretch: int,
) -> None:
    lines = [b"id,text,date" + end.encode()]
    for i, row in enumerate(rows):
        out = io.StringIO(newline="")
        csv.writer(out, quoting=quoting, lineterminator=end).writerow(row)  # type: ignore[arg-type]
        line = out.getvalue().encode()
        quirk = quirks[i] if i < len(quirks) else "none"
        lines.append(
            {
                "ragged": b"x," + line,
                "quote": b'"' + line,
                "nul": b"\0" + line,
                "blank": end.encode() + line,
                "byte": b"\xff" + line,
                "none": line,
            }[quirk]
        )
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(b"".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "STRETCH", stretch)
        fast, slow = content(blocks(path, tolerant=False)), content(blocks(path, tolerant=True))
    assert fast == slow
    # Every byte that is no line end, blank or empty cell stands in exactly one record, in order.
    whole = b"".join(raw for _, _, raw in sorted([*fast[0], *fast[1]], key=lambda record: record[0]))
    body = b"".join(lines[1:])
    assert re.sub(rb'[\r\n \t,"]|NaN', b"", whole) == re.sub(rb'[\r\n \t,"]|NaN', b"", body)


@QUICK
@given(rows=st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=20), stretch=st.integers(20, 200))
def test_sound_files_read_as_the_standard_library_reads_them(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], stretch: int
) -> None:
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["id", "text"], *rows])
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_text(out.getvalue(), encoding="utf-8", newline="")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "STRETCH", stretch)
        found, bad = content(blocks(path, tolerant=False))
    assert not bad
    expected = [["" if c == "NaN" else c for c in row] for row in rows]
    assert [[c or "" for c in cells] for _, cells, _ in found] == [row for row in expected if any(row)]


def seeds() -> list[bytes]:
    plain = "id,date,comment,nps,State\n" + "".join(
        f'{i},2024-0{i % 9 + 1}-11,"It was ""{w}"", really",{i % 11},FL\n' for i, w in enumerate("abcdefghij" * 3)
    )
    return [
        plain.encode(),
        plain.replace(",", ";").encode("utf-16"),
        plain.replace(",", "\t").encode("cp1252"),
        b'[{"id": 1, "text": "slow", "at": "2024-01-02"}, {"id": 2, "text": "fine", "at": "2024-01-02"}]',
        b'{"id": 1, "text": "slow", "score": 3}\n{"id": 2, "text": "fine", "score": 5}\n',
        b'[{"convo_id": 1, "original": [["agent", "hi"], ["customer", "my order is late"]]}]',
    ]


def test_damaged_files_end_in_records_or_a_clear_error(tmp_path: Path) -> None:
    dice, files = random.Random(7), seeds()
    path = tmp_path / "damaged.csv"
    read = 0
    for trial in range(500):
        damaged = bytearray(files[trial % len(files)])
        for _ in range(dice.randint(1, 6)):
            at = dice.randrange(len(damaged))
            match dice.randrange(5):
                case 0:
                    damaged[at] = dice.randrange(256)
                case 1:
                    del damaged[at : at + dice.randint(1, 30)]
                case 2:
                    damaged[at:at] = dice.choice(
                        [b'"', b"\0", b"\n", b",", b"\xff\xfe", b"\r", b"[", b"}", b"\xef\xbb\xbf", b"\\udc9d"]
                    )
                case 3:
                    damaged[at:at] = damaged[at : at + dice.randint(1, 50)]
                case _:
                    del damaged[-dice.randint(1, 20) :]
            damaged = damaged or bytearray(b"x")
        path.write_bytes(damaged)
        with contextlib.suppress(SourceError):
            read += sum(chunk.received for chunk in open_export(path).chunks())
    assert read > 5_000
