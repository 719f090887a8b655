"""The whole evaluation: every kind of label that a table holds, coverage, and the worst mistakes in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from touchline.evaluation.baselines import majority, vader, vader_available
from touchline.evaluation.judging import Judged, judge
from touchline.evaluation.labels import SENTIMENTS, Labelled, Labels
from touchline.evaluation.metrics import REPLICATES
from touchline.vocabulary.schemas import EFFORTS, EMOTIONS, INTENTS, RESOLUTIONS, SEVERITIES, UNASSIGNED

if TYPE_CHECKING:
    from touchline.placement.comments import Mention, Reading
    from touchline.settings import Settings
    from touchline.understanding.base import Understander
    from touchline.vocabulary.taxonomy import Taxonomy

MISTAKES: Final = 5
_SLICE: Final = 5_000

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Mistake:
    """A text that was read wrongly, how sure that was (None where nothing says), and the phrases that spoke."""

    label: str
    row: int
    text: str
    gold: str
    predicted: str
    confidence: float | None
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much was read, in texts.

    Attributes:
        n: Texts.
        understood: Texts in a language that was understood.
        unassigned: Texts whose stage was not named.
        placeable: Texts whose label names a stage: a person could place them.
        placeable_unassigned: Those of them whose stage was not named.
    """

    n: int
    understood: int
    unassigned: int
    placeable: int
    placeable_unassigned: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How right we are on a table of labels.

    Attributes:
        file: The table.
        model: The understander's version.
        method: Its method.
        coverage: How much was read.
        judged: One entry per kind of label.
        mistakes: The most confident wrong ones, kind by kind.
        skipped: Rows that could not be used, a line each.
        notes: What a careful reader must know.
    """

    file: str
    model: str
    method: str
    coverage: Coverage
    judged: tuple[Judged, ...]
    mistakes: tuple[Mistake, ...]
    skipped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def of(self, label: str) -> Judged:
        """Return what was found of one kind of label.

        Raises:
            KeyError: The table holds no such label.
        """
        for one in self.judged:
            if one.label == label:
                return one
        raise KeyError(label)

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        plain = asdict(self)
        for one in plain["judged"]:
            one.pop("wrong")
        return plain


def _quiet(step: str, fraction: float) -> None:
    """Report progress to nobody."""


def evaluate(
    labels: Labels,
    *,
    understander: Understander,
    taxonomy: Taxonomy,
    settings: Settings,
    mistakes: int = MISTAKES,
    replicates: int = REPLICATES,
    progress: Progress = _quiet,
) -> Evaluation:
    """Read labelled texts as they would be read in a workspace, each standing alone, and judge every kind of label.

    Where one label must stand for a text it is its heaviest mention's, negative first. The texts' channels and sources
    have their say in the stage, as everywhere.

    Args:
        labels: From `touchline.evaluation.read_labels`.
        understander: Reads the words.
        taxonomy: The stages; the one that the labels were read with.
        settings: Programmes that declare a stage.
        mistakes: How many mistakes to tell of each kind.
        replicates: Bootstrap samples behind the intervals.
        progress: Called with a step's name and how much of it is done.
    """
    readings = _read(labels.rows, understander, taxonomy, settings, progress)
    judged: list[Judged] = []
    told: list[Mistake] = []
    places: list[int] = []
    for kind in labels.kinds:
        rows = [i for i, row in enumerate(labels.rows) if kind in row.labels]
        if not rows:
            continue
        mine = [labels.rows[i] for i in rows]
        found, predicted, confidence = _judged(kind, mine, [readings[i] for i in rows], taxonomy, replicates)
        judged.append(found)
        told += [
            Mistake(
                kind, mine[i].row, mine[i].words, mine[i].labels[kind], predicted[i],
                None if confidence is None or predicted[i] == UNASSIGNED else confidence[i],
                readings[rows[i]].main.evidence,
            )
            for i in found.wrong[:mistakes]
        ]  # fmt: skip
        places += [rows[i] for i in found.wrong[:mistakes]]
        progress("judging", len(judged) / len(labels.kinds))
    # what decided is worked out for what is shown
    silent = sorted({place for place, mistake in zip(places, told, strict=True) if not mistake.evidence})
    again = _read([labels.rows[i] for i in silent], understander, taxonomy, settings, progress, phrases=True)
    said = {place: reading.main.evidence for place, reading in zip(silent, again, strict=True)}
    told = [replace(one, evidence=said.get(i, one.evidence)) for i, one in zip(places, told, strict=True)]
    return Evaluation(
        file=labels.file,
        model=understander.version,
        method=understander.method,
        coverage=_coverage(labels.rows, readings),
        judged=tuple(judged),
        mistakes=tuple(told),
        skipped=tuple(str(bad) for bad in labels.skipped),
        notes=_notes(labels),
    )


def _read(
    rows: Sequence[Labelled],
    understander: Understander,
    taxonomy: Taxonomy,
    settings: Settings,
    progress: Progress,
    *,
    phrases: bool = False,
) -> list[Reading]:
    """Read the texts, those of one channel and source together; with the phrases that decided, on request."""
    from touchline.placement.comments import read_comments

    together: dict[tuple[str | None, str | None], list[int]] = {}
    for i, row in enumerate(rows):
        together.setdefault((row.channel, row.source), []).append(i)
    found: dict[int, Reading] = {}
    for (channel, source), members in together.items():
        for start in range(0, len(members), _SLICE):
            some = members[start : start + _SLICE]
            readings = read_comments(
                [rows[i].words for i in some],
                understander=understander, taxonomy=taxonomy, settings=settings, channel=channel, source=source,
                phrases=phrases,
            )  # fmt: skip
            found.update(zip(some, readings, strict=True))
            progress("explaining" if phrases else "reading", len(found) / len(rows))
    return [found[i] for i in range(len(rows))]


def _judged(
    kind: str, rows: Sequence[Labelled], readings: Sequence[Reading], taxonomy: Taxonomy, replicates: int
) -> tuple[Judged, list[str], list[float] | None]:
    """Return what was found, what was predicted, and how sure it was."""
    names = _names(kind, taxonomy)
    predicted = [_predicted(kind, reading.main) for reading in readings]
    code = {name: i for i, name in enumerate(names)}
    gold = np.array([code[row.labels[kind]] for row in rows], dtype=np.int64)
    ours = np.array([code[name] for name in predicted], dtype=np.int64)
    confidence = _confidence(kind, readings)
    baselines = {"majority": majority(gold, len(names))}
    if kind == "sentiment" and vader_available():
        baselines["VADER"] = vader([row.words for row in rows])
    found = judge(
        kind,
        names,
        gold,
        ours,
        confidence=None if confidence is None else np.array(confidence, dtype=np.float64),
        sure_of=ours != code[UNASSIGNED] if kind == "stage" else None,
        baselines=baselines,
        replicates=replicates,
    )
    return found, predicted, confidence


def _names(kind: str, taxonomy: Taxonomy) -> tuple[str, ...]:
    return {
        "stage": (*taxonomy.ids, UNASSIGNED), "sentiment": SENTIMENTS, "emotion": EMOTIONS, "effort": EFFORTS,
        "resolution": RESOLUTIONS, "intent": INTENTS, "severity": tuple(f"{value:g}" for value in SEVERITIES),
    }[kind]  # fmt: skip


def _predicted(kind: str, main: Mention) -> str:
    if kind == "sentiment":
        return SENTIMENTS[main.sentiment + 1]
    return f"{main.severity:g}" if kind == "severity" else str(getattr(main, kind))


def _confidence(kind: str, readings: Sequence[Reading]) -> list[float] | None:
    """Return how sure the reader is; of the kinds other than stage and sentiment it does not say."""
    if kind == "stage":
        return [reading.main.stage_confidence for reading in readings]
    return [reading.main.confidence for reading in readings] if kind == "sentiment" else None


def _coverage(rows: Sequence[Labelled], readings: Sequence[Reading]) -> Coverage:
    silent = [reading.main.stage == UNASSIGNED for reading in readings]
    could = [row.labels.get("stage", UNASSIGNED) != UNASSIGNED for row in rows]
    return Coverage(
        n=len(rows),
        understood=sum(reading.understood for reading in readings),
        unassigned=sum(silent),
        placeable=sum(could),
        placeable_unassigned=sum(a and b for a, b in zip(silent, could, strict=True)),
    )


def _notes(labels: Labels) -> tuple[str, ...]:
    notes = []
    if "sentiment" in labels.kinds and not vader_available():
        notes.append("VADER is not installed, so there is no comparison with it: pip install vaderSentiment")
    if "stage" in labels.kinds:
        notes.append("Calibration of the stage is over the texts whose stage was named.")
    if labels.ignored:
        notes.append(f"Columns that were not read: {', '.join(labels.ignored)}")
    return tuple(notes)
