"""What a lesson is learnt from: a reader's view of whole texts, and the features made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
import numpy.typing as npt

from touchline.understanding.base import Understander
from touchline.understanding.teaching.taught import Correction, Taught

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Seen:
    """Whole texts, each as one mention.

    Attributes:
        inputs: What the network sees, shape (texts, inputs).
        hidden: Its hidden layer, shape (texts, hidden).
        vectors: What the large encoder would make of them, as the network learnt it, shape (texts, vector).
        logs: Per head, log-probabilities, shape (texts, classes); of stages the last column is "unassigned".
        understood: Whether the text's language is read.
    """

    inputs: Floats
    hidden: Floats
    vectors: Floats
    logs: Mapping[str, Floats]
    understood: npt.NDArray[np.bool_]

    @classmethod
    def joined(cls, parts: Sequence[Seen]) -> Seen:
        """Return the texts of several views as one."""
        return cls(
            np.concatenate([part.inputs for part in parts]),
            np.concatenate([part.hidden for part in parts]),
            np.concatenate([part.vectors for part in parts]),
            {head: np.concatenate([part.logs[head] for part in parts]) for head in parts[0].logs},
            np.concatenate([part.understood for part in parts]),
        )

    def taught(self, taught: Taught | None) -> dict[str, Floats]:
        """Return the log-probabilities of every head, corrected by what was taught."""
        corrections: Mapping[str, Correction] = taught.corrections if taught else {}
        return {
            head: corrections[head].logs(logs, self.inputs, self.hidden) if head in corrections else logs
            for head, logs in self.logs.items()
        }


@dataclass(frozen=True, slots=True)
class Space:
    """How features are made of what is seen: ``[inputs, hidden] @ map + shift``, in blocks that weigh the same.

    Attributes:
        inputs: Shape (inputs, features).
        hidden: Shape (hidden, features).
        shift: Shape (features,).
        blocks: First and one past the last feature of each block.
    """

    inputs: Floats
    hidden: Floats
    shift: Floats
    blocks: tuple[tuple[int, int], ...]

    def features(self, seen: Seen) -> Floats:
        """Return the features of texts, shape (texts, features)."""
        out: Floats = seen.inputs @ self.inputs + seen.hidden @ self.hidden + self.shift
        return out

    def standard(self, seen: Seen) -> Space:
        """Return the space with the features of some texts about 0, and each block's of length 1 on average."""
        found = self.features(seen).astype(np.float64)
        mean, spread = found.mean(axis=0), found.std(axis=0)
        scale = np.zeros(len(mean))
        for low, high in self.blocks:
            typical = float(np.sqrt((spread[low:high] ** 2).mean()))
            varies = spread[low:high] > 1e-6
            # a feature that hardly varies is not blown up
            held = np.sqrt(0.5 * spread[low:high] ** 2 + 0.5 * typical**2)
            scale[low:high] = varies / np.maximum(held, 1e-9) / np.sqrt(max(1, int(varies.sum())))
        by = scale.astype(np.float32)
        return Space(self.inputs * by, self.hidden * by, ((self.shift - mean) * scale).astype(np.float32), self.blocks)


class Teachable(Understander, Protocol):
    """An understander that can be taught."""

    @property
    def untaught(self) -> str:
        """Its version without what it was taught."""

    @property
    def classes(self) -> Mapping[str, tuple[str, ...]]:
        """The classes of every head that can be taught; of ``stage`` the taxonomy's and ``unassigned``."""

    @property
    def space(self) -> Space:
        """How features are made of what it sees."""

    @property
    def examples(self) -> tuple[tuple[str, str], ...]:
        """What the taxonomy says of its stages: texts, each with its stage."""

    @property
    def taught(self) -> Taught | None:
        """What it was taught."""

    def see(self, texts: Sequence[str]) -> Seen:
        """Return what it makes of whole texts before anything was taught; a text's does not hang on the others."""

    def with_taught(self, taught: Taught | None) -> Self:
        """Return the reader that was taught this, and nothing else; the large tables are shared.

        Raises:
            ValueError: It was taught to another reader.
        """
