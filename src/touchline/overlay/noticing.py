"""What the machine notices where a map and the data part; each with the chance that it is none, corrected by family.

Nothing is said of fewer than 30 customers, but for what customers ask, which is shown from 5 on. Findings of one kind
are one family of tests (Benjamini-Hochberg), and those below `SURE` are told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from touchline.figures.numbers import count, percent, plain, plus_minus, span
from touchline.maps.measured import Finding, Measure
from touchline.overlay.claims import ANSWERS, RARE, SURE, Claim, Counted, answered, asks, counted
from touchline.overlay.shapes import Found
from touchline.overlay.steps import MINUTES
from touchline.overlay.taking import adjusted, chance, error, taken
from touchline.scores.base import HIDDEN_N, LOW_N
from touchline.vocabulary.schemas import UNASSIGNED

if TYPE_CHECKING:
    from touchline.maps.measured import StepMeasured
    from touchline.maps.model import Belief, Map, Step
    from touchline.overlay.asking import Asked, Here
    from touchline.overlay.binding import Place
    from touchline.vocabulary.taxonomy import Taxonomy

Row = dict[str, Any]

#: What a map lacks is told when surely this share of the customers take it.
COMMON: Final = 0.05
#: What customers ask is told when surely this share of those who spoke ask it.
ASKED: Final = 0.005
#: A difference of fewer JSI points, or of a smaller factor of time, is nobody's mistake.
POINTS: Final = 5.0
FACTOR: Final = 1.25
#: A difference of less effort, on 1 to 7, is none.
EFFORT: Final = 0.5
_NEUTRAL: Final = "neutral"
_LOOPS: Final = 2  # ways back that are told: those that most customers take
_QUOTED: Final = 90  # characters of a card or a question
#: Kinds of map that say nothing of what customers of this company do.
_OTHERS: Final = ("experience", "competitor", "day", "empathy")


@dataclass(frozen=True, slots=True)
class Laid:
    """A map with everything that is laid over it.

    Attributes:
        map: The map.
        bound: What its steps are measured by.
        asked: The answers.
        claims: Its claims.
        steps: What was measured of its steps.
        shapes: Of the measured line.
        personas: JSI by step of each persona that was asked for.
        taxonomy: Names stages and touchpoints.
    """

    map: Map
    bound: Mapping[str, Place]
    asked: Asked
    claims: Sequence[Claim]
    steps: Mapping[str, StepMeasured]
    shapes: Sequence[Found]
    personas: Mapping[str, Mapping[str, Measure]]
    taxonomy: Taxonomy

    def names(self, place: Place) -> str:
        """Return how people call a place."""
        found = self.taxonomy.touchpoint(place.touchpoint) if place.touchpoint else None
        return found.name if found else self.taxonomy.stage(place.stage).name

    def first(self) -> dict[Place, Step]:
        """Return the first step that each place measures."""
        found: dict[Place, Step] = {}
        for step in self.map.steps():
            if step.id in self.bound:
                found.setdefault(self.bound[step.id], step)
        return found


def noticed(laid: Laid) -> tuple[Finding, ...]:
    """Return what is noticed, the most important first; nothing on a map of what shall be."""
    if laid.map.state == "future":
        return ()
    found = [
        *_beliefs(laid), *_durations(laid), *_efforts(laid), *_shapes(laid), *_loads(laid), *_unsupported(laid),
        *_blind(laid), *_unused(laid), *_unanswered(laid),
    ]  # fmt: skip
    if laid.map.kind not in _OTHERS:
        found += [*_lacking_stages(laid), *_lacking_touchpoints(laid), *_lacking_loops(laid)]
    order = {step.id: at for at, step in enumerate(laid.map.steps())}
    return tuple(sorted(found, key=lambda one: (-one.weight, one.kind, order.get(one.step, -1), one.card, one.title)))


@dataclass(frozen=True, slots=True)
class _Test:
    """One comparison of a family: all are counted, whether or not what they find would be worth telling."""

    finding: Finding
    p: float | None
    worth: bool = True


def _tested(family: Iterable[_Test]) -> Iterator[Finding]:
    """Yield the findings of one family that are sure after correction, and worth telling."""
    tests = list(family)
    for test, p in zip(tests, adjusted([test.p for test in tests]), strict=True):
        if p is not None and p < SURE and test.worth:
            yield test.finding


# ---------------------------------------------------------------------------------------------- believed and measured


def _beliefs(laid: Laid) -> Iterator[Finding]:
    return _tested(_beliefs_tested(laid))


def _beliefs_tested(laid: Laid) -> Iterator[_Test]:
    for step in laid.map.steps():
        for belief in step.believed:
            lines = laid.personas.get(belief.persona, {})
            found = lines.get(step.id) if belief.persona else laid.steps[step.id].jsi
            if belief.jsi is None or found is None or found.value is None or found.customers < LOW_N:
                continue
            apart = found.value - belief.jsi
            whose = f" of {belief.persona}" if belief.persona else ""
            finding = Finding(
                "belief",
                f"Belief and data part at {step.name}",
                f"believed{whose} {plain(belief.jsi)}, measured {plain(found.value)} {_rests(found)}",
                step.id,
                question="stages",
                weight=abs(apart) / 50,
            )
            yield _Test(finding, chance(apart, error(found, belief.jsi)), abs(apart) >= POINTS)


def _rests(found: Measure, digits: int | None = 0) -> str:
    return f"{plus_minus(found.low, found.high, digits)} (n {found.n:,})"


def _durations(laid: Laid) -> Iterator[Finding]:
    """Yield where median and mean are both surely beyond what is believed of the time: times are skew."""
    tests = []
    for step, belief, place in _believed(laid):
        row = laid.asked.dwell.get(place.stage)
        if belief.minutes is None or belief.minutes <= 0 or place.touchpoint or row is None:
            continue
        median, mean = taken(row, "median_days", ends=("", ""), by=MINUTES), taken(row, "mean_days", by=MINUTES)
        if median.value is None or mean.value is None or mean.customers < LOW_N:
            continue
        factor = max(median.value, 1e-9) / belief.minutes
        longer = median.value > belief.minutes
        worth = max(factor, 1 / factor) >= FACTOR and longer == (mean.value > belief.minutes)
        how = "longer" if longer else "less"
        text = (
            f"believed {span(60 * belief.minutes)}; half take {span(60 * median.value)} or {how}, "
            f"the mean is {span(60 * mean.value)} (n {mean.n:,})"
        )
        weight = min(abs(factor - 1) if factor < 1 else 1 - 1 / factor, 1.0) / 2
        finding = Finding(
            "duration", f"{step.name} takes {'longer' if longer else 'less time'} than believed", text, step.id,
            question="dwell", weight=weight,
        )  # fmt: skip
        tests.append(_Test(finding, chance(mean.value - belief.minutes, error(mean, belief.minutes)), worth))
    return _tested(tests)


def _efforts(laid: Laid) -> Iterator[Finding]:
    tests = []
    for step, belief, place in _believed(laid):
        found = laid.steps[step.id].metrics.get("ces")
        if belief.effort is None or found is None or found.value is None or found.customers < LOW_N:
            continue
        low, high = laid.asked.ces_scale.get(place.stage, (1.0, 7.0))
        expected = low + (belief.effort - 1) / 6 * (high - low)
        apart = found.value - expected
        finding = Finding(
            "effort",
            f"{step.name} is {'easier' if apart > 0 else 'harder'} than believed",
            f"believed {plain(expected, 1)}, measured {plain(found.value, 1)} {_rests(found, 1)} "
            f"on {plain(low)} to {plain(high)}, where high is easy",
            step.id,
            question="stages",
            weight=abs(apart) / (high - low),
        )
        tests.append(_Test(finding, chance(apart, error(found, expected)), abs(apart) * 6 / (high - low) >= EFFORT))
    return _tested(tests)


def _believed(laid: Laid) -> Iterator[tuple[Step, Belief, Place]]:
    """Yield what is believed of everybody at steps that are measured."""
    for step in laid.map.steps():
        if step.id in laid.bound:
            yield step, step.belief(), laid.bound[step.id]


# ------------------------------------------------------------------------------------------------------ the line


def _shapes(laid: Laid) -> Iterator[Finding]:
    names = {step.id: step.name for step in laid.map.steps()}
    for shape in laid.shapes:
        ends = (shape.before or shape.steps[0], shape.after or shape.steps[-1])
        values = [f"{plain(laid.steps[one].jsi.value)} at {names[one]}" for one in (ends[0], *shape.steps, ends[1])]
        titles = {
            "sawtooth": f"A sawtooth from {names[shape.steps[0]]} to {names[shape.steps[-1]]}",
            "rapid drop": f"A rapid drop at {names[shape.steps[-1]]}",
            "trough": f"A trough at {names[shape.steps[0]]}",
            "peak": f"A peak at {names[shape.steps[0]]}",
        }
        at = shape.steps[-1] if shape.name == "rapid drop" else shape.steps[0]
        weight = shape.points / (200 if shape.name == "peak" else 100)
        text = "JSI " + ", ".join(dict.fromkeys(values))
        yield Finding("shape", titles[shape.name], text, at, question="stages", weight=weight)


def _loads(laid: Laid) -> Iterator[Finding]:
    """Yield the step where words are laden with emotion most, where that is surely more often than elsewhere."""
    loads = {place: felt for place in laid.first() if (felt := load(laid.asked.here[place])) is not None}
    tests: list[_Test] = []
    steps = laid.first()
    most = max(loads, key=lambda place: loads[place][0], default=None)
    for place, (share, n, customers) in loads.items():
        others = [one for other, one in loads.items() if other.stage != place.stage]
        rest = sum(one[1] for one in others)
        if customers < LOW_N or not rest:
            continue
        elsewhere = sum(one[0] * one[1] for one in others) / rest
        # A customer's words are alike: as many independent ones as there are customers are reckoned with.
        mine, theirs = min(n, customers), sum(min(one[1], one[2]) for one in others)
        pooled = (share * mine + elsewhere * theirs) / (mine + theirs)
        spread = (pooled * (1 - pooled) * (1 / mine + 1 / theirs)) ** 0.5
        finding = Finding(
            "load",
            f"The greatest emotional load is at {steps[place].name}",
            f"{percent(share)} of what is said carries an emotion (n {n:,}), {percent(elsewhere)} elsewhere",
            steps[place].id,
            question="moments",
            weight=2 * (share - elsewhere),
        )
        tests.append(_Test(finding, chance(share - elsewhere, spread or None), place == most and share > elsewhere))
    yield from _tested(tests)


def load(here: Here) -> tuple[float, int, int] | None:
    """Return the share of the touches with words that carry an emotion, how many have words, and of how many customers.

    It is the load of `touchline.value.moments`.
    """
    n = sum(touches for touches, _ in here.emotions.values())
    if here.customers < HIDDEN_N or not n:
        return None
    calm = here.emotions.get(_NEUTRAL, (0, 0))[0]
    return 1 - calm / n, n, here.customers


# ------------------------------------------------------------------------------------------------- cards without data


def _unsupported(laid: Laid) -> Iterator[Finding]:
    tests = []
    for claim in laid.claims:
        found = counted(claim, laid.asked) if claim.kind == "pains" else None
        if found is None or claim.place is None or found.of < LOW_N:
            continue
        before = _before(laid.asked.here[claim.place], claim.theme)
        text = f"“{_short(claim.card.text)}”: {_few(found.customers)} of {count(found.of, 'customer')} say so"
        if before:
            text += f"; {before:,} did in the period before"
        title = "A pain that has gone" if before else "A pain that data do not show"
        finding = Finding(
            "unsupported", title, text, claim.card.step, claim.card.id, "causes", 0.35 if before else 0.25
        )
        tests.append(_Test(finding, found.refuted))
    return _tested(tests)


def _before(here: Here, theme: str) -> int:
    """Return how many customers raised a theme in the period before, where it was no rarity; else 0."""
    row = (here.causes_before or {}).get(theme)
    there = int(here.before["customers"]) if here.before else 0
    customers = int(row["customers"]) if row else 0
    return customers if customers >= max(HIDDEN_N, RARE * there) else 0


def _few(customers: int) -> str:
    return f"fewer than {HIDDEN_N}" if 0 < customers < HIDDEN_N else f"{customers:,}"


def _blind(laid: Laid) -> Iterator[Finding]:
    """Yield where a map shows touchpoints that are come by, or should be, and of which fewer than five were heard."""
    silent: dict[str, list[tuple[str, str, str, int]]] = {}
    for (stage, touchpoint), (step, card) in _touchpoints(laid).items():
        cell = laid.asked.touchpoints.get((stage, touchpoint))
        if cell and cell["customers"] >= HIDDEN_N:
            continue
        visits, spoke = laid.asked.visited.get(touchpoint), laid.asked.stages.get(stage)
        there = int(visits["customers"]) if visits else 0
        if max(there, int(spoke["customers"]) if spoke else 0) >= LOW_N:
            known = laid.taxonomy.touchpoint(touchpoint)
            silent.setdefault(step, []).append((known.name if known else touchpoint, stage, card, there))
    names = {step.id: step.name for step in laid.map.steps()}
    for step, found in silent.items():
        name, stage, card, there = max(found, key=lambda one: one[3])
        if there:
            text = f"{count(there, 'customer')} came by, fewer than {HIDDEN_N} said anything of it"
        else:
            heard = count(int(laid.asked.stages[stage]["customers"]), "customer")
            text = f"of the {heard} heard at {laid.taxonomy.stage(stage).name} fewer than {HIDDEN_N} spoke of it"
        others = [other for other, *_ in found if other != name]
        if others:
            text += f"; nor of {', '.join(others)}"
        title = f"{name} is a blind spot" if not others else f"{len(found)} blind spots at {names[step]}"
        text = text if not others else f"{name}: {text}"
        yield Finding("blind spot", title, text, step, card, "heatmap", (0.4 if there else 0.18) + 0.02 * len(found))


def _touchpoints(laid: Laid) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the touchpoints that a map shows, with the first step and card that do."""
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for step in laid.map.steps():
        place = laid.bound.get(step.id)
        if place and place.touchpoint and not laid.asked.here[place].left_out:
            found.setdefault((place.stage, place.touchpoint), (step.id, ""))
    for claim in laid.claims:
        if claim.touchpoint and claim.place and not laid.asked.here[claim.place].left_out:
            found.setdefault((claim.place.stage, claim.touchpoint), (claim.card.step, claim.card.id))
    return found


