"""The published schema is current, allows every map that ships or is written, and refuses what reading refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from tests.maps.strategies import maps

from touchline.maps import Map, library
from touchline.maps.checking import check
from touchline.maps.plain import to_plain
from touchline.maps.reading import examine
from touchline.maps.schema import schema
from touchline.maps.writing import write

jsonschema_rs = pytest.importorskip("jsonschema_rs")
ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "src/touchline/maps").glob("templates/*.yaml")) + sorted(
    (ROOT / "src/touchline/maps").glob("examples/*.yaml")
)
VALID = jsonschema_rs.Draft202012Validator(schema(), validate_formats=True)


def _json(text):
    """What a program that knows YAML 1.2 hands to a validator: days are texts."""
    return json.loads(json.dumps(yaml.safe_load(text), default=str))


def test_the_published_schema_is_current():
    published = ROOT / "docs/maps.schema.json"
    assert json.loads(published.read_text(encoding="utf-8")) == schema(), (
        "run `touchline maps schema > docs/maps.schema.json`"
    )


def test_it_is_a_schema():
    jsonschema_rs.Draft202012Validator({"$ref": "https://json-schema.org/draft/2020-12/schema"}).validate(schema())
    for of in ("card", "step"):
        for name, one in schema()["$defs"][of]["properties"].items():
            assert one.get("description") or name in ("id",), f"{of}.{name} is told nowhere"


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_ships_is_valid_and_sound(path):
    text = path.read_text(encoding="utf-8")
    VALID.validate(_json(text))
    found = examine(text, path.name)
    assert found.map is not None, found.problems
    assert [str(fault) for fault in check(found.map) if fault.level == "wrong"] == []
    VALID.validate(_json(write(found.map)))
    VALID.validate(to_plain(found.map))


def test_there_are_files_to_check():
    assert len(FILES) >= len(library.templates()) + len(library.examples()) > 12


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(maps())
def test_what_is_sound_is_valid(one):
    wrong = [fault for fault in check(one) if fault.level == "wrong" and fault.key not in ("status", "metric")]
    if not wrong:
        VALID.validate(_json(write(one)))


@pytest.mark.parametrize(
    "text",
    [
        "{lanes: []}",
        "{name: A, colour: red}",
        "{name: A, kind: wall}",
        "{name: A, phases: [{steps: []}]}",
        "{name: A, phases: [{name: P, steps: [{name: S, cards: [a]}]}]}",
        "{name: A, phases: [{name: P, steps: [{name: S, cards: {pains: [{text: T, effort: big}]}}]}]}",
        "{name: A, phases: [{name: P, steps: [{name: S, cards: {pains: {due: soon}}}]}]}",
        "{name: A, phases: [{name: P, steps: [{name: S, believed: good}]}]}",
        "{name: A, routes: [{start: a}]}",
        "{name: A, stakeholders: [{group: company}]}",
        "{name: A, cards: [{text: loose}]}",
    ],
)
def test_what_reading_refuses_is_not_valid(text):
    assert examine(text).problems
    assert not VALID.is_valid(_json(text))


def test_short_forms_are_valid():
    VALID.validate(
        _json("{name: A, personas: Nora, lanes: [pains], phases: [P, {name: Q, steps: [S, {name: T, believed: 6}]}]}")
    )
    VALID.validate(to_plain(Map("a", "A")))
