"""What is backed up, even under load, comes back equal; what is damaged or newer is refused; nothing living is lost."""

from __future__ import annotations

import json
import random
import sqlite3
import tarfile
import threading

import pytest
from tests.files import answers, contents, fingerprint, take_in, write_csv
from tests.processes import another

from touchline.errors import InputError, JournalDamaged, NoSpaceLeft, WarehouseLocked, WorkspaceError
from touchline.journal import Batch, open_journal
from touchline.workspace import Workspace, archive, backup, snapshot
from touchline.workspace.backup import back_up, backups, verify
from touchline.workspace.restoring import restore


@pytest.fixture
def filled(workspace, tmp_path):
    take_in(workspace, write_csv(tmp_path / "a.csv", answers(*range(60))))
    take_in(workspace, write_csv(tmp_path / "b.csv", [*answers(60, 61), {"id": "bad", "date": "no day", "nps": 4}]))
    return workspace


def names(file):
    with tarfile.open(file) as tar:
        return tar.getnames()


def rows(path, query):
    db = sqlite3.connect(path)
    try:
        return db.execute(query).fetchall()
    finally:
        db.close()


def journal_rows(root):
    path = root / ".touchline" / "journal.db"
    return {
        table: rows(path, f"SELECT * FROM {table} ORDER BY 1, 2")
        for table in ("meta", "batches", "quarantine", "readings", "doors", "rewrites")
    }


def test_a_workspace_comes_back_as_it_was(filled, tmp_path):
    (filled.folder.root / "export.csv").write_text("what a customer said")
    before, journal = contents(filled), journal_rows(filled.folder.root)
    made = back_up(filled.folder, tmp_path / "one.tar")
    assert made.manifest.offset == filled.journal.head
    assert made.manifest.interactions == 62
    assert made.file.stat().st_mode & 0o077 == 0
    assert "export.csv" not in names(made.file)
    assert not [name for name in names(made.file) if "warehouse" in name or "index" in name]
    done = restore(made.file, tmp_path / "again")
    assert (done.offset, done.interactions, done.before, done.erased) == (made.manifest.offset, 62, None, 0)
    assert journal_rows(tmp_path / "again") == journal
    with Workspace(tmp_path / "again") as opened:
        opened.catch_up()
        assert contents(opened) == before
        assert opened.check() == []
        assert opened.journal.quarantined()[0]["reason"] == filled.journal.quarantined()[0]["reason"]
        assert take_in(opened, tmp_path / "a.csv").stored == 0  # the key came along: the rows are recognised


def test_what_was_taught_and_edited_comes_along_and_tombstones_do_not(filled, tmp_path):
    root = filled.folder.root
    (root / "themes.yaml").write_text("themes: []\n")
    (filled.folder.taught).mkdir()
    (filled.folder.taught / "1.labels.jsonl").write_text("{}\n")
    (filled.folder.inside / "tombstones").write_text("{}\n")
    made = back_up(filled.folder, tmp_path / "one.tar")
    assert {"themes.yaml", "taxonomy.yaml", "touchline.toml", ".touchline/taught/1.labels.jsonl"} <= set(
        names(made.file)
    )
    assert not [name for name in names(made.file) if "tombstones" in name]


