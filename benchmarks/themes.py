"""Themes: the share of texts of five words or more that have one, before and after discovery; seconds for 100,000.

``python -m benchmarks.themes`` prints both; ``make bench`` prints the last.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import perf_counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from rich import box
from rich.console import Console
from rich.table import Table
from training.corpus.reading import corpus

from touchline.simulation import simulate
from touchline.themes import LANGUAGES, Book, Matcher, Mentions, discover
from touchline.understanding import load
from touchline.vocabulary.schemas import TEXTS, UNASSIGNED
from touchline.vocabulary.taxonomy import Taxonomy

#: Public texts, beside the checkout where they are there.
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
TEXTS_TIMED, SECONDS = 100_000, 60.0
#: The comments of languages that are not searched.
OTHERS = ("de", "es", "fr", "it", "pt")
_LONG = 5
_WORDS = 20


@dataclass(frozen=True, slots=True)
class Share:
    """What became of one set of texts.

    Attributes:
        name: Which set.
        texts: Those of five words or more in a language that is searched.
        before: Share of them with a theme of the taxonomy.
        after: Share of them with any theme.
        themes: How many were found.
        groups: How many groups those are in.
    """

    name: str
    texts: int
    before: float
    after: float
    themes: int
    groups: int


def written() -> tuple[list[str], list[int]]:
    """Return the comments written for this project, each by a customer of its own."""
    texts = [item.text for item in corpus(public=False)]
    return texts, list(range(len(texts)))


def world(customers: int = 2000, seed: int = 7) -> tuple[list[str], list[int]]:
    """Return what the customers of a simulated world write, and who each is."""
    texts: list[str] = []
    who: list[str] = []
    for block in simulate(customers, seed).blocks():
        rows = block.interactions.select(["author", "text", "customer_ref"]).to_pylist()
        spoken = [r for r in rows if r["author"] == "customer" and r["text"]]
        texts += [r["text"] for r in spoken]
        who += [r["customer_ref"] or f"nobody {len(who) + i}" for i, r in enumerate(spoken)]
    numbers = {ref: i for i, ref in enumerate(dict.fromkeys(who))}
    return texts, [numbers[ref] for ref in who]


def complaints() -> tuple[list[str], list[int]] | None:
    """Return the narratives of the CFPB's public complaints, where they are there."""
    path = SHARED / "cfpb" / "complaints.csv"
    if not path.exists():
        return None
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        texts = [told for row in csv.DictReader(file) if (told := row["Consumer complaint narrative"])]
    return texts, list(range(len(texts)))


def read(texts: list[str], who: list[int]) -> tuple[Mentions, np.ndarray]:
    """Read texts by the taxonomy alone; return their mentions in a language that is searched, and the text of each."""
    taxonomy = Taxonomy.template("b2c")
    ids = pa.array([f"{i:09d}" for i in range(len(texts))])
    told = pa.table([ids, pa.array(texts), pa.nulls(len(texts), pa.string())], schema=TEXTS)
    evidence = load(taxonomy=taxonomy).read(told)
    searched = pc.is_in(evidence["language"], pa.array(LANGUAGES))
    evidence = evidence.filter(pc.and_(evidence["understood"], searched))
    text = np.array([int(i) for i in evidence["interaction_id"].to_pylist()], np.int64)
    spans = zip(text.tolist(), evidence["start"].to_pylist(), evidence["end"].to_pylist(), strict=True)
    flat = evidence["stage_evidence"].combine_chunks().flatten().to_numpy().reshape(-1, len(taxonomy.ids))
    share = np.exp(flat - flat.max(axis=1, keepdims=True))
    share /= share.sum(axis=1, keepdims=True)
    sure = np.where(share.max(axis=1) >= 0.5, share.argmax(axis=1), -1)
    mentions = Mentions(
        words=[texts[i][low:high] for i, low, high in spans],
        customer=np.array(who, np.int64)[text],
        sentiment=evidence["sentiment"].to_numpy().astype(np.int64),
        stage=[taxonomy.ids[i] if i >= 0 else UNASSIGNED for i in sure.tolist()],
        theme=evidence["theme"].to_pylist(),
    )
    return mentions, text


