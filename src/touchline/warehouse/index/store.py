"""The journey index on disk: one file per column, mapped into memory, named by the data that it shows."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from touchline.vocabulary.coded import Coded
from touchline.warehouse.index.journeys import Column, Columns, Journeys

#: Bumped when the files or what is in them change.
LAYOUT: Final = "j1"
_META: Final = "index.json"


def save(journeys: Journeys, folder: Path, kept: Collection[str] = (), **told: object) -> None:
    """Write journeys into a folder, in place of what is there; a process killed meanwhile leaves the old ones.

    Args:
        journeys: What to write.
        folder: Where; made when it is missing.
        kept: Those of its columns that are made on request, and were.
        told: What to remember beside them, read by `told_of`.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=".index-", dir=folder.parent))
    try:
        arrays: dict[str, npt.NDArray[Any]] = {"keys": journeys.keys, "starts": journeys.starts, "at": journeys.at}
        for name, array in arrays.items():
            np.save(fresh / f"{name}.npy", array)
        own = [name for name in journeys.columns if name not in kept]
        names = {name: _write(fresh, f"c_{name}", journeys.columns.passing(name)) for name in own}
        for name in kept:
            _keep(fresh, name, journeys.coded(name))
        meta = {
            "layout": LAYOUT,
            "observed": journeys.observed,
            "zone": journeys.zone,
            "stages": journeys.stages,
            "columns": names,
            "mark": fresh.name,
            **told,
        }
        (fresh / _META).write_text(json.dumps(meta), encoding="utf-8")
        if folder.exists():
            old = Path(tempfile.mkdtemp(prefix=".old-", dir=folder.parent))
            os.replace(folder, old / "index")
            os.replace(fresh, folder)
            shutil.rmtree(old)
        else:
            os.replace(fresh, folder)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def told_of(folder: Path) -> dict[str, Any]:
    """Return what was remembered beside the journeys in a folder; empty when there are none that can be read."""
    try:
        meta: dict[str, Any] = json.loads((folder / _META).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return meta if meta.get("layout") == LAYOUT else {}


def load(folder: Path, more: dict[str, Callable[[Journeys], Coded]] | None = None) -> Journeys:
    """Map journeys into memory; nothing is read before it is used.

    Args:
        folder: Where `save` wrote them.
        more: Columns that are made when they are first asked for, and then kept beside the others.
    """
    meta = told_of(folder)
    # every file is mapped at once: the folder may be replaced while these journeys are in use
    columns = {name: _read(folder, f"c_{name}", names) for name, names in meta["columns"].items()}
    plain = Journeys(
        keys=_array(folder / "keys.npy"),
        starts=_array(folder / "starts.npy"),
        at=_array(folder / "at.npy"),
        columns=Columns.of(columns),
        observed=(meta["observed"][0], meta["observed"][1]),
        zone=meta["zone"],
        stages=tuple(meta["stages"]),
    )
    makers: dict[str, Callable[[], Column]] = {name: lambda name=name: columns[name] for name in columns}  # type: ignore[misc]
    for name, make in (more or {}).items():
        makers[name] = lambda name=name, make=make: _kept(folder, meta["mark"], name, lambda: make(plain))  # type: ignore[misc]
    return replace(plain, columns=Columns(makers))


def made_before(folder: Path, names: Iterable[str]) -> dict[str, Coded]:
    """Return those columns of some names that were made on request beside the journeys in a folder, and kept."""
    found = {}
    for name in names:
        stem = _stem(name)
        if (listed := folder / f"{stem}.json").exists():
            found[name] = _coded(_array(folder / f"{stem}.npy"), json.loads(listed.read_text(encoding="utf-8")))
    return found


def _kept(folder: Path, mark: str, name: str, make: Callable[[], Coded]) -> Coded:
    """Return a column made before, or make it, and write it unless other journeys lie there by now."""
    mine = told_of(folder).get("mark") == mark
    if mine and (found := made_before(folder, [name])):
        return found[name]
    column = make()
    if mine:
        _keep(folder, name, column)
    return column


def _keep(folder: Path, name: str, column: Coded) -> None:
    """Write a column that was made on request; its list of names comes last, and says that it is whole."""
    stem = _stem(name)
    _write(folder, stem, column)
    whole = folder / f"{stem}.part"
    whole.write_text(json.dumps(column.names), encoding="utf-8")
    os.replace(whole, folder / f"{stem}.json")


def _stem(name: str) -> str:
    return "m_" + hashlib.sha256(name.encode()).hexdigest()[:16]


def _write(folder: Path, stem: str, column: Column) -> list[str] | None:
    """Write a column; return the names of a coded one."""
    if isinstance(column, Coded):
        np.save(folder / f"{stem}.npy", column.codes)
        return list(column.names)
    np.save(folder / f"{stem}.npy", column)
    return None


def _read(folder: Path, stem: str, names: list[str] | None) -> Column:
    array = _array(folder / f"{stem}.npy")
    return array if names is None else _coded(array, names)


def _coded(array: npt.NDArray[Any], names: list[str]) -> Coded:
    return Coded(array, tuple(names))


def _array(path: Path) -> npt.NDArray[Any]:
    """Map an array; an empty one cannot be mapped and is read."""
    found: npt.NDArray[Any] = np.load(path, mmap_mode="r" if path.stat().st_size > 256 else None)
    return found
