"""Full-text search of a million texts, as the page of feedback asks it: filters, counts, order and marks with it.

The texts are those of a simulated workspace, many times over with other numbers in them, so that common words are in
hundreds of thousands of texts: harder than real ones, of which each says something of its own.
"""

from __future__ import annotations

import shutil
import statistics
from datetime import date
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.page import Row
from touchline.scores.base import Filters
from touchline.simulation import simulate, write_csv
from touchline.sources import open_export
from touchline.warehouse.duckdb import writing
from touchline.workspace import Workspace
from touchline.workspace.feedback import feedback

GOAL_MS = 100.0
#: What is looked for: rare and common words, beginnings, several, phrases, accents, nothing.
SEARCHES = ("parcel", "late", "refund", "late parcel", "nobody answered", '"on time"', "deliv", "terrible support",
            "cancel subscription", "überrascht", "the", "xyzzy", "number 123456", "invoice wrong")  # fmt: skip
_CUSTOMERS = 2_000


def run(folder: Path, texts: int, rounds: int) -> list[Row]:
    """Return how long making the search took, how large it is, and the median and p95 of searches.

    Args:
        folder: Where the workspace is made.
        texts: How many.
        rounds: Times that each search is asked.
    """
    root = folder / "search"
    shutil.rmtree(root, ignore_errors=True)
    with Workspace.create(root) as workspace:
        write_csv(simulate(_CUSTOMERS, 1), root / "world.csv")
        workspace.take_in(open_export(root / "world.csv"))
        _many_times(workspace, texts)
        there = int(workspace.warehouse.value("SELECT count(*) FROM stored WHERE text IS NOT NULL"))
        began = perf_counter()
        workspace.words.bring_up()
        made = perf_counter() - began
        size = workspace.folder.words.stat().st_size / 1e6
        feedback(workspace, words="warm")
        until = workspace.warehouse.value("SELECT max(day) FROM mentions")
        took = []
        for filters in (Filters(), Filters(since=date(until.year, 1, 1)), Filters(stages=("delivery",))):
            for words in SEARCHES * rounds:
                began = perf_counter()
                feedback(workspace, filters, words=words, limit=40)
                took.append((perf_counter() - began) * 1e3)
    middle, high = statistics.median(took), float(np.percentile(took, 95))
    goal = f"under {GOAL_MS:.0f} ms"
    return [
        Row(f"{there:,} texts made searchable", f"{made:.0f} s, {size:.0f} MB"),
        Row(f"search in {there:,} texts, median", f"{middle:.0f} ms", goal=goal, met=middle < GOAL_MS),
        Row(f"search in {there:,} texts, p95", f"{high:.0f} ms", goal=goal, met=high < GOAL_MS),
    ]


def _many_times(workspace: Workspace, texts: int) -> None:
    """Write the warehouse's texts and their mentions many times over, each time with other ids and numbers."""
    warehouse = workspace.warehouse
    there = int(warehouse.value("SELECT count(*) FROM stored WHERE text IS NOT NULL"))
    numbered = "text || ' Number ' || k::VARCHAR || left(hash(interaction_id)::VARCHAR, 5) || '.'"
    mentions = f"mentions_{warehouse.generation}"
    with warehouse.transaction():
        for table, text in (("stored", numbered), (mentions, "")):
            said = f", {text} AS text" if text else ""
            more = " WHERE text IS NOT NULL" if text else ""
            warehouse.execute(
                f"INSERT INTO {table} SELECT t.* REPLACE (interaction_id || '/' || k AS interaction_id{said})"
                f" FROM {table} t, range(1, {max(2, texts // there)}) AS r(k){more}"
            )
        warehouse.remember(rows=writing.rows(warehouse))
