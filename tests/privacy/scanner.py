"""Looks for bytes in a folder of data: raw, and in everything that the files there are packed in."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
_DEEPEST = 4


def found(folder: Path, marker: str) -> list[str]:
    """Return where a marker is found: the file, and how it had to be unpacked."""
    places = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            places += [f"{path.relative_to(folder)}{how}" for how in _in_bytes(path.read_bytes(), marker)]
            if path.name.endswith(".duckdb"):
                places += [f"{path.relative_to(folder)}: {how}" for how in _in_duckdb(path, marker)]
        if marker in path.name:
            places.append(f"the name {path}")
    return sorted(set(places))


def _in_bytes(data: bytes, marker: str, depth: int = 0) -> Iterator[str]:
    if any(marker.encode(encoding) in data for encoding in _ENCODINGS) or json.dumps(marker)[1:-1].encode() in data:
        yield ""
    if depth == _DEEPEST:
        return
    for how, inner in _unpacked(data):
        for place in _in_bytes(inner, marker, depth + 1):
            yield f" > {how}{place}"


def _unpacked(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what is inside: every frame of zstd and gzip wherever it begins, and files of known formats."""
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield f"zip {name}", archive.read(name)
        return
    if data[:16] == b"SQLite format 3\x00":
        yield from _in_sqlite(data)
    if data[:4] == b"PAR1":
        yield "parquet", _told(pq.read_table(io.BytesIO(data)))
    if data[:6] == b"\x93NUMPY":
        yield "npy", repr(np.load(io.BytesIO(data), allow_pickle=False).tolist()).encode()
    if data[:4] == b"\xff\xff\xff\xff":
        try:
            with pa.ipc.open_stream(pa.py_buffer(data)) as stream:
                yield "arrow", _told(stream.read_all())
        except pa.ArrowInvalid:
            pass
    if data[:2] == b"\x1f\x8b":
        yield "gzip", gzip.decompress(data)
    if data[:1] == b"\x78":
        with contextlib.suppress(zlib.error):
            yield "zlib", zlib.decompress(data)
    yield from _frames(data)


def _frames(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the contents of zstd frames anywhere in the bytes: deleted pages and logs have them too."""
    at = data.find(b"\x28\xb5\x2f\xfd")
    while at >= 0:
        with contextlib.suppress(OSError):
            yield f"zstd at {at}", pa.CompressedInputStream(pa.BufferReader(data[at:]), "zstd").read(1 << 24)
        at = data.find(b"\x28\xb5\x2f\xfd", at + 4)


def _in_sqlite(data: bytes) -> Iterator[tuple[str, bytes]]:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.db"
        copy.write_bytes(data)
        db = sqlite3.connect(f"file:{copy}?mode=ro&immutable=1", uri=True)
        try:
            for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                for row in db.execute(f'SELECT * FROM "{table}"'):
                    for value in row:
                        if isinstance(value, bytes | str):
                            yield f"sqlite {table}", value if isinstance(value, bytes) else value.encode()
        except sqlite3.DatabaseError:
            pass
        finally:
            db.close()


def _in_duckdb(path: Path, marker: str) -> Iterator[str]:
    """Look through every table of a copy of a DuckDB file, its log applied."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy.duckdb"
        copy.write_bytes(path.read_bytes())
        log = path.with_name(path.name + ".wal")
        if log.exists():
            copy.with_name("copy.duckdb.wal").write_bytes(log.read_bytes())
        with duckdb.connect(str(copy)) as db:
            for (table,) in db.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                (n,) = db.execute(
                    f'SELECT count(*) FROM "{table}" t WHERE contains(t::VARCHAR, $1)', [marker]
                ).fetchone() or (0,)
                if n:
                    yield f"{table} ({n} rows)"


def _told(table: pa.Table) -> bytes:
    return repr(table.to_pylist()).encode()
