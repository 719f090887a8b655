"""The words of a map: its kinds, and the kinds of its lanes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

#: What a map may be.
Kind = Literal[
    "journey", "day", "support", "blueprint", "empathy", "experience", "zoom", "competitor", "buyer", "account",
    "lifecycle",
]  # fmt: skip
#: The same, with a name that people read and a sentence.
KINDS: Final[dict[Kind, tuple[str, str]]] = {
    "journey": ("Journey map", "What a customer does, thinks and feels from the first need to the last contact."),
    "day": ("Day in the life", "A day, a week or a month of a person, with and without the company."),
    "support": (
        "Customer support experience",
        "A request from its cause to its end: front stage, back stage, technology.",
    ),
    "blueprint": ("Service blueprint", "Who and what delivers each step, above and below the line of visibility."),
    "empathy": ("Empathy map", "What a person says, thinks, does and feels, with pains and gains."),
    "experience": ("Experience map", "How people reach a goal, whatever company they use."),
    "zoom": ("Stage zoom", "One stage of another map, step by step."),
    "competitor": ("Competitor map", "The same steps with us and with others."),
    "buyer": ("Buyer's journey", "From the problem to the purchase."),
    "account": ("Account journey", "An organisation's journey, with a lane for each of its roles."),
    "lifecycle": ("SaaS lifecycle", "Awareness, acquisition and onboarding, adoption, renewal, expansion, advocacy."),
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
        LaneKind("actions", "Actions", evidence=True),
        LaneKind("thoughts", "Thoughts", edge="quote"),
        LaneKind("questions", "Questions", edge="quote", evidence=True),
        LaneKind("motivations", "Motivations"),
        LaneKind("emotions", "Emotion", look="curve"),
        LaneKind("pains", "Pain points", edge="pain", evidence=True),
        LaneKind("happy", "Happy moments", edge="gain", evidence=True),
        LaneKind("touchpoints", "Touchpoints", evidence=True),
        LaneKind("channels", "Channels", evidence=True),
        LaneKind("quotes", "Quotes", edge="quote", evidence=True),
        LaneKind("expectations", "Expectations"),
        LaneKind("kpis", "KPIs", look="figures"),
        LaneKind("measured", "Measured", look="figures"),
        LaneKind("opportunities", "Opportunities", edge="opportunity"),
        LaneKind("solutions", "Solutions and ideas", edge="opportunity"),
        LaneKind("on_stage", "On stage"),
        LaneKind("off_stage", "Off stage"),
        LaneKind("evidence", "Physical evidence"),
        LaneKind("interaction_line", "Line of interaction", look="line"),
        LaneKind("front_stage", "Front stage"),
        LaneKind("visibility_line", "Line of visibility", look="line"),
        LaneKind("back_stage", "Back stage"),
        LaneKind("internal_line", "Line of internal interaction", look="line"),
        LaneKind("support", "Support processes"),
        LaneKind("systems", "Systems"),
        LaneKind("decisions", "Decision points"),
        LaneKind("handoffs", "Hand-offs and waiting"),
        LaneKind("limits", "Technical limits"),
        LaneKind("responsibilities", "Responsibilities"),
        LaneKind("pictures", "Pictures"),
        LaneKind("notes", "Notes"),
        LaneKind("says", "Says", edge="quote", evidence=True),
        LaneKind("thinks", "Thinks", edge="quote"),
        LaneKind("does", "Does", evidence=True),
        LaneKind("feels", "Feels", evidence=True),
        LaneKind("gains", "Gains", edge="gain"),
        LaneKind("role", "Role"),
        LaneKind("competitor", "Competitor"),
        LaneKind("custom", "Lane"),
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
