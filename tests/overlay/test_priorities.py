"""Priorities: gains are the what-if's own, the ranking does what its formula says, and the board holds every card."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchline.errors import QuestionError
from touchline.maps import Card, Lane, Map, Phase, Step
from touchline.maps.measured import CardMeasured, Measure, Overlay
from touchline.overlay.priorities import MOST, WEIGHT, board, pains, priorities
from touchline.overlay.values import Weighing
from touchline.questions import Local
from touchline.scores.base import Figure, Filters

LANES = (Lane("pain", "pains"), Lane("chance", "opportunities"), Lane("idea", "solutions"))
PHASES = (Phase("p", "P", (Step("wait", "Waits", "delivery"), Step("ask", "Asks", "support"), Step("free", "Free"))),)
NOW = Map(
    "now",
    "Now",
    phases=PHASES,
    lanes=LANES,
    cards=(
        Card("late", "pain", "wait", "Late", theme="late_delivery", severity="gives up"),
        Card("tell", "chance", "wait", "Tell first", addresses=("late",), effort=2, impact=1, desirability=5),
        Card("six", "idea", "free", "After six hours", addresses=("tell",), status="planned"),
        Card("odd", "chance", "wait", "Odd", theme="no_such_theme", impact=3, effort=1),
        Card("was", "chance", "ask", "Was done", theme="late_delivery", status="done"),
        Card("not", "chance", "ask", "Dropped", theme="late_delivery", status="dropped"),
        Card("bare", "chance", "free", "Nobody said anything"),
    ),
)
MEASURED = Overlay("now", cards={"late": CardMeasured("late", "strong", measure=Measure(20.0, 15.0, 25.0, 90, 80))})


@pytest.fixture(scope="module")
def found(local, taxonomy):
    return {one.card: one for one in priorities([NOW], local, taxonomy=taxonomy, overlays={"now": MEASURED})}


def test_gains_are_those_of_the_what_if(found, local):
    rows = {row["measure"]: row for row in local.whatif(stage="delivery", theme="late_delivery").to_dicts()}
    tell = found["tell"]
    assert (tell.stage, tell.themes, tell.basis) == ("delivery", ("late_delivery",), "measured")
    assert (tell.jsi.value, tell.jsi.low) == (rows["jsi"]["change"], rows["jsi"]["low"])
    assert tell.whole.value == rows["jsi_all"]["change"]
    if "lost" in rows and rows["lost"]["change"] is not None:
        assert tell.kept.value == -rows["lost"]["change"]
        assert tell.kept.low == -rows["lost"]["high"]
        assert tell.revenue.value == rows["revenue"]["change"]
    else:
        assert tell.note


def test_a_pain_weighs_by_severity_and_share_of_customers(found):
    (hit,) = found["tell"].pains
    assert (hit.card, hit.share.value, hit.weight) == ("late", 20.0, 40.0)
    assert (hit.step, hit.theme, hit.level, hit.answers) == ("wait", "late_delivery", "strong", ("tell", "six"))


@given(st.lists(st.tuples(st.sampled_from(["", *WEIGHT]), st.none() | st.floats(0, 100)), max_size=8))
def test_pains_come_by_what_they_weigh_and_unknown_ones_last(cells):
    cards = tuple(Card(f"c{at}", "pain", "wait", "x", severity=severity) for at, (severity, _) in enumerate(cells))
    seen = {f"c{at}": CardMeasured(f"c{at}", measure=Measure(share)) for at, (_, share) in enumerate(cells)}
    found = pains([replace(NOW, cards=cards)], {"now": Overlay("now", cards=seen)})
    assert sorted(one.card for one in found) == sorted(card.id for card in cards)
    known = [one.weight for one in found if one.weight is not None]
    assert known == sorted(known, reverse=True)
    assert [one.weight is None for one in found] == sorted(one.weight is None for one in found)


def test_a_solution_has_the_pains_and_themes_of_its_opportunity_and_stands_under_it(found):
    six = found["six"]
    assert (six.under, six.themes, six.stage) == ("tell", ("late_delivery",), "delivery")
    assert six.whole == found["tell"].whole


def test_a_theme_that_there_is_not_is_told_and_belief_counts_instead(found):
    odd = found["odd"]
    assert (odd.basis, odd.whole.value) == ("believed", None)
    assert "no_such_theme" in odd.note
    assert odd.score == pytest.approx(100 * 0.5 * 3 / 5)


def test_what_is_done_or_bare_has_no_rank_and_what_is_dropped_is_left_out(found):
    assert (found["was"].rank, found["was"].score, found["bare"].rank) == (0, None, 0)
    assert "not" not in found
    ranks = [one.rank for one in found.values() if one.rank]
    assert ranks == list(range(1, len(ranks) + 1))


def test_the_score_is_the_formula_s(found):
    tell = found["tell"]
    assert tell.value == pytest.approx((2 * 1.0 + 1 * 1.0 + 1 * 5 / 5) / 4)
    assert tell.score == pytest.approx(100 * tell.value * 4 / 5)
    assert tell.quadrant == "quick win"


def test_the_board_holds_every_card_once(found):
    columns = board(found.values())
    assert list(columns) == ["idea", "planned", "doing", "done", "dropped"]
    assert [one.card for one in columns["planned"]] == ["six"]
    assert sorted(one.card for some in columns.values() for one in some) == sorted(found)


class Foretold:
    """Questions that know what-ifs only: points per theme."""

    def __init__(self, points):
        self.points, self.asked = points, []

    def whatif(self, filters, *, stage, theme):
        self.asked.append((stage, theme))
        if theme not in self.points:
            raise QuestionError(f"nobody raises {theme}")
        rows = [{"measure": "jsi_all", "change": self.points[theme], "low": 0.0, "high": 9.0, "n": 9, "customers": 9}]
        return Figure("whatif", pa.Table.from_pylist(rows), "", facts={"currency": None})


score = st.one_of(st.none(), st.integers(1, 5))


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.floats(-2, 9)), score, score, score, score, score), min_size=1, max_size=9
    ),
    st.floats(0.1, 3),
    st.floats(0.1, 3),
)
def test_what_brings_more_for_less_never_comes_later(taxonomy, cells, impact, fit):
    cards = tuple(
        Card(
            f"c{at}", "chance", "wait", "x", theme=f"t{at}", impact=believed, effort=effort, desirability=d,
            feasibility=f, viability=v,
        )
        for at, (_, believed, effort, d, f, v) in enumerate(cells)
    )  # fmt: skip
    asked = Foretold({f"t{at}": cell[0] for at, cell in enumerate(cells) if cell[0] is not None})
    found = priorities([replace(NOW, cards=cards)], asked, taxonomy=taxonomy, weighing=Weighing(impact=impact, fit=fit))
    ranked = [one for one in found if one.rank]
    assert [one.rank for one in ranked] == list(range(1, len(ranked) + 1))
    assert all(one.value is None or 0 <= one.value <= 1 for one in found)
    for one in ranked:
        for other in ranked:
            if one.whole.value is None or other.whole.value is None:
                continue
            same = (one.desirability, one.feasibility, one.viability) == (
                other.desirability, other.feasibility, other.viability,
            )  # fmt: skip
            if same and one.whole.value > other.whole.value + 1e-9 and (one.effort or 3) <= (other.effort or 3):
                assert one.score >= other.score - 1e-9


def test_each_what_if_is_asked_once_and_not_too_many(taxonomy):
    cards = tuple(Card(f"c{at}", "chance", "wait", "x", theme=f"t{at % 40}") for at in range(80))
    asked = Foretold({f"t{at}": 1.0 for at in range(40)})
    found = priorities([replace(NOW, cards=cards)], asked, taxonomy=taxonomy)
    assert len(asked.asked) == len(set(asked.asked)) == MOST
    assert len(found) == 80


def test_what_ifs_in_a_row_say_what_each_says_alone(local):
    vip = Filters(segments=(("tier", ("vip",)),))
    for filters, stage in ((Filters(), "delivery"), (Filters(), "support"), (vip, "delivery"), (Filters(), "delivery")):
        mine = local.whatif(filters, stage=stage, theme="late_delivery")
        alone = Local(local.workspace).whatif(filters, stage=stage, theme="late_delivery")
        assert mine.table.equals(alone.table)
        assert mine.facts == alone.facts
