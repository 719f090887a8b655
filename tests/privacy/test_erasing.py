"""Who is erased is gone: no byte of them is left, nothing brings them back, and all others stay as they were."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.files import answer, fingerprint, take_in, write_csv
from tests.privacy.scanner import found

from touchline.errors import InputError
from touchline.privacy.tombstones import Graveyard
from touchline.vocabulary.schemas import QUARANTINE
from touchline.workspace import Workspace, erasing, persons

MARKER = "zebrafinchmarker"
#: The person goes by two references, is spoken to in a thread, and their words were labelled.
WHO, ALSO = f"cust-{MARKER}", "C-second"


def planted(folder, *, marker: str = MARKER, name: str = "a.csv"):
    """Write a file in which one person is told of everywhere, and others are not."""
    rows = [answer(n, customer=f"C{n % 7}") | {"thread": f"t{n}", "author": "customer", "note": ""} for n in range(40)]
    mine = {"thread": f"t-{marker}", "note": f"tier-{marker}", "region": "emea"}
    rows += [
        answer(100, customer=WHO, comment=f"My parcel {marker} came late, terrible") | mine | {"author": "customer"},
        answer(101, customer=ALSO, comment=f"Still no {marker}, I am angry") | mine | {"author": "customer"},
        answer(102, customer="", comment=f"Dear {marker}, we are sorry", nps="") | mine | {"author": "agent"},
        answer(103, customer=WHO, date=f"no date {marker}") | mine | {"author": "customer"},
    ]
    return write_csv(folder / name, rows)


def filled(workspace: Workspace, folder) -> None:
    """Fill a workspace with everything that it can hold of a person."""
    file = planted(folder)
    imported = take_in(workspace, file, overrides={"attribute": "note", "conversation": "thread"})
    assert imported.quarantined == 1
    workspace.identify([(ALSO, WHO)])
    workspace.teaching.skip([f"My parcel {MARKER} came late, terrible"])
    _ = workspace.indexed().coded("seg_region")
    changed = answer(100, customer=WHO, comment=f"My parcel {MARKER} came late, terrible, still")
    take_in(workspace, write_csv(folder / "b.csv", [changed | {"note": f"tier-{MARKER}"}]))
    _answered(workspace)


def _answered(workspace: Workspace) -> None:
    """Let a language model have answered about the person's words."""
    from touchline.understanding.llm.cache import Cache, text_key

    with Cache(workspace.folder.understood, "scope"):
        pass
    key = text_key(workspace.key, f"Still no {MARKER}, I am angry", None)
    with sqlite3.connect(workspace.folder.understood) as db:
        db.execute("INSERT INTO answers VALUES ('scope', ?, ?)", (key, json.dumps({"said": MARKER})))
    db.close()


def everything_but(workspace: Workspace) -> dict[str, int]:
    return {name: count for name, (count, _) in fingerprint(workspace).items()}


def test_no_byte_is_left(workspace, tmp_path):
    filled(workspace, tmp_path)
    inside = workspace.folder.inside
    workspace.warehouse.execute("CHECKPOINT")
    before = found(inside, MARKER)
    for expected in ("journal.db", ".duckdb", "understood.db"):
        assert any(expected in place for place in before), before
    receipt = erasing.erase(workspace, ALSO, by="officer", why=f"{WHO} asked for it")
    assert receipt.counts["journal"] >= 4
    assert found(inside, MARKER) == []
    assert found(inside, ALSO) == []
    assert workspace.check() == []
    workspace.close()
    assert found(inside, MARKER) == []


def test_everybody_else_stays_and_a_rebuild_agrees(workspace, make, tmp_path):
    filled(workspace, tmp_path)
    erasing.erase(workspace, WHO, by="officer")
    other = make()
    rows = [answer(n, customer=f"C{n % 7}") | {"thread": f"t{n}", "author": "customer", "note": ""} for n in range(40)]
    take_in(other, write_csv(tmp_path / "c.csv", rows), overrides={"attribute": "note", "conversation": "thread"})
    mine, theirs = everything_but(workspace), everything_but(other)
    assert mine == theirs
    receipts = workspace.warehouse.fetch("FROM receipts ORDER BY offset_").to_pylist()
    assert workspace.rebuild().equal
    assert workspace.warehouse.fetch("FROM receipts ORDER BY offset_").to_pylist() == receipts
    assert workspace.status().balanced


def test_the_receipt_tells_nothing_of_the_person(workspace, tmp_path):
    filled(workspace, tmp_path)
    receipt = erasing.erase(workspace, WHO, by="officer", why=f"a letter of {WHO}")
    assert receipt.done
    assert receipt.by == "officer"
    assert WHO not in json.dumps(receipt.as_json())
    assert receipt.why == "a letter of [erased]"
    assert WHO not in workspace.folder.tombstones.read_text()
    noted = [entry.table.to_pylist() for entry in workspace.journal.read() if entry.kind == "erasure"]
    assert [row["id"] for rows in noted for row in rows] == [receipt.id]


