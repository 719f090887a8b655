"""``python -m benchmarks``: measure, print ratios. Exit code 0 whatever they are: a miss is told, not hidden."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks import page
from benchmarks.page import Row
from benchmarks.timing import Pair

Room = Callable[[argparse.Namespace], list[Row]]


def main() -> None:
    """Parse the arguments, and print a table per room as it is done."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="interactions to import and ask about")
    parser.add_argument("--rounds", type=int, default=3, help="times that each pair is run")
    parser.add_argument("--folder", type=Path, default=Path("bench-out"), help="where files are made and kept")
    parser.add_argument("--only", action="append", choices=ROOMS, help="this alone; may be repeated")
    parser.add_argument("--write", action="store_true", help="write what is measured into docs/performance.md")
    chosen = parser.parse_args()
    console = Console()
    console.print(page.machine())
    for name in chosen.only or ROOMS:
        busy = page.load()
        rows = ROOMS[name](chosen)
        console.print(_table(name, rows))
        if chosen.write:
            page.write(name, _command(name, chosen), busy, rows)


def _command(name: str, chosen: argparse.Namespace) -> str:
    return shlex.join([
        "python", "-m", "benchmarks", "--only", name, "--rows", str(chosen.rows), "--rounds", str(chosen.rounds),
    ])  # fmt: skip


def _table(name: str, rows: Sequence[Row]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="dim", title=name, title_justify="left")
    for header in ("What", "Ours", "Other", "Ratio", "Goal", ""):
        table.add_column(header, justify="left" if header in ("What", "Goal", "") else "right")
    for row in rows:
        table.add_row(row.name, row.ours, row.other, row.ratio, row.goal, row.mark)
    return table


def _pairs(pairs: Sequence[Pair]) -> list[Row]:
    return [Row(p.name, f"{p.ours:.3f} s", f"{p.other:.3f} s", f"{p.ratio:.2f}", p.goal, p.met) for p in pairs]


def _importing(chosen: argparse.Namespace) -> list[Row]:
    from benchmarks import importing

    return _pairs(importing.run(chosen.folder, chosen.rows, chosen.rounds))


def _questions(chosen: argparse.Namespace) -> list[Row]:
    from benchmarks import questions

    return _pairs(questions.run(chosen.folder, chosen.rows, chosen.rounds))


def _paths(chosen: argparse.Namespace) -> list[Row]:
    from benchmarks import paths

    return _pairs(paths.run(chosen.rows, chosen.rounds))


def _sequences(chosen: argparse.Namespace) -> list[Row]:
    from benchmarks import sequences

    alone = [Row(x.name, x.value, goal=x.goal, met=x.met) for x in sequences.process(chosen.folder, chosen.rows)]
    return _pairs(sequences.run(chosen.folder, chosen.rows, chosen.rounds)) + alone


def _indexing(chosen: argparse.Namespace) -> list[Row]:
    from benchmarks import indexing

    return [Row(x.name, x.value, goal=x.goal, met=x.met) for x in indexing.run(chosen.folder, 10 * chosen.rows)]


def _starting(chosen: argparse.Namespace) -> list[Row]:
    from benchmarks import starting

    name, took, goal = starting.run(chosen.rounds)
    return [Row(name, f"{took:.2f} s", goal=f"under {goal:g} s", met=took < goal)]


def _analysing(chosen: argparse.Namespace) -> list[Row]:
    from benchmarks import analysing

    name, took, goal = analysing.run(chosen.folder)
    return [Row(name, f"{took:.1f} s", goal=f"under {goal:.0f} s", met=took < goal)]


def _redaction(_: argparse.Namespace) -> list[Row]:
    from benchmarks import redaction

    name, rate, least = redaction.run()
    return [Row(name, f"{rate:,.0f}/s", goal=f"from {least:,.0f}/s", met=rate >= least)]


def _themes(_: argparse.Namespace) -> list[Row]:
    from benchmarks import themes

    name, took, goal = themes.run()
    return [Row(name, f"{took:.1f} s", goal=f"under {goal:.0f} s", met=took < goal)]


def _searching(chosen: argparse.Namespace) -> list[Row]:
    from benchmarks import searching

    return searching.run(chosen.folder, chosen.rows, chosen.rounds)


def _understanding(chosen: argparse.Namespace) -> list[Row]:
    from benchmarks import understanding

    return [Row(m.name, m.ours, m.other, m.ratio, m.goal, m.met) for m in understanding.run(chosen.rounds)]


def _intake(chosen: argparse.Namespace) -> list[Row]:
    from benchmarks import intake

    return intake.run(chosen.folder, chosen.rounds)


def _api(chosen: argparse.Namespace) -> list[Row]:
    from benchmarks import api

    return api.measured(chosen.folder, chosen.rows, 10.0, chosen.rounds)


def _together(chosen: argparse.Namespace) -> list[Row]:
    from benchmarks import together

    return together.measured(chosen.folder, chosen.rows, 30.0)


def _web(chosen: argparse.Namespace) -> list[Row]:
    from benchmarks import pages

    return pages.run(chosen.folder, chosen.rows)


def _editing(_: argparse.Namespace) -> list[Row]:
    from benchmarks import editing

    return editing.run()


#: What can be measured, in the order in which it is.
ROOMS: dict[str, Room] = {
    "starting": _starting,
    "importing": _importing,
    "questions": _questions,
    "indexing": _indexing,
    "paths": _paths,
    "sequences": _sequences,
    "analysing": _analysing,
    "redaction": _redaction,
    "themes": _themes,
    "searching": _searching,
    "understanding": _understanding,
    "intake": _intake,
    "api": _api,
    "pages": _web,
    "together": _together,
    "editing": _editing,
}


if __name__ == "__main__":
    main()
