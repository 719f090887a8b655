"""The audit log can be added to, and nothing else; a change is seen."""

from __future__ import annotations

import csv
import io
import threading

import pytest
from django.db import DatabaseError, connection, transaction

from touchline.server.people import audit
from touchline.server.people.facade import ROLES, Access, record
from touchline.server.people.models import Entry

pytestmark = pytest.mark.django_db
ANN = Access("acme", 7, None, "ann@acme.example", "admin", ROLES["admin"])


def test_a_line_says_who_did_what_where() -> None:
    record(ANN, "key.created", "acme", "ab12", "192.0.2.1")
    (line,) = audit.lines("acme")
    assert (line["name"], line["action"], line["what"], line["ip"]) == (ANN.name, "key.created", "ab12", "192.0.2.1")
    assert (line["user_id"], line["key_id"], line["number"], line["before"]) == (7, "", 1, "")


@pytest.mark.parametrize(
    ("vendor", "statement"),
    [
        ("any", "UPDATE people_entry SET name = 'x'"),
        ("any", "DELETE FROM people_entry"),
        ("sqlite", "INSERT OR REPLACE INTO people_entry SELECT * FROM people_entry"),
        ("postgresql", "TRUNCATE people_entry"),
    ],
)
def test_the_database_refuses_to_change_a_line(vendor: str, statement: str) -> None:
    if vendor not in (connection.vendor, "any"):
        pytest.skip(f"a statement of {vendor}")
    record(ANN, "key.created", "acme")
    before = list(audit.lines("acme"))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(audit.lines("acme")) == before


def test_the_orm_refuses_it_too() -> None:
    record(ANN, "key.created", "acme")
    entry = Entry.objects.get(workspace="acme")
    for change in (entry.save, entry.delete, Entry.objects.all().delete, lambda: Entry.objects.update(name="x")):
        with pytest.raises(TypeError, match="cannot be"):
            change()


def test_chains_of_workspaces_are_apart() -> None:
    for workspace in ("acme", "other", "acme"):
        record(ANN, "thing.seen", workspace)
    assert [line["number"] for line in audit.lines("acme")] == [1, 2]
    assert [line["number"] for line in audit.lines("other")] == [1]
    assert audit.broken(audit.lines("acme")) is None


@pytest.mark.parametrize("column", ["name", "action", "what", "ip", "at", "user_id", "key_id", "workspace"])
def test_a_changed_line_is_found(column: str) -> None:
    for number in range(5):
        record(ANN, "thing.seen", "acme", str(number))
    chain = list(audit.lines("acme"))
    chain[2][column] = 8 if column == "user_id" else "changed"
    assert audit.broken(chain) == 3


def test_a_missing_and_a_moved_line_are_found() -> None:
    for number in range(5):
        record(ANN, "thing.seen", "acme", str(number))
    chain = list(audit.lines("acme"))
    assert audit.broken(chain[:1] + chain[2:]) == 2
    assert audit.broken([chain[0], chain[2], chain[1], *chain[3:]]) == 2


@pytest.mark.parametrize("text", ["a\r\nadmin logged in", "a\x00b", "a\x1b[31mb", "a\u2028b", "\u202egnp.exe"])
def test_nothing_in_a_line_ends_it_or_writes_over_it(text: str) -> None:
    record(Access(None, 1, None, text, "viewer", frozenset()), text, "acme", text, text)
    (line,) = audit.lines("acme")
    for name in ("name", "action", "what", "ip"):
        assert str(line[name]).isprintable()
    assert len("".join(audit.as_ndjson([line])).splitlines()) == 1
    assert len("".join(audit.as_csv([line])).splitlines()) == 2


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "＝1+1", "\u200b=1+1"])
def test_cells_of_the_export_are_not_formulas(text: str) -> None:
    record(Access(None, 1, None, text, "viewer", frozenset()), "x", "acme", text)
    (line,) = csv.DictReader(io.StringIO("".join(audit.as_csv(audit.lines("acme")))))
    assert line["what"].startswith("'" if text.isprintable() else "\\u200b")
    assert line["name"] == line["what"]


def test_a_long_text_is_cut_and_fits() -> None:
    record(ANN, "x" * 900, "acme", "y" * 900, "z" * 900)
    (line,) = audit.lines("acme")
    assert [len(str(line[name])) for name in ("action", "what", "ip")] == [60, 500, 45]
    assert audit.broken([line]) is None


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_make_one_chain() -> None:
    def write() -> None:
        for _ in range(10):
            record(ANN, "thing.seen", "busy")
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    chain = list(audit.lines("busy"))
    assert len(chain) == 40
    assert audit.broken(chain) is None
