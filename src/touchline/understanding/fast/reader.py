"""The understander that everyone gets: trained, calibrated, offline, no framework.

It registers as ``fast`` in the entry point group ``touchline.understanders``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from touchline.understanding import placing, stages
from touchline.understanding.fast import scripts, seeing
from touchline.understanding.fast.model import Model, Reading
from touchline.understanding.fast.spelling import LANGUAGES
from touchline.understanding.fast.staging import Staging
from touchline.understanding.fast.weights import Weights, digest, weights
from touchline.understanding.fast.words import SENTENCE
from touchline.understanding.teaching.seeing import Seen, Space
from touchline.understanding.teaching.taught import Taught, logs_of, parted
from touchline.vocabulary.schemas import EVIDENCE, TEXTS, UNASSIGNED, validate
from touchline.vocabulary.taxonomy import Taxonomy

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

REVISION: Final = "fast-1"
#: Texts are read in runs of this many, or of this many characters, so that memory stays bounded.
RUN_TEXTS: Final = 2048
RUN_CHARACTERS: Final = 1_000_000
#: Phrases named per mention, on request.
PHRASES: Final = 5
#: A language is told from the words when it is this likely; else what was declared counts.
SURE: Final = 0.6
#: Languages whose texts are scored; the network tells more of them apart.
READ: Final = ("en", "es", "de", "fr", "pt", "it")
UNKNOWN: Final = "und"


class FastUnderstander:
    """Reads texts in six languages with the shipped weights.

    Args:
        taxonomy: The stages to place words on.
        trained: Weights; the shipped ones by default.
        taught: What a workspace's own labels correct.

    Raises:
        ValueError: That was taught to another reader.
    """

    def __init__(self, taxonomy: Taxonomy, trained: Weights | None = None, taught: Taught | None = None) -> None:
        self._taxonomy, self._trained = taxonomy, trained
        self.untaught = f"{REVISION}:{trained.version if trained else digest()}:{taxonomy.version}"
        self.taught: Taught | None = None
        self._teach(taught)

    # What follows is made when the first text is read: a table without words needs none of it.

    @cached_property
    def _stages(self) -> stages.StageModel:
        return stages.compile_taxonomy(self._taxonomy)

    @cached_property
    def _model(self) -> Model:
        return Model(self._trained or weights(), self._stages.stems.__getitem__)

    @cached_property
    def _staging(self) -> Staging:
        return Staging.of(self._taxonomy, self._model)

    @cached_property
    def _heads(self) -> dict[str, pa.Array]:
        return {head: pa.array(_strings(values)) for head, (_, values) in self._model.weights.heads.items()}

    @cached_property
    def _languages(self) -> tuple[str, ...]:
        return (*(str(code) for code in self._model.weights.heads["language"][1]),)

    @cached_property
    def classes(self) -> dict[str, tuple[str, ...]]:
        """What each head that can be taught tells apart."""
        return seeing.classes(self._model, self._taxonomy)

    @cached_property
    def examples(self) -> tuple[tuple[str, str], ...]:
        """The taxonomy's own examples, each with its stage."""
        return seeing.examples(self._taxonomy)

    def _teach(self, taught: Taught | None) -> None:
        if taught is not None and taught.reader != self.untaught:
            raise ValueError(f"taught to {taught.reader}, not to {self.untaught}")
        self.taught = taught
        self.version = self.untaught + (f":taught-{taught.version}" if taught else "")

    def with_taught(self, taught: Taught | None) -> Self:
        """Return the reader that was taught this; see `touchline.understanding.teaching.seeing.Teachable`."""
        other = copy(self)
        other._teach(taught)
        return other

    @property
    def space(self) -> Space:
        """How features to learn from are made of what the network sees."""
        return seeing.space(self._model)

    def see(self, texts: Sequence[str]) -> Seen:
        """Return what the network makes of whole texts, before anything was taught."""
        runs = [self._seen(texts[run]) for run in _runs(texts)] or [self._seen(())]
        return Seen.joined(runs)

    def _seen(self, texts: Sequence[str]) -> Seen:
        reading = self._model.read_whole(texts)
        language = self._language(reading, texts, [None] * len(texts))
        reading = self._spelt(reading, language)
        logs = {head: logs_of(share) for head, share in reading.shares.items()}
        logs["stage"] = parted(self._placed(reading, None)[2], reading.shares["stage"][:, -1])
        known = np.array([code in READ for code in language], np.bool_)
        return Seen(reading.inputs, reading.hidden, self._model.vectors(reading), logs, known)

    @property
    def method(self) -> str:
        """Trained weights: ``model``."""
        return "model"

    def read(self, texts: pa.Table) -> pa.Table:
        """Return the EVIDENCE of a table of TEXTS, without phrases; see `Understander`."""
        return self._read(texts, told=False)

    def explain(self, texts: pa.Table) -> pa.Table:
        """Return the same EVIDENCE with the phrases that spoke for stage and sentiment."""
        return self._read(texts, told=True)

    def _read(self, texts: pa.Table, *, told: bool) -> pa.Table:
        validate(texts, TEXTS)
        words = texts.column("text").to_pylist()
        declared = texts.column("language").to_pylist()
        ids = texts.column("interaction_id").combine_chunks()
        tables = [self._run(ids[run], words[run], declared[run], told=told) for run in _runs(words)]
        return pa.concat_tables(tables) if tables else EVIDENCE.empty_table()

    def _run(self, ids: pa.Array, words: list[str], declared: list[str | None], *, told: bool) -> pa.Table:
        reading = self._model.read(words)
        language = self._language(reading, words, declared)
        reading = self._spelt(reading, language)
        if self.taught:
            shares = self.taught.shares(reading.shares, reading.inputs, reading.hidden)
            reading = replace(reading, shares=shares)
        known = np.array([code in READ for code in language], np.bool_)
        theme, touchpoint, evidence = self._placed(reading, self.taught)
        text, many = reading.text, len(reading.text)
        understood = known[text] if many else np.zeros(0, np.bool_)
        evidence = np.where(understood[:, None], evidence, 0).astype(np.float32)
        sentiment = np.where(understood, reading.shares["sentiment"].argmax(axis=1) - 1, 0)
        polarity = reading.shares["sentiment"][:, 2] - reading.shares["sentiment"][:, 0]
        confidence = np.where(understood, reading.shares["sentiment"].max(axis=1, initial=0), 1 / 3)
        severity = np.array(self._model.weights.heads["severity"][1], np.float32)
        grave = np.where(sentiment < 0, severity[reading.shares["severity"].argmax(axis=1)] if many else 1, 1)
        start, end = _spans(words, reading)
        table = _Rows(text, len(words))

        def named(head: str, otherwise: str) -> pa.Array:
            values = self._heads[head]
            codes = reading.shares[head].argmax(axis=1) if many else np.zeros(0, np.int64)
            none = values.index(otherwise).as_py()
            return values.take(pa.array(table.filled(np.where(understood, codes, none), none)))

        lists = np.arange(0, (table.rows + 1) * evidence.shape[1], evidence.shape[1], dtype=np.int32)
        return pa.Table.from_arrays(
            [
                ids.take(pa.array(table.text)),
                pa.array(table.number, pa.int16()),
                pa.array(table.filled(start, 0), pa.int32()),
                pa.array(table.filled(end, 0), pa.int32()),
                pa.array(language, pa.string()).take(pa.array(table.text)),
                pa.array(known[table.text]),
                pa.array(table.filled(sentiment, 0), pa.int8()),
                pa.array(table.filled(np.where(understood, polarity, 0), 0).astype(np.float32)),
                pa.array(table.filled(confidence, 1 / 3).astype(np.float32)),
                named("emotion", "neutral"),
                named("effort", "none"),
                named("resolution", "na"),
                named("intent", "none"),
                pa.array(table.filled(grave, 1).astype(np.float32)),
                pa.array(self._stages.theme_ids, pa.string()).take(
                    pa.array(table.filled(theme, -1) % len(self._stages.theme_ids))
                ),
                pa.array(self._stages.touchpoint_ids, pa.string()).take(
                    pa.array(table.filled(touchpoint, -1) % len(self._stages.touchpoint_ids))
                ),
                pa.ListArray.from_arrays(pa.array(lists), pa.array(table.filled(evidence, 0).ravel())),
                self._told(reading, words, evidence, table) if told else _none(table.rows),
            ],
            schema=EVIDENCE,
        )

    def _placed(self, reading: Reading, taught: Taught | None) -> tuple[Ints, Ints, Floats]:
        """Return theme and touchpoint of each mention, and what its words say of the stages."""
        said, many = reading.said, len(reading.text)
        sentence = np.cumsum(said.strength >= SENTENCE) - 1
        hits, _ = stages.find(self._stages, said.stem, sentence)
        weight = stages.strengths(self._stages, hits, len(said.row))
        of = reading.mention[hits.start] if len(said.row) else hits.start
        found = placing.occurrences(hits, of, many, weight, len(self._stages.length))
        keywords = placing.stage_evidence(found, self._stages).astype(np.float32)
        evidence = self._staging.evidence(self._model, reading, keywords)
        if taught:
            evidence = taught.evidence(evidence, reading.shares["stage"][:, -1], reading.inputs, reading.hidden)
        sentiment = reading.shares["sentiment"].argmax(axis=1) - 1 if many else np.zeros(0, np.int64)
        theme = placing.themes(found, self._stages, sentiment)
        return theme, placing.touchpoints(found, self._stages, evidence.astype(np.float64)), evidence

    def _language(self, reading: Reading, words: Sequence[str], declared: Sequence[str | None]) -> list[str]:
        read = len(READ)  # the languages that are read come first
        best = reading.language.argmax(axis=1) if len(words) else np.zeros(0, np.int64)
        likely = reading.language[:, :read].argmax(axis=1) if len(words) else best
        share = reading.language.max(axis=1, initial=0)
        blank = np.bincount(reading.said.text, minlength=len(words)) == 0
        found = []
        for code, near, sure, empty, stated, text in zip(
            best.tolist(), likely.tolist(), share.tolist(), blank.tolist(), declared, words, strict=True
        ):
            script = None if text.isascii() else scripts.language(text)
            given = (stated or "").partition("-")[0].partition("_")[0].lower()[:3]
            if script:
                found.append(script)
            elif empty:
                found.append(given or UNKNOWN)
            elif sure >= SURE:
                found.append(self._languages[code])
            else:  # too short to tell: what was declared, else the likeliest of those that are read
                found.append(given or READ[near])
        return found

    def _spelt(self, reading: Reading, language: Sequence[str]) -> Reading:
        """Let the spelling of words have its say in the sentiment of languages whose words are less well known."""
        by = self._model.weights.spelling
        foreign = np.array([code in LANGUAGES for code in language], np.bool_)[reading.text]
        if by is None or not foreign.any():
            return reading
        words = np.flatnonzero(foreign[reading.mention])
        logits = by.logits(self._model.words_of(reading, words), reading.mention[words], len(reading.text))
        share = reading.shares["sentiment"].copy()
        share[foreign] = by.joined(share[foreign], logits[foreign])
        return replace(reading, shares={**reading.shares, "sentiment": share})

    def _told(self, reading: Reading, words: list[str], evidence: Floats, table: _Rows) -> pa.Array:
        """Return the words, as written, that spoke most for stage and sentiment; neighbours as one phrase."""
        stage = self._model.weights.columns("stage").start + reading.shares["stage"].argmax(axis=1)
        mood = self._model.weights.columns("sentiment").start + reading.shares["sentiment"].argmax(axis=1)
        worth = np.maximum(self._model.telling(reading, stage), self._model.telling(reading, mood))
        said = reading.said
        chosen: list[list[str]] = []
        ends = np.append(reading.first, len(said.row))
        for mention in range(len(reading.text)):
            at = np.arange(ends[mention], ends[mention + 1])
            loud = at[worth[at] >= max(0.15, 0.35 * float(worth[at].max(initial=0)))]
            runs = np.split(loud, np.flatnonzero(np.diff(loud) > 1) + 1) if len(loud) else []
            ranked = sorted(runs, key=lambda run: -float(worth[run].sum()))[:PHRASES]
            text = words[reading.text[mention]]
            chosen.append([_written(text, said.start[run[0]], said.start[run[-1]]) for run in ranked])
        rows: list[list[str]] = [[] for _ in range(table.rows)]
        for place, phrases in zip(table.place.tolist(), chosen, strict=True):
            rows[place] = list(dict.fromkeys(phrase for phrase in phrases if phrase))
        return pa.array(rows, pa.list_(pa.string()))


