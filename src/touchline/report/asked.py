"""Everything that the report asks, once, before a word of it is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from touchline.scores.base import Filters
from touchline.vocabulary.schemas import UNASSIGNED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from touchline.questions import Questions
    from touchline.scores.base import Figure
    from touchline.vocabulary.taxonomy import Taxonomy
    from touchline.workspace import Status, Workspace

    class Journey(Questions, Protocol):
        """Questions to an open workspace, whose taxonomy the report reads."""

        @property
        def workspace(self) -> Workspace:
            """Return what is open."""


Row = dict[str, Any]
Progress = Callable[[str, float], None]

_COLUMNS: Final = range(2, 9)  # values of a segment that a table has room for
_DAILY: Final = 21  # days of a period that is shown by day
_WEEKLY: Final = 560  # days between the first and the last week that are shown by week
_STEPS: Final = {"day": 1, "week": 7, "month": 31}


@dataclass(frozen=True, slots=True)
class Across:
    """What the heatmap shows across: a segment, or channels where no segment is known."""

    name: str
    figure: Figure
    is_segment: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """The answers.

    Attributes:
        title: Whose journey.
        taxonomy: Stages with their owners and targets.
        status: Counts of the whole workspace; None for one who may see only some of its customers.
        stages: See `Questions.stages`, as are those below it.
        across: The most telling heatmap, or None where there is nothing to put across.
        step: Days in a period of the trend.
        sources: JSI rows by source.
        methods: JSI rows by how touches were scored.
        change: The change split into mix and within; None where there is nothing to compare with.
        model: Version of the model that read the texts.
        gate: The least JSI to pass a stage that states no target.
        at_risk: Below it a stage stands badly.
        filters: Which touches.
    """

    title: str
    taxonomy: Taxonomy
    status: Status | None
    filters: Filters
    stages: Figure
    metrics: Figure
    across: Across | None
    friction: Figure
    causes: Figure
    delights: Figure
    segments: Figure
    trend: Figure
    step: int
    sources: list[Row]
    methods: list[Row]
    change: Figure | None
    model: str
    gate: float
    at_risk: float

    @property
    def facts(self) -> Mapping[str, Any]:
        """The headlines."""
        return self.stages.facts

    @property
    def rows(self) -> list[Row]:
        """The stages of the journey, without what is on no sure stage."""
        return [row for row in self.stages.to_dicts() if row["stage"] != UNASSIGNED]

    @property
    def empty(self) -> bool:
        """Is there nothing to show?"""
        return not self.facts["n"]

    @property
    def negative(self) -> float | None:
        """The share of all comments that is negative; None where there is none."""
        rows = [row for row in self.stages.to_dicts() if row["negative"] is not None]
        n = sum(int(row["n"]) for row in rows)
        return sum(float(row["negative"]) * int(row["n"]) for row in rows) / n if n else None

    @property
    def lowest(self) -> Row | None:
        """The stage with the lowest JSI of those with enough customers."""
        return next((row for row in self.rows if row["stage"] == self.facts["worst_stage"]), None)

    def of(self, figure: Figure, stage: str) -> list[Row]:
        """Return a figure's rows of one stage, hidden ones left out."""
        return [row for row in figure.to_dicts() if row["stage"] == stage and not row["hidden"]]

    def trend_of(self, stage: str) -> list[Row]:
        """Return a stage's trend (``all``: the whole's), from the first period that may be shown to the last."""
        rows = [row for row in self.trend.to_dicts() if row["stage"] == stage]
        shown = [i for i, row in enumerate(rows) if row["jsi"] is not None]
        return rows[shown[0] : shown[-1] + 1] if shown else []

    def differing(self, stage: str) -> list[Row]:
        """Return the segments that differ significantly at a stage (``all``: on the whole), the lowest first."""
        found = [row for row in self.of(self.segments, stage) if row["significant"]]
        return sorted(found, key=lambda row: float(row["difference"]))


