"""The network over a batch: sums of rows per clause, logits per clause, per mention, per text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.fast.clauses import clauses, mentions
from touchline.understanding.fast.features import PAIRS, Lexical, Stream, stream
from touchline.understanding.fast.hearing import Hearing
from touchline.understanding.fast.letters import grams
from touchline.understanding.fast.look import OF_MENTIONS, OF_TEXTS, PARTING, Look, heard
from touchline.understanding.fast.product import Grid, gridded, product
from touchline.understanding.fast.seen import Seen
from touchline.understanding.fast.shares import softmax, softmaxes
from touchline.understanding.fast.sounding import Sounding
from touchline.understanding.fast.tongues import tongues
from touchline.understanding.fast.weights import Weights
from touchline.understanding.fast.words import Strengths, Texts, Vocabulary

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

#: Rows kept free for words that the vocabulary does not have.
_UNSEEN: Final = 400_000
#: Words from which on a sum is a mean.
LOUDEST: Final = 64
#: Clauses of texts that have several, as a share, from which on a batch's other clauses are looked at too.
_MOST: Final = 0.8


@dataclass(frozen=True, slots=True)
class Reading:
    """What a batch says.

    Attributes:
        said: Its words.
        mention: Mention of each word, ascending.
        text: Text of each mention, ascending.
        first: First word of each mention.
        own: What the network sees of each mention.
        whole: The same of each whole text.
        hidden: The hidden layer of each mention, shape (mentions, hidden).
        shares: Per head that was asked, of `OF_MENTIONS`, a distribution per mention.
        language: A distribution over languages per text.
    """

    said: Stream
    mention: Ints
    text: Ints
    first: Ints
    own: Seen
    whole: Seen
    hidden: Floats
    shares: dict[str, Floats]
    language: Floats

    @property
    def inputs(self) -> Floats:
        """All that the network sees of each mention, shape (mentions, inputs)."""
        return np.concatenate((self.own.table, self.whole.table[self.text]), axis=1)


@dataclass(frozen=True, slots=True)
class Whole:
    """What whole texts say: the large encoder's vector as the network learnt it, and shares of the taught stages."""

    vector: Floats
    stage: Floats