def _unused(laid: Laid) -> Iterator[Finding]:
    """Yield steps that hardly anybody is seen to take, or heard of."""
    tests = []
    everybody = max(int(laid.asked.facts["customers"]), _started(laid.asked))
    recorded = {known.stage for one in laid.asked.visited if (known := laid.taxonomy.touchpoint(one))}
    for place, step in laid.first().items():
        here = laid.asked.here[place]
        row = laid.asked.visited.get(place.touchpoint) if place.touchpoint else laid.asked.dwell.get(place.stage)
        if here.left_out or everybody < LOW_N or (place.touchpoint and place.stage not in recorded):
            continue
        took = max(here.customers, int(row["customers"]) if row else 0)
        finding = Finding(
            "unused step",
            f"Nobody takes {step.name}" if not took else f"Hardly anybody takes {step.name}",
            f"{_few(took)} of {count(everybody, 'customer')} were there",
            step.id,
            question="dwell",
            weight=0.45,
        )
        tests.append(_Test(finding, Counted(took, everybody, took).refuted))
    return _tested(tests)


def _started(asked: Asked) -> int:
    """Return how many customers have a journey."""
    from touchline.sequences.walks import START

    return sum(int(row["n"]) for row in asked.moves if row["source"] == START)


# --------------------------------------------------------------------------------------------- data without cards


