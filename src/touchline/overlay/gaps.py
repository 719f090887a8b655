"""The gaps between the journey as it is and as it shall be: each step's figures against their targets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from touchline.errors import MapError
from touchline.maps.measured import Measure, Overlay, StepMeasured
from touchline.maps.model import Card, Map, Step
from touchline.overlay.binding import Place, of_segment, places
from touchline.overlay.taking import adjusted, chance, error, taken
from touchline.overlay.values import NOTHING, Cause, Gap, Gaps, Verdict
from touchline.protocol import EVERYTHING
from touchline.words import phrase

if TYPE_CHECKING:
    from touchline.protocol import Questions
    from touchline.scores.base import Filters
    from touchline.vocabulary.taxonomy import Taxonomy

#: Figures that a step can have, in the order in which they are shown, and the question that holds each.
METRICS: Final = {
    "jsi": "stages", "nps": "stages", "csat": "stages", "ces": "stages", "dropoff": "dropoff", "dwell": "dwell",
}  # fmt: skip
#: Of these less is better.
LESS: Final = frozenset({"dropoff", "dwell"})
#: A distance from the target is sure below it.
SURE: Final = 0.05
ANSWERS: Final = ("opportunities", "solutions")
_CAUSES: Final = 8


def gaps(
    current: Map,
    future: Map,
    now: Overlay,
    questions: Questions,
    filters: Filters = EVERYTHING,
    *,
    taxonomy: Taxonomy,
) -> Gaps:
    """Hold what is measured of a current map against what a future one aims for.

    A step's targets are, first found: the KPI cards of the future step, those of the current one, what the future map
    believes of the step (JSI, effort as CES, minutes as dwell), and for the JSI the taxonomy's own target. A row is
    tested by the side of its interval that faces the target, and the table's p-values are corrected together.

    Args:
        current: The map of the journey as it is.
        future: Of the journey as it shall be.
        now: What was measured of the current map, from `touchline.overlay.overlay.overlay`.
        questions: Are asked once, for the causes.
        filters: As of the overlay.
        taxonomy: Its stages' targets.

    Returns:
        Rows in the order of the future map's steps; those that it drops come last, and have no target.

    Raises:
        MapError: The overlay is of another map, or the maps' states are the wrong way round.
    """
    if now.map != current.id:
        raise MapError(
            phrase("what was measured is of {map}", map=repr(now.map)),
            where=current.id,
            todo=phrase("measure this map"),
        )
    if future.state != "future":
        raise MapError(
            phrase("is no future map"), where=future.id, todo=phrase("set its state to future, or give the other one")
        )
    pairs = matched(current, future)
    steps = {step.id: step for step in current.steps()}
    theirs = {later: mine for mine, later in pairs}
    bound = _Bound(places(current, taxonomy)[0], places(future, taxonomy)[0])
    causes = _causes(questions, of_segment(filters, current.segment)) if bound.mine or bound.later else {}
    rows: list[Gap] = []
    for step in future.steps():
        mine = steps.get(theirs.get(step.id, ""))
        rows += _rows(_Pair(current, future, mine, step, bound), now, causes, taxonomy)
    paired = {mine for mine, _ in pairs}
    dropped = [step for step in current.steps() if step.id not in paired]
    for step in dropped:
        rows += _rows(_Pair(current, future, step, None, bound), now, causes, taxonomy)
    told = adjusted([row.p for row in rows])
    return Gaps(
        current.id,
        future.id,
        now.start,
        now.end,
        tuple(_judged(row, p) for row, p in zip(rows, told, strict=True)),
        tuple(pairs),
        tuple(step.id for step in future.steps() if step.id not in theirs),
        tuple(step.id for step in dropped),
        sum(row.p is not None for row in rows),
    )


def matched(current: Map, future: Map) -> list[tuple[str, str]]:
    """Return which step of a current map became which of a future one: current id, future id, in the future's order.

    Steps are the same by their id; else by their name, cases aside; else by their stage and touchpoint, where only one
    on either side has them.
    """
    found: dict[str, str] = {}
    for keys in (_by_id, _by_name, _by_binding):
        mine = _unique(keys, (step for step in current.steps() if step.id not in found.values()))
        theirs = _unique(keys, (step for step in future.steps() if step.id not in found))
        found |= {theirs[key].id: mine[key].id for key in mine.keys() & theirs.keys()}
    return [(found[step.id], step.id) for step in future.steps() if step.id in found]


def _by_id(step: Step) -> str:
    return step.id


def _by_name(step: Step) -> str:
    return step.name.strip().casefold()


def _by_binding(step: Step) -> str:
    return f"{step.stage} {step.touchpoint}" if step.stage else ""


def _unique(keys: Callable[[Step], str], steps: Iterable[Step]) -> dict[str, Step]:
    """Return steps by a key that only one of them has; those without a key are left out."""
    found: dict[str, list[Step]] = {}
    for step in steps:
        if key := keys(step):
            found.setdefault(key, []).append(step)
    return {key: some[0] for key, some in found.items() if len(some) == 1}


@dataclass(frozen=True, slots=True)
class _Bound:
    """What the steps of the current and the future map are measured by."""

    mine: Mapping[str, Place]
    later: Mapping[str, Place]


@dataclass(frozen=True, slots=True)
class _Pair:
    """A step of the current map, the same of the future one, or one of them alone."""

    current: Map
    future: Map
    mine: Step | None
    later: Step | None
    bound: _Bound

    @property
    def place(self) -> Place:
        mine = self.bound.mine.get(self.mine.id) if self.mine else None
        later = self.bound.later.get(self.later.id) if self.later else None
        return mine or later or Place("")

    @property
    def stage(self) -> str:
        return self.place.stage

    @property
    def name(self) -> str:
        step = self.later or self.mine
        return step.name if step else ""

    def cards(self, *kinds: str) -> Iterable[tuple[Map, Card]]:
        """Yield the cards of some lanes at the step, those of the future map first."""
        for where, step in ((self.future, self.later), (self.current, self.mine)):
            yield from ((where, card) for card in where.cards_of(*kinds) if step and card.step == step.id)


def _rows(pair: _Pair, now: Overlay, causes: Mapping[str, list[Cause]], taxonomy: Taxonomy) -> list[Gap]:
    measured = now.steps.get(pair.mine.id) if pair.mine else None
    aims = _aims(pair, taxonomy)
    said = _said(pair)
    wanted = [name for name in METRICS if name in aims or name in said or (name == "jsi" and pair.stage)]
    wanted += [name for name in {**aims, **said} if name not in METRICS]
    if not wanted:
        return []
    cause = _cause(pair, measured, causes)
    pains = tuple(card.id for where, card in pair.cards("pains") if where is pair.current)
    answers = _answers(pair, pains, cause)
    rows = []
    for metric in wanted:
        found = (measured.metrics.get(metric) if measured else None) or NOTHING
        source = "measured" if found.value is not None else ""
        if not source and (own := said.get(metric)) is not None:
            found, source = Measure(own), "map"
        target, aim = aims.get(metric, (None, ""))
        missing = None if target is None or found.value is None else _missing(metric, found.value, target)
        spread = error(found, target) if target is not None else None
        rows.append(
            Gap(
                step=pair.mine.id if pair.mine else "",
                future=pair.later.id if pair.later else "",
                name=pair.name,
                metric=metric,
                now=found,
                source=source,
                target=target,
                aim=aim,
                missing=missing,
                p=None if missing is None else chance(missing, spread),
                cause=cause,
                pains=pains,
                opportunities=answers,
                question=METRICS.get(metric, "") if source == "measured" else "",
            )
        )
    return rows


def _missing(metric: str, value: float, target: float) -> float:
    if metric in METRICS:
        return value - target if metric in LESS else target - value
    return abs(target - value)  # the team's own figure: which way is better, only its target tells


def _judged(row: Gap, p: float | None) -> Gap:
    verdict: Verdict = "unsure"
    if row.target is None:
        verdict = "no target"
    elif row.missing is None:
        verdict = "not measured"
    elif row.missing <= 0:
        verdict = "reached"
    elif p is not None and p < SURE:
        verdict = "missed"
    return replace(row, p_adjusted=p, verdict=verdict)


def _aims(pair: _Pair, taxonomy: Taxonomy) -> dict[str, tuple[float, str]]:
    """Return the targets of a step's figures and where each is from."""
    found: dict[str, tuple[float, str]] = {}
    if pair.later is None:
        return found  # nobody aims for anything at a step that shall go
    for _, card in pair.cards("kpis"):
        if card.target is not None and (card.metric or card.text):
            found.setdefault(card.metric or card.text, (card.target, "kpi"))
    belief = pair.later.belief()
    for metric, value in (("jsi", belief.jsi), ("ces", belief.effort), ("dwell", belief.minutes)):
        if value is not None:
            found.setdefault(metric, (value, "belief"))
    if pair.stage and (target := taxonomy.stage(pair.stage).target) is not None:
        found.setdefault("jsi", (float(target), "taxonomy"))
    return found


