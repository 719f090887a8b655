"""Cards that other apps put on the overview: alerts, cases due. A page shows nothing where nobody has anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from touchline.figures.markup import Markup, tag

if TYPE_CHECKING:
    from touchline.server.journey.page import Visit

#: From a visit to a card, an element of its own; None where there is nothing to say.
Card = Callable[["Visit"], "Markup | None"]
_cards: Final[list[Card]] = []


def add_card(card: Card) -> None:
    """Put a card on the overview, after those that are there. It is asked at every visit, and never remembered."""
    if card not in _cards:
        _cards.append(card)


def cards(visit: Visit) -> Markup:
    """Return the cards that have something to say."""
    found = [made for card in _cards if (made := card(visit)) is not None]
    return tag("section", found, class_="cards") if found else Markup("")
