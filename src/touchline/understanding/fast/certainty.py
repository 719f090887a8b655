"""How sure the words make of a stage: what is claimed for one is lowered until it holds in domains never seen.

With what words claim for each stage, p = softmax(evidence),

    P(stage) ~ p * min(1, (1 - p) / (1 - least)) ** modesty

A reader is surer of itself on comments like those that it learnt from than it may be on others. What it says of a
stage up to ``least`` stays as it is; the more it claims beyond, the more of that is taken back. For a modesty from 0 to
1 no stage overtakes another, and a stage reaches ``least`` afterwards where it did before.

Source: Kull, Silva Filho and Flach 2017 (beta calibration), of whose numbers this is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

from touchline.understanding.fast.shares import softmax

Floats = npt.NDArray[np.float32]

#: Among the numbers of weights.
NAME: Final = "stage_certainty"
#: No claim leaves less than this to the other stages.
_REST: Final = np.float32(1e-3)


@dataclass(frozen=True, slots=True)
class Certainty:
    """The map, with the numbers that training chose on domains left out (``training/certainty.py``).

    Attributes:
        modesty: How much is taken back, from 0 to 1.
        least: Claims up to this stay as they are, from 0 to a half.
    """

    modesty: float = 0.0
    least: float = 0.0

    @classmethod
    def of(cls, numbers: Mapping[str, Any]) -> Self:
        """Return the map of some weights' numbers; where they have none, nothing is changed."""
        return cls(**numbers.get(NAME, {}))

    def applied(self, evidence: Floats) -> Floats:
        """Return log-likelihoods whose softmax is what may be believed.

        Args:
            evidence: Log-likelihoods of the words, shape (mentions, stages).

        >>> claimed = np.log(np.array([[0.9, 0.1], [0.4, 0.6]], np.float32))
        >>> may = np.exp(Certainty(0.5, 0.5).applied(claimed))
        >>> (may / may.sum(axis=1, keepdims=True)).astype(float).round(3).tolist()
        [[0.801, 0.199], [0.427, 0.573]]
        """
        if not self.modesty:
            return evidence
        rest = np.maximum(1 - softmax(evidence), _REST) / np.float32(1 - self.least)
        taken: Floats = np.log(np.minimum(rest, 1))
        return evidence + np.float32(self.modesty) * taken