def understander(taxonomy: Taxonomy) -> FastUnderstander:
    """Return the understander for a taxonomy."""
    return FastUnderstander(taxonomy)


class _Rows:
    """The rows of EVIDENCE: mentions in order, and one empty mention for each text without words."""

    def __init__(self, text: Ints, texts: int) -> None:
        silent = np.setdiff1d(np.arange(texts), text)
        both = np.concatenate((text, silent))
        order = np.argsort(both, kind="stable")
        self.text = both[order]
        self.rows = len(both)
        self.number = np.arange(self.rows) - np.searchsorted(self.text, self.text)
        self._order, self._silent = order, len(silent)
        place = np.empty(self.rows, np.int64)
        place[order] = np.arange(self.rows)
        self.place = place[: len(text)]

    def filled(self, values: npt.NDArray[Any], empty: float) -> npt.NDArray[Any]:
        """Return values in the rows' order, with another one for empty mentions."""
        if not self._silent:
            return values
        more = np.full((self._silent, *values.shape[1:]), empty, values.dtype)
        return np.concatenate((values, more))[self._order]


def _runs(texts: Sequence[str]) -> Iterator[slice]:
    low, size = 0, 0
    for i, text in enumerate(texts):
        if i - low == RUN_TEXTS or (size and size + len(text) > RUN_CHARACTERS):
            yield slice(low, i)
            low, size = i, 0
        size += len(text)
    if texts:
        yield slice(low, len(texts))


