"""Filters: checked, then applied."""

from __future__ import annotations

from datetime import date

import pytest
from tests.worlds import TAXONOMY, MemoryWarehouse, make_world, rows

from touchline.errors import QuestionError
from touchline.scores.base import Filters
from touchline.scores.filtering import filtered, resolve

WORLD = make_world(5, conversations=150)


@pytest.fixture(scope="module")
def warehouse() -> MemoryWarehouse:
    return MemoryWarehouse(WORLD)


def test_an_alias_becomes_its_stage(warehouse: MemoryWarehouse) -> None:
    assert resolve(warehouse, TAXONOMY, Filters(stages=("Decision", "UNASSIGNED"))).stages == (
        "purchase",
        "unassigned",
    )


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        (Filters(stages=("delivry",)), r"no stage 'delivry'; did you mean 'delivery'\? There are: awareness"),
        (
            Filters(channels=("emial",)),
            r"no channel 'emial'; did you mean 'email'\? There are: email, phone, web",
        ),
        (Filters(segments=(("teir", ("vip",)),)), r"no segment 'teir'; did you mean 'tier'\?"),
        (
            Filters(segments=(("tier", ("vp",)),)),
            r"no value of the segment 'tier' 'vp'; did you mean 'vip'\?",
        ),
        (Filters(themes=("prise",)), r"no theme 'prise'; did you mean 'price'\?"),
        (Filters(since=date(2026, 2, 1), until=date(2026, 1, 1)), "ends on 2026-01-01, before it begins"),
    ],
)
def test_what_does_not_exist_is_told(warehouse: MemoryWarehouse, filters: Filters, message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        resolve(warehouse, TAXONOMY, filters)


def test_a_theme_of_the_taxonomy_may_be_absent_from_the_data() -> None:
    empty = MemoryWarehouse(make_world(conversations=0))
    assert resolve(empty, TAXONOMY, Filters(themes=("price",))).themes == ("price",)
    with pytest.raises(QuestionError, match="There is none in the data"):
        resolve(empty, TAXONOMY, Filters(channels=("email",)))


def test_answers_and_mentions_follow_their_touch(warehouse: MemoryWarehouse) -> None:
    """Answers know neither method nor theme, mentions no method: their conversation's touch decides."""
    filters = Filters(methods=("survey",), themes=("price",))
    touches = {
        (row["conversation_key"], row["stage"])
        for row in rows(WORLD, "touches")
        if row["method"] == "survey" and row["theme"] == "price"
    }
    got = warehouse.ask(("answers",), lambda: filtered(warehouse, "answers", filters)).to_pylist()
    wanted = [r for r in rows(WORLD, "answers") if (r["conversation_key"], r["stage"]) in touches]
    assert wanted
    order = lambda r: (r["interaction_id"], r["question"])  # noqa: E731
    assert sorted(got, key=order) == sorted(wanted, key=order)
    survey = {(r["conversation_key"], r["stage"]) for r in rows(WORLD, "touches") if r["method"] == "survey"}
    got = warehouse.ask(("mentions",), lambda: filtered(warehouse, "mentions", filters)).to_pylist()
    wanted = [
        r for r in rows(WORLD, "mentions") if r["theme"] == "price" and (r["conversation_key"], r["stage"]) in survey
    ]
    assert wanted
    assert len(got) == len(wanted)
