"""Saved views, the fishbone, issues' owners, figures by themselves: what people do with the pages beside reading."""

from __future__ import annotations

import html
import re
from datetime import date

import pytest
from tests.server.journey.conftest import SLUG

from touchline.questions import Local
from touchline.scores.base import Filters
from touchline.server.journey.facade import add_card
from touchline.server.workspaces.facade import held

pytestmark = pytest.mark.django_db


def body(answer) -> str:
    assert answer.status_code == 200, answer.content[:800]
    return answer.content.decode()


PAGES = (
    "nps", "nps?days=0", "heatmap?by=week&pivot=1&days=0", "heatmap?by=metric&sort=jsi", "stages/delivery?days=0",
    "stages/delivery?part=turns&days=0", "stages/delivery?part=why&days=0", "stages/delivery?part=drivers&days=0",
    "paths?step=purchase&step=delivery&days=0", "paths?q=sankey&days=0", "issues?q=issues", "programme",
    "programme?q=distribution", "what?q=causes&ask_stage=delivery", "figure?q=trend&ask_stage=delivery&days=0", "views",
)  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_whole_and_has_nothing_inline(visitor, page):
    """No page has a script, a style or a handler of its own: the policy refuses them."""
    text = body(visitor().get(f"/w/{SLUG}/{page}"))
    assert text.rstrip().endswith("</html>")
    assert not re.search(
        r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|javascript:|<!--token-->|<!--cards-->", text
    )


def test_a_view_is_saved_named_shared_and_forgotten(visitor, django_user_model):
    """Its address leads to the page with its filters; others see it once it is shared, and only its owner ends it."""
    from touchline.server.journey.models import SavedView

    client = visitor()
    given = {"name": "Delivery, last half year", "page": "stages/delivery", "query": "days=182&view=old"}
    assert client.post(f"/w/{SLUG}/views", given).status_code == 302
    view = SavedView.objects.get()
    assert (view.query, view.shared) == ("days=182", False)
    answer = client.get(f"/w/{SLUG}/views/{view.slug}")
    assert answer["Location"] == f"/w/{SLUG}/stages/delivery?days=182&view={view.slug}"
    assert "Delivery, last half year" in body(client.get(answer["Location"]))
    other = _another(client, "viewer")
    assert other.get(f"/w/{SLUG}/views/{view.slug}").status_code == 404
    SavedView.objects.update(shared=True)
    assert other.get(f"/w/{SLUG}/views/{view.slug}").status_code == 302
    assert other.post(f"/w/{SLUG}/views/{view.slug}/forget").status_code == 403
    assert client.post(f"/w/{SLUG}/views/{view.slug}/forget").status_code == 302
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    "given", [{"name": "", "page": ""}, {"name": "x", "page": "customers/C1"}, {"name": "x", "page": "//evil"}]
)
def test_only_pages_of_figures_are_saved(visitor, given):
    """A view without a name, of a person, or of nothing is refused."""
    assert visitor().post(f"/w/{SLUG}/views", given).status_code == 400


def _another(client, role):
    from django.test import Client

    from touchline.server.people.models import Membership, User
    from touchline.server.workspaces.models import Workspace

    user = User.objects.create(email=f"other-{role}@example.org", is_active=True)
    Membership.objects.create(user=user, workspace=Workspace.objects.get(slug=SLUG), role=role)
    fresh = Client()
    fresh.force_login(user)
    return fresh


def test_a_cause_is_probable_until_somebody_confirms_it(visitor):
    """The fishbone shows it dashed, then solid with who confirmed it; a viewer may look and not write."""
    client = visitor()
    page, causes = f"/w/{SLUG}/stages/delivery?days=0", f"/w/{SLUG}/stages/delivery/causes?days=0"
    body(client.get(page))
    told = {"do": "add", "branch": "process", "text": "Parcels wait <b>overnight</b>"}
    assert client.post(causes, told)["Location"].endswith("#fishbone")
    text = body(client.get(page))
    assert "Parcels wait &lt;b&gt;overnight&lt;/b&gt;" in text
    assert '<span class="chip off">probable' in text
    number = re.search(r'name="cause" value="(\d+)"', text)[1]
    client.post(causes, {"do": "confirm", "cause": number, "evidence": "Audit of May"})
    text = body(client.get(page))
    assert "confirmed by analyst@example.org" in text
    assert "Audit of May" in text
    viewer = _another(client, "viewer")
    assert viewer.post(causes, told).status_code == 403
    assert 'name="do" value="add"' not in body(viewer.get(page))
    assert client.post(causes, {"do": "add", "branch": "nowhere", "text": "x"}).status_code == 400
    client.post(causes, {"do": "remove", "cause": number})
    assert "overnight" not in body(client.get(page))


