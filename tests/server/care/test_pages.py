"""The console as people use it, with forms alone; who may not see a case sees nothing of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.server.care.conftest import MONDAY, SLUG, WHO, Room

from touchline.server.care import changing, files, loops
from touchline.server.care.models import Case, Comment, Fix, Told, View
from touchline.server.workspaces.facade import held

pytestmark = pytest.mark.django_db
HERE = f"/w/{SLUG}/cases"


def body(answer) -> str:
    assert answer.status_code == 200, answer.content[:800]
    text = answer.content.decode()
    assert text.rstrip().endswith("</html>")
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", text)
    return text


def test_the_console_tells_a_case_with_its_customers_journey(room: Room) -> None:
    room.open(due="1 h")
    client = room.client("ann")
    text = body(client.get(f"{HERE}?view=all"))
    assert "terribly late" in text
    assert re.search(r'<span class="score j\d\d"', text)
    assert "late</span>" in text
    assert 'class="tl-figure mood"' in text
    assert "Standing JSI, touch by touch" in text
    assert "<h2>" in text
    assert WHO in text
    assert "Nobody is in this list" in body(client.get(HERE))  # her own open ones
    assert client.get(f"{HERE}/1").status_code == 302
    assert client.get(f"{HERE}?view=everything").status_code == 404
    assert client.get(f"{HERE}?case=77").status_code == 404


def test_a_viewer_of_a_segment_sees_only_its_cases_and_changes_none(room: Room) -> None:
    room.open(reason="Only for emea")
    room.open(customer="C3", reason="Seen by vic")
    shown = dict(Case.objects.values_list("number", "segments"))
    assert shown == {1: {"region": "emea"}, 2: {"region": shown[2]["region"]}}
    Case.objects.filter(number=2).update(segments={"region": "apac"})
    client = room.client("vic")
    text = body(client.get(f"{HERE}?view=all"))
    assert "Only for emea" not in text
    assert WHO not in text
    assert "Seen by vic" in text
    assert 'name="csrfmiddlewaretoken"' not in text.split("<main", 1)[1]
    made = files.attach(SLUG, 1, "a.txt", [b"x"], by=room.access("ann"))
    for path in (f"{HERE}?case=1", f"{HERE}/1", f"{HERE}/1/files/{made.pk}"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert WHO not in answer.content.decode()
    for path in ("change", "comment", "files", "merge"):
        assert client.post(f"{HERE}/1/{path}").status_code == 403
    figures = body(client.get(f"{HERE}/figures"))
    assert re.search(r"<strong[^>]*>1</strong>", figures)


def test_a_case_is_worked_on_with_forms(room: Room, django_capture_on_commit_callbacks) -> None:
    client = room.client("ann")
    answer = client.post(f"{HERE}/open", {"customer": WHO, "reason": "Rang", "priority": "high", "back": "view=all"})
    assert answer["Location"] == f"{HERE}?view=all&case=1"
    room.open(key="second")
    form = {
        "version": "1",
        "status": "in_progress",
        "owner": "ann@care.example",
        "root_cause": "Depot",
        "back": "view=mine",
    }
    assert client.post(f"{HERE}/1/change", form)["Location"] == f"{HERE}?view=mine&case=1"
    case = Case.objects.get(number=1)
    assert (case.status, case.owner.email, case.root_cause, case.version) == (
        "in_progress",
        "ann@care.example",
        "Depot",
        2,
    )
    assert case.touched_at is not None
    client.post(f"{HERE}/1/comment", {"text": "Dear customer <b>", "to": "customer"})
    text = body(client.get(f"{HERE}?view=mine"))
    assert "Dear customer &lt;b&gt;" in text
    assert "to the customer" in text
    upload = SimpleUploadedFile("letter.pdf", b"%PDF-1.7 <script>alert(1)</script>", "text/html")
    client.post(f"{HERE}/1/files", {"file": [upload, SimpleUploadedFile("x.exe", b"MZ")]})
    row = case.attachments.get()
    got = client.get(f"{HERE}/1/files/{row.pk}")
    assert got["Content-Disposition"] == 'attachment; filename="letter.pdf"'
    assert (got["X-Content-Type-Options"], got["Content-Type"]) == ("nosniff", "application/octet-stream")
    assert b"".join(got.streaming_content).startswith(b"%PDF")
    for close in got._resource_closers:
        close()
    client.post(f"{HERE}/1/merge", {"number": "2"})
    assert Case.objects.get(number=2).merged_into == case
    client.post(f"{HERE}/bulk", {"number": ["1"], "status": "closed"})
    assert Case.objects.get(number=1).status == "in_progress"
    client.post(f"{HERE}/bulk", {"number": ["1"], "status": "closed", "outcome": "recovered"})
    assert Case.objects.get(number=1).status == "closed"
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{HERE}/1/files/{row.pk}/remove")
    assert list(files.folder(SLUG).glob("*")) == []


def test_the_second_of_two_sees_both_texts(room: Room) -> None:
    room.open()
    changing.change(SLUG, 1, {"root_cause": "The depot in Kassel"}, by=room.access("bob"), version=1)
    client = room.client("ann")
    form = {"version": "1", "root_cause": "The <courier>", "status": "waiting", "text": "I rang them twice"}
    answer = client.post(f"{HERE}/1/change", form)
    assert answer.status_code == 409
    text = answer.content.decode()
    for words in ("The depot in Kassel", "The &lt;courier&gt;", "I rang them twice", "bob@care.example"):
        assert words in text
    assert Case.objects.get().root_cause == "The depot in Kassel"
    version = re.search(r'name="version" value="(\d+)"', text)[1]
    again = {"version": version, "root_cause": "The <courier>", "text": "I rang them twice"}
    assert client.post(f"{HERE}/1/change", again).status_code == 302
    case = Case.objects.get()
    assert (case.root_cause, case.status, Comment.objects.get().text) == ("The <courier>", "new", "I rang them twice")


def test_lists_are_saved_per_person(room: Room) -> None:
    client = room.client("ann")
    client.post(f"{HERE}/views", {"name": "Late parcels", "back": "view=overdue&stage=delivery&evil=1"})
    saved = View.objects.get()
    assert saved.query == "view=overdue&stage=delivery"
    assert "Late parcels" in body(client.get(f"{HERE}?{saved.query}"))
    other = room.client("bob")
    assert "Late parcels" not in body(other.get(HERE))
    other.post(f"{HERE}/views/{saved.pk}/remove")
    assert View.objects.count() == 1
    client.post(f"{HERE}/views/{saved.pk}/remove")
    assert View.objects.count() == 0


def theme_of() -> str:
    rows = (
        held(SLUG)
        .ask(
            lambda local: local.workspace.warehouse.fetch(
                "SELECT theme, count(*) AS n FROM mentions WHERE sentiment < 0 AND theme IS NOT NULL"
                " GROUP BY 1 ORDER BY 2 DESC"
            )
        )
        .to_pylist()
    )
    return rows[0]["theme"]


def test_everybody_who_raised_a_cause_is_told_but_those_held_out(room: Room) -> None:
    client, theme = room.client("max"), theme_of()
    assert "You said, we did" in body(client.get(f"{HERE}/fixes?theme={theme}"))
    form = {"theme": theme, "said": "parcels came late", "did": "we changed the courier", "hold_out": "40"}
    answer = client.post(f"{HERE}/fixes/new", form)
    assert answer["Location"] == reverse("fix", args=[SLUG, 1])
    fix, ann = Fix.objects.get(), room.access("ann")
    expected = held(SLUG).ask(
        lambda local: local.workspace.warehouse.value(
            "SELECT count(DISTINCT customer_key) FROM mentions WHERE theme = $theme AND sentiment < 0", theme=theme
        )
    )
    assert Told.objects.count() == expected > 3
    held_out = set(Told.objects.filter(held_out=True).values_list("customer", flat=True))
    assert 0 < len(held_out) < expected
    text = body(client.get(f"{HERE}/fixes/1"))
    assert "You said: parcels came late. We did: we changed the courier." in text
    assert "nobody has been told yet" in text
    client.post(f"{HERE}/fixes/1/send", {"whom": "all"})
    told = Told.objects.exclude(sent_at=None)
    assert told.count() == expected - len(held_out)
    assert not held_out & set(told.values_list("customer", flat=True))
    assert loops.send(fix, by=ann) == 0
    refused = client.post(f"{HERE}/fixes/1/send", {"target": "nowhere"}, follow=True)
    assert refused.status_code == 200
    found = loops.effect(fix, ann)
    assert found["told"]["customers"] == expected - len(held_out)
    assert "fewer than" in found["why_not"]
    # scores that were given before count for nothing; as if all had been told long ago, they are compared by hand
    Told.objects.exclude(sent_at=None).update(sent_at=MONDAY - timedelta(days=400))
    Told.objects.filter(customer__in=held_out).update(held_out=True)
    loops_least = loops.LEAST
    sides = loops.effect(fix, ann)
    assert sides["told"]["scored"] == expected - len(held_out)
    if min(sides[name]["scored"] for name in ("told", "held_out")) >= loops_least:
        assert sides["low"] < sides["difference"] < sides["high"]


def test_a_restricted_viewer_tells_nobody_of_a_fix(room: Room, key) -> None:
    from touchline.errors import NotAllowed

    with pytest.raises(NotAllowed):
        loops.put_right(SLUG, by=key(region=["apac"]), theme=theme_of(), said="x", did="y")
    loops.put_right(SLUG, by=room.access("max"), theme=theme_of(), said="x", did="y")
    mine = loops.rows(Fix.objects.get(), key(region=["apac"]))
    assert 0 < mine.count() < Told.objects.count()
    assert {row.segments["region"] for row in mine} == {"apac"}
