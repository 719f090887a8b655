"""What the network sees of groups of words: sums of their rows, and counts; written out where a product needs them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is seen of each group of words.

    Attributes:
        sums: Sums of the rows, shape (groups, width).
        scale: What they are multiplied by, shape (groups, 1).
        dense: Counts, shape (groups, counts).
    """

    sums: Floats
    scale: Floats
    dense: Floats

    def __len__(self) -> int:
        """How many groups."""
        return len(self.sums)

    @property
    def table(self) -> Floats:
        """All of it, shape (groups, width + counts)."""
        out = np.empty((len(self), self.sums.shape[1] + self.dense.shape[1]), np.float32)
        self.write(slice(None), np.float32(1), out)
        return out

    def of(self, groups: Ints) -> Seen:
        """Return some of the groups."""
        return Seen(*(part.take(groups, axis=0) for part in (self.sums, self.scale, self.dense)))

    def write(self, some: slice, steps: np.float32, out: Floats) -> None:
        """Write some groups, in steps of which there are so many in 1; a narrower ``out`` has fewer columns of sums."""
        width = out.shape[1] - self.dense.shape[1]
        # steps are a power of 2: nothing is rounded otherwise
        np.multiply(self.sums[some, :width], self.scale[some] * steps, out=out[:, :width])
        np.multiply(self.dense[some], steps, out=out[:, width:])


@dataclass(frozen=True, slots=True)
class Plain:
    """A table that is seen as it is."""

    values: Floats

    def __len__(self) -> int:
        """How many rows."""
        return len(self.values)

    def write(self, some: slice, steps: np.float32, out: Floats) -> None:
        """Write some rows, in steps."""
        np.multiply(self.values[some], steps, out=out)
