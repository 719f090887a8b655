"""A world is the same for the same recipe, fits the schema, and every customer's life makes sense."""

import time
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchline.errors import InputError
from touchline.simulation import World, simulate, verbatims
from touchline.simulation.moments import MOMENTS
from touchline.simulation.tables import Block
from touchline.simulation.truth import CUSTOMERS, INCIDENT, TRUTH
from touchline.simulation.world import CHUNK_ROWS
from touchline.vocabulary.schemas import (
    AUTHORS,
    KINDS,
    PURPOSES,
    RAW_INTERACTIONS,
    ROLES,
    SCORE_KINDS,
    validate,
)
from touchline.vocabulary.taxonomy import Taxonomy


@pytest.fixture(scope="module")
def blocks() -> list[Block]:
    return list(simulate(5_000, seed=11).blocks())


@pytest.fixture(scope="module")
def interactions(blocks: list[Block]) -> pa.Table:
    return pa.concat_tables(block.interactions for block in blocks).combine_chunks()


@pytest.fixture(scope="module")
def truth(blocks: list[Block]) -> pa.Table:
    return pa.concat_tables(block.truth for block in blocks).combine_chunks()


def everything(world: World) -> list[pa.Table]:
    return [t for b in world.blocks() for t in (b.interactions, b.truth, b.customers, b.incidents)]


def test_equal_recipes_give_equal_worlds_and_other_seeds_other_ones() -> None:
    one, same, other = (everything(simulate(2_100, seed)) for seed in (5, 5, 6))
    assert all(a.equals(b) for a, b in zip(one, same, strict=True))
    assert not one[0].equals(other[0])


def test_a_larger_world_begins_with_the_smaller_one() -> None:
    small = pa.concat_tables(simulate(150, seed=3).interactions())
    large = pa.concat_tables(simulate(2_500, seed=3).interactions())
    assert large.slice(0, small.num_rows).equals(small)


@settings(max_examples=12, deadline=None)
@given(
    customers=st.integers(1, 3_000),
    seed=st.integers(0, 2**63),
    days=st.one_of(st.integers(1, 30), st.integers(200, 500)),
    start=st.dates(date(1990, 1, 1), date(2060, 1, 1)),
)
def test_any_recipe_works(customers: int, seed: int, days: int, start: date) -> None:
    world = simulate(customers, seed, start=start, days=days)
    seen: set[str] = set()
    for block in world.blocks():
        validate(block.interactions, RAW_INTERACTIONS)
        block.interactions.validate(full=True)
        assert block.truth.column("interaction_id").equals(block.interactions.column("interaction_id"))
        seen |= set(block.interactions.column("customer_ref").to_pylist())
        when = block.interactions.column("occurred_at")
        assert pc.min(when).as_py().date() >= start
        assert (pc.max(when).as_py().date() - start).days < days
    assert len(seen) == customers


@pytest.mark.parametrize(("customers", "seed", "days"), [(0, 1, 365), (1, -1, 365), (1, 1, 0)])
def test_an_impossible_recipe_is_refused(customers: int, seed: int, days: int) -> None:
    with pytest.raises(InputError, match="or more"):
        simulate(customers, seed, days=days)


def test_chunks_are_bounded_and_truth_runs_beside_them() -> None:
    world = simulate(4_500, seed=2)
    pairs = list(zip(world.interactions(), world.truth(), strict=True))
    assert all(0 < chunk.num_rows <= CHUNK_ROWS for chunk, _ in pairs)
    assert all(chunk.column("interaction_id").equals(beside.column("interaction_id")) for chunk, beside in pairs)


def test_every_table_has_its_schema(blocks: list[Block]) -> None:
    for block in blocks:
        validate(block.interactions, RAW_INTERACTIONS)
        assert (block.truth.schema, block.customers.schema, block.incidents.schema) == (
            TRUTH,
            CUSTOMERS,
            INCIDENT,
        )


