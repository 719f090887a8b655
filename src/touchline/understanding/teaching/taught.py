"""What was learnt, as the reader applies it: per head one product over what the network already has of a mention."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.understanding.fast.product import gridded, product

Floats = npt.NDArray[np.float32]

_FLOOR: Final = 1e-5
_SILENT: Final = 1e-6
#: A stage keeps this share of its probability when that of "unassigned" is taken out of it.
_LEAST: Final = 0.01
_PARTS: Final = ("inputs", "hidden", "bias")


@dataclass(frozen=True, slots=True)
class Correction:
    """What is added to the log-probabilities of one head.

    Attributes:
        names: Its classes; of stages the taxonomy's and then ``unassigned``.
        inputs: On what the network sees of a mention, shape (inputs, classes).
        hidden: On its hidden layer, shape (hidden, classes).
        bias: Shape (classes,).
        scale: What the log-probabilities are multiplied by.
    """

    names: tuple[str, ...]
    inputs: Floats
    hidden: Floats
    bias: Floats
    scale: float

    def logs(self, known: Floats, inputs: Floats, hidden: Floats) -> Floats:
        """Return corrected log-probabilities, shape (mentions, classes).

        Args:
            known: Log-probabilities before, same shape.
            inputs: What the network sees of each mention.
            hidden: Its hidden layer.
        """
        learnt = product(inputs, gridded(self.inputs)) + product(hidden, gridded(self.hidden)) + self.bias
        said: Floats = np.float32(self.scale) * known + learnt
        said -= said.max(axis=1, keepdims=True, initial=-np.inf)
        out: Floats = said - np.log(np.exp(said).sum(axis=1, keepdims=True))
        return out


@dataclass(frozen=True, slots=True)
class Taught:
    """What a reader was taught.

    Attributes:
        reader: Version of the reader that it corrects, untaught.
        version: Names the lesson and the way it was learnt.
        corrections: By head; heads that were not taught are absent.
    """

    reader: str
    version: str
    corrections: Mapping[str, Correction] = field(default_factory=dict)

    def shares(self, shares: Mapping[str, Floats], inputs: Floats, hidden: Floats) -> dict[str, Floats]:
        """Return what every head says of each mention, corrected, but for stages; see `evidence`."""
        out = dict(shares)
        for head, correction in self.corrections.items():
            if head != "stage" and head in shares:
                out[head] = np.exp(correction.logs(logs_of(shares[head]), inputs, hidden))
        return out

    def evidence(self, evidence: Floats, unassigned: Floats, inputs: Floats, hidden: Floats) -> Floats:
        """Return log-likelihoods of the stages, corrected.

        Args:
            evidence: Before, shape (mentions, stages).
            unassigned: How much speaks for no stage, shape (mentions,).
            inputs: What the network sees of each mention.
            hidden: Its hidden layer.
        """
        correction = self.corrections.get("stage")
        if correction is None:
            return evidence
        return spread(correction.logs(parted(evidence, unassigned), inputs, hidden))

    def to_bytes(self) -> bytes:
        """Return it as a file's content; equal lessons give equal bytes."""
        about = {
            "reader": self.reader,
            "version": self.version,
            "heads": {head: {"names": c.names, "scale": c.scale} for head, c in self.corrections.items()},
        }
        arrays = {f"{head}.{part}": getattr(c, part) for head, c in sorted(self.corrections.items()) for part in _PARTS}
        out = io.BytesIO()
        np.savez(out, about=np.frombuffer(json.dumps(about, sort_keys=True).encode(), np.uint8), **arrays)
        return out.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Taught:
        """Read it back.

        Raises:
            ValueError: These bytes are no such file.
        """
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as held:
                about = json.loads(held["about"].tobytes())
                corrections = {
                    head: Correction(
                        names=tuple(told["names"]),
                        scale=told["scale"],
                        **{part: held[f"{head}.{part}"] for part in _PARTS},
                    )
                    for head, told in about["heads"].items()
                }
                return cls(about["reader"], about["version"], corrections)
        except (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
            raise ValueError(f"no file of what was taught: {error}") from error


def logs_of(shares: Floats) -> Floats:
    """Return the logarithms of shares, none of them minus infinity."""
    out: Floats = np.log(np.maximum(shares, np.float32(_SILENT)))
    return out


def parted(evidence: Floats, unassigned: Floats) -> Floats:
    """Return log-probabilities of stages and, last, of none, from log-likelihoods of stages.

    Evidence spreads what speaks for no stage evenly over all of them; here it is taken out again.

    Args:
        evidence: Log-likelihoods, shape (mentions, stages).
        unassigned: How much speaks for no stage, shape (mentions,).

    >>> flat = parted(np.zeros((1, 4), np.float32), np.array([0.2], np.float32))
    >>> np.exp(flat).astype(float).round(2).tolist()
    [[0.2, 0.2, 0.2, 0.2, 0.2]]
    """
    shifted = np.exp(evidence - evidence.max(axis=1, keepdims=True, initial=-np.inf))
    share = shifted / shifted.sum(axis=1, keepdims=True)
    none = np.clip(unassigned, _FLOOR, 1 - _FLOOR)[:, None]
    own = np.maximum(share - none / evidence.shape[1], _LEAST * share)
    out: Floats = np.concatenate((np.log(np.maximum(own, _FLOOR)), np.log(none)), axis=1).astype(np.float32)
    out -= np.log(np.exp(out).sum(axis=1, keepdims=True))
    return out


def spread(logs: Floats) -> Floats:
    """Return log-likelihoods of stages from log-probabilities of stages and, last, of none; see `parted`."""
    share, stages = np.exp(logs), logs.shape[1] - 1
    held = share[:, :-1] + share[:, -1:] / stages
    out: Floats = np.log(np.maximum(held, _FLOOR) * stages).astype(np.float32)
    return out
