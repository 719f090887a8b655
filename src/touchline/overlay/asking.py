"""Asks the workspace's questions about the places of a map, each once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from touchline.overlay.binding import Place, within
from touchline.scores.base import HIDDEN_N

if TYPE_CHECKING:
    from touchline.protocol import Questions
    from touchline.scores.base import Figure, Filters
    from touchline.vocabulary.taxonomy import Taxonomy

Row = dict[str, Any]

_CAUSES: Final = 40  # a stage
_EXAMPLES: Final = 2  # a cause
#: The newest so many texts with a question are looked through.
QUESTIONS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Here:
    """What was answered of one place.

    Attributes:
        scores: Its row of ``stages``; None where nobody spoke of it.
        before: The same of the period before.
        themes: Rows of ``jsi`` by theme, by the theme.
        emotions: Touches and customers by emotion; touches without words are left out.
        causes: Rows of ``causes``, by the theme.
        delights: Rows of ``delights``, by the theme.
        causes_before: Rows of ``causes`` in the period before.
        texts: Rows of ``feedback``, negative ones first.
        left_out: Whether the filters leave the place out.
    """

    scores: Row | None = None
    before: Row | None = None
    themes: Mapping[str, Row] = field(default_factory=dict)
    emotions: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    causes: Mapping[str, Row] = field(default_factory=dict)
    delights: Mapping[str, Row] = field(default_factory=dict)
    causes_before: Mapping[str, Row] | None = None
    texts: Sequence[Row] = ()
    left_out: bool = False

    @property
    def n(self) -> int:
        """Touches."""
        return int(self.scores["n"]) if self.scores else 0

    @property
    def customers(self) -> int:
        """Who made them."""
        return int(self.scores["customers"]) if self.scores else 0


@dataclass(frozen=True, slots=True)
class Asked:
    """Every answer.

    Attributes:
        facts: Of ``stages``: headlines of the whole.
        here: By place.
        stages: Rows of ``stages``, by the stage.
        touchpoints: Cells of ``heatmap`` by touchpoint, by stage and touchpoint.
        channels: Cells of ``heatmap`` by channel, by stage and channel; empty where not asked for.
        dwell: Rows of ``dwell``, by the stage.
        visited: Rows of ``dwell`` of touchpoints, by the touchpoint.
        dropoff: Rows of ``dropoff``, by the stage.
        moves: Rows of ``transitions`` by stage.
        questions: Rows of ``feedback`` with a question in it, newest first.
        questions_in_all: How many such texts there are.
        ces_scale: The scale of each stage's CES, where it was asked for.
        notes: What could not be asked.
    """

    facts: Mapping[str, Any]
    here: Mapping[Place, Here]
    stages: Mapping[str, Row]
    touchpoints: Mapping[tuple[str, str], Row]
    channels: Mapping[tuple[str, str], Row]
    dwell: Mapping[str, Row]
    visited: Mapping[str, Row]
    dropoff: Mapping[str, Row]
    moves: Sequence[Row]
    questions: Sequence[Row]
    questions_in_all: int
    ces_scale: Mapping[str, Sequence[float]]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a map needs to know beyond the measures of its steps.

    Attributes:
        places: That its steps are measured by.
        channels: Whether a card speaks of a channel.
        effort: Whether somebody believes something of the effort.
    """

    places: tuple[Place, ...]
    channels: bool = False
    effort: bool = False


def ask(questions: Questions, wanted: Wanted, filters: Filters, previous: Filters | None, taxonomy: Taxonomy) -> Asked:
    """Ask everything that an overlay is made from.

    Args:
        questions: To a workspace; of a restricted viewer, restricted.
        wanted: What the map needs to know.
        filters: Which touches and visits.
        previous: Of the period before; None where nothing is compared.
        taxonomy: Knows stages by their names.

    Raises:
        QuestionError: Filters that name what does not exist.
    """
    whole = questions.stages(filters)
    stages = _by(whole, "stage")
    before = _by(questions.stages(previous), "stage") if previous else {}
    touchpoints = _cells(questions.heatmap(filters, by="touchpoint"))
    scales: Mapping[str, Sequence[float]] = {}
    if wanted.effort and any(row["ces_n"] for row in stages.values()):
        scales = questions.heatmap(filters, by="metric").facts["ces_scale"]
    spoken = _Spoken(questions, filters, previous, taxonomy, stages, before, touchpoints)
    texts = questions.feedback(filters, intent="question", limit=QUESTIONS)
    dwell: Mapping[str, Row] = {}
    visited: Mapping[str, Row] = {}
    dropoff: Mapping[str, Row] = {}
    moves: Sequence[Row] = ()
    notes: tuple[str, ...] = ()
    if filters.methods:
        notes = ("Dwell time, drop-off and visits are not told by method: they are of acts, not of scores.",)
    else:
        dwell = _by(questions.dwell(filters=filters), "stage")
        visited = _by(questions.dwell(of="touchpoint", filters=filters), "stage")
        dropoff = _by(questions.dropoff(filters=filters), "stage")
        if not _narrow(filters):
            moves = questions.transitions(by="stage", filters=filters).to_dicts()
    return Asked(
        facts=whole.facts,
        here=spoken.of(wanted.places),
        stages=stages,
        touchpoints=touchpoints,
        channels=_cells(questions.heatmap(filters, by="channel")) if wanted.channels else {},
        dwell=dwell,
        visited=visited,
        dropoff=dropoff,
        moves=moves,
        questions=texts.to_dicts(),
        questions_in_all=int(texts.facts["n"]),
        ces_scale=scales,
        notes=notes,
    )