def _spans(texts: list[str], reading: Reading) -> tuple[Ints, Ints]:
    """First and one past the last character of each mention within its text, without blanks around."""
    text = reading.text
    start = reading.said.start[reading.first] if len(text) else np.zeros(0, np.int64)
    start[np.diff(text, prepend=-1) > 0] = 0
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    last = np.diff(text, append=-1) != 0
    end = np.where(last, lengths[text], np.concatenate((start[1:], [0]))) if len(text) else start
    for i, (of, low, high) in enumerate(zip(text.tolist(), start.tolist(), end.tolist(), strict=True)):
        part = texts[of][low:high]
        bare = part.strip()
        if bare and len(bare) != len(part):
            start[i] = low + len(part) - len(part.lstrip())
            end[i] = start[i] + len(bare)
    return start, end


def _written(text: str, first: int, last: int) -> str:
    """Return the words from one start to the end of the word at another."""
    end = last
    while end < len(text) and (text[end].isalnum() or text[end] in "'’"):
        end += 1
    return " ".join(text[first : max(end, last + 1)].lower().split())


def _none(rows: int) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(np.zeros(rows + 1, np.int32)), pa.array([], pa.string()))


def _strings(values: Sequence[Any]) -> list[str]:
    return [UNASSIGNED if value is None else str(value) for value in values]
