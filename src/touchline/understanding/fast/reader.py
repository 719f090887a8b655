"""The understander that everyone gets: trained, calibrated, offline, no framework.

It registers as ``fast`` in the entry point group ``touchline.understanders``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from touchline.understanding import placing, stages
from touchline.understanding.fast import scripts, seeing
from touchline.understanding.fast.model import Model, Reading
from touchline.understanding.fast.shares import best
from touchline.understanding.fast.spelling import LANGUAGES
from touchline.understanding.fast.staging import Staging
from touchline.understanding.fast.tongues import READ, SURELY, tongues
from touchline.understanding.fast.tongues import digest as digest_of_tongues
from touchline.understanding.fast.weights import Weights, digest, weights
from touchline.understanding.fast.words import SENTENCE
from touchline.understanding.quick import SENTIMENT, heaviness
from touchline.understanding.runs import runs
from touchline.understanding.teaching.seeing import Seen, Space
from touchline.understanding.teaching.taught import Taught, logs_of, parted
from touchline.vocabulary.schemas import EVIDENCE, TEXTS, UNASSIGNED, validate
from touchline.vocabulary.taxonomy import Taxonomy

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

REVISION: Final = "fast-2"
#: Texts are read in runs of this many, or of this many characters, so that memory stays bounded.
RUN_TEXTS: Final = 3072
RUN_CHARACTERS: Final = 1_000_000
#: Phrases named per mention, on request.
PHRASES: Final = 5
#: Signs that are not told, though the network hears them: they would tell a reader nothing.
_STOPS: Final = frozenset(".,")
#: A language is told from the words when it is this likely; else what was declared counts.
SURE: Final = 0.6
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
        made = f"{trained.version if trained else digest()}-{digest_of_tongues()}"
        self.untaught = f"{REVISION}:{made}:{taxonomy.version}"
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
    def _themes(self) -> pa.Array:
        return pa.array(self._stages.theme_ids, pa.string())

    @cached_property
    def _touchpoints(self) -> pa.Array:
        return pa.array(self._stages.touchpoint_ids, pa.string())

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
        words = pa.array(texts, pa.string())
        parts = runs(pc.binary_length(words).to_numpy(zero_copy_only=False), texts=RUN_TEXTS, characters=RUN_CHARACTERS)
        return Seen.joined([self._seen(words[run]) for run in parts] or [self._seen(words)])

    def _seen(self, words: pa.Array) -> Seen:
        reading = self._model.read_whole(words)
        language = self._language(reading, words, pa.nulls(len(words), pa.string()))
        reading = self._spelt(reading, language)
        logs = {head: logs_of(share) for head, share in reading.shares.items()}
        logs["stage"] = parted(self._placed(reading, None)[2], reading.shares["stage"][:, -1])
        return Seen(reading.inputs, reading.hidden, self._model.vectors(reading), logs, language.read)

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

    def sentiment(self, texts: pa.Table) -> pa.Table:
        """Return the sentiment of a table of TEXTS, a row each, by its heaviest mention; see `understanding.quick`."""
        return self._by_runs(texts, self._sentiment, SENTIMENT)

    def _read(self, texts: pa.Table, *, told: bool) -> pa.Table:
        return self._by_runs(texts, partial(self._run, told=told), EVIDENCE)

    def _by_runs(self, texts: pa.Table, read: Callable[..., pa.Table], schema: pa.Schema) -> pa.Table:
        validate(texts, TEXTS)
        columns = [texts.column(name).combine_chunks() for name in ("interaction_id", "text", "language")]
        sizes = pc.binary_length(columns[1]).to_numpy(zero_copy_only=False)
        parts = runs(sizes, texts=RUN_TEXTS, characters=RUN_CHARACTERS)
        tables = [read(*(column[run] for column in columns)) for run in parts]
        return pa.concat_tables(tables) if tables else schema.empty_table()

    def _sentiment(self, _: pa.Array, words: pa.Array, declared: pa.Array) -> pa.Table:
        reading = self._model.read(words, sentiment=True)
        language = self._language(reading, words, declared)
        reading = self._spelt(reading, language)
        if self.taught:
            reading = replace(reading, shares=self.taught.shares(reading.shares, reading.inputs, reading.hidden))
        feeling = self._feeling(reading, language.read[reading.text])
        heaviest = _heaviest(reading, feeling, words)
        found = heaviest >= 0
        columns = []
        for values, empty in ((feeling.sentiment, 0), (feeling.polarity, 0), (feeling.confidence, 1 / 3)):
            column = np.full(len(words), empty, np.float32)
            column[found] = values[heaviest[found]]
            columns.append(column)
        return pa.Table.from_arrays(
            [
                pa.array(columns[0].astype(np.int8)),
                *map(pa.array, columns[1:]),
                language.names.take(pa.array(language.code)),
                pa.array(language.read),
            ],
            schema=SENTIMENT,
        )

    def _feeling(self, reading: Reading, understood: npt.NDArray[np.bool_]) -> _Feeling:
        share, severity = reading.shares["sentiment"], np.array(self._model.weights.heads["severity"][1], np.float32)
        sentiment = np.where(understood, best(share) - 1, 0)
        return _Feeling(
            sentiment,
            np.where(understood, share[:, 2] - share[:, 0], 0),
            np.where(understood, share.max(axis=1, initial=0), 1 / 3),
            np.where(sentiment < 0, severity[best(reading.shares["severity"])], 1),
        )

    def _run(self, ids: pa.Array, words: pa.Array, declared: pa.Array, *, told: bool) -> pa.Table:
        reading = self._model.read(words)
        language = self._language(reading, words, declared)
        reading = self._spelt(reading, language)
        inputs = None
        if self.taught:
            inputs = reading.inputs
            reading = replace(reading, shares=self.taught.shares(reading.shares, inputs, reading.hidden))
        theme, touchpoint, evidence = self._placed(reading, self.taught, inputs)
        text, shares = reading.text, reading.shares
        understood = language.read[text]
        evidence = np.where(understood[:, None], evidence, 0).astype(np.float32)
        feeling = self._feeling(reading, understood)
        start, end = reading.said.places.spans(text, reading.first)
        table = _Rows(text, len(words))

        def named(head: str, otherwise: str) -> pa.Array:
            values = self._heads[head]
            none = values.index(otherwise).as_py()
            return values.take(pa.array(table.filled(np.where(understood, best(shares[head]), none), none)))

        def called(names: pa.Array, codes: Ints) -> pa.Array:
            return names.take(pa.array(table.filled(codes, -1) % len(names)))

        lists = np.arange(0, (table.rows + 1) * evidence.shape[1], evidence.shape[1], dtype=np.int32)
        return pa.Table.from_arrays(
            [
                ids.take(pa.array(table.text)),
                pa.array(table.number, pa.int16()),
                pa.array(table.filled(start, 0), pa.int32()),
                pa.array(table.filled(end, 0), pa.int32()),
                language.names.take(pa.array(language.code[table.text])),
                pa.array(language.read[table.text]),
                pa.array(table.filled(feeling.sentiment, 0), pa.int8()),
                pa.array(table.filled(feeling.polarity, 0).astype(np.float32)),
                pa.array(table.filled(feeling.confidence, 1 / 3).astype(np.float32)),
                named("emotion", "neutral"),
                named("effort", "none"),
                named("resolution", "na"),
                named("intent", "none"),
                pa.array(table.filled(feeling.severity, 1).astype(np.float32)),
                called(self._themes, theme),
                called(self._touchpoints, touchpoint),
                pa.ListArray.from_arrays(pa.array(lists), pa.array(table.filled(evidence, 0).ravel())),
                self._told(reading, words.to_pylist(), evidence, table) if told else _none(table.rows),
            ],
            schema=EVIDENCE,
        )

    def _placed(
        self, reading: Reading, taught: Taught | None, inputs: Floats | None = None
    ) -> tuple[Ints, Ints, Floats]:
        """Return theme and touchpoint of each mention, and what its words say of the stages."""
        said, many = reading.said, len(reading.text)
        sentence = np.cumsum(said.strength >= SENTENCE) - 1
        hits, _ = stages.find(self._stages, said.stem, sentence)
        weight = stages.strengths(self._stages, hits, len(said.row))
        of = reading.mention[hits.start] if len(said.row) else hits.start
        found = placing.occurrences(hits, of, many, weight, len(self._stages.length))
        keywords = placing.stage_evidence(found, self._stages).astype(np.float32)
        evidence = self._staging.evidence(self._model, reading, keywords)
        if taught and inputs is not None:
            evidence = taught.evidence(evidence, reading.shares["stage"][:, -1], inputs, reading.hidden)
        sentiment = best(reading.shares["sentiment"]) - 1
        theme = placing.themes(found, self._stages, sentiment)
        return theme, placing.touchpoints(found, self._stages, evidence.astype(np.float64)), evidence

    def _language(self, reading: Reading, words: pa.Array, declared: pa.Array) -> _Languages:
        """Tell each text's language: by its script, by its words, by what was declared where the words are few."""
        read = len(READ)  # the languages that are read come first
        code = best(reading.language)
        empty = np.bincount(reading.said.text, minlength=len(words)) == 0
        unsure = np.flatnonzero(empty | (reading.language.max(axis=1, initial=0) < SURE))
        near = best(reading.language[unsure, :read])
        code[unsure] = np.where(empty[unsure], len(self._languages), near)
        names: dict[str, int] = {name: number for number, name in enumerate((*self._languages, UNKNOWN))}
        if declared.null_count < len(declared):  # too short to tell: what was declared counts
            for text in unsure.tolist():
                stated = _base(declared[text].as_py())
                if stated:
                    code[text] = names.setdefault(stated, len(names))
        for text in reading.said.foreign.tolist():
            script = scripts.language(words[text].as_py())
            if script:
                code[text] = names.setdefault(script, len(names))
        known = {number for name, number in names.items() if name in READ}
        sure, family = self._model.foreign(reading)
        for text in np.flatnonzero(family >= 0).tolist():
            if code[text] not in known:
                continue
            stated = _base(declared[text].as_py())
            if stated and (stated not in READ or sure[text] < SURELY):
                code[text] = names.setdefault(stated, len(names))
            else:
                code[text] = names[self._named(reading.language[text], family[text])]
        understood = np.array([name in READ for name in names], np.bool_)
        return _Languages(pa.array(names, pa.string()), code, understood[code])

    def _named(self, shares: Floats, family: int) -> str:
        """Return the language that is told and not read, where network and letters agree on it, else `UNKNOWN`."""
        told = shares[len(READ) :]
        language = self._languages[len(READ) + int(told.argmax())]
        families = tongues().families[family]
        if language in families and told.max() >= SURE * told.sum():
            return language
        return UNKNOWN

    def _spelt(self, reading: Reading, language: _Languages) -> Reading:
        """Let the spelling of words have its say in the sentiment of languages whose words are less well known."""
        by = self._model.weights.spelling
        place = language.places(LANGUAGES)[reading.text]
        foreign = place >= 0
        if by is None or not foreign.any():
            return reading
        words = np.flatnonzero(foreign[reading.mention])
        group = (np.cumsum(foreign) - 1)[reading.mention[words]]
        logits = self._model.spelt(reading, words, group, place[foreign])
        share = reading.shares["sentiment"].copy()
        share[foreign] = by.joined(share[foreign], logits, place[foreign])
        return replace(reading, shares={**reading.shares, "sentiment": share})

    def _told(self, reading: Reading, words: list[str], evidence: Floats, table: _Rows) -> pa.Array:
        """Return the words, as written, that spoke most for stage and sentiment; neighbours as one phrase."""
        stage = self._model.weights.columns("stage").start + best(reading.shares["stage"])
        mood = self._model.weights.columns("sentiment").start + best(reading.shares["sentiment"])
        worth = np.maximum(self._model.telling(reading, stage), self._model.telling(reading, mood))
        said = reading.said
        start = said.start
        chosen: list[list[str]] = []
        ends = np.append(reading.first, len(said.row))
        for mention in range(len(reading.text)):
            text = words[reading.text[mention]]
            spans = np.arange(ends[mention], ends[mention + 1])
            at = spans[[text[start[one]] not in _STOPS for one in spans]]
            loud = at[worth[at] >= max(0.15, 0.35 * float(worth[at].max(initial=0)))]
            runs = np.split(loud, np.flatnonzero(np.diff(loud) > 1) + 1) if len(loud) else []
            ranked = sorted(runs, key=lambda run: -float(worth[run].sum()))[:PHRASES]
            chosen.append([_written(text, start[run[0]], start[run[-1]]) for run in ranked])
        rows: list[list[str]] = [[] for _ in range(table.rows)]
        for place, phrases in zip(table.place.tolist(), chosen, strict=True):
            rows[place] = list(dict.fromkeys(phrase for phrase in phrases if phrase))
        return pa.array(rows, pa.list_(pa.string()))