def ask(
    journey: Journey, title: str, filters: Filters, previous: Filters | None, progress: Progress, *, whole: bool = True
) -> Asked:
    """Ask every question of the report.

    Args:
        journey: Answers.
        title: Whose journey it is.
        filters: Which touches.
        previous: What to compare with; None compares with nothing, unless ``filters`` begin on a day.
        progress: Told which question is being asked, and the share that is done.
        whole: Whether counts of the whole workspace may be shown.
    """
    steps = iter(
        ("stages", "metrics", "friction", "causes", "delights", "segments", "heatmap", "trend", "sources", "change")
    )
    done = 0

    def told() -> None:
        nonlocal done
        progress(next(steps), done / 10)
        done += 1

    told()
    stages = journey.stages(filters, previous=previous)
    told()
    metrics = journey.heatmap(filters, by="metric")
    told()
    friction = journey.friction(filters)
    told()
    causes = journey.causes(filters)
    told()
    delights = journey.delights(filters, limit=3, examples=1)
    told()
    segments = journey.segments(filters)
    told()
    across = _across(journey, filters, segments)
    told()
    trend = _trend(journey, filters, stages)
    told()
    sources, methods = (journey.jsi(filters, by=what).to_dicts() for what in ("source", "method"))
    told()
    change = None
    if stages.facts["jsi_change"] is not None:
        change = journey.change(filters, previous=previous or _before(stages, filters))
    return Asked(
        title=title,
        taxonomy=journey.workspace.taxonomy,
        status=journey.status() if whole else None,
        filters=filters,
        stages=stages,
        metrics=metrics,
        across=across,
        friction=friction,
        causes=causes,
        delights=delights,
        segments=segments,
        trend=trend,
        step=_STEPS[trend.facts["by"]],
        sources=sources,
        methods=methods,
        change=change,
        model=journey.workspace.asked.meta("model") or "none",
        gate=journey.workspace.settings.score.gate,
        at_risk=journey.workspace.settings.score.at_risk,
    )


def telling(segments: Sequence[Row]) -> str | None:
    """Return the segment that says most: most significant differences, then the smallest p; None without any.

    A segment must have from two to eight values of enough customers, so that a table can show them.
    """
    best: tuple[tuple[float, ...], str] | None = None
    for name in dict.fromkeys(row["segment"] for row in segments):
        mine = [row for row in segments if row["segment"] == name]
        values = {row["value"] for row in mine if row["stage"] == "all" and not row["hidden"]}
        if len(values) not in _COLUMNS:
            continue
        differing = sum(bool(row["significant"]) for row in mine)
        p = min((row["p"] for row in mine if row["p"] is not None), default=2.0)
        rank = (-differing, p)
        if best is None or rank < best[0]:
            best = (rank, name)
    return best[1] if best else None


def _across(journey: Journey, filters: Filters, segments: Figure) -> Across | None:
    name = telling(segments.to_dicts())
    if name is not None:
        return Across(name, journey.heatmap(filters, by=f"segment:{name}"), True)
    channels = journey.heatmap(filters, by="channel")
    known = {row["column"] for row in channels.to_dicts() if not row["hidden"]}
    return Across("channel", channels, False) if len(known) > 2 else None  # one of them is the whole


def _trend(journey: Journey, filters: Filters, stages: Figure) -> Figure:
    """Return the trend by day, week or month, whichever makes a line of at most some eighty points."""
    since, until = stages.facts["since"], stages.facts["until"]
    if since and until and (until - since).days < _DAILY:
        return journey.trend(filters, by="day")
    weekly = journey.trend(filters, by="week")
    shown = [row["period"] for row in weekly.to_dicts() if row["stage"] == "all" and row["jsi"] is not None]
    if shown and (max(shown) - min(shown)).days > _WEEKLY:
        return journey.trend(filters, by="month")
    return weekly


def _before(stages: Figure, filters: Filters) -> Filters:
    from dataclasses import replace

    return replace(filters, since=stages.facts["previous_since"], until=stages.facts["previous_until"])
