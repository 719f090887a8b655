"""Writes what was measured into docs/model-card.md, between its markers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from touchline.understanding.card import tables
from training.agreement import agreement
from training.judging import Line

CARD: Final = Path(__file__).parents[1] / "docs" / "model-card.md"
#: How far a score of weights that are trained again may lie from the card's; or one and a half of its texts.
TOLERANCE: Final = 0.01
#: The same, as a server shows it.
SHIPPED: Final = Path(__file__).parents[1] / "src/touchline/understanding/card.json"
TWENTY: Final = Path(__file__).parent / "corpus" / "twenty.txt"


def write_card(lines: Iterable[Line]) -> None:
    """Write scores, agreement, and the twenty comments as they are read."""
    text = CARD.read_text("utf-8")
    for name, rows in (("agreement", _agreement()), ("scores", _scores(lines)), ("twenty", _twenty())):
        block = "\n".join((f"<!-- {name} -->", *rows, f"<!-- /{name} -->"))
        text = re.sub(rf"<!-- {name} -->.*?<!-- /{name} -->", lambda _, block=block: block, text, flags=re.DOTALL)
    CARD.write_text(text, "utf-8")
    SHIPPED.write_text(json.dumps(tables(text), ensure_ascii=False, indent=1) + "\n", "utf-8")


def beyond(lines: Iterable[Line]) -> list[str]:
    """Return the scores that lie further from the card's than other rounding on another machine explains."""
    told: dict[tuple[str, str], float] = {}
    for row in CARD.read_text("utf-8").partition("<!-- scores -->")[2].partition("<!-- /scores -->")[0].splitlines():
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        if len(cells) > 3 and cells[3].replace(".", "").lstrip("-").isdigit():
            told[cells[0], cells[1]] = float(cells[3])
    found = []
    for line in lines:
        before = told.get((line.set, line.what))
        if before is None:
            found.append(f"{line.set}, {line.what}: {line.value:.3f}, which the card does not tell")
        elif abs(line.value - before) > max(TOLERANCE, 1.5 / line.n) + 0.0005:
            found.append(f"{line.set}, {line.what}: {line.value:.3f}, where the card has {before:.3f}")
    return found


def _agreement() -> list[str]:
    rows = ["| label | the same | Cohen's kappa |", "|---|---|---|"]
    return rows + [f"| {kind} | {same:.1%} | {kappa:.2f} |" for kind, (_, same, kappa) in agreement().items()]


def _scores(lines: Iterable[Line]) -> list[str]:
    rows = ["| set | what | n | score | 95 % interval | beside | goal | |", "|---|---|---|---|---|---|---|---|"]
    for line in lines:
        interval = "" if line.low == line.high else f"{line.low:.3f} to {line.high:.3f}"
        goal = "" if line.goal is None else f"{line.goal:.2f}"
        score = f"{line.n:,} | {line.value:.3f} | {interval} | {line.beside} | {goal} | {line.verdict}"
        rows.append(f"| {line.set} | {line.what} | {score} |")
    return rows


def _twenty() -> list[str]:
    from touchline.placement.comments import read_comments
    from touchline.settings import Settings
    from touchline.understanding import load
    from touchline.vocabulary.taxonomy import Taxonomy

    taxonomy = Taxonomy.template("b2c")
    texts = [line for line in TWENTY.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    read = read_comments(texts, understander=load(taxonomy=taxonomy), taxonomy=taxonomy, settings=Settings())
    rows = ["| comment | read as | because of |", "|---|---|---|"]
    for one in read:
        said = "; ".join(
            f"{m.stage} ({m.stage_confidence:.2f}), {('negative', 'neutral', 'positive')[m.sentiment + 1]}, {m.emotion}"
            for m in one.mentions
        )
        words = "; ".join(", ".join(m.evidence[:3]) for m in one.mentions)
        rows.append(f"| {one.text} | {said} | {words} |".replace("\n", " "))
    return rows
