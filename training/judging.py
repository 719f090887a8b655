"""``make evaluate``: how right the shipped reader is on data that it was not trained on, set by set, met or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from touchline.evaluation import evaluate
from touchline.evaluation.judging import judge
from touchline.evaluation.labels import Labelled, Labels
from touchline.evaluation.metrics import confusion, difference, macro_f1
from touchline.placement.comments import Mention as Read
from touchline.placement.comments import read_comments
from touchline.settings import Settings
from touchline.vocabulary.schemas import UNASSIGNED
from touchline.vocabulary.taxonomy import Taxonomy
from training import characters
from training.corpus.reading import Item, Mention, corpus
from training.public import EMOTION_OF, goemotions, xlmt
from training.split import DEV, TEST, split

if TYPE_CHECKING:
    from touchline.evaluation.report import Evaluation
    from touchline.understanding.base import Understander

_SIGN: Final = {-1: "negative", 0: "neutral", 1: "positive"}
#: Macro-F1 of a character n-gram machine trained on 14,700 tweets of eight languages, on the same test splits, as
#: measured before this project began; `training.characters` learns it again.
TWEETS_BEFORE: Final = {"en": 0.519, "es": 0.566, "de": 0.630, "fr": 0.588, "pt": 0.616, "it": 0.539}
KINDS: Final = ("stage", "sentiment", "emotion", "effort", "resolution", "intent", "severity")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table: a score with its interval, and what it is held to."""

    set: str
    what: str
    n: int
    value: float
    low: float
    high: float
    beside: str = ""
    goal: float | None = None
    less_is_good: bool = False

    @property
    def verdict(self) -> str:
        """``met``, ``missed``, or nothing where no goal was set."""
        if self.goal is None:
            return ""
        return "met" if (self.value <= self.goal if self.less_is_good else self.value >= self.goal) else "missed"


def labels_of(items: Iterable[Item], name: str, *, context: bool = False) -> Labels:
    """Return whole comments as a table of labels; ``context`` gives their channel and source too."""
    rows = []
    for number, item in enumerate(items):
        whole = item.whole
        found = {
            "stage": whole.stage, "sentiment": _SIGN[whole.sentiment], "emotion": whole.emotion, "effort": whole.effort,
            "resolution": whole.resolution, "intent": whole.intent,
        }  # fmt: skip
        if whole.sentiment < 0:
            found["severity"] = f"{whole.severity:g}"
        known = context and item.source != "-"
        rows.append(Labelled(number, item.text, item.channel if known else None, item.source if known else None, found))
    return Labels(name, tuple(rows), KINDS)


def tweets(language: str) -> Labels:
    """Return the test split of one language's tweets."""
    rows = [
        Labelled(i, text, labels={"sentiment": _SIGN[sign]}) for i, (text, sign) in enumerate(xlmt(language, "test"))
    ]
    return Labels(f"tweets {language}", tuple(rows), ("sentiment",))


def emotions() -> Labels:
    """Return GoEmotions' dev split: the texts whose emotions are one of our nine."""
    rows = []
    for text, names in goemotions("dev"):
        ours = {EMOTION_OF[name] for name in names}
        if len(ours) == 1:
            rows.append(Labelled(len(rows), text, labels={"emotion": ours.pop()}))
    return Labels("GoEmotions dev", tuple(rows), ("emotion",))


def judged(labels: Labels, understander: Understander, taxonomy: Taxonomy) -> Evaluation:
    """Judge one set."""
    return evaluate(labels, understander=understander, taxonomy=taxonomy, settings=Settings(), replicates=400)


def lines(understander: Understander, domains: Sequence[str] = TEST) -> list[Line]:
    """Return the table for the items of some domains, and for the public sets."""
    taxonomy = Taxonomy.template("b2c")
    items = [item for item in corpus() if item.domain in domains]
    out: list[Line] = []
    name = ", ".join(domains)
    alone = judged(labels_of(items, name), understander, taxonomy)
    out += [_line(alone, kind, name, goal={"stage": 0.65}.get(kind)) for kind in KINDS]
    out += mention_lines(items, name, understander, taxonomy)
    written = [item for item in items if item.source != "-"]
    with_context = judged(labels_of(written, name, context=True), understander, taxonomy)
    out.append(_line(with_context, "stage", f"{name}, channel and source given", goal=0.75))
    for sentiment in (alone.of("sentiment"),):
        vader = next((b for b in sentiment.baselines if b.name == "VADER"), None)
        if vader:
            gain = vader.gain
            out.append(Line(name, "sentiment above VADER", sentiment.n, gain.value, gain.low, gain.high,
                            f"VADER {vader.macro_f1.value:.3f}", 0.12))  # fmt: skip
    cover = alone.coverage
    silent = cover.placeable_unassigned / cover.placeable
    out.append(Line(name, "placeable but unassigned", cover.placeable, silent, silent, silent, "at most", 0.15, True))
    for kind in ("stage", "sentiment"):
        found = alone.of(kind).calibration
        if found:
            out.append(Line(name, f"{kind}: calibration error", found.n, found.ece, found.ece, found.ece,
                            f"{found.chance:.3f} by chance; at most", 0.05, True))  # fmt: skip
    for language, before in TWEETS_BEFORE.items():
        evaluation = judged(tweets(language), understander, taxonomy)
        vader = next((b for b in evaluation.of("sentiment").baselines if b.name == "VADER"), None)
        beside = f"characters {before:.3f}" + (
            f", VADER {vader.macro_f1.value:.3f}" if vader and language == "en" else ""
        )
        out.append(_line(evaluation, "sentiment", f"tweets, {language}", beside=beside, goal=before))
        if characters.available():
            out.append(above_characters(language, understander, taxonomy))
    out.append(_line(judged(emotions(), understander, taxonomy), "emotion", "GoEmotions dev, nine classes", goal=0.55))
    return out


