"""What customers say, for tests of themes."""

from __future__ import annotations

import numpy as np
import pytest

from touchline.themes import Mentions
from touchline.vocabulary.taxonomy import Taxonomy

SAID = (
    (-1, "usage", "The coffee machine leaks{}"),
    (-1, "usage", "our coffee machine was leaking water {}"),
    (-1, "usage", "another coffee machine leak{} today"),
    (-1, "support", "The hidden fees on my invoice are a disgrace{}"),
    (-1, "support", "charged hidden fees {} again"),
    (-1, "unassigned", "a hidden fee on top{}"),
    (1, "delivery", "The gardener was friendly{}"),
    (1, "delivery", "such a friendly gardener{}!"),
    (1, "delivery", "friendly gardener, as always {}"),
    (0, "unassigned", "I came on a bicycle{}"),
    (0, "unassigned", "we went home by bicycle {}"),
    (0, "unassigned", "my bicycle stood outside{}"),
)  # fmt: skip


def mentions(times: int = 4, *, order: list[int] | None = None, first: int = 0) -> Mentions:
    """Every sentence, said by so many customers each, in an order."""
    rows = [
        (s, stage, text.format(""), first + i * 100 + k)
        for i, (s, stage, text) in enumerate(SAID)
        for k in range(times)
    ]
    rows = [rows[i] for i in order] if order is not None else rows
    return Mentions(
        words=[text for _, _, text, _ in rows],
        customer=np.array([who for *_, who in rows], np.int64),
        sentiment=np.array([s for s, *_ in rows], np.int64),
        stage=[stage for _, stage, *_ in rows],
        theme=[None] * len(rows),
    )


@pytest.fixture(scope="session")
def taxonomy() -> Taxonomy:
    return Taxonomy.template("b2c")
