"""`check` finds damage; `rebuild` mends it; neither is ever silently short."""

from __future__ import annotations

import random
import shutil
import sqlite3
import subprocess
import sys

import pytest
from tests.files import answers, fingerprint, take_in, write_csv

from touchline.errors import JournalDamaged
from touchline.workspace import Workspace


@pytest.fixture
def filled(workspace, tmp_path):
    for n in range(3):
        take_in(workspace, write_csv(tmp_path / f"{n}.csv", answers(*range(30 * n, 30 * n + 30))))
    assert workspace.check() == []
    return workspace


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("DELETE FROM stored WHERE interaction_id = 'survey/a7'", "more or fewer than receipts tell"),
        ("INSERT INTO stored SELECT * FROM stored LIMIT 1", "twice"),
        ("INSERT INTO touches_{g} SELECT * FROM touches LIMIT 1", "of one conversation and stage are there twice"),
        ("DELETE FROM journey_{g} WHERE interaction_id = 'survey/a7'", "without a place"),
        ("DELETE FROM evidence", "evidence"),
        ("DELETE FROM touches_{g}", "touches"),
    ],
)  # fmt: skip
def test_damage_in_the_warehouse_is_found_and_mended(filled, damage, told):
    before = fingerprint(filled)
    filled.warehouse.execute(damage.format(g=filled.warehouse.generation))
    problems = filled.check()
    assert any(told in problem and "touchline rebuild" in problem for problem in problems)
    assert filled.rebuild().equal is False
    assert fingerprint(filled) == before
    assert filled.check() == []


def test_a_flipped_byte_in_the_journal_is_named_and_never_read(filled):
    filled.close()
    with sqlite3.connect(filled.folder.journal) as db:
        (payload,) = db.execute("SELECT payload FROM batches WHERE offset = 2").fetchone()
        bad = bytes([*payload[:300], payload[300] ^ 1, *payload[301:]])
        db.execute("UPDATE batches SET payload = ? WHERE offset = 2", (bad,))
    db.close()
    with Workspace(filled.folder.root) as opened:
        assert any("batch 2 does not match its checksum" in problem for problem in opened.check())
        with pytest.raises(JournalDamaged, match="batch 2"):
            opened.rebuild()
        assert opened.status().interactions == 90  # the warehouse that is there stays in use


LOOK = """
import sys
from pathlib import Path
from touchline.errors import TouchlineError
from touchline.warehouse.duckdb.writing import fingerprint
from touchline.workspace import Workspace
for root in sys.argv[1:]:
    try:
        with Workspace(Path(root)) as opened:
            opened.catch_up()
            problems = opened.check()
            print("problems" if problems else fingerprint(opened.warehouse), flush=True)
    except TouchlineError as error:
        print("refused", error, flush=True)
"""


@pytest.mark.faults
def test_a_damaged_warehouse_file_is_whole_or_refused_and_can_be_rebuilt(filled, tmp_path):
    """Whatever a disk does to the file: an answer is never silently short."""
    whole = repr(fingerprint(filled))
    filled.warehouse.execute("CHECKPOINT")
    filled.close()
    file = filled.folder.warehouse
    sound, chance = file.read_bytes(), random.Random(5)
    spoiled = [b"", sound[: len(sound) // 2], sound[:4096], sound[:-4096]]
    for _ in range(12):
        bad = bytearray(sound)
        for _ in range(chance.choice((1, 10, 100))):
            bad[chance.randrange(len(bad))] ^= 0xFF
        spoiled.append(bytes(bad))
    roots = [tmp_path / f"copy{number}" for number in range(len(spoiled))]
    for root, content in zip(roots, spoiled, strict=True):
        shutil.copytree(filled.folder.root, root)
        (root / file.relative_to(filled.folder.root)).write_bytes(content)
    looked = subprocess.run([sys.executable, "-c", LOOK, *map(str, roots)], capture_output=True, text=True, check=False)
    assert looked.returncode == 0, looked.stderr[-500:]
    outcomes = looked.stdout.splitlines()
    assert len(outcomes) == len(roots)
    assert [o for o in outcomes if o != whole and not o.startswith(("refused", "problems"))] == []
    refused = [root for root, outcome in zip(roots, outcomes, strict=True) if outcome.startswith("refused")]
    assert len(refused) >= 3
    for root in refused[:3]:
        with Workspace(root) as mended:
            mended.rebuild()
            assert repr(fingerprint(mended)) == whole
            assert mended.check() == []


@pytest.mark.faults
def test_a_damaged_journal_file_is_whole_or_named(filled, tmp_path):
    before, counts = fingerprint(filled), filled.journal.counts()
    filled.close()
    file = filled.folder.journal
    sound, chance = file.read_bytes(), random.Random(7)
    spoiled = [b"not a database", sound[: len(sound) // 2], sound[:-4096]]
    for _ in range(20):
        bad = bytearray(sound)
        for _ in range(chance.choice((1, 5, 50))):
            bad[chance.randrange(100, len(bad))] ^= 0x41
        spoiled.append(bytes(bad))
    whole, refused = 0, []
    for content in spoiled:
        file.write_bytes(content)
        try:
            with Workspace(filled.folder.root) as opened:
                if opened.check():
                    continue
                assert (fingerprint(opened), opened.journal.counts()) == (before, counts)
                whole += 1
        except JournalDamaged as error:
            refused.append(str(error))
    assert all("backup" in told for told in refused)
    assert whole < len(spoiled) / 2