def test_an_import_does_not_bring_them_back(workspace, tmp_path):
    filled(workspace, tmp_path)
    erasing.erase(workspace, WHO, by="officer")
    before = everything_but(workspace)
    again = take_in(workspace, planted(tmp_path), overrides={"attribute": "note", "conversation": "thread"})
    assert again.stored == 0
    assert again.quarantined == 4
    assert everything_but(workspace) == before
    assert workspace.status().balanced
    assert workspace.check() == []
    refused = [row for row in workspace.journal.quarantined(100) if row["raw"] == b""]
    assert sum(row["seen"] for row in refused) == 3


def test_a_door_that_did_not_know_is_corrected_by_the_drain(workspace, tmp_path):
    filled(workspace, tmp_path)
    erasing.erase(workspace, WHO, by="officer")
    known = workspace.folder.tombstones.read_bytes()
    workspace.folder.tombstones.write_bytes(b"")
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patched:
        patched.setattr(workspace, "drain", lambda *_: None)
        patched.setattr(erasing, "due", lambda _: False)
        patched.setattr("touchline.workspace.workspace.store", lambda *_: None)
        take_in(workspace, planted(tmp_path), overrides={"attribute": "note", "conversation": "thread"})
    workspace.folder.tombstones.write_bytes(known)
    workspace.drain()
    assert workspace.warehouse.value("SELECT count(*) FROM stored WHERE customer_ref = $who", who=WHO) == 0
    assert workspace.status().balanced
    for entry in workspace.journal.read():
        assert MARKER not in repr(entry.table.to_pylist())


def test_an_older_copy_of_the_data_does_not_bring_them_back(workspace, tmp_path):
    filled(workspace, tmp_path)
    root = workspace.folder.root
    workspace.close()
    shutil.copytree(root, tmp_path / "older", ignore=shutil.ignore_patterns("tombstones"))
    with Workspace(root) as opened:
        erasing.erase(opened, WHO, by="officer")
    tombstones = (root / ".touchline" / "tombstones").read_bytes()
    shutil.rmtree(root)
    shutil.copytree(tmp_path / "older", root)
    (root / ".touchline" / "tombstones").write_bytes(tombstones)
    with Workspace(root) as opened:
        opened.catch_up()
        assert opened.check() == []
        assert opened.status().balanced
    assert found(root / ".touchline", MARKER) == []


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("last", range(len(erasing.STEPS) + 1))
@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_killed_between_any_two_steps_it_is_completed(workspace, tmp_path, monkeypatch, last, done):
    filled(workspace, tmp_path)
    root = workspace.folder.root
    steps = erasing.STEPS

    def dies(work):
        if done and last < len(steps):
            steps[last](work)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(erasing, "STEPS", (*steps[:last], dies))
        with pytest.raises(Killed):
            erasing.erase(workspace, WHO, by="officer")
    workspace.close()
    with Workspace(root) as opened:
        receipt = erasing.erase(opened, WHO, by="officer")
        assert receipt.done
        assert len([one for one in opened.graveyard.read().erasures if one.done]) == 1
        assert opened.check() == []
        assert opened.status().balanced
    assert found(root / ".touchline", MARKER) == []
    assert found(root / ".touchline", ALSO) == []


@pytest.mark.parametrize("after", range(4))
def test_killed_within_the_journal_it_is_completed(workspace, tmp_path, monkeypatch, after):
    filled(workspace, tmp_path)
    root, rewritten = workspace.folder.root, []
    rewrite = type(workspace.journal).rewrite

    def dying(self, *given):
        if len(rewritten) == after:
            raise Killed
        rewritten.append(given)
        return rewrite(self, *given)

    with monkeypatch.context() as patched:
        patched.setattr(type(workspace.journal), "rewrite", dying)
        with contextlib.suppress(Killed):
            erasing.erase(workspace, WHO, by="officer")
    workspace.close()
    with Workspace(root) as opened:
        assert erasing.erase(opened, ALSO if after < 2 else WHO, by="officer").done
        assert opened.check() == []
    assert found(root / ".touchline", MARKER) == []


def test_a_person_who_was_never_here(workspace, tmp_path):
    filled(workspace, tmp_path)
    with pytest.raises(InputError, match="there is no customer 'nobody'"):
        erasing.erase(workspace, "nobody", by="officer")


def test_erased_once_is_erased(workspace, tmp_path):
    filled(workspace, tmp_path)
    first = erasing.erase(workspace, WHO, by="officer")
    assert erasing.erase(workspace, WHO, by="another") == first


