"""The questions of service, one method each; `touchline.questions.Local` answers them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from touchline.scores.base import Filters

if TYPE_CHECKING:
    from touchline.scores.base import Figure
    from touchline.settings import Settings
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse

_EVERYTHING = Filters()


class ServiceQuestions:
    """Methods import what they need when they are called."""

    def _have(self) -> tuple[Warehouse, Taxonomy, Settings]:
        """Return what the questions are asked of."""
        raise NotImplementedError

    def service(self, filters: Filters = _EVERYTHING, *, by: str = "channel") -> Figure:
        """First response, resolution, handling, hand-overs by channel, team, agent, week, stage, segment:NAME or all.

        `touchline.service.measures.service` tells the rest.
        """
        from touchline.service.measures import service

        return service(*self._have(), filters, by=by)

    def reasons(self, filters: Filters = _EVERYTHING, *, previous: Filters | None = None) -> Figure:
        """Contact reasons: themes by channel, how many conversations raise them, and how that changes.

        `touchline.service.reasons.reasons` tells the rest.
        """
        from touchline.service.reasons import reasons

        return reasons(*self._have(), filters, previous=previous)

    def backlog(self, filters: Filters = _EVERYTHING, *, by: str = "week", at: datetime | None = None) -> Figure:
        """What is open and how old: week by week, or at a moment by channel, team, agent, stage ...

        `touchline.service.backlog.backlog` tells the rest.
        """
        from touchline.service.backlog import backlog

        return backlog(*self._have(), filters, by=by, at=at)

    def fcr(self, filters: Filters = _EVERYTHING, *, by: str = "channel") -> Figure:
        """First contact resolution, beside what agents marked and customers said.

        `touchline.service.resolution.fcr` tells the rest.
        """
        from touchline.service.resolution import fcr

        return fcr(*self._have(), filters, by=by)

    def sla(self, filters: Filters = _EVERYTHING, *, by: str = "channel") -> Figure:
        """How often the targets of first response and resolution were kept.

        `touchline.service.targets.sla` tells the rest.
        """
        from touchline.service.targets import sla

        return sla(*self._have(), filters, by=by)
