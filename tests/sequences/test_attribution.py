"""Attribution: equal to loops over paths, adding up, unmoved by order, time, slices and tenants."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from operator import add

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.sequences import oracle_attribution as oracle
from tests.sequences.worlds import STAGES, Row, copied, every_name, frame, later, rows_of

from touchline.errors import QuestionError
from touchline.scores.base import Filters
from touchline.sequences import Journey
from touchline.sequences.attribution import MODELS, Asked
from touchline.sequences.attribution.counting import Credits, count_credits
from touchline.sequences.attribution.figure import _markov
from touchline.sequences.attribution.markov import Alphabet, removal
from touchline.sequences.journey import read_events
from touchline.warehouse.index.frames import journeys_of

DAY = 86_400_000_000
HALF_LIFE = timedelta(days=7)


def found_by(rows: list[Row], **asked: object) -> dict[tuple[str, str], float]:
    """Credits by model and name, hidden ones too."""
    journeys = journeys_of(frame(rows), stages=STAGES)
    question = Asked(**{"conversion": "order", "replicates": 0, **asked})  # type: ignore[arg-type]
    counted = count_credits(journeys, question)
    names = journeys.coded("channel").names
    by_path = [model for model in question.models if model != "markov"]
    found = {}
    for model in question.models:
        given_ = _markov(counted, question, len(names), -1)[0][0] if model == "markov" else (
            counted.credit.sum(axis=0)[by_path.index(model), :, 0]
        )  # fmt: skip
        found |= {(model, name): float(value) for name, value in zip(names, given_, strict=True)}
        found[model, oracle.NONE] = float(counted.bare[:, 0].sum())
    return found


def expected_of(paths: list[oracle.Path], names: set[str], order: int = 1) -> dict[tuple[str, str], float]:
    found = {}
    for model in MODELS:
        given_ = oracle.credit_of(paths, model, HALF_LIFE, order)
        found |= {(model, name): given_.get(name, 0.0) for name in names | {oracle.NONE}}
    return found


def same(left: dict[tuple[str, str], float], right: dict[tuple[str, str], float]) -> None:
    assert left.keys() == right.keys()
    for key, value in left.items():
        assert value == pytest.approx(right[key], abs=1e-9), key


@given(rows_of(), st.integers(1, 3), st.sampled_from([None, 1, 4]))
def test_equals_loops_over_paths(rows: list[Row], order: int, days: int | None) -> None:
    rows = every_name(rows)
    window = None if days is None else timedelta(days=days)
    paths = oracle.paths_of(rows, lambda row: row.event == "order", lambda _: 1.0, window)
    found = found_by(rows, order=order, window=None if days is None else days * DAY)
    same(found, expected_of(paths, {"ads", "mail", "direct"}, order))
    conversions = sum(path.value is not None for path in paths)
    for model in MODELS:
        assert sum(value for (m, _), value in found.items() if m == model) == pytest.approx(conversions)


@given(rows_of(), st.integers(1, 2))
def test_values_are_credited_gains_and_refunds_alike(rows: list[Row], order: int) -> None:
    rows = every_name(rows)
    paths = oracle.paths_of(rows, lambda row: row.event == "order", lambda row: row.value or 0.0, None)
    same(found_by(rows, value="value", order=order), expected_of(paths, {"ads", "mail", "direct"}, order))


@given(rows_of())
def test_a_change_of_the_score_is_credited_to_what_was_met_since_the_last(rows: list[Row]) -> None:
    rows = every_name(rows)
    paths = oracle.score_paths(rows)
    same(found_by(rows, conversion=None), expected_of(paths, {"ads", "mail", "direct"}))


@given(rows_of())
def test_a_stage_converts_when_it_is_entered(rows: list[Row]) -> None:
    rows = every_name(rows)
    held: dict[str, str] = {}
    entries = []
    for mine in oracle.journeys_in(rows).values():
        for row in mine:
            if row.event in STAGES:
                if row.event == "renewal" and held.get(row.customer) != "renewal":
                    entries.append(row)
                held[row.customer] = row.event
    paths = oracle.paths_of(rows, lambda row: any(row is entry for entry in entries), lambda _: 1.0, None)
    same(found_by(rows, conversion="renewal"), expected_of(paths, {"ads", "mail", "direct"}))


def _equal(one: Credits, other: Credits) -> None:
    for name in Credits.__dataclass_fields__:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=1e-9, err_msg=name)


@given(rows_of(), st.sampled_from([1, 2, 5]), st.sampled_from([None, "tier"]))
def test_slices_of_customers_add_up(rows: list[Row], parts: int, by: str | None) -> None:
    journeys = journeys_of(frame(every_name(rows)), stages=STAGES)
    asked = Asked("order", order=2, by=by, replicates=8, window=4 * DAY, value="value")
    pieces = [count_credits(piece, asked) for piece in journeys.slices(parts)]
    total = pieces[0]
    for piece in pieces[1:]:
        total = add(total, piece)
    _equal(total, count_credits(journeys, asked))


@given(rows_of(), st.randoms(use_true_random=False), st.integers(1, 400))
def test_order_of_rows_time_and_tenants_change_nothing(rows: list[Row], random: object, days: int) -> None:
    rows = [replace(row, time=row.time + timedelta(minutes=n)) for n, row in enumerate(every_name(rows))]  # no ties
    plain = found_by(rows)
    mixed = list(rows)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    same(found_by(mixed), plain)
    same(found_by(later(rows, days)), plain)
    same(found_by(copied(rows)), {key: 2 * value for key, value in plain.items()})


@given(rows_of())
def test_groups_add_up_to_all_where_paths_are_credited_one_by_one(rows: list[Row]) -> None:
    rows = every_name(rows)
    journeys = journeys_of(frame(rows), stages=STAGES)
    models = tuple(model for model in MODELS if model != "markov")
    split = count_credits(journeys, Asked("order", models=models, by="tier", replicates=0))
    whole = count_credits(journeys, Asked("order", models=models, replicates=0))
    np.testing.assert_allclose(split.credit.sum(axis=0), whole.credit[0], atol=1e-9)
    np.testing.assert_array_equal(split.customers[-1], whole.customers[-1])


@given(rows_of(most=60), st.integers(1, 3))
def test_the_sparse_and_the_dense_solution_agree(rows: list[Row], order: int) -> None:
    from touchline.sequences.attribution import markov

    journeys = journeys_of(frame(every_name(rows)), stages=STAGES)
    counted = count_credits(journeys, Asked("order", order=order, replicates=3, value="value"))
    alphabet = Alphabet(3, order, 1)
    dense = removal(counted.keys, counted.steps, alphabet, valued=True)
    kept, markov._DENSE = markov._DENSE, 0
    try:
        sparse = removal(counted.keys, counted.steps, alphabet, valued=True)
    finally:
        markov._DENSE = kept
    np.testing.assert_allclose(sparse.lost, dense.lost, atol=1e-9)


def _world(customers: int = 200, seed: int = 1) -> Journey:
    """Mail brings orders, ads do not."""
    random = np.random.default_rng(seed)
    rows = []
    for customer in range(customers):
        met = random.choice(["ads", "mail", "direct"], random.integers(1, 5))
        for n, name in enumerate(met):
            rows.append((f"c{customer}", "visit", f"2026-01-0{n + 1}", name, "vip" if customer % 3 else "std"))
        if random.random() < (0.8 if "mail" in met else 0.2):
            rows.append((f"c{customer}", "order", "2026-01-20", None, "vip" if customer % 3 else "std"))
    columns = zip(*rows, strict=True)
    return read_events(pa.table(dict(zip(("customer", "event", "time", "channel", "tier"), columns, strict=True))))


def test_a_figure_has_intervals_shares_and_who_is_behind() -> None:
    journey = _world(600)
    figure = journey.attribution("order")
    assert set(figure.table["model"].to_pylist()) == set(MODELS)
    conversions = figure.facts["conversions"]
    for model in MODELS:
        rows = [row for row in figure.to_dicts() if row["model"] == model]
        assert sum(row["credit"] for row in rows) == pytest.approx(conversions)
        assert sum(row["share"] for row in rows) == pytest.approx(1)
        assert all(row["low"] <= row["credit"] <= row["high"] for row in rows)
    for number, row in enumerate(figure.to_dicts()):
        assert len(figure.customers(number)) == row["customers"]
    markov = {row["name"]: row for row in figure.to_dicts() if row["model"] == "markov"}
    assert markov["mail"]["low"] > markov["ads"]["credit"]
    assert all((row["removal"] is None) == (row["model"] != "markov") for row in figure.to_dicts())


def test_intervals_cover_the_truth() -> None:
    """The credit of one world lies in the intervals of others; how many customers come is chance too."""
    found = []
    for seed in range(120):
        rows = (
            _world(int(np.random.default_rng(seed).poisson(150)), seed)
            .attribution("order", models=["linear"])
            .to_dicts()
        )
        row = next(row for row in rows if row["name"] == "mail")
        found.append((row["credit"], row["low"], row["high"]))
    truth = float(np.mean([credit for credit, _, _ in found]))
    inside = sum(low <= truth <= high for _, low, high in found)
    assert 0.87 <= inside / len(found) <= 0.99


def test_segments_and_dates_choose_conversions_and_not_what_went_before() -> None:
    journey = _world()
    late = journey.attribution("order", models=["linear"], filters=Filters(since=date(2026, 1, 10)))
    whole = journey.attribution("order", models=["linear"])
    assert late.table["credit"].to_pylist() == whole.table["credit"].to_pylist()
    split = journey.attribution("order", models=["linear"], by="tier")
    for name in ("mail", "ads"):
        by_group = {r["group"]: r["credit"] for r in split.to_dicts() if r["name"] == name}
        assert by_group["vip"] + by_group["std"] == pytest.approx(by_group["all"])
        row = next(r for r in whole.to_dicts() if r["name"] == name)
        assert by_group["all"] == pytest.approx(row["credit"])


def test_questions_that_cannot_be_asked() -> None:
    journey = _world(20)
    with pytest.raises(QuestionError, match="markov"):
        journey.attribution("order", models=["markow"])
    with pytest.raises(QuestionError, match="jsi=True"):
        journey.attribution()
    with pytest.raises(QuestionError, match="jsi=True"):
        journey.attribution("order", jsi=True)
    with pytest.raises(QuestionError, match="order"):
        journey.attribution("order", order=0)
    with pytest.raises(QuestionError, match="too many states"):
        journey.attribution("order", order=40)
    with pytest.raises(QuestionError, match="chanel"):
        journey.attribution("order", of="chanel")


def test_the_chain_alone_and_no_touch_at_all() -> None:
    journey = _world(100)
    alone = journey.attribution("order", models=["markov"]).to_dicts()
    beside = [row for row in journey.attribution("order").to_dicts() if row["model"] == "markov"]
    assert alone == beside
    bare = read_events(pa.table({"customer": list("abcdef"), "event": ["order"] * 6, "time": ["2026-01-01"] * 6,
                                 "channel": pa.array([None] * 6, pa.string())}))  # fmt: skip
    rows = bare.attribution("order").to_dicts()
    assert {(row["name"], row["credit"], row["n"]) for row in rows} == {("(none)", 6, 6)}
