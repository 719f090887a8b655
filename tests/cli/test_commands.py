"""Every command: its help, what it makes, and how it ends."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from tests.files import answer, answers, write_csv

from touchline.cli.app import app

ROOT = typer.main.get_command(app)


def commands(group, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found += commands(command, (*before, name))
        elif not command.hidden:
            found.append((*before, name))
    return found


@pytest.mark.parametrize("command", commands(ROOT), ids=" ".join)
def test_help_shows_an_example(run, command):
    found = run(*command, "--help")
    assert found.code == 0
    assert "touchline " + " ".join(command) in found.out.split("Usage:")[1].split("\n", 1)[1]


def test_help_tells_the_exit_codes(run):
    told = run("--help").told
    for code, meaning in {2: "bad input", 3: "no workspace", 4: "in use", 5: "damaged", 6: "full"}.items():
        assert re.search(rf"{code} [^,.]*{meaning}", told)


def test_the_version(run):
    from touchline import __version__

    assert run("--version").out.strip() == f"touchline {__version__}"


@pytest.mark.parametrize("command", ["status", "check", "rebuild", "show stages", "report", "quarantine"])
def test_without_a_workspace_a_command_ends_with_3_and_says_what_to_do(run, tmp_path, command):
    found = run(*command.split(), "--workspace", tmp_path)
    assert (found.code, found.out) == (3, "")
    assert "touchline init" in found.told


def test_an_error_is_one_line_whatever_the_width(run, tmp_path):
    found = run("status", "--workspace", tmp_path, width=30)
    assert len(found.err.splitlines()) == 1


def test_a_workspace_from_init_to_check(run, tmp_path):
    folder = tmp_path / "acme"
    assert "touchline import" in run("init", folder, "--template", "ecommerce", "--name", "Acme").out
    path = write_csv(tmp_path / "survey.csv", [*answers(*range(30)), answer(99, date="soon")])
    (imported,) = run("import", path, "-w", folder, "--json").json
    assert (imported["received"], imported["stored"], imported["quarantined"]) == (31, 30, 1)
    assert imported["reasons"][0]["records"] == 1
    again = run("import", path, "-w", folder).told
    assert "31 received = 0 stored + 30 duplicate + 0 revised + 1 quarantined" in again
    status = run("status", "-w", folder, "--json").json
    assert status["balanced"] is True
    assert (status["name"], status["taxonomy"], status["customers"]) == ("Acme", "ecommerce", 7)
    assert "62" in run("status", "-w", folder, width=60).told
    (held,) = run("quarantine", "-w", folder, "--json").json
    assert (held["row"], held["column"]) == (32, "date")
    assert run("check", "-w", folder, "--json").json == {"sound": True, "problems": []}
    assert run("rebuild", "-w", folder, "--json").json["equal"] is True
    assert "Sound" in run("check", "-w", folder).out


def test_init_where_there_is_one_already(run, tmp_path):
    run("init", tmp_path)
    found = run("init", tmp_path)
    assert found.code == 3
    assert "already" in found.told


def test_check_ends_with_1_when_something_is_wrong(run, asked, tmp_path):
    from touchline.workspace import Workspace

    folder = tmp_path / "copy"
    shutil.copytree(asked, folder)
    with Workspace(folder) as opened:
        opened.warehouse.execute("DELETE FROM evidence")
    found = run("check", "-w", folder)
    assert found.code == 1
    assert "touchline rebuild" in found.told


def test_several_files_at_once_and_the_workspace_from_the_environment(run, tmp_path, monkeypatch):
    monkeypatch.setenv("TOUCHLINE_WORKSPACE", str(tmp_path))
    run("init", tmp_path)
    paths = [write_csv(tmp_path / f"{n}.csv", answers(n, n + 10)) for n in range(2)]
    assert [one["stored"] for one in run("import", *paths, "--source", "s", "--json").json] == [2, 2]


def test_a_preview_is_saved_and_used(run, tmp_path):
    rows = [
        {"ref": f"r{n}", "who": f"C{n % 3}", "moment": "2026-01-05", "said": "Parcel came late", "Plan": "pro"}
        for n in range(9)
    ]
    path, mapping = write_csv(tmp_path / "odd.csv", rows), tmp_path / "odd.toml"
    maps = (
        "--map",
        "id=ref",
        "--map",
        "customer=who",
        "--map",
        "time=moment",
        "--map",
        "text=said",
        "--map",
        "segment=Plan",
    )
    shown = run("preview", path, *maps, "--save", mapping)
    assert "Saved the mapping" in shown.out
    assert not (tmp_path / "touchline.toml").exists()
    run("init", tmp_path / "w")
    (imported,) = run("import", path, "--mapping", mapping, "-w", tmp_path / "w", "--json").json
    assert imported["stored"] == 9
    status = run("status", "-w", tmp_path / "w", "--json").json
    assert (status["customers"], status["texts"]) == (3, 9)
    (again,) = run("import", path, *maps, "-w", tmp_path / "w", "--json").json
    assert again["duplicate"] == 9


def test_a_preview_as_json(run, world):
    found = run("preview", world / "interactions.csv", "--rows", "5", "--json").json
    assert len(found["rows"]) == 5
    assert {"text", "customer", "time"} <= {column["role"] for column in found["columns"]}


def test_a_preview_keeps_to_the_terminal(run, world):
    found = run("preview", world / "interactions.csv", width=60)
    assert max(map(len, found.out.splitlines())) <= 60


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (("--map", "text"), "ROLE=COLUMN"),
        (("--map", "text=Nothing"), "Nothing"),
        (("--map", "txet=comment"), "text"),
        (("--date", "today"), "2026-01-31"),
        (("--mapping", "nowhere.toml"), "nowhere.toml"),
    ],
    ids=str,
)
def test_a_mapping_that_cannot_be_is_told(run, tmp_path, option, told):
    path = write_csv(tmp_path / "a.csv", answers(1, 2, 3))
    found = run("preview", path, *option)
    assert (found.code, found.out) == (2, "")
    assert told in found.told


class TestTaxonomy:
    @pytest.mark.parametrize("name", ["b2c", "b2b", "saas", "ecommerce", "support"])
    def test_every_template_is_shown(self, run, name):
        stages = run("taxonomy", "show", name, "--json").json["stages"]
        told = run("taxonomy", "show", name, width=60)
        assert all(stage["name"].split()[0] in told.out for stage in stages)
        assert max(map(len, told.out.splitlines())) <= 60

    def test_a_new_one_is_sound_and_never_overwritten(self, run, tmp_path):
        path = tmp_path / "own.yaml"
        assert run("taxonomy", "new", path, "-t", "saas").code == 0
        assert "sound" in run("taxonomy", "check", path).out
        assert run("taxonomy", "new", path).code == 2

    def test_what_is_wrong_is_told_with_its_line(self, run, tmp_path):
        path = tmp_path / "own.yaml"
        run("taxonomy", "new", path)
        path.write_text(path.read_text().replace("kind: progress", "kind: advance", 1))
        found = run("taxonomy", "check", path)
        assert found.code == 2
        assert re.search(r"own\.yaml, line \d+|own\.yaml:\d+", found.told)

    def test_a_template_that_is_not_there(self, run):
        found = run("taxonomy", "show", "b2d")
        assert found.code == 2
        assert "b2c" in found.told


def test_a_world_is_the_same_for_the_same_seed(run, tmp_path):
    for name in ("one", "two"):
        assert run("simulate", "--customers", "20", "--seed", "9", "--out", tmp_path / name).code == 0
    assert (tmp_path / "one" / "interactions.csv").read_bytes() == (tmp_path / "two" / "interactions.csv").read_bytes()
    assert (tmp_path / "one" / "truth").is_dir()


def test_a_file_that_cannot_be_written_is_one_clear_line(run, asked, tmp_path):
    (tmp_path / "file").write_text("")
    for arguments in (
        ("simulate", "--customers", "5", "--out", tmp_path / "file"),
        ("report", "-w", asked, "--out", tmp_path / "file" / "r.html"),
        ("taxonomy", "new", tmp_path / "no" / "own.yaml"),
    ):
        found = run(*arguments)
        assert found.code == 2, arguments
        assert found.err.strip().startswith("error")
        assert str(tmp_path) in found.told


def test_the_report_is_one_file_that_needs_no_network(run, asked, tmp_path):
    to = tmp_path / "report.html"
    assert run("report", "-w", asked, "--last", "120", "--out", to).code == 0
    text = to.read_text(encoding="utf-8")
    assert "Nordlicht" in text
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text)
    assert "<script src" not in text


@pytest.mark.skipif(os.name != "posix", reason="needs a pipe that closes")
def test_a_reader_that_goes_away_is_no_error(asked):
    command = [
        sys.executable,
        "-c",
        "from touchline.cli import main; main()",
        "show",
        "trend",
        "-w",
        str(asked),
        "--json",
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.read(1)
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert (process.wait(), errors) == (0, b"")


def test_while_the_warehouse_is_held_imports_wait_and_questions_end_with_4(run, tmp_path):
    run("init", tmp_path)
    path = write_csv(tmp_path / "a.csv", answers(*range(8)))
    run("status", "-w", tmp_path)
    script = (
        "import sys; from touchline.workspace import Workspace; from pathlib import Path;"
        "w = Workspace(Path(sys.argv[1])); w.status(); print('held', flush=True); sys.stdin.read()"
    )
    held = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert held.stdout.readline() == "held\n"
        imported = run("import", path, "-w", tmp_path)
        assert imported.code == 0
        assert "8 waiting" in imported.told
        assert "safe in the journal" in imported.told
        for command in ("status", "show stages", "rebuild", "check"):
            found = run(*command.split(), "-w", tmp_path)
            assert found.code == 4
            assert str(held.pid) in found.told
    finally:
        held.communicate()
    assert run("show", "stages", "-w", tmp_path, "--json").json["facts"]["n"] > 0
    assert Path(tmp_path / "touchline.toml").exists()
