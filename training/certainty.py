"""``python -m training calibrate``: the confidence of a stage, made right on domains that its reader never saw.

The temperatures of `training.packing` come from the dev domains, of which there are two. This map
(`touchline.understanding.fast.certainty`) comes from the domains that are learnt from, each read by a model that did
not learn from it (`training.apart`); the test domains have no part in it. It has one number, as the pooled comments
ask for no more, and names the same stages as before: it begins where stages begin to be named.
"""

from __future__ import annotations

import io
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar

from touchline.evaluation.calibration import calibration
from touchline.placement.about import THRESHOLD, weigh
from touchline.understanding.fast.certainty import NAME, Certainty
from training.apart import Apart, apart
from training.corpus.reading import Item
from training.packing import TARGET

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def sure(found: Apart, certainty: Certainty) -> tuple[Floats, Bools, Bools]:
    """Return the confidence in each comment's stage as it is reported, whether it is right, and whether it is named."""
    none = np.full(len(found), -1)
    evidence = certainty.applied(found.evidence.astype(np.float32)).astype(np.float64)
    about = weigh(evidence, np.zeros_like(evidence), none, none)
    return about.confidence, about.posterior.argmax(axis=1) == found.stage, about.stage >= 0


def unlikely(confidence: Floats, right: Bools) -> float:
    """Return the log loss of confidences.

    >>> round(unlikely(np.array([0.5, 0.5]), np.array([True, False])), 3)
    0.693
    """
    kept = np.clip(confidence, 1e-6, 1 - 1e-6)
    return float(-np.log(np.where(right, kept, 1 - kept)).mean())


def fitted(found: Apart) -> Certainty:
    """Return the map that makes it likeliest which of the named stages are right and which are not (log loss)."""
    some = found.of(sure(found, Certainty())[2])

    def loss(modesty: float) -> float:
        confidence, right, _ = sure(some, Certainty(modesty, THRESHOLD))
        return unlikely(confidence, right)

    best = minimize_scalar(loss, bounds=(0, 1), method="bounded")
    return Certainty(round(float(best.x), 3), THRESHOLD)


def crossed(found: Apart) -> tuple[Floats, Bools, Bools]:
    """Return what `sure` does, each group of domains with the map that the others choose."""
    confidence, right, named = sure(found, Certainty())
    for group in np.unique(found.group):
        own = found.group == group
        confidence[own], right[own], named[own] = sure(found.of(own), fitted(found.of(~own)))
    return confidence, right, named


def calibrate(items: list[Item], path: Path = TARGET) -> Certainty:
    """Fit the map on domains left out, tell what it comes to there, and write it into a file of weights."""
    found = apart(items)
    for name, (confidence, right, named) in (("as it is", sure(found, Certainty())), ("crossed", crossed(found))):
        told = calibration(confidence[named], right[named])
        print(f"{name:10s} n {told.n:,}  log loss {unlikely(confidence[named], right[named]):.4f}  calibration error "
              f"{told.ece:.4f} ({told.chance:.4f} by chance)  overconfident by {told.over:+.4f}")  # fmt: skip
    chosen = fitted(found)
    write(chosen, path)
    return chosen


def write(certainty: Certainty, path: Path = TARGET) -> None:
    """Write a map into a file of weights, all else in which stays as it is."""
    with np.load(io.BytesIO(path.read_bytes())) as held:
        arrays = dict(held)
    about = json.loads(arrays["about"].tobytes())
    about["numbers"][NAME] = asdict(certainty)
    arrays["about"] = np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8)
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)
