"""What was measured, in docs/performance.md: a table per room, with the command, the machine, the day and its load.

A room that is measured anew replaces its own table and leaves the others. Misses are written as they are.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"


@dataclass(frozen=True, slots=True)
class Row:
    """One measured line.

    Attributes:
        name: What was measured.
        ours: Touchline's, with its unit.
        other: The other's, where there is one.
        ratio: Of both, where there is one.
        goal: What was aimed at; "" where nothing was.
        met: Was it?
    """

    name: str
    ours: str
    other: str = ""
    ratio: str = ""
    goal: str = ""
    met: bool = True

    @property
    def mark(self) -> str:
        """``met``, ``missed``, or "" without a goal."""
        return "" if not self.goal else "met" if self.met else "missed"


def machine() -> str:
    """Return the machine, and what runs on it, in words."""
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"DuckDB {version('duckdb')}, NumPy {version('numpy')}"
    )


def load() -> str:
    """Return how busy the machine is, in words; "" where that cannot be known."""
    if not hasattr(os, "getloadavg"):
        return ""
    found, cores = os.getloadavg()[0], os.cpu_count() or 1
    told = f"load {found:.1f}"
    return f"{told}: others were at work, times are longer than on a quiet machine" if found > cores else told


def write(room: str, command: str, busy: str, rows: Sequence[Row], page: Path = PAGE) -> None:
    """Replace a room's table in the page, or add it at the end."""
    text = page.read_text(encoding="utf-8")
    part = f"<!-- measured: {room} -->\n{section(command, busy, rows)}<!-- end measured -->\n"
    old = re.compile(rf"^<!-- measured: {re.escape(room)} -->\n.*?^<!-- end measured -->\n", re.M | re.S)
    made = old.sub(lambda _: part, text) if old.search(text) else f"{text.rstrip()}\n\n### {room}\n\n{part}"
    page.write_text(made, encoding="utf-8")


def section(command: str, busy: str, rows: Sequence[Row]) -> str:
    """Return the lines of a room."""
    told = "; ".join(part for part in (machine(), f"{datetime.now(UTC):%Y-%m-%d}", busy) if part)
    lines = [
        f"`{command}`  \n{told}.\n",
        "| what | Touchline | other | ratio | goal | |",
        "|---|---:|---:|---:|---|---|",
    ]
    lines += [
        "| " + " | ".join(cell.replace("|", "/") for cell in (r.name, r.ours, r.other, r.ratio, r.goal, r.mark)) + " |"
        for r in rows
    ]
    return "\n".join(lines) + "\n"