def _said(pair: _Pair) -> dict[str, float]:
    """Return what KPI cards say that figures are now; the current map's cards know best."""
    cards = [card for where, card in pair.cards("kpis") if where is pair.current]
    cards += [card for where, card in pair.cards("kpis") if where is pair.future]
    found: dict[str, float] = {}
    for card in cards:
        if card.value is not None and (card.metric or card.text):
            found.setdefault(card.metric or card.text, card.value)
    return found


def _causes(questions: Questions, filters: Filters) -> dict[str, list[Cause]]:
    figure = questions.causes(replace(filters, touchpoints=(), stages=()), limit=_CAUSES, examples=0)
    found: dict[str, list[Cause]] = {}
    for row in figure.to_dicts():
        if not row["hidden"] and row["impact"] is not None and row["impact"] > 0:
            cause = Cause(row["theme"], row["name"], row["stage"], taken(row, "impact"), row["prevalence"])
            found.setdefault(row["stage"], []).append(cause)
    return found


def _cause(pair: _Pair, measured: StepMeasured | None, causes: Mapping[str, Sequence[Cause]]) -> Cause | None:
    """Return the cause that is heard at the step itself, else the first of its stage."""
    found = causes.get(pair.stage, ())
    if not found:
        return None
    if not pair.place.touchpoint:
        return replace(found[0], here=True)
    topics = {topic.theme for topic in measured.topics} if measured else set()
    here = next((cause for cause in found if cause.theme in topics), None)
    return replace(here, here=True) if here else found[0]


def _answers(pair: _Pair, pains: Sequence[str], cause: Cause | None) -> tuple[tuple[str, str], ...]:
    """Return the cards that fit by a pain point there, by the cause, or by the step; those that are done come last."""
    at_step = {(where.id, card.id) for where, card in pair.cards(*ANSWERS)}
    found: dict[str, tuple[int, str, bool]] = {}
    for where, bound in ((pair.future, pair.bound.later), (pair.current, pair.bound.mine)):
        for card in where.cards_of(*ANSWERS):
            if card.status == "dropped":
                continue
            here = (where.id, card.id) in at_step
            there = here or (card.step in bound and bound[card.step].stage == pair.stage)
            fits = 2 * bool(set(card.addresses) & set(pains)) + here
            fits += 4 * bool(cause and card.theme == cause.theme and there)
            if fits and (card.id not in found or fits > found[card.id][0]):
                found[card.id] = fits, where.id, card.status == "done"
    order = sorted(found.items(), key=lambda one: (one[1][2], -one[1][0], one[0]))
    return tuple((where, card) for card, (_, where, _) in order)
