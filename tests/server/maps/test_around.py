"""The pages around the maps: they show what the engine found, keep what people write, and hold scopes."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from tests.server.maps.conftest import SLUG

from touchline.maps import Edit, Map
from touchline.maps.model import Belief, Card, Lane, Phase, Stakeholder, Step
from touchline.server.maps import keeping, workshops
from touchline.server.maps.circles import Circle
from touchline.server.workspaces.facade import held

pytestmark = pytest.mark.django_db
W = f"/w/{SLUG}"
NOW = Map(
    "ordering", "Ordering",
    phases=(Phase("p", "Buy", (Step("pays", "Pays", "purchase"), Step("waits", "Waits", "delivery",
                                                                      believed=(Belief(jsi=60),)))),),
    lanes=(Lane("hurts", "pains"), Lane("ideas", "opportunities"), Lane("figures", "kpis")),
    cards=(
        Card("late", "hurts", "waits", "Parcels come late", theme="late_delivery", severity="gives up"),
        Card("tell", "ideas", "waits", "Tell them before they ask", addresses=("late",), effort=2, status="planned"),
        Card("odd", "ideas", "pays", "A nicer button"),
        Card("jsi", "figures", "waits", metric="jsi", target=95),
    ),
    stakeholders=(Stakeholder("carrier", "Carrier", "partner", 2, 5),),
)  # fmt: skip


@pytest.fixture
def kept(db):
    return keeping.create(SLUG, NOW, "ann")


def text(answer, status: int = 200) -> str:
    assert answer.status_code == status, answer.content.decode()[:400]
    return answer.content.decode()


def test_gaps_offer_a_future_state_and_then_say_what_is_missed(visitor, kept):
    client = visitor("analyst")
    assert "Make the future state" in text(client.get(f"{W}/maps/ordering/gaps"))
    assert "Make the future state" not in text(visitor("viewer").get(f"{W}/maps/ordering/gaps"))
    client.post(f"{W}/maps/ordering/future")
    future = keeping.load(SLUG, "ordering-future").map
    assert (future.state, future.of) == ("future", "ordering")
    page = text(client.get(f"{W}/maps/ordering/gaps?days=0"))
    measured = held(SLUG).ask(lambda local: {row["stage"]: row for row in local.stages().to_dicts()})["delivery"]
    assert f"{measured['jsi']:.0f} ±" in page
    assert "95" in page
    assert "missed" in page
    assert "Tell them before they ask" in page
    assert client.get(f"{W}/maps/nothing/gaps").status_code == 404


def test_the_roadmap_moves_cards_and_dates_what_is_done(visitor, kept):
    client = visitor("analyst")
    page = text(client.get(f"{W}/roadmap"))
    assert page.index('data-status="planned"') < page.index("Tell them before they ask")
    moved = client.post(f"{W}/roadmap/status", {"card": "ordering/tell", "status": "done"})
    assert moved.status_code == 302
    card = next(one for one in keeping.load(SLUG, "ordering").map.cards if one.id == "tell")
    assert (card.status, card.done) == ("done", date.today())
    client.post(f"{W}/roadmap/status", {"card": "ordering/tell", "status": "doing"})
    card = next(one for one in keeping.load(SLUG, "ordering").map.cards if one.id == "tell")
    assert (card.status, card.done) == ("doing", None)
    script = {"Touchline-Part": "status", "Accept": "application/json"}
    wrong = client.post(f"{W}/roadmap/status", {"card": "ordering/gone", "status": "done"}, headers=script)
    assert wrong.status_code == 400
    assert "gone" in wrong.json()["error"]["what"]
    assert visitor("viewer").post(f"{W}/roadmap/status", {"card": "ordering/tell", "status": "done"}).status_code == 403


def test_a_card_that_the_future_map_shares_is_there_once_and_moves_in_both(visitor, kept):
    client = visitor("analyst")
    client.post(f"{W}/maps/ordering/future")
    future = keeping.load(SLUG, "ordering-future")
    edits = [Edit("set", "card", "odd", {"text": "A button that says the day"})]
    keeping.change(SLUG, "ordering-future", future.version, edits, "ann")
    page = text(client.get(f"{W}/roadmap"))
    assert page.count("Tell them before they ask</a>") == 1
    assert f"Ordering, {future.map.name} · Waits" in page
    assert "A nicer button</a>" in page  # put otherwise, it is another thing to do
    assert "A button that says the day</a>" in page
    assert text(client.get(f"{W}/roadmap?map=ordering-future")).count("Tell them before they ask</a>") == 1
    ranked = text(client.get(f"{W}/roadmap/measured?days=0"))
    assert ranked.count("Tell them before they ask</a>") == 1
    ranks = re.findall(r'<td class="num">(\d+)</td><th scope="row">', ranked)
    assert [int(one) for one in ranks] == list(range(1, len(ranks) + 1))
    for shown_at, wanted in (("ordering/tell", "doing"), ("ordering-future/tell", "done")):
        client.post(f"{W}/roadmap/status", {"card": shown_at, "status": wanted})
        for which in ("ordering", "ordering-future"):
            card = next(one for one in keeping.load(SLUG, which).map.cards if one.id == "tell")
            assert (card.status, card.done) == (wanted, date.today() if wanted == "done" else None)
            assert keeping.history(SLUG, which)[0].note == f"roadmap: {wanted}"
    assert (
        text(client.get(f"{W}/roadmap/measured?days=0")).count('scope="row"><a href="/w/mapped/maps/ordering#tell"')
        == 1
    )
    client.post(f"{W}/roadmap/status", {"card": "ordering/odd", "status": "planned"})
    assert next(one for one in keeping.load(SLUG, "ordering-future").map.cards if one.id == "odd").status == ""


def test_what_a_card_would_bring_is_the_engines_own_number(visitor, kept):
    page = text(visitor("viewer").get(f"{W}/roadmap/measured?days=0"))
    rows = held(SLUG).ask(lambda local: local.whatif(stage="delivery", theme="late_delivery").to_dicts())
    jsi = next(row["change"] for row in rows if row["measure"] == "jsi")
    assert f"+{jsi:.1f}" in page
    assert "1 card that nothing speaks for yet" in page


def test_touchpoints_say_whether_they_are_heard(visitor, kept):
    page = text(visitor("viewer").get(f"{W}/touchpoints?days=0"))
    assert "Courier delivery" in page
    assert "blind spot" in page
    only = text(visitor("viewer").get(f"{W}/touchpoints?days=0&heard=measured"))
    assert only.count('<th scope="row">') < page.count('<th scope="row">')


def test_stakeholders_are_added_changed_and_removed(visitor, kept):
    client, here = visitor("analyst"), f"{W}/maps/ordering/stakeholders"
    assert "Keep satisfied" in text(client.get(here))
    client.post(f"{here}/change", {"name": "Shop <team>", "interest": "4", "influence": "4", "group": "company"})
    assert "Shop &lt;team&gt;" in text(client.get(here))
    client.post(f"{here}/change", {"id": "carrier", "do": "remove"})
    client.post(f"{here}/change", {"name": "Nobody", "interest": "9"})  # refused, and said so
    assert "whole number from 1 to 5" in text(client.get(here))
    assert [one.id for one in keeping.load(SLUG, "ordering").map.stakeholders] == ["shop-team"]


def test_a_persona_is_written_measured_changed_and_taken_away(visitor, kept):
    client = visitor("analyst")
    was = held(SLUG).workspace.folder.settings.read_text()
    try:
        made = {"name": "Nora & co", "when": "tenure = new", "motto": "Tell me the day", "goals": "a day\n\nno wait\n"}
        assert client.post(f"{W}/personas/keep", made).status_code == 302
        (persona,) = held(SLUG).workspace.settings.personas
        assert (persona.goals, str(persona.when)) == (("a day", "no wait"), "tenure = new")
        assert "Nora &amp; co" in text(client.get(f"{W}/personas"))
        size = held(SLUG).ask(lambda local: local.personas().to_dicts())[0]["customers"]
        assert f"{size}<small>" in text(client.get(f"{W}/personas/measured?days=0"))
        page = text(client.get(f"{W}/personas/of/Nora & co?days=0"))
        assert f"<b>{size}</b>" in page
        assert "Tell me the day" in page
        wrong = client.post(f"{W}/personas/keep", {"name": "B", "when": "tenure ==== ?"})
        assert "tenure ==== ?" in text(wrong, 400)  # what was written is not lost
        assert text(client.post(f"{W}/personas/keep", {"name": "Nora & co", "when": "tier = vip"}), 400)
        client.post(f"{W}/personas/keep", {**made, "was": "Nora & co", "motto": "Which day?"})
        assert held(SLUG).workspace.settings.personas[0].motto == "Which day?"
        client.post(f"{W}/personas/remove", {"was": "Nora & co"})
        assert held(SLUG).workspace.settings.personas == ()
        assert client.get(f"{W}/personas/of/Nora & co").status_code == 404
    finally:
        with held(SLUG).writing() as workspace:
            workspace.change_settings(was)


def test_a_persona_that_is_renamed_is_renamed_in_the_maps(visitor, kept):
    client = visitor("analyst")
    was = held(SLUG).workspace.folder.settings.read_text()
    steps = (
        Step("a", "A", believed=(Belief("Nora", 20), Belief("Ben", 40))),
        Step("b", "B", believed=(Belief("Nora", 20), Belief("Nora Lee", 60))),
        Step("c", "C"),
    )  # fmt: skip
    lanes, cards = (Lane("l", "thoughts", of="Nora"),), (Card("k", "l", "a", "Where?", of="Nora"),)
    hers = Map("hers", "Hers", personas=("Ben", "Nora"), phases=(Phase("p", "P", steps),), lanes=lanes, cards=cards)
    keeping.create(SLUG, hers, "ann")
    keeping.create(SLUG, replace(hers, id="away", name="Away"), "ann")
    keeping.archive(SLUG, "away", "ann")
    room = workshops.make(SLUG, "ann", title="T", of="hers", agenda="two-hours", persona="Nora")
    try:
        for one in ("Nora", "Ben"):
            assert client.post(f"{W}/personas/keep", {"name": one, "when": "tenure = new"}).status_code == 302
        assert keeping.load(SLUG, "hers").version == 1
        taken = client.post(f"{W}/personas/keep", {"name": "Ben", "was": "Nora", "when": "tenure = new"})
        assert taken.status_code == 400
        assert keeping.load(SLUG, "hers").version == 1
        said = {"name": "Nora Lee", "was": "Nora", "when": "tenure = new"}
        assert "It has its new name in: Hers, Away." in text(client.post(f"{W}/personas/keep", said, follow=True))
        for which, version in (("hers", 2), ("away", 2), ("ordering", 1)):
            assert keeping.load(SLUG, which).version == version
        now = keeping.load(SLUG, "hers").map
        assert now.personas == ("Ben", "Nora Lee")
        believed = [{one.persona: one.jsi for one in step.believed} for step in now.steps()]
        assert believed == [{"Nora Lee": 20, "Ben": 40}, {"Nora Lee": 60}, {}]
        assert (now.lanes[0].of, now.cards[0].of) == ("Nora Lee", "Nora Lee")
        change = keeping.history(SLUG, "hers")[0]
        assert (change.note, change.by) == ("the persona “Nora” is “Nora Lee” now", "analyst@example.org")
        assert workshops.find(SLUG, room.pk).persona == "Nora Lee"
        keeping.restore(SLUG, "hers", 1, "ann")
        assert keeping.load(SLUG, "hers").map == keeping.at(SLUG, "hers", 1)
    finally:
        with held(SLUG).writing() as workspace:
            workspace.change_settings(was)


def test_a_map_that_others_change_keeps_the_name_and_that_is_said(visitor, db):
    keeping.create(SLUG, Map("hers", "Hers", personas=("Nora",)), "ann")
    keeping.keep_to(SLUG, "hers", seen_by=None, changed_by=Circle(("manager",)))
    client, was = visitor("analyst"), held(SLUG).workspace.folder.settings.read_text()
    try:
        client.post(f"{W}/personas/keep", {"name": "Nora", "when": "tenure = new"})
        said = {"name": "Nora Lee", "was": "Nora", "when": "tenure = new"}
        assert "Others have to rename it in: Hers." in text(client.post(f"{W}/personas/keep", said, follow=True))
        assert keeping.load(SLUG, "hers").map.personas == ("Nora",)
        assert [one.name for one in held(SLUG).workspace.settings.personas] == ["Nora Lee"]
    finally:
        with held(SLUG).writing() as workspace:
            workspace.change_settings(was)


def test_the_list_says_that_a_map_is_bound_to_nothing_yet(visitor, kept):
    client = visitor("viewer")
    cards = (Card("late", "hurts", "waits", "Parcels come late"),)
    bare = (Phase("p", "Buy", (Step("waits", "Waits"),)),)
    keeping.create(SLUG, replace(NOW, id="bare", phases=bare, cards=cards), "ann")
    odd = (Phase("p", "Buy", (Step("waits", "Waits", "nowhere"),)),)
    keeping.create(SLUG, replace(NOW, id="odd", phases=odd, cards=cards), "ann")
    for which in ("bare", "odd"):
        said = text(client.get(f"{W}/maps/{which}/glance?days=0"))
        assert "bound to nothing yet" in said
        assert "backed by data" not in said
    assert "backed by data" in text(client.get(f"{W}/maps/ordering/glance?days=0"))


def test_who_sees_some_customers_only_learns_no_size_and_keeps_no_rule(visitor, kept):
    few = visitor("analyst", {"region": ["emea"]})
    assert few.get(f"{W}/personas").status_code == 200
    assert few.get(f"{W}/personas/measured").status_code == 403
    assert few.post(f"{W}/personas/keep", {"name": "x", "when": "tier = vip"}).status_code == 403
    assert few.get(f"{W}/personas/proposals").status_code == 403
    mine = text(few.get(f"{W}/maps/ordering/story?days=0"))
    n = held(SLUG).ask(lambda local: {row["stage"]: row["n"] for row in local.stages().to_dicts()})["delivery"]
    assert f"At “Waits” {n} comments" in text(visitor("admin").get(f"{W}/maps/ordering/story?days=0"))
    assert f"At “Waits” {n} comments" not in mine
    assert "At “Waits”" in mine


def test_a_story_links_its_sentences_and_comes_as_markdown(visitor, kept):
    client = visitor("viewer")
    page = text(client.get(f"{W}/maps/ordering/story?days=0"))
    assert 'class="fact"' in page
    assert "q=stages" in page
    told = client.get(f"{W}/maps/ordering/story.md?days=0&kind=summary")
    assert told["Content-Type"].startswith("text/markdown")
    assert text(told).startswith("# Ordering")
    assert "`[stages]`" in text(told)
    assert client.get(f"{W}/maps/ordering/story.md?of=nobody").status_code == 400
