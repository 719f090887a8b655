"""Each kind's own rules: what is taken, what is left, what the settings change."""

from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints

import pyarrow as pa
import pytest

from touchline.errors import SettingsError
from touchline.privacy import names, redact, redact_text, redact_together, version
from touchline.settings import Privacy, Settings

LEFT = (
    "I paid 1 234 567 and got 12 345 678 points",
    "Order 123456789, 529982247 and 078051120 are late",
    "PO 4500-8812 was confirmed for 6 May",
    "seat 12 C, flight LH 1234, gate A12 at 07:45",
    "2 bed terrace, 5 miles down the road, 45 minutes up the street",
    "I waited 3 hours on the road, 10 minute drive",
    "Platz 3 im Test, Sitzplatz 23, Gleis 12",
    "via DHL 3 days, plaza 5 times",
    "https://shop.example/shoes/red-running-shoes-2026?page=2&utm_source=mail",
    "look at example.com or at the shop dot",
    "@ann told @bob that 10/10 is 100 %",
    "between 10:20:30 and 11:45:00, 3:2:1",
    "code 4111 1111 1111 1112 was refused",
    "5 stars, 24/7, 50-60 people, 2019-2021, 0.5 %, 3x, 4k, 1080p",
)


@pytest.mark.parametrize("text", LEFT)
def test_what_is_not_personal_is_left(text):
    assert redact_text(text) == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("my card 4111 1111 1111 1112 was refused", "my card [CARD_1] was refused"),  # mistyped, and still a card
        ("SSN 078-05-1120 / 078-05-1120", "SSN [ID_1] / [ID_1]"),
        ("SIN 046454286", "SIN [ID_1]"),
        ("passport no. X1234567, gate 4", "passport no. [ID_1], gate 4"),
        ("I live at Flat 3, 12 High Street, Leeds LS1 4AB now", "I live at [ADDRESS_1] now"),
        ("984 hudson street chelsea ma 02150", "[ADDRESS_1]"),
        ("Am Hang, Lindenstraße 12a, 10115 Berlin!", "Am Hang, [ADDRESS_1]!"),
        ("ann (at) example (dot) org, ann at example dot org", "[EMAIL_1], [EMAIL_1]"),
        ("٠٥٥٦٦٢١٢٩٧", "[PHONE_1]"),
        ("020\u00a07946\u20110958", "[PHONE_1]"),
        ("+44 20 7946 0958 or 020 7946 0958", "[PHONE_1] or [PHONE_2]"),
    ],
)
def test_what_is_personal_is_taken(text, clean):
    assert redact_text(text) == clean


def test_order_numbers_stay_unless_they_are_asked_for():
    text = "Order no. 4471-882, account 00123456, since 2026"
    assert redact_text(text) == text
    assert redact_text(text, rules=Privacy(orders=True)) == "Order no. [ORDER_1], account [ORDER_2], since 2026"


def test_patterns_take_a_companys_own_numbers_and_never_a_placeholder():
    rules = Privacy(patterns=("[A-Z]+_[0-9]+", "loc-[a-z]+"))
    assert redact_text("a@b.org ABC_12 loc-x", rules=rules) == "[EMAIL_1] [ORDER_1] [ORDER_2]"
    assert redact(pa.array(["loc-x", "fine"]), rules)[0].to_pylist() == ["[ORDER_1]", "fine"]


def test_regions_find_numbers_without_gaps():
    text = "4155550132 is free"
    assert redact_text(text) == text
    assert redact_text("2125550132", rules=Privacy(regions=("US",))) == "[PHONE_1]"
    assert redact_text("order 2125550132", rules=Privacy(regions=("US",))) == "order 2125550132"


def test_kinds_can_be_left():
    rules = Privacy(leave=("ip", "email"))
    assert redact_text("a@b.org 10.0.0.7 +44 20 7946 0958", rules=rules) == "a@b.org 10.0.0.7 [PHONE_1]"
    assert version(rules) == f"{version()}-email-ip"


def test_texts_of_one_interaction_share_their_numbers():
    assert redact_together(["[EMAIL_1] and a@b.org", "c@d.org", "A@b.org"]) == [
        "[EMAIL_1] and [EMAIL_2]", "[EMAIL_3]", "[EMAIL_2]",
    ]  # fmt: skip


def capitals(_):
    """Make a finder that takes "Ann Smith" for a name."""

    def find(texts):
        for text in texts:
            start = text.find("Ann Smith")
            yield [(start, start + 9)] if start >= 0 else []

    return find


@pytest.fixture
def finder(monkeypatch):
    names.load_names.cache_clear()
    point = EntryPoint("capitals", f"{__name__}:capitals", names.GROUP)
    monkeypatch.setattr(EntryPoint, "load", lambda _: capitals)
    monkeypatch.setattr(names, "entry_points", lambda group: EntryPoints([point] if group == names.GROUP else []))
    yield
    names.load_names.cache_clear()


@pytest.mark.usefixtures("finder")
def test_a_plugged_in_finder_takes_names_in_every_text():
    texts = pa.array(["Ann Smith was rude, write to a@b.org", None, "fine", "I am Ann Smith"])
    clean, counts = redact(texts, Privacy(names="capitals"))
    assert clean.to_pylist() == ["[NAME_1] was rude, write to [EMAIL_1]", None, "fine", "I am [NAME_1]"]
    assert counts["name"] == 2
    with pytest.raises(SettingsError, match="no finder of names 'spacy'"):
        redact(texts, Privacy(names="spacy"))


def test_spacy_is_told_apart_from_its_model(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "spacy", None)
    with pytest.raises(SettingsError, match="spaCy is not installed") as caught:
        names.spacy_finder("")
    assert "pip install touchline[names]" in str(caught.value)


def test_a_spacy_model_finds_names(tmp_path):
    spacy = pytest.importorskip("spacy")
    nlp = spacy.blank("en")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "PERSON", "pattern": "Ann Smith"}])
    nlp.to_disk(tmp_path / "model")
    find = names.spacy_finder(str(tmp_path / "model"))
    assert [list(spans) for spans in find(["Ask Ann Smith.", "nobody"])] == [[(4, 13)], []]
    with pytest.raises(SettingsError, match="no spaCy model 'absent'"):
        names.spacy_finder("absent")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("patterns = ['(']", "is no regular expression"),
        ("patterns = ['x*']", "also matches nothing"),
        ("regions = ['uk1']", "is no country"),
        ("leave = ['order']", "is not known"),
        ("order = true", "did you mean 'orders'"),
    ],
)
def test_wrong_settings_are_told(line, told):
    with pytest.raises(SettingsError, match=told):
        Settings.parse(f"[privacy]\n{line}")
