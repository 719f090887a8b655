"""What was learnt of cards that are done: the change is the analytics' own, and nothing is told too early."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from touchline.maps import Card, Lane, Map, Phase, Step
from touchline.maps.measured import Measure
from touchline.overlay.learning import DAYS, learned
from touchline.overlay.values import Priority
from touchline.scores.base import Filters
from touchline.sequences.proportions import newcombe

MAP = Map(
    "now",
    "Now",
    phases=(
        Phase("p", "P", (Step("wait", "Waits", "delivery"), Step("door", "Door", "delivery", "courier_delivery"))),
    ),
    lanes=(Lane("chance", "opportunities"), Lane("pain", "pains")),
)


@pytest.fixture(scope="module")
def middle(local):
    first, last = local.span()
    return first + (last - first) / 2


def card(day, **more):
    return Card("c", "chance", more.pop("step", "wait"), "Tell first", status="done", done=day, **more)


def ask(local, taxonomy, *cards, **more):
    return learned([replace(MAP, cards=cards)], local, taxonomy=taxonomy, **more)


def sides(day, **more):
    before = Filters(since=day - timedelta(days=DAYS), until=day - timedelta(days=1), **more)
    return before, Filters(since=day, until=day + timedelta(days=DAYS - 1), **more)


def test_a_change_of_the_jsi_is_that_of_the_stages(local, taxonomy, middle):
    (found,) = ask(local, taxonomy, card(middle))
    before, after = sides(middle)
    figure = local.stages(after, previous=before)
    row = next(one for one in figure.to_dicts() if one["stage"] == "delivery")
    assert (found.after.value, found.after.n, found.change.value, found.p) == (
        row["jsi"], row["n"], row["change"], row["p"],
    )  # fmt: skip
    assert found.before.value == pytest.approx(row["previous_jsi"])
    assert found.rest.value == figure.facts["jsi_change"]
    assert found.days == DAYS


def test_a_touchpoint_is_compared_by_itself(local, taxonomy, middle):
    (found,) = ask(local, taxonomy, card(middle, step="door"))
    _, after = sides(middle, stages=("delivery",), touchpoints=("courier_delivery",))
    row = next(one for one in local.stages(after).to_dicts() if one["stage"] == "delivery")
    assert (found.after.n, found.after.value) == (row["n"], row["jsi"])


def test_another_metric_is_compared_by_its_intervals(local, taxonomy, middle):
    (found,) = ask(local, taxonomy, card(middle, metric="csat"))
    _, after = sides(middle)
    row = next(one for one in local.stages(after).to_dicts() if one["stage"] == "delivery")
    assert (found.metric, found.after.value, found.after.n) == ("csat", row["csat"], row["csat_n"])
    assert found.change.low < found.change.value < found.change.high
    assert (found.change.low > 0 or found.change.high < 0) == (found.p < 0.05)


def test_the_theme_s_share_is_counted_beside(local, taxonomy, middle):
    first, second = ask(local, taxonomy, card(middle, theme="late_delivery"))
    assert (first.metric, second.metric) == ("jsi", "theme")
    hits = []
    for side, total in zip(sides(middle, stages=("delivery",)), (second.before.n, second.after.n), strict=True):
        rows = local.jsi(replace(side, themes=("late_delivery",)), by="all").to_dicts()
        hits.append((rows[0]["n"] if rows else 0, total))
    change, low, high, p = newcombe(*hits[1], *hits[0])
    assert second.change.value == pytest.approx(100 * float(change))
    assert (second.change.low, second.change.high) == pytest.approx((100 * float(low), 100 * float(high)))
    assert second.p == pytest.approx(float(p))
    if second.outcome == "better":
        assert second.change.value < 0


def test_nothing_is_told_too_early_or_of_what_is_not_done_or_not_bound(local, taxonomy):
    first, last = local.span()
    early = ask(local, taxonomy, card(last - timedelta(days=2)))[0]
    assert (early.outcome, early.change.value, early.days) == ("too early", None, 3)
    assert ask(local, taxonomy, card(last + timedelta(days=30)))[0].days == 0
    assert ask(local, taxonomy, card(first))[0].outcome == "too early"
    assert ask(local, taxonomy, replace(card(first), status="doing"), replace(card(None), id="d")) == ()
    free = replace(MAP, phases=(Phase("p", "P", (Step("wait", "Waits"),)),), cards=(card(last),))
    assert learned([free], local, taxonomy=taxonomy) == ()


def test_fewer_days_are_compared_where_fewer_have_passed(local, taxonomy):
    _, last = local.span()
    (found,) = ask(local, taxonomy, card(last - timedelta(days=19)))
    assert found.days == 20


def test_what_was_foretold_stands_beside(local, taxonomy, middle):
    promised = Priority("now", "c", "Tell first", jsi=Measure(3.5))
    (found,) = ask(local, taxonomy, card(middle), foretold=[promised])
    assert found.foretold == 3.5
