"""What is found where maps and data meet: gaps, priorities, learnt effects, personas, the inventory, stories.

Values only. `touchline.overlay.gaps`, `priorities`, `learning`, `personas`, `inventory`, `stakeholders` and `narrative`
make them; pages, the API and the command line show them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from touchline.maps.measured import Level, Measure, Said, Topic

#: What is not measured.
NOTHING: Final = Measure()

# ------------------------------------------------------------------------------------------------------------- gaps


@dataclass(frozen=True, slots=True)
class Cause:
    """The theme that costs a stage most.

    Attributes:
        theme: Its id.
        name: What people read.
        stage: The stage that it costs.
        points: JSI points of the stage that would come back without it, with its interval.
        share: Share (0 to 1) of the stage's touches that carry it.
        here: Whether customers raise it at the step itself, not only at its stage.
    """

    theme: str
    name: str
    stage: str
    points: Measure
    share: float | None = None
    here: bool = False


#: What a gap is: reached; surely not reached; not reached, which may be chance; no target; nothing measured.
Verdict = Literal["reached", "missed", "unsure", "no target", "not measured"]


@dataclass(frozen=True, slots=True)
class Gap:
    """One figure of one step: where it is and where it shall be.

    Attributes:
        step: The current map's step id; "" for a step that only the future map has.
        future: The future map's step id; "" for one that it leaves out.
        name: The step's name, as the future map says it where it does.
        metric: ``jsi``, ``nps``, ``csat``, ``ces``, ``dropoff`` (percent), ``dwell`` (minutes).
        now: What it is.
        source: Where the number is from: ``measured``, ``map`` (a card's own value), or "".
        target: What it shall be; None where nobody said.
        aim: Where the target is from: ``kpi`` (a card), ``belief`` (the future step), ``taxonomy``, or "".
        missing: How far it is from the target, in the metric's unit; positive is still to do.
        p: The chance of such a distance, or a greater one, where the target were reached.
        p_adjusted: The same over all rows of the table (Benjamini-Hochberg).
        verdict: In a word.
        cause: What costs the step's stage most.
        pains: Ids of the current map's pain points there.
        opportunities: Cards that answer it, as map id and card id, the best fitting first.
        question: Which question of the engine holds the number.
    """

    step: str
    future: str
    name: str
    metric: str
    now: Measure = NOTHING
    source: str = ""
    target: float | None = None
    aim: str = ""
    missing: float | None = None
    p: float | None = None
    p_adjusted: float | None = None
    verdict: Verdict = "not measured"
    cause: Cause | None = None
    pains: tuple[str, ...] = ()
    opportunities: tuple[tuple[str, str], ...] = ()
    question: str = "stages"


@dataclass(frozen=True, slots=True)
class Gaps:
    """A current map against the future one.

    Attributes:
        current: The current map's id.
        future: The future map's id.
        start: First day of the data.
        end: Last day.
        rows: In the order of the steps; of a step the JSI first.
        pairs: Current step to future step, as they were matched.
        added: Ids of steps that only the future map has.
        dropped: Ids of steps that it leaves out.
        family: How many rows were tested together.
    """

    current: str
    future: str
    start: date | None = None
    end: date | None = None
    rows: tuple[Gap, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    family: int = 0


# ------------------------------------------------------------------------------------------------------- priorities


@dataclass(frozen=True, slots=True)
class Weighing:
    """How the parts of a priority's value weigh against each other; a part that is not known weighs nothing.

    Attributes:
        impact: Of what it would bring.
        pain: Of the pain points that it answers.
        fit: Of desirability, feasibility and viability.
        belief: How much of a believed impact counts, where none is measured: 0 to 1.
    """

    impact: float = 2.0
    pain: float = 1.0
    fit: float = 1.0
    belief: float = 0.5


@dataclass(frozen=True, slots=True)
class PainHit:
    """A pain point and whom it hits.

    Attributes:
        map: The map's id.
        card: The card's id.
        text: Its words.
        severity: ``trivial``, ``work-around``, ``gives up``, or "" where nobody said.
        share: Percent of the step's customers who raise it, with its interval.
        weight: Severity (0.5, 1, 2) times share: percent.
        step: Its step's id.
        theme: The theme of the data that it speaks of.
        level: How well data back it.
        answers: Ids of the opportunities and solutions of its map that answer it and are not dropped.
    """

    map: str
    card: str
    text: str
    severity: str = ""
    share: Measure = NOTHING
    weight: float | None = None
    step: str = ""
    theme: str = ""
    level: Level = "untold"
    answers: tuple[str, ...] = ()


#: Quick win: much for little; big bet: much for much; fill-in: little for little; leave: little for much.
Quadrant = Literal["quick win", "big bet", "fill-in", "leave"]


@dataclass(frozen=True, slots=True)
class Priority:
    """An opportunity or a solution, and what speaks for it.

    Attributes:
        map: The map's id.
        card: The card's id.
        text: Its words.
        step: Its step's id.
        stage: The taxonomy's stage of its step.
        themes: Themes that it would remove: its own, else those of the pain points that it answers.
        status: Of `touchline.maps.kinds.STATUSES`; "" where nobody said.
        under: Of a solution, the id of the opportunity that it answers; "" for none.
        owner: Who looks after it.
        due: By when.
        jsi: JSI points of its stage that the what-if foretells, with interval.
        whole: JSI points of the whole journey, the same way.
        kept: Customers who would stay, over the horizon.
        revenue: Money that they would pay, over the horizon.
        currency: Of the revenue.
        pains: The pain points that it answers.
        believed: What the team believes of its impact, 1 to 5.
        effort: 1 (small) to 5 (large).
        desirability: 1 to 5.
        feasibility: 1 to 5.
        viability: 1 to 5.
        basis: What its impact rests on: ``measured``, ``believed``, or "" for neither.
        value: 0 to 1: what speaks for it, weighed.
        score: Value by effort, 0 to 100.
        quadrant: Which of four.
        rank: 1 is first; 0 where nothing speaks for or against it, and of what is done.
        note: Why something is not measured.
        question: Which question holds the impact.
    """

    map: str
    card: str
    text: str
    step: str = ""
    stage: str = ""
    themes: tuple[str, ...] = ()
    status: str = ""
    under: str = ""
    owner: str = ""
    due: date | None = None
    jsi: Measure = NOTHING
    whole: Measure = NOTHING
    kept: Measure = NOTHING
    revenue: Measure = NOTHING
    currency: str = ""
    pains: tuple[PainHit, ...] = ()
    believed: int | None = None
    effort: int | None = None
    desirability: int | None = None
    feasibility: int | None = None
    viability: int | None = None
    basis: str = ""
    value: float | None = None
    score: float | None = None
    quadrant: Quadrant = "fill-in"
    rank: int = 0
    note: str = ""
    question: str = "whatif"


# --------------------------------------------------------------------------------------------------------- learning

#: What became of it: surely better; surely worse; no change that could not be chance; too early or too few to tell.
Outcome = Literal["better", "worse", "no change shown", "too early"]


@dataclass(frozen=True, slots=True)
class Learned:
    """What was measured before and after a card was done.

    Attributes:
        map: The map's id.
        card: The card's id.
        text: Its words.
        step: Its step's id.
        metric: What was compared: ``jsi``, ``nps``, ``csat``, ``ces``, or ``theme`` (percent of touches with it).
        theme: The theme, where that is compared.
        done: The day.
        days: How many days were compared on either side.
        before: The days before it.
        after: The days from it on.
        change: After less before, with its interval, in the metric's unit.
        rest: The same change of the whole journey (``jsi`` only): what would have come anyway.
        p: The chance of such a change or a greater one where nothing changed.
        p_adjusted: The same over all cards that were looked at (Benjamini-Hochberg).
        outcome: In a word.
        foretold: JSI points that the card promised (`Priority.jsi`), where they were given.
        question: Which question holds the numbers.
    """

    map: str
    card: str
    text: str
    step: str
    metric: str
    theme: str
    done: date
    days: int
    before: Measure = NOTHING
    after: Measure = NOTHING
    change: Measure = NOTHING
    rest: Measure = NOTHING
    p: float | None = None
    p_adjusted: float | None = None
    outcome: Outcome = "too early"
    foretold: float | None = None
    question: str = "stages"


# --------------------------------------------------------------------------------------------------------- personas


@dataclass(frozen=True, slots=True)
class PersonaSeen:
    """A persona as the data show it today.

    Attributes:
        name: As in the settings.
        rule: Which customers it stands for.
        customers: How many they are now.
        share: Of all customers, 0 to 1.
        standing: Mean of their standing JSI.
        jsi: JSI of their touches in the period.
        everyone: JSI of everybody's touches in the period.
        stages: Their JSI by stage id, in the taxonomy's order.
        lowest: The stage with their lowest JSI among those that may be ranked; "" for none.
        topics: The themes that cost a stage of theirs most points, the most first; shares are of that stage's touches.
        points: JSI points of that stage by theme, of the topics.
        channels: Where their touches are: channel and share, the largest first.
        path: The most common whole journey of theirs, by stages.
        path_share: How many of them take it, with its interval (percent).
        said: Quotes, redacted.
        hidden: Whether they are too few to be shown.
    """

    name: str
    rule: str
    customers: int = 0
    share: float | None = None
    standing: Measure = NOTHING
    jsi: Measure = NOTHING
    everyone: Measure = NOTHING
    stages: Mapping[str, Measure] = field(default_factory=dict)
    lowest: str = ""
    topics: tuple[Topic, ...] = ()
    points: Mapping[str, Measure] = field(default_factory=dict)
    channels: tuple[tuple[str, float], ...] = ()
    path: tuple[str, ...] = ()
    path_share: Measure = NOTHING
    said: tuple[Said, ...] = ()
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """A persona that the data suggest: a type of behaviour and a rule that finds it again.

    Attributes:
        name: What sets the type apart, in words.
        rule: For ``when``.
        customers: How many are of the type.
        share: Of all, 0 to 1.
        jsi: Of their journeys.
        precision: Share of those whom the rule finds that are of the type.
        recall: Share of the type that the rule finds.
        apart: What they do more or less than all: ``product_viewed x5.6``.
        events: How much they do, on average.
        days: How long their journeys are, on average.
        known: The persona of the settings that has this rule already; "" for none.
        toml: The lines for ``touchline.toml``.
    """

    name: str
    rule: str
    customers: int
    share: float
    jsi: Measure
    precision: float
    recall: float
    apart: tuple[str, ...] = ()
    events: float | None = None
    days: float | None = None
    known: str = ""
    toml: str = ""


# -------------------------------------------------------------------------------------------------------- inventory

#: Heard by enough customers to be ranked; by too few; by none though customers were there; no sign of anybody.
Hearing = Literal["measured", "thin", "blind spot", "silent"]


@dataclass(frozen=True, slots=True)
class Contact:
    """A touchpoint and who looks after it.

    Attributes:
        id: The taxonomy's id; "" of one that only a map names.
        name: What people read.
        stage: Its stage's id.
        stage_name: Its stage's name.
        channels: Media that it happens in, as the taxonomy says.
        ownership: ``owned``, ``earned``, ``paid``, or "" where nobody said.
        owner: Who answers for it, else for its stage; "" for nobody.
        hearing: How well customers are heard there; ``silent`` of one that the taxonomy does not know.
        volume: Touches.
        jsi: Of the period.
        friction: Weighted trouble per 100 customers who were there.
        maps: Ids of the maps that name it.
        missing: Whether a map says that it should be there and is not.
    """

    id: str
    name: str
    stage: str = ""
    stage_name: str = ""
    channels: tuple[str, ...] = ()
    ownership: str = ""
    owner: str = ""
    hearing: Hearing = "silent"
    volume: int = 0
    jsi: Measure = NOTHING
    friction: Measure = NOTHING
    maps: tuple[str, ...] = ()
    missing: bool = False


#: What to do with somebody of high or low influence and interest.
Handling = Literal["manage closely", "keep satisfied", "keep informed", "monitor", "not placed"]


@dataclass(frozen=True, slots=True)
class Placed:
    """A stakeholder on the grid of influence and interest.

    Attributes:
        name: Who.
        group: ``customer``, ``company``, ``partner`` or own words.
        interest: 1 to 5; None where nobody said.
        influence: 1 to 5; None where nobody said.
        handling: The field of the grid.
        maps: Ids of the maps that name them.
        notes: Their parts, a text per map.
    """

    name: str
    group: str = ""
    interest: int | None = None
    influence: int | None = None
    handling: Handling = "not placed"
    maps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


# -------------------------------------------------------------------------------------------------------- narrative


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a story and what it rests on.

    Attributes:
        text: The words.
        question: Which question holds its numbers; "" where it tells what the map says.
        facts: The numbers and names in it: ``{"jsi": 39.3, "n": 3069}``.
        step: The step that it is about, or "".
        card: The card that it quotes, or "".
    """

    text: str
    question: str = ""
    facts: Mapping[str, float | int | str] = field(default_factory=dict)
    step: str = ""
    card: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """Some sentences under a heading.

    Attributes:
        title: The heading.
        sentences: In their order.
        step: The step or phase that it is about, or "".
    """

    title: str
    sentences: tuple[Sentence, ...]
    step: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """A written story, made of templates and figures.

    Attributes:
        map: The map's id.
        title: What people read.
        kind: ``story`` of a persona's journey, or ``summary`` for the board.
        persona: Whose; "" for everybody.
        start: First day of the data.
        end: Last day.
        passages: In their order; none is empty.
    """

    map: str
    title: str
    kind: Literal["story", "summary"] = "story"
    persona: str = ""
    start: date | None = None
    end: date | None = None
    passages: tuple[Passage, ...] = ()

    @property
    def text(self) -> str:
        """The whole as plain text, a paragraph per passage."""
        return "\n\n".join(f"{one.title}\n{' '.join(s.text for s in one.sentences)}" for one in self.passages)
