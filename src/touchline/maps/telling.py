"""A map's cards and figures in few words: the same in a drawing, on a slide, in a table and in text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from touchline.figures.numbers import day, percent, places, plain, plus_minus, span
from touchline.maps.kinds import KINDS, LANE_KINDS
from touchline.maps.measured import CardMeasured, Level, Measure, Overlay, StepMeasured
from touchline.maps.model import Belief, Card, Lane, Map, Step
from touchline.maps.pictures import host_of, name_of
from touchline.words import joined, phrase, phrase_of

#: What an effort from 1 to 5 is called.
SIZES: Final = ("XS", "S", "M", "L", "XL")
#: Metrics that a map knows: what people read, and what comes behind the number.
METRICS: Final[dict[str, tuple[str, str]]] = {
    "jsi": ("JSI", ""),
    "nps": ("NPS", ""),
    "csat": ("CSAT", " %"),
    "ces": ("CES", ""),
    "dropoff": (phrase("Drop-off"), " %"),
    "dwell": (phrase("Dwell"), ""),
    "volume": (phrase("Comments"), ""),
}
#: Metrics of which less is better.
LESS_IS_BETTER: Final = frozenset({"dropoff", "dwell"})
_SPACE: Final = "\N{NO-BREAK SPACE}"
_SHOWN: Final = ("jsi", "nps", "csat", "ces", "dropoff", "dwell")
_MINUTES: Final = frozenset({"dwell"})


@dataclass(frozen=True, slots=True)
class Told:
    """What a card says.

    Attributes:
        text: Its words, in quotation marks where they are somebody's.
        small: What stands below, in grey, part by part: evidence, gain, size, status, by when, owner.
        edge: ``pain``, ``gain``, ``opportunity`` or "".
        quote: Whether somebody says it.
        missing: Whether the journey lacks it.
        level: How well data back it; "" where it is no claim or nothing is laid over the map.
        figure: A number that stands large, of a card of figures.
        met: Whether the figure reaches its target; None where either is not known.
    """

    text: str
    small: tuple[str, ...] = ()
    edge: str = ""
    quote: bool = False
    missing: bool = False
    level: Level | str = ""
    figure: str = ""
    met: bool | None = None


def titled(name: str) -> str:
    """Return an id as people read it.

    >>> titled("order_tracking")
    'Order tracking'
    """
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def kind_of(whole: Map) -> str:
    """Return what kind of map it is, and of which state.

    >>> kind_of(Map("a", "A", state="future"))
    'Journey map, future state'
    """
    known = KINDS[whole.kind][0]
    return phrase("{known}, future state", known=known) if whole.state == "future" else known


def lane_name(lane: Lane) -> str:
    """Return what stands at a lane's head."""
    known = LANE_KINDS.get(lane.kind)
    return lane.name or (known.title if known else titled(lane.kind))


def step_about(step: Step) -> str:
    """Return what a step is measured by.

    >>> step_about(Step("s", "Waits", "delivery", "tracking_page"))
    'Delivery · Tracking page'
    """
    return " · ".join(titled(part) for part in (step.stage, step.touchpoint) if part)


def told(whole: Map, card: Card, overlay: Overlay | None = None) -> Told:
    """Return what a card says.

    >>> from touchline.maps.model import Lane, Map
    >>> told(Map("m", "M", lanes=(Lane("p", "pains"),)), Card("c", "p", "s", "Late", severity="gives up"))
    Told(text='Late', small=('gives up',), edge='pain', quote=False, missing=False, level='', figure='', met=None)
    """
    lane = next((one for one in whole.lanes if one.id == card.lane), None)
    kind = LANE_KINDS.get(lane.kind if lane else "", LANE_KINDS["custom"])
    found = overlay.cards.get(card.id) if overlay else None
    text = card.text or titled(card.touchpoint or card.channel or card.theme) or titled(card.metric)
    quote = kind.edge == "quote"
    if quote and text and text[0] not in "“\"„«'‘":
        text = f"“{text}”"
    figure, met, beside, real = _figure(card, overlay, found) if kind.look == "figures" else ("", None, "", False)
    small = [*([beside] if beside else []), *_small(whole, card, found, told=not real)]
    return Told(
        text=f"+ {text}" if card.missing else text, small=tuple(small), edge="" if quote else kind.edge, quote=quote,
        missing=card.missing, level=found.level if found and kind.evidence else "", figure=figure, met=met,
    )  # fmt: skip


