"""Full-text search: which stored texts of customers hold some words, as a projection beside the warehouse.

A file of SQLite (FTS5, no copy of any text) is brought up to the warehouse by the journal's offsets, and made anew
when it is missing, damaged, of another layout or of another file of the warehouse: an erasure, retention and a new
redaction leave the warehouse's file behind, and this one with it. Words are folded: case and accents do not count.
"""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.errors import TooSlow, WorkspaceError
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.workspace.workspace import Workspace

Keys = npt.NDArray[np.uint64]

LAYOUT: Final = "1"
#: Rows that a search itself brings up to date; where a server does that, more are waited for.
FEW: Final = 5_000
_SLICE: Final = 100_000
_TOKENIZER: Final = "unicode61 remove_diacritics 2"
_TABLES: Final = f"""
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE keys (first INTEGER PRIMARY KEY, keys BLOB NOT NULL);
CREATE VIRTUAL TABLE words USING fts5(text, content='', columnsize=0, prefix='2 3', tokenize='{_TOKENIZER}');
"""
#: Marks around what was found, characters that no text has: Unicode keeps them for programs.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
#: Scripts that write no blanks between words: there, letters are looked for.
_UNSPACED: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for.

    Attributes:
        match: Words, as FTS5 reads them; empty where there are none.
        letters: Letters that the text holds as they are, in lower case: signs, and words of scripts without blanks.
    """

    match: str
    letters: tuple[str, ...]

    def __bool__(self) -> bool:
        """Is anything looked for?"""
        return bool(self.match or self.letters)


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a text holds what was looked for.

    Attributes:
        score: BM25 among the texts given: the larger, the better.
        spans: First character and one past the last of each place.
    """

    score: float
    spans: tuple[tuple[int, int], ...]


def search_of(text: str) -> Search:
    """Read what somebody looks for: words by their beginnings, and those in double quotes together and whole.

    >>> search_of('late "no answer"')
    Search(match='"late" * AND "no answer"', letters=())
    >>> search_of("100% 😡")
    Search(match='"100%" *', letters=('😡',))
    """
    words: dict[str, None] = {}
    letters: dict[str, None] = {}
    for at, part in enumerate(text.replace("\0", " ").split('"')):
        for one in [part.strip()] if at % 2 else part.split():
            if not one:
                continue
            if _UNSPACED.search(one) or not any(letter.isalnum() for letter in one):
                letters[one.lower()] = None
            else:
                words[f'"{one}"' if at % 2 else f'"{one}" *'] = None
    return Search(" AND ".join(words), tuple(letters))


def hits(texts: Sequence[str], search: Search) -> dict[int, Hit]:
    """Tell which of some texts hold what is looked for, where, and how well; by their places.

    >>> hits(["The café was late", "fine"], search_of("CAFE"))[0].spans
    ((4, 8),)
    """
    found: dict[int, Hit] = {}
    if search.match:
        with closing(sqlite3.connect(":memory:", isolation_level=None)) as sql:
            sql.execute(f"CREATE VIRTUAL TABLE words USING fts5(text, tokenize='{_TOKENIZER}')")
            plain = ((at, text.replace(_OPEN, " ").replace(_CLOSE, " ")) for at, text in enumerate(texts))
            sql.execute("BEGIN")
            sql.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", plain)
            rows = sql.execute(
                "SELECT rowid, bm25(words), highlight(words, 0, ?, ?) FROM words WHERE words MATCH ?",
                [_OPEN, _CLOSE, search.match],
            )
            for at, score, marked in rows:
                found[at] = Hit(-score * 1e6, _spans(marked))
    for at, text in enumerate(texts):
        folded, spans = text.lower(), []
        for letters in search.letters if len(folded) == len(text) else ():
            start = folded.find(letters)
            while start >= 0:
                spans.append((start, start + len(letters)))
                start = folded.find(letters, start + len(letters))
        if spans:
            known = found.get(at, Hit(0.0, ()))
            found[at] = Hit(known.score, tuple(sorted({*known.spans, *spans})))
    return found


def _spans(marked: str) -> tuple[tuple[int, int], ...]:
    spans, at = [], 0
    for part in marked.split(_OPEN)[1:]:
        inner, _, after = part.partition(_CLOSE)
        at = at or marked.index(_OPEN)
        spans.append((at, at + len(inner)))
        at += len(inner) + len(after)
    return tuple(spans)


