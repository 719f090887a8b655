"""The rest of `check`: the index against the warehouse, the files against each other, a server's state against both."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from touchline.vocabulary.coded import Coded
from touchline.workspace.folder import LAYOUT, Folder
from touchline.workspace.indexing import shown
from touchline.workspace.upgrading import layout_of

if TYPE_CHECKING:
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.duckdb import DuckWarehouse
    from touchline.warehouse.index.journeys import Column

_STATE: Final = "server/state.db"
#: Tables of a server's state that name a workspace by its slug, and not by a key that the database holds to.
_BY_SLUG: Final = {"operations_run": "workspace", "intake_webhook": "workspace"}


def check_files(folder: Folder) -> list[str]:
    """Return what is wrong with the folder itself: layout, key, warehouse in use."""
    problems = []
    if (layout := layout_of(folder)) != LAYOUT:
        problems.append(f"{folder.format}: layout {layout} instead of {LAYOUT}; run `touchline upgrade`")
    problems += [
        f"{path}: others on this machine may read it; run `chmod 600 {path}`"
        for path in (folder.inside / "key", folder.inside / "server" / "secret")
        if path.exists() and path.stat().st_mode & 0o007
    ]
    left = sorted(path.name for path in folder.warehouses.glob("*.duckdb") if path != folder.warehouse)
    if left:
        problems.append(
            f"{folder.warehouses}: {', '.join(left)} was left by a rebuild that was ended; run `touchline rebuild`"
        )
    return problems


def check_index(folder: Folder, warehouse: DuckWarehouse, taxonomy: Taxonomy, zone: str) -> list[str]:
    """Return what is wrong with the journey index, if it is said to show what the warehouse has now."""
    from touchline.warehouse.index.store import load, told_of

    where = f"{folder.index}: "
    if not (folder.index / "index.json").exists():
        return []
    told = told_of(folder.index)
    if told.get("shown") != shown(warehouse, taxonomy, zone):  # of before; it is built anew when it is asked for
        return []
    try:
        journeys = load(folder.index)
        held = len(journeys.at)
        lengths = {name: _length(journeys.columns[name]) for name in journeys.columns}
        customers, ends = len(journeys.keys), int(journeys.starts[-1]) if len(journeys.starts) else 0
    except (OSError, ValueError, KeyError, IndexError) as error:
        return [f"{where}the journey index cannot be read ({error}); delete it, it is built anew"]
    problems = [f"{where}column {name} has {n} rows of {held}" for name, n in lengths.items() if n != held]
    if ends != held:
        problems.append(f"{where}its customers' rows end at {ends} of {held}")
    query = "SELECT count(*), count(DISTINCT customer_key) FROM journey WHERE identified"
    rows, people = (column[0].as_py() for column in warehouse.fetch(query).columns)
    if (held, customers) != (rows, people):
        problems.append(
            f"{where}shows {held} interactions of {customers} customers, and the warehouse has {rows} of {people}"
        )
    return [f"{problem}; delete the folder, it is built anew" for problem in problems]


def _length(column: Column) -> int:
    return len(column.codes if isinstance(column, Coded) else column)


def check_state(folder: Folder) -> list[str]:
    """Return what is wrong with the state of the server that this workspace is the first of; nothing without one."""
    path = folder.inside / _STATE
    if not path.exists():
        return []
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=30)) as db:
            db.execute("PRAGMA query_only = ON")
            return [f"{path}: {problem}" for problem in _of_state(db)]
    except sqlite3.Error as error:
        return [f"{path}: SQLite cannot read it ({error}); restore it from a backup"]


def _of_state(db: sqlite3.Connection) -> Iterator[str]:
    for (text,) in db.execute("PRAGMA integrity_check"):
        if text != "ok":
            yield f"SQLite reports: {text}; restore it from a backup"
    for table, row, parent, _ in db.execute("PRAGMA foreign_key_check"):
        yield f"row {row} of {table} names a {parent} that is not there"
    there = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "workspaces_workspace" not in there:
        yield "it has no table of workspaces; start the server once, or restore it from a backup"
        return
    slugs = set()
    for slug, root in db.execute("SELECT slug, folder FROM workspaces_workspace ORDER BY id"):
        slugs.add(slug)
        if not (Path(root) / "touchline.toml").exists():
            yield f"the workspace {slug!r} is not where it should be, in {root}"
    for table, column in _BY_SLUG.items():
        if table in there:
            for (slug,) in db.execute(f'SELECT DISTINCT "{column}" FROM {table} WHERE "{column}" <> \'\''):
                if slug not in slugs:
                    yield f"{table} names the workspace {slug!r}, which there is not"
    if "intake_reply" in there:
        # a reply is kept so that a request can be repeated: one that cannot be read would be an error at the door
        ((broken,),) = db.execute("SELECT count(*) FROM intake_reply WHERE length(scope) <> 64 OR length(body) = 0")
        if broken:
            yield f"{broken} kept answers of intake cannot be given again"
    yield from _users(db, there)


def _users(db: sqlite3.Connection, there: set[str]) -> Iterator[str]:
    if "people_key" not in there:
        return
    for name, scopes in db.execute("SELECT prefix, scopes FROM people_key"):
        try:
            fine = isinstance(json.loads(scopes), list)
        except ValueError:
            fine = False
        if not fine:
            yield f"the scopes of key {name} cannot be read"