def understander(taxonomy: Taxonomy) -> FastUnderstander:
    """Return the understander for a taxonomy."""
    return FastUnderstander(taxonomy)


@dataclass(frozen=True, slots=True)
class _Languages:
    """Languages of a batch: their names, the number of each text's, and whether each is read."""

    names: pa.Array
    code: Ints
    read: npt.NDArray[np.bool_]

    def places(self, codes: Sequence[str]) -> Ints:
        """Return the place of each text's language among some, -1 where it is none of them."""
        known = {code: place for place, code in enumerate(codes)}
        found: Ints = np.array([known.get(name, -1) for name in self.names.to_pylist()], np.int64)[self.code]
        return found


@dataclass(frozen=True, slots=True)
class _Feeling:
    """Sentiment, polarity, confidence and severity of mentions."""

    sentiment: Ints
    polarity: npt.NDArray[np.floating]
    confidence: npt.NDArray[np.floating]
    severity: npt.NDArray[np.floating]


class _Rows:
    """The rows of EVIDENCE: mentions in order, and one empty mention for each text without words."""

    def __init__(self, text: Ints, texts: int) -> None:
        silent = np.flatnonzero(np.bincount(text, minlength=texts) == 0)
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


def _heaviest(reading: Reading, feeling: _Feeling, words: pa.Array) -> Ints:
    """Return the mention that stands for each text, -1 where there is none."""
    text, speaks = reading.text, feeling.sentiment != 0
    heaviest = np.full(len(words), -1, np.int64)
    heaviest[text[::-1]] = np.arange(len(text))[::-1]  # the first, where none speaks
    heaviest[text[speaks]] = np.flatnonzero(speaks)
    many = np.bincount(text[speaks], minlength=len(words)) > 1
    at = np.flatnonzero(many[text])
    text, first, places = text[at], reading.first[at], reading.said.places
    long = places.sizes(text, first)
    torn = np.flatnonzero(np.isin(text, places.torn()))
    start, end = places.spans(text[torn], first[torn])
    for place, low, high in zip(torn.tolist(), start.tolist(), end.tolist(), strict=True):
        long[place] = len(words[text[place]].as_py()[low:high].split())
    sign = feeling.sentiment[at]
    sure = np.round(feeling.confidence[at].astype(np.float32).astype(np.float64), 3)  # as comments tell it
    weight, _ = heaviness(sign, feeling.severity[at].astype(np.float64), sure, long)
    order = np.lexsort((sign, weight, text))
    chosen = order[np.diff(text[order], prepend=-1) > 0]
    heaviest[text[chosen]] = at[chosen]
    return heaviest


def _written(text: str, first: int, last: int) -> str:
    """Return the words from one start to the end of the word at another."""
    end = last
    while end < len(text) and (text[end].isalnum() or text[end] in "'’"):
        end += 1
    return " ".join(text[first : max(end, last + 1)].lower().split())


def _base(tag: str | None) -> str:
    """Return the language of a tag: "pt" of "pt-BR"."""
    return (tag or "").partition("-")[0].partition("_")[0].lower()[:3]


def _none(rows: int) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(np.zeros(rows + 1, np.int32)), pa.array([], pa.string()))


def _strings(values: Sequence[Any]) -> list[str]:
    return [UNASSIGNED if value is None else str(value) for value in values]
