"""Which domains a model learns from, is chosen by, and is judged on; fixed."""

from __future__ import annotations

from typing import Final

from training.corpus.reading import Item

#: Judged on, once a model is finished: nothing of these domains is learnt from, labelled or not.
TEST: Final = ("telecom", "utility", "gym")
#: Used to choose between models and to calibrate.
DEV: Final = ("hotel", "public")


def split(items: list[Item]) -> dict[str, list[Item]]:
    """Return the items of train, dev and test.

    >>> sorted(split([]))
    ['dev', 'test', 'train']
    """
    parts: dict[str, list[Item]] = {"train": [], "dev": [], "test": []}
    for item in items:
        parts["test" if item.domain in TEST else "dev" if item.domain in DEV else "train"].append(item)
    return parts
