"""Cards that a map shares with the one that it improves: one thing to do, that stands in both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from typing import TypeAlias

from touchline.maps import Map
from touchline.maps.model import Card
from touchline.overlay.gaps import ANSWERS
from touchline.overlay.values import Priority

#: A map's id and a card's.
Key: TypeAlias = tuple[str, str]


def twins(maps: Sequence[Map]) -> dict[Key, Key]:
    """Return the opportunities and solutions of future maps that stand in the current map too, and where.

    They are the same where the two maps say the same under one id; put otherwise in one of them, they are two.

    >>> from touchline.maps.model import Lane
    >>> lanes = (Lane("ideas", "opportunities"),)
    >>> now = Map("buy", "Buy", lanes=lanes, cards=(Card("tell", "ideas", "s", "Tell them"),))
    >>> shall = replace(now, id="buy-future", state="future", of="buy")
    >>> twins([now, shall])
    {('buy-future', 'tell'): ('buy', 'tell')}
    >>> twins([shall])
    {}
    """
    by_id = {one.id: one for one in maps}
    cards = {one.id: {card.id: card for card in one.cards_of(*ANSWERS)} for one in maps}
    found: dict[Key, Key] = {}
    for where in maps:
        for card in cards[where.id].values():
            home, seen = where, {where.id}
            while home.state == "future" and home.of in by_id and home.of not in seen:
                if not _same(card, cards[home.of].get(card.id)):
                    break
                home = by_id[home.of]
                seen.add(home.id)
            if home is not where:
                found[where.id, card.id] = (home.id, card.id)
    return found


def _same(one: Card, other: Card | None) -> bool:
    return other is not None and (one.text, one.theme) == (other.text, other.theme)


def places(known: Mapping[Key, Key], key: Key) -> list[Key]:
    """Return every place of a card, the one that it is shown at first.

    >>> places({("buy-future", "tell"): ("buy", "tell")}, ("buy-future", "tell"))
    [('buy', 'tell'), ('buy-future', 'tell')]
    """
    home = known.get(key, key)
    return [home, *(one for one, there in known.items() if there == home)]


def once(found: Sequence[Priority], known: Mapping[Key, Key]) -> tuple[Priority, ...]:
    """Return priorities with each card once, ranked without those that are left out."""
    ranks = count(1)
    return tuple(
        replace(one, rank=next(ranks)) if one.rank else one for one in found if (one.map, one.card) not in known
    )
