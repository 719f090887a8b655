"""What was paid for, on disk: answers, what fell back and why, and what was spent; no words of any text.

A text is known by a keyed hash only, so that without the workspace's key nobody can tell which texts were read.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Final, Self

from touchline.errors import WorkspaceError
from touchline.understanding.llm.validation import Answer
from touchline.vocabulary.keys import UNIT

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS answers (scope TEXT, key BLOB, answer TEXT NOT NULL, PRIMARY KEY (scope, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fallen (
    scope TEXT, round INTEGER, key BLOB, reason TEXT NOT NULL, day TEXT NOT NULL, PRIMARY KEY (scope, round, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rounds (scope TEXT PRIMARY KEY, round INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS spent (
    day TEXT PRIMARY KEY, requests INTEGER NOT NULL, tokens INTEGER NOT NULL, texts INTEGER NOT NULL
) WITHOUT ROWID;
"""
_SLICE: Final = 500  # keys of one look-up


def text_key(secret: bytes, text: str, language: str | None) -> bytes:
    """Return the name of a text in a workspace: 16 bytes that tell nothing without the workspace's key.

    >>> text_key(b"k", "a", None) == text_key(b"k", "a", None) != text_key(b"k", "a", "en")
    True
    """
    words = f"{language or ''}{UNIT}{text}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(words, key=secret, digest_size=16).digest()


class Cache:
    """An open cache; use it in a ``with``. Several threads may use it.

    Args:
        path: The file, made when it is missing.
        scope: Names model, prompt and taxonomy; answers of other scopes are kept and not seen.

    Raises:
        WorkspaceError: The file is damaged or cannot be opened.
    """

    def __init__(self, path: Path, scope: str) -> None:
        self._path, self._scope, self._lock = path, scope, Lock()
        try:
            self._sql = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise self._damaged(error) from error
        try:
            self._sql.executescript(f"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; {_TABLES}")
        except sqlite3.Error as error:
            self._sql.close()
            raise self._damaged(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._sql.close()
        if isinstance(error, sqlite3.Error):
            raise self._damaged(error) from error

    def _damaged(self, error: sqlite3.Error) -> WorkspaceError:
        return WorkspaceError(
            f"the answers of the language model cannot be read or kept ({error})",
            where=str(self._path),
            todo="free space, or restore the file; without it texts are asked, and paid for, again",
        )

    @property
    def round(self) -> int:
        """How often what fell back was asked for again."""
        with self._lock:
            found = self._sql.execute("SELECT round FROM rounds WHERE scope = ?", [self._scope]).fetchone()
        return int(found[0]) if found else 0

    def next_round(self) -> int:
        """Let all that fell back be asked again; return how many texts that are."""
        waiting = sum(self.reasons().values())
        if waiting:
            with self._lock:
                self._sql.execute(
                    "INSERT INTO rounds VALUES (?, 1) ON CONFLICT (scope) DO UPDATE SET round = round + 1",
                    [self._scope],
                )
        return waiting

    def known(self, keys: Sequence[bytes], turn: int) -> dict[bytes, Answer | str]:
        """Return what is known of texts in a round: an answer, or the reason why a text fell back."""
        found: dict[bytes, Answer | str] = {}
        for low in range(0, len(keys), _SLICE):
            part = keys[low : low + _SLICE]
            marks = ",".join("?" * len(part))
            with self._lock:
                said = self._sql.execute(
                    f"SELECT key, answer FROM answers WHERE scope = ? AND key IN ({marks})", [self._scope, *part]
                ).fetchall()
                fell = self._sql.execute(
                    f"SELECT key, reason FROM fallen WHERE scope = ? AND round = ? AND key IN ({marks})",
                    [self._scope, turn, *part],
                ).fetchall()
            found |= {key: Answer.from_json(answer) for key, answer in said}
            found |= dict(fell)
        return found

    def keep(self, outcomes: Iterable[tuple[bytes, Answer | str]], turn: int, day: str) -> None:
        """Keep answers, and the reasons of texts that fell back in a round; all of them or none."""
        rows = list(outcomes)
        answers = [(self._scope, key, said.to_json()) for key, said in rows if isinstance(said, Answer)]
        fallen = [(self._scope, turn, key, said, day) for key, said in rows if isinstance(said, str)]
        with self._lock:
            self._sql.execute("BEGIN IMMEDIATE")
            self._sql.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", answers)
            self._sql.executemany("INSERT OR REPLACE INTO fallen VALUES (?, ?, ?, ?, ?)", fallen)
            self._sql.execute("COMMIT")

    def answered(self) -> int:
        """Return how many texts have an answer."""
        with self._lock:
            found = self._sql.execute("SELECT count(*) FROM answers WHERE scope = ?", [self._scope]).fetchone()
        return int(found[0])

    def reasons(self) -> dict[str, int]:
        """Return how many texts fell back in the current round, by reason."""
        turn = self.round
        with self._lock:
            found = self._sql.execute(
                "SELECT reason, count(*) FROM fallen WHERE scope = ? AND round = ? GROUP BY 1 ORDER BY 1",
                [self._scope, turn],
            ).fetchall()
        return dict(found)

    def spent(self, day: str) -> tuple[int, int, int]:
        """Return the requests, tokens and texts of a day, of all scopes."""
        with self._lock:
            found = self._sql.execute("SELECT requests, tokens, texts FROM spent WHERE day = ?", [day]).fetchone()
        return tuple(found) if found else (0, 0, 0)

    def spend(self, day: str, requests: int, tokens: int, texts: int) -> None:
        """Add to what was spent on a day."""
        with self._lock:
            self._sql.execute(
                "INSERT INTO spent VALUES (?, ?, ?, ?) ON CONFLICT (day) DO UPDATE SET"
                " requests = requests + excluded.requests, tokens = tokens + excluded.tokens,"
                " texts = texts + excluded.texts",
                [day, requests, tokens, texts],
            )
