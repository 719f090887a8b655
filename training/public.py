"""Readers of the public data sets in ``../shared/data``; none of them is in this repository."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(os.environ.get("TOUCHLINE_DATA", Path(__file__).parents[2] / "shared" / "data"))

#: GoEmotions' 27 emotions and neutral as our nine.
EMOTION_OF: Final = {
    "anger": "anger", "disgust": "anger",
    "annoyance": "frustration", "disapproval": "frustration",
    "disappointment": "disappointment", "sadness": "disappointment", "grief": "disappointment",
    "remorse": "disappointment", "embarrassment": "disappointment",
    "fear": "anxiety", "nervousness": "anxiety",
    "confusion": "confusion", "curiosity": "confusion", "surprise": "confusion",
    "neutral": "neutral", "realization": "neutral", "desire": "neutral",
    "approval": "satisfaction", "relief": "satisfaction", "pride": "satisfaction", "optimism": "satisfaction",
    "caring": "satisfaction",
    "gratitude": "gratitude",
    "admiration": "delight", "amusement": "delight", "excitement": "delight", "joy": "delight", "love": "delight",
}  # fmt: skip
#: The same as sentiment; an emotion that is missing here says nothing of it.
SENTIMENT_OF: Final = {
    **dict.fromkeys(("anger", "disgust", "annoyance", "disapproval", "disappointment", "sadness", "grief", "remorse",
                     "embarrassment", "fear", "nervousness"), -1),
    **dict.fromkeys(("neutral", "realization", "curiosity"), 0),
    **dict.fromkeys(("approval", "relief", "pride", "optimism", "caring", "gratitude", "admiration", "amusement",
                     "excitement", "joy", "love"), 1),
}  # fmt: skip
LANGUAGES: Final = {"en": "english", "de": "german", "es": "spanish", "fr": "french", "it": "italian",
                    "pt": "portuguese", "ar": "arabic", "hi": "hindi"}  # fmt: skip


def tidy(text: str) -> str:
    """Make all white space single spaces, as the corpus counts characters."""
    return " ".join(text.split())


@cache
def goemotions(split: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return texts with their emotions' names; ``split`` is train or dev."""
    names = (FOLDER / "goemotions" / "labels.txt").read_text("utf-8").split()
    rows = []
    for line in (FOLDER / "goemotions" / f"{split}.tsv").read_text("utf-8").splitlines():
        text, numbers, _ = line.split("\t")
        rows.append((tidy(text), tuple(names[int(number)] for number in numbers.split(","))))
    return tuple(rows)


@cache
def xlmt(language: str, split: str) -> tuple[tuple[str, int], ...]:
    """Return tweets with their sentiment, -1, 0 or 1; ``split`` is train, val or test."""
    folder = FOLDER / "xlmt_sentiment" / LANGUAGES[language]
    texts = (folder / f"{split}_text.txt").read_text("utf-8").split("\n")
    labels = (folder / f"{split}_labels.txt").read_text("utf-8").split()
    return tuple((tidy(text), int(label) - 1) for text, label in zip(texts, labels, strict=False))


@cache
def tweets_apart(language: str, split: str) -> tuple[tuple[str, int], ...]:
    """Return the tweets of train or val that are not in the test split too (a handful of French ones are)."""
    judged = {text for text, _ in xlmt(language, "test")}
    return tuple(row for row in xlmt(language, split) if row[0] not in judged)


@cache
def banking77() -> tuple[tuple[str, str], ...]:
    """Return customers' questions with their intent (the train file)."""
    return tuple((tidy(row["text"]), row["category"]) for row in _rows(FOLDER / "banking77" / "train.csv"))


@cache
def multidogo(domain: str) -> tuple[str, ...]:
    """Return the customers' turns of one domain's train file."""
    path = FOLDER / "multidogo" / f"{domain}_train.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            tidy(row["utterance"] or "") for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        )


@cache
def clinc150(split: str = "train") -> tuple[tuple[str, str], ...]:
    """Return requests to an assistant with their intent."""
    data = json.loads((FOLDER / "clinc150" / "data_full.json").read_text("utf-8"))
    return tuple((tidy(text), intent) for text, intent in data[split])


@cache
def hwu64() -> tuple[str, ...]:
    """Return commands to a home assistant (the train file)."""
    return tuple(tidy(line) for line in (FOLDER / "hwu64" / "train.txt").read_text("utf-8").splitlines())


@cache
def cfpb() -> tuple[str, ...]:
    """Return the complaints' narratives, "" where there is none."""
    with (FOLDER / "cfpb" / "complaints.csv").open(encoding="utf-8", errors="replace", newline="") as file:
        return tuple(tidy(row["Consumer complaint narrative"] or "") for row in csv.DictReader(file))


@cache
def bitext(split: str) -> tuple[tuple[str, str], ...]:
    """Return templated support requests with their category."""
    rows = _rows(FOLDER / "bitext_official" / f"{split}.csv")
    return tuple((tidy(row["utterance"]), row["category"]) for row in rows)


def texts_of(dataset: str, file: str) -> tuple[str, ...]:
    """Return the texts that the corpus refers to by row.

    Raises:
        ValueError: No such file is read here.
    """
    name = file.partition("_train")[0]
    match dataset:
        case "multidogo":
            return multidogo(name)
        case "banking77":
            return tuple(text for text, _ in banking77())
        case "clinc150":
            return tuple(text for text, _ in clinc150())
        case "cfpb":
            return cfpb()
        case "goemotions":
            return tuple(text for text, _ in goemotions("train"))
        case "xlmt_sentiment":
            return tuple(text for text, _ in xlmt("en", "train"))
    raise ValueError(f"no reader for {dataset} {file}")


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
