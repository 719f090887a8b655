"""What an attribution is asked: of what, to what, by which models."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from touchline.errors import QuestionError, unknown
from touchline.scores.base import Filters
from touchline.words import phrase

#: Every model, in the order in which figures show them.
MODELS: Final = ("first", "last", "last_non_direct", "linear", "time_decay", "position", "markov", "shapley")
#: Touches that say nothing of why somebody came.
DIRECT: Final = ("direct", "(direct)", "none", "(none)")


@dataclass(frozen=True, slots=True)
class Asked:
    """An attribution's question, checked.

    Attributes:
        conversion: The step that ends a path; None: scored interactions do (the change of the JSI).
        of: The column of names that gets the credit.
        models: Which models, of `MODELS`.
        value: The column of numbers that is credited; None: each conversion is 1.
        window: How long before its conversion a touch counts, microseconds; None: however long.
        half_life: Of time decay, microseconds.
        order: Touches that the Markov chain remembers.
        direct: Names that the last non-direct touch passes over.
        touches: The step that is a touch; None: every interaction with a name in ``of`` but the conversion.
        by: The segment or column whose value at the end of the path groups paths.
        replicates: Bootstrap samples.
        filters: Which conversions count, and of paths without one, which last touches.
    """

    conversion: str | None
    of: str = "channel"
    models: tuple[str, ...] = MODELS
    value: str | None = None
    window: int | None = None
    half_life: int = 7 * 86_400_000_000
    order: int = 1
    direct: tuple[str, ...] = DIRECT
    touches: str | None = None
    by: str | None = None
    replicates: int = 200
    filters: Filters = field(default_factory=Filters)

    def __post_init__(self) -> None:
        for model in self.models:
            if model not in MODELS:
                raise unknown("model of attribution", model, MODELS)
        if not self.models:
            raise QuestionError(
                phrase("an attribution needs a model"), todo=phrase("name one of {listed}", listed=", ".join(MODELS))
            )
        if self.order < 1:
            raise QuestionError(
                phrase("a Markov chain of order {order} remembers nothing", order=self.order),
                todo=phrase("give 1 or more"),
            )
        if self.conversion is None and self.value is not None:
            raise QuestionError(phrase("a change of the JSI has no value"), where="value", todo=phrase("leave it out"))

    @property
    def of_scores(self) -> bool:
        """Is it the change of the JSI that is credited?"""
        return self.conversion is None
