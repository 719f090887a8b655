"""How much memory and how many threads this process may use, shared by the workspaces that it holds open.

``TOUCHLINE_MEMORY`` (``4GiB``; by default half of what the machine or the container has) is what all open warehouses
may use together. Each gets an equal share, and never more than its own ``[engine] memory_limit``. ``TOUCHLINE_THREADS``
bounds the threads of each.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from touchline.server.operations.disk import size

if TYPE_CHECKING:
    from touchline.server.workspaces.facade import Held

MEMORY: Final = "TOUCHLINE_MEMORY"
THREADS: Final = "TOUCHLINE_THREADS"
_LEAST: Final = 128 * 1024**2  # bytes; with less DuckDB cannot sort a page of anything
_CGROUP: Final = Path("/sys/fs/cgroup/memory.max")

#: What each warehouse was given; a warehouse that was opened anew has its file's own limits again.
_given: dict[str, tuple[int, int, int]] = {}


def budget() -> int:
    """Return how many bytes all warehouses may use together.

    Raises:
        SettingsError: The variable is no size.
    """
    return size(os.environ.get(MEMORY, ""), MEMORY) or machine() // 2


def machine() -> int:
    """Return the bytes of memory that there are: the container's, where that is less than the machine's."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    try:
        told = _CGROUP.read_text().strip()
    except OSError:  # no such control group
        return whole
    return min(whole, int(told)) if told.isdecimal() else whole


def threads() -> int:
    """Return how many threads a warehouse may use; 0 leaves it to the workspace.

    Raises:
        SettingsError: The variable is no number.
    """
    from touchline.server.operations.chores import number

    return number(THREADS, 1) if os.environ.get(THREADS, "").strip() else 0


def share(held: Sequence[Held]) -> str:
    """Give every warehouse its share, where that has changed; say what it is."""
    if not held:
        return "no workspace is open"
    each, most = max(_LEAST, budget() // len(held)), threads()
    for one in held:
        own = size(one.workspace.settings.engine.memory_limit) or each
        given = (id(one.workspace.warehouse), min(own, each), most)
        if _given.get(one.slug) == given:
            continue
        with one.writing() as workspace:  # no drain is running, which sets its own number of threads
            workspace.warehouse.execute(f"SET memory_limit = '{given[1]}B'")
            if most:
                workspace.warehouse.execute(f"SET threads = {most}")
        _given[one.slug] = given
    return f"{each >> 20} MiB for each of {len(held)}"
