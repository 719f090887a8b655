"""Recipes: the ten that ship, what is refused and how, and what an effect is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import InputError
from touchline.server.plays.effect import means, shares
from touchline.server.plays.messages import drafted
from touchline.server.plays.recipe import NAMES, read, ready
from touchline.server.plays.triggers import held_out
from touchline.vocabulary.taxonomy import Taxonomy

from .conftest import YAML


def test_eleven_plays_are_ready_and_name_stages_that_there_are() -> None:
    stages = {stage.id for stage in Taxonomy.template("b2c").stages}
    found = ready()
    assert len(found) == 11
    for name, (_, said) in found.items():
        assert name == said.slug
        assert set(said.trigger.stages) | ({said.stage} if said.stage else set()) <= stages
        assert said.allowed is not None
        for _message, texts in said.messages:
            assert {language for language, _text in texts} == {"en", "de", "es"}
    triggers = {said.trigger.on for _, said in found.values()}
    assert triggers >= {"answer", "severe", "jsi_below", "jsi_falls", "gate", "journey"}
    assert found["safety-first"][1].hold_out == 0  # nobody in danger is held out
    detractors = found["detractor-recovery"][1]
    assert [str(step.within) for step in detractors.steps] == [
        "4 clock hours", "24 clock hours", "48 clock hours", "168 clock hours",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("on: answer", "on: full moon", "trigger: on"),
        ("within: 4 clock hours", "within: 4 h", "does not say which hours"),
        ("within: 4 clock hours", "within: soon", "does not say which hours"),
        ("message: sorry", "message: nothing", "no message 'nothing'"),
        ("{stage}. {company}", "{customer}", "cannot name {customer}"),
        ("hold_out: 0", "hold_out: 0.9", "0 to 0.5"),
        ("play: win-back", "play: Win Back", "no name of a play"),
        ("{by: round robin}", "{by: segment}", "which value of which segment"),
        ("do: call", "do: dance", "'dance'"),
        ("priority: high", "prio: high", "no 'prio' here"),
        ("{do: resolve, within", "{do: resolve, message: sorry, within", "tells the customer nothing"),
        ("name: Win them back", "name: &a x\nabout: *a", "refers to no other place"),
        ("name: Win them back", "name: [", "no YAML"),
    ],
)
def test_what_cannot_be_used_is_refused_with_where_and_what_to_do(before: str, after: str, told: str) -> None:
    assert read(YAML).slug == "win-back"
    assert before in YAML
    with pytest.raises(InputError) as found:
        read(YAML.replace(before, after, 1))
    assert told in str(found.value)
    assert found.value.where
    assert found.value.todo


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
))  # fmt: skip
def test_whatever_is_said_is_used_or_refused(said: object) -> None:
    import contextlib
    import json

    with contextlib.suppress(InputError):
        read(json.dumps({"play": "x", "name": "x", "trigger": {"on": "gate"}, "steps": said, "messages": said}))


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=20)))
def test_what_a_customer_said_fills_no_further_place(values: dict[str, str]) -> None:
    found = drafted("Hello {stage} {owner}", values)
    assert found.split() == f"Hello {values.get('stage', '')} {values.get('owner', '')}".replace(", ", "", 0).split()


@given(st.binary(min_size=1, max_size=32), st.integers(-(2**63), 2**63 - 1), st.floats(0, 0.5), st.floats(0, 0.5))
def test_who_is_held_out_stays_so_when_the_share_grows(key: bytes, person: int, a: float, b: float) -> None:
    small, large = sorted((a, b))
    assert held_out(key, "x", person, small) <= held_out(key, "x", person, large)
    assert not held_out(key, "x", person, 0.0)


def test_an_effect_that_is_there_is_found_and_none_is_not_claimed() -> None:
    draw = np.random.default_rng(7)
    covered = wrong = 0
    for _ in range(300):
        found = shares(list(draw.random(300) < 0.6), list(draw.random(60) < 0.5)).difference
        assert found.low is not None and found.high is not None  # noqa: PT018
        covered += found.low <= 0.1 <= found.high
        same = means(list(draw.normal(3, 9, 120)), list(draw.normal(3, 9, 20))).difference
        assert same.low is not None and same.high is not None  # noqa: PT018
        wrong += not same.low <= 0 <= same.high
    assert covered / 300 > 0.92
    assert wrong / 300 < 0.09
    assert shares([True] * 100, [False] * 4).difference.value is None  # too few to say
