"""The description of what the door serves agrees with what it serves; the commands for webhooks."""

from __future__ import annotations

import json
import os
import sys

import pytest
from starlette.routing import Route
from tests.server.intake.conftest import one
from tests.server.intake.test_webhooks import MAPPING

from touchline.server.intake import facade
from touchline.server.intake.reading import FIELDS
from touchline.server.intake.room import Limits


def test_every_address_is_described():
    served = {route.path.replace(":str", "") for route in facade.routes() if isinstance(route, Route)}
    assert served - {"/v1/{kind}"} == set(facade.describe()["paths"])


def test_the_interaction_has_the_fields_that_are_read():
    schema = facade.describe()["components"]["schemas"]["Interaction"]
    assert set(schema["properties"]) == FIELDS
    assert all(part["description"] for part in schema["properties"].values())


def test_answers_fit_their_schema(door):
    jsonschema_rs = pytest.importorskip("jsonschema_rs")
    schema = facade.describe()["components"]["schemas"]["Taken"]
    for body in ([one(1), {"x": 1}, one(2, occurred_at="2036-01-01")], one(3)):
        jsonschema_rs.validate(schema, door.send("interactions", body).json())
    jsonschema_rs.validate(schema, door.send("files?filename=a.csv", b"id,date,comment\n1,2026-01-01,x\n").json())


def test_the_page_states_the_limits():
    from pathlib import Path

    page = (Path(__file__).parents[3] / "docs" / "intake.md").read_text()
    limits, mib = Limits(), 1024 * 1024
    for said in (
        f"{limits.body // mib} MiB, {limits.unpacked // mib} MiB", f"| {limits.items:,} |", f"| {limits.files} |",
        f"| {limits.waiting_items:,} |", f"{limits.requests}; {limits.waiting_bytes // mib} MiB",
        f"{limits.floor // mib} MiB stay free", f"| {limits.item // mib} MiB |",
        f"| {limits.file // mib // 1024} GiB |",
    ):  # fmt: skip
        assert said in page, said


def test_commands(transactional_db, tmp_path, monkeypatch, capsys):
    from touchline.cli import main
    from touchline.workspace import Workspace

    Workspace.create(tmp_path / "acme").close()
    (tmp_path / "forms.toml").write_text(MAPPING)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOUCHLINE_HOME", os.environ["TOUCHLINE_HOME"])

    def run(*arguments: str, code: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["touchline", "webhooks", *arguments, "--workspace", "acme"])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert (ended.value.code or 0) == code, said.err
        return said.err if code else said.out

    secret = run("create", "forms", "--mapping", "forms.toml")
    assert secret.startswith("whsec_")
    assert "rotate" in run("create", "forms", "--mapping", "forms.toml", code=2)
    assert "cannot be read" in run("create", "other", "--mapping", "missing.toml", code=2)
    rotated = json.loads(run("rotate", "forms", "--json"))
    assert rotated["secrets"] == 2
    assert rotated["secret"] != secret.strip()
    run("map", "forms", "--mapping", "forms.toml")
    assert "forms" in run("list")
    assert secret.strip() not in run("list", "--json")
    run("remove", "forms")
    assert json.loads(run("list", "--json")) == {"webhooks": []}
