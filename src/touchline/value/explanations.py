"""The questions of why, one method each; `touchline.questions.Local` answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from touchline.scores.base import Figure, Filters

if TYPE_CHECKING:
    from touchline.settings import Settings
    from touchline.themes.book import Book
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

_ALL = Filters()


class Explanations:
    """Methods import what they need when they are called. `Figure.customers` tells who is behind a row."""

    def _have(self) -> tuple[Warehouse, Taxonomy, Settings]:
        """Return what the questions are asked of."""
        raise NotImplementedError

    def _book(self) -> Book:
        """Return the themes that were found, and what people made of them."""
        raise NotImplementedError

    def why(self, stage: str | None = None, filters: Filters = _ALL, *, others: int = 2, examples: int = 3) -> Figure:
        """Five whys: from a stage to its theme, and where, for whom, with whom and when it costs most.

        See `touchline.scores.why.why`.

        >>> journey.why("delivery").facts["chain"][1]  # doctest: +SKIP
        "Why? 6% of the comments carry 'Parcel arrives later than promised'; 2.3 points (1.8 to 2.7) would ..."
        """
        from touchline.scores.why import topics_of, why

        warehouse, taxonomy, _ = self._have()
        found = ((f.id, f.name, f.group, f.of) for f in self._book().found if not f.into)
        topics = topics_of(found, frozenset(stage.name for stage in taxonomy.stages))
        return why(warehouse, taxonomy, filters, stage=stage, topics=topics, others=others, examples=examples)
