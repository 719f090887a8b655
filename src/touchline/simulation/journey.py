"""The life of customers from the first advertisement to the last order."""

from __future__ import annotations

from typing import Final

import numpy as np

from touchline.simulation.fulfilment import deliver, onboard, order, use
from touchline.simulation.helping import seek_help
from touchline.simulation.loyalty import advocate, relate, renew
from touchline.simulation.pools import Floats, Ints
from touchline.simulation.walk import Walk

_MOST_ORDERS: Final = 12


def live(walk: Walk) -> None:
    """Walk all customers of a block through the world."""
    who, at = discover(walk)
    asked = np.zeros(len(walk.people), dtype=np.int64)
    settled_in = np.zeros(len(walk.people), dtype=bool)
    due = walk.people.renews.copy()
    first = walk.people.newcomer[who]
    due[who[first]] += at[first]
    for _ in range(_MOST_ORDERS):
        inside = at < walk.story.days
        who, at = who[inside], at[inside]
        if not len(who):
            break
        at = order(walk, who, at)
        # Newcomers open their account with the first order, older customers some day.
        onboards = ~settled_in[who] & (walk.people.newcomer[who] | walk.some(who, 0.16))
        settled_in[who[onboards]] = True
        onboard(walk, who[onboards], at[onboards])
        at = deliver(walk, who, at)
        settled = use(walk, who, at)
        other = walk.some(who, 0.07)
        seek_help(walk, who[other], settled[other])
        advocate(walk, who, settled)

        onwards = walk.calendar.later(settled, walk.wait(who, 58.0, 0.6) * np.exp(-0.25 * walk.mood[who]))
        onwards = walk.awake(who, onwards)
        stays = ~walk.some(who, 1.0 / (1.0 + np.exp(3.2 + 1.7 * walk.mood[who])))
        walk.churned[who[~stays]] = settled[~stays]
        who, settled, onwards = who[stays], settled[stays], onwards[stays]

        relate(walk, who, settled, onwards, asked)
        leaves = renew(walk, who, settled, onwards, due)
        who, at = who[~leaves], onwards[~leaves]


def discover(walk: Walk) -> tuple[Ints, Floats]:
    """Let newcomers hear of the company and look around.

    Returns:
        Who will order, and when: newcomers that were won, and everyone who has been a customer before.
    """
    newcomer = walk.people.newcomer
    who = np.flatnonzero(newcomer)
    # Nobody comes after the world's end, or there would be customers of whom nothing is known.
    at = np.minimum(walk.awake(who, walk.people.enters[who]), walk.story.days - 0.001)
    walk.note("first_visit", who, at)
    at = at + 0.0005
    felt = walk.feel("awareness", who)
    clicks = walk.some(who, 0.6)
    walk.note("ad_clicked", who, at, where=clicks)
    posts = walk.some(who, 0.10)
    walk.note("brand_post", who, at + 0.02, where=posts, felt=felt)
    asked = walk.some(who, 0.12)
    walk.note("brand_survey", who, at + 0.05, where=asked, felt=felt)

    at = walk.awake(who, at + walk.wait(who, 2.0, 0.9))
    felt = walk.feel("consideration", who)
    walk.note("product_viewed", who, at)
    chats = walk.some(who, 0.20)
    walk.note("presales_chat", who, at + 0.01, where=chats, felt=felt)
    again = walk.some(who, 0.5)
    later = walk.awake(who, at + 0.1 + walk.wait(who, 1.0, 0.8))
    walk.note("product_viewed", who, later, where=again)
    asked = walk.some(who, 0.13)
    walk.note("website_survey", who, later + 0.02, where=asked, felt=felt)

    won = ~walk.some(who, 1.0 / (1.0 + np.exp(1.3 + 1.0 * felt)))
    known = np.flatnonzero(~newcomer)
    orders_at = np.concatenate([later[won] + 0.04, walk.awake(known, walk.people.enters[known])])
    return np.concatenate([who[won], known]), orders_at
