"""The questions that one can ask of a journey: how to open a workspace, and the answers from an open one.

CLI, report, API and agents ask through the protocol (`touchline.protocol.Questions`) and nothing else. Every answer is
a `Figure`: a table, a sentence that says what it means, notes, and scalars for headlines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from touchline.protocol import EVERYTHING, Questions
from touchline.scores.base import Figure, Filters
from touchline.sequences.journey import SequenceQuestions
from touchline.sequences.restricting import restricted
from touchline.service.asked import ServiceQuestions
from touchline.value.asked import ValueQuestions
from touchline.value.explanations import Explanations
from touchline.words import phrase

if TYPE_CHECKING:
    import pyarrow as pa

    from touchline.client import Remote
    from touchline.settings import Settings
    from touchline.themes.book import Book
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.warehouse.base import Warehouse
    from touchline.warehouse.index.journeys import Journeys
    from touchline.workspace import Status, Workspace
    from touchline.workspace.customers import Band, Sorting
    from touchline.workspace.explaining import Explanation
    from touchline.workspace.feedback import Order as Fit
    from touchline.workspace.feedback import Tone

__all__ = ["EVERYTHING", "Local", "Questions", "before", "latest", "open_workspace"]


class Local(SequenceQuestions, ValueQuestions, ServiceQuestions, Explanations):
    """Answers from an open workspace in this process.

    >>> from touchline.workspace import Workspace
    >>> with Workspace.temporary() as workspace:
    ...     Local(workspace).status().received
    0
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def __enter__(self) -> Local:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the workspace."""
        self.workspace.close()

    def among(self, *, accounts: Sequence[str] = (), personas: Sequence[str] = ()) -> Local:
        """Return the same questions about some customers only.

        Args:
            accounts: Customers who were last of one of these accounts.
            personas: Customers whom one of these personas stands for, at the end of the data.

        Raises:
            QuestionError: An account or a persona does not exist.
        """
        from touchline.workspace.among import among

        at = self._start(EVERYTHING) or datetime.now()
        found = among(self.workspace, at, accounts=tuple(accounts), personas=tuple(personas))
        return self if found is self.workspace else Local(cast("Workspace", found))

    @property
    def _asked(self) -> tuple[Any, Any]:
        return self.workspace.asked, self.workspace.taxonomy

    def _have(self) -> tuple[Warehouse, Taxonomy, Settings]:
        return self.workspace.asked, self.workspace.taxonomy, self.workspace.settings

    def _journeys(self) -> Journeys:
        return self.workspace.journeys

    def _book(self) -> Book:
        return self.workspace.themes.book

    def _over(self, filters: Filters) -> Journeys:
        return restricted(self.workspace.journeys, filters)

    def _told(self, filters: Filters) -> Journeys:
        from touchline.sequences.told import told

        warehouse, taxonomy, settings = self._have()
        return told(warehouse, taxonomy, filters, settings.workspace.timezone)

    def stages(self, filters: Filters = EVERYTHING, *, previous: Filters | None = None) -> Figure:
        """See `Questions.stages`."""
        from touchline.scores.answers import undeclared
        from touchline.scores.filtering import resolve
        from touchline.scores.stages import stages

        figure = stages(*self._asked, filters, previous=previous)
        unread = undeclared(self.workspace.asked, resolve(*self._asked, filters))
        if not unread:
            return figure
        note = phrase(
            "{unread} effort scores (CES) are not read: whether the high end is easy or hard is "
            "not declared; add it under [[scales]] in touchline.toml, or --ces easy for "
            "`touchline analyse`.",
            unread=unread,
        )
        return replace(figure, notes=(*figure.notes, note))

    def jsi(self, filters: Filters = EVERYTHING, *, by: str = "stage") -> Figure:
        """See `Questions.jsi`."""
        from touchline.scores.jsi import jsi

        return jsi(*self._asked, filters, by=by)

    def standing(
        self,
        filters: Filters = EVERYTHING,
        *,
        of: Literal["person", "account"] = "person",
        key: str | None = None,
        at: datetime | None = None,
        limit: int = 50,
    ) -> Figure:
        """See `Questions.standing`."""
        from touchline.scores.standing import standing

        score = self.workspace.settings.score
        return standing(
            self.workspace.asked,
            filters,
            of=of,
            key=key,
            at=at,
            limit=limit,
            half_life=score.half_life_account if of == "account" else score.half_life_person,
            at_risk=score.at_risk,
            healthy=score.healthy,
        )

    def change(self, filters: Filters = EVERYTHING, *, previous: Filters, by: str = "family") -> Figure:
        """See `Questions.change`."""
        from touchline.scores.change import change

        return change(*self._asked, filters, previous=previous, by=by)

    def bridge(self, filters: Filters = EVERYTHING, *, previous: Filters) -> Figure:
        """See `Questions.bridge`."""
        from touchline.scores.bridge import bridge

        return bridge(*self._asked, filters, previous=previous)

    def distribution(self, filters: Filters = EVERYTHING, *, of: str = "nps", by: str = "month") -> Figure:
        """See `touchline.scores.distribution.distribution`."""
        from touchline.scores.distribution import distribution

        return distribution(*self._asked, filters, of=of, by=by)

    def programme(self, filters: Filters = EVERYTHING, *, by: str = "programme") -> Figure:
        """See `touchline.sequences.programme.programme`."""
        from touchline.sequences.programme import programme

        return programme(self._over(EVERYTHING), filters, by=by)

    def heatmap(self, filters: Filters = EVERYTHING, *, by: str = "metric") -> Figure:
        """See `Questions.heatmap`."""
        from touchline.scores.heatmap import heatmap

        found = heatmap(*self._asked, filters, by=by)
        return self._with_own(found, filters) if by == "metric" else found

    def friction(self, filters: Filters = EVERYTHING) -> Figure:
        """See `Questions.friction`."""
        from touchline.scores.friction import friction

        return friction(*self._asked, filters)

    def trend(self, filters: Filters = EVERYTHING, *, stage: str | None = None, by: str = "week") -> Figure:
        """See `Questions.trend`."""
        from touchline.scores.trend import trend

        return trend(*self._asked, filters, stage=stage, by=by)

    def causes(
        self, filters: Filters = EVERYTHING, *, stage: str | None = None, limit: int = 8, examples: int = 3
    ) -> Figure:
        """See `Questions.causes`."""
        from touchline.scores.causes import causes

        return causes(*self._asked, filters, stage=stage, limit=limit, examples=examples)

    def delights(
        self, filters: Filters = EVERYTHING, *, stage: str | None = None, limit: int = 8, examples: int = 3
    ) -> Figure:
        """See `Questions.delights`."""
        from touchline.scores.causes import delights

        return delights(*self._asked, filters, stage=stage, limit=limit, examples=examples)

    def themes(self, filters: Filters = EVERYTHING) -> Figure:
        """See `Questions.themes`."""
        from touchline.scores.themes import themes

        return themes(*self._asked, self.workspace.themes.book, filters)

    def segments(
        self, filters: Filters = EVERYTHING, *, names: Sequence[str] | None = None, stage: str | None = None
    ) -> Figure:
        """See `Questions.segments`."""
        from touchline.scores.segments import segments

        return segments(*self._asked, filters, names=names, stage=stage, extra=self._by_rule(filters))

    def _by_rule(self, filters: Filters) -> pa.Table | None:
        from touchline.scores.rules import rule_segments

        if not self.workspace.settings.segments.rules or not (fixed := self._start(filters)):
            return None
        warehouse, taxonomy = self._asked
        return rule_segments(warehouse, self.workspace.settings, fixed, taxonomy=taxonomy)

    def _start(self, filters: Filters) -> datetime | None:
        """When segments by rule are fixed: at the period's start, or at the end of the data when it has none."""
        if filters.since:
            return datetime.combine(filters.since, time())
        span = self.span()
        return datetime.combine(span[1] + timedelta(days=1), time()) if span else None

    def quality(self, at: datetime | None = None) -> Figure:
        """See `touchline.scores.quality.quality`."""
        from touchline.scores.quality import quality

        return quality(*self._asked, rejected=self.workspace.quarantine.by_source(), at=at)

    def lifecycle(self, at: datetime | None = None) -> Figure:
        """See `Questions.lifecycle`."""
        from touchline.scores.population import population
        from touchline.scores.rules import lifecycle

        return self._counted("lifecycle", "status", lifecycle, at, population)

    def personas(self, at: datetime | None = None) -> Figure:
        """See `Questions.personas`."""
        from touchline.scores.population import population
        from touchline.scores.rules import personas

        return self._counted("personas", "persona", personas, at, population)

    def _counted(self, name: str, column: str, find: Any, at: datetime | None, count: Any) -> Figure:
        warehouse, taxonomy = self._asked
        moment = at or self._start(EVERYTHING) or datetime.now()
        found = find(warehouse, self.workspace.settings, moment, taxonomy=taxonomy)
        half_life = self.workspace.settings.score.half_life_person
        figure: Figure = count(warehouse, name, found, column, moment, half_life=half_life)
        return figure

    def drift(self, filters: Filters = EVERYTHING, *, reference_days: int = 90, recent_days: int = 14) -> Figure:
        """See `Questions.drift`."""
        from touchline.scores.drift import drift

        return drift(*self._asked, filters, reference_days=reference_days, recent_days=recent_days)

    def explain(self, interaction: str) -> Explanation:
        """See `Questions.explain`.

        Raises:
            QuestionError: There is no interaction of that id.
        """
        from touchline.workspace.explaining import explain

        return explain(self.workspace, interaction)

    def feedback(
        self,
        filters: Filters = EVERYTHING,
        *,
        words: str = "",
        sentiment: Tone | None = None,
        emotion: str | None = None,
        effort: str | None = None,
        intent: str | None = None,
        contradictions: bool = False,
        order: Fit = "best",
        limit: int = 50,
        skip: int = 0,
    ) -> Figure:
        """See `touchline.workspace.feedback.feedback`."""
        from touchline.workspace.feedback import feedback

        return feedback(
            self.workspace, filters, words=words, sentiment=sentiment, emotion=emotion, effort=effort, intent=intent,
            contradictions=contradictions, order=order, limit=limit, skip=skip,
        )  # fmt: skip

    def customers(
        self,
        filters: Filters = EVERYTHING,
        *,
        find: str = "",
        band: Band | None = None,
        account: str | None = None,
        order: Sorting = "lowest",
        limit: int = 50,
        skip: int = 0,
    ) -> Figure:
        """See `touchline.workspace.customers.customers`."""
        from touchline.workspace.customers import customers

        return customers(
            self.workspace, filters, find=find, band=band, account=account, order=order, limit=limit, skip=skip
        )

    def behind(self, figure: Figure, row: int, *, limit: int = 100) -> Figure:
        """See `Questions.behind`."""
        from touchline.scores.people import people

        return people(self.workspace.asked, figure.customers(row), limit=limit)

    def status(self) -> Status:
        """See `Questions.status`."""
        return self.workspace.status()

    def timeline(self, customer: str, filters: Filters = EVERYTHING, *, limit: int = 200) -> Figure:
        """See `Questions.timeline`.

        Raises:
            QuestionError: There is no customer of that reference, or a filter that journeys do not know.
        """
        from touchline.workspace.timeline import timeline

        return timeline(self.workspace, customer, filters, limit=limit)

    def offered(self, filters: Filters = EVERYTHING) -> Mapping[str, dict[str, int]]:
        """See `touchline.scores.offered.offered`."""
        from touchline.scores.offered import offered

        return offered(*self._asked, filters)

    def span(self, filters: Filters = EVERYTHING) -> tuple[date, date] | None:
        """See `Questions.span`."""
        from touchline.scores.filtering import resolve
        from touchline.scores.periods import span

        first, last = span(self.workspace.asked, resolve(*self._asked, filters))
        return (first, last) if first and last else None


