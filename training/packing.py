"""From a trained network to the file that is shipped: folded rows, calibrated heads, eight bits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from touchline.understanding.fast.model import softmax
from touchline.understanding.fast.weights import pack
from training.corpus.reading import Item
from training.features import examples
from training.fit import Made
from training.labels import HEADS, codes
from training.lessons import READ, TOLD, VECTOR
from training.said import Said
from training.spelling import spelling

Floats = npt.NDArray[np.float32]

TARGET: Final = Path(__file__).parents[1] / "src" / "touchline" / "understanding" / "fast" / "weights.npz"
#: How far apart neighbouring clauses must be to be two mentions; chosen on dev.
NUMBERS: Final = {"opposed": 0.45, "elsewhere": 0.6}

#: What a temperature is stretched by beside: of several mentions the surest tends to stand for a comment, and a stage
#: grows surer where it is placed; from dev, as `make evaluate` judges it with and without channel and source.
STRETCH: Final = {"sentiment": 1.15, "stage": 1.1}


def calibrated(made: Made, items: list[Item]) -> dict[str, float]:
    """Return the temperature of each head that makes the confidence on some items right."""
    said = Said.of(items)
    logits = made.net.logits(*said.examples(made.lexical))
    negative = np.array([label.sentiment < 0 for label in said.labels])
    found = {"language": 1.0, "vector": 1.0}
    for head in HEADS:
        rows = negative if head == "severity" else np.ones(len(negative), np.bool_)
        z, y = logits[rows, made.net.heads[head]].astype(np.float64), codes(said.labels, head)[rows]

        def loss(t: float, z: npt.NDArray[np.float64] = z, y: npt.NDArray[np.int64] = y) -> float:
            scaled = z / np.exp(t)
            scaled -= scaled.max(axis=1, keepdims=True)
            return float((np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(len(y)), y]).mean())

        found[head] = float(np.exp(minimize_scalar(loss, bounds=(-1.5, 2.5), method="bounded").x))
    return found


def packed(made: Made, learnt: list[Item], dev: list[Item], *, english: bool = False) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of the shipped file; without the sentiment by spelling, where it is for ``english`` alone."""
    net, known = made.net, made.lexical
    temperature = {head: round(t * STRETCH.get(head, 1.0), 4) for head, t in calibrated(made, dev).items()}

    def feelings(texts: Sequence[str]) -> Floats:
        """Return what the network says of the sentiment of whole texts."""
        seen = examples(texts, None, known)
        return softmax(net.logits(seen, seen)[:, net.heads["sentiment"]] / np.float32(temperature["sentiment"]))

    spelt, numbers = ({}, {}) if english else spelling(Said.of(learnt), feelings)
    values: dict[str, list[Any]] = {**{head: list(v) for head, v in HEADS.items()}, "language": [*READ, *TOLD]}
    values["vector"] = list(range(VECTOR))
    about = {
        "heads": {name: [[cut.start, cut.stop], values[name]] for name, cut in net.heads.items()},
        "temperature": temperature,
        "numbers": NUMBERS | numbers,
    }
    tables = {
        "rows": net.word_rows(),
        "letters": net.letters,
        "pairs": net.pairs,
        "straight": net.straight,
        "inner": net.inner,
        "inner_bias": net.inner_bias,
        "outer": net.outer,
        "bias": net.bias,
        "valence": known.valence,
        "negates": known.negates,
        "mark": known.mark,
    }
    return pack(tables | spelt, about, made.words)


def write(made: Made, learnt: list[Item], dev: list[Item], path: Path = TARGET) -> int:
    """Write the file; return its size in bytes."""
    with path.open("wb") as file:
        np.savez_compressed(file, **packed(made, learnt, dev))
    return path.stat().st_size
