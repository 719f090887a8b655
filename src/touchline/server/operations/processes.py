"""What the server's processes use: memory, open files, threads, processor time; from /proc, without a dependency."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ROOM: Final = "touchline.server.processes."
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Used:
    """What one process uses.

    Attributes:
        name: ``supervisor``, ``web``, ``door`` or ``reader``.
        pid: Which one.
        memory: Resident bytes.
        files: Open files and sockets.
        threads: How many.
        seconds: Of a processor, since it began.
    """

    name: str
    pid: int
    memory: int
    files: int
    threads: int
    seconds: float


def used() -> list[Used]:
    """Return what every process of this server uses; an empty list where there is no /proc."""
    if not Path("/proc/self/stat").exists():
        return []
    above = os.getppid()
    found = [("supervisor", above)] if "touchline" in _command(above) else []
    pids = [pid for _, pid in found] or [os.getpid()]
    family = [pid for one in pids for pid in _below(one)] + ([] if found else [os.getpid()])
    found += [(_name(_command(pid)), pid) for pid in family]
    return [one for name, pid in found if (one := _used(name, pid))]


def _below(pid: int) -> Iterator[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # it has ended
        return
    for child in map(int, children):
        yield child
        yield from _below(child)


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _name(command: str) -> str:
    for name in ("web", "door"):
        if f"{_ROOM}{name}" in command:
            return name
    return "reader"


def _used(name: str, pid: int) -> Used | None:
    try:
        # after the name in brackets, which may hold anything: state, ppid ... utime 11, stime 12, threads 17, rss 21
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        files = len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:  # it has ended, or is not ours
        return None
    seconds = (int(fields[11]) + int(fields[12])) / _TICKS
    return Used(name, pid, int(fields[21]) * _PAGE, files, int(fields[17]), seconds)
