"""The taxonomy as a value: names, lookups, what records imply, its version, its YAML."""

from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path

import pytest

from touchline.errors import TaxonomyError
from touchline.vocabulary.taxonomy import Taxonomy

TEXT = """\
taxonomy: shop
name: Shop
description: A small one.
stages:
  - id: buying
    name: Buying
    kind: progress
    description: Paying.
    aliases: [decision, pre-sale]
    target: 62.5
    owner: Sales
    channels: [till]
    sources: [basket_survey]
    events: [order_placed]
    keywords: [no, 24/7, "null", parcel]
    examples: [I paid.]
  - id: set_up
    name: Set-up
    kind: recurring
    description: Building.
    examples:
      - "It says: build me"
    sub_stages:
      - id: set_up.building
        name: Building
        description: Screws.
        touchpoints:
          - {id: manual, name: The manual, description: Pictures., channels: [print],
             sources: [manual_survey], events: [manual_opened], keywords: [booklet],
             ownership: earned, owner: Docs}
    themes:
      - {id: screws_missing, name: Screws are missing, polarity: pain, phrases: [no screws]}
"""


@pytest.fixture
def shop() -> Taxonomy:
    return Taxonomy.parse(TEXT)


def test_a_file_becomes_stages_in_its_order(shop: Taxonomy) -> None:
    assert (shop.id, shop.name, shop.description) == ("shop", "Shop", "A small one.")
    assert shop.ids == ("buying", "set_up")
    assert shop.progress == ("buying",)
    buying = shop.stage("buying")
    assert (buying.target, buying.owner, buying.aliases) == (62.5, "Sales", ("decision", "pre-sale"))


def test_what_is_left_out_is_empty(shop: Taxonomy) -> None:
    stage = shop.stage("set_up")
    assert (stage.target, stage.owner, stage.keywords, stage.aliases) == (None, "", (), ())


def test_words_that_yaml_takes_for_something_else_stay_words(shop: Taxonomy) -> None:
    assert shop.stage("buying").keywords == ("no", "24/7", "null", "parcel")


@pytest.mark.parametrize("name", ["buying", "BUYING", "Decision", "pre sale", "Pre_Sale", "pre-sale"])
def test_a_stage_is_found_by_id_name_and_alias_however_written(shop: Taxonomy, name: str) -> None:
    assert shop.stage_id(name) == "buying"
    assert shop.stage(name).id == "buying"


@pytest.mark.parametrize("name", ["", "buy", "unassigned", "🙂"])
def test_other_names_are_no_stage(shop: Taxonomy, name: str) -> None:
    assert shop.stage_id(name) is None


def test_asking_for_a_stage_that_is_not_there_names_the_nearest(shop: Taxonomy) -> None:
    with pytest.raises(TaxonomyError, match="no stage 'byuing'; did you mean buying"):
        shop.stage("byuing")


def test_a_touchpoint_knows_where_it_stands(shop: Taxonomy) -> None:
    (manual,) = shop.touchpoints
    assert (manual.stage, manual.sub_stage) == ("set_up", "set_up.building")
    assert shop.touchpoint("The Manual") is manual
    assert shop.touchpoint("manual") is manual
    assert shop.touchpoint("menu") is None


def test_a_theme_knows_where_it_is_born(shop: Taxonomy) -> None:
    (theme,) = shop.themes
    assert (theme.stage, theme.polarity) == ("set_up", "pain")
    assert shop.theme("screws_missing") is theme
    assert shop.theme("bolts_missing") is None


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({}, {}),
        ({"source": "basket_survey"}, {"buying": 1.0}),
        ({"source": "Basket Survey"}, {"buying": 1.0}),
        ({"programme": "basketSurvey"}, {"buying": 1.0}),
        ({"event": "order_placed"}, {"buying": 1.0}),
        ({"event": "OrderPlaced"}, {"buying": 1.0}),
        ({"touchpoint": "The manual"}, {"set_up": 1.0}),
        ({"source": "manual_survey"}, {"set_up": 1.0}),
        ({"event": "manual_opened"}, {"set_up": 1.0}),
        ({"source": "post_buying_survey"}, {"buying": 0.9}),
        ({"programme": "after the decision, 2024"}, {"buying": 0.9}),
        ({"source": "post_set_up_nps"}, {"set_up": 0.9}),
        ({"channel": "till"}, {"buying": 0.3}),
        ({"channel": "print"}, {}),
        ({"source": "settings_upload"}, {}),
        ({"source": "indecision"}, {}),
        ({"channel": "till", "source": "buying_survey"}, {"buying": 0.9}),
        ({"source": "buying_survey", "touchpoint": "manual"}, {"buying": 0.9, "set_up": 1.0}),
        ({"source": "", "channel": ""}, {}),
    ],
)
def test_records_imply_stages(shop: Taxonomy, record: dict[str, str], expected: dict[str, float]) -> None:
    assert shop.implied(**record) == expected


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({"source": "manual_survey"}, {"set_up": "manual"}),
        ({"programme": "ManualSurvey"}, {"set_up": "manual"}),
        ({"event": "manual-opened"}, {"set_up": "manual"}),
        ({"event": "manual_survey"}, {}),
        ({"source": "basket_survey"}, {}),
        ({}, {}),
    ],
)
def test_records_imply_the_touchpoint_that_lists_them(shop: Taxonomy, record: dict[str, str], expected) -> None:
    assert shop.places(**record) == expected


