"""How themes are called: the words that customers themselves use most around a theme's anchor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zlib import crc32

import numpy as np
import numpy.typing as npt

from touchline.themes.stream import is_generic, stemmed, stretched
from touchline.understanding.entries import sections
from touchline.understanding.matching import PhraseTable
from touchline.understanding.stages import FILLER, OTHER, content

Ints = npt.NDArray[np.int64]

#: Mentions of a theme that are read for its name, always the same ones of the same words.
READ: Final = 300
#: Mentions that are read for how a phrase is spelled that names nothing.
SPELLING: Final = 40
#: Words that a name may have, and how far it may reach beyond the anchor on either side.
WORDS: Final = 6
REACH: Final = 2
#: A longer name must be said by this share of the anchor's customers, and by so many of them.
SHARE: Final = 0.15
SAID: Final = 3
#: What every further content word is worth.
RICHER: Final = 0.7
#: A single word says little: its name goes on with so many wordings of this share of its customers, where there are.
EXAMPLES: Final = 2
EXAMPLE_SHARE: Final = 0.04


@dataclass(frozen=True, slots=True)
class Wordings:
    """How an anchor is said.

    Attributes:
        phrase: The commonest wording of the anchor itself: ``hidden fees``.
        name: The commonest wording that says more: ``Charged hidden fees``.
    """

    phrase: str
    name: str


def wordings(anchor: tuple[str, ...], texts: Sequence[str], customer: Ints, *, read: int = READ) -> Wordings:
    """Return how customers word an anchor.

    Args:
        anchor: Stems.
        texts: The words of the mentions that say it.
        customer: Who said each.
        read: Mentions that are read.

    >>> said = ["Charged hidden fees"] * 3 + ["a hidden fee again", "the hidden fees"]
    >>> wordings(("hidden", "fee"), said, np.arange(5))
    Wordings(phrase='hidden fees', name='Charged hidden fees')
    """
    order = sorted(range(len(texts)), key=lambda i: (crc32(texts[i].encode()), texts[i], int(customer[i])))[:read]
    numbers = {word: i for i, word in enumerate(dict.fromkeys(anchor), start=FILLER + 1)}
    table = PhraseTable.build([tuple(numbers[word] for word in anchor)], len(numbers) + FILLER + 1)
    batch, stretch = stretched([texts[i] for i in order])
    words = [batch.tokens[i] for i in batch.word.tolist()]
    filler = _filler()
    known = [FILLER if word in filler else numbers.get(stemmed(word), OTHER) for word in words]
    stems = np.array(known, np.int64)
    kept = np.flatnonzero(stems != FILLER)
    hits = table.find(stems[kept], stretch[kept], gap=1)
    said: dict[str, set[int]] = {}
    plain: dict[str, set[int]] = {}
    extra: Counter[str] = Counter()
    for start, end in zip(kept[hits.start].tolist(), kept[hits.end].tolist(), strict=True):
        who = int(customer[order[int(batch.text[start])]])
        plain.setdefault(" ".join(words[start : end + 1]), set()).add(who)
        for low in range(max(0, start - REACH), start + 1):
            for high in range(end + 1, min(len(words), end + 1 + REACH) + 1):
                piece = words[low:high]
                opens = low == start or (piece[0] not in filler and (len(piece[0]) > 2 or piece[0] == "no"))
                closes = high == end + 1 or (piece[-1] not in filler and not is_generic(piece[-1]))
                if len(piece) > WORDS or not (opens and closes) or stretch[low] != stretch[high - 1]:
                    continue
                text = " ".join(piece)
                said.setdefault(text, set()).add(who)
                extra[text] = sum(word not in filler for word in piece) - len(anchor)
    if not plain:
        return Wordings(" ".join(anchor), " ".join(anchor).capitalize())
    phrase = max(plain, key=lambda text: (len(plain[text]), text))
    everyone = len({who for people in plain.values() for who in people})
    least = max(SAID, SHARE * everyone)
    named = {text: len(people) * (1 + RICHER * extra[text]) for text, people in said.items() if len(people) >= least}
    named.setdefault(phrase, float(len(plain[phrase])))
    name = max(named, key=lambda text: (named[text], text))
    if len(anchor) == 1 and name == phrase:
        name = _with_examples(phrase, said, extra, everyone)
    return Wordings(phrase, name[0].upper() + name[1:])


def _with_examples(word: str, said: dict[str, set[int]], extra: Counter[str], everyone: int) -> str:
    """Return a word with the commonest wordings that say more, none inside another: ``payment: late payment``."""
    least = max(SAID, EXAMPLE_SHARE * everyone)
    richer = [text for text, people in said.items() if extra[text] > 0 and len(people) >= least]
    told: list[str] = []
    for text in sorted(richer, key=lambda text: (-len(said[text]) * extra[text], text)):
        if len(told) < EXAMPLES and not any({*content(text)} <= {*content(other)} for other in told):
            told.append(text)
    return f"{word}: {', '.join(told)}" if told else word


def _filler() -> frozenset[str]:
    return frozenset(sections("words.txt")["filler"])