def _lacking_stages(laid: Laid) -> Iterator[Finding]:
    """Yield stages between the first and the last of the map that customers are at, and no step shows."""
    order = list(laid.taxonomy.ids)
    mine = {place.stage for place in laid.bound.values()}
    if not mine:
        return
    first, last = (edge(order.index(stage) for stage in mine) for edge in (min, max))
    everybody = int(laid.asked.facts["customers"])
    for stage in order[first:last]:
        row = laid.asked.stages.get(stage)
        if stage in mine or row is None:
            continue
        name, there = laid.taxonomy.stage(stage).name, int(row["customers"])
        if (low := _at_least(there, everybody)) > COMMON:
            text = f"{name}: {count(there, 'customer')} of {everybody:,} ({percent(there / everybody)}) speak of it"
            yield Finding("missing step", "A stage the map lacks", text, question="stages", weight=0.5 + low / 2)


def _lacking_touchpoints(laid: Laid) -> Iterator[Finding]:
    """Yield touchpoints of the map's stages that customers speak of, and no step or card shows.

    A map that shows no touchpoint at all is not meant to.
    """
    shown = {touchpoint for _, touchpoint in _touchpoints(laid)} | {card.touchpoint for card in laid.map.cards}
    if not shown - {""}:
        return
    whole = {place.stage: step for place, step in laid.first().items() if not place.touchpoint}
    steps = {place.stage: step for place, step in reversed(laid.first().items())} | whole
    for (stage, touchpoint), row in laid.asked.touchpoints.items():
        of = laid.asked.stages.get(stage)
        if stage not in steps or touchpoint in shown or of is None or stage == UNASSIGNED:
            continue
        there, everybody = int(row["customers"]), int(of["customers"])
        if there >= LOW_N and (low := _at_least(there, everybody)) > COMMON:
            text = (
                f"{row['column_name']}: {percent(there / everybody)} of the {count(everybody, 'customer')} "
                f"heard at {laid.taxonomy.stage(stage).name} speak of it"
            )
            title = "A touchpoint the map lacks"
            yield Finding("missing step", title, text, steps[stage].id, question="heatmap", weight=0.2 + low / 2)