def test_values_are_words_of_the_vocabulary(interactions: pa.Table) -> None:
    def values(column: str) -> set[str]:
        return set(pc.unique(interactions.column(column)).to_pylist()) - {None}

    taxonomy = Taxonomy.template("b2c")
    assert values("kind") <= set(KINDS)
    assert values("author") == set(AUTHORS)
    assert values("purpose") <= set(PURPOSES)
    assert values("role") == set(ROLES)
    assert values("stage") <= set(taxonomy.ids)
    assert all(taxonomy.touchpoint(name) is not None for name in values("touchpoint"))
    answers = pc.list_flatten(interactions.column("answers")).combine_chunks()
    assert set(pc.unique(answers.field("kind")).to_pylist()) == {"nps", "csat", "ces", "rating"} < set(SCORE_KINDS)
    value, low, high = (answers.field(name).to_numpy() for name in ("value", "low", "high"))
    assert ((low <= value) & (value <= high)).all()


def test_events_put_customers_on_the_stage_that_the_template_says() -> None:
    taxonomy = Taxonomy.template("b2c")
    stage_of = {event: stage.id for stage in taxonomy.stages for event in stage.events}
    for moment in MOMENTS:
        if moment.event is not None and moment.stage != "support":
            assert stage_of[moment.event] == moment.stage


def test_ids_are_unique_and_customers_have_twenty_to_thirty_interactions(
    interactions: pa.Table,
) -> None:
    assert pc.count_distinct(interactions.column("interaction_id")).as_py() == interactions.num_rows
    assert 20 <= interactions.num_rows / 5_000 <= 30


def test_a_customers_rows_are_in_order_of_time(interactions: pa.Table) -> None:
    number = np.array([int(ref[1:]) for ref in interactions.column("customer_ref").to_pylist()])
    at = interactions.column("occurred_at").cast(pa.int64()).to_numpy()
    assert (np.diff(number) >= 0).all()
    assert (np.diff(at)[np.diff(number) == 0] >= 0).all()


def test_lives_are_coherent(interactions: pa.Table, blocks: list[Block]) -> None:
    customers = pa.concat_tables(block.customers for block in blocks)
    newcomers = set(customers.filter(customers.column("newcomer")).column("customer_ref").to_pylist())
    lives: dict[str, list[str]] = {}
    for ref, event in zip(*(interactions.column(c).to_pylist() for c in ("customer_ref", "event")), strict=True):
        if event is not None:
            lives.setdefault(ref, []).append(event)
    assert len(newcomers) > 1_000
    for ref, events in lives.items():
        assert events.count("account_created") <= 1
        for before, after in (
            ("order_placed", "order_shipped"),
            ("order_shipped", "parcel_delivered"),
            ("order_placed", "account_created"),
            ("account_created", "account_activated"),
            ("order_placed", "renewed"),
            ("order_placed", "cancelled"),
        ):
            if after in events:
                assert before in events
                assert events.index(before) < events.index(after)
        if ref in newcomers:
            assert events[0] == "first_visit"
            if "order_placed" in events:
                assert events.index("product_viewed") < events.index("order_placed")
        else:
            assert "first_visit" not in events


def test_nobody_acts_long_after_cancelling(interactions: pa.Table) -> None:
    day = 86_400 * 10**6
    left: dict[str, int] = {}
    columns = [interactions.column(c) for c in ("customer_ref", "event")]
    columns.append(interactions.column("occurred_at").cast(pa.int64()))
    for ref, event, at in zip(*(c.to_pylist() for c in columns), strict=True):
        if event == "cancelled":
            left[ref] = at
        assert at - left.get(ref, at) <= day
    assert len(left) > 100