def test_a_backup_under_load_is_of_one_moment_and_comes_back_equal(filled, tmp_path):
    """Appends go on in a second connection; the state is written after each batch that it tells of."""
    state = filled.folder.inside / "server" / "state.db"
    state.parent.mkdir()
    with sqlite3.connect(state, isolation_level=None) as db:
        db.executescript("PRAGMA journal_mode = WAL; CREATE TABLE told (batch INTEGER)")
    db.close()
    (entry,) = [entry for entry in filled.journal.read() if entry.offset == 1]
    stop, failed, acknowledged = threading.Event(), [], []

    def load() -> None:
        try:
            told = sqlite3.connect(state, isolation_level=None, timeout=30)
            with open_journal(filled.folder) as journal:
                number = 0
                while not stop.is_set():
                    number += 1
                    ids = [f"load/{number}/{k}" for k in range(entry.table.num_rows)]
                    table = entry.table.set_column(
                        entry.table.schema.get_field_index("interaction_id"), "interaction_id", [ids]
                    ).cast(entry.table.schema)
                    digest = number.to_bytes(32, "big")
                    receipt = journal.append(Batch("interactions", table, digest, False, "load", entry.received_at))
                    told.execute("INSERT INTO told VALUES (?)", (receipt.offset,))
                    acknowledged.append(receipt.offset)
            told.close()
        except BaseException as error:
            failed.append(error)
            raise

    thread = threading.Thread(target=load)
    thread.start()
    made = []
    try:
        for number in range(4):
            enough = len(acknowledged) + 3
            while len(acknowledged) < enough and thread.is_alive():
                stop.wait(0.01)
            first = acknowledged[-1]
            made.append((first, back_up(filled.folder, tmp_path / f"{number}.tar")))
    finally:
        stop.set()
        thread.join()
    assert failed == []
    assert len({one.manifest.offset for _, one in made}) == 4
    whole = journal_rows(filled.folder.root)["batches"]
    for number, (first, one) in enumerate(made):
        offset = one.manifest.offset
        assert offset >= first  # what was acknowledged before it began is inside
        root = tmp_path / f"restored{number}"
        restore(one.file, root)
        assert journal_rows(root)["batches"] == [row for row in whole if row[0] <= offset]
        told = [batch for (batch,) in rows(root / ".touchline" / "server" / "state.db", "SELECT batch FROM told")]
        assert set(told) <= {row[0] for row in journal_rows(root)["batches"]}
        assert offset - len(told) - 2 in (0, 1)  # of one moment: at most the batch that was being told is not told
    with Workspace(tmp_path / "restored3") as opened:
        opened.catch_up()
        assert [one for one in opened.check() if "state.db" not in one] == []  # the state here is a table of ours


def test_any_flipped_byte_is_refused_or_changes_nothing(filled, tmp_path):
    file = back_up(filled.folder, tmp_path / "one.tar").file
    sound, chance = file.read_bytes(), random.Random(3)
    whole = journal_rows(filled.folder.root)
    refused = 0
    for number in range(60):
        spoiled = tmp_path / f"spoiled{number}.tar"
        at = chance.randrange(len(sound)) if number > 20 else chance.randrange(min(12_000, len(sound)))
        spoiled.write_bytes(sound[:at] + bytes([sound[at] ^ (1 << chance.randrange(8))]) + sound[at + 1 :])
        root = tmp_path / f"from{number}"
        try:
            restore(spoiled, root)
        except (InputError, WorkspaceError):
            refused += 1
            assert list(root.glob("*")) == []
            continue
        assert journal_rows(root) == whole
    assert refused > 30


@pytest.mark.parametrize("share", [0.0, 0.001, 0.5, 0.99])
def test_one_that_is_cut_off_is_refused(filled, tmp_path, share):
    file = back_up(filled.folder, tmp_path / "one.tar").file
    sound = file.read_bytes()
    content = sum(part.bytes for part in archive.extract(file).files)
    file.write_bytes(sound[: int(share * content)])
    with pytest.raises(InputError, match="damaged"):
        verify(file)
    with pytest.raises(InputError, match="damaged"):
        restore(file, tmp_path / "again")


def _forged(file, to, **changes):
    """Write the backup again with another manifest, well sealed."""
    with tarfile.open(file) as tar:
        parts = {one.name: tar.extractfile(one).read() for one in tar.getmembers()}
    content = json.loads(parts[archive.MANIFEST])
    del content["sha256"]
    content |= changes
    content["sha256"] = archive._seal(content)
    parts[archive.MANIFEST] = json.dumps(content).encode()
    with tarfile.open(to, "w") as tar:
        for name, data in parts.items():
            import io

            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return to


