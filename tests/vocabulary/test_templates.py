"""Every template that ships: complete, unambiguous, readable, quick to load."""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable

import pytest

from touchline.vocabulary.names import fold
from touchline.vocabulary.taxonomy import Stage, Taxonomy

IDS = {
    "b2c": "awareness consideration purchase onboarding delivery usage support renewal advocacy",
    "ecommerce": "awareness consideration purchase delivery set_up use returns support loyalty advocacy",
}
NAMES = {
    "ecommerce": """Awareness, Consideration, Purchase, Delivery, Set-up,
                    Use, Returns, Support, Loyalty, Advocacy""",
    "saas": """Awareness, Evaluation, Purchase, Onboarding, Adoption,
               Value, Support, Renewal, Expansion, Advocacy""",
    "b2b": """Awareness, Evaluation, Procurement, Onboarding, Adoption and value,
              Account management, Support, Renewal, Expansion, Advocacy""",
}


@pytest.fixture(params=Taxonomy.templates())
def template(request: pytest.FixtureRequest) -> Taxonomy:
    return Taxonomy.template(request.param)


def shared(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """Return what several holders list: name to holders."""
    holders: defaultdict[str, set[str]] = defaultdict(set)
    for name, holder in pairs:
        holders[name].add(holder)
    return {name: who for name, who in holders.items() if len(who) > 1}


def all_keywords(stage: Stage) -> list[str]:
    points = [point for sub_stage in stage.sub_stages for point in sub_stage.touchpoints]
    return [*stage.keywords, *(keyword for point in points for keyword in point.keywords)]


def test_the_five_templates_are_there() -> None:
    assert Taxonomy.templates() == ("b2b", "b2c", "ecommerce", "saas", "support")


def test_a_template_is_named_by_its_file(template: Taxonomy) -> None:
    assert template.id in Taxonomy.templates()
    assert Taxonomy.template(template.id) is template


@pytest.mark.parametrize("name", IDS)
def test_the_stages_are_those_that_were_agreed(name: str) -> None:
    assert Taxonomy.template(name).ids == tuple(IDS[name].split())


@pytest.mark.parametrize("name", NAMES)
def test_the_stages_have_the_names_that_were_agreed(name: str) -> None:
    assert [stage.name for stage in Taxonomy.template(name).stages] == re.split(r",\s+", NAMES[name])


def test_only_use_and_help_recur_in_the_consumer_journey() -> None:
    taxonomy = Taxonomy.template("b2c")
    assert set(taxonomy.ids) - set(taxonomy.progress) == {"usage", "support"}


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("decision", "purchase"),
        ("evaluation", "consideration"),
        ("retention", "renewal"),
        ("discovery", "awareness"),
        ("fulfilment", "delivery"),
        ("activation", "onboarding"),
        ("service", "support"),
        ("Use", "usage"),
        ("Set-up", "onboarding"),
    ],
)
def test_the_consumer_journey_knows_the_fields_other_words(name: str, stage: str) -> None:
    assert Taxonomy.template("b2c").stage_id(name) == stage


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"source": "post_delivery_survey"}, {"delivery": 1.0}),
        ({"source": "checkout_survey"}, {"purchase": 1.0}),
        ({"source": "csat_support"}, {"support": 1.0}),
        ({"programme": "renewal_nps"}, {"renewal": 1.0}),
        ({"programme": "Onboarding pulse 2024"}, {"onboarding": 0.9}),
        ({"event": "order_placed"}, {"purchase": 1.0}),
        ({"event": "account_activated"}, {"onboarding": 1.0}),
        ({"event": "renewed"}, {"renewal": 1.0}),
        ({"channel": "phone"}, {"support": 0.3}),
        ({"channel": "app_store"}, {"usage": 0.3}),
        ({"channel": "ad"}, {"awareness": 0.3}),
        ({"channel": "email"}, {}),
        ({"source": "booking.com reviews"}, {}),
        ({"source": "customer_experience_survey"}, {}),
        ({"source": "relationship_nps"}, {}),
    ],
)
def test_records_imply_stages_of_the_consumer_journey(record: dict[str, str], expected: dict[str, float]) -> None:
    assert Taxonomy.template("b2c").implied(**record) == expected


def test_it_is_complete(template: Taxonomy) -> None:
    assert 6 <= len(template.stages) <= 10
    assert len(template.touchpoints) >= 25
    for stage in template.stages:
        assert len(stage.examples) >= 8, stage.id
        assert len(stage.keywords) >= 40, stage.id
        assert len(stage.sub_stages) >= 2, stage.id
        assert all(sub_stage.touchpoints for sub_stage in stage.sub_stages), stage.id
        assert len(stage.themes) >= 4, stage.id
        assert {theme.polarity for theme in stage.themes} == {"pain", "delight"}, stage.id
        assert stage.target is not None, stage.id
        assert stage.owner, stage.id
        assert stage.sources, stage.id
        assert stage.events, stage.id
    for theme in template.themes:
        assert len(theme.phrases) >= 7, theme.id


def test_nothing_speaks_of_two_stages(template: Taxonomy) -> None:
    stages = template.stages
    assert not shared((fold(word), stage.id) for stage in stages for word in all_keywords(stage))
    assert not shared((fold(source), stage.id) for stage in stages for source in stage.sources)
    assert not shared((fold(event), stage.id) for stage in stages for event in stage.events)
    assert not shared((fold(channel), stage.id) for stage in stages for channel in stage.channels)


def test_a_phrase_speaks_of_one_theme(template: Taxonomy) -> None:
    assert not shared((fold(phrase), theme.id) for theme in template.themes for phrase in theme.phrases)
    assert not shared((theme.name, theme.id) for theme in template.themes)


def test_an_example_stands_once(template: Taxonomy) -> None:
    counts = Counter(example for stage in template.stages for example in stage.examples)
    assert [example for example, count in counts.items() if count > 1] == []


def test_words_are_written_as_texts_are_read(template: Taxonomy) -> None:
    words = [word for stage in template.stages for word in all_keywords(stage)]
    phrases = [phrase for theme in template.themes for phrase in theme.phrases]
    for text in words + phrases:
        assert text == text.lower(), text
        assert re.search(r"\w", text), text
        assert len(text.split()) <= 8, text


def test_themes_read_as_findings(template: Taxonomy) -> None:
    for theme in template.themes:
        assert len(theme.name.split()) >= 2, theme.name
        assert theme.name[0].isupper(), theme.name
        assert not theme.name.endswith("."), theme.name


def test_it_reads_back_from_its_own_yaml(template: Taxonomy) -> None:
    again = Taxonomy.parse(template.to_yaml())
    assert again == template
    assert again.version == template.version


def test_what_it_lists_implies_its_stage_alone(template: Taxonomy) -> None:
    for stage in template.stages:
        for source in stage.sources:
            assert template.implied(source=source) == {stage.id: 1.0}, source
            assert template.implied(programme=source) == {stage.id: 1.0}, source
        for event in stage.events:
            assert template.implied(event=event) == {stage.id: 1.0}, event
        for name in (stage.id, stage.name, *stage.aliases):
            assert template.stage_id(name) == stage.id
    for point in template.touchpoints:
        assert template.implied(touchpoint=point.id) == {point.stage: 1.0}, point.id


def test_it_loads_quickly(template: Taxonomy) -> None:
    text = Taxonomy.template_text(template.id)
    seconds = []
    for _ in range(5):
        started = time.process_time()
        Taxonomy.parse(text)
        seconds.append(time.process_time() - started)
    assert min(seconds) < 0.2  # some 0.03 on a quiet machine