def test_answers_words_and_truth_agree(interactions: pa.Table, truth: pa.Table) -> None:
    bank = verbatims()
    rows = zip(
        *(interactions.column(c).to_pylist() for c in ("text", "answers", "author")),
        *(truth.column(c).to_pylist() for c in ("stage", "sentiment", "verbatim")),
        strict=True,
    )
    same = apart = 0
    for text, answers, author, stage, sentiment, verbatim in rows:
        if author != "customer":
            assert verbatim is None
            continue
        assert (text is None) == (verbatim is None)
        if verbatim is not None:
            assert (bank[verbatim].text, bank[verbatim].main.stage) == (text, stage)
            assert bank[verbatim].main.sentiment == sentiment
            assert bank[verbatim].industry == "retail"
        for answer in answers or ():
            low, high = {"nps": (6, 9), "csat": (2, 4), "ces": (3, 5), "rating": (2, 4)}[answer["kind"]]
            sign = (answer["value"] >= high) - (answer["value"] <= low)
            same += sign == sentiment
            apart += sign * sentiment < 0
    # Scores are noisy, but hardly ever say the opposite of what was felt.
    assert same > 0.75 * (same + apart)
    assert apart < 0.02 * same


def test_only_surveys_declare_their_stage_and_those_of_the_relationship_do_not(
    interactions: pa.Table,
) -> None:
    surveys = pc.equal(interactions.column("kind"), "survey")
    whole = pc.equal(pc.fill_null(interactions.column("purpose"), ""), "relationship")
    declares = pc.is_valid(interactions.column("stage"))
    assert declares.equals(pc.and_(surveys, pc.invert(whole)))


def test_attributes_carry_segments_and_callers_waits(interactions: pa.Table) -> None:
    attributes = interactions.column("attributes")
    for name, values in {
        "tier": {"standard", "vip"},
        "region": {"emea", "americas", "apac"},
        "tenure": {"new", "returning"},
    }.items():
        assert set(pc.unique(pc.map_lookup(attributes, name, "first")).to_pylist()) == values
    waits = pc.is_valid(pc.map_lookup(attributes, "wait_minutes", "first"))
    assert waits.equals(pc.equal(interactions.column("kind"), "call"))


def test_customers_truth_agrees_with_their_interactions(interactions: pa.Table, blocks: list[Block]) -> None:
    customers = pa.concat_tables(block.customers for block in blocks)
    per = interactions.group_by("customer_ref").aggregate([("interaction_id", "count"), ("value", "sum")])
    joined = customers.join(per, "customer_ref").sort_by("customer_ref")
    assert joined.column("interactions").equals(joined.column("interaction_id_count"))
    revenue = pc.fill_null(joined.column("value_sum").cast(pa.float64()), 0.0).to_numpy()
    np.testing.assert_allclose(revenue, joined.column("revenue").to_numpy(), atol=1e-6)
    assert pc.is_valid(joined.column("churned_at")).equals(joined.column("churned"))


def test_the_rate_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    begin = time.perf_counter()
    rows = sum(chunk.num_rows for chunk in simulate(4_000, seed=1).interactions())
    seconds = time.perf_counter() - begin
    with capsys.disabled():
        print(f"\nsimulation: {rows / seconds:,.0f} interactions/s, a million in {1e6 * seconds / rows:.1f} s")
    assert rows > 60_000


def test_support_is_answered_closed_opened_again_and_given_up_in_the_system_in_which_it_came(
    interactions: pa.Table,
) -> None:
    columns = ("customer_ref", "source", "conversation_ref", "event", "kind", "author", "agent")
    desks: dict[tuple[str, str, str], list[dict[str, str | None]]] = {}
    for row in interactions.select(columns).to_pylist():
        if row["conversation_ref"] and row["kind"] != "survey":
            desks.setdefault((row["customer_ref"], row["source"], row["conversation_ref"]), []).append(row)
    events = {row["event"] for rows in desks.values() for row in rows}
    assert {
        "call_abandoned",
        "call_held",
        "call_ended",
        "chat_answered",
        "ticket_reopened",
        "ticket_escalated",
    } <= events
    for rows in desks.values():
        names = [row["event"] for row in rows if row["event"]]
        assert rows[0]["author"] == "customer", "nobody is answered before they ask"
        assert all(row["agent"] for row in rows if row["author"] == "employee")
        if "ticket_reopened" in names:
            assert names.index("ticket_solved") < names.index("ticket_reopened")
        assert names.count("ticket_solved") <= 1 + names.count("ticket_reopened")
        if "call_abandoned" in names:
            assert names.count("call_answered") < names.count("call_started")
