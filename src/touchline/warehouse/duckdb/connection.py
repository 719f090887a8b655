"""Opening the file: explicit limits, one process, no network, no surprises."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from touchline.errors import NoSpaceLeft, TooSlow, TouchlineError, WarehouseDamaged, WarehouseLocked

#: Errors that we made ourselves; any other is of the file or the machine. A damaged block is a plain `duckdb.Error`.
_OURS: Final = (duckdb.ProgrammingError, duckdb.DataError, duckdb.NotSupportedError, duckdb.IntegrityError)


#: A checkpoint writes row groups with deleted rows anew and holds commits up meanwhile; under busy intake DuckDB's own
#: 16 MB are full after a few publications. What the log holds is read again at the next start.
_LOG: Final = "64MB"

#: What the operating system says when nothing more fits.
_FULL: Final = ("No space left", "disk is full", "File too large", "Disk quota exceeded")


@dataclass(frozen=True, slots=True)
class Limits:
    """What DuckDB may use. Its own defaults take 80 % of the memory and 90 % of the disk.

    Attributes:
        memory: For example ``4GB``.
        threads: 0 means one per core.
        temp: How much may be spilled to disk.
    """

    memory: str = "4GB"
    threads: int = 0
    temp: str = "20GB"


def connect(path: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
    """Open the warehouse's file.

    Raises:
        WarehouseLocked: Another process holds it.
        WarehouseDamaged: It cannot be opened; it can be rebuilt from the journal.
    """
    config: dict[str, str | bool | int] = {
        "memory_limit": limits.memory,
        "temp_directory": str(path.parent / "tmp"),
        "max_temp_directory_size": limits.temp,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "checkpoint_threshold": _LOG,
    }
    if limits.threads:
        config["threads"] = limits.threads
    connection = None
    try:
        connection = duckdb.connect(str(path), config=config)
        connection.execute("SET enable_progress_bar = false")  # else it draws one over ours
    except duckdb.Error as error:
        if connection is not None:  # left open, it would keep the broken database for whoever opens it next
            connection.close()
        raise at_opening(error, path) from error
    return connection


def opened_anew(path: Path) -> WarehouseLocked:
    """Say that a file was closed under a question's hands, to be opened again."""
    return WarehouseLocked("the warehouse is being opened anew", where=str(path), todo="ask again in a moment")


def at_opening(error: duckdb.Error, path: Path) -> TouchlineError:
    """Say in our words why a file cannot be opened: nobody has asked anything yet, so that no question is to blame."""
    found = told(error, path)
    return found if isinstance(found, TouchlineError) else _damaged(error, path)


def told(error: duckdb.Error, path: Path) -> Exception:
    """Say a DuckDB error in our words; one that is no fault of the file or the machine comes back as it is."""
    text = str(error)
    if re.search(r"set lock|conflicting lock", text, re.IGNORECASE):
        holder = re.search(r"PID (\d+)", text)
        return WarehouseLocked(
            "another process holds the warehouse" + (f" (process {holder[1]})" if holder else ""),
            where=str(path),
            todo="wait for it to end, or stop it, and repeat the command",
        )
    if any(sign in text for sign in _FULL):
        return NoSpaceLeft(
            "the warehouse could not be written: the disk is full",
            where=str(path),
            todo="free some space and repeat the command; what was accepted is safe in the journal",
        )
    if passing := _passing(error, path):
        return passing
    if isinstance(error, _OURS):
        unchanged: Exception = error
        return unchanged
    return _damaged(error, path)


def _passing(error: duckdb.Error, path: Path) -> TouchlineError | None:
    """Say an error that tells of the question or the moment: the file is sound, and the next one may be answered."""
    if isinstance(error, duckdb.InterruptException):
        return TooSlow(
            "the question took longer than it may",
            where=str(path),
            todo="ask about a shorter period or fewer segments, or give queries more time",
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return TooSlow(
            "the question needs more memory than it may use",
            where=str(path),
            todo="ask about a shorter period or fewer segments, or give it more: [engine] memory_limit",
        )
    if isinstance(error, duckdb.ConnectionException | duckdb.ResourceInUseException):
        return opened_anew(path)
    return None


def _damaged(error: duckdb.Error, path: Path) -> WarehouseDamaged:
    return WarehouseDamaged(
        f"DuckDB cannot use the warehouse ({(str(error).splitlines() or [type(error).__name__])[0]})",
        where=str(path),
        todo="run `touchline rebuild`: the journal holds everything",
    )
