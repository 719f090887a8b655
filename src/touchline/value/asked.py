"""The questions of money and future, one method each; `touchline.questions.Local` answers them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from touchline.scores.base import Figure, Filters

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from touchline.settings import Settings
    from touchline.value.basis import Basis
    from touchline.value.outcomes import Outcomes
    from touchline.value.own.metric import Metric
    from touchline.value.worth import Now
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse
    from touchline.warehouse.index.journeys import Ints, Journeys

_ALL = Filters()


class ValueQuestions:
    """Methods import what they need when they are called.

    Of the filters, segments choose customers by their latest value; ``since`` and ``until`` say which periods,
    decisions and moments count. Others are refused: half a journey has no worth of its own. `Figure.customers` tells
    who is behind a row.
    """

    _stood: tuple[object, tuple[Outcomes, Now]] | None = None

    def _have(self) -> tuple[Warehouse, Taxonomy, Settings]:
        """Return what the questions are asked of."""
        raise NotImplementedError

    def _journeys(self) -> Journeys:
        """Return everybody's journeys."""
        raise NotImplementedError

    def _basis(self, filters: Filters) -> Basis:
        """Return the customers that filters choose, with what was said and paid."""
        from touchline.value.basis import workspace_basis

        warehouse, _, settings = self._have()
        return workspace_basis(warehouse, self._journeys(), settings).chosen(filters)

    def _profiled(self, filters: Filters) -> Basis:
        """Return those of `_basis` who may be scored as persons."""
        from touchline.scores.profiled import profiled

        warehouse, _, _ = self._have()
        found = self._basis(filters)
        return found.of(profiled(warehouse, found.journeys.keys))

    def _names(self, keys: Ints) -> list[str]:
        """Return customers' references, one each."""
        warehouse, _, _ = self._have()

        def build() -> ir.Table:
            return warehouse.table("customers").select("customer_key", "customer_ref")

        known = warehouse.ask(("value", "names"), build)
        refs: dict[int, str] = {}
        for key, ref in zip(known["customer_key"].to_pylist(), known["customer_ref"].to_pylist(), strict=True):
            if ref is not None and ref < refs.get(key, "\U0010ffff"):
                refs[key] = ref
        return [refs.get(key, str(key)) for key in keys.tolist()]

    def value(self, filters: Filters = _ALL, *, by: str = "band") -> Figure:
        """JSI against churn and revenue, and the revenue at risk, by band or by ``segment:NAME``.

        See `touchline.value.worth.worth`.

        >>> journey.value().facts["risk"]  # doctest: +SKIP
        3887.1
        """
        from touchline.value.worth import worth

        return worth(self._basis(filters), by=by)

    def revenue(self, filters: Filters = _ALL, *, by: str = "month", over: str = "") -> Figure:
        """Revenue per month, quarter or year, and how much of it stays; over ``segment:NAME`` too.

        See `touchline.value.revenue.revenue`.

        >>> journey.revenue(by="quarter").to_dicts()[1]["net"]  # doctest: +SKIP
        0.804
        """
        from touchline.value.revenue import revenue

        return revenue(self._basis(filters), by=by, over=over)

    def churn(self, filters: Filters = _ALL, *, by: str = "month") -> Figure:
        """Who was lost, by month, quarter, year, stage, reason, band or ``segment:NAME``.

        See `touchline.value.churn.churn`.

        >>> journey.churn(by="reason").customers(0)  # doctest: +SKIP
        array([...])
        """
        from touchline.scores.groups import group_name
        from touchline.value.churn import churn

        kind = {"reason": "theme", "stage": "stage"}.get(by)
        _, taxonomy, _ = self._have()
        called = None if kind is None else lambda name: group_name(taxonomy, kind, name)
        return churn(self._basis(filters), by=by, called=called)

    def churn_model(self, filters: Filters = _ALL) -> Figure:
        """How well losses are foretold, on later time, beside the base rate and recency alone.

        See `touchline.value.model.churn_model`.

        >>> journey.churn_model().to_dicts()[0]["measure"]  # doctest: +SKIP
        'auc'
        """
        from touchline.value.model import churn_model

        return churn_model(self._basis(filters))

    def churn_weights(self, filters: Filters = _ALL) -> Figure:
        """Which facts speak for losing a customer: odds ratios, strongest first.

        See `touchline.value.model.churn_weights`.

        >>> journey.churn_weights().to_dicts()[0]["fact"]  # doctest: +SKIP
        'activity'
        """
        from touchline.value.model import churn_weights

        return churn_weights(self._basis(filters))

    def health(
        self, filters: Filters = _ALL, *, weights: Literal["declared", "learnt"] = "declared", limit: int = 50
    ) -> Figure:
        """The health of the customers who are there now, lowest first, and what it is made of.

        See `touchline.value.health.health`.

        >>> journey.health(limit=1).to_dicts()[0]["health"]  # doctest: +SKIP
        26.8
        """
        from touchline.value.health import health

        return health(self._profiled(filters), weights=weights, limit=limit, names=self._names)

    def clv(self, filters: Filters = _ALL, *, by: str = "customer", limit: int = 50) -> Figure:
        """What customers are expected to pay within the horizon: the most valuable ones, or by ``segment:NAME``.

        See `touchline.value.clv.clv`.

        >>> journey.clv(limit=1).to_dicts()[0]["value"]  # doctest: +SKIP
        1613.9
        """
        from touchline.value.clv import clv

        found = self._profiled(filters) if by == "customer" else self._basis(filters)
        return clv(found, by=by, limit=limit, names=self._names)

    def gate(self, filters: Filters = _ALL, *, missed: float | None = None, alarm: float | None = None) -> Figure:
        """Which JSI tells best who will stay: thresholds by Youden's J and by cost, and the gate of the settings.

        See `touchline.value.gate.gate`.

        >>> journey.gate().facts["youden"]  # doctest: +SKIP
        61.0
        """
        from touchline.value.gate import gate

        return gate(self._basis(filters), missed=missed, alarm=alarm)

    def fairness(self, filters: Filters = _ALL) -> Figure:
        """What models make of each segment's customers against all others, with corrected p-values.

        See `touchline.value.fairness.fairness`.

        >>> journey.fairness().to_dicts()[0]["measure"]  # doctest: +SKIP
        'negative'
        """
        from touchline.value.fairness import fairness

        warehouse, taxonomy, _ = self._have()
        return fairness(warehouse, taxonomy, filters, self._basis(filters))

    def impact(
        self,
        filters: Filters = _ALL,
        *,
        change: str,
        treated: str,
        of: str = "jsi",
        stage: str | None = None,
        against: str = "",
        like: Sequence[str] = (),
        before: str = "",
        after: str = "",
    ) -> Figure:
        """What a change did to those who had it, against customers who had not: difference in differences.

        See `touchline.value.impact.impact`.

        >>> journey.impact(change="2026-05-01", treated="region=emea").to_dicts()[0]["effect"]  # doctest: +SKIP
        4.2
        """
        from touchline.scores.filtering import stage_id
        from touchline.scores.groups import group_name
        from touchline.value.impact import day_of_change, impact
        from touchline.value.observed import observed

        warehouse, taxonomy, _ = self._have()
        basis = self._basis(filters)
        seen = observed(basis, of, warehouse, change=day_of_change(basis, change))
        return impact(
            basis, seen, change=change, treated=treated, of=of, against=against, like=like, before=before, after=after,
            stages=None if stage is None else (stage_id(taxonomy, stage),),
            called=lambda name: group_name(taxonomy, "stage", name),
        )  # fmt: skip

    def whatif(
        self,
        filters: Filters = _ALL,
        *,
        stage: str,
        theme: str,
        share: float = 1.0,
        cost: float | None = None,
        margin: float = 1.0,
    ) -> Figure:
        """What it would bring to remove a theme from a stage: JSI, churn, revenue, and the return on a cost.

        See `touchline.value.whatif.whatif`.

        >>> journey.whatif(stage="delivery", theme="late_delivery").to_dicts()[0]["change"]  # doctest: +SKIP
        7.9
        """
        from touchline.scores.filtering import resolve, stage_id
        from touchline.value.removing import carrying, sums_of
        from touchline.value.whatif import standing, whatif

        warehouse, taxonomy, settings = self._have()
        basis = self._basis(filters)
        place = stage_id(taxonomy, stage)
        sums = sums_of(warehouse, resolve(warehouse, taxonomy, filters), place, theme)
        carries = carrying(basis.voices, place, theme, warehouse)
        # many what-ifs of the same customers are asked one after the other: the model of their losses is learnt once
        key = warehouse.published, taxonomy.version, settings, filters
        stood = self._stood
        if stood is None or stood[0] != key:
            self._stood = stood = key, standing(basis)
        return whatif(
            basis, sums, carries, stage=place, theme=theme, share=share, cost=cost, margin=margin, known=stood[1]
        )

    def forecast(
        self,
        filters: Filters = _ALL,
        *,
        of: Literal["jsi", "contacts"] = "jsi",
        by: str = "",
        ahead: int | None = None,
        stage: str | None = None,
    ) -> Figure:
        """What is to come: the JSI of each stage by week, or the contacts of each channel by day.

        See `touchline.value.forecast.forecast`.

        >>> journey.forecast(of="contacts", ahead=7).to_dicts()[0]["value"]  # doctest: +SKIP
        31.4
        """
        from touchline.value.forecast import contacts, first_whole, forecast, told

        basis = self._basis(filters)
        by = by or ("day" if of == "contacts" else "week")
        if of == "contacts":
            return forecast(contacts(basis, by=by), of=of, by=by, ahead=ahead)
        from touchline.scores.trend import trend

        warehouse, taxonomy, _ = self._have()
        voices, keys = basis.voices, basis.journeys.keys
        owner = np.repeat(keys, np.diff(voices.starts))

        def spoke(stage: str) -> Ints:
            if stage == "all":
                return np.unique(owner)
            code = voices.stage.names.index(stage) if stage in voices.stage.names else -2
            return np.unique(owner[voices.stage.codes == code])

        figure = trend(warehouse, taxonomy, filters, stage=stage, by=by)
        return forecast(told(figure, spoke, since=first_whole(basis, by)), of=of, by=by, ahead=ahead)

    def experiment(
        self,
        filters: Filters = _ALL,
        *,
        control: str,
        treated: str,
        of: str,
        window: str = "14d",
        expect: float | None = None,
        alpha: float = 0.05,
        ratio: float = 1.0,
    ) -> Figure:
        """What a randomised test has shown so far, and whether one may stop.

        See `touchline.value.experiment.experiment`.

        >>> journey.experiment(  # doctest: +SKIP
        ...     control="variant=a", treated="variant=b", of="event:order").facts["verdict"]
        'go on'
        """
        from touchline.value.experiment import experiment

        return experiment(
            self._basis(filters), control=control, treated=treated, of=of, window=window, expect=expect, alpha=alpha,
            ratio=ratio,
        )  # fmt: skip

    def metrics(self, filters: Filters = _ALL, *, names: Sequence[str] = (), by: str = "") -> Figure:
        """The workspace's own metrics of ``metrics.yaml``, and those that ship; by stage, segment or week too.

        Filters say what may begin; what follows is looked for in the whole journey. See
        `touchline.value.own.figure.metrics`.

        >>> journey.metrics(names=["conversion"], by="segment:region").to_dicts()[0]["value"]  # doctest: +SKIP
        41.3
        """
        from touchline.scores.filtering import resolve
        from touchline.scores.groups import group_name
        from touchline.value.own.figure import metrics

        warehouse, taxonomy, _ = self._have()
        return metrics(
            self._journeys(), self._declared(), resolve(warehouse, taxonomy, filters), names=names, by=by,
            called=lambda name: group_name(taxonomy, "stage", name),
        )  # fmt: skip

    def _declared(self) -> tuple[Metric, ...]:
        """Return the metrics of the workspace, and those that ship."""
        from touchline.value.own.file import FILE, load

        _, _, settings = self._have()
        return load((settings.folder or Path()) / FILE)

    def _with_own(self, heatmap: Figure, filters: Filters) -> Figure:
        """Return the heatmap by metric, with the metrics that the workspace itself declares."""
        own = [metric.id for metric in self._declared() if not metric.shipped]
        if not own:
            return heatmap
        from touchline.value.own.figure import beside

        return beside(heatmap, self.metrics(filters, names=own, by="stage"))
