"""Text in, evidence out: language, mentions, stage, sentiment, emotion, effort, resolution, intent, themes."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING, cast

import pyarrow as pa

from touchline.errors import SettingsError
from touchline.understanding.base import Understander
from touchline.vocabulary.schemas import TEXTS
from touchline.vocabulary.taxonomy import Taxonomy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from touchline.settings import Understanding

GROUP = "touchline.understanders"


def load(name: str = "fast", *, taxonomy: Taxonomy) -> Understander:
    """Return the understander of that name for a taxonomy.

    Args:
        name: Its name in the entry point group ``touchline.understanders``.
        taxonomy: The stages to place words on.

    Raises:
        SettingsError: No understander has that name.

    >>> load(taxonomy=Taxonomy.template("saas")).method
    'model'
    """
    found = entry_points(group=GROUP)
    if name not in found.names:
        raise SettingsError(
            f"there is no understander {name!r}",
            todo=f"use one of {', '.join(sorted(found.names)) or 'none'}",
        )
    return cast(Understander, found[name].load()(taxonomy))


def choose(
    settings: Understanding,
    *,
    taxonomy: Taxonomy,
    clean: Callable[[str], str],
    secret: bytes,
    path: Path,
    redaction: str = "",
) -> Understander:
    """Return the understander that a workspace's settings name.

    Args:
        settings: ``[understanding]``.
        taxonomy: The stages to place words on.
        clean: Redacts a text, for an understander that sends it away.
        secret: The workspace's key.
        path: The file for what was paid for.
        redaction: Names the rules of ``clean``: texts are read again where they change.

    Raises:
        SettingsError: No understander has that name.
        WorkspaceError: The file is damaged.
    """
    if settings.use is None:
        return load(taxonomy=taxonomy)
    if settings.use != "llm":
        return load(settings.use, taxonomy=taxonomy)
    from touchline.understanding.llm import understander

    default = load(taxonomy=taxonomy)
    return understander(
        taxonomy, settings.llm, default=default, clean=clean, redaction=redaction, secret=secret, path=path
    )


def read_one(understander: Understander, text: str, *, language: str | None = None) -> pa.Table:
    """Return the EVIDENCE of one text.

    >>> read_one(load(taxonomy=Taxonomy.template("saas")), "Import failed twice!").column("sentiment").to_pylist()
    [-1]
    """
    row = {"interaction_id": "text", "text": text, "language": language}
    return understander.read(pa.Table.from_pylist([row], schema=TEXTS))


__all__ = ["GROUP", "Understander", "choose", "load", "read_one"]