def latest(span: tuple[date, date], days: int, filters: Filters = EVERYTHING) -> tuple[Filters, Filters]:
    """Return the filters of the last ``days`` days of a span, and of as many days before them.

    >>> now, before = latest((date(2026, 1, 1), date(2026, 3, 31)), 28)
    >>> str(now.since), str(before.since), str(before.until)
    ('2026-03-04', '2026-02-04', '2026-03-03')
    """
    until = filters.until or span[1]
    since = until - timedelta(days=days - 1)
    now = replace(filters, since=since, until=until)
    return now, before(now)


def before(filters: Filters) -> Filters:
    """Return the filters of the period of equal length just before one that has both ends."""
    if filters.since is None or filters.until is None:
        raise ValueError("a period needs both ends to have one before it")
    length = filters.until - filters.since
    until = filters.since - timedelta(days=1)
    return replace(filters, since=until - length, until=until)


def open_workspace(folder: str | Path = ".") -> Local | Remote:
    """Open a workspace and ask it questions.

    What waits in the journal is stored first, and edited settings or stages take effect. While a server of this machine
    holds the workspace, it is asked instead, and answers the same.

    Args:
        folder: The folder that holds ``touchline.toml``.

    Raises:
        WorkspaceMissing: There is none.
        WarehouseLocked: Another process holds the warehouse, and it is no server.
    """
    from touchline.client.serving import serving
    from touchline.workspace import Workspace

    held = serving(Path(folder))
    if held is not None:
        from touchline.client import connect

        return connect(held.url, held.token, workspace=held.workspace)
    workspace = Workspace(Path(folder))
    try:
        workspace.catch_up()
    except BaseException:
        workspace.close()
        raise
    return Local(workspace)
