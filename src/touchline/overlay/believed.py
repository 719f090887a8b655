"""Where what is believed of a step, or of all, parts from what is measured."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from touchline.figures.numbers import percent, plain, plus_minus, span
from touchline.maps.measured import Finding, Measure
from touchline.overlay.laid import Trial, surely
from touchline.overlay.steps import MINUTES
from touchline.overlay.taking import chance, error, taken
from touchline.scores.base import HIDDEN_N, LOW_N
from touchline.words import joined, phrase

if TYPE_CHECKING:
    from touchline.maps.model import Belief, Step
    from touchline.overlay.asking import Here
    from touchline.overlay.binding import Place
    from touchline.overlay.laid import Laid

#: A difference of fewer JSI points, or of a smaller factor of time, is nobody's mistake.
POINTS: Final = 5.0
FACTOR: Final = 1.25
#: A difference of less effort, on 1 to 7, is none.
EFFORT: Final = 0.5
_NEUTRAL: Final = "neutral"


def beliefs(laid: Laid) -> Iterator[Finding]:
    """Yield steps whose believed JSI data refute, of all customers and of personas."""
    return surely(_compared(laid))


def _compared(laid: Laid) -> Iterator[Trial]:
    for step in laid.map.steps():
        for belief in step.believed:
            lines = laid.personas.get(belief.persona, {})
            found = lines.get(step.id) if belief.persona else laid.steps[step.id].jsi
            if belief.jsi is None or found is None or found.value is None or found.customers < LOW_N:
                continue
            apart = found.value - belief.jsi
            whose = phrase(" of {persona}", persona=belief.persona) if belief.persona else ""
            finding = Finding(
                "belief",
                phrase("Belief and data part at {name}", name=step.name),
                phrase(
                    "believed{whose} {jsi}, measured {value} {rests}",
                    whose=whose,
                    jsi=plain(belief.jsi),
                    value=plain(found.value),
                    rests=_rests(found),
                ),
                step.id,
                question="stages",
                weight=abs(apart) / 50,
            )
            yield Trial(finding, chance(apart, error(found, belief.jsi)), abs(apart) >= POINTS)


def _rests(found: Measure, digits: int | None = 0) -> str:
    return phrase("{margin} (n {n})", margin=plus_minus(found.low, found.high, digits), n=found.n)


def durations(laid: Laid) -> Iterator[Finding]:
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
        how = phrase("longer") if longer else phrase("less")
        text = phrase(
            "believed {minutes}; half take {value} or {how}, the mean is {value2} (n {n})",
            minutes=span(60 * belief.minutes),
            value=span(60 * median.value),
            how=how,
            value2=span(60 * mean.value),
            n=mean.n,
        )
        weight = min(abs(factor - 1) if factor < 1 else 1 - 1 / factor, 1.0) / 2
        finding = Finding(
            "duration", _takes(step.name, longer), text, step.id,
            question="dwell", weight=weight,
        )  # fmt: skip
        tests.append(Trial(finding, chance(mean.value - belief.minutes, error(mean, belief.minutes)), worth))
    return surely(tests)


def _takes(name: str, longer: bool) -> str:
    if longer:
        return phrase("{name} takes longer than believed", name=name)
    return phrase("{name} takes less time than believed", name=name)


def efforts(laid: Laid) -> Iterator[Finding]:
    """Yield steps whose believed effort, put on the scale that was asked, is surely not the measured CES."""
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
            phrase("{name} is easier than believed", name=step.name)
            if apart > 0
            else phrase("{name} is harder than believed", name=step.name),
            phrase(
                "believed {expected}, measured {value} {rests} on {low} to {high}, where high is easy",
                expected=plain(expected, 1),
                value=plain(found.value, 1),
                rests=_rests(found, 1),
                low=plain(low),
                high=plain(high),
            ),
            step.id,
            question="stages",
            weight=abs(apart) / (high - low),
        )
        tests.append(Trial(finding, chance(apart, error(found, expected)), abs(apart) * 6 / (high - low) >= EFFORT))
    return surely(tests)


def _believed(laid: Laid) -> Iterator[tuple[Step, Belief, Place]]:
    """Yield what is believed of everybody at steps that are measured."""
    for step in laid.map.steps():
        if step.id in laid.bound:
            yield step, step.belief(), laid.bound[step.id]


def shapes(laid: Laid) -> Iterator[Finding]:
    """Yield the shapes of the measured line; `touchline.overlay.shapes` has tested them."""
    names = {step.id: step.name for step in laid.map.steps()}
    for shape in laid.shapes:
        ends = (shape.before or shape.steps[0], shape.after or shape.steps[-1])
        values = [
            phrase("{value} at {names}", value=plain(laid.steps[one].jsi.value), names=names[one])
            for one in (ends[0], *shape.steps, ends[1])
        ]
        titles = {
            "sawtooth": phrase(
                "A sawtooth from {names} to {names2}", names=names[shape.steps[0]], names2=names[shape.steps[-1]]
            ),
            "rapid drop": phrase("A rapid drop at {names}", names=names[shape.steps[-1]]),
            "trough": phrase("A trough at {names}", names=names[shape.steps[0]]),
            "peak": phrase("A peak at {names}", names=names[shape.steps[0]]),
        }
        at = shape.steps[-1] if shape.name == "rapid drop" else shape.steps[0]
        weight = shape.points / (200 if shape.name == "peak" else 100)
        text = phrase("JSI {values}", values=joined(", ", dict.fromkeys(values)))
        yield Finding("shape", titles[shape.name], text, at, question="stages", weight=weight)


def loads(laid: Laid) -> Iterator[Finding]:
    """Yield the step where words are laden with emotion most, where that is surely more often than elsewhere."""
    loads = {place: felt for place in laid.first() if (felt := load(laid.asked.here[place])) is not None}
    tests: list[Trial] = []
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
            phrase("The greatest emotional load is at {name}", name=steps[place].name),
            phrase(
                "{share} of what is said carries an emotion (n {n}), {elsewhere} elsewhere",
                share=percent(share),
                n=n,
                elsewhere=percent(elsewhere),
            ),
            steps[place].id,
            question="moments",
            weight=2 * (share - elsewhere),
        )
        tests.append(Trial(finding, chance(share - elsewhere, spread or None), place == most and share > elsewhere))
    yield from surely(tests)


def load(here: Here) -> tuple[float, int, int] | None:
    """Return the share of the touches with words that carry an emotion, how many have words, and of how many customers.

    It is the load of `touchline.value.moments`.
    """
    n = sum(touches for touches, _ in here.emotions.values())
    if here.customers < HIDDEN_N or not n:
        return None
    calm = here.emotions.get(_NEUTRAL, (0, 0))[0]
    return 1 - calm / n, n, here.customers
