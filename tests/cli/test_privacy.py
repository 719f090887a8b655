"""A person's rights at the command line."""

from __future__ import annotations

import json
import zipfile

import pytest
from tests.files import answer, take_in, write_csv
from tests.privacy.scanner import found

from touchline.workspace import Workspace

WHO = "cust-zebrafinch"


@pytest.fixture
def folder(tmp_path):
    with Workspace.create(tmp_path / "w") as workspace:
        rows = [answer(n) for n in range(1, 20)] + [answer(50, customer=WHO, comment="The zebrafinch came late")]
        take_in(workspace, write_csv(tmp_path / "a.csv", rows))
    return tmp_path / "w"


def test_exported_then_erased(run, folder, tmp_path):
    assert run("export-customer", WHO, "--to", tmp_path / "x.zip", "-w", folder).code == 0
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert len(json.loads(archive.read("everything.json"))["interactions"]) == 1
    told = run("erase-customer", WHO, "--why", "asked", "-w", folder, "--json").json
    assert told["done"]
    assert told["counts"]["journal"] == 1
    assert found(folder / ".touchline", "zebrafinch") == []
    again = run("erase-customer", WHO, "--yes", "-w", folder)
    assert told["id"] in again.told
    assert run("export-customer", WHO, "-w", folder).code == 2
    assert run("check", "-w", folder).code == 0
    assert run("erase-customer", WHO, "--lift", "-w", folder).code == 0


def test_nobody_is_erased_without_a_yes(run, folder, monkeypatch):
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert run("erase-customer", WHO, "-w", folder).code == 1
    with Workspace(folder) as workspace:
        assert workspace.warehouse.value("SELECT count(*) FROM stored WHERE customer_ref = $who", who=WHO) == 1


def test_consent_is_written_and_shown(run, folder, tmp_path):
    assert run("consent", WHO, "--withdraw", "profiling", "--grant", "contact", "-w", folder, "--json").json == {
        "consents": 2
    }
    held = {one["purpose"]: one["granted"] for one in run("consent", WHO, "-w", folder, "--json").json["agreements"]}
    assert held == {"analysis": True, "contact": True, "recording": True, "profiling": False}
    file = write_csv(tmp_path / "c.csv", [{"Who": WHO, "analysis": "no"}])
    assert run("consent", "--file", file, "--map", "customer=Who", "-w", folder, "--json").json == {"consents": 1}
    shown = run("consent", WHO, "-w", folder)
    assert "analysis" in shown.out
    assert "c.csv" in shown.out
    assert run("consent", WHO, "--grant", "sale", "-w", folder).code == 2
    assert run("consent", "-w", folder).code == 2


def test_put_right(run, folder):
    done = run("correct", "attributes.region", "latam", "--customer", WHO, "-w", folder, "--json")
    assert done.json == {"interactions": 1}
    assert run("correct", "customer_ref", "x", "--customer", WHO, "-w", folder).code == 2


def test_retained_and_redacted(run, folder):
    path = folder / "touchline.toml"
    path.write_text(path.read_text() + '\n[[retention]]\ndays = 1\nwhat = "whole"\n')
    assert run("retain", "-w", folder, "--json").json["whole"] == 20
    assert run("redact", "--again", "-w", folder, "--json").json == {"interactions": 0, "labels": 0}
    assert run("redact", "-w", folder).code == 2


def test_what_is_held_is_told(run, folder, tmp_path):
    stores = run("data-map", "-w", folder, "--json").json
    assert {"interactions", "quarantine"} <= {one["where"].rpartition(" ")[2] for one in stores}
    assert run("data-map", "--dpia", tmp_path / "d.md", "-w", folder).code == 0
    text = (tmp_path / "d.md").read_text()
    assert "# Data protection impact assessment" in text
    assert "____" in text
