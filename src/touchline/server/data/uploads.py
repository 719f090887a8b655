"""Files that people choose in the browser, from the moment they arrive until what became of them is told.

HOME/uploads/ID/state.json     whose it is, for which workspace, and how far it is
HOME/uploads/ID/raw/NAME       the file as it was; deleted when it is imported, or after an hour
HOME/uploads/ID/look.json      how it would be read
HOME/uploads/ID/progress.json  how far the import is
"""

from __future__ import annotations

import json
import logging
import os
import re
import secrets
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from touchline.errors import InputError, NoSpaceLeft, QuestionError, TouchlineError
from touchline.server.data import away, working
from touchline.server.home import Home
from touchline.server.operations.facade import disk
from touchline.words import phrase
from touchline.workspace.mappings import Mappings

if TYPE_CHECKING:
    from touchline.server.workspaces.facade import Held

_log = logging.getLogger("touchline.data")
_ID: Final = re.compile(r"[0-9a-f]{24}")
#: Seconds for which a file, and what became of it, is kept.
KEPT: Final = 3600.0
LOOKING: Final = 60.0
_PIECE: Final = 1 << 20
Phase = Literal["chosen", "importing", "done", "failed"]
_working: set[str] = set()


@dataclass(frozen=True, slots=True)
class Upload:
    """One file.

    Attributes:
        id: Its name in addresses.
        slug: The workspace that it is for.
        name: The file's.
        size: In bytes.
        by: Who chose it.
        phase: How far it is.
        said: What was said of it: as `touchline.workspace.previewing.Said`.
        saved: The saved mapping that it is read by, or was saved as.
        error: What went wrong: what, where, todo.
        receipt: What became of its records at the door.
    """

    id: str
    slug: str
    name: str
    size: int
    by: str
    phase: Phase = "chosen"
    said: dict[str, str] = field(default_factory=dict)
    saved: str = ""
    error: dict[str, str] = field(default_factory=dict)
    receipt: dict[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return root() / self.id

    @property
    def file(self) -> Path:
        """The file."""
        return self.folder / "raw" / self.name

    @property
    def look(self) -> dict[str, Any]:
        """How it would be read."""
        return _read(self.folder / "look.json")

    @property
    def progress(self) -> dict[str, Any]:
        """How far its import is: step, and done from 0 to 1."""
        return _read(self.folder / "progress.json") or {"step": "starting", "done": 0.0}

    def but(self, **changed: Any) -> Upload:
        """Return it otherwise, written down."""
        other = Upload(**(asdict(self) | changed))
        away.write(other.folder / "state.json", asdict(other))
        return other


def root() -> Path:
    """Return the folder of all of them."""
    return Home.from_environment().root / "uploads"


def make() -> None:
    """Make that folder, for nobody else to read."""
    root().mkdir(parents=True, mode=0o700, exist_ok=True)


def _read(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return found


def sweep(now: float | None = None) -> str:
    """Let go of uploads past their time; say how many."""
    moment, gone = now or time.time(), 0
    for folder in root().iterdir() if root().exists() else ():
        if folder.name in _working or moment - folder.stat().st_mtime < KEPT:
            continue
        if folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)
        else:
            folder.unlink(missing_ok=True)
        gone += 1
    return f"{gone} uploads deleted"


def find(slug: str, id: str) -> Upload:  # noqa: A002 - the word that users know
    """Return an upload of a workspace.

    Raises:
        QuestionError: There is none (any longer).
    """
    told = _read(root() / id / "state.json") if _ID.fullmatch(id) else {}
    if told.get("slug") != slug:
        raise QuestionError(
            phrase("the file is not here any longer"), todo=phrase("choose it again: files are kept for an hour")
        )
    found = Upload(**told)
    if found.phase == "importing" and id not in _working:
        return found.but(
            phase="failed",
            error={"what": "the server was stopped while it imported", "where": found.name,
                   "todo": "choose the file again: what is there already counts once"},
        )  # fmt: skip
    return found


def _begun(slug: str, name: str, size: int, by: str) -> Upload:
    make()
    if disk(root()).low:
        raise NoSpaceLeft(
            phrase("the disk is nearly full"), todo=phrase("free some space; what was taken in before is safe")
        )
    made = Upload(secrets.token_hex(12), slug, name, size, by)
    (made.folder / "raw").mkdir(parents=True, mode=0o700)
    made.folder.chmod(0o700)
    return made.but()


def keep(held: Held, sent: UploadedFile[Any], by: str) -> Upload:
    """Keep a file, and look at how it would be read.

    Args:
        held: The workspace that it is for.
        sent: As Django got it.
        by: Who chose it.

    Raises:
        NoSpaceLeft: The disk is nearly full.
        InputError: It cannot be read; nothing is kept of it.
    """
    sweep()
    made = _begun(held.slug, _safe(sent.name or "upload"), sent.size or 0, by)
    try:
        if isinstance(sent, TemporaryUploadedFile):
            shutil.copyfile(sent.temporary_file_path(), made.file)
        else:
            with made.file.open("wb") as out:
                for piece in sent.chunks(_PIECE):
                    out.write(piece)
        made.file.chmod(0o600)
        return looked(held, made)
    except BaseException:
        shutil.rmtree(made.folder, ignore_errors=True)
        raise


def looked(held: Held, upload: Upload, said: Mapping[str, str] | None = None) -> Upload:
    """Look at how a file would be read, with what is said of it; at first by the saved mapping that fits it best.

    Raises:
        InputError: It cannot be read so; it stays as it was.
        TooSlow: It took too long.
    """
    folder = str(held.workspace.folder.root)
    mappings = Mappings(held.workspace.folder.mappings)
    given = dict(upload.said if said is None else said)
    saved = upload.saved
    seen = working.run(away.look, folder, str(upload.file), given, seconds=LOOKING)
    if said is None and not given and (fits := mappings.fitting(one["name"] for one in seen["columns"])):
        given, saved = {"mapping": mappings.get(fits).to_toml()}, fits
        seen = working.run(away.look, folder, str(upload.file), given, seconds=LOOKING)
    away.write(upload.folder / "look.json", seen)
    return upload.but(said={**given, "mapping": seen["mapping"]}, saved=saved)


def take(held: Held, upload: Upload) -> Upload:
    """Begin to import a file.

    Raises:
        InputError: It is being imported, or was.
        TooSlow: Too much is being read.
    """
    if upload.phase not in ("chosen", "failed") or not upload.file.exists():
        raise InputError(phrase("the file was imported already"), todo=phrase("choose it again to import it once more"))
    folder = str(held.workspace.folder.root)
    note = str(upload.folder / "progress.json")
    work = working.start(away.take, folder, str(upload.file), upload.said, note)
    return _going(held, upload, work)


def load_sample(held: Held, by: str, customers: int) -> Upload:
    """Begin to simulate the demo's world into an empty workspace.

    Raises:
        InputError: It is not empty.
    """
    if held.workspace.journal.counts().received:
        raise InputError(phrase("the workspace is not empty"), todo=phrase("load the sample into a new one"))
    made = _begun(held.slug, "sample", 0, by)
    note = str(made.folder / "progress.json")
    folder = str(held.workspace.folder.root)
    return _going(held, made, working.start(away.sample, folder, str(made.folder / "raw"), note, customers))


def _going(held: Held, upload: Upload, work: working.Work) -> Upload:
    _working.add(upload.id)
    begun = upload.but(phase="importing", error={})

    def follow() -> None:
        try:
            receipt = work.wait()
            begun.but(phase="done", receipt=receipt)
            held.wake()
        except TouchlineError as error:
            said = away.told(error) | {"where": (error.where or "").replace(str(upload.file), upload.name)}
            begun.but(phase="failed", error=said)
        except Exception:
            _log.exception("the import of %s failed", upload.name)
            begun.but(phase="failed", error={"what": "the import failed", "where": "", "todo": "see the server's log"})
        finally:
            _working.discard(upload.id)
            shutil.rmtree(upload.folder / "raw", ignore_errors=True)

    threading.Thread(target=follow, name=f"import-{upload.slug}", daemon=True).start()
    return begun


def discard(upload: Upload) -> None:
    """Let go of a file that is not being imported."""
    if upload.id not in _working:
        shutil.rmtree(upload.folder, ignore_errors=True)


def became(held: Held, upload: Upload) -> dict[str, Any]:
    """Return where the records of an imported file are: ``received`` is the sum of the others; ``balanced`` says so."""
    from touchline.drain import received

    door = upload.receipt
    offsets = tuple(door["offsets"])
    there = not offsets or held.workspace.warehouse.shown >= max(offsets)
    inside = received(held.workspace.warehouse, offsets) if offsets and there else None
    told = {
        "stored": inside.stored if inside else 0,
        "duplicate": (inside.duplicate if inside else 0) + door["repeated"],
        "revised": inside.revised if inside else 0,
        "quarantined": door["quarantined"],
        "waiting": 0 if there else door["accepted"],
    }
    return {"received": door["received"], **told, "balanced": door["received"] == sum(told.values())}


def _safe(name: str) -> str:
    """Return a file's name that leads nowhere else.

    >>> _safe("../../etc/pass wd.csv"), _safe("...")
    ('pass wd.csv', 'upload')
    """
    last = "".join(c for c in name.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable()).strip(". ")
    stem, suffix = os.path.splitext(last)
    return (stem[:100] + suffix[:20]) or "upload"
