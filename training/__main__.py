"""``python -m training train | evaluate``."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from training.judging import Line


def main() -> None:
    """Train, or judge what is shipped."""
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("what", choices=("train", "calibrate", "tongues", "evaluate", "agreement"))
    parser.add_argument("--domains", choices=("test", "dev"), default="test", help="the domains to judge on")
    parser.add_argument("--json", type=Path, help="also write the scores there")
    parser.add_argument("--card", action="store_true", help="also write the scores into docs/model-card.md")
    parser.add_argument("--reader", default="fast", help="the understander to judge: fast or phrases")
    parser.add_argument("--weights", type=Path, help="what `train` and `calibrate` write; the package's by default")
    chosen = parser.parse_args()
    if chosen.what in ("train", "calibrate", "tongues"):
        from training.threads import one_thread

        one_thread()
    if chosen.what == "train":
        from training.corpus.reading import corpus
        from training.fit import fit
        from training.packing import TARGET, write
        from training.split import split

        items = corpus()
        parts = split(items)
        size = write(fit(items), parts["train"], parts["dev"], chosen.weights or TARGET)
        print(f"{chosen.weights or TARGET}: {size / 1e6:.1f} MB")
    if chosen.what in ("train", "calibrate"):
        from training.certainty import calibrate
        from training.corpus.reading import corpus
        from training.packing import TARGET

        print(calibrate(corpus(), chosen.weights or TARGET))
        if chosen.weights or chosen.what == "calibrate":
            return
    if chosen.what in ("train", "tongues"):
        from training import tongues

        print(f"{tongues.TARGET}: {tongues.train() / 1e6:.2f} MB")
        if chosen.what == "tongues":
            return
    if chosen.what == "agreement":
        from training.agreement import agreement

        for kind, (n, same, kappa) in agreement().items():
            print(f"{kind:12s} n {n}  same {same:.3f}  kappa {kappa:.3f}")
        return
    found = _evaluate(chosen.domains, chosen.json, reader=chosen.reader, card=chosen.card)
    if chosen.domains == "test" and chosen.reader == "fast":
        _hold(found)


def _hold(found: list[Line]) -> None:
    """Say whether the scores are those of the model card; leave with 1 where they are not."""
    from training.card import TOLERANCE, beyond

    if far := beyond(found):
        print("\n".join(far))
        raise SystemExit(f"{len(far)} of {len(found)} scores are not those of docs/model-card.md; --card writes them")
    print(f"all {len(found)} scores are those of docs/model-card.md, to within {TOLERANCE}")


def _evaluate(domains: str, target: Path | None, *, reader: str, card: bool) -> list[Line]:
    from touchline.understanding import load
    from touchline.vocabulary.taxonomy import Taxonomy
    from training.judging import lines, taught
    from training.split import DEV, TEST
    from training.understood import lines as understood

    understander = load(reader, taxonomy=Taxonomy.template("b2c"))
    found = lines(understander, TEST if domains == "test" else DEV)
    if reader == "fast":
        found += understood(understander, TEST if domains == "test" else DEV)
    if domains == "test" and reader == "fast":
        found += taught()
    _show(found)
    if card:
        from training.card import write_card

        write_card(found)
    if target:
        target.write_text(json.dumps([asdict(line) | {"verdict": line.verdict} for line in found], indent=1), "utf-8")
    return found


def _show(lines: Iterable[Line]) -> None:
    table = Table(box=box.SIMPLE_HEAD, header_style="dim")
    for header in ("Set", "What", "n", "Score", "95 % interval", "Beside", "Goal", ""):
        table.add_column(header, justify="right" if header in ("n", "Score") else "left")
    for line in lines:
        goal = "" if line.goal is None else f"{line.goal:.3f}"
        interval = "" if line.low == line.high else f"{line.low:.3f} to {line.high:.3f}"
        table.add_row(
            line.set, line.what, f"{line.n:,}", f"{line.value:.3f}", interval, line.beside, goal, line.verdict
        )
    Console().print(table)


if __name__ == "__main__":
    main()
