"""``python -m benchmarks``: measure, print ratios. Exit code 0 whatever they are: a miss is told, not hidden."""

from __future__ import annotations

import argparse
import os
import platform
from pathlib import Path

import duckdb
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks import analysing, importing, paths, questions, redaction, sequences, themes, understanding


def main() -> None:
    """Parse the arguments and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="interactions to import and ask about")
    parser.add_argument("--rounds", type=int, default=3, help="times that each pair is run")
    parser.add_argument("--folder", type=Path, default=Path("bench-out"), help="where files are made and kept")
    chosen = parser.parse_args()
    console = Console()
    console.print(
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, DuckDB {duckdb.__version__}"
    )
    table = Table(box=box.SIMPLE_HEAD, header_style="dim")
    for header in ("What", "Ours", "Other", "Ratio", "Goal", ""):
        table.add_column(header, justify="left" if header in ("What", "Goal", "") else "right")
    pairs = importing.run(chosen.folder, chosen.rows, chosen.rounds)
    pairs += questions.run(chosen.folder, chosen.rows, chosen.rounds)
    pairs += paths.run(chosen.rows, chosen.rounds)
    pairs += sequences.run(chosen.folder, chosen.rows, chosen.rounds)
    for pair in pairs:
        mark = "met" if pair.met else "missed"
        table.add_row(pair.name, f"{pair.ours:.3f} s", f"{pair.other:.3f} s", f"{pair.ratio:.2f}", pair.goal, mark)
    name, took, goal = analysing.run(chosen.folder)
    table.add_row(name, f"{took:.1f} s", "", "", f"under {goal:.0f} s", "met" if took < goal else "missed")
    name, rate, least = redaction.run()
    table.add_row(name, f"{rate:,.0f}/s", "", "", f"from {least:,.0f}/s", "met" if rate >= least else "missed")
    name, took, goal = themes.run()
    table.add_row(name, f"{took:.1f} s", "", "", f"under {goal:.0f} s", "met" if took < goal else "missed")
    for line in understanding.run(chosen.rounds):
        table.add_row(line.name, line.ours, line.other, line.ratio, line.goal, "met" if line.met else "missed")
    console.print(table)


if __name__ == "__main__":
    main()
