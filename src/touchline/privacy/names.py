"""Finders of person names: optional, as no short list of rules tells a name from a word.

A finder registers in the entry point group ``touchline.name_finders``: a callable that takes the setting's argument
and returns a `NameFinder`. ``spacy`` comes with Touchline, and needs ``pip install touchline[names]`` and a model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import entry_points
from typing import Final, Protocol, cast

from touchline.errors import SettingsError

GROUP: Final = "touchline.name_finders"
_MODEL: Final = "en_core_web_sm"
_PERSONS: Final = frozenset({"PERSON", "PER"})


class NameFinder(Protocol):
    """Finds names of persons."""

    def __call__(self, texts: Sequence[str]) -> Iterator[Sequence[tuple[int, int]]]:
        """Yield, for each text, start and end of every name in it."""
        ...


@cache
def load_names(setting: str) -> NameFinder:
    """Return the finder that a setting names.

    Args:
        setting: Name of the finder in the entry point group, with what it takes after a colon: ``spacy``,
            ``spacy:de_core_news_sm``.

    Raises:
        SettingsError: There is no such finder, or what it needs is not installed.
    """
    name, _, argument = setting.partition(":")
    found = entry_points(group=GROUP)
    if name not in found.names:
        raise SettingsError(
            f"there is no finder of names {name!r}",
            where="touchline.toml, privacy.names",
            todo=f"use one of {', '.join(sorted(found.names)) or 'none'}, or install the package that brings it",
        )
    return cast(NameFinder, found[name].load()(argument))


def spacy_finder(model: str = "") -> NameFinder:
    """Return a finder that asks a spaCy model.

    Args:
        model: Name of an installed model, or the path of one; ``en_core_web_sm`` when empty.

    Raises:
        SettingsError: spaCy or the model is not installed.
    """
    where = "touchline.toml, privacy.names"
    try:
        import spacy
    except ImportError:
        raise SettingsError(
            "names of persons cannot be found: spaCy is not installed",
            where=where,
            todo="pip install touchline[names], or take the setting out",
        ) from None
    try:
        nlp = spacy.load(model or _MODEL)
    except OSError:
        raise SettingsError(
            f"names of persons cannot be found: there is no spaCy model {model or _MODEL!r}",
            where=where,
            todo=f"python -m spacy download {model or _MODEL}, or name another as spacy:MODEL",
        ) from None

    def find(texts: Sequence[str]) -> Iterator[Sequence[tuple[int, int]]]:
        for doc in nlp.pipe(texts):
            yield [(e.start_char, e.end_char) for e in doc.ents if e.label_ in _PERSONS]

    return find
