"""``touchline plays``: recipes as files, applied once and for all."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.server.people.test_commands import folder, run  # noqa: F401  a workspace, and a command
from tests.server.plays.conftest import YAML

from touchline.errors import InputError
from touchline.server.plays.managing import PlayMissing
from touchline.server.plays.models import Play

pytestmark = pytest.mark.django_db


def test_files_become_plays_and_say_what_changed(folder: Path, tmp_path: Path) -> None:  # noqa: F811
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text(YAML)
    two.write_text(YAML.replace("win-back", "other"))
    assert run("plays", "apply", one, two, "-w", folder) == "created win-back\ncreated other\n"
    two.write_text(two.read_text().replace("Win them back", "Say sorry"))
    told = json.loads(run("plays", "apply", one, two, "-w", folder, "--json"))["plays"]
    assert [row["done"] for row in told] == ["unchanged", "changed"]
    run("plays", "switch", "other", "-w", folder)
    assert [(play.slug, play.active) for play in Play.objects.all()] == [("other", True), ("win-back", False)]
    assert "Say sorry" in run("plays", "list", "-w", folder)
    run("plays", "switch", "other", "-w", folder, "--off")
    assert not Play.objects.filter(active=True).exists()


def test_one_file_that_is_wrong_changes_nothing_and_is_named(folder: Path, tmp_path: Path) -> None:  # noqa: F811
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(YAML)
    bad.write_text(YAML.replace("on: answer", "on: nothing"))
    with pytest.raises(InputError, match=r"bad\.yaml"):
        run("plays", "apply", good, bad, "-w", folder)
    assert not Play.objects.exists()
    with pytest.raises(PlayMissing):
        run("plays", "switch", "win-back", "-w", folder)