def test_let_in_again_only_what_is_new_counts(workspace, tmp_path):
    filled(workspace, tmp_path)
    erasing.erase(workspace, WHO, by="officer")
    erasure = workspace.graveyard.lift(WHO)
    workspace.graveyard._changed(erasure.id, lambda one: replace(one, at="2026-03-01T00:00:00+00:00"))
    rows = [answer(100, customer=WHO), answer(200, customer=WHO, date="2026-04-01 10:00")]
    imported = take_in(workspace, write_csv(tmp_path / "n.csv", rows))
    assert (imported.stored, imported.quarantined) == (1, 1)


def test_questions_go_on_while_somebody_is_erased(workspace, tmp_path):
    import threading

    filled(workspace, tmp_path)
    stop, troubles, asked = threading.Event(), [], []

    def ask():
        while not stop.is_set():
            try:
                with workspace.warehouse.reading(30.0):
                    asked.append(workspace.warehouse.value("SELECT count(*) FROM interactions"))
                    workspace.warehouse.value("SELECT count(*) FROM touches")
            except Exception as error:
                troubles.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    erasing.erase(workspace, WHO, by="officer")
    stop.set()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert set(asked) <= {43, 40}
    assert asked


REFS = st.sampled_from("ABCDEF")


@given(st.lists(st.tuples(REFS, st.none() | REFS), max_size=12), REFS)
@settings(max_examples=300)
def test_claims_without_a_person_say_the_same_of_all_others(claims, ref):
    whole = persons.Claims()
    whole.read(claims)
    gone = whole.same(ref)
    kept = persons.Claims().without(claims, gone)
    assert not gone & {name for claim in kept for name in claim if name}
    left = persons.Claims()
    left.read(kept)
    for other in set("ABCDEF") - gone:
        assert left.same(other) - gone == whole.same(other) - gone


@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", "c", None]), st.integers(0, 3)), max_size=20),
    st.sets(st.sampled_from("abc")),
)
def test_refused_are_those_who_were_erased(tmp_path_factory, rows, erased):
    import pyarrow as pa

    graveyard = Graveyard(tmp_path_factory.mktemp("t") / "tombstones", b"key")
    for ref in sorted(erased):
        graveyard.begin([ref], [("s", f"only {ref}")], by="x", why="")
    table = pa.table(
        {
            "customer_ref": pa.array([ref for ref, _ in rows], pa.string()),
            "source": pa.array(["s"] * len(rows), pa.string()),
            "conversation_ref": pa.array([None if n == 3 else f"only {'abc'[n]}" for _, n in rows], pa.string()),
            "occurred_at": pa.array([0] * len(rows), pa.timestamp("us", "UTC")),
        }
    )
    expected = [(ref in erased) if ref else (n < 3 and "abc"[n] in erased) for ref, n in rows]
    assert graveyard.read().refused(table).tolist() == expected


def test_a_damaged_file_of_tombstones_is_no_empty_one(tmp_path):
    from touchline.errors import WorkspaceError

    path = tmp_path / "tombstones"
    path.write_text('{"id": "x"\n')
    with pytest.raises(WorkspaceError, match="tombstones cannot be read"):
        Graveyard(path, b"key").read()


def test_quarantine_of_others_stays(workspace, tmp_path):
    import pyarrow as pa

    filled(workspace, tmp_path)
    rows = [{"file": "x.csv", "row": 1, "column": None, "reason": "bad", "raw": f"{WHO}0,late".encode()}]
    workspace.journal.append(None, pa.Table.from_pylist(rows, QUARANTINE), origin="x")
    erasing.erase(workspace, WHO, by="officer")
    assert [row["file"] for row in workspace.journal.quarantined(10)] == ["x.csv"]


RECORDS = st.lists(
    st.lists(st.tuples(st.integers(0, 4), st.sampled_from("ABC"), st.integers(0, 2)), min_size=1, max_size=6),
    min_size=1,
    max_size=4,
)


@given(RECORDS)
@settings(max_examples=12)
def test_whatever_was_revised_a_rebuild_finds_the_same(tmp_path_factory, files):
    """Records change their customer and their words from file to file; whoever is erased, the rest adds up."""
    folder = tmp_path_factory.mktemp("w")
    with Workspace.create(folder / "w") as workspace:
        for number, rows in enumerate(files):
            written = [answer(n, customer=who, comment=f"late parcel {said}") for n, who, said in rows]
            take_in(workspace, write_csv(folder / f"{number}.csv", written))
        if not any(who == "A" for rows in files for _, who, _ in rows):
            return
        erasing.erase(workspace, "A", by="officer")
        assert workspace.check() == []
        assert workspace.status().balanced
        receipts = workspace.warehouse.fetch("FROM receipts ORDER BY offset_").to_pylist()
        rebuilt = workspace.rebuild()
        assert rebuilt.equal, rebuilt
        assert workspace.warehouse.fetch("FROM receipts ORDER BY offset_").to_pylist() == receipts
        assert workspace.warehouse.value("SELECT count(*) FROM revisions WHERE customer_ref = 'A'") == 0
