"""Verbatims: the clause's words, short, telling, distinct, and always the same."""

from __future__ import annotations

from tests import oracles_b as oracle
from tests.worlds import MemoryWarehouse, Tables, make_world, replaced, rows

from touchline.scores.verbatims import verbatims

WAREHOUSE = MemoryWarehouse()
CELL = ("delivery", "late_delivery")


def test_words_are_cut_from_the_text_by_character() -> None:
    said = _said("🚚🚚 the parcel was five days late; über", start=3, end=34)
    assert _texts(said) == ["the parcel was five days late;"]


def test_telling_ones_come_first_from_the_shortest_then_the_shorter_ones() -> None:
    said = _said("late again", "my parcel arrived four days late", "never on time", "it came two days too late")
    assert _texts(said, per=4) == [
        "it came two days too late", "my parcel arrived four days late", "never on time", "late again",
    ]  # fmt: skip


def test_no_two_are_alike() -> None:
    said = _said(
        *["The parcel came far too late"] * 20,
        "the  parcel came far too LATE",
        "they lost it, then found it late",
    )
    assert _texts(said) == ["The parcel came far too late", "they lost it, then found it late"]


def test_many_equal_ones_do_not_crowd_out_the_next() -> None:
    said = _said(*["The parcel came far too late"] * 500, *["My order came a whole week late"] * 500)
    assert _texts(said) == ["The parcel came far too late", "My order came a whole week late"]


def test_any_order_of_rows_gives_the_same() -> None:
    said = _said(*(f"it was late by {i:>3} days in the end" for i in range(90)))
    assert _texts(oracle.shuffled(said, 1)) == _texts(said)
    assert len(_texts(said)) == 3


def test_nothing_is_asked_for_nothing() -> None:
    before = WAREHOUSE.queries
    assert verbatims(WAREHOUSE, (), lambda: WAREHOUSE.table("mentions"), [], 3) == {}
    assert verbatims(WAREHOUSE, (), lambda: WAREHOUSE.table("mentions"), [CELL], 0) == {}
    assert WAREHOUSE.queries == before


def test_a_cell_without_words_is_absent() -> None:
    WAREHOUSE.put(_said("it came two days too late"))
    found = verbatims(WAREHOUSE, (), lambda: WAREHOUSE.table("mentions"), [CELL, ("use", "price")], 3)
    assert found.keys() == {CELL}
    assert found[CELL][0].keys() == {
        "text",
        "interaction_id",
        "channel",
        "sentiment",
        "emotion",
        "occurred_at",
    }


def _texts(said: Tables, per: int = 3) -> list[str]:
    WAREHOUSE.put(said)
    found = verbatims(WAREHOUSE, (), lambda: WAREHOUSE.table("mentions"), [CELL], per)
    return [row["text"] for row in found[CELL]]


def _said(*texts: str, start: int = 0, end: int | None = None) -> Tables:
    """A world in which each text holds one clause about a late delivery."""
    tables = make_world(1, conversations=60)
    mention, interaction = rows(tables, "mentions")[0], rows(tables, "interactions")[0]
    mentions, interactions = [], []
    for i, text in enumerate(texts):
        here = {"interaction_id": f"v{i}", "stage": CELL[0], "theme": CELL[1], "sentiment": -1}
        mentions.append({**mention, **here, "mention": 0, "start": start, "end": end or len(text)})
        interactions.append({**interaction, "interaction_id": f"v{i}", "text": text})
    return replaced(replaced(tables, "mentions", mentions), "interactions", interactions)
