"""What is personal never reaches the journal; what employees say is no sentiment."""

from __future__ import annotations

import pytest
from tests.files import answer, take_in, write_csv

PLANTED = {
    "e-mail": "anna.muster@example.org",
    "phone": "+49 30 901820 77",
    "card": "4111 1111 1111 1111",
    "iban": "DE89 3704 0044 0532 0130 00",
    "ip": "203.0.113.77",
}


@pytest.mark.parametrize("what", PLANTED)
def test_redaction_comes_before_the_journal(workspace, tmp_path, what):
    secret = PLANTED[what]
    row = answer(1, comment=f"Please answer to {secret} about my parcel", region="emea")
    path = write_csv(tmp_path / "a.csv", [row | {"note": secret}, answer(2) | {"note": ""}])
    imported = take_in(workspace, path, overrides={"attribute": "note", "text": "comment"})
    assert imported.redacted == 2
    workspace.close()
    for entry in workspace.__class__(workspace.folder.root).journal.read():
        for record in entry.table.to_pylist():
            assert secret not in repr(record)
    for file in workspace.folder.inside.rglob("*"):
        if file.is_file():
            assert secret.encode() not in file.read_bytes()


def test_redacted_text_is_still_understood(workspace, tmp_path):
    take_in(workspace, write_csv(tmp_path / "a.csv", [answer(1, comment="Parcel a week late, write to a@example.com")]))
    stages = workspace.warehouse.fetch("SELECT DISTINCT stage FROM mentions")["stage"].to_pylist()
    assert "delivery" in stages


def test_an_answer_is_recognised_again_although_it_was_redacted(workspace, tmp_path):
    one = {"date": "2026-01-01", "comment": "call me on +49 30 901820 77", "nps": 1}
    two = one | {"comment": "call me on +49 30 901820 78"}
    path = write_csv(tmp_path / "a.csv", [one, two])
    assert take_in(workspace, path).stored == 2
    assert take_in(workspace, write_csv(tmp_path / "b.csv", [two])).duplicate == 1


def test_what_employees_write_makes_no_touches(workspace, tmp_path):
    row = answer(1, comment="I am so sorry, this is terrible, your parcel is late") | {"nps": ""}
    rows = [row | {"author": "agent"}, row | {"id": "a2", "customer": "C2", "author": "customer"}]
    take_in(workspace, write_csv(tmp_path / "a.csv", rows))
    assert workspace.status().interactions == 2
    who = workspace.warehouse.fetch("SELECT DISTINCT interaction_id FROM touches")["interaction_id"].to_pylist()
    assert who == ["survey/a2"]
    assert workspace.warehouse.value("SELECT count(*) FROM mentions WHERE interaction_id = 'survey/a1'") == 0
