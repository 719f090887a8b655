"""The network over a batch: sums of rows per clause, logits per clause, per mention, per text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.fast.clauses import clauses, mentions
from touchline.understanding.fast.features import DENSE, PAIRS, Lexical, Stream, stream
from touchline.understanding.fast.hearing import Hearing
from touchline.understanding.fast.letters import grams
from touchline.understanding.fast.product import ROWS, Grid, gridded, product
from touchline.understanding.fast.shares import softmax, softmaxes
from touchline.understanding.fast.sounding import Sounding
from touchline.understanding.fast.tongues import tongues
from touchline.understanding.fast.weights import Weights
from touchline.understanding.fast.words import Texts, Vocabulary

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

#: Rows kept free for words that the vocabulary does not have.
_UNSEEN: Final = 400_000
#: Words from which on a sum is a mean.
LOUDEST: Final = 64
#: Heads that are read of each mention; the language is read of each text.
OF_MENTIONS: Final = ("stage", "sentiment", "emotion", "effort", "resolution", "intent", "severity")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a batch says.

    Attributes:
        said: Its words.
        mention: Mention of each word, ascending.
        text: Text of each mention, ascending.
        first: First word of each mention.
        own: What the network sees of each mention, shape (mentions, inputs / 2).
        whole: The same of each whole text, shape (texts, inputs / 2).
        hidden: The hidden layer of each mention, shape (mentions, hidden).
        shares: Per head of `OF_MENTIONS`, a distribution per mention.
        language: A distribution over languages per text.
    """

    said: Stream
    mention: Ints
    text: Ints
    first: Ints
    own: Floats
    whole: Floats
    hidden: Floats
    shares: dict[str, Floats]
    language: Floats

    @property
    def inputs(self) -> Floats:
        """All that the network sees of each mention, shape (mentions, inputs)."""
        return np.concatenate((self.own, self.whole[self.text]), axis=1)


@dataclass(frozen=True, slots=True)
class Whole:
    """What whole texts say: the large encoder's vector as the network learnt it, and shares of the taught stages."""

    vector: Floats
    stage: Floats


