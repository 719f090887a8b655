"""The questions of why, one method each; `touchline.questions.Local` answers them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from touchline.scores.base import Figure, Filters

if TYPE_CHECKING:
    import pyarrow as pa

    from touchline.settings import Settings
    from touchline.themes.book import Book
    from touchline.value.basis import Basis
    from touchline.value.drivers import Of
    from touchline.value.moments import Outcome
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

_ALL = Filters()


class Explanations:
    """Methods import what they need when they are called. `Figure.customers` tells who is behind a row."""

    def _have(self) -> tuple[Warehouse, Taxonomy, Settings]:
        """Return what the questions are asked of."""
        raise NotImplementedError

    def _basis(self, filters: Filters) -> Basis:
        """Return the customers that filters choose, with what was said and paid."""
        raise NotImplementedError

    def _by_rule(self, filters: Filters) -> pa.Table | None:
        """Return the segments by rule, one row per customer: ``customer_key``, ``name``, ``value``."""
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

    def drivers(self, filters: Filters = _ALL, *, of: Of = "score") -> Figure:
        """What drives a bad score or churn, all else equal; stages and themes to fix, keep, watch or ignore.

        See `touchline.value.drivers.drivers`.

        >>> journey.drivers(of="churn").facts["auc"]  # doctest: +SKIP
        0.71
        """
        from touchline.scores.filtering import resolve
        from touchline.scores.touched import touched
        from touchline.value.drivers import drivers

        warehouse, taxonomy, _ = self._have()
        if of == "churn":
            return drivers(touched(warehouse, _ALL), taxonomy, of=of, basis=self._basis(filters))
        return drivers(touched(warehouse, resolve(warehouse, taxonomy, filters)), taxonomy, of=of)

    def nps_bridge(
        self, filters: Filters = _ALL, *, previous: Filters | None = None, by: str = "theme", over: str = "programme"
    ) -> Figure:
        """A change of the NPS, split exactly into who answered (mix) and themes, or mix and within of any groups.

        See `touchline.scores.nps_bridge.nps_bridge`.

        >>> journey.nps_bridge(Filters(since=date(2026, 5, 1))).facts["change"]  # doctest: +SKIP
        -6.4
        """
        from touchline.scores.nps_bridge import nps_bridge

        warehouse, taxonomy, _ = self._have()
        return nps_bridge(warehouse, taxonomy, filters, previous=previous, by=by, over=over)

    def changepoints(self, filters: Filters = _ALL) -> Figure:
        """The weeks in which a stage's score or volume changed its level, and what changed most there.

        See `touchline.scores.turns.changepoints`.

        >>> journey.changepoints().to_dicts()[0]["week"]  # doctest: +SKIP
        datetime.date(2026, 3, 2)
        """
        from touchline.scores.turns import changepoints

        warehouse, taxonomy, _ = self._have()
        return changepoints(warehouse, taxonomy, filters)

    def differences(self, filters: Filters = _ALL, *, limit: int | None = None) -> Figure:
        """Every metric of every stage of every segment value against the rest, in one corrected table.

        See `touchline.scores.differences.differences`.

        >>> journey.differences(limit=1).to_dicts()[0]["name"]  # doctest: +SKIP
        'JSI'
        """
        from touchline.scores.differences import differences

        warehouse, taxonomy, _ = self._have()
        return differences(warehouse, taxonomy, filters, extra=self._by_rule(filters), limit=limit)

    def moments(self, filters: Filters = _ALL, *, by: str = "stage", outcome: Outcome = "churn") -> Figure:
        """Moments that matter and moments of delight: emotional load times the effect on churn or revenue.

        See `touchline.value.moments.moments`.

        >>> journey.moments().to_dicts()[0]["name"]  # doctest: +SKIP
        'Delivery'
        """
        from touchline.scores.touched import touched
        from touchline.value.moments import moments

        warehouse, taxonomy, _ = self._have()
        return moments(touched(warehouse, _ALL), taxonomy, self._basis(filters), by=by, outcome=outcome)
