"""Sentiment alone, a row per text: the numbers of the whole reader, without the work of what is not asked.

It skips stages, emotions and all other heads, themes and touchpoints, and where mentions lie. What stays is what the
sentiment hangs on: a text's mentions, its language, and how grave each mention is, since the heaviest mention's
sentiment stands for the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import pyarrow as pa

from touchline.errors import InputError
from touchline.vocabulary.schemas import TEXTS

if TYPE_CHECKING:
    from touchline.understanding.fast.reader import FastUnderstander

Strings: TypeAlias = Sequence[str | None] | pa.Array | pa.ChunkedArray

#: -1, 0 or +1; from -1 to +1; how likely the sign is right; the language, and whether it is read.
SENTIMENT: Final = pa.schema(
    [
        pa.field("sentiment", pa.int8(), nullable=False),
        pa.field("polarity", pa.float32(), nullable=False),
        pa.field("confidence", pa.float32(), nullable=False),
        pa.field("language", pa.string(), nullable=False),
        pa.field("understood", pa.bool_(), nullable=False),
    ]
)


def sentiment(texts: Strings, languages: Strings | None = None) -> pa.Table:
    """Return the sentiment of texts, in their order: columns of `SENTIMENT`.

    A text that says several things has the sentiment of the heaviest, as `touchline classify` tells it; an empty one
    and one in a language that is not read have 0.

    Args:
        texts: The texts; an empty place is an empty text.
        languages: A declared language for each, such as ``de``, or an empty place; it counts where few words tell.

    Raises:
        InputError: A text is no string, or there is not one language for each text.

    >>> found = sentiment(["Still no parcel, third time!", "Thank you, Priya was wonderful."])
    >>> found["sentiment"].to_pylist()
    [-1, 1]
    """
    words = _strings(texts, "texts")
    declared = pa.nulls(len(words), pa.string()) if languages is None else _strings(languages, "languages")
    if len(declared) != len(words):
        raise InputError(
            f"there are {len(words):,} texts and {len(declared):,} languages",
            todo="give each text one language, or none",
        )
    unnamed = pa.repeat(pa.scalar("", pa.string()), len(words))
    return _reader().sentiment(pa.table([unnamed, words.fill_null(""), declared], schema=TEXTS))


def heaviness(sentiment: Any, severity: Any, confidence: Any, words: Any) -> tuple[Any, Any]:
    """Return what mentions are sorted by, the one that stands for a comment first: grave, sure, long; then negative.

    Each may be a number or an array of numbers, one per mention.

    >>> min([(1, 1.0, 0.9, 3), (-1, 2.0, 0.9, 3)], key=lambda mention: heaviness(*mention))[0]
    -1
    """
    return -(severity * confidence * words) * abs(sentiment), sentiment


def _strings(values: Strings, name: str) -> pa.Array:
    try:
        held = values if isinstance(values, (pa.Array, pa.ChunkedArray)) else pa.array(values, pa.string())
        cast = held.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise InputError(
            f"{name} must be strings: {error}", todo="give a list or an Arrow column of strings"
        ) from error
    return cast.combine_chunks() if isinstance(cast, pa.ChunkedArray) else cast


@cache
def _reader() -> FastUnderstander:
    from touchline.understanding.fast.reader import FastUnderstander
    from touchline.vocabulary.taxonomy import Taxonomy

    return FastUnderstander(Taxonomy.template("b2c"))
