"""`touchline analyse` on 10,000 comments, start-up included."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc

from benchmarks.timing import seconds
from touchline.simulation import simulate
from touchline.simulation.writers import flat

_GOAL = 10.0


def make_csv(folder: Path, rows: int) -> Path:
    """Write so many simulated comments, every one with its words."""
    path = folder / f"comments-{rows}.csv"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        kept: list[pa.Table] = []
        world = simulate(rows, 11)
        for chunk in world.interactions():
            table = flat(chunk)
            kept.append(table.filter(pa.compute.is_valid(table["text"])))
            if sum(part.num_rows for part in kept) >= rows:
                break
        pc.write_csv(pa.concat_tables(kept).slice(0, rows), path)
    return path


def run(folder: Path, rows: int = 10_000) -> tuple[str, float, float]:
    """Return a name, the seconds, and the goal in seconds."""
    csv = make_csv(folder, rows)
    command = [sys.executable, "-m", "touchline", "analyse", str(csv), "--report", str(folder / "analysed.html")]
    took = seconds(lambda: subprocess.run(command, check=True, capture_output=True))
    return f"touchline analyse, {rows:,} comments, start-up and report included", took, _GOAL
