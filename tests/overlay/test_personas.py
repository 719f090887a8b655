"""Personas: sizes and figures are those of their own customers; proposals are rules that find them again."""

from __future__ import annotations

import pytest

from touchline.errors import QuestionError
from touchline.maps import Map, Phase, Step
from touchline.maps.measured import Overlay
from touchline.overlay.narrative import story
from touchline.overlay.overlay import overlay
from touchline.overlay.personas import LEAST, Narrowing, as_table, personas, proposals
from touchline.settings import Settings


@pytest.fixture(scope="module")
def settings(local):
    return local.workspace.settings


@pytest.fixture(scope="module")
def seen(local, settings):
    return {one.name: one for one in personas(local, settings=settings)}


def test_a_persona_s_size_and_standing_are_those_of_the_question(seen, local):
    rows = {row["name"]: row for row in local.personas().to_dicts()}
    loyal = seen["Loyal regular"]
    assert loyal.customers == rows["Loyal regular"]["customers"] > 0
    assert loyal.standing.value == rows["Loyal regular"]["jsi"]
    assert loyal.share == loyal.customers / local.lifecycle().facts["customers"]


def test_its_figures_are_of_its_customers_alone(seen, local):
    loyal, mine = seen["Loyal regular"], local.among(personas=["Loyal regular"])
    facts = mine.stages().facts
    assert (loyal.jsi.value, loyal.jsi.n, loyal.jsi.customers) == (facts["jsi"], facts["n"], facts["customers"])
    assert loyal.everyone.value == local.stages().facts["jsi"]
    assert loyal.jsi.n < loyal.everyone.n
    rows = {row["stage"]: row for row in mine.stages().to_dicts()}
    assert {stage: one.value for stage, one in loyal.stages.items()} == {
        stage: row["jsi"] for stage, row in rows.items() if row["n"]
    }
    ranked = {s: r["jsi"] for s, r in rows.items() if r["customers"] >= 30 and r["kind"]}
    assert loyal.lowest == min(ranked, key=ranked.get)


def test_its_themes_are_the_costliest_causes_and_its_path_the_most_common(seen, local):
    loyal, mine = seen["Loyal regular"], local.among(personas=["Loyal regular"])
    costs = {}
    for row in mine.causes(limit=5, examples=0).to_dicts():
        if row["impact"] is not None:
            costs[row["theme"]] = max(costs.get(row["theme"], -99.0), row["impact"])
    assert [topic.theme for topic in loyal.topics] == sorted(costs, key=lambda theme: -costs[theme])[:5]
    assert {theme: one.value for theme, one in loyal.points.items()} == {t.theme: costs[t.theme] for t in loyal.topics}
    first = mine.variants(by="stage", collapse=True, top=1).to_dicts()[0]
    assert " > ".join(loyal.path) == first["variant"]
    assert loyal.path_share.value == 100 * first["share"]
    assert sum(share for _, share in loyal.channels) == pytest.approx(1)


def test_nobody_is_told_of_where_too_few_are(seen):
    nobody = seen["Nobody"]
    assert (nobody.customers, nobody.hidden, nobody.jsi.value, nobody.path) == (0, True, None, ())


def test_only_those_asked_for_are_told_and_none_where_none_is_declared(local, settings):
    assert [one.name for one in personas(local, settings=settings, names=["Window shopper"])] == ["Window shopper"]
    assert personas(local, settings=Settings()) == ()


def test_questions_that_cannot_be_narrowed_tell_sizes_alone(local, settings):
    class Whole:
        personas, lifecycle, stages = local.personas, local.lifecycle, local.stages

    assert isinstance(local, Narrowing)
    found = personas(Whole(), settings=settings)[0]
    assert found.customers > 0
    assert (found.jsi.value, found.topics) == (None, ())


def test_proposals_are_the_clusters_whose_rule_finds_them(local, settings):
    rows = local.clusters().to_dicts()
    good = [row for row in rows if row["rule"] and row["precision"] >= LEAST[0] and row["recall"] >= LEAST[1]]
    found = proposals(local, settings=settings)
    assert [one.rule for one in found] == [row["rule"] for row in good if not row["hidden"]]
    known = {str(one.when): one.name for one in settings.personas}
    for one in found:
        assert one.known == known.get(one.rule, "")
        (made,) = Settings.parse(one.toml).personas
        assert (made.name, str(made.when)) == (one.name, one.rule)


def test_too_few_customers_are_not_clustered(local, settings):
    with pytest.raises(QuestionError):
        proposals(local.among(personas=["Nobody"]), settings=settings)


def test_a_persona_goes_into_the_settings_and_comes_back(settings):
    from touchline.settings.editing import with_tables

    text = with_tables("", "personas", [as_table(one) for one in settings.personas])
    assert Settings.parse(text).personas == settings.personas


def test_the_story_of_a_persona_begins_with_who_they_are(seen):
    told = story(Map("m", "M", goal="a lamp"), Overlay("m"), persona=seen["Loyal regular"], motto="They know me here.")
    opening = told.passages[0]
    assert opening.sentences[0].question == "personas"
    assert opening.sentences[0].facts["customers"] == seen["Loyal regular"].customers
    assert "They know me here." in told.text
    assert {one.question for one in opening.sentences} >= {"personas", "stages", "variants"}


def test_a_story_of_their_own_has_the_figures_of_their_customers(seen, local, settings):
    loyal, step = seen["Loyal regular"], Step("wait", "Waits", "delivery")
    now = Map("m", "M", phases=(Phase("p", "P", (step,)),))
    mine = local.among(personas=[loyal.name])
    measured = overlay(now, mine, taxonomy=local.workspace.taxonomy, settings=settings)
    told = story(now, measured, persona=loyal, theirs=True)
    said = [one for passage in told.passages for one in passage.sentences]
    scored = next(one for one in said if one.step == "wait" and "jsi" in one.facts)
    assert scored.facts["jsi"] == loyal.stages["delivery"].value
    assert "all customers" not in told.text


def test_of_a_persona_that_stands_for_nobody_nothing_is_measured(local):
    nobody = local.among(personas=["Nobody"])
    assert nobody.stages().facts["n"] == 0
    assert nobody.causes().table.num_rows == 0