@pytest.mark.parametrize("newer", [{"format": archive.FORMAT + 1}, {"layout": 99}])
def test_a_newer_one_is_refused(filled, tmp_path, newer):
    file = _forged(back_up(filled.folder, tmp_path / "one.tar").file, tmp_path / "newer.tar", **newer)
    with pytest.raises(WorkspaceError, match="upgrade Touchline"):
        restore(file, tmp_path / "again")
    assert not (tmp_path / "again" / "touchline.toml").exists()


@pytest.mark.parametrize("name", ["../evil.toml", "/evil.toml", "a/../../evil.toml"])
def test_a_part_that_would_lie_elsewhere_is_refused(filled, tmp_path, name):
    file = back_up(filled.folder, tmp_path / "one.tar").file
    with tarfile.open(file) as tar:
        parts = [(one.name, tar.extractfile(one).read()) for one in tar.getmembers()]
    content = json.loads(parts[0][1])
    del content["sha256"]
    content["files"].append({"path": name, "bytes": 0, "sha256": archive.hashlib.sha256().hexdigest()})
    content["sha256"] = archive._seal(content)
    with tarfile.open(tmp_path / "evil.tar", "w") as tar:
        import io

        for at, data in [(parts[0][0], json.dumps(content).encode()), *parts[1:], (name, b"")]:
            info = tarfile.TarInfo(at)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    with pytest.raises(InputError, match="does not tell of"):
        restore(tmp_path / "evil.tar", tmp_path / "deep" / "again")
    assert not list(tmp_path.rglob("evil.toml"))


def test_a_living_workspace_is_never_overwritten_and_kept_beside(filled, tmp_path):
    file = back_up(filled.folder, tmp_path / "one.tar").file
    root = filled.folder.root
    (root / "notes.txt").write_text("mine")
    with pytest.raises(WorkspaceError, match="--replace"):
        restore(file, root)
    take_in(filled, write_csv(tmp_path / "later.csv", answers(70, 71, 72)))
    with pytest.raises(WarehouseLocked):
        _elsewhere(file, root)
    filled.close()
    done = restore(file, root, replace=True)
    assert (root / "notes.txt").read_text() == "mine"
    with Workspace(root) as opened, Workspace(done.before) as old:
        opened.catch_up()
        assert opened.status().interactions == 62
        assert old.status().interactions == 65


def _elsewhere(file, root):
    """Restore in a process of its own, where this one's locks count."""
    import subprocess
    import sys

    said = (
        "import sys; from pathlib import Path; from touchline.errors import WarehouseLocked\n"
        "from touchline.workspace.restoring import restore\n"
        "try: restore(Path(sys.argv[1]), Path(sys.argv[2]), replace=True)\n"
        "except WarehouseLocked: sys.exit(44)"
    )
    done = subprocess.run([sys.executable, "-c", said, file, root], check=False, capture_output=True, text=True)
    if done.returncode == 44:
        raise WarehouseLocked("told by the other process")
    assert done.returncode == 0, done.stderr


def test_a_served_workspace_is_not_replaced(filled, tmp_path):
    file = back_up(filled.folder, tmp_path / "one.tar").file
    with another("touchline.server.processes.web") as pid:
        (filled.folder.inside / "serving.json").write_text(json.dumps({"pid": pid}))
        with pytest.raises(WorkspaceError, match="a server holds"):
            restore(file, filled.folder.root, replace=True)


def test_a_backup_without_the_key_needs_the_right_one(filled, make, tmp_path):
    made = back_up(filled.folder, tmp_path / "one.tar", with_key=False)
    assert not [name for name in names(made.file) if name.endswith(("/key", "/secret"))]
    assert "keep" in made.notes[0]
    with pytest.raises(InputError, match="--key"):
        restore(made.file, tmp_path / "again")
    wrong = tmp_path / "wrong"
    wrong.write_text("ab" * 32)
    with pytest.raises(InputError, match="not the one"):
        restore(made.file, tmp_path / "again", key=wrong)
    restore(made.file, tmp_path / "again", key=filled.folder.inside / "key")
    with Workspace(tmp_path / "again") as opened:
        assert opened.key == filled.key
    filled.close()
    restore(made.file, filled.folder.root, replace=True)  # the one that is there does


