"""An export gives everything that is held of a person, and nothing of anybody else."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest
from tests.files import answer, take_in, write_csv
from tests.privacy.test_erasing import ALSO, MARKER, WHO, filled

from touchline.errors import InputError
from touchline.workspace import consenting, exporting
from touchline.workspace.consenting import Correction


def test_everything_is_there_and_nothing_of_others(workspace, tmp_path):
    filled(workspace, tmp_path)
    consenting.correct(workspace, [Correction("attributes.region", "apac", ref=WHO)], by="me", why="moved")
    found = exporting.everything(
        workspace, ALSO, elsewhere=[lambda held: {"audit": [{"what": f"saw {min(held.refs)}"}]}]
    )
    assert len(found["interactions"]) == 4  # two answers, one of them revised, and what an employee wrote to them
    assert {row["ref"] for row in found["identity"]} == {ALSO}
    assert [row["field"] for row in found["corrections"]] == ["attributes.region"]
    assert len(found["quarantine"]) == 1
    assert MARKER in found["quarantine"][0]["raw"]
    assert found["audit"] == [{"what": f"saw {ALSO}"}]
    assert {one["purpose"] for one in found["agreements"]} == {"analysis", "contact", "recording", "profiling"}
    assert found["evidence"]
    assert found["touches"]
    assert found["answers"]
    assert found["standing"]
    others = {f"C{n}" for n in range(7)}
    assert not others & {row.get("customer_ref") for row in found["interactions"]}
    ids = {row["interaction_id"] for row in found["interactions"]}
    for name in ("evidence", "mentions", "touches", "answers", "journey"):
        assert {row["interaction_id"] for row in found[name]} <= ids


def test_the_file_is_a_zip_of_json_and_csv(workspace, tmp_path):
    row = answer(1, customer="C-x", comment="=HYPERLINK(1) parcel late")
    take_in(workspace, write_csv(tmp_path / "a.csv", [row, answer(2)]))
    with zipfile.ZipFile(io.BytesIO(exporting.export(workspace, "C-x"))) as archive:
        told = json.loads(archive.read("everything.json"))
        assert told["interactions"][0]["text"].startswith("=HYPERLINK")
        lines = list(csv.DictReader(io.StringIO(archive.read("interactions.csv").decode("utf-8-sig"))))
        assert lines[0]["text"].startswith("'=HYPERLINK")
        assert "customer C-x" in archive.read("read me.txt").decode()


def test_whoever_is_withheld_from_analysis_is_exported_too(workspace, tmp_path):
    from tests.privacy.test_consenting import said

    take_in(workspace, write_csv(tmp_path / "a.csv", [answer(1), answer(2)]))
    consenting.say(workspace, [said("analysis", False)])
    found = exporting.everything(workspace, "C1")
    assert len(found["interactions"]) == 1
    assert found["touches"] == []
    assert len(found["consents"]) == 1


def test_nobody_of_that_name(workspace):
    with pytest.raises(InputError, match="there is no customer"):
        exporting.everything(workspace, "nobody")
