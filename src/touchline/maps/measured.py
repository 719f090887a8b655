"""What was measured, laid over a map: figures per step and card, and what the machine noticed.

Values only; `touchline.overlay` makes them from the workspace's own questions, exports and pages show them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal


@dataclass(frozen=True, slots=True)
class Measure:
    """One number with what it rests on.

    Attributes:
        value: The number; None where there is none, or where it is hidden (under 5 customers).
        low: The interval's lower end.
        high: The interval's upper end.
        n: Touches, answers or visits.
        customers: How many customers they are of.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    customers: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """Words of a customer, redacted.

    Attributes:
        interaction: Its id, which the feedback page explains.
        text: The words.
        at: The day.
    """

    interaction: str
    text: str
    at: date


@dataclass(frozen=True, slots=True)
class Topic:
    """A theme of a step: its share of the step's touches, and how many of them are negative (0 to 1)."""

    theme: str
    title: str
    n: int
    share: float
    negative: float


@dataclass(frozen=True, slots=True)
class StepMeasured:
    """Everything measured of one step.

    Attributes:
        step: Its id.
        metrics: By name: ``jsi``, ``nps``, ``csat``, ``ces``, ``dropoff`` (percent), ``dwell`` (minutes, median).
        before: The same in the period before, where one was asked for.
        volume: Touches.
        customers: Who made them.
        emotions: Share of touches by emotion, largest first.
        topics: The most frequent themes.
        said: Quotes, negative first.
        bound: How it was found: ``touchpoint``, ``stage``, or "" where the step is bound to nothing.
    """

    step: str
    metrics: dict[str, Measure] = field(default_factory=dict)
    before: dict[str, Measure] = field(default_factory=dict)
    volume: int = 0
    customers: int = 0
    emotions: tuple[tuple[str, float], ...] = ()
    topics: tuple[Topic, ...] = ()
    said: tuple[Said, ...] = ()
    bound: str = ""

    @property
    def jsi(self) -> Measure:
        """The Journey Sentiment Index of the period."""
        return self.metrics.get("jsi", Measure())


#: How well data back a card: by many customers, by some, by none although they could, or nothing can tell.
Level = Literal["strong", "some", "none", "untold"]


@dataclass(frozen=True, slots=True)
class CardMeasured:
    """What data say of one card.

    Attributes:
        card: Its id.
        level: How well they back it.
        told: A short line for under the card's words: ``21 % · n 840``.
        measure: The number behind it: share of the step's customers (percent), or the card's metric.
        gain: JSI points that would come back without it, of a pain point or the opportunity that addresses it.
        gain_low: The lower end of its interval.
        gain_high: The upper end.
    """

    card: str
    level: Level = "untold"
    told: str = ""
    measure: Measure = Measure()
    gain: float | None = None
    gain_low: float | None = None
    gain_high: float | None = None


#: What can be noticed.
Noticed = Literal[
    "belief", "missing step", "unused step", "blind spot", "unsupported", "load", "unanswered", "shape", "duration",
    "effort",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the machine noticed where map and data part.

    Attributes:
        kind: What.
        title: Three or four words: ``Belief and data part at Delivery``.
        text: One sentence with its numbers: ``believed 66, measured 37 ± 3 (n 3,960)``.
        step: The step that it is about, or "".
        card: The card, or "".
        question: Which question of the engine holds the numbers: ``stages``; pages link to it.
        weight: For sorting: larger is more important.
    """

    kind: Noticed
    title: str
    text: str
    step: str = ""
    card: str = ""
    question: str = ""
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Overlay:
    """A map's measured side.

    Attributes:
        map: The map's id.
        start: First day.
        end: Last day.
        steps: By step id; steps bound to nothing are there, empty.
        cards: By card id; only cards that are claims.
        findings: The most important first.
        validation: Share (0 to 1) of the claims that data back strongly or some; None without claims or data.
        shapes: Names of the measured line's shapes and the steps they span: ``("trough", ("wait", "use"))``.
        personas: JSI per step id for each of the map's personas, where they are asked for.
        notes: What a careful reader must know: what could not be asked, and why.
    """

    map: str
    start: date | None = None
    end: date | None = None
    steps: dict[str, StepMeasured] = field(default_factory=dict)
    cards: dict[str, CardMeasured] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    validation: float | None = None
    shapes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    personas: dict[str, dict[str, Measure]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
