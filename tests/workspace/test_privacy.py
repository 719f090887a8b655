"""What is personal never reaches the journal; what employees say is no sentiment."""

from __future__ import annotations

import pytest
from tests.files import answer, take_in, write_csv

from touchline.errors import SettingsError

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


def with_privacy(workspace, settings):
    """Open a workspace anew with settings under ``[privacy]``."""
    file = workspace.folder.settings
    file.write_text(file.read_text().replace("[privacy]\n", f"[privacy]\n{settings}\n"))
    workspace.close()
    return workspace.__class__(workspace.folder.root)


def test_a_value_has_one_number_in_all_places_of_an_interaction(workspace, tmp_path):
    said = "I am ann@example.org, not bob@example.org"
    one = answer(1, comment=said) | {"note": "bob@example.org", "other": "x@y.org"}
    two = answer(2, comment="nothing") | {"note": "bob@example.org", "other": "fine"}
    path = write_csv(tmp_path / "a.csv", [one, two])
    imported = take_in(workspace, path, overrides={"attribute": "note,other", "text": "comment"})
    assert imported.redacted == 5
    first, second = (row for entry in workspace.journal.read() for row in entry.table.to_pylist())
    assert first["text"] == "I am [EMAIL_1], not [EMAIL_2]"
    assert dict(first["attributes"]) | {"note": "[EMAIL_2]", "other": "[EMAIL_3]"} == dict(first["attributes"])
    assert dict(second["attributes"])["note"] == "[EMAIL_1]"


def test_the_name_of_an_attribute_says_what_its_number_is(workspace, tmp_path):
    row = answer(1) | {"phone": "4155550123", "seats": "4155550123"}
    take_in(workspace, write_csv(tmp_path / "a.csv", [row]), overrides={"attribute": "phone,seats"})
    attributes = dict(next(iter(workspace.journal.read())).table["attributes"][0].as_py())
    assert (attributes["phone"], attributes["seats"]) == ("[PHONE_1]", "4155550123")


def test_order_numbers_go_where_the_settings_say_so(make, tmp_path):
    path = write_csv(tmp_path / "a.csv", [answer(1, comment="Order no. 4471-882, ticket AB-1, from 10.0.0.7")])
    told = []
    for settings in ("", 'orders = true\npatterns = ["AB-[0-9]"]\nleave = ["ip"]'):
        workspace = with_privacy(make(), settings)
        take_in(workspace, path)
        told.append(next(iter(workspace.journal.read())).table["text"][0].as_py())
    assert told == [
        "Order no. 4471-882, ticket AB-1, from [IP_1]",
        "Order no. [ORDER_1], ticket [ORDER_2], from 10.0.0.7",
    ]


def test_an_import_is_refused_where_names_are_asked_for_and_no_finder_is_there(make, tmp_path):
    workspace = with_privacy(make(), 'names = "nobody"')
    with pytest.raises(SettingsError, match="no finder of names 'nobody'"):
        take_in(workspace, write_csv(tmp_path / "a.csv", [answer(1)]))
    assert not list(workspace.journal.read())