class Model:
    """The network with room for words that it has not met; one per process and taxonomy.

    Args:
        weights: Trained weights.
        stem: Says what a taxonomy calls a word.
    """

    def __init__(self, weights: Weights, stem: Callable[[str], int] = lambda word: 0) -> None:
        self.weights = weights
        known, width = weights.rows.shape
        self._known: int = known
        self._next: int = known
        # pairs first, then words; untouched pages cost nothing
        self._table = np.zeros((PAIRS + known + _UNSEEN + 1, width), np.float32)
        self._table[:PAIRS] = weights.pairs
        self._rows = self._table[PAIRS:-1]
        self._nothing: int = len(self._table) - 1  # the last row adds nothing
        self._rows[:known] = weights.rows
        vocabulary = Vocabulary(weights.words, self._unseen, stem)

        def roomy(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
            wide = np.zeros(known + _UNSEEN, values.dtype)
            wide[:known] = values
            return wide

        self._lexical = Lexical(vocabulary, roomy(weights.valence), roomy(weights.negates), roomy(weights.mark))
        self._first_look = Look.of(weights, PARTING, rough=True)

    def _unseen(self, word: str) -> int:
        if self._next == len(self._rows):
            return self._known  # not met: a batch is shorter than the room
        row: int = self._next
        self._next += 1
        self._rows[row] = self.weights.letters[grams(word)].mean(axis=0)
        return row

    def _stream(self, texts: Texts) -> Stream:
        if self._lexical.vocabulary.forget():
            self._next = self._known
            self.__dict__.pop("_sounding", None)
            self.__dict__.pop("_hearing", None)
        return stream(texts, self._lexical)

    @cached_property
    def _look(self) -> Look:
        return Look.of(self.weights, OF_MENTIONS, OF_TEXTS)

    @cached_property
    def _sentiment_look(self) -> Look:
        return self._look.only(("sentiment", "severity"))

    def read(self, texts: Texts, *, sentiment: bool = False) -> Reading:
        """Read a batch; what is said of a text does not hang on the others.

        Args:
            texts: The texts.
            sentiment: Whether sentiment and severity are all that is asked; they are the same to the bit.
        """
        look = self._sentiment_look if sentiment else self._look
        said = self._stream(texts)
        clause, first = clauses(said)
        sums, sizes = self._sums(said, clause, first, len(first))
        of_text = said.text[first]
        whole = _seen(*_added(sums, sizes, of_text, said.texts), said, said.text)
        around = product(whole, look.whole)
        seen = _seen(sums, sizes, said, clause)
        joined = self._joined(said, seen, sizes, of_text, around, said.strength[first])
        many = int(joined[-1]) + 1 if len(joined) else 0
        opens = np.flatnonzero(np.diff(joined, prepend=-1))
        mention = joined[clause]
        own = _seen(*_added(sums, sizes, joined, many), said, mention)
        return self._reading(look, said, mention, of_text[opens], first[opens], own, whole, around)

    def read_whole(self, texts: Texts) -> Reading:
        """Read texts as one mention each, also those without words; what is said of one does not hang on the others."""
        said = self._stream(texts)
        whole = self._whole(said)
        text = np.arange(said.texts)
        first = np.searchsorted(said.text, text)
        look = self._look
        return self._reading(look, said, said.text, text, first, whole, whole, product(whole, look.whole))

    def _reading(
        self,
        look: Look,
        said: Stream,
        mention: Ints,
        text: Ints,
        first: Ints,
        own: Seen,
        whole: Seen,
        around: Floats,
    ) -> Reading:
        hidden = np.empty((len(own), len(look.inner_bias)), np.float32)
        logits = look.logits(own, look.beside(around), text, hidden)
        heat = self.weights.temperature
        found = softmaxes(logits, look.sizes(), [heat[head] for head in look.heads])
        shares = dict(zip(look.heads, found, strict=True))
        bias = self.weights.bias[self.weights.columns(OF_TEXTS)]
        language = softmax(around[:, -len(bias) :] + bias, heat[OF_TEXTS])
        return Reading(said, mention, text, first, own, whole, hidden, shares, language)

    def whole(self, texts: Texts) -> Whole:
        """Read texts as one mention each."""
        whole = self._whole(self._stream(texts))
        look = Look.of(self.weights, ("vector", "stage"))
        logits = look.logits(whole, look.beside(product(whole, look.whole)), np.arange(len(whole)))
        size = len(self.weights.heads["vector"][1])
        share = softmax(logits[:, size:], self.weights.temperature["stage"])
        return Whole(np.ascontiguousarray(logits[:, :size]), np.ascontiguousarray(share))

    def _whole(self, said: Stream) -> Seen:
        """Return what the network sees of whole texts, pairs across clauses too."""
        return _seen(*self._sums(said, said.text, said.opens, said.texts), said, said.text)

    def spelt(self, reading: Reading, words: Ints, group: Ints, language: Ints) -> Floats:
        """Return the logits of sentiment by the spelling of some words of a reading, shape (groups, 3).

        Args:
            reading: Of a batch.
            words: Places of the words.
            group: Group of each of them.
            language: Of each group, as a place in `touchline.understanding.fast.spelling.LANGUAGES`.
        """
        plain, numbers = self._lexical.vocabulary.plain, reading.said.number[words]
        return self._sounding.logits(numbers, plain, group, language)

    @cached_property
    def _sounding(self) -> Sounding:
        assert self.weights.spelling is not None  # noqa: S101  asked only of weights that have it
        return Sounding(self.weights.spelling)

    def foreign(self, reading: Reading) -> tuple[npt.NDArray[np.float64], Ints]:
        """Return how likely each text is in a language that is not read, and its family where it is marked, else -1."""
        said = reading.said
        return self._hearing.foreign(said.number, self._lexical.vocabulary.plain, said.text, said.texts)

    @cached_property
    def _hearing(self) -> Hearing:
        return Hearing(tongues())

    def vectors(self, reading: Reading) -> Floats:
        """Return the large encoder's vector of each mention, as the network learnt it."""
        own, whole, hidden, bias = self._vector
        around = product(reading.whole, whole).take(reading.text, axis=0)
        out: Floats = product(reading.own, own) + around + product(reading.hidden, hidden) + bias
        return out

    @cached_property
    def _vector(self) -> tuple[Grid, Grid, Grid, Floats]:
        cut, half = self.weights.columns("vector"), len(self.weights.straight) // 2
        straight, width = self.weights.straight[:, cut], self._rows.shape[1]
        own, whole = (gridded(heard(part, width)) for part in (straight[:half], straight[half:]))
        return own, whole, gridded(self.weights.outer[:, cut]), self.weights.bias[cut]

    def telling(self, reading: Reading, column: Ints) -> Floats:
        """Return what each word adds to one logit of its mention, to first order.

        Args:
            reading: Of a batch.
            column: Column of the logit, per mention.
        """
        w, width = self.weights, self._rows.shape[1]
        slope = w.straight[:, column].T + ((reading.hidden > 0) * w.outer[:, column].T) @ w.inner.T
        half = slope.shape[1] // 2
        size = scale(np.bincount(reading.mention, minlength=len(reading.text)))
        whole = scale(np.bincount(reading.said.text, minlength=reading.said.texts))[reading.text]
        own = slope[:, :width] * size + slope[:, half : half + width] * whole
        said, at = reading.said, reading.mention
        worth = np.einsum("ij,ij->i", self._rows[said.row], own[at])
        for codes, share in ((said.pair, 0.5), (said.turned, 1.0)):
            has = codes >= 0
            worth[has] += share * np.einsum("ij,ij->i", self.weights.pairs[codes[has]], own[at[has]])
        out: Floats = worth.astype(np.float32)
        return out

    def _sums(self, said: Stream, clause: Ints, first: Ints, many: int) -> tuple[Floats, Ints]:
        """Return the sum of the rows of each clause's words and pairs, and how many words it has.

        Args:
            said: The words.
            clause: Clause of each, ascending.
            first: First word of each clause that has any.
            many: How many clauses there are.
        """
        from scipy.sparse import csr_matrix

        codes = np.empty((len(clause), 2), np.int32)  # a word and its pair
        np.add(said.row, PAIRS, out=codes[:, 0], casting="unsafe")
        pair = codes[:, 1]
        pair[:] = said.pair
        pair[first] = self._nothing
        sizes = np.bincount(clause, minlength=many)
        turned = np.flatnonzero(said.turned >= 0)  # what a word is behind a negation comes after its pair
        at = np.insert(codes.ravel(), 2 * turned + 2, said.turned[turned])
        ends = _ends(2 * sizes + np.bincount(clause[turned], minlength=many))
        rows = csr_matrix((np.ones(len(at), np.float32), at, ends), shape=(many, len(self._table)))
        sums: Floats = rows @ self._table
        return sums, sizes

    def _joined(
        self, said: Stream, seen: Seen, sizes: Ints, of_text: Ints, around: Floats, strength: Strengths
    ) -> Ints:
        """Return the mention of each clause."""
        several = np.flatnonzero(np.bincount(of_text, minlength=said.texts)[of_text] > 1)
        every = len(several) > _MOST * len(of_text)  # what the others say changes nothing: to leave them out is slower
        some, of = (seen, of_text) if every else (seen.of(several), of_text[several])
        heat, look = self.weights.temperature, self._first_look
        logits = look.logits(some, look.beside(around), of)
        found = softmaxes(logits, look.sizes(), [heat[head] for head in look.heads])
        if not every:
            for head, told in enumerate(found):
                found[head] = np.full((len(of_text), told.shape[1]), 1 / told.shape[1], np.float32)
                found[head][several] = told
        return mentions(of_text, found[0], found[1], strength, sizes, self.weights.numbers)


def scale(sizes: npt.NDArray[Any]) -> Floats:
    """Return what sums of so many rows are multiplied by, shape (sums, 1): texts grow louder up to `LOUDEST` words.

    >>> scale(np.array([1, 16, 64])).ravel().tolist()
    [1.0, 0.25, 0.125]
    """
    many = np.maximum(sizes, 1)
    factor: Floats = (np.sqrt(np.minimum(many, LOUDEST)) / many).astype(np.float32)[:, None]
    return factor


def _seen(sums: Floats, sizes: Ints, said: Stream, of: Ints) -> Seen:
    """Return what the network sees of groups of words."""
    return Seen(sums, scale(sizes), said.dense(of, sizes))


def _added(rows: Floats, sizes: Ints, group: Ints, groups: int) -> tuple[Floats, Ints]:
    """Sum rows, and their sizes, by ascending group."""
    from scipy.sparse import csr_matrix

    ends = _ends(np.bincount(group, minlength=groups))
    each = csr_matrix((np.ones(len(rows), np.float32), np.arange(len(rows), dtype=np.int32), ends),
                      shape=(groups, len(rows)))  # fmt: skip
    added: Floats = each @ rows
    return added, np.bincount(group, sizes, groups).astype(np.int64)


def _ends(sizes: npt.NDArray[Any]) -> npt.NDArray[np.int32]:
    ends = np.zeros(len(sizes) + 1, np.int32)
    np.cumsum(sizes, out=ends[1:])
    return ends