class Words:
    """The projection of an open workspace. Several threads may use it."""

    def __init__(self, workspace: Workspace, path: Path) -> None:
        self._workspace = workspace
        self._path = path
        self._lock = threading.Lock()
        self._leave = threading.Event()
        self._known: tuple[str, int, Keys] = ("", 0, np.empty(0, np.uint64))
        #: Whether somebody else (a server's thread) brings it up to the warehouse, so that searches do not wait long.
        self.kept_up = False

    def found(self, search: Search) -> Keys:
        """Return the keys of the texts that hold the words; DuckDB's ``hash(interaction_id)`` is an interaction's.

        Raises:
            TooSlow: Many texts are being made searchable.
            WorkspaceError: The file cannot be used.
        """
        self._wait_for_few()
        try:
            with self._reading() as sql:
                # one text of numbers: four times as fast as a row for each (measured)
                (rows,) = sql.execute(
                    "SELECT group_concat(rowid) FROM words WHERE words MATCH ?", [search.match]
                ).fetchone()
                keys = self._keys(sql)
        except sqlite3.DatabaseError as error:
            self.forget()
            raise WorkspaceError(
                phrase("the search cannot be read ({error}); it is made anew", error=str(error)),
                where=str(self._path),
                todo=phrase("search again"),
            ) from error
        places = np.fromstring(rows or "", np.int64, sep=",")
        told = keys[places[places <= len(keys)] - 1]
        found: Keys = told[told != 0]
        return found

    def _wait_for_few(self) -> None:
        if not self.kept_up or self.waiting <= FEW:
            self.bring_up()
            return
        raise TooSlow(
            phrase("the texts are being made searchable"),
            where=f"{self.waiting:,} to go",
            todo=phrase("search again in a minute; filters work meanwhile"),
        )

    @property
    def waiting(self) -> int:
        """How many interactions came into the warehouse that were not looked at yet."""
        warehouse, position = self._workspace.warehouse, self._position()
        if position == warehouse.position:
            return 0
        return int(warehouse.value('SELECT count(*) FROM stored WHERE "offset" > $after', after=max(position, -1)))

    def bring_up(self) -> bool:
        """Bring the file up to the warehouse; return whether there was anything to do."""
        if self._position() == self._workspace.warehouse.position:
            return False
        with self._lock:
            self._leave.clear()
            position = self._position()
            if position == self._workspace.warehouse.position:
                return False
            if position < 0:
                self._make()
            else:
                self._extend(position)
            return True

    def leave(self) -> None:
        """Let a file that is being made be left; it is begun again when it is next needed."""
        self._leave.set()

    def forget(self) -> None:
        """Delete the file; it is made anew when it is next needed."""
        self.leave()
        with self._lock:
            self._delete()

    def _delete(self) -> None:
        for path in self._path.parent.glob(f"{self._path.name}*"):
            path.unlink(missing_ok=True)
        self._known = ("", 0, np.empty(0, np.uint64))

    # ------------------------------------------------------------------------------------------------- the file

    def _is(self) -> str:
        """Name all that the file depends on, but for the position."""
        return f"{LAYOUT} {duckdb.__version__} {self._workspace.warehouse.path.name}"

    def _position(self) -> int:
        """Return the journal's offset up to which the texts are in; -1 where the file must be made anew."""
        if not self._path.exists():
            return -1
        try:
            with self._reading() as sql:
                about = dict(sql.execute("SELECT name, value FROM about").fetchall())
        except sqlite3.DatabaseError:
            return -1
        position = int(about.get("position", -1))
        here = self._workspace.warehouse.position
        return position if about.get("is") == self._is() and position <= here else -1

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=10, isolation_level=None)) as sql:
            sql.execute("PRAGMA query_only = ON")
            sql.execute("BEGIN")
            yield sql

    def _keys(self, sql: sqlite3.Connection) -> Keys:
        """Return the keys of the texts in their order; 0 where a later revision has taken a text's place."""
        (made,) = sql.execute("SELECT value FROM about WHERE name = 'made'").fetchone()
        known, last, keys = self._known
        if known != made:
            last, keys = 0, np.empty(0, np.uint64)
        fresh = sql.execute("SELECT first, keys FROM keys WHERE first > ? ORDER BY first", [last]).fetchall()
        if fresh:
            keys = _latest(np.concatenate([keys, *(np.frombuffer(row[1], np.uint64) for row in fresh)]))
            self._known = made, fresh[-1][0], keys
        return keys

    def _make(self) -> None:
        """Make the file anew, oldest text first, beside the one that is there."""
        self._delete()
        warehouse = self._workspace.warehouse
        position = warehouse.position
        fresh = self._path.with_name(self._path.name + ".new")
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(sqlite3.connect(fresh, isolation_level=None)) as sql:
            sql.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;")
            sql.executescript(_TABLES)
            sql.execute("BEGIN")
            sql.execute("INSERT INTO about VALUES ('is', ?), ('made', ?)", [self._is(), secrets.token_hex(8)])
            at = 0
            for rows in self._slices(position):
                at = _add(sql, rows, at)
                if self._leave.is_set():
                    fresh.unlink()
                    return
            sql.execute("INSERT INTO about VALUES ('position', ?)", [str(position)])
            sql.execute("COMMIT")
            sql.execute("PRAGMA journal_mode = WAL")
        os.replace(fresh, self._path)

    def _slices(self, position: int) -> Iterator[pa.Table]:
        """Yield all texts up to a position in the order of time; between slices the warehouse is free."""
        fetch, texts = self._workspace.warehouse.fetch, _TEXTS.format('"offset" <= $position')
        cuts = fetch(
            f"SELECT DISTINCT occurred_at FROM (SELECT occurred_at, row_number() OVER (ORDER BY occurred_at) AS row"
            f" FROM ({texts})) WHERE row % {_SLICE} = 0 ORDER BY 1",
            position=position,
        )
        for after, until in zip([None, *cuts.column(0)], [*cuts.column(0), None], strict=True):
            bounds = {name: cut.as_py() for name, cut in (("after", after), ("until", until)) if cut is not None}
            where = " AND ".join(
                ["TRUE", *(["occurred_at > $after"] if after else []), *(["occurred_at <= $until"] if until else [])]
            )
            yield fetch(
                f"SELECT hash(interaction_id) AS key, text FROM ({texts}) WHERE {where}"
                " ORDER BY occurred_at, interaction_id",
                position=position,
                **bounds,
            )

    def _extend(self, after: int) -> None:
        """Add what came in after an offset, in one transaction."""
        warehouse = self._workspace.warehouse
        position = warehouse.position
        texts = _TEXTS.format('"offset" > $after AND "offset" <= $position')
        rows = warehouse.fetch(
            f"SELECT hash(interaction_id) AS key, text FROM ({texts}) ORDER BY occurred_at, interaction_id",
            after=after,
            position=position,
        )
        with closing(sqlite3.connect(self._path, timeout=30, isolation_level=None)) as sql:
            sql.execute("PRAGMA synchronous = NORMAL")
            sql.execute("BEGIN IMMEDIATE")
            (at,) = sql.execute("SELECT coalesce(max(first + length(keys) / 8), 1) - 1 FROM keys").fetchone()
            _add(sql, rows, at)
            sql.execute("UPDATE about SET value = ? WHERE name = 'position'", [str(position)])
            sql.execute("COMMIT")


#: The customers' own words: what the employees say is not feedback.
_TEXTS: Final = (
    "SELECT interaction_id, text, occurred_at FROM stored WHERE text IS NOT NULL AND author = 'customer' AND {}"
)


def _add(sql: sqlite3.Connection, rows: pa.Table, at: int) -> int:
    """Add texts behind the first ``at``; return how many there are."""
    if not rows.num_rows:
        return at
    keys, n = rows["key"].combine_chunks().to_numpy(), int(rows.num_rows)
    sql.executemany("INSERT INTO words (rowid, text) VALUES (?, ?)", enumerate(rows["text"].to_pylist(), start=at + 1))
    sql.execute("INSERT INTO keys VALUES (?, ?)", [at + 1, np.ascontiguousarray(keys, np.uint64).tobytes()])
    return at + n


def _latest(keys: Keys) -> Keys:
    """Return keys with 0 in the place of each that comes again later."""
    order = np.argsort(keys, kind="stable")
    again = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    if again.size:
        keys = keys.copy()
        keys[order[again]] = 0
    return keys