@dataclass(frozen=True, slots=True)
class _Look:
    """The weights of some heads, on their grids: columns of the hidden layer first, then those of the heads.

    Attributes:
        own: From what is seen of a mention.
        whole: From what is seen of its text; behind them, the columns of a head that only the text has.
        outer: From the hidden layer to the heads.
        inner_bias: Of the hidden layer.
        bias: Of the heads.
    """

    own: Grid
    whole: Grid
    outer: Grid
    inner_bias: Floats
    bias: Floats

    @classmethod
    def of(cls, weights: Weights, heads: Sequence[str], alone: str | None = None, *, rough: bool = False) -> _Look:
        """Return the weights of heads, and of one that is read of texts ``alone``."""
        cuts = [weights.columns(head) for head in heads]
        columns = np.concatenate([np.arange(cut.start, cut.stop) for cut in cuts])
        wide = np.concatenate((weights.inner, weights.straight[:, columns]), axis=1)
        half = len(wide) // 2
        around = [wide[half:]]
        if alone:  # a whole text is its own surroundings
            both = weights.straight[:, weights.columns(alone)]
            around.append(both[:half] + both[half:])
        return cls(
            gridded(wide[:half], rough=rough),
            gridded(np.concatenate(around, axis=1)),
            gridded(weights.outer[:, columns], rough=rough),
            weights.inner_bias.astype(np.float32),
            weights.bias[columns].astype(np.float32),
        )

    def logits(self, own: Floats, around: Floats, of: Ints) -> tuple[Floats, Floats]:
        """Return the heads' logits and the hidden layer.

        Args:
            own: What is seen of each mention.
            around: The product of ``whole`` with what is seen of each text.
            of: Text of each mention.
        """
        deep, many = len(self.inner_bias), len(self.bias)
        logits, hidden = np.empty((len(own), many), np.float32), np.empty((len(own), deep), np.float32)
        for low in range(0, len(own), ROWS):
            some, bent = slice(low, low + ROWS), hidden[low : low + ROWS]
            wide = product(own[some], self.own)
            wide += around.take(of[some], axis=0)[:, : deep + many]
            np.add(wide[:, :deep], self.inner_bias, out=bent)
            np.maximum(bent, 0, out=bent)
            straight = wide[:, deep:]
            straight += self.bias
            np.add(product(bent, self.outer), straight, out=logits[some])
        return logits, hidden


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
        self._table = np.zeros((PAIRS + known + _UNSEEN, width), np.float32)
        self._table[:PAIRS] = weights.pairs
        self._rows = self._table[PAIRS:]
        self._rows[:known] = weights.rows
        vocabulary = Vocabulary(weights.words, self._unseen, stem)

        def roomy(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
            wide = np.zeros(known + _UNSEEN, values.dtype)
            wide[:known] = values
            return wide

        self._lexical = Lexical(vocabulary, roomy(weights.valence), roomy(weights.negates), roomy(weights.mark))
        self._look = _Look.of(weights, OF_MENTIONS, "language")
        self._first_look = _Look.of(weights, OF_MENTIONS[:2], rough=True)

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

    def read(self, texts: Texts) -> Reading:
        """Read a batch; what is said of a text does not hang on the others."""
        said = self._stream(texts)
        clause, first = clauses(said)
        sums, sizes = self._sums(said, clause, len(first))
        of_text = said.text[first]
        whole = _seen(*_added(sums, sizes, of_text, said.texts), said.dense(said.text, said.texts))
        around = product(whole, self._look.whole)
        joined = self._joined(said, clause, sums, sizes, of_text, around, said.strength[first])
        many = int(joined[-1]) + 1 if len(joined) else 0
        opens = np.flatnonzero(np.diff(joined, prepend=-1))
        mention = joined[clause]
        own = _seen(*_added(sums, sizes, joined, many), said.dense(mention, many))
        return self._reading(said, mention, of_text[opens], first[opens], own, whole, around)

    def read_whole(self, texts: Texts) -> Reading:
        """Read texts as one mention each, also those without words; what is said of one does not hang on the others."""
        said = self._stream(texts)
        whole = self._whole(said)
        text = np.arange(said.texts)
        first = np.searchsorted(said.text, text)
        return self._reading(said, said.text, text, first, whole, whole, product(whole, self._look.whole))

    def _reading(
        self, said: Stream, mention: Ints, text: Ints, first: Ints, own: Floats, whole: Floats, around: Floats
    ) -> Reading:
        logits, hidden = self._look.logits(own, around, text)
        heat = self.weights.temperature
        sizes = [len(self.weights.heads[head][1]) for head in OF_MENTIONS]
        found = softmaxes(logits, sizes, [heat[head] for head in OF_MENTIONS])
        shares = dict(zip(OF_MENTIONS, found, strict=True))
        bias = self.weights.bias[self.weights.columns("language")]
        language = softmax(around[:, -len(bias) :] + bias, heat["language"])
        return Reading(said, mention, text, first, own, whole, hidden, shares, language)

    def whole(self, texts: Texts) -> Whole:
        """Read texts as one mention each."""
        whole = self._whole(self._stream(texts))
        look = _Look.of(self.weights, ("vector", "stage"))
        logits, _ = look.logits(whole, product(whole, look.whole), np.arange(len(whole)))
        size = len(self.weights.heads["vector"][1])
        return Whole(logits[:, :size], softmax(logits[:, size:], self.weights.temperature["stage"]))

    def _whole(self, said: Stream) -> Floats:
        """Return what the network sees of whole texts, pairs across clauses too."""
        sums, sizes = self._sums(said, said.text, said.texts)
        return _seen(sums, sizes, said.dense(said.text, said.texts))

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
        straight = self.weights.straight[:, cut]
        outer = gridded(self.weights.outer[:, cut])
        return gridded(straight[:half]), gridded(straight[half:]), outer, self.weights.bias[cut]

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

    def _sums(self, said: Stream, clause: Ints, many: int) -> tuple[Floats, Ints]:
        """Return the sum of the rows of each clause's words and pairs, and how many words it has."""
        from scipy.sparse import csr_matrix

        codes = np.empty((len(clause), 3), np.int32)  # a word, its pair, and what it is behind a negation
        np.add(said.row, PAIRS, out=codes[:, 0], casting="unsafe")
        codes[:, 1], codes[:, 2] = said.pair, said.turned
        codes[1:, 1][clause[1:] != clause[:-1]] = -1
        has = (codes >= 0).ravel()
        sizes = np.bincount(clause, minlength=many)
        ends = _ends(has)[3 * _ends(sizes)]
        at = codes.ravel()[has]
        rows = csr_matrix((np.ones(len(at), np.float32), at, ends), shape=(many, len(self._table)))
        sums: Floats = rows @ self._table
        return sums, sizes

    def _joined(
        self, said: Stream, clause: Ints, sums: Floats, sizes: Ints, of_text: Ints, around: Floats, strength: Ints
    ) -> Ints:
        """Return the mention of each clause."""
        several = np.flatnonzero(np.bincount(of_text, minlength=said.texts)[of_text] > 1)
        numbers, heat = self.weights.numbers, self.weights.temperature
        kinds = [len(self.weights.heads[head][1]) for head in OF_MENTIONS[:2]]
        stage, feeling = (np.full((len(of_text), many), 1 / many, np.float32) for many in kinds)
        dense = said.dense(clause, len(sums))
        looks = np.empty((len(several), sum(kinds)), np.float32)
        for low in range(0, len(several), ROWS):
            some = several[low : low + ROWS]
            own = _seen(sums[some], sizes[some], dense[some])
            looks[low : low + ROWS], _ = self._first_look.logits(own, around, of_text[some])
        stage[several], feeling[several] = softmaxes(looks, kinds, [heat[head] for head in OF_MENTIONS[:2]])
        return mentions(of_text, stage, feeling, strength, sizes, numbers)


def scale(sizes: npt.NDArray[Any]) -> Floats:
    """Return what sums of so many rows are multiplied by, shape (sums, 1): texts grow louder up to `LOUDEST` words.

    >>> scale(np.array([1, 16, 64])).ravel().tolist()
    [1.0, 0.25, 0.125]
    """
    many = np.maximum(sizes, 1)
    factor: Floats = (np.sqrt(np.minimum(many, LOUDEST)) / many).astype(np.float32)[:, None]
    return factor


def _seen(sums: Floats, sizes: Ints, dense: Floats) -> Floats:
    """Return what the network sees of stretches of words."""
    width = sums.shape[1]
    seen = np.empty((len(sums), width + DENSE), np.float32)
    np.multiply(sums, scale(sizes), out=seen[:, :width])
    seen[:, width:] = dense
    return seen


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
