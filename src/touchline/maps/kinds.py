"""The words of a map: its kinds, and the kinds of its lanes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from touchline.words import phrase

#: What a map may be.
Kind = Literal[
    "journey", "day", "support", "blueprint", "empathy", "experience", "zoom", "competitor", "buyer", "account",
    "lifecycle",
]  # fmt: skip
#: The same, with a name that people read and a sentence.
KINDS: Final[dict[Kind, tuple[str, str]]] = {
    "journey": (
        phrase("Journey map"),
        phrase("What a customer does, thinks and feels from the first need to the last contact."),
    ),
    "day": (phrase("Day in the life"), phrase("A day, a week or a month of a person, with and without the company.")),
    "support": (
        phrase("Customer support experience"),
        phrase("A request from its cause to its end: front stage, back stage, technology."),
    ),
    "blueprint": (
        phrase("Service blueprint"),
        phrase("Who and what delivers each step, above and below the line of visibility."),
    ),
    "empathy": (phrase("Empathy map"), phrase("What a person says, thinks, does and feels, with pains and gains.")),
    "experience": (phrase("Experience map"), phrase("How people reach a goal, whatever company they use.")),
    "zoom": (phrase("Stage zoom"), phrase("One stage of another map, step by step.")),
    "competitor": (phrase("Competitor map"), phrase("The same steps with us and with others.")),
    "buyer": (phrase("Buyer's journey"), phrase("From the problem to the purchase.")),
    "account": (phrase("Account journey"), phrase("An organisation's journey, with a lane for each of its roles.")),
    "lifecycle": (
        phrase("SaaS lifecycle"),
        phrase("Awareness, acquisition and onboarding, adoption, renewal, expansion, advocacy."),
    ),
}

#: Whether a map shows what is or what shall be.
State = Literal["current", "future"]

#: How a lane's cells are drawn: cards; one curve through all steps; figures; the words that draw a line across.
Look = Literal["cards", "curve", "figures", "line"]


@dataclass(frozen=True, slots=True)
class LaneKind:
    """What a lane can hold.

    Attributes:
        name: In files: ``pains``.
        title: What people read, before they change it.
        look: How its cells are drawn.
        edge: What its cards' edge says: ``pain``, ``gain``, ``opportunity``, ``quote`` or nothing.
        evidence: Whether a card there is a claim about customers that data can back or refute.
    """

    name: str
    title: str
    look: Look = "cards"
    edge: str = ""
    evidence: bool = False


def _lane_kinds() -> dict[str, LaneKind]:
    kinds = (
        LaneKind("actions", phrase("Actions"), evidence=True),
        LaneKind("thoughts", phrase("Thoughts"), edge="quote"),
        LaneKind("questions", phrase("Questions"), edge="quote", evidence=True),
        LaneKind("motivations", phrase("Motivations")),
        LaneKind("emotions", phrase("Emotion"), look="curve"),
        LaneKind("pains", phrase("Pain points"), edge="pain", evidence=True),
        LaneKind("happy", phrase("Happy moments"), edge="gain", evidence=True),
        LaneKind("touchpoints", phrase("Touchpoints"), evidence=True),
        LaneKind("channels", phrase("Channels"), evidence=True),
        LaneKind("quotes", phrase("Quotes"), edge="quote", evidence=True),
        LaneKind("expectations", phrase("Expectations")),
        LaneKind("kpis", "KPIs", look="figures"),
        LaneKind("measured", phrase("Measured"), look="figures"),
        LaneKind("opportunities", phrase("Opportunities"), edge="opportunity"),
        LaneKind("solutions", phrase("Solutions and ideas"), edge="opportunity"),
        LaneKind("on_stage", phrase("On stage")),
        LaneKind("off_stage", phrase("Off stage")),
        LaneKind("evidence", phrase("Physical evidence")),
        LaneKind("interaction_line", phrase("Line of interaction"), look="line"),
        LaneKind("front_stage", phrase("Front stage")),
        LaneKind("visibility_line", phrase("Line of visibility"), look="line"),
        LaneKind("back_stage", phrase("Back stage")),
        LaneKind("internal_line", phrase("Line of internal interaction"), look="line"),
        LaneKind("support", phrase("Support processes")),
        LaneKind("systems", phrase("Systems")),
        LaneKind("decisions", phrase("Decision points")),
        LaneKind("handoffs", phrase("Hand-offs and waiting")),
        LaneKind("limits", phrase("Technical limits")),
        LaneKind("responsibilities", phrase("Responsibilities")),
        LaneKind("pictures", phrase("Pictures")),
        LaneKind("notes", phrase("Notes")),
        LaneKind("says", phrase("Says"), edge="quote", evidence=True),
        LaneKind("thinks", phrase("Thinks"), edge="quote"),
        LaneKind("does", phrase("Does"), evidence=True),
        LaneKind("feels", phrase("Feels"), evidence=True),
        LaneKind("gains", phrase("Gains"), edge="gain"),
        LaneKind("role", phrase("Role")),
        LaneKind("competitor", phrase("Competitor")),
        LaneKind("custom", phrase("Lane")),
    )
    return {kind.name: kind for kind in kinds}


#: Every kind of lane by its name.
LANE_KINDS: Final = _lane_kinds()

#: What a card's status may be, in the order of a roadmap.
STATUSES: Final = ("idea", "planned", "doing", "done", "dropped")
#: How much a pain point hurts: barely; there is a way around it; the customer gives up.
SEVERITIES: Final = ("trivial", "work-around", "gives up")
#: How a route leaves a step: one of several ways on; back to an earlier step; out of the journey.
ROUTES: Final = ("branch", "loop", "exit")
