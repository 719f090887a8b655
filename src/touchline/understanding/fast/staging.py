"""What a mention's words say of the stages of any taxonomy.

The network was taught the nine stages of the ``b2c`` template. For a taxonomy with the same stages it answers
directly; for any other, each stage is what the network makes of the stage's own examples and description
(zero-shot prototypes), beside the stage's keywords.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.fast.certainty import Certainty
from touchline.understanding.fast.model import Model, Reading
from touchline.understanding.fast.product import gridded, product
from touchline.vocabulary.model import Stage
from touchline.vocabulary.taxonomy import Taxonomy

Floats = npt.NDArray[np.float32]

#: What keywords of the taxonomy count beside the network: for stages that it was taught, more the less it can tell;
#: and for others.
KEYWORDS_TAUGHT: Final = 0.1
KEYWORDS_UNTOLD: Final = 1.0
KEYWORDS_OTHER: Final = 0.6
#: What the nearness of vectors, and the agreement of taught stages, count for other stages.
NEARNESS: Final = 7.0
AGREEMENT: Final = 1.0
_FLOOR: Final = 0.02


@dataclass(frozen=True, slots=True)
class Staging:
    """A taxonomy as the network sees it.

    Attributes:
        order: Column of the taught stage of each stage, when they are the same ones; else None.
        prototypes: Vector of each other stage, of length 1, shape (stages, vector).
        agreement: What each taught stage says of each stage, shape (taught, stages).
        certainty: How sure words make of stages that the network was taught.
    """

    order: npt.NDArray[np.int64] | None
    prototypes: Floats
    agreement: Floats
    certainty: Certainty

    @classmethod
    def of(cls, taxonomy: Taxonomy, model: Model) -> Staging:
        """Read a taxonomy's own words."""
        taught = [str(name) for name in model.weights.heads["stage"][1]]
        if set(taxonomy.ids) == set(taught[:-1]):
            order = np.array([taught.index(stage) for stage in taxonomy.ids], dtype=np.int64)
            nothing = np.zeros((0, 0), np.float32)
            return cls(order, nothing, nothing, Certainty.of(model.weights.numbers))
        vectors, shares = [], []
        for stage in taxonomy.stages:
            texts, weight = _words(stage)
            found = model.whole(texts)
            vectors.append(_unit((_unit(found.vector) * weight[:, None]).sum(axis=0, keepdims=True))[0])
            shares.append((found.stage * weight[:, None]).sum(axis=0) / weight.sum())
        held = np.array(shares, np.float32).T + _FLOOR  # taught x stages
        agreement = np.log(held / held.mean(axis=1, keepdims=True))
        prototypes = np.array(vectors, np.float32)
        return cls(None, prototypes, agreement.astype(np.float32), Certainty())

    def evidence(self, model: Model, reading: Reading, keywords: Floats) -> Floats:
        """Return one log-likelihood per mention and stage.

        Args:
            model: The network.
            reading: Of the mentions.
            keywords: What the taxonomy's own phrases say, shape (mentions, stages).
        """
        share = reading.shares["stage"]
        if self.order is not None:
            # what is unassigned speaks for no stage: it is spread over all of them
            spread = share[:, :-1] + share[:, -1:] / (share.shape[1] - 1)
            said: Floats = np.log(np.maximum(spread[:, self.order], 1e-4) * len(self.order))
            weight = np.float32(KEYWORDS_TAUGHT) + np.float32(KEYWORDS_UNTOLD) * share[:, -1:]
            return self.certainty.applied(said + weight * keywords)
        near = product(_unit(model.vectors(reading)), gridded(self.prototypes.T))
        near = near - near.mean(axis=1, keepdims=True)
        agree = product(share, gridded(self.agreement))
        tells = 1 - share[:, -1:]
        other: Floats = tells * (np.float32(NEARNESS) * near + np.float32(AGREEMENT) * agree)
        return other + np.float32(KEYWORDS_OTHER) * keywords


def _words(stage: Stage) -> tuple[list[str], Floats]:
    """Return what a taxonomy says of a stage in sentences, and how much each counts."""
    texts = [(text, 1.0) for text in stage.examples]
    texts.append((f"{stage.name}. {stage.description}", 2.0))
    for sub_stage in stage.sub_stages:
        texts += [(f"{t.name}. {t.description}", 0.3) for t in sub_stage.touchpoints]
    texts += [(theme.name, 0.3) for theme in stage.themes]
    return [text for text, _ in texts], np.array([weight for _, weight in texts], np.float32)


def _unit(rows: Floats) -> Floats:
    out: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return out
