"""The shipped reader, a taxonomy that it never saw, and labels for it."""

from __future__ import annotations

import itertools

import pytest

from touchline.understanding.fast.reader import FastUnderstander
from touchline.understanding.teaching.lesson import Lesson
from touchline.vocabulary.taxonomy import Taxonomy

THINGS = ("tyre", "engine", "brake", "window", "gearbox", "battery")
SAID = {
    "workshop": ("the mechanic mended my {}", "they repaired the {} in an hour", "new {} fitted by the garage"),
    "insurance": ("my claim for the {} was refused", "the policy covers the {}", "the insurer paid for the {}"),
}
YAML = """
taxonomy: cars
name: Car owners
description: What car owners go through.
stages:
  - {id: workshop, name: Workshop, kind: progress, description: Repairs, examples: [the mechanic was kind]}
  - {id: insurance, name: Insurance, kind: progress, description: Cover, examples: [my claim was paid]}
"""
ROWS = [
    (said.format(thing), {"stage": stage, "sentiment": "negative" if "refused" in said else "neutral"})
    for (stage, sentences), thing in itertools.product(SAID.items(), THINGS)
    for said in sentences
]


@pytest.fixture(scope="session")
def cars() -> Taxonomy:
    return Taxonomy.parse(YAML)


@pytest.fixture(scope="session")
def untaught(cars) -> FastUnderstander:
    return FastUnderstander(cars)


@pytest.fixture(scope="session")
def rows() -> list[tuple[str, dict[str, str]]]:
    """36 texts with stage and sentiment."""
    return ROWS


@pytest.fixture(scope="session")
def lesson(rows) -> Lesson:
    return Lesson.of(rows)
