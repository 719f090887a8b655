"""The understander that works by phrases: an open lexicon and the words of the taxonomy. No model, no training.

It registers as ``phrases`` in the entry point group ``touchline.understanders``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.understanding.lexicon import Lexicon, lexicon
from touchline.understanding.reading import Read, read
from touchline.understanding.runs import runs
from touchline.understanding.stages import StageModel, compile_taxonomy
from touchline.vocabulary.schemas import EVIDENCE, TEXTS, validate
from touchline.vocabulary.taxonomy import Taxonomy

Ints = npt.NDArray[np.int64]

REVISION: Final = "phrases-1"
#: Texts are read in runs of this many, or of this many characters, so that memory stays bounded.
RUN_TEXTS: Final = 4096
RUN_CHARACTERS: Final = 1_000_000
#: Phrases named per mention.
PHRASES: Final = 5


@dataclass(frozen=True, slots=True)
class PhraseUnderstander:
    """Reads English texts by phrases.

    Attributes:
        lexicon: The lexicon.
        model: The taxonomy, compiled.
        version: Names lexicon and taxonomy.
    """

    lexicon: Lexicon
    model: StageModel
    version: str

    @property
    def method(self) -> str:
        """Phrases and rules: ``rule``."""
        return "rule"

    def read(self, texts: pa.Table) -> pa.Table:
        """Return the EVIDENCE of a table of TEXTS; see `touchline.understanding.base.Understander`."""
        validate(texts, TEXTS)
        ids = texts.column("interaction_id").to_pylist()
        words = texts.column("text").to_pylist()
        declared = texts.column("language").to_pylist()
        tables = [
            _table(ids[run], words[run], read(words[run], declared[run], self.lexicon, self.model), self)
            for run in runs(np.fromiter(map(len, words), np.int64), texts=RUN_TEXTS, characters=RUN_CHARACTERS)
        ]
        return pa.concat_tables(tables) if tables else EVIDENCE.empty_table()

    def explain(self, texts: pa.Table) -> pa.Table:
        """Return the same: the phrases are at hand."""
        return self.read(texts)


def understander(taxonomy: Taxonomy) -> PhraseUnderstander:
    """Return the understander for a taxonomy."""
    lex = lexicon()
    return PhraseUnderstander(lex, compile_taxonomy(taxonomy), f"{REVISION}:{lex.digest}:{taxonomy.version}")


def _table(ids: list[str], texts: list[str], said: Read, owner: PhraseUnderstander) -> pa.Table:
    """Lay mentions out as EVIDENCE; a text without words gets one empty mention."""
    silent = np.setdiff1d(np.arange(len(texts)), said.text)
    count, extra = len(said.text), len(silent)
    text = np.concatenate((said.text, silent))
    order = np.argsort(text, kind="stable")
    text = text[order]
    number = np.arange(len(text)) - np.searchsorted(text, text)
    start, end = _spans(texts, said, silent, order, text)

    def column(values: npt.NDArray[Any], default: object) -> npt.NDArray[Any]:
        return np.concatenate((values, np.full(extra, default, values.dtype if count else None)))[order]

    codes = np.array(said.language, object)[text]
    stages = said.evidence.shape[1]
    evidence = np.concatenate((said.evidence, np.zeros((extra, stages))))[order].astype(np.float32)
    lists = pa.array(np.arange(0, evidence.size + 1, stages, dtype=np.int32))
    signs = said.signals
    themes, touchpoints = owner.model.theme_ids, owner.model.touchpoint_ids
    return pa.Table.from_arrays(
        [
            pa.array([ids[i] for i in text.tolist()], pa.string()),
            pa.array(number, pa.int16()),
            pa.array(start, pa.int32()),
            pa.array(end, pa.int32()),
            pa.array(codes, pa.string()),
            pa.array(said.understood[text]),
            pa.array(column(said.sentiment, 0), pa.int8()),
            pa.array(column(said.polarity, 0.0).astype(np.float32)),
            pa.array(column(said.confidence, 1 / 3).astype(np.float32)),
            _strings(column(signs.emotion, "neutral")),
            _strings(column(signs.effort, "none")),
            _strings(column(signs.resolution, "na")),
            _strings(column(signs.intent, "none")),
            pa.array(column(signs.severity, 0.5).astype(np.float32)),
            pa.array([themes[i] for i in column(said.theme, -1).tolist()], pa.string()),
            pa.array([touchpoints[i] for i in column(said.touchpoint, -1).tolist()], pa.string()),
            pa.ListArray.from_arrays(lists, pa.array(evidence.ravel())),
            pa.array(_phrases(said, count, extra, order), pa.list_(pa.string())),
        ],
        schema=EVIDENCE,
    )


def _strings(values: npt.NDArray[Any]) -> pa.Array:
    return pa.array(values.astype(object), pa.string())


def _spans(texts: list[str], said: Read, silent: Ints, order: Ints, text: Ints) -> tuple[list[int], list[int]]:
    """First and one past the last character of each mention within its text, without blanks around."""
    batch = said.batch
    begin = batch.start[batch.word[said.first]] - batch.offset[said.text]
    begin[np.diff(said.text, prepend=-1) > 0] = 0
    begin = np.concatenate((begin, np.zeros(len(silent), np.int64)))[order]
    last = np.diff(text, append=-1) != 0
    stop = np.where(last, np.diff(batch.offset)[text] - 1, np.concatenate((begin[1:], [0])))
    starts, ends = [], []
    for i, low, high in zip(text.tolist(), begin.tolist(), stop.tolist(), strict=True):
        part = texts[i][low:high]
        bare = part.strip()
        lead = len(part) - len(part.lstrip()) if bare else 0
        starts.append(low + lead)
        ends.append(low + lead + len(bare))
    return starts, ends


def _phrases(said: Read, count: int, extra: int, order: Ints) -> list[list[str]]:
    """The words, as written, of the phrases that decided; the heaviest first, none inside another."""
    batch = said.batch
    of, first, last, _ = said.told
    low, high = batch.start[batch.word[first]], batch.start[batch.word[last] + 1]
    rank = np.arange(len(of)) - np.searchsorted(of, of)
    near = rank < 3 * PHRASES
    chosen: list[list[str]] = [[] for _ in range(count + extra)]
    for mention, a, b in zip(of[near].tolist(), low[near].tolist(), high[near].tolist(), strict=True):
        mine = chosen[mention]
        if len(mine) < PHRASES:
            phrase = " ".join(batch.joined[a:b].lower().split())
            if not any(phrase in other for other in mine):
                mine.append(phrase)
    return [chosen[i] for i in order.tolist()]
