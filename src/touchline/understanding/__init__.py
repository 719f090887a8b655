"""Text in, evidence out: language, mentions, stage, sentiment, emotion, effort, resolution, intent, themes."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import cast

import pyarrow as pa

from touchline.errors import SettingsError
from touchline.understanding.base import Understander
from touchline.vocabulary.schemas import TEXTS
from touchline.vocabulary.taxonomy import Taxonomy

GROUP = "touchline.understanders"


def load(name: str = "phrases", *, taxonomy: Taxonomy) -> Understander:
    """Return the understander of that name for a taxonomy.

    Args:
        name: Its name in the entry point group ``touchline.understanders``.
        taxonomy: The stages to place words on.

    Raises:
        SettingsError: No understander has that name.

    >>> load(taxonomy=Taxonomy.template("saas")).method
    'rule'
    """
    found = entry_points(group=GROUP)
    if name not in found.names:
        raise SettingsError(
            f"there is no understander {name!r}",
            todo=f"use one of {', '.join(sorted(found.names)) or 'none'}",
        )
    return cast(Understander, found[name].load()(taxonomy))


def read_one(understander: Understander, text: str, *, language: str | None = None) -> pa.Table:
    """Return the EVIDENCE of one text.

    >>> read_one(load(taxonomy=Taxonomy.template("saas")), "Import failed twice!").column("sentiment").to_pylist()
    [-1]
    """
    row = {"interaction_id": "text", "text": text, "language": language}
    return understander.read(pa.Table.from_pylist([row], schema=TEXTS))


__all__ = ["GROUP", "Understander", "load", "read_one"]
