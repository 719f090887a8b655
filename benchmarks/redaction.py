"""Redaction: recall of planted values, share of clean texts touched, texts a second on one core.

``python -m benchmarks.redaction`` prints all three; ``make bench`` prints the last.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from time import process_time

import pyarrow as pa
from rich import box
from rich.console import Console
from rich.table import Table
from tests.privacy.planted import Planted, is_gone, planted
from training.corpus.reading import FOLDER, written

from touchline.privacy import redact, version
from touchline.settings import Privacy

#: Public texts, beside the checkout where they are there.
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
RECALL, TOUCHED, RATE = 0.99, 0.01, 25_000
_WORDS = range(15, 26)


@dataclass(frozen=True, slots=True)
class Recall:
    """How many planted values of a form were taken out, and how many under their own kind."""

    kind: str
    form: str
    planted: int
    gone: int
    named: int
    missed: tuple[Planted, ...]


@dataclass(frozen=True, slots=True)
class Touched:
    """How many texts of a set were changed, and which."""

    name: str
    texts: int
    changed: tuple[tuple[str, str], ...]


def recalls(each: int = 200, seed: int = 7) -> list[Recall]:
    """Plant values, redact, and count per form; order numbers with the setting that asks for them."""
    found: dict[tuple[str, str], list[tuple[Planted, str]]] = {}
    every = list(planted(each, seed))
    for orders in (False, True):
        own = [one for one in every if (one.kind == "order") == orders]
        cleaned = redact(pa.array([one.text for one in own]), Privacy(orders=orders))[0].to_pylist()
        for one, text in zip(own, cleaned, strict=True):
            found.setdefault((one.kind, one.form), []).append((one, text))
    told = []
    for (kind, form), pairs in found.items():
        gone = [(one, text) for one, text in pairs if is_gone(one, text)]
        named = sum(f"[{kind.upper()}_1]" in text for _, text in gone)
        missed = tuple(one for one, text in pairs if not is_gone(one, text))
        told.append(Recall(kind, form, len(pairs), len(gone), named, missed))
    return told


def clean_sets() -> Iterator[tuple[str, list[str]]]:
    """Yield sets of texts that hold next to nothing personal: the written corpus, and public texts where they are."""
    yield "verbatims", [item.text for path in sorted((FOLDER / "written").glob("*.tsv")) for item in written(path)]
    for name, read in _PUBLIC.items():
        if (SHARED / name).exists():
            yield name, read(SHARED / name)


def touched(texts: list[str]) -> list[tuple[str, str]]:
    """Return the texts that redaction changes, each with what became of it."""
    cleaned = redact(pa.array(texts))[0].to_pylist()
    return [(before, after) for before, after in zip(texts, cleaned, strict=True) if before != after]


def rate(texts: list[str], rounds: int = 7) -> float:
    """Return texts a second of processor time, on one core, the median of some rounds after a warm-up."""
    column = pa.array(texts)
    redact(column)
    taken = []
    for _ in range(rounds):
        started = process_time()
        redact(column)
        taken.append(process_time() - started)
    return len(texts) / median(taken)


def usual_texts(count: int = 20_000) -> list[str]:
    """Return verbatims of about 20 words, over and over; one in fifty has a value planted in it."""
    own = [text for _, texts in islice(clean_sets(), 1) for text in texts if len(text.split()) in _WORDS]
    with_values = [f"{one.text} {own[place % len(own)]}" for place, one in enumerate(planted(20))]
    return [
        with_values[place // 50 % len(with_values)] if place % 50 == 0 else own[place % len(own)]
        for place in range(count)
    ]


def run() -> tuple[str, float, float]:
    """Return a name, the rate in texts a second, and the goal."""
    return "redaction, texts of about 20 words, one in 50 with a value, one core", rate(usual_texts()), RATE


def dialogues() -> Iterator[tuple[str, int, int]]:
    """Yield what telephone numbers in real chats are found among, how many there are, and how many are found.

    The chats (MultiDoGO) lost their punctuation, and no rule was made for them. Where they are not there: nothing.
    """
    own: dict[str, list[str]] = {"in words": [], "nothing else said": []}
    for path in sorted((SHARED / "multidogo").glob("*_train.tsv")):
        for line in path.read_text("utf-8").split("\n")[1:]:
            _, _, _, text, slots, *_ = [*line.split("\t"), "", "", "", "", ""]
            words, labels = text.split(), slots.split()
            said = [w for w, label in zip(words, labels, strict=False) if label in ("phonenumber", "phone_number")]
            if len(words) == len(labels) and sum(c.isdigit() for c in "".join(said)) >= 9:
                own["nothing else said" if said == words else "in words"].append(text)
    for name, texts in own.items():
        for regions in ((), ("US", "IN")) if texts else ():
            cleaned = redact(pa.array(texts), Privacy(regions=regions))[0].to_pylist()
            told = f"{name}, regions {' and '.join(regions) or 'not set'}"
            yield told, len(texts), sum("_1]" in text for text in cleaned)


def _columns(column: str) -> Callable[[Path], list[str]]:
    def read(folder: Path) -> list[str]:
        found = []
        for path in sorted(folder.glob("*.csv")):
            with path.open(newline="", encoding="utf-8") as file:
                found += [row[column] for row in csv.DictReader(file) if row.get(column)]
        return found

    return read


def _lines(pattern: str) -> Callable[[Path], list[str]]:
    def read(folder: Path) -> list[str]:
        lines = (line for path in sorted(folder.glob(pattern)) for line in path.read_text("utf-8").split("\n"))
        return [text for line in lines if (text := line.split("\t")[0].strip())]

    return read


def _clinc(folder: Path) -> list[str]:
    return [text for part in json.loads((folder / "data_full.json").read_text()).values() for text, _ in part]


#: Sets whose texts are questions and comments; support dialogues, in which customers give their data, are none.
_PUBLIC: dict[str, Callable[[Path], list[str]]] = {
    "banking77": _columns("text"),
    "bitext_official": _columns("utterance"),
    "clinc150": _clinc,
    "goemotions": _lines("*.tsv"),
    "hwu64": _lines("*.txt"),
    "xlmt_sentiment": _lines("*/*_text.txt"),
}


def main() -> None:
    """Parse the arguments and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.redaction", description=__doc__)
    parser.add_argument("--each", type=int, default=200, help="values planted of each kind")
    parser.add_argument("--seed", type=int, default=7, help="of the planted values and their sentences")
    parser.add_argument("--show", action="store_true", help="print what was missed and what was touched")
    chosen = parser.parse_args()
    console = Console(soft_wrap=True)
    every = recalls(chosen.each, chosen.seed)
    table = _table(
        f"Recall of planted values, rules {version()}", "What", "Planted", "Found", "Recall", "Right kind", ""
    )
    for one in sorted(_by_kind(every), key=lambda one: one.form):
        share = one.gone / one.planted
        mark = "met" if share >= RECALL else "missed"
        table.add_row(one.form, f"{one.planted:,}", f"{one.gone:,}", f"{share:.4f}", f"{one.named:,}", mark)
    console.print(table)
    sets = [Touched(name, len(texts), tuple(touched(texts))) for name, texts in clean_sets()]
    table = _table("Clean texts touched", "What", "Texts", "Touched", "Share", "")
    for each in sets:
        share = len(each.changed) / each.texts
        mark = "met" if share <= TOUCHED else "missed"
        table.add_row(each.name, f"{each.texts:,}", f"{len(each.changed):,}", f"{share:.2%}", mark)
    console.print(table)
    table = _table("Telephone numbers in real chats without punctuation", "What", "Numbers", "Found", "Recall")
    for told, count, found in dialogues():
        table.add_row(told, f"{count:,}", f"{found:,}", f"{found / count:.2f}")
    if table.row_count:
        console.print(table)
    if chosen.show:
        for one in every:
            for value in one.missed:
                console.print(f"missed  {one.form}: {value.text!r}", markup=False, highlight=False)
        for each in sets:
            for before, after in each.changed:
                console.print(f"touched {each.name}: {before!r} -> {after!r}", markup=False, highlight=False)
    name, texts_a_second, goal = run()
    mark = "met" if texts_a_second >= goal else "missed"
    console.print(f"{name}: {texts_a_second:,.0f} texts a second (goal {goal:,.0f}, {mark})")


def _by_kind(every: list[Recall]) -> list[Recall]:
    """Return the forms, with those of national numbers also taken together."""
    ids = [one for one in every if one.kind == "id"]
    sums: Counter[str] = Counter()
    for one in ids:
        sums.update(planted=one.planted, gone=one.gone, named=one.named)
    worst = min(ids, key=lambda one: one.gone / one.planted)
    every = [one for one in every if one.kind != "id"]
    told = f"national number, {len(ids)} forms (the worst, {worst.form}: {worst.gone / worst.planted:.3f})"
    return [*every, Recall("id", told, sums["planted"], sums["gone"], sums["named"], ())]


def _table(title: str, *headers: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", title=title, title_justify="left")
    for header in headers:
        table.add_column(header, justify="left" if header in ("What", "") else "right")
    return table


if __name__ == "__main__":
    main()
