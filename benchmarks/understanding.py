"""Understanding texts of about 20 words in two processes, beside VADER's sentiment in two processes, in turns.

``python -m benchmarks.understanding`` prints rates, memory, the seconds of loading and of a batch of one. Rates are by
the clock; how many times VADER's they are is told by processor time, which says the same on a machine that others
use too. VADER tells the sentiment of a text. Two rows stand beside it: all that we read of a text, and its sentiment
alone.
"""

from __future__ import annotations

import multiprocessing as mp
import os
import statistics
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from time import perf_counter, process_time
from typing import Any

import numpy as np
import pyarrow as pa
from training.corpus.reading import FOLDER, written

from benchmarks.timing import peak_memory
from touchline.understanding.fast.reader import FastUnderstander
from touchline.understanding.fast.weights import weights
from touchline.understanding.quick import sentiment
from touchline.understanding.teaching.taught import Correction, Taught
from touchline.vocabulary.schemas import TEXTS
from touchline.vocabulary.taxonomy import Taxonomy

TEXTS_EACH, PROCESSES = 20_000, 2
RATE, TIMES_VADER, MEMORY, LOADING, ONE, LONGER = 25_000, 4.0, 600.0, 0.5, 0.005, 0.5
_WORDS = range(16, 25)


@dataclass(frozen=True, slots=True)
class Measure:
    """One line: what was measured, ours, VADER's where it is a rate, the goal."""

    name: str
    ours: str
    other: str
    ratio: str
    goal: str
    met: bool


@cache
def texts() -> list[str]:
    """Return verbatims of about 20 words, each once per round of the list, told apart by a word."""
    found = [item.text for path in sorted((FOLDER / "written").glob("*.tsv")) for item in written(path)]
    some = [text for text in found if len(text.split()) in _WORDS]
    return [f"{text} {number}" for number, text in enumerate(some * (TEXTS_EACH // len(some) + 1))][:TEXTS_EACH]


@cache
def reader() -> FastUnderstander:
    """Return the default reader, loaded once per process."""
    return FastUnderstander(Taxonomy.template("b2c"))


def table(rows: list[str]) -> pa.Table:
    """Return rows as TEXTS."""
    ids = [str(number) for number in range(len(rows))]
    return pa.table({"interaction_id": ids, "text": rows, "language": pa.nulls(len(rows), pa.string())}, schema=TEXTS)


def ours(_: int) -> tuple[float, float]:
    """Read all texts once in this process; return the seconds of processor time, and the megabytes that it holds."""
    rows, understander = table(texts()), reader()
    began = process_time()
    understander.read(rows)
    return process_time() - began, peak_memory()


def alone(_: int) -> tuple[float, float]:
    """Tell the sentiment of all texts once in this process."""
    rows = pa.array(texts())
    began = process_time()
    sentiment(rows)
    return process_time() - began, peak_memory()


@cache
def analyser() -> Any:
    """Return VADER."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    return SentimentIntensityAnalyzer()


def vader(_: int) -> tuple[float, float]:
    """Score all texts once in this process."""
    rows, score = texts(), analyser().polarity_scores
    began = process_time()
    for text in rows:
        score(text)
    return process_time() - began, 0.0


def taught(heads: Sequence[str], rounds: int = 5) -> float:
    """Return how much longer a reader takes that was taught these heads, as a share."""
    plain = reader()
    rng = np.random.default_rng(0)
    space, classes = plain.space, plain.classes
    corrections = {
        head: Correction(
            classes[head],
            rng.normal(0, 0.02, (len(space.inputs), len(classes[head]))).astype(np.float32),
            rng.normal(0, 0.02, (len(space.hidden), len(classes[head]))).astype(np.float32),
            np.zeros(len(classes[head]), np.float32),
            1.0,
        )
        for head in heads
    }
    lesson = plain.with_taught(Taught(plain.untaught, "benchmark", corrections))
    rows, ratios = table(texts()[:8_000]), []
    for _ in range(rounds):
        took = []
        for one in (plain, lesson):
            began = process_time()
            one.read(rows)
            took.append(process_time() - began)
        ratios.append(took[1] / took[0])
    return statistics.median(ratios) - 1


def run(rounds: int = 3) -> list[Measure]:
    """Measure."""
    works = {"ours": ours, "vader": vader, "alone": alone}
    rates: dict[str, list[float]] = {name: [] for name in works}
    seconds: dict[str, list[float]] = {name: [] for name in works}
    memory = 0.0
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # two processes on two cores; read by those that start now
    with ProcessPoolExecutor(PROCESSES, mp_context=mp.get_context("spawn")) as workers:
        for round_ in range(rounds + 1):
            for name, work in works.items():
                began = perf_counter()
                found = list(workers.map(work, range(PROCESSES)))
                took = perf_counter() - began
                if name == "ours":
                    memory = max(memory, *(held for _, held in found))
                if round_:  # the first warms up
                    rates[name].append(PROCESSES * TEXTS_EACH / took)
                    seconds[name].append(sum(spent for spent, _ in found))
    rate, only, other = (statistics.median(rates[name]) for name in ("ours", "alone", "vader"))
    ratio, ratio_alone = (
        statistics.median(its / mine for mine, its in zip(seconds[name], seconds["vader"], strict=True))
        for name in ("ours", "alone")
    )
    weights.cache_clear()
    began = perf_counter()
    weights()
    loading = perf_counter() - began
    one = table(texts()[:1])
    reader().read(one)
    times = []
    for _ in range(50):
        began = process_time()
        reader().read(one)
        times.append(process_time() - began)
    single = statistics.median(times)
    return [
        Measure("understanding, 20 words, 2 processes", f"{rate:,.0f}/s", f"{other:,.0f}/s", f"{ratio:.2f}",
                f"from {RATE:,}/s", rate >= RATE),
        Measure("all heads / VADER", "", "", f"{ratio:.2f}", f"from {TIMES_VADER:g}", ratio >= TIMES_VADER),
        Measure("sentiment alone, 2 processes", f"{only:,.0f}/s", f"{other:,.0f}/s", f"{ratio_alone:.2f}",
                f"from {RATE:,}/s", only >= RATE),
        Measure("sentiment alone / VADER", "", "", f"{ratio_alone:.2f}", f"from {TIMES_VADER:g}",
                ratio_alone >= TIMES_VADER),
        Measure("memory per process", f"{memory:.0f} MB", "", "", f"under {MEMORY:.0f} MB", memory < MEMORY),
        Measure("loading the weights", f"{loading:.2f} s", "", "", f"under {LOADING} s", loading < LOADING),
        Measure("a batch of one", f"{1000 * single:.1f} ms", "", "", f"under {1000 * ONE:.0f} ms", single < ONE),
        *(
            Measure(f"taught {name}, longer by", f"{100 * longer:.0f} %", "", "", f"under {100 * LONGER:.0f} %",
                    longer < LONGER)
            for name, longer in (("stage and sentiment", taught(("stage", "sentiment"))),
                                 ("every head", taught(tuple(reader().classes))))
        ),
    ]  # fmt: skip


if __name__ == "__main__":
    for line in run():
        print(line.name, line.ours, line.other, line.ratio, line.goal, "met" if line.met else "missed", sep="  ")
