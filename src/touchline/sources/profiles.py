"""What a column's cells look like, told from a sample."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from touchline.sources.answers import Scale, find_scale
from touchline.sources.times import looks_like_time

_PROBED: Final = 200
_NUMBER: Final = re.compile(r"[+-]?(\d+([.,]\d+)*|[.,]\d+)([eE][+-]?\d+)?$")
_MONEY: Final = re.compile(r"[^\w\s]?\s*\(?[+-]?[\d.,' ]*\d\)?\s*([^\w\s]|[A-Z]{3})?$")
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}$")
_LETTER: Final = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Profile:
    """A column's content, from a sample of its filled cells.

    Attributes:
        filled: Share of cells that hold something.
        distinct: Number of different values among them.
        unique: ``distinct`` over filled cells, 0 to 1.
        number: Share of values that are plain numbers.
        money: Share that are numbers, perhaps with a currency.
        time: Share that can be read as a time.
        email: Share that look like an e-mail address.
        length: Mean number of characters.
        words: Mean number of words.
        values: Up to 200 different values, commonest first.
        scale: The score scale that the values fit, if they fit one.
    """

    filled: float
    distinct: int
    unique: float
    number: float
    money: float
    time: float
    email: float
    length: float
    words: float
    values: tuple[str, ...]
    scale: Scale | None

    @property
    def looks(self) -> str:
        """One word for it: empty, time, number, email, text, category or id."""
        if not self.values:
            return "empty"
        shares = {"time": self.time, "number": self.number, "email": self.email}
        for what in ("number", "time", "email") if self.number > self.time else ("time", "number", "email"):
            if shares[what] > 0.9:
                return what
        if self.words >= 4 and self.unique > 0.3:
            return "text"
        return "id" if self.unique > 0.9 and self.distinct > 20 else "category"


def profile(cells: pa.ChunkedArray) -> Profile:
    """Look at a sample of one column's text cells.

    >>> import pyarrow as pa
    >>> p = profile(pa.chunked_array([["2024-01-02", "2024-01-03", None, "2024-01-02"]]))
    >>> p.looks, p.filled, p.distinct
    ('time', 0.75, 2)
    """
    filled = pc.drop_null(cells)
    count = len(filled)
    if not count:
        return Profile(0.0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, (), None)
    counted = pc.value_counts(filled)
    order = pc.array_sort_indices(counted.field("counts"), order="descending")[:_PROBED]
    texts = [str(v).strip() for v in counted.field("values").take(order).to_pylist()]
    held: Counter[str] = Counter()
    for text, cells_ in zip(texts, counted.field("counts").take(order).to_pylist(), strict=True):
        held[text] += cells_ if text else 0
    values = [v for v in dict.fromkeys(texts) if v] or [""]

    def share(is_so: Callable[[str], bool]) -> float:
        return sum(map(is_so, values)) / len(values)

    distinct = len(counted)
    length = pc.mean(pc.utf8_length(filled)).as_py()
    short = length <= 60
    return Profile(
        filled=count / len(cells),
        distinct=distinct,
        unique=distinct / count,
        number=share(lambda v: bool(_NUMBER.match(v))) if short else 0.0,
        money=share(lambda v: bool(_MONEY.match(v))) if short else 0.0,
        time=share(looks_like_time) if short else 0.0,
        email=share(lambda v: bool(_EMAIL.match(v))) if short else 0.0,
        length=length,
        words=sum(len(v.split()) for v in values if _LETTER.search(v)) / len(values),
        values=tuple(values),
        scale=find_scale(values, [held[v] for v in values]) if length <= 40 else None,
    )
