"""Records in quarantine are shown as they were, mended, tried again, and let go of with a reason."""

from __future__ import annotations

import html
import re

import pytest
from tests.server.feedback.conftest import SLUG
from tests.server.feedback.test_inbox import page, told

from touchline.server.workspaces.facade import held

pytestmark = pytest.mark.django_db


def test_from_a_reason_to_a_record_that_is_taken_in(visitor):
    client = visitor("admin")
    quarantine = held(SLUG).workspace.quarantine
    rows = quarantine.rows()
    assert len(rows) == 2
    text = page(client, "quarantine")
    for row in rows:
        assert html.escape(row["reason"]) in text
    assert "&lt;b&gt;Late&lt;/b&gt;" in text
    late = next(row for row in rows if b"parcel" in row["raw"])
    other = next(row for row in rows if row is not late)
    one = page(client, f"quarantine/{late['id']}")
    assert re.search(r'name="v:date" value="soon"[^>]*', one)
    still = client.post(f"/w/{SLUG}/quarantine/{late['id']}", {"v:date": "sooner"}).content.decode()
    assert "Still not fit" in still
    assert 'value="sooner"' in still
    assert "taken in" in told(client, f"quarantine/{late['id']}", {"v:date": "2026-03-02"})
    assert [row["id"] for row in quarantine.rows()] == [other["id"]]

    given = {"id": other["id"], "do": "discard"}
    assert "say why" in told(client, "quarantine/again", given)
    assert "1 tried" in told(client, "quarantine/again", {"id": other["id"], "do": "retry"})
    fix = {"all": "1", "do": "fix", "how": "replace", "of": "date", "was": "never", "value": "someday"}
    assert "1 still not fit" in told(client, "quarantine/again", fix)
    assert "let go of" in told(client, "quarantine/again", {**given, "why": "a test of the vendor's"})
    assert not quarantine.rows()
    assert held(SLUG).workspace.status().balanced
    from touchline.server.people.audit import lines

    assert any(
        "a test of the vendor" in line["what"] for line in lines(SLUG) if line["action"] == "quarantine.discarded"
    )
    page(client, "quarantine/999999", 404)


def test_only_those_who_look_after_the_workspace_see_raw_records(visitor):
    client = visitor("manager")
    page(client, "quarantine", 403)
