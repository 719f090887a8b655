"""The inbox finds what the engine finds, explains it, and learns from what people correct."""

from __future__ import annotations

import html
import re

import pytest
from tests.server.feedback.conftest import SLUG

from touchline.questions import Local
from touchline.server.feedback.learning import lesson_of
from touchline.server.feedback.snippets import snippet
from touchline.server.workspaces.facade import held

pytestmark = pytest.mark.django_db


def page(client, path, status=200):
    answer = client.get(f"/w/{SLUG}/{path}")
    assert answer.status_code == status, answer.content.decode()[:800]
    return answer.content.decode()


def told(client, path, given, **more):
    """What the page after a form says."""
    answer = client.post(f"/w/{SLUG}/{path}", given, follow=True, **more)
    return " ".join(html.unescape(one) for one in re.findall(r'<p class="note[^>]*>(.*?)</p>', answer.content.decode()))


def ids(text):
    return [html.unescape(one) for one in re.findall(r'data-text="([^"]+)"', text)]


@pytest.mark.parametrize(
    ("query", "options"),
    [
        ("", {}),
        ("&words=parcel", {"words": "parcel"}),
        ("&sentiment=negative&words=late", {"sentiment": "negative", "words": "late"}),
        ("&emotion=anger", {"emotion": "anger"}),
        ("&contradictions=1", {"contradictions": True}),
        ("&words=parcel&order=newest&page=2", {"words": "parcel", "order": "newest", "skip": 40}),
    ],
)
def test_the_page_has_what_the_question_answers(visitor, query, options):
    text = page(visitor("viewer"), f"feedback?days=0{query}")
    figure = Local(held(SLUG).workspace).feedback(**options, limit=40)
    assert ids(text) == [row["interaction_id"] for row in figure.to_dicts()]
    assert f"{figure.facts['n']} text" in text


def test_words_are_marked_and_markup_is_shown_as_it_was_written(visitor):
    text = page(visitor("viewer"), "feedback?days=0&words=parcel")
    assert re.search(r'<mark class="hit[^>]*>parcel', text, re.IGNORECASE)
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=", text)
    assert 'name="text"' not in text  # a viewer corrects nothing


def test_why_a_text_counts_is_told(visitor):
    client = visitor("viewer")
    text = page(client, "feedback?days=0&sentiment=negative")
    link = html.unescape(re.search(r'class="why" href="/w/[^/]+/([^"]+)"', text)[1])
    why = page(client, link)
    found = Local(held(SLUG).workspace).explain(ids(text)[0])
    assert all(html.escape(one.words) in why for one in found.mentions)
    assert f"{found.mentions[0].stages[0].probability * 100:.0f} %" in why
    assert "Decided by" in why
    page(client, "feedback/explain/nowhere/1", 404)


def test_what_is_corrected_is_learnt_told_and_undone(visitor):
    client = visitor("admin")
    opened = held(SLUG).workspace
    text = page(client, "feedback?days=0&unassigned=1")
    values = [html.unescape(one) for one in re.findall(r'name="text" value="([^"]+)"', text)][:6]
    assert values
    assert "no text was chosen" in told(client, "feedback/correct", {"stage": "support"})
    assert "nothing was chosen" in told(client, "feedback/correct", {"text": values})
    assert "there is no stage" in told(client, "feedback/correct", {"text": values, "stage": "nowhere"})
    assert lesson_of(SLUG) is None
    stage = opened.taxonomy.ids[-1]
    said = told(client, "feedback/correct", {"text": values, "stage": stage, "sentiment": "negative"})
    assert "The reader learns from" in said
    lesson = lesson_of(SLUG)
    lesson.thread.join(120)
    assert not lesson.trouble
    assert opened.teaching.current == lesson.version == 1
    labels = opened.teaching.lesson.labels
    assert {one["stage"] for one in labels} == {stage}
    card = client.get(f"/w/{SLUG}/feedback/learning").content.decode()
    assert f"Learnt from {lesson.given} label" in card
    assert "of them are read so now" in card
    assert "as it was before" in told(client, "feedback/undo", {})
    assert opened.teaching.current == 0
    assert "Learnt from" not in page(client, "feedback?days=0")


def test_words_of_a_theme_become_of_another_theme(visitor):
    client = visitor("admin")
    opened = held(SLUG).workspace
    rows = Local(opened).feedback(limit=500).to_dicts()
    row, mention = next((r, m) for r in rows for m in r["mentions"] if m["theme"] and m["sentiment"] < 0)
    value = f"{row['interaction_id']}#{mention['mention']}"
    assert "phrases of at least one word" in told(client, "feedback/theme", {"text": value, "phrase": "the"})
    phrase = " ".join(mention["words"].strip(".!?").split()[-2:])
    said = told(client, "feedback/theme", {"text": value, "phrase": phrase})
    assert "are of" in said, said
    now = Local(opened).feedback(words=row["text"][:60], limit=500).to_dicts()
    mine = next(one for one in now if one["interaction_id"] == row["interaction_id"])
    assert next(m["theme"] for m in mine["mentions"] if m["mention"] == mention["mention"]) != mention["theme"]


@pytest.mark.parametrize("path", ["feedback/correct", "feedback/theme", "feedback/undo", "quarantine/again"])
def test_who_sees_some_customers_changes_nothing(visitor, path):
    client = visitor("admin", {"tier": ["vip"]})
    assert "you may see some of them" in told(client, path, {"text": "x#0", "stage": "support", "id": "1"})


def test_the_search_finds_customers_themes_and_texts(visitor):
    client = visitor("viewer")
    text = page(client, "search?q=parcel")
    n = Local(held(SLUG).workspace).feedback(words="parcel").facts["n"]
    assert re.search(rf"What customers wrote <small>{n}<", text)
    assert re.search(r'class="hit">parcel', text, re.IGNORECASE)
    assert f'href="/w/{SLUG}/customers/C14"' in page(client, "search?q=c14")
    theme = next(row for row in Local(held(SLUG).workspace).themes().to_dicts())
    assert f"theme={theme['theme']}" in page(client, f"search?q={theme['name'][:12]}")
    assert "Nothing fits" in page(client, "search?q=xyzzy")


def test_a_snippet_keeps_what_was_found():
    text = "word " * 200 + "needle in the hay " + "word " * 200
    start = text.index("needle")
    cut, found = snippet(text, [{"start": start, "end": start + 6}])
    assert len(cut) <= 245
    assert [cut[one["start"] : one["end"]] for one in found] == ["needle"]
