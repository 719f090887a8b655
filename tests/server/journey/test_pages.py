"""The journey's pages say what the engine says, let in whom they may, and show words as words."""

from __future__ import annotations

import html
import re

import pytest
from tests.server.journey.conftest import SLUG

from touchline.server.workspaces.facade import held

pytestmark = pytest.mark.django_db
PAGES = (
    "",
    "heatmap",
    "heatmap?by=segment:tier",
    "stages",
    "paths?q=transitions",
    "issues",
    "service",
    "value",
    "customers",
    "feedback",
    "feedback?words=parcel&sentiment=negative",
    "customers?find=c1&order=value",
    "customers/C1",
    "accounts",
    "search?q=late",
    "data",
)


def body(answer) -> str:
    """The page, without the token against forgery, which is another each time."""
    assert answer.status_code == 200, answer.content[:500]
    return re.sub(r'(name="csrfmiddlewaretoken" value=")\w+', r"\1", answer.content.decode())


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_whole_and_has_nothing_inline(visitor, page):
    """No page has a script, a style or a handler of its own: the policy refuses them."""
    text = body(visitor().get(f"/w/{SLUG}/{page}", follow=True))
    assert text.rstrip().endswith("</html>")
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:", text)
    assert "Demo &amp; Co" in text
    assert "<h1>" in text


def test_the_overview_has_the_engines_numbers(visitor):
    """The headline figure is the JSI of the last 56 days."""
    from touchline.questions import latest

    text = body(visitor().get(f"/w/{SLUG}/"))
    local = held(SLUG).workspace
    from touchline.questions import Local

    now, before = latest(Local(local).span(), 56)
    facts = Local(local).stages(now, previous=before).facts
    assert re.search(rf"<h3>JSI</h3><div class=\"value\"><strong>{facts['jsi']:.0f}", text)
    assert f"of {facts['customers']:,} customers" in text


def test_filters_are_the_address_and_the_bar_shows_them(visitor):
    """A link with filters gives the filtered page, and the bar has them chosen."""
    client = visitor()
    text = body(client.get(f"/w/{SLUG}/?days=0&channel=chat"))
    assert '<option value="chat" selected>' in text
    assert '<option value="0" selected>' in text
    assert "only channels chat" not in body(client.get(f"/w/{SLUG}/?days=0"))
    assert body(client.get(f"/w/{SLUG}/?days=0")) != text


@pytest.mark.parametrize("query", ["days=soon", "since=yesterday", "segment=tier", "stage=nowhere"])
def test_a_wrong_filter_is_told_and_not_ignored(visitor, query):
    """A filter that cannot be read ends in a page that says so."""
    answer = visitor().get(f"/w/{SLUG}/?{query}")
    assert answer.status_code == 404
    assert "That cannot be shown" in answer.content.decode()


def test_from_a_number_to_its_customers_and_to_one_of_them(visitor):
    """Two clicks lead from a row to the customers behind it, and to one customer's story."""
    client = visitor()
    text = body(client.get(f"/w/{SLUG}/paths?q=transitions&days=0"))
    link = html.unescape(re.search(r'href="([^"]+)" class="who"', text)[1])
    people = body(client.get(link))
    ref = html.unescape(re.search(r'<th scope="row"><a href="([^"]+)">', people)[1])
    story = body(client.get(ref))
    assert "What happened" in story
    assert '<ol class="timeline">' in story


def test_who_is_not_let_in_gets_nothing(visitor, client):
    """Without a log-in one is led to it; in another workspace there is nothing."""
    assert client.get(f"/w/{SLUG}/").status_code == 302
    enter = visitor()
    assert enter.get("/w/another/").status_code == 404


def test_a_viewer_of_a_segment_sees_that_segment_only(visitor, demo):
    """The figures are those of the segment, whatever the address says."""
    from touchline.questions import Local
    from touchline.scores.base import Filters

    client = visitor("viewer", {"tier": ["vip"]})
    local = Local(held(SLUG).workspace)
    mine = local.stages(Filters(segments=(("tier", ("vip",)),))).facts["customers"]
    assert f"of {mine:,} customers" in body(client.get(f"/w/{SLUG}/?days=0"))
    refused = client.get(f"/w/{SLUG}/?days=0&segment=tier:standard")
    assert refused.status_code == 403
    assert "First hint" not in refused.content.decode()


def test_pages_are_remembered_until_the_data_change(visitor, monkeypatch):
    """A second visit asks nothing; after new data it asks again."""
    client = visitor()
    asked = []
    hold = held(SLUG)
    real = hold.ask
    monkeypatch.setattr(hold, "ask", lambda *args, **options: asked.append(1) or real(*args, **options))
    first = body(client.get(f"/w/{SLUG}/stages?days=91"))
    assert len(asked) == 1
    assert body(client.get(f"/w/{SLUG}/stages?days=91")) == first
    assert len(asked) == 1
    monkeypatch.setattr(type(hold.workspace.warehouse), "published", property(lambda self: "9:99"))
    body(client.get(f"/w/{SLUG}/stages?days=91"))
    assert len(asked) == 2


def test_feedback_is_searched_and_marked(visitor):
    """Words are looked for in texts, and what was felt is marked in them."""
    client = visitor()
    text = body(client.get(f"/w/{SLUG}/feedback?days=0&sentiment=negative&words=parcel"))
    assert re.search(r'<mark class="(hit )?bad"', text)
    assert "Nothing was written" in body(client.get(f"/w/{SLUG}/feedback?days=0&words=xyzzy"))
    assert client.get(f"/w/{SLUG}/feedback?sentiment=7").status_code == 404
