"""What was planted can be found again in the truth, with margins far beyond chance."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from touchline.simulation import simulate
from touchline.simulation.seasons import seasons
from touchline.simulation.tables import Block

WORLD = simulate(12_000, seed=4)


@pytest.fixture(scope="module")
def blocks() -> list[Block]:
    return list(WORLD.blocks())


@pytest.fixture(scope="module")
def felt(blocks: list[Block]) -> pa.Table:
    """Stage, sentiment, segments and day of everything that was felt."""
    interactions = pa.concat_tables(block.interactions for block in blocks)
    truth = pa.concat_tables(block.truth for block in blocks)
    attributes = interactions.column("attributes")
    start = datetime.combine(WORLD.story.start, datetime.min.time(), UTC)
    since = pc.subtract(interactions.column("occurred_at"), pa.scalar(start, pa.timestamp("us", tz="UTC")))
    table = pa.table(
        {
            "stage": truth.column("stage"),
            "sentiment": truth.column("sentiment"),
            "day": pa.array(since.cast(pa.int64()).to_numpy() / 86_400e6),
            **{name: pc.map_lookup(attributes, name, "first") for name in ("tier", "region", "tenure")},
        }
    )
    return table.filter(pc.is_valid(table.column("sentiment")))


def jsi(felt: pa.Table, since: float = 0.0, until: float = 365.0, **equal: str) -> float:
    """50 (1 + mean s) over the rows of a segment between two days."""
    chosen = pc.and_(pc.greater_equal(felt.column("day"), since), pc.less(felt.column("day"), until))
    for name, value in equal.items():
        chosen = pc.and_(chosen, pc.equal(felt.column(name), value))
    sentiment = felt.filter(chosen).column("sentiment").to_numpy()
    assert len(sentiment) >= 50
    return 50.0 * (1.0 + sentiment.mean())


def test_delivery_hurts_most_and_support_second(felt: pa.Table) -> None:
    by_stage = {stage: jsi(felt, stage=stage) for stage in pc.unique(felt.column("stage")).to_pylist()}
    worst = sorted(by_stage, key=by_stage.__getitem__)
    assert worst[:2] == ["delivery", "support"]
    assert by_stage[worst[1]] < by_stage[worst[2]] - 5
    assert max(by_stage, key=by_stage.__getitem__) == "advocacy"


def test_the_strike_hits_delivery_in_apac_and_nowhere_else(felt: pa.Table) -> None:
    begins = WORLD.story.strike_day + 4
    fall = {
        region: jsi(felt, begins, stage="delivery", region=region)
        - jsi(felt, until=WORLD.story.strike_day, stage="delivery", region=region)
        for region in ("emea", "americas", "apac")
    }
    assert fall["apac"] < -15
    assert abs(fall["emea"]) < 5
    assert abs(fall["americas"]) < 5
    assert abs(jsi(felt, begins, stage="usage", region="apac") - jsi(felt, stage="usage", region="apac")) < 8


def test_apac_delivery_is_the_worst_cell_of_stage_and_region(felt: pa.Table) -> None:
    cells = {
        (stage, region): jsi(felt, stage=stage, region=region)
        for stage in pc.unique(felt.column("stage")).to_pylist()
        for region in ("emea", "americas", "apac")
    }
    assert min(cells, key=cells.__getitem__) == ("delivery", "apac")


def test_onboarding_improves_with_the_new_activation_and_purchase_does_not(felt: pa.Table) -> None:
    middle = WORLD.story.activation_day
    lift = jsi(felt, middle, stage="onboarding") - jsi(felt, until=middle, stage="onboarding")
    assert lift > 15
    assert abs(jsi(felt, middle, stage="purchase") - jsi(felt, until=middle, stage="purchase")) < 4


def test_onboarding_is_bad_for_new_customers_worst_in_the_americas(felt: pa.Table) -> None:
    new, old = (jsi(felt, stage="onboarding", tenure=tenure) for tenure in ("new", "returning"))
    assert new < old - 8
    assert jsi(felt, stage="onboarding", tenure="new", region="americas") < new - 6


def test_vips_are_happier(felt: pa.Table) -> None:
    assert jsi(felt, tier="vip") > jsi(felt, tier="standard") + 2


def test_delivery_incidents_resurface_in_support_days_later_with_the_same_customer_and_theme(
    blocks: list[Block],
) -> None:
    incidents = pa.concat_tables(block.incidents for block in blocks)
    truth = {row["interaction_id"]: row for b in blocks for row in b.truth.to_pylist() if row["incident"]}
    late = incidents.filter(pc.equal(incidents.column("theme"), "late_delivery")).to_pylist()
    back = [row for row in late if row["resurfaced_in"] is not None]
    assert 0.33 < len(back) / len(late) < 0.45
    for row in back:
        contact = truth[row["resurfaced_in"]]
        assert contact["customer_ref"] == row["customer_ref"]
        assert (contact["stage"], contact["theme"], contact["incident"]) == (
            "support",
            row["theme"],
            row["incident"],
        )
        assert row["resurfaced_at"] >= row["occurred_at"]
    days = [(row["resurfaced_at"] - row["occurred_at"]) / timedelta(days=1) for row in back]
    assert 2 < np.median(days) < 4


def test_incidents_hurt(blocks: list[Block]) -> None:
    truth = pa.concat_tables(block.truth for block in blocks)
    delivery = truth.filter(
        pc.and_(pc.equal(truth.column("stage"), "delivery"), pc.is_valid(truth.column("sentiment")))
    )
    struck = pc.is_valid(delivery.column("incident"))
    with_one, without = (
        pc.mean(delivery.filter(mask).column("satisfaction")).as_py() for mask in (struck, pc.invert(struck))
    )
    assert with_one < without - 1.0


def test_the_unhappy_leave_and_spend_less(blocks: list[Block]) -> None:
    customers = pa.concat_tables(block.customers for block in blocks)
    mood, churned, revenue = (
        customers.column(name).to_numpy(zero_copy_only=False) for name in ("satisfaction", "churned", "revenue")
    )
    unhappy, happy = mood < np.quantile(mood, 0.25), mood > np.quantile(mood, 0.75)
    assert churned[unhappy].mean() > 2 * churned[happy].mean()
    assert revenue[unhappy].mean() < revenue[happy].mean()


def test_the_mood_is_carried_from_stage_to_stage(blocks: list[Block]) -> None:
    table = pa.concat_tables(block.truth for block in blocks)
    felt: dict[str, dict[str, float]] = {}
    for row in table.select(["customer_ref", "moment", "satisfaction"]).to_pylist():
        if row["moment"] in ("post_purchase_survey", "product_review"):
            felt.setdefault(row["customer_ref"], {})[row["moment"]] = row["satisfaction"]
    both = np.array([list(f.values()) for f in felt.values() if len(f) == 2])
    assert len(both) > 300
    assert np.corrcoef(both.T)[0, 1] > 0.15


def test_weekends_and_summers_are_quiet(blocks: list[Block]) -> None:
    interactions = pa.concat_tables(block.interactions for block in blocks)
    tickets = interactions.filter(pc.is_in(interactions.column("kind"), pa.array(["ticket", "call"])))
    days = np.bincount(pc.day_of_week(tickets.column("occurred_at")).to_numpy(), minlength=7)
    assert days[5:].max() < 0.75 * days[:5].min()
    # On the calendar itself: in the world, how many customers are there at a time also counts.
    calendar = seasons(date(2025, 11, 1), 365)
    daily = np.diff(calendar.busy[:366])
    assert daily[:61].mean() > 1.4 * daily[242:304].mean()


def test_plans_never_go_back_in_time() -> None:
    calendar = seasons(date(2026, 1, 1), 100)
    rng = np.random.default_rng(0)
    at, wait = rng.uniform(0, 100, 1000), rng.uniform(0, 30, 1000)
    assert (calendar.later(at, wait) >= at).all()
    moved = calendar.awake(at, rng.integers(0, 3, 1000))
    assert (moved >= at).all()
    assert (moved - at < 0.3).all()


def test_a_renewal_hangs_on_what_the_customer_lived_through_before(blocks: list[Block]) -> None:
    """Those who went complained more often over the months before the last one than those who stayed."""
    unhappy: dict[bool, list[bool]] = {True: [], False: []}
    for block in blocks:
        event = block.interactions.column("event").to_pylist()
        at = block.interactions.column("occurred_at").cast(pa.int64()).to_numpy() / 86_400e6
        who = block.interactions.column("customer_ref").to_pylist()
        felt = block.truth.column("sentiment").to_pylist()
        said: dict[str, list[tuple[float, int]]] = {}
        for ref, day, sentiment in zip(who, at.tolist(), felt, strict=True):
            if sentiment is not None:
                said.setdefault(ref, []).append((day, sentiment))
        for ref, day, name in zip(who, at.tolist(), event, strict=True):
            if name in ("renewed", "cancelled"):
                before = [s for when, s in said.get(ref, ()) if day - 210 < when < day - 30]
                if before:
                    unhappy[name == "cancelled"].append(sum(before) < 0)
    gone, stayed = (np.mean(unhappy[lost]) for lost in (True, False))
    assert min(len(unhappy[True]), len(unhappy[False])) > 300
    assert gone > stayed + 0.15
    share = len(unhappy[False]) / (len(unhappy[False]) + len(unhappy[True]))
    assert 0.78 < share < 0.88
