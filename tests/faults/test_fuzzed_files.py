"""Mutated exports of every format: each is read, or refused with a clear error; none hangs, none crashes."""

from __future__ import annotations

import gzip
import json
import os
import random
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from touchline.errors import TouchlineError
from touchline.sources import open_export
from touchline.vocabulary.schemas import QUARANTINE, RAW_INTERACTIONS, validate

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3_600)]

SOAK = bool(os.environ.get("TOUCHLINE_SOAK"))
FILES = 10_000 if SOAK else 120
SLOWEST = 20.0  # seconds; a busy machine is no failure, a loop without end is

HEADS = [
    "Ticket ID,Requester,Created at,Subject,Description,Satisfaction Score", "id,date,nps,comment,tier",
    "Response ID;Submitted At;NPS®;Why did you give us this score?;email", "customer\tdate\trating\treview",
    "order_id,order_purchase_timestamp,review_score,review_comment_message", "ID,ID,Date,Date,Comment",
    ",,,,", '"a""b",c',
]  # fmt: skip
CELLS = [
    "", "1", "10", "-1", "2024-01-05", "05/01/2024 10:00", "1704448800", "late again", "a\nb", '"', ",", ";",
    "\t", "\0", "é", "\u202e\u200b", "👩‍👩‍👧", "NULL", "NaN", "=1+1", "x" * 3_000,
    "\ufeff", "\\", "'", "2024-13-45", "1e308", "٣",
]  # fmt: skip
TAILS = [b"", b"\0" * 50, b"\x1a", b"\r\n" * 20, b'"', b"\xff\xfe", b"total;;;;"]


def table(rng: random.Random) -> bytes:
    head = rng.choice(HEADS)
    delimiter = next((d for d in ";\t," if d in head), ",")
    width = head.count(delimiter) + 1
    lines = [head] * rng.choice((1, 1, 1, 3))
    for _ in range(rng.randrange(1, 40)):
        ragged = rng.choice((0, 0, 0, 0, 1, -1, 5))
        lines.append(delimiter.join(rng.choice(CELLS) for _ in range(max(1, width + ragged))))
    end = rng.choice(("\n", "\r\n", "\r", "\n\r"))
    return end.join(lines).encode(rng.choice(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252")), "replace")


def objects(rng: random.Random) -> bytes:
    rows = [
        {rng.choice(("id", "date", "comment", "nps", "nested", "")): rng.choice([*CELLS, 3, None, True, {"a": [1]}, []])
         for _ in range(5)}
        for _ in range(rng.randrange(1, 30))
    ]  # fmt: skip
    text = json.dumps(rows) if rng.random() < 0.5 else "\n".join(map(json.dumps, rows))
    return text.encode()


def log(rng: random.Random) -> bytes:
    when = '<date key="time:timestamp" value="2024-01-05T10:00:00Z"/>'
    event = f'<event><string key="concept:name" value="{{}}"/>{when}</event>'
    name = '<string key="concept:name" value="c1"/>'
    inner = "".join(event.format(rng.choice(("buy", "&lt;", "é"))) for _ in range(rng.randrange(1, 20)))
    text = f'<?xml version="1.0"?><log xes.version="1.0"><trace>{name}{inner}</trace></log>'.encode()
    return gzip.compress(text) if rng.random() < 0.4 else text


def columns(rng: random.Random) -> bytes:
    sink = pa.BufferOutputStream()
    rows = rng.randrange(1, 50)
    held = {"id": list(range(rows)), "date": ["2024-01-05"] * rows, "comment": [rng.choice(CELLS) for _ in range(rows)]}
    pq.write_table(pa.table(held), sink, compression=rng.choice(("zstd", "snappy", "none")))
    return bytes(sink.getvalue())


def sheets(rng: random.Random) -> bytes:
    from io import BytesIO

    from openpyxl import Workbook

    book = Workbook()
    for _ in range(rng.randrange(1, 20)):
        book.active.append([rng.choice(("late", 3, None, "2024-01-05", 1.5)) for _ in range(4)])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


MAKERS = {"csv": table, "json": objects, "xes": log, "parquet": columns, "xlsx": sheets}


def mutated(data: bytes, rng: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(rng.choice((0, 1, 1, 2, 5, 30))):
        at = rng.randrange(len(made) + 1)
        match rng.randrange(5):
            case 0 if made:
                made[min(at, len(made) - 1)] = rng.randrange(256)
            case 1:
                del made[at : at + rng.randrange(1, 50)]
            case 2:
                made[at:at] = rng.randbytes(rng.randrange(1, 20))
            case 3:
                made[at:at] = made[rng.randrange(len(made) + 1) :][:300]
            case _:
                made = made[: max(at, 1)] if rng.random() < 0.3 else made
    return bytes(made) + rng.choice(TAILS)


@pytest.mark.parametrize("kind", MAKERS)
def test_any_file_is_read_or_refused(kind, tmp_path):
    rng = random.Random(kind if not SOAK else None)
    read = refused = 0
    for number in range(FILES // (4 if kind == "xlsx" else 1)):
        data = mutated(MAKERS[kind](rng), rng)
        path = tmp_path / f"{number}.{kind if kind != 'xes' or data[:1] == b'<' else 'xes.gz'}"
        path.write_bytes(data)
        began = time.monotonic()
        received = 0
        try:
            for chunk in open_export(path).chunks():
                validate(chunk.interactions, RAW_INTERACTIONS)
                validate(chunk.quarantine, QUARANTINE)
                received += chunk.received
        except TouchlineError as error:
            refused += 1
            said = str(error)
        except Exception as error:
            kept = tmp_path / "kept"
            path.rename(kept)
            raise AssertionError(f"{kind} number {number} ({data[:200]!r}...)") from error
        else:
            said, read = "", read + 1
        assert not said or str(number) in said, said
        assert time.monotonic() - began < SLOWEST, f"{kind} number {number} took too long"
        path.unlink()
    assert read, "some are read"
    assert refused or kind == "csv", "some are refused"
