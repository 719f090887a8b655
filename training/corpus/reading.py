"""Reading the labelled corpus, with an error that names file and line for whatever does not fit `GUIDE.md`."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from touchline.vocabulary.schemas import EFFORTS, EMOTIONS, INTENTS, RESOLUTIONS, UNASSIGNED

STAGES = (
    "awareness", "consideration", "purchase", "onboarding", "delivery", "usage", "support", "renewal", "advocacy",
    UNASSIGNED,
)  # fmt: skip
SENTIMENTS = {"-": -1, "0": 0, "+": 1}
SEVERITY = {"0.5": 0.5, "1": 1.0, "2": 2.0, "3": 3.0}
CHANNELS = ("email", "chat", "phone", "app_review", "review", "survey", "social", "web", "store", "sms", "letter")
SOURCES = (
    "ad_survey", "website_survey", "checkout_survey", "onboarding_survey", "delivery_survey", "product_survey",
    "support_survey", "support_ticket", "renewal_survey", "exit_interview", "relationship_nps", "app_store",
    "review_site", "social", "email_inbox", "call_transcript", "chat_transcript", "kiosk", "-",
)  # fmt: skip
FOLDER = Path(__file__).parent
_MARK = re.compile(r"\[([a-z]+ [-0+] [a-z]+ [a-z]+ [a-z]+ [a-z]+ [0-9.]+)\]\s*")


@dataclass(frozen=True)
class Labels:
    """What one reader says of one stretch of text."""

    stage: str
    sentiment: int
    emotion: str
    effort: str
    resolution: str
    intent: str
    severity: float


@dataclass(frozen=True)
class Mention:
    """One thing said: characters `start` to `end` (exclusive) of the item's text."""

    start: int
    end: int
    labels: Labels


@dataclass(frozen=True)
class Item:
    """One comment with its labels as a whole and per mention."""

    id: str
    domain: str
    business: str
    origin: str
    channel: str
    source: str
    language: str
    text: str
    whole: Labels
    mentions: tuple[Mention, ...]


def labels(words: str) -> Labels:
    """Parse seven labels; raises ValueError with the one that is unknown."""
    parts = words.split(" ")
    if len(parts) != 7:
        raise ValueError(f"seven labels expected, {len(parts)} found in {words!r}")
    stage, sentiment, emotion, effort, resolution, intent, severity = parts
    for value, known in (
        (stage, STAGES), (sentiment, SENTIMENTS), (emotion, EMOTIONS), (effort, EFFORTS),
        (resolution, RESOLUTIONS), (intent, INTENTS), (severity, SEVERITY),
    ):  # fmt: skip
        if value not in known:
            raise ValueError(f"{value!r} is none of {', '.join(known)}")
    if sentiment != "-" and severity != "1":
        raise ValueError(f"severity {severity} on what is not negative")
    return Labels(stage, SENTIMENTS[sentiment], emotion, effort, resolution, intent, SEVERITY[severity])


def marked(text: str, whole: Labels) -> tuple[str, tuple[Mention, ...]]:
    """Take the marks out of a text; return it with its mentions."""
    marks = list(_MARK.finditer(text))
    if not marks:
        if text.startswith("["):
            raise ValueError(f"a bracket that is no mark: {text[:60]!r}")
        return text, (Mention(0, len(text), whole),)
    if text[: marks[0].start()].strip():
        raise ValueError("words before the first mark")
    plain, mentions = "", []
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        said = text[mark.end() : following.start() if following else len(text)]
        start = len(plain)
        plain += said
        mentions.append(Mention(start, start + len(said.rstrip()), labels(mark[1])))
    return plain.rstrip(), tuple(mentions)


def written(path: Path) -> list[Item]:
    """Read one file of `written/`; raises ValueError with file and line."""
    header: dict[str, str] = {}
    items: list[Item] = []
    seen: dict[str, int] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.startswith("#"):
            name, _, value = line[1:].partition(":")
            header[name.strip()] = value.strip()
            continue
        if not line.strip():
            continue
        try:
            channel, source, words, raw = line.split("\t")
            if channel not in CHANNELS or source not in SOURCES:
                raise ValueError(f"unknown channel or source: {channel} {source}")
            whole = labels(words)
            text, mentions = marked(raw, whole)
            if text.casefold() in seen:
                raise ValueError(f"the same text as line {seen[text.casefold()]}")
            seen[text.casefold()] = number
        except ValueError as error:
            raise ValueError(f"{path}:{number}: {error}") from error
        place = (header["domain"], header["business"], "written", channel, source, header.get("language", "en"))
        items.append(Item(f"{path.stem}-{len(items)}", *place, text, whole, mentions))
    return items


def real(path: Path) -> list[Item]:
    """Read one file of `real/` with the texts that it refers to.

    Raises:
        ValueError: A line that does not fit, or a text that is not the one that was labelled.
    """
    from training.public import texts_of

    header: dict[str, str] = {}
    items: list[Item] = []
    texts: tuple[str, ...] = ()
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.startswith("#"):
            name, _, value = line[1:].partition(":")
            header[name.strip()] = value.strip()
            continue
        texts = texts or texts_of(header["dataset"], header["file"])
        try:
            row, digest, words, *marks = line.split("\t")
            text = texts[int(row)]
            if hashlib.sha256(text.encode()).hexdigest()[:12] != digest:
                raise ValueError(f"row {row} of {header['dataset']} {header['file']} is another text now")
            whole = labels(words)
            mentions = tuple(_placed(mark) for mark in marks) or (Mention(0, len(text), whole),)
        except (ValueError, IndexError) as error:
            raise ValueError(f"{path}:{number}: {error}") from error
        place = (header["domain"], "b2c", f"{header['dataset']} {header['file']}", "-", "-", "en")
        items.append(Item(f"{path.stem}:{row}", *place, text, whole, mentions))
    return items


def _placed(mark: str) -> Mention:
    where, _, words = mark.partition(" ")
    start, _, end = where.partition("-")
    return Mention(int(start), int(end), labels(words))


def corpus(*, public: bool = True) -> list[Item]:
    """Return every labelled item, in a fixed order; without the public data sets, those written for this project."""
    items = [item for path in sorted((FOLDER / "written").glob("*.tsv")) for item in written(path)]
    if public:
        items += [item for path in sorted((FOLDER / "real").glob("*.tsv")) for item in real(path)]
    return items


if __name__ == "__main__":
    import sys
    from collections import Counter

    wrong = 0
    for name in sys.argv[1:]:
        try:
            found = written(Path(name))
        except ValueError as error:
            wrong += 1
            print(error)
            continue
        print(name, len(found), "items;", sum(len(item.mentions) > 1 for item in found), "with several mentions")
        for what in ("stage", "sentiment", "emotion", "intent", "effort", "severity"):
            print("   ", what, dict(Counter(getattr(item.whole, what) for item in found).most_common()))
    sys.exit(wrong > 0)