def _lacking_loops(laid: Laid) -> Iterator[Finding]:
    """Yield ways back from stage to stage that many customers take, and no route shows."""
    steps = {place.stage: step for place, step in reversed(laid.first().items())}
    order = {stage: at for at, stage in enumerate(dict.fromkeys(place.stage for place in laid.first()))}
    at = {step: place.stage for step, place in laid.bound.items()}
    known = {(at.get(route.start), at.get(route.end)) for route in laid.map.routes}
    found = []
    for row in laid.asked.moves:
        start, end, dwell = row["source"], row["target"], laid.asked.dwell.get(row["source"])
        if start not in order or end not in order or order[end] >= order[start] or dwell is None or row["hidden"]:
            continue
        there, everybody = int(row["customers"]), int(dwell["customers"])
        low = _at_least(there, everybody)
        if (start, end) in known or there < LOW_N or low <= 2 * COMMON:
            continue
        text = (
            f"{percent(there / everybody)} of the {count(everybody, 'customer')} at "
            f"{laid.taxonomy.stage(start).name} go back to {laid.taxonomy.stage(end).name}, and no loop shows it"
        )
        title = "A way back the map lacks"
        finding = Finding("missing step", title, text, steps[start].id, question="transitions", weight=0.2 + low / 4)
        found.append((there, finding))
    yield from (finding for _, finding in sorted(found, key=lambda one: -one[0])[:_LOOPS])