def _small(whole: Map, card: Card, found: CardMeasured | None, *, told: bool) -> list[str]:
    """Return what stands below a card's words: evidence first, unless the card's own figure tells it."""
    parts = found.told.split(" · ") if found and found.told and told else []
    if found and found.gain is not None and "JSI" not in found.told:
        parts.append(phrase("{gain} JSI", gain=plain(found.gain, 1, signed=True)))
    if card.effort:
        parts.append(SIZES[min(max(card.effort, 1), 5) - 1])
    if card.missing:
        parts.append(
            phrase("missing touchpoint")
            if card.touchpoint or _in_lane(whole, card, "touchpoints")
            else phrase("missing")
        )
    parts += [_waits(whole, card), card.severity, card.status, _when(card), card.owner, card.of]
    parts += [picture_told(card)] if card.picture else []
    parts += [phrase("see map {map}", map=card.map)] if card.map else []
    parts += [f"#{one}" for one in card.tags]
    return [part for part in parts if part]


def belongs(whole: Map) -> str:
    """Return what a map is to the one that it belongs to.

    >>> from touchline.maps.model import Map
    >>> belongs(Map("m", "M", state="future")), belongs(Map("m", "M", kind="blueprint"))
    ('Improves', 'Blueprint of')
    """
    if whole.state == "future":
        return "Improves"
    return {"zoom": "Zooms into", "blueprint": "Blueprint of"}.get(whole.kind, "Belongs to")


def picture_told(card: Card) -> str:
    """Return what is said of a card's picture where it cannot be drawn: its file's name, or on which host it is.

    >>> picture_told(Card("c", "l", "s", picture="shots/shop.png"))
    'picture: shop.png'
    """
    if host := host_of(card.picture):
        return phrase("picture at {host}", host=host)
    return (
        phrase("picture") if name_of(card.picture) else phrase("picture: {file}", file=card.picture.rsplit("/", 1)[-1])
    )


def _in_lane(whole: Map, card: Card, kind: str) -> bool:
    return any(lane.id == card.lane and lane.kind == kind for lane in whole.lanes)


def _waits(whole: Map, card: Card) -> str:
    name = next((step.name for step in whole.steps() if step.id == card.to), card.to)
    waits = (
        str(phrase("waits {minutes}", minutes=span(card.minutes * 60))).replace(" ", _SPACE)
        if card.minutes is not None
        else ""
    )
    return joined(", ", [part for part in (phrase_of("waits", "to {name}", name=name) if name else "", waits) if part])


def _when(card: Card) -> str:
    if card.done:
        return phrase("since {done}", done=day(card.done)) if card.status == "done" else day(card.done)
    return phrase("by {due}", due=day(card.due)) if card.due else ""


def _figure(card: Card, overlay: Overlay | None, found: CardMeasured | None) -> tuple[str, bool | None, str, bool]:
    """Return a figure card's number, whether it reaches the target, what stands beside it, and whether it was measured.

    Of a metric in own words nobody knows whether more or less is better; within its interval nobody knows either.
    """
    step = overlay.steps.get(card.step) if overlay else None
    measure = step.metrics.get(card.metric) if step else None
    if measure is None and found and found.measure.value is not None:
        measure = found.measure
    target = phrase("target {bare}", bare=bare(card.metric, card.target)) if card.target is not None else ""
    if measure is not None and measure.value is not None:
        low = measure.value if measure.low is None else measure.low
        high = measure.value if measure.high is None else measure.high
        beside = " · ".join(part for part in (target, f"n {thousands(measure.n)}") if part)
        return number_of(card.metric, measure), _met(card.metric, low, high, card.target), beside, True
    if card.value is None and card.target is None:
        return "", None, "", False
    return bare(card.metric, card.value), _met(card.metric, card.value, card.value, card.target), target, False


