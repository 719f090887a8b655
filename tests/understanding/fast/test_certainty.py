"""How sure the words make of a stage is what was measured on domains that their reader did not learn from."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from training.corpus.reading import FOLDER, written
from training.split import DEV

from touchline.placement.about import THRESHOLD
from touchline.placement.comments import read_comments
from touchline.settings import Settings
from touchline.understanding.fast.certainty import NAME, Certainty
from touchline.understanding.fast.reader import FastUnderstander
from touchline.understanding.fast.weights import weights
from touchline.vocabulary.schemas import TEXTS
from touchline.vocabulary.taxonomy import Taxonomy

Claims = npt.NDArray[np.float32]
Shares = npt.NDArray[np.float64]

B2C = Taxonomy.template("b2c")
EVIDENCE = arrays(np.float32, st.tuples(st.integers(1, 9), st.just(9)), elements=st.floats(-7, 9, width=32))
MAPS = st.builds(Certainty, st.floats(0, 1), st.floats(0, 0.5))
STRONG = Certainty(0.8, 0.3)


def shares(evidence: npt.NDArray[np.floating]) -> Shares:
    """Return what evidence claims for each stage."""
    odds = np.exp(evidence.astype(np.float64))
    found: Shares = odds / odds.sum(axis=1, keepdims=True)
    return found


def by_formula(claimed: Shares, certainty: Certainty) -> Shares:
    """Return what may be believed of claims, worked out one by one."""
    held = np.array([
        [p * min(1.0, max(1 - p, 1e-3) / (1 - certainty.least)) ** certainty.modesty for p in row] for row in claimed
    ])  # fmt: skip
    found: Shares = held / held.sum(axis=1, keepdims=True)
    return found


@pytest.fixture(scope="module")
def comments() -> list[str]:
    """Comments of domains that the shipped weights did not learn from."""
    return [item.text for name in DEV for item in written(FOLDER / "written" / f"{name}.tsv")][:200]


def reader(certainty: Certainty, taxonomy: Taxonomy = B2C) -> FastUnderstander:
    """Return a reader with the shipped weights and another map."""
    by = weights()
    return FastUnderstander(taxonomy, replace(by, numbers=by.numbers | {NAME: asdict(certainty)}, version="mapped"))


def evidence(by: FastUnderstander, texts: list[str]) -> Claims:
    """Return what the words of each mention say of the stages."""
    table = pa.table([[str(i) for i in range(len(texts))], texts, pa.nulls(len(texts), pa.string())], schema=TEXTS)
    return np.array(by.read(table)["stage_evidence"].to_pylist(), np.float32)


@given(EVIDENCE, MAPS)
def test_the_map_is_its_formula(found: Claims, certainty: Certainty) -> None:
    expected = by_formula(shares(found), certainty)
    np.testing.assert_allclose(shares(certainty.applied(found)), expected, rtol=1e-3, atol=1e-6)


@given(EVIDENCE, MAPS)
def test_no_stage_overtakes_another(found: Claims, certainty: Certainty) -> None:
    believed = np.take_along_axis(certainty.applied(found), np.argsort(found, axis=1), axis=1)
    assert (np.diff(believed, axis=1) >= -1e-4).all()


@given(EVIDENCE, MAPS)
def test_claims_are_lowered_beyond_the_least_alone_and_not_below_it(found: Claims, certainty: Certainty) -> None:
    before, after = shares(found).max(axis=1), shares(certainty.applied(found)).max(axis=1)
    small = before <= certainty.least
    assert (after <= before + 1e-5).all()
    np.testing.assert_array_equal(certainty.applied(found)[small], found[small])
    assert (after[~small] >= certainty.least - 1e-4).all()


@given(EVIDENCE, MAPS)
def test_a_mention_is_believed_to_the_bit_as_among_others(found: Claims, certainty: Certainty) -> None:
    together = certainty.applied(found)
    for row in range(len(found)):
        assert (certainty.applied(found[row : row + 1])[0] == together[row]).all()


def test_weights_without_a_map_are_believed_as_they_are() -> None:
    found = np.array([[0.3, -1.0, 2.0]], np.float32)
    assert (Certainty.of({}).applied(found) == found).all()


def test_the_reader_applies_the_map_to_what_it_reads(comments: list[str]) -> None:
    plain, mapped = (shares(evidence(reader(one), comments)) for one in (Certainty(), STRONG))
    np.testing.assert_allclose(mapped, by_formula(plain, STRONG), rtol=1e-3, atol=1e-6)
    assert (mapped.max(axis=1) < plain.max(axis=1) - 0.05).mean() > 0.5


def test_the_shipped_reader_applies_what_training_found(comments: list[str]) -> None:
    shipped = Certainty.of(weights().numbers)
    assert shipped.modesty > 0
    np.testing.assert_array_equal(evidence(FastUnderstander(B2C), comments), evidence(reader(shipped), comments))
    claimed, told = (evidence(one, comments) for one in (reader(Certainty()), FastUnderstander(B2C)))
    assert shares(told).max(axis=1).mean() < shares(claimed).max(axis=1).mean() - 0.01


def test_the_confidence_that_is_told_is_the_mapped_one_and_stages_stay(comments: list[str]) -> None:
    """Words alone decide here: the shipped map begins where stages begin to be named, so it names the same."""
    assert Certainty.of(weights().numbers).least == THRESHOLD
    claimed, told = (
        [
            mention
            for one in read_comments(comments, understander=by, taxonomy=B2C, settings=Settings(), phrases=False)
            for mention in one.mentions
        ]
        for by in (reader(Certainty()), FastUnderstander(B2C))
    )
    assert [mention.stage for mention in told] == [mention.stage for mention in claimed]
    lowered = [a.stage_confidence - b.stage_confidence for a, b in zip(claimed, told, strict=True)]
    assert min(lowered) >= -0.001
    assert max(lowered) > 0.03


def test_stages_of_ones_own_are_not_believed_by_a_map_that_was_not_made_for_them(comments: list[str]) -> None:
    b2b = Taxonomy.template("b2b")
    plain, mapped = (evidence(reader(one, b2b), comments[:50]) for one in (Certainty(), STRONG))
    np.testing.assert_array_equal(plain, mapped)