@dataclass(frozen=True, slots=True)
class _Spoken:
    """Asks what was said at each place."""

    questions: Questions
    filters: Filters
    previous: Filters | None
    taxonomy: Taxonomy
    stages: Mapping[str, Row]
    before: Mapping[str, Row]
    touchpoints: Mapping[tuple[str, str], Row]

    def of(self, places: Iterable[Place]) -> dict[Place, Here]:
        """Return what was said at places."""
        asked = {place: within(self.filters, place, self.taxonomy) for place in dict.fromkeys(places)}
        if not any(place.bound == "stage" for place in asked):
            return {place: self._touchpoint(place, here) for place, here in asked.items()}
        emotions: dict[str, dict[str, tuple[int, int]]] = {}
        for (stage, emotion), row in _cells(self.questions.heatmap(self.filters, by="emotion")).items():
            emotions.setdefault(stage, {})[emotion] = (int(row["n"]), int(row["customers"]))
        causes, delights, earlier = self._whys(self.filters)
        return {
            place: self._touchpoint(place, here)
            if place.touchpoint
            else self._stage(place, here, emotions, (causes, delights, earlier))
            for place, here in asked.items()
        }

    def _stage(
        self,
        place: Place,
        filters: Filters | None,
        emotions: Mapping[str, Mapping[str, tuple[int, int]]],
        whys: tuple[Mapping[str, Mapping[str, Row]], ...],
    ) -> Here:
        scores = self.stages.get(place.stage)
        if filters is None or scores is None:
            return Here(left_out=True)
        causes, delights, earlier = (why.get(place.stage, {}) for why in whys)
        return Here(
            scores=scores,
            before=self.before.get(place.stage),
            themes=self._themes(filters, scores),
            emotions=emotions.get(place.stage, {}),
            causes=causes,
            delights=delights,
            causes_before=earlier if self.previous else None,
            texts=self._texts(filters, scores, causes, delights),
        )

    def _touchpoint(self, place: Place, filters: Filters | None) -> Here:
        if filters is None:
            return Here(left_out=True)
        before = None
        if self.previous and (then := within(self.previous, place, self.taxonomy)):
            before = _by(self.questions.stages(then), "stage").get(place.stage)
        if (place.stage, place.touchpoint) not in self.touchpoints:
            return Here(before=before)
        scores = _by(self.questions.stages(filters), "stage")[place.stage]
        causes, delights, earlier = (why.get(place.stage, {}) for why in self._whys(filters, place))
        felt = self.questions.jsi(filters, by="emotion").to_dicts()
        return Here(
            scores=scores,
            before=before,
            themes=self._themes(filters, scores),
            emotions={row["key"]: (int(row["n"]), int(row["customers"])) for row in felt if row["key"] is not None},
            causes=causes,
            delights=delights,
            causes_before=earlier if self.previous else None,
            texts=self._texts(filters, scores, causes, delights),
        )

    def _themes(self, filters: Filters, scores: Row) -> dict[str, Row]:
        if scores["customers"] < HIDDEN_N:
            return {}
        rows = self.questions.jsi(filters, by="theme").to_dicts()
        return {row["key"]: row for row in rows if row["key"] is not None}

    def _whys(self, filters: Filters, place: Place | None = None) -> tuple[dict[str, dict[str, Row]], ...]:
        stage = place.stage if place else None
        ask = self.questions
        causes = _of_stages(ask.causes(filters, stage=stage, limit=_CAUSES, examples=_EXAMPLES))
        delights = _of_stages(ask.delights(filters, stage=stage, limit=_CAUSES, examples=1))
        then = self.previous
        if then and place:
            then = within(then, place, self.taxonomy)
        earlier = _of_stages(ask.causes(then, stage=stage, limit=_CAUSES, examples=0)) if then else {}
        return causes, delights, earlier

    def _texts(
        self, filters: Filters, scores: Row, causes: Mapping[str, Row], delights: Mapping[str, Row]
    ) -> list[Row]:
        """Return what was said of the main causes, then of the main delight; texts where no theme has words."""
        if scores["customers"] < HIDDEN_N:
            return []
        hurts = [said for row in causes.values() for said in row["verbatims"][:1]][:2]
        lifts = [said for row in delights.values() for said in row["verbatims"]][:1]
        if len(hurts) < 2:
            hurts += self._newest(filters, "negative", 2 - len(hurts), {one["interaction_id"] for one in hurts})
        if not lifts:
            lifts = self._newest(filters, "positive", 1, set())
        return [*hurts, *lifts]

    def _newest(self, filters: Filters, tone: Any, most: int, but: set[str]) -> list[Row]:
        rows = self.questions.feedback(filters, sentiment=tone, limit=most + len(but)).to_dicts()
        mine = (row for row in rows if row["interaction_id"] not in but)
        return [row | {"text": row["mentions"][0]["words"]} for row in mine][:most]


def _narrow(filters: Filters) -> bool:
    """Whether filters choose among the moments of a journey, so that what follows on what is not to be told."""
    bare = replace(filters, since=None, until=None, segments=())
    return bare != type(filters)()


def _by(figure: Figure, column: str) -> dict[str, Row]:
    return {row[column]: row for row in figure.to_dicts()}


def _cells(figure: Figure) -> dict[tuple[str, str], Row]:
    return {
        (row["stage"], row["column"]): row
        for row in figure.to_dicts()
        if row["column"] is not None and row["column"] != "all"
    }


def _of_stages(figure: Figure) -> dict[str, dict[str, Row]]:
    found: dict[str, dict[str, Row]] = {}
    for row in figure.to_dicts():
        found.setdefault(row["stage"], {})[row["theme"]] = row
    return found