def test_a_damaged_journal_is_not_backed_up_over_good_ones(filled, tmp_path):
    place = tmp_path / "backups"
    place.mkdir()
    good = back_up(filled.folder, place, keep=1)
    db = sqlite3.connect(filled.folder.journal, isolation_level=None)
    db.execute('UPDATE batches SET payload = zeroblob(100) WHERE "offset" = 1')
    db.close()
    with pytest.raises(JournalDamaged, match="batch 1"):
        back_up(filled.folder, place, keep=1)
    assert [path.name for path in place.iterdir()] == [good.file.name]


def test_so_many_are_kept_of_this_workspace_only(filled, tmp_path, monkeypatch):
    from datetime import UTC, datetime, timedelta

    moments = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(9))

    class Clock(datetime):
        @classmethod
        def now(cls, tz=None):
            return next(moments)

    monkeypatch.setattr(backup, "datetime", Clock)
    place = tmp_path / "backups"
    place.mkdir()
    other = place / "other-20200101T000000Z.touchline.tar"
    other.write_bytes(b"")
    made = [back_up(filled.folder, place, keep=3) for _ in range(5)]
    assert [one.name for one in backups(place)] == [other.name, *(one.file.name for one in made[-3:])]
    assert made[-1].removed == (made[1].file,)
    with pytest.raises(InputError, match="folder"):
        back_up(filled.folder, tmp_path / "one.tar", keep=2)


def test_a_full_disk_leaves_nothing_half_written(filled, tmp_path, monkeypatch):
    place = tmp_path / "backups"
    place.mkdir()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "write", full)
    with pytest.raises(NoSpaceLeft):
        back_up(filled.folder, place)
    assert list(place.iterdir()) == []


def test_the_warehouse_comes_along_when_it_is_asked_for(filled, tmp_path):
    before = fingerprint(filled)
    made = back_up(filled.folder, tmp_path / "one.tar", warehouse=filled.warehouse)
    assert [name for name in names(made.file) if name.endswith(".duckdb")]
    with pytest.raises(WarehouseLocked):  # the copy did not let go of the lock on the file
        _elsewhere(made.file, filled.folder.root)
    restore(made.file, tmp_path / "again")
    with Workspace(tmp_path / "again") as opened:
        assert opened.warehouse.position == filled.journal.head
        assert fingerprint(opened) == before
        assert opened.check() == []


def test_further_workspaces_of_a_server_and_its_state_come_along(filled, tmp_path):
    tenant = filled.folder.inside / "server" / "workspaces" / "globex"
    Workspace.create(tenant).close()
    state = filled.folder.inside / "server" / "state.db"
    db = sqlite3.connect(state, isolation_level=None)
    db.executescript(
        "CREATE TABLE workspaces_workspace (id INTEGER PRIMARY KEY, folder TEXT);"
        "CREATE TABLE people_session (k TEXT); INSERT INTO people_session VALUES ('alive')"
    )
    db.executemany(
        "INSERT INTO workspaces_workspace (folder) VALUES (?)", [(str(filled.folder.root),), (str(tenant),), ("/else",)]
    )
    db.close()
    made = back_up(filled.folder, tmp_path / "one.tar")
    assert made.manifest.tenants == {".touchline/server/workspaces/globex": 0}
    assert any("/else is not inside" in note for note in made.notes)
    new = tmp_path / "again"
    restore(made.file, new)
    again = new / ".touchline" / "server" / "state.db"
    folders = [str(new), str(new / ".touchline" / "server" / "workspaces" / "globex"), "/else"]
    assert [f for (f,) in rows(again, "SELECT folder FROM workspaces_workspace ORDER BY id")] == folders
    assert rows(again, "SELECT * FROM people_session") == []
    with Workspace(new / ".touchline" / "server" / "workspaces" / "globex") as opened:
        assert opened.status().interactions == 0