def test_an_issue_has_an_owner_and_a_name_that_an_admin_may_change(visitor):
    """Owners are said by those who work on the journey; what a theme is, by admins; both show at once."""
    client = visitor()
    page = f"/w/{SLUG}/issues?days=0"
    theme = re.search(r"/issues/([^/?\"]+)\?", body(client.get(page)))[1]
    name = {row["theme"]: row["name"] for row in Local(held(SLUG).workspace).themes().to_dicts()}[theme]
    client.post(f"/w/{SLUG}/issues/{theme}?days=0", {"do": "own", "owner": "Logistics & Co"})
    assert 'value="Logistics &amp; Co"' in body(client.get(page))
    assert client.post(f"/w/{SLUG}/issues/{theme}", {"do": "pin"}).status_code == 403
    admin = _another(client, "admin")
    assert (
        admin.post(f"/w/{SLUG}/issues/{theme}?days=0", {"do": "rename", "name": "Too late, always"}).status_code == 302
    )
    assert "Too late, always" in body(client.get(page))
    assert admin.post(f"/w/{SLUG}/issues/{theme}", {"do": "rename", "name": ""}).status_code == 400
    admin.post(f"/w/{SLUG}/issues/{theme}", {"do": "rename", "name": name})  # other tests share the workspace
    assert "Too late, always" not in body(client.get(page))


def test_a_figure_is_a_file_and_says_where_it_is_from(visitor):
    """The CSV has the engine's rows; the page behind "what is this?" has the meaning, a call and the SQL."""
    client = visitor()
    text = body(client.get(f"/w/{SLUG}/figure.csv?q=jsi&ask_by=channel&days=0"))
    rows = Local(held(SLUG).workspace).jsi(by="channel").to_dicts()
    assert len(text.strip().splitlines()) == len(rows) + 1
    assert all(row["name"] in text for row in rows)
    what = html.unescape(body(client.get(f"/w/{SLUG}/what?q=jsi&ask_by=channel&channel=chat&days=0")))
    assert "touchline.open().jsi(filters=touchline.Filters(channels=('chat',)), by='channel')" in what
    assert "SELECT" in what
    assert client.get(f"/w/{SLUG}/figure.csv?q=nothing").status_code == 404


def test_a_cell_of_the_heatmap_leads_to_its_comments(visitor):
    """The link keeps the filters and adds the cell's stage and column; the picture has the same numbers."""
    client = visitor()
    text = body(client.get(f"/w/{SLUG}/heatmap?by=channel&days=0"))
    link = html.unescape(re.search(r'<td[^>]*data-tip="Delivery, chat[^>]*><a href="([^"]+)"', text)[1])
    assert "stage=delivery" in link
    assert "channel=chat" in link
    shown = re.search(r'data-tip="Delivery, chat: (\S+) ', text)[1]
    drawn = client.get(f"/w/{SLUG}/heatmap.svg?by=channel&days=0").content.decode()
    assert re.search(rf">{shown}[ <]|[: ]{shown} ±", drawn)
    stages = r'<th scope="row">([^<]+)</th><td'
    pages = (body(client.get(f"/w/{SLUG}/heatmap?by=channel&days=0{more}")) for more in ("", "&sort=all"))
    first, second = (re.findall(stages, page) for page in pages)
    assert sorted(first) == sorted(second)
    assert first != second


def test_the_period_may_be_compared_with_another_or_with_none():
    """The same days a year before, the period before, or nothing."""
    from touchline.server.journey.filtering import earlier

    now = Filters(since=date(2026, 3, 1), until=date(2026, 3, 31), channels=("chat",))
    assert earlier(now, "year") == Filters(since=date(2025, 3, 1), until=date(2025, 3, 31), channels=("chat",))
    assert earlier(now, "previous").until == date(2026, 2, 28)
    assert earlier(now, "none") is None
    assert earlier(Filters(), "year") is None


def test_without_a_comparison_nothing_is_said_of_changes(visitor):
    """compare=none leaves out what the stages were before."""
    client = visitor()
    assert "dashed = " in body(client.get(f"/w/{SLUG}/?days=56"))
    assert "dashed = " not in body(client.get(f"/w/{SLUG}/?days=56&compare=none"))
    assert client.get(f"/w/{SLUG}/?compare=tomorrow").status_code == 404


def test_other_apps_put_cards_on_the_overview_that_are_of_this_moment(visitor, monkeypatch):
    """A card is asked at every visit; one that has nothing to say is not there."""
    from touchline.figures.markup import tag
    from touchline.server.journey import cards

    monkeypatch.setattr(cards, "_cards", [])
    said = iter(["17 due", None])
    add_card(lambda visit: tag("a", text, href="/") if (text := next(said)) else None)
    client = visitor()
    assert "17 due" in body(client.get(f"/w/{SLUG}/"))
    assert "17 due" not in body(client.get(f"/w/{SLUG}/"))


def test_an_account_narrows_every_question_to_its_customers(demo):
    """Among an account's customers a question answers as it does for a workspace of only those."""
    local = Local(held(SLUG).workspace)
    from touchline.workspace.among import accounts

    names = accounts(local.workspace)
    if not names:
        pytest.skip("the world has no accounts")
    whole = local.jsi(by="all").to_dicts()[0]["n"]
    table = local.workspace.warehouse.fetch("SELECT customer_key, account_ref FROM customers")
    keys = [
        k
        for k, a in zip(*(table[c].to_pylist() for c in ("customer_key", "account_ref")), strict=True)
        if a == names[0]
    ]
    mine = local.among(accounts=[names[0]])
    told = mine.jsi(by="all").to_dicts()
    n = local.workspace.warehouse.value(
        "SELECT count(*) FROM touches WHERE customer_key IN (SELECT unnest($keys))", keys=keys
    )
    assert (told[0]["n"] if told else 0) == n < whole
    assert set(mine.workspace.journeys.keys.tolist()) <= set(keys)
