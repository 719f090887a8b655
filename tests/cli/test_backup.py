"""`touchline backup`, `restore` and `upgrade`, as a person types them."""

from __future__ import annotations

import json

import pytest
from tests.files import answers, write_csv
from typer.testing import CliRunner

from touchline.cli import main
from touchline.cli.app import app


@pytest.fixture
def acme(tmp_path):
    root = tmp_path / "acme"
    run("init", str(root))
    run("import", str(write_csv(tmp_path / "a.csv", answers(*range(12)))), "--workspace", str(root))
    return root


def run(*arguments, code=0):
    done = CliRunner().invoke(app, list(arguments), catch_exceptions=True)
    assert done.exit_code == code, done.output
    return done


def test_backup_verify_restore(acme, tmp_path):
    (tmp_path / "kept").mkdir()
    made = json.loads(run("backup", str(tmp_path / "kept"), "-w", str(acme), "--keep", "2", "--json").stdout)
    assert (made["interactions"], made["key_inside"], made["removed"]) == (12, True, [])
    assert any("key" in note for note in made["notes"])
    proved = json.loads(run("backup", "--verify", made["file"], "--json").stdout)
    assert (proved["sound"], proved["problems"]) == (True, [])
    assert "Sound" in run("backup", made["file"], "--verify").stdout
    restored = json.loads(run("restore", made["file"], str(tmp_path / "new"), "--json").stdout)
    assert (restored["interactions"], restored["before"]) == (12, None)
    run("check", "--workspace", str(tmp_path / "new"))
    assert "before-restore" in run("restore", made["file"], str(tmp_path / "new"), "--replace").stdout.replace("\n", "")


def test_the_warehouse_and_the_key_by_choice(acme, tmp_path):
    one = tmp_path / "one.tar"
    made = json.loads(run("backup", str(one), "-w", str(acme), "--without-key", "--with-warehouse", "--json").stdout)
    assert [name for name in made["files"] if name.endswith("key")] == []
    assert [name for name in made["files"] if name.endswith(".duckdb")]
    run("restore", str(one), str(tmp_path / "new"), "--key", str(acme / ".touchline" / "key"))
    run("check", "--workspace", str(tmp_path / "new"))


def test_upgrade_says_when_there_is_nothing_to_do(acme):
    assert "Nothing to do" in run("upgrade", "-w", str(acme)).stdout
    told = json.loads(run("upgrade", "-w", str(acme), "--json").stdout)
    assert (told["before"], told["after"], told["backup"]) == (2, 2, None)


def test_a_backup_that_is_none_is_told_in_one_line(acme, tmp_path, capsys, monkeypatch):
    wrong = tmp_path / "wrong.tar"
    wrong.write_text("no backup")
    monkeypatch.setattr("sys.argv", ["touchline", "restore", str(wrong), str(tmp_path / "new")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "damaged" in capsys.readouterr().err