def test_verify_tells_what_is_inside_and_names_damage_that_was_there_before(filled, tmp_path, monkeypatch):
    file = back_up(filled.folder, tmp_path / "one.tar").file
    manifest, problems = verify(file)
    assert (manifest.offset, problems) == (filled.journal.head, [])
    db = sqlite3.connect(filled.folder.journal, isolation_level=None)
    db.execute("UPDATE batches SET origin = 'x' WHERE \"offset\" = 2")
    db.close()
    monkeypatch.setattr(backup, "_proved", lambda _: [])
    spoiled = back_up(filled.folder, tmp_path / "two.tar").file
    monkeypatch.undo()
    assert any("batch 2 does not match" in problem for problem in verify(spoiled)[1])


def test_nothing_that_is_no_database_is_copied(tmp_path):
    path = tmp_path / "x.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(JournalDamaged), snapshot.frozen([path]):
        pass


def test_a_writer_without_a_pause_is_told_of(filled, monkeypatch):
    monkeypatch.setattr(snapshot, "_PATIENCE", 0.3)
    monkeypatch.setattr(snapshot, "_TRY", 0.1)
    db = sqlite3.connect(filled.folder.journal, isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(WorkspaceError, match="without a pause"), snapshot.frozen([filled.folder.journal]):
            pass
    finally:
        db.close()


def test_who_was_erased_since_does_not_come_back_with_a_backup(filled, tmp_path):
    from touchline.workspace.erasing import erase

    def held(folder, ref):
        with Workspace(folder) as opened:
            opened.catch_up()
            assert opened.check() == []
            return opened.warehouse.value("SELECT count(*) FROM interactions WHERE customer_ref = $ref", ref=ref)

    root = filled.folder.root
    file = back_up(filled.folder, tmp_path / "one.tar").file
    erase(filled, "C3", by="the officer")
    kept = tmp_path / "tombstones"
    kept.write_bytes(filled.folder.tombstones.read_bytes())
    filled.close()
    assert restore(file, root, replace=True).erased > 0
    assert (held(root, "C3"), held(root, "C2")) == (0, 9)
    assert restore(file, tmp_path / "elsewhere", tombstones=kept).erased > 0
    assert held(tmp_path / "elsewhere", "C3") == 0
    restore(file, tmp_path / "unknowing")  # where nobody knows of the erasure the person is there, as in the backup
    assert held(tmp_path / "unknowing", "C3") > 0
    with pytest.raises(InputError, match="no tombstones"):
        restore(file, tmp_path / "wrong", tombstones=tmp_path / "nowhere")


def test_a_journal_in_postgres_comes_back_as_a_file_or_in_another_database(postgres, tmp_path, monkeypatch):
    monkeypatch.setenv("TOUCHLINE_JOURNAL", postgres.database())
    with Workspace.create(tmp_path / "acme") as workspace:
        take_in(workspace, write_csv(tmp_path / "a.csv", [*answers(*range(30)), {"id": "bad", "date": "no", "nps": 4}]))
        before, counts = contents(workspace), workspace.journal.counts()
        made = back_up(workspace.folder, tmp_path / "one.tar")
        assert not workspace.folder.journal.exists()
    assert made.manifest.interactions == 30
    assert verify(made.file)[1] == []
    with pytest.raises(WorkspaceError, match="a journal already"):
        restore(made.file, tmp_path / "same")  # the database has this workspace's journal
    assert not (tmp_path / "same" / "touchline.toml").exists()
    for name, url in (("file", ""), ("moved", postgres.database())):
        monkeypatch.setenv("TOUCHLINE_JOURNAL", url)
        restore(made.file, tmp_path / name)
        with Workspace(tmp_path / name) as opened:
            assert opened.folder.journal.exists() == (name == "file")
            opened.catch_up()
            assert opened.journal.counts() == counts
            assert contents(opened) == before
            assert opened.check() == []