def share(name: str, texts: list[str], who: list[int]) -> Share:
    """Find themes in a set of texts; count those that have one."""
    mentions, text = read(texts, who)
    found = discover(mentions, Book(), Taxonomy.template("b2c"))
    after = Matcher.of(found.book).assign(mentions.words, mentions.sentiment, mentions.theme)
    heard = set(text.tolist())
    long = {i for i in heard if len(texts[i].split()) >= _LONG}

    def themed(themes: list[str | None]) -> float:
        return len(long & {i for i, theme in zip(text.tolist(), themes, strict=True) if theme}) / max(len(long), 1)

    groups = len({f.group for f in found.fresh})
    return Share(name, len(long), themed(list(mentions.theme)), themed(after), len(found.fresh), groups)


def shares() -> Iterator[Share]:
    """Measure every set of texts that is there."""
    sets = {"simulated world": world(), "written for this project": written(), "CFPB complaints": complaints()}
    for name, given in sets.items():
        if given is not None:
            yield share(name, *given)


def purity() -> tuple[int, int, float, float] | None:
    """Return how well found themes keep Banking77's 77 labelled intents apart, where they are there.

    Returns:
        Themes, their mentions, the share of those in their theme's commonest intent, and in its three commonest.
    """
    path = SHARED / "banking77" / "train.csv"
    if not path.exists():
        return None
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    mentions, text = read([row["text"] for row in rows], list(range(len(rows))))
    book = discover(mentions, Book(), Taxonomy.template("b2c")).book
    given = Matcher.of(book).assign(mentions.words, mentions.sentiment, mentions.theme)
    intents: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for at, theme in zip(text.tolist(), given, strict=True):
        if theme in book.by_id:
            intents[theme][rows[at]["category"]] += 1
    total = sum(counts.total() for counts in intents.values())
    top = [sum(n for counts in intents.values() for _, n in counts.most_common(k)) / total for k in (1, 3)]
    return len(intents), total, top[0], top[1]


def many(count: int = TEXTS_TIMED, seed: int = 11) -> list[str]:
    """Return texts of about 20 words each, put together from comments; the same ones every time."""
    draw = Random(seed)
    pool = sorted({item.text for item in corpus(public=False) if item.id.partition("-")[0] not in OTHERS})
    texts = []
    while len(texts) < count:
        text = draw.choice(pool)
        while len(text.split()) < _WORDS:
            text += "\n" + draw.choice(pool)
        texts.append(text)
    return texts


def run() -> tuple[str, float, float]:
    """Return what was timed, its seconds, and the goal: themes found in 100,000 read texts, and given to them all."""
    mentions, _ = read(many(), list(range(TEXTS_TIMED)))
    start = perf_counter()
    found = discover(mentions, Book(), Taxonomy.template("b2c"))
    Matcher.of(found.book).assign(mentions.words, mentions.sentiment, mentions.theme)
    took = perf_counter() - start
    return f"find and give {len(found.fresh)} themes in {TEXTS_TIMED:,} texts of about {_WORDS} words", took, SECONDS


def main() -> None:
    """Print the shares and the speed."""
    argparse.ArgumentParser(prog="python -m benchmarks.themes", description=__doc__).parse_args()
    console = Console()
    table = Table(box=box.SIMPLE_HEAD, header_style="dim")
    for header in ("Texts", "5 words or more", "Theme before", "Theme after", "Found", "Groups"):
        table.add_column(header, justify="left" if header == "Texts" else "right")
    for one in shares():
        numbers = f"{one.texts:,}", f"{one.before:.1%}", f"{one.after:.1%}", str(one.themes), str(one.groups)
        table.add_row(one.name, *numbers)
    console.print(table)
    if (apart := purity()) is not None:
        found, mentions, first, three = apart
        console.print(
            f"Banking77: {found} themes in {mentions:,} mentions; of a theme's mentions {first:.1%} are of its "
            f"commonest intent of 77, {three:.1%} of its three commonest"
        )
    name, took, goal = run()
    console.print(f"{name}: {took:.1f} s; goal: under {goal:.0f} s, {'met' if took < goal else 'missed'}")


if __name__ == "__main__":
    main()
