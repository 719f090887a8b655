"""A map with everything that is laid over it, and families of tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from touchline.maps.measured import Finding, Measure
from touchline.overlay.claims import SURE
from touchline.overlay.taking import adjusted

if TYPE_CHECKING:
    from touchline.maps.measured import StepMeasured
    from touchline.maps.model import Map, Step
    from touchline.overlay.asking import Asked
    from touchline.overlay.binding import Place
    from touchline.overlay.claims import Claim
    from touchline.overlay.shapes import Found
    from touchline.vocabulary.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Laid:
    """A map with everything that is laid over it.

    Attributes:
        map: The map.
        bound: What its steps are measured by.
        asked: The answers.
        claims: Its claims.
        steps: What was measured of its steps.
        shapes: Of the measured line.
        personas: JSI by step of each persona that was asked for.
        taxonomy: Names stages and touchpoints.
    """

    map: Map
    bound: Mapping[str, Place]
    asked: Asked
    claims: Sequence[Claim]
    steps: Mapping[str, StepMeasured]
    shapes: Sequence[Found]
    personas: Mapping[str, Mapping[str, Measure]]
    taxonomy: Taxonomy

    def first(self) -> dict[Place, Step]:
        """Return the first step that each place measures."""
        found: dict[Place, Step] = {}
        for step in self.map.steps():
            if step.id in self.bound:
                found.setdefault(self.bound[step.id], step)
        return found


@dataclass(frozen=True, slots=True)
class Trial:
    """One comparison of a family: all are counted, whether or not what they find would be worth telling."""

    finding: Finding
    p: float | None
    worth: bool = True


def surely(family: Iterable[Trial]) -> Iterator[Finding]:
    """Yield the findings of one family that are sure after correction, and worth telling."""
    tests = list(family)
    for test, p in zip(tests, adjusted([test.p for test in tests]), strict=True):
        if p is not None and p < SURE and test.worth:
            yield test.finding


def above(part: int, whole: int, share: float) -> float:
    """Return the chance of so many, or more, were the true share no larger.

    >>> round(above(12, 100, 0.05), 4), above(5, 100, 0.05) > 0.5
    (0.0043, True)
    """
    from scipy.special import bdtrc

    return float(bdtrc(part - 1, whole, share)) if 0 < part <= whole else 1.0
