"""What a taxonomy is made of: stages, sub-stages, touchpoints and themes. Values only; they know no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["progress", "recurring"]
Polarity = Literal["pain", "delight"]
Ownership = Literal["owned", "earned", "paid"]

KINDS: Final[tuple[Kind, ...]] = ("progress", "recurring")
POLARITIES: Final[tuple[Polarity, ...]] = ("pain", "delight")
OWNERSHIPS: Final[tuple[Ownership, ...]] = ("owned", "earned", "paid")


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """Where customer and company meet: a courier at the door, a checkout page, a call.

    Attributes:
        id: Unique in the taxonomy, lower_snake_case.
        name: As people say it; unique in the taxonomy too.
        stage: Id of its stage.
        sub_stage: Id of its sub-stage.
        description: What happens there.
        channels: Media that it happens in; they imply nothing.
        sources: Systems whose records are about it; they imply its stage.
        events: Behavioural events that happen at it; they imply its stage.
        keywords: Words that name it in a text.
        ownership: Who owns the medium: ``owned``, ``earned`` or ``paid``.
        owner: Team or person who answers for it; empty when nobody does.
    """

    id: str
    name: str
    stage: str
    sub_stage: str
    description: str
    channels: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    ownership: Ownership = "owned"
    owner: str = ""


@dataclass(frozen=True, slots=True)
class SubStage:
    """A step within a stage.

    Attributes:
        id: The stage's id, a dot, and its own: ``delivery.shipping``.
        name: As people say it.
        description: What the customer does in it.
        touchpoints: Where customer and company meet in it.
    """

    id: str
    name: str
    description: str
    touchpoints: tuple[Touchpoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Theme:
    """A topic that customers raise.

    Attributes:
        id: Unique in the taxonomy, lower_snake_case.
        name: A finding that can be read as it stands: "Parcel arrives later than promised".
        stage: Id of the stage where it is born; customers may speak of it at any other.
        polarity: ``pain`` or ``delight``.
        phrases: Short word sequences, as customers write them, that speak of it.
    """

    id: str
    name: str
    stage: str
    polarity: Polarity
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of the customer's journey.

    Attributes:
        id: Unique in the taxonomy, lower_snake_case.
        name: As people say it.
        kind: ``progress`` (customers pass it in order) or ``recurring`` (it may happen at any time).
        description: Which experiences belong to it.
        aliases: Other names that people and files use for it.
        target: The JSI that its owner aims for, 0 to 100; None when nobody set one.
        owner: Team or person who answers for it; empty when nobody does.
        channels: Media that hint at it.
        sources: Systems and survey programmes that imply it.
        events: Behavioural events that put a customer on it.
        keywords: Words and short phrases that speak of it and of no other stage.
        examples: Sentences about it as customers say them.
        sub_stages: Its steps, in order.
        themes: The topics that are born in it.
    """

    id: str
    name: str
    kind: Kind
    description: str
    aliases: tuple[str, ...] = ()
    target: float | None = None
    owner: str = ""
    channels: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    sub_stages: tuple[SubStage, ...] = ()
    themes: tuple[Theme, ...] = ()
