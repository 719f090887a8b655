"""The list of maps and the ways in which one begins, on pages."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from tests.server.maps.conftest import SLUG

from touchline.server.maps import keeping, reminding, shares
from touchline.server.maps.models import Share, Sheet

pytestmark = pytest.mark.django_db
PAGE = f"/w/{SLUG}/maps"


@pytest.fixture
def ann(visitor):
    client = visitor("analyst", name="ann")
    made = client.post(f"{PAGE}/make", {"from": "template:journey", "name": "How people <buy>", "cards": "on"})
    assert (made.status_code, made["Location"]) == (302, f"{PAGE}/how-people-buy")
    return client


def test_the_list_shows_each_map_and_what_data_say_of_it(ann, visitor):
    page = ann.get(PAGE).content.decode()
    assert "How people &lt;buy&gt;" in page
    assert f'data-glance="{PAGE}/how-people-buy/glance"' in page
    said = ann.get(f"{PAGE}/how-people-buy/glance?days=0").content.decode()
    assert 'class="measured"' in said
    viewer = visitor("viewer").get(PAGE).content.decode()
    assert f"{PAGE}/new" in page
    assert f"{PAGE}/new" not in viewer
    assert visitor("viewer").get(f"{PAGE}/new").status_code == 403


def test_a_map_begins_from_each_template_from_another_and_from_a_file(ann):
    offered = ann.get(f"{PAGE}/new").content.decode()
    names = re.findall(r'value="template:([a-z]+)"', offered)
    assert len(names) == 12
    for name in names:
        assert (
            ann.post(f"{PAGE}/make", {"from": f"template:{name}", "name": name, "stage": "delivery"}).status_code == 302
        )
    assert ann.post(f"{PAGE}/make", {"from": "future", "future": "how-people-buy"}).status_code == 302
    assert ann.post(f"{PAGE}/make", {"from": "copy", "copy": "how-people-buy", "name": "Mine"}).status_code == 302
    kept = {one.map.id: one.map for one in keeping.everyone(SLUG)}
    assert kept["how-people-buy-future"].of == "how-people-buy"
    assert kept["mine"].cards == kept["how-people-buy"].cards
    nameless = ann.post(f"{PAGE}/make", {"from": "template:journey", "name": " "})
    assert (nameless.status_code, b"a map has a name" in nameless.content) == (400, True)

    text = ann.get(f"{PAGE}/mine/export").content
    again = ann.post(f"{PAGE}/import", {"file": io.BytesIO(text)})
    assert (again.status_code, b"there is a map" in again.content) == (400, True)
    changed = io.BytesIO(text.replace(b"Mine", b"Ours"))
    changed.name = "mine.yaml"
    assert ann.post(f"{PAGE}/import", {"file": changed, "replaces": "on"}).status_code == 302
    assert (keeping.load(SLUG, "mine").map.name, keeping.load(SLUG, "mine").version) == ("Ours", 2)
    grid = io.BytesIO(b"Step,Looks,Pays\nPain points,,Dear\n")
    grid.name = "tea.csv"
    assert ann.post(f"{PAGE}/import", {"file": grid}).status_code == 302
    assert [card.text for card in keeping.load(SLUG, "tea").map.cards] == ["Dear"]
    wrong = ann.post(f"{PAGE}/import", {"text": "id: x\nname: X\nphases: 7\n"})
    assert wrong.status_code == 400
    assert b"yaml:3" in wrong.content
    assert b"phases: 7" in wrong.content  # what was pasted is still there


def test_a_map_is_put_away_and_comes_back(ann):
    assert ann.post(f"{PAGE}/how-people-buy/archive", {"away": "yes"}).status_code == 302
    page = ann.get(PAGE).content.decode()
    assert "No map yet" in page
    assert "1 map is put away" in page
    assert "How people" in ann.get(f"{PAGE}?archived=true").content.decode()
    ann.post(f"{PAGE}/how-people-buy/archive", {"away": "no"})
    assert keeping.load(SLUG, "how-people-buy").sheet.archived_at is None


def test_whoever_has_a_link_sees_the_map_alone_until_it_is_taken_back(ann, visitor):
    page = ann.post(f"{PAGE}/how-people-buy/share", {"days": "7", "note": "the agency"}).content.decode()
    (path,) = re.findall(r"http://testserver(/maps/shared/[\w-]+)", page)
    outside = Client()
    shown = outside.get(path)
    assert shown.status_code == 200
    assert "How people &lt;buy&gt;" in shown.content.decode()
    assert (shown["Referrer-Policy"], shown["X-Robots-Tag"]) == ("same-origin", "noindex")
    assert f"/w/{SLUG}" not in shown.content.decode()
    assert 'class="measured"' not in shown.content.decode()
    assert path.rpartition("/")[2] not in ann.get(f"{PAGE}/how-people-buy/shares").content.decode()
    assert outside.get(f"{path}x").status_code == 404
    assert visitor("viewer").get(f"{PAGE}/how-people-buy/shares").status_code == 403
    made = Share.objects.get()
    Share.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert outside.get(path).status_code == 404
    Share.objects.update(expires_at=timezone.now() + timedelta(days=1))
    assert outside.get(path).status_code == 200
    ann.post(f"{PAGE}/how-people-buy/shares/{made.pk}/remove")
    assert outside.get(path).status_code == 404
    assert shares.of(SLUG, "how-people-buy") == []


def test_a_review_is_asked_for_once_and_said(ann, monkeypatch):
    told = []
    monkeypatch.setattr(reminding, "tell", lambda *one, key: told.append((*one, key)) or [])
    assert reminding.remind_of_late() == 0
    later = timezone.now() - timedelta(days=91)
    Sheet.objects.update(created_at=later)
    assert reminding.remind_of_late() == 1
    assert reminding.remind_of_late() == 0
    workspace, kind, body, _key = told[0]
    assert (workspace, kind, body["url"]) == (SLUG, "map.review", f"{PAGE}/how-people-buy")
    assert "It still holds" in ann.get(PAGE).content.decode()
    ann.post(f"{PAGE}/how-people-buy/review")
    sheet = keeping.load(SLUG, "how-people-buy").sheet
    assert (sheet.reviewed_by, sheet.reminded_at) == ("ann@example.org", None)
    assert "It still holds" not in re.sub(r'<p class="note.*?</p>', "", ann.get(PAGE).content.decode())


def test_files_are_for_whoever_may_read_and_measured_ones_for_whoever_may_take_data_out(ann, visitor):
    for kind, start in (("yaml", b"id:"), ("json", b"{"), ("svg", b"<?xml"), ("mermaid", b"journey")):
        answer = ann.get(f"{PAGE}/how-people-buy/export?format={kind}&days=0")
        assert answer.status_code == 200, kind
        assert answer.content.lstrip(b"# ")[:20].find(start) >= 0 or start in answer.content[:400]
    assert visitor("viewer").get(f"{PAGE}/how-people-buy/export?format=svg").status_code == 200
    assert ann.get(f"{PAGE}/how-people-buy/export?format=exe").status_code in (400, 404)