def _met(metric: str, low: float | None, high: float | None, target: float | None) -> bool | None:
    """Return whether a metric reaches its target; None where its interval holds the target, or nobody knows.

    >>> _met("jsi", 61.0, 65.0, 60.0), _met("jsi", 56.0, 65.0, 60.0), _met("dropoff", 12.0, 15.0, 10.0)
    (True, None, False)
    """
    if low is None or high is None or target is None or metric not in METRICS or metric == "volume":
        return None
    if metric in LESS_IS_BETTER:
        low, high, target = -high, -low, -target
    return True if low >= target else False if high < target else None


def bare(metric: str, value: float | None) -> str:
    """Return a metric's number without its interval.

    >>> bare("dropoff", 12.4), bare("dwell", 90.0), bare("own", 4.25)
    ('12 %', '1.5 h', '4.2')
    """
    if value is None:
        return "–"
    if metric in _MINUTES:
        return span(value * 60)
    digits = 1 if metric not in METRICS and value != round(value) else 1 if metric == "ces" else 0
    return plain(value, digits) + METRICS.get(metric, ("", ""))[1]


def number_of(metric: str, measure: Measure) -> str:
    """Return a measured metric with its interval.

    >>> number_of("jsi", Measure(37.2, 34.0, 40.0, 3960, 900))
    '37 ±3'
    """
    if measure.value is None:
        return "n < 5" if measure.n else "–"
    if metric in _MINUTES:
        return span(measure.value * 60)
    margin = plus_minus(measure.low, measure.high)
    half = None if measure.low is None or measure.high is None else (measure.high - measure.low) / 2
    digits = max(places(half), 1 if metric == "ces" else 0)
    return f"{plain(measure.value, digits)}{METRICS.get(metric, ('', ''))[1]} {margin}".strip()


def thousands(n: int) -> str:
    """Return a count in three letters or so.

    >>> thousands(840), thousands(3960), thousands(52_300)
    ('840', '4.0k', '52k')
    """
    return str(n) if n < 1000 else f"{n / 1000:.1f}k" if n < 9_950 else f"{n / 1000:,.0f}k"


def figures(measured: StepMeasured | None) -> list[tuple[str, str]]:
    """Return a step's measured figures as names and numbers; nothing where nothing was measured."""
    if measured is None or (not measured.metrics and not measured.volume):
        return []
    rows = [(METRICS[name][0], number_of(name, measured.metrics[name])) for name in _SHOWN if name in measured.metrics]
    rows.append((phrase("Comments"), plain(measured.volume)))
    if measured.customers:
        rows.append((phrase("Customers"), plain(measured.customers)))
    return rows


def topics(measured: StepMeasured | None, most: int = 3) -> list[str]:
    """Return a step's most frequent themes with their shares."""
    return [f"{one.title} {percent(one.share)}" for one in (measured.topics if measured else ())[:most]]


def beliefs(whole: Map) -> list[tuple[str, list[Belief | None]]]:
    """Return the believed lines: per persona that somebody believes something of, a belief per step.

    What is believed of all comes first; a step without a belief is None.
    """
    steps = list(whole.steps())
    names = dict.fromkeys(one.persona for step in steps for one in step.believed if one.jsi is not None)
    lines = []
    for name in sorted(names, key=lambda one: (one != "", whole.personas.index(one) if one in whole.personas else 99)):
        found = [next((one for one in step.believed if one.persona == name), None) for step in steps]
        lines.append((name, [one if one is not None and one.jsi is not None else None for one in found]))
    return lines