def _at_least(part: int, whole: int) -> float:
    """Return the lower end of a share's interval."""
    from touchline.scores.intervals import wilson

    return float(wilson(part, whole)[1]) if whole >= max(part, 1) else 0.0


# ------------------------------------------------------------------------------------------------------- questions


def _unanswered(laid: Laid) -> Iterator[Finding]:
    known = answered(laid.map, laid.claims)
    for place, step in laid.first().items():
        here = laid.asked.here[place]
        asked: dict[str | None, list[tuple[Row, Row]]] = {}
        for row in laid.asked.questions:
            for mention in row["mentions"]:
                if asks(mention, place, mention["theme"]):
                    asked.setdefault(mention["theme"], []).append((row, mention))
        found = [
            finding
            for theme, told in asked.items()
            if theme and theme not in known and (finding := _question(laid, step, here, theme, told))
        ]
        yield from sorted(found, key=lambda one: -one.weight)[:2]
        if found or _has_answer(laid.map, step):
            continue
        told = [one for some in asked.values() for one in some]
        if _people(told) >= LOW_N and (finding := _question(laid, step, here, None, told)):
            yield finding


def _question(laid: Laid, step: Step, here: Here, theme: str | None, told: Sequence[tuple[Row, Row]]) -> Finding | None:
    people = _people(told)
    if people < HIDDEN_N or _at_least(people, max(here.customers, people)) <= ASKED:
        return None
    n = len({row["interaction_id"] for row, _ in told})
    known = laid.taxonomy.theme(theme) if theme else None
    words = next((said for _, mention in told if (said := _quoted(mention["words"]))), "")
    about = f" about “{known.name}”" if known else ""
    least = "at least " if laid.asked.questions_in_all > len(laid.asked.questions) else ""
    example = f", such as “{words}”" if words else ""
    share = people / max(here.customers, people)
    text = f"{least}{count(n, 'question')}{about} by {count(people, 'customer')} ({percent(share)}){example}"
    title = f"Questions nobody answers at {step.name}" if theme is None else f"A question nobody answers at {step.name}"
    return Finding("unanswered", title, text, step.id, question="feedback", weight=(0.3 if theme else 0.15) + share)


def _people(told: Iterable[tuple[Row, Row]]) -> int:
    return len({row["customer_ref"] or row["interaction_id"] for row, _ in told})


def _short(words: str) -> str:
    words = " ".join(words.split())
    return words if len(words) <= _QUOTED else words[: _QUOTED - 1].rstrip() + "…"


def _quoted(words: str) -> str:
    words = " ".join(words.split())
    return words if words.endswith("?") and len(words) <= _QUOTED else ""


def _has_answer(now: Map, step: Step) -> bool:
    return any(card.step == step.id for card in now.cards_of(*ANSWERS))
