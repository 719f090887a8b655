"""Asks the workspace's questions about the places of a map, each once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from touchline.overlay.binding import Place, within
from touchline.scores.base import HIDDEN_N
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.protocol import Questions
    from touchline.scores.base import Figure, Filters
    from touchline.vocabulary.taxonomy import Taxonomy

Row = dict[str, Any]

_CAUSES: Final = 40  # a stage
_EXAMPLES: Final = 1  # a cause
_HURTS: Final = 2  # quotes of what hurts at a place
_TEXTS: Final = 300  # newest texts of either tone that quotes are taken from
#: The newest so many texts with a question are looked through.
QUESTIONS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Here:
    """What was answered of one place.

    Attributes:
        scores: Its row of ``stages``; None where nobody spoke of it.
        before: The same of the period before.
        themes: Cells of ``heatmap`` by theme, by the theme.
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
    before = questions.stages(previous) if previous else None
    stages = _by(whole, "stage")
    touchpoints = _cells(questions.heatmap(filters, by="touchpoint"))
    scales: Mapping[str, Sequence[float]] = {}
    if wanted.effort and any(row["ces_n"] for row in stages.values()):
        scales = questions.heatmap(filters, by="metric").facts["ces_scale"]
    told = dict(touchpoints)
    if previous and any(place.touchpoint for place in wanted.places):
        told = _cells(questions.heatmap(previous, by="touchpoint")) | told
    spoken = _Spoken(questions, filters, previous, taxonomy, told)
    texts = questions.feedback(filters, intent="question", limit=QUESTIONS)
    dwell: Mapping[str, Row] = {}
    visited: Mapping[str, Row] = {}
    dropoff: Mapping[str, Row] = {}
    moves: Sequence[Row] = ()
    notes: tuple[str, ...] = ()
    if filters.methods:
        notes = (phrase("Dwell time, drop-off and visits are not told by method: they are of acts, not of scores."),)
    else:
        dwell = _by(questions.dwell(filters=filters), "stage")
        visited = _by(questions.dwell(of="touchpoint", filters=filters), "stage")
        dropoff = _by(questions.dropoff(filters=filters), "stage")
        if not _narrow(filters):
            moves = questions.transitions(by="stage", filters=filters).to_dicts()
    return Asked(
        facts=whole.facts,
        here=spoken.of(wanted.places, whole, before),
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
    """Asks what was said at each place.

    Whole stages are told apart by every question; touchpoints of several stages are asked for together, as long as none
    of them is spoken of at the stage of another.
    """

    questions: Questions
    filters: Filters
    previous: Filters | None
    taxonomy: Taxonomy
    touchpoints: Mapping[tuple[str, str], Row]

    def of(self, places: Iterable[Place], whole: Figure, before: Figure | None) -> dict[Place, Here]:
        """Return what was said at places.

        Args:
            places: Stages and touchpoints.
            whole: ``stages``.
            before: The same of the period before.
        """
        places = tuple(dict.fromkeys(places))
        inside = [place for place in places if within(self.filters, place, self.taxonomy) is not None]
        found = {place: Here(left_out=True) for place in places}
        stages = [place for place in inside if not place.touchpoint]
        if stages:
            found |= self._together(stages, self.filters, self.previous, (whole, before))
        heard = [one for one in inside if one.touchpoint and (one.stage, one.touchpoint) in self.touchpoints]
        found |= {place: Here() for place in inside if place.touchpoint and place not in heard}
        for batch in _batches(heard, self.touchpoints):
            now = self._only(self.filters, batch)
            then = self._only(self.previous, batch) if self.previous else None
            answers = (self.questions.stages(now), self.questions.stages(then) if then else None)
            found |= self._together(batch, now, then, answers)
        texts = self._texts(found)
        return {place: replace(here, texts=texts.get(place, ())) for place, here in found.items()}

    def _only(self, filters: Filters, batch: Sequence[Place]) -> Filters:
        stages, touchpoints = ([getattr(place, name) for place in batch] for name in ("stage", "touchpoint"))
        return replace(filters, stages=tuple(stages), touchpoints=tuple(touchpoints))

    def _together(
        self,
        places: Sequence[Place],
        filters: Filters,
        previous: Filters | None,
        scores: tuple[Figure, Figure | None],
    ) -> dict[Place, Here]:
        ask = self.questions
        now, before = (_by(figure, "stage") if figure else {} for figure in scores)
        themes = _columns(ask.heatmap(filters, by="theme"))
        emotions = _columns(ask.heatmap(filters, by="emotion"))
        causes = _of_stages(ask.causes(filters, limit=_CAUSES, examples=_EXAMPLES))
        delights = _of_stages(ask.delights(filters, limit=_CAUSES, examples=1))
        earlier = _of_stages(ask.causes(previous, limit=_CAUSES, examples=0)) if previous else None
        return {
            place: Here(
                scores=now.get(place.stage),
                before=before.get(place.stage),
                themes=themes.get(place.stage, {}),
                emotions={
                    name: (int(row["n"]), int(row["customers"])) for name, row in emotions.get(place.stage, {}).items()
                },
                causes=causes.get(place.stage, {}),
                delights=delights.get(place.stage, {}),
                causes_before=None if earlier is None else earlier.get(place.stage, {}),
            )
            for place in places
        }

    def _texts(self, found: Mapping[Place, Here]) -> dict[Place, list[Row]]:
        """Return what was said of the main causes of each place, then of its delight; else the newest."""
        negative, positive = self._newest("negative"), self._newest("positive")
        texts = {}
        for place, here in found.items():
            if here.customers < HIDDEN_N:
                continue
            hurts = [said for row in here.causes.values() for said in row["verbatims"][:1]][:_HURTS]
            lifts = [said for row in here.delights.values() for said in row["verbatims"]][:1]
            hurts += _said(negative, place, _HURTS - len(hurts), {one["interaction_id"] for one in hurts})
            texts[place] = [*hurts, *(lifts or _said(positive, place, 1, set()))]
        return texts

    def _newest(self, tone: Any) -> list[Row]:
        return self.questions.feedback(self.filters, sentiment=tone, limit=_TEXTS).to_dicts()


def _batches(places: Sequence[Place], cells: Mapping[tuple[str, str], Row]) -> list[list[Place]]:
    """Return touchpoints in groups whose stages tell them apart.

    >>> wait, pay, call = Place("delivery", "courier"), Place("purchase", "checkout"), Place("delivery", "phone")
    >>> [len(batch) for batch in _batches([wait, pay, call], {("delivery", "courier"): {}})]
    [2, 1]
    """
    batches: list[list[Place]] = []
    for place in places:
        fitting = (
            batch
            for batch in batches
            if all(
                place.stage != other.stage
                and (place.stage, other.touchpoint) not in cells
                and (other.stage, place.touchpoint) not in cells
                for other in batch
            )
        )
        batch = next(fitting, None)
        if batch is None:
            batches.append([place])
        else:
            batch.append(place)
    return batches


def _said(rows: Iterable[Row], place: Place, most: int, but: set[str]) -> list[Row]:
    """Return rows of ``feedback`` with a mention at a place, with that mention's words alone."""
    found: list[Row] = []
    for row in rows if most > 0 else ():
        here = [
            one
            for one in row["mentions"]
            if one["stage"] == place.stage and place.touchpoint in ("", one["touchpoint"]) and one["words"].strip()
        ]
        if here and row["interaction_id"] not in but:
            found.append(row | {"text": here[0]["words"]})
        if len(found) == most:
            break
    return found


def _narrow(filters: Filters) -> bool:
    """Whether filters choose among the moments of a journey, so that what follows on what is not to be told."""
    bare = replace(filters, since=None, until=None, segments=())
    return bare != type(filters)()


def _by(figure: Figure, column: str) -> dict[str, Row]:
    return {row[column]: row for row in figure.to_dicts()}


def _cells(figure: Figure) -> dict[tuple[str, str], Row]:
    """Return the cells of a heatmap by stage and column, without those of all and of none."""
    return {
        (row["stage"], row["column"]): row
        for row in figure.to_dicts()
        if row["column"] is not None and row["column"] != "all"
    }


def _columns(figure: Figure) -> dict[str, dict[str, Row]]:
    """Return the same by stage, then by column."""
    found: dict[str, dict[str, Row]] = {}
    for (stage, column), row in _cells(figure).items():
        found.setdefault(stage, {})[column] = row
    return found


def _of_stages(figure: Figure) -> dict[str, dict[str, Row]]:
    found: dict[str, dict[str, Row]] = {}
    for row in figure.to_dicts():
        found.setdefault(row["stage"], {})[row["theme"]] = row
    return found
