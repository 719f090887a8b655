"""One understander for all tests of this room, and short ways to ask it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pytest

from touchline.understanding import load
from touchline.understanding.base import Understander
from touchline.vocabulary.schemas import TEXTS
from touchline.vocabulary.taxonomy import Taxonomy

Row = dict[str, Any]


@pytest.fixture(scope="session")
def b2c() -> Taxonomy:
    """The template that the sentences are labelled with."""
    return Taxonomy.template("b2c")


@pytest.fixture(scope="session")
def reader(b2c: Taxonomy) -> Understander:
    """The phrase understander for it."""
    return load("phrases", taxonomy=b2c)


@pytest.fixture(scope="session")
def mentions(reader: Understander) -> Callable[[str], list[Row]]:
    """Ask for the mentions of one text."""
    return lambda text: reader.read(_table([text])).to_pylist()


@pytest.fixture(scope="session")
def loudest(reader: Understander) -> Callable[[Sequence[str]], list[Row]]:
    """Ask for the strongest mention of each text, a negative one before a positive one."""

    def ask(texts: Sequence[str]) -> list[Row]:
        found: dict[int, list[Row]] = {i: [] for i in range(len(texts))}
        for row in reader.read(_table(texts)).to_pylist():
            found[int(row["interaction_id"])].append(row)
        return [max(rows, key=lambda row: (abs(row["polarity"]), row["polarity"] < 0)) for rows in found.values()]

    return ask


def _table(texts: Sequence[str]) -> pa.Table:
    ids = [str(i) for i in range(len(texts))]
    return pa.table({"interaction_id": ids, "text": list(texts), "language": [None] * len(texts)}, schema=TEXTS)
