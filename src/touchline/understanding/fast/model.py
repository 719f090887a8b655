"""The network over a batch: sums of rows per clause, logits per clause, per mention, per text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.fast.clauses import clauses, mentions
from touchline.understanding.fast.features import PAIRS, Lexical, Stream, stream
from touchline.understanding.fast.letters import grams
from touchline.understanding.fast.product import gridded, product
from touchline.understanding.fast.weights import Weights
from touchline.understanding.fast.words import Vocabulary

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
        inputs: What the network sees of each mention, shape (mentions, inputs).
        hidden: Its hidden layer, shape (mentions, hidden).
        shares: Per head of `OF_MENTIONS`, a distribution per mention.
        language: A distribution over languages per text.
    """

    said: Stream
    mention: Ints
    text: Ints
    first: Ints
    inputs: Floats
    hidden: Floats
    shares: dict[str, Floats]
    language: Floats


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
        self._rows = np.zeros((known + _UNSEEN, width), np.float32)  # untouched pages cost nothing
        self._rows[:known] = weights.rows
        vocabulary = Vocabulary(weights.words, self._unseen, stem)

        def roomy(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
            wide = np.zeros(known + _UNSEEN, values.dtype)
            wide[:known] = values
            return wide

        self._lexical = Lexical(vocabulary, roomy(weights.valence), roomy(weights.negates), roomy(weights.mark))
        self._inner, self._straight, self._outer = map(gridded, (weights.inner, weights.straight, weights.outer))
        heads = [weights.columns(head) for head in OF_MENTIONS]
        self._of_mentions = np.concatenate([np.arange(cut.start, cut.stop) for cut in heads])
        self._first_look = np.concatenate(
            [np.arange(cut.start, cut.stop) for cut in (weights.columns("stage"), weights.columns("sentiment"))]
        )

    def _unseen(self, word: str) -> int:
        if self._next == len(self._rows):
            return self._known  # not met: a batch is shorter than the room
        row: int = self._next
        self._next += 1
        self._rows[row] = self.weights.letters[grams(word)].mean(axis=0)
        return row

    def read(self, texts: Sequence[str]) -> Reading:
        """Read a batch; what is said of a text does not hang on the others."""
        if self._lexical.vocabulary.forget():
            self._next = self._known
        said = stream(texts, self._lexical)
        clause, first = clauses(said)
        sums, dense, sizes = self._sums(said, clause, len(first))
        of_text = said.text[first] if len(first) else first
        whole = self._whole(sums, sizes, of_text, said)
        joined = self._joined(sums, dense, sizes, of_text, whole, said.strength[first] if len(first) else first)
        many = int(joined[-1]) + 1 if len(joined) else 0
        opens = np.flatnonzero(np.diff(joined, prepend=-1) > 0)
        x = _added(sums, joined, many) * scale(np.bincount(joined, sizes, many))
        mention = joined[clause] if len(clause) else clause
        text = of_text[opens]
        inputs: Floats = np.concatenate((x, said.dense(mention, many), whole[text]), axis=1)
        return self._reading(said, mention, text, first[opens], inputs, whole)

    def read_whole(self, texts: Sequence[str]) -> Reading:
        """Read texts as one mention each, also those without words; what is said of one does not hang on the others."""
        if self._lexical.vocabulary.forget():
            self._next = self._known
        said = stream(texts, self._lexical)
        sums, dense, sizes = self._sums(said, said.text, said.texts)
        half = np.concatenate((sums * scale(sizes), dense), axis=1)
        inputs: Floats = np.concatenate((half, half), axis=1)
        text = np.arange(said.texts)
        return self._reading(said, said.text, text, np.searchsorted(said.text, text), inputs, half)

    def _reading(self, said: Stream, mention: Ints, text: Ints, first: Ints, inputs: Floats, whole: Floats) -> Reading:
        logits, hidden = self._logits(inputs, self._of_mentions)
        shares, at = {}, 0
        for head in OF_MENTIONS:
            size = len(self.weights.heads[head][1])
            shares[head] = softmax(logits[:, at : at + size] / np.float32(self.weights.temperature[head]))
            at += size
        return Reading(said, mention, text, first, inputs, hidden, shares, self._language(whole))

    def whole(self, texts: Sequence[str]) -> Whole:
        """Read texts as one mention each."""
        said = stream(texts, self._lexical)
        sums, dense, sizes = self._sums(said, said.text, said.texts)
        half = np.concatenate((sums * scale(sizes), dense), axis=1)
        inputs: Floats = np.concatenate((half, half), axis=1)
        cuts = [self.weights.columns("vector"), self.weights.columns("stage")]
        logits, _ = self._logits(inputs, np.concatenate([np.arange(cut.start, cut.stop) for cut in cuts]))
        size = cuts[0].stop - cuts[0].start
        return Whole(logits[:, :size], softmax(logits[:, size:] / np.float32(self.weights.temperature["stage"])))

    def words_of(self, reading: Reading, words: Ints) -> list[str]:
        """Return the plain spelling of some words of a reading."""
        plain = self._lexical.vocabulary.plain
        return [plain[number] for number in reading.said.number[words].tolist()]

    def vectors(self, reading: Reading) -> Floats:
        """Return the large encoder's vector of each mention, as the network learnt it."""
        cut = self.weights.columns("vector")
        return self._logits(reading.inputs, np.arange(cut.start, cut.stop))[0]

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

    def _sums(self, said: Stream, clause: Ints, many: int) -> tuple[Floats, Floats, Ints]:
        from scipy.sparse import csr_matrix

        sizes = np.bincount(clause, minlength=many)
        ends = np.concatenate(([0], np.cumsum(sizes)))
        words = csr_matrix((np.ones(len(clause), np.float32), said.row, ends), shape=(many, len(self._rows)))
        inside = (said.pair >= 0) & np.concatenate(([False], clause[1:] == clause[:-1]))
        turned = said.turned >= 0
        codes = np.stack((np.where(inside, said.pair, -1), np.where(turned, said.turned, -1)), axis=1).ravel()
        has = codes >= 0
        held = np.concatenate(([0], np.cumsum(np.bincount(np.repeat(clause, 2)[has], minlength=many))))
        pairs = csr_matrix((np.ones(int(has.sum()), np.float32), codes[has], held), shape=(many, PAIRS))
        sums: Floats = words @ self._rows + pairs @ self.weights.pairs
        return sums, said.dense(clause, many), sizes

    def _whole(self, sums: Floats, sizes: Ints, of_text: Ints, said: Stream) -> Floats:
        """Return what the network sees of whole texts; pairs across clauses are left to the clauses."""
        x = _added(sums, of_text, said.texts) * scale(np.bincount(of_text, sizes, said.texts))
        whole: Floats = np.concatenate((x, said.dense(said.text, said.texts)), axis=1)
        return whole

    def _joined(self, sums: Floats, dense: Floats, sizes: Ints, of_text: Ints, whole: Floats, strength: Ints) -> Ints:
        """Return the mention of each clause."""
        alone = np.bincount(of_text, minlength=len(whole)) == 1
        several = np.flatnonzero(~alone[of_text]) if len(of_text) else of_text
        stage = np.full((len(of_text), len(self.weights.heads["stage"][1])), 0.1, np.float32)
        feeling = np.full((len(of_text), 3), 1 / 3, np.float32)
        if len(several):
            x = sums[several] * scale(sizes[several])
            inputs: Floats = np.concatenate((x, dense[several], whole[of_text[several]]), axis=1)
            logits, _ = self._logits(inputs, self._first_look)
            size = stage.shape[1]
            stage[several] = softmax(logits[:, :size] / np.float32(self.weights.temperature["stage"]))
            feeling[several] = softmax(logits[:, size:] / np.float32(self.weights.temperature["sentiment"]))
        return mentions(of_text, stage, feeling, strength, sizes, self.weights.numbers)

    def _logits(self, inputs: Floats, columns: Ints) -> tuple[Floats, Floats]:
        w = self.weights
        hidden = np.maximum(product(inputs, self._inner) + w.inner_bias, 0)
        straight, bent = product(inputs, self._straight[:, columns]), product(hidden, self._outer[:, columns])
        return straight + bent + w.bias[columns], hidden

    def _language(self, whole: Floats) -> Floats:
        cut = self.weights.columns("language")
        straight = self._straight[:, cut]
        half = len(straight) // 2
        logits = product(whole, straight[:half] + straight[half:]) + self.weights.bias[cut]
        return softmax(logits / np.float32(self.weights.temperature["language"]))


def softmax(logits: Floats) -> Floats:
    """Return distributions over the columns."""
    if not logits.size:
        return logits
    z = np.exp(logits - logits.max(axis=1, keepdims=True))
    out: Floats = z / z.sum(axis=1, keepdims=True)
    return out


def scale(sizes: npt.NDArray[Any]) -> Floats:
    """Return what sums of so many rows are multiplied by, shape (sums, 1): texts grow louder up to `LOUDEST` words.

    >>> scale(np.array([1, 16, 64])).ravel().tolist()
    [1.0, 0.25, 0.125]
    """
    many = np.maximum(sizes, 1)
    factor: Floats = (np.sqrt(np.minimum(many, LOUDEST)) / many).astype(np.float32)[:, None]
    return factor


def _added(rows: Floats, group: Ints, groups: int) -> Floats:
    """Sum rows by ascending group."""
    if not len(group):
        return np.zeros((groups, rows.shape[1]), np.float32)
    starts = np.flatnonzero(np.diff(group, prepend=-1) > 0)
    out = np.zeros((groups, rows.shape[1]), np.float32)
    out[group[starts]] = np.add.reduceat(rows, starts, axis=0)
    return out