def test_what_several_touchpoints_of_a_stage_list_implies_none_and_the_programme_goes_first() -> None:
    listed = "{id: %s, name: %s, description: D., ownership: owned, sources: [both, %s]}"
    two = "          - " + listed % ("app", "App", "app_poll") + "\n          - " + listed % ("web", "Web", "web_poll")
    text = TEXT.replace("        touchpoints:\n", "        touchpoints:\n" + two + "\n")
    shop = Taxonomy.parse(text)
    assert shop.places(source="both") == {}
    assert shop.places(source="both", event="manual_opened") == {"set_up": "manual"}
    assert shop.places(source="app_poll", programme="web_poll") == {"set_up": "web"}


def test_a_listed_name_is_not_read_word_by_word() -> None:
    text = TEXT.replace("sources: [manual_survey]", "sources: [after_buying_survey]")
    assert Taxonomy.parse(text).implied(source="after_buying_survey") == {"set_up": 1.0}


def test_the_longer_of_two_overlapping_names_wins() -> None:
    taxonomy = Taxonomy.parse(TEXT.replace("aliases: [decision, pre-sale]", "aliases: [up]"))
    assert taxonomy.implied(source="set_up_survey") == {"set_up": 0.9}
    assert taxonomy.implied(source="sign_up_survey") == {"buying": 0.9}


def test_equal_content_has_an_equal_version_whatever_its_layout(shop: Taxonomy) -> None:
    assert len(shop.version) == 12
    assert int(shop.version, 16) >= 0
    laid_out_otherwise = TEXT.replace("aliases: [decision, pre-sale]", "aliases:\n      - decision\n      - pre-sale")
    assert Taxonomy.parse("# a comment\n" + laid_out_otherwise).version == shop.version


@pytest.mark.parametrize(
    ("old", "new"),
    [("Paying.", "Paying!"), ("[no screws]", "[no bolts]"), ("kind: recurring", "kind: progress")],
)
def test_other_content_has_another_version(shop: Taxonomy, old: str, new: str) -> None:
    assert Taxonomy.parse(TEXT.replace(old, new)).version != shop.version


def test_yaml_reads_back_as_the_same_taxonomy(shop: Taxonomy) -> None:
    again = Taxonomy.parse(shop.to_yaml())
    assert again == shop
    assert again.version == shop.version
    assert again.to_yaml() == shop.to_yaml()


def test_it_travels_to_workers_and_cannot_be_changed(shop: Taxonomy) -> None:
    again = pickle.loads(pickle.dumps(shop))
    assert again == shop
    assert again.implied(source="basket_survey") == {"buying": 1.0}
    assert hash(again) == hash(shop)
    with pytest.raises(dataclasses.FrozenInstanceError):
        shop.name = "Other"  # type: ignore[misc]


def test_a_file_is_loaded_with_or_without_a_byte_order_mark(shop: Taxonomy, tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig"):
        path = tmp_path / f"{encoding}.yaml"
        path.write_text(TEXT.replace("Paying.", "Zahlen für Süßes."), encoding=encoding)
        assert Taxonomy.load(path).stage("buying").description == "Zahlen für Süßes."


def test_a_template_is_parsed_once() -> None:
    assert Taxonomy.template("b2c") is Taxonomy.template("b2c")


def test_a_template_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(TaxonomyError, match=r"no template 'b2x'; did you mean b2[bc]"):
        Taxonomy.template("b2x")
    with pytest.raises(TaxonomyError, match=r"no template '\.\./x'; there are"):
        Taxonomy.template_text("../x")