def above_characters(language: str, understander: Understander, taxonomy: Taxonomy) -> Line:
    """Return how much better the sentiment of one language's tweets is read than by their characters, tweet by tweet.

    The interval is that of the difference, the same tweets drawn for both.
    """
    rows = xlmt(language, "test")
    read = read_comments(
        [text for text, _ in rows], understander=understander, taxonomy=taxonomy, settings=Settings(), phrases=False
    )
    gold, ours = np.array([sign for _, sign in rows]) + 1, np.array([one.main.sentiment for one in read]) + 1
    theirs = characters.characters(language) + 1
    gain = difference(macro_f1, gold, ours, theirs, len(_SIGN), replicates=400)
    score = float(macro_f1(confusion(gold, theirs, len(_SIGN))))
    told = "better" if gain.low > 0 else "worse" if gain.high < 0 else "not told apart"
    return Line(f"tweets, {language}", "above characters, learnt again", len(rows), gain.value, gain.low, gain.high,
                f"characters {score:.3f}: {told}")  # fmt: skip


def mention_lines(items: Sequence[Item], name: str, understander: Understander, taxonomy: Taxonomy) -> list[Line]:
    """Return stage and sentiment of every labelled mention, held to the mention read that shares most of its words."""
    texts = [item.text for item in items]
    read = read_comments(texts, understander=understander, taxonomy=taxonomy, settings=Settings())
    gold: list[Mention] = []
    found: list[Read] = []
    for item, reading in zip(items, read, strict=True):
        spans = list(_spans(item.text, reading.mentions))
        for mention in item.mentions:
            shared = [min(mention.end, end) - max(mention.start, start) for start, end in spans]
            gold.append(mention)
            found.append(reading.mentions[shared.index(max(shared))])
    stages = (*taxonomy.ids, UNASSIGNED)
    sides = {
        "stage": (stages, [mention.labels.stage for mention in gold], [mention.stage for mention in found]),
        "sentiment": (
            tuple(_SIGN.values()),
            [_SIGN[mention.labels.sentiment] for mention in gold],
            [_SIGN[mention.sentiment] for mention in found],
        ),
    }
    out = []
    for kind, (names, is_, said) in sides.items():
        code = {value: place for place, value in enumerate(names)}
        codes = (np.array([code[value] for value in values], np.int64) for values in (is_, said))
        score = judge(kind, names, *codes, replicates=400).macro_f1
        out.append(Line(name, f"{kind} of each mention, macro-F1", len(gold), score.value, score.low, score.high))
    return out


def _spans(text: str, mentions: Sequence[Read]) -> Iterator[tuple[int, int]]:
    """Yield where each mention lies in its text; they are in order."""
    at = 0
    for mention in mentions:
        start = text.index(mention.words, at)
        at = start + len(mention.words)
        yield start, at


def taught() -> list[Line]:
    """Return what labels of one's own bring; intervals are a standard deviation over draws."""
    from training.teaching import rows

    goals = {("stages never seen (Bitext)", 0): 0.5, ("stages never seen (Bitext)", 32): 0.75}
    found = []
    for row in rows():
        what = f"macro-F1 with {row.labels} labels" + (" a stage" if "stage" in row.set else "")
        low, high = row.mean - row.spread, row.mean + row.spread
        found.append(Line(row.set, what, row.n, row.mean, low, high, goal=goals.get((row.set, row.labels))))
    return found


def _line(found: Evaluation, kind: str, name: str, *, beside: str = "", goal: float | None = None) -> Line:
    one = found.of(kind)
    score = one.macro_f1
    return Line(name, f"{kind}, macro-F1", one.n, score.value, score.low, score.high, beside, goal)


def held_out() -> dict[str, list[Item]]:
    """Return the corpus, split."""
    return split(corpus())


__all__ = ["DEV", "TEST", "Line", "emotions", "held_out", "judged", "labels_of", "lines", "tweets"]
