"""The questions of money and future, one method each; `touchline.questions.Local` answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from touchline.settings import Settings
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse
    from touchline.warehouse.index.journeys import Journeys


class ValueQuestions:
    """Methods import what they need when they are called."""

    def _have(self) -> tuple[Warehouse, Taxonomy, Settings]:
        """Return what the questions are asked of."""
        raise NotImplementedError

    def _journeys(self) -> Journeys:
        """Return everybody's journeys."""
        raise NotImplementedError
