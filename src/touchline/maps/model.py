"""A map as a value: phases and steps across, lanes down, cards in the cells.

Everything has an id that is unique in the map, so that an edit says what it is about and two people's edits meet.
A map's parts are tuples in the order in which they are shown; a cell is the cards of one lane and one step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from touchline.maps.kinds import Kind, State


@dataclass(frozen=True, slots=True)
class Belief:
    """What the team believes of a step, before or beside what is measured.

    Attributes:
        persona: Of which persona; "" of all that the map is about.
        jsi: How they feel, 0 to 100 as the Journey Sentiment Index; None: nobody said.
        emotion: The emotion's name, as the understanding names it.
        effort: 1 (very hard) to 7 (very easy), as CES.
        minutes: How long the step takes.
    """

    persona: str = ""
    jsi: float | None = None
    emotion: str = ""
    effort: float | None = None
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One column.

    Attributes:
        id: Unique in the map.
        name: What people read.
        stage: The taxonomy's stage that it is measured by; "" for none.
        touchpoint: The taxonomy's touchpoint that narrows it; "" for the whole stage.
        note: More words.
        moment: Whether the team holds it for a moment that matters.
        believed: What is believed of it, at most once per persona.
        zoom: The id of the map that shows it in detail.
    """

    id: str
    name: str
    stage: str = ""
    touchpoint: str = ""
    note: str = ""
    moment: bool = False
    believed: tuple[Belief, ...] = ()
    zoom: str = ""

    def belief(self, persona: str = "") -> Belief:
        """Return what is believed for a persona, else for all, else an empty belief."""
        found = {one.persona: one for one in self.believed}
        return found.get(persona) or found.get("") or Belief(persona)


@dataclass(frozen=True, slots=True)
class Phase:
    """Columns under one head."""

    id: str
    name: str
    steps: tuple[Step, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """One row.

    Attributes:
        id: Unique in the map.
        kind: A key of `LANE_KINDS`.
        name: What people read; "" for its kind's own title.
        of: Whose it is where several share a kind: a persona, a role of the account, a competitor.
        hidden: Whether it is folded away.
    """

    id: str
    kind: str
    name: str = ""
    of: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """Where a card's words come from.

    Attributes:
        kind: ``interaction`` (its id), ``theme`` (its name), ``research`` (a file or an address), ``assumption``.
        ref: Which.
        note: A few words: ``14 interviews, May``.
    """

    kind: str
    ref: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What stands in a cell.

    Attributes:
        id: Unique in the map.
        lane: The lane's id.
        step: The step's id.
        text: What people read first.
        note: More words.
        tags: Free words.
        owner: Who looks after it: a colleague or a team.
        status: One of `STATUSES`; "" for none.
        due: By when.
        done: When it was done.
        theme: The theme of the data that it speaks of.
        touchpoint: The taxonomy's touchpoint that it is.
        channel: The channel that it is.
        missing: Whether it is something that the journey lacks: a touchpoint that should be there.
        severity: One of `SEVERITIES`, of a pain point; "" for none.
        effort: 1 (small) to 5 (large): what it costs to do.
        impact: 1 to 5: what the team believes that it brings.
        desirability: 1 to 5: do customers want it.
        feasibility: 1 to 5: can we build it.
        viability: 1 to 5: does it pay.
        metric: What it measures: ``jsi``, ``nps``, ``csat``, ``ces``, ``dropoff``, ``dwell``, ``volume`` or own words.
        value: What the metric is now, where nothing measures it.
        target: What the metric shall be.
        minutes: How long a hand-off waits.
        to: To whom or what a hand-off goes: a step, a team, a system.
        addresses: Ids of cards that it answers: an opportunity its pain points, a solution its opportunities.
        map: The id of another map that it leads to.
        picture: The address of a picture inside the workspace.
        of: Whose it is: a persona, a role, a competitor.
        proof: Where its words come from.
    """

    id: str
    lane: str
    step: str
    text: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    owner: str = ""
    status: str = ""
    due: date | None = None
    done: date | None = None
    theme: str = ""
    touchpoint: str = ""
    channel: str = ""
    missing: bool = False
    severity: str = ""
    effort: int | None = None
    impact: int | None = None
    desirability: int | None = None
    feasibility: int | None = None
    viability: int | None = None
    metric: str = ""
    value: float | None = None
    target: float | None = None
    minutes: float | None = None
    to: str = ""
    addresses: tuple[str, ...] = ()
    map: str = ""
    picture: str = ""
    of: str = ""
    proof: tuple[Proof, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """A way that is not simply the next column.

    Attributes:
        id: Unique in the map.
        kind: One of `ROUTES`.
        start: The step that it leaves.
        end: The step that it reaches; "" for an exit.
        text: When it is taken.
    """

    id: str
    kind: str
    start: str
    end: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Stakeholder:
    """Who has a say or a part in the journey.

    Attributes:
        id: Unique in the map.
        name: A person, a team, a company.
        group: ``customer``, ``company``, ``partner`` or own words.
        interest: 1 to 5: how much it matters to them.
        influence: 1 to 5: how much they can change.
        note: Their part.
    """

    id: str
    name: str
    group: str = ""
    interest: int | None = None
    influence: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Map:
    """A designed journey.

    Attributes:
        id: Unique in the workspace, and the name of its file: lower-case words joined by hyphens.
        name: What people read.
        kind: One of `KINDS`.
        state: ``current`` or ``future``.
        personas: Names of the personas that it is about.
        scenario: The situation that it starts from.
        goal: What the customer wants.
        scope: From where to where, and what is left out.
        owner: Who looks after it.
        of: Of a future map, the id of the current one that it improves; of a stage zoom, its parent's.
        review_days: After how many days somebody looks at it again; 0 for never.
        segment: Name and value of the segment whose data are laid over it; () for all.
        phases: Across.
        lanes: Down.
        cards: In the cells, each cell's in its order.
        routes: Branches, loops, exits.
        stakeholders: Who has a part in it.
        tags: Free words.
        note: More words.
    """

    id: str
    name: str
    kind: Kind = "journey"
    state: State = "current"
    personas: tuple[str, ...] = ()
    scenario: str = ""
    goal: str = ""
    scope: str = ""
    owner: str = ""
    of: str = ""
    review_days: int = 90
    segment: tuple[str, ...] = ()
    phases: tuple[Phase, ...] = ()
    lanes: tuple[Lane, ...] = ()
    cards: tuple[Card, ...] = ()
    routes: tuple[Route, ...] = ()
    stakeholders: tuple[Stakeholder, ...] = ()
    tags: tuple[str, ...] = ()
    note: str = ""

    def steps(self) -> Iterator[Step]:
        """Yield all steps, left to right."""
        for phase in self.phases:
            yield from phase.steps

    def cell(self, lane: str, step: str) -> tuple[Card, ...]:
        """Return the cards of a lane and a step, in their order."""
        return tuple(card for card in self.cards if card.lane == lane and card.step == step)

    def cards_of(self, *kinds: str) -> tuple[Card, ...]:
        """Return the cards of all lanes of some kinds: ``cards_of("pains")``."""
        lanes = {lane.id for lane in self.lanes if lane.kind in kinds}
        return tuple(card for card in self.cards if card.lane in lanes)
