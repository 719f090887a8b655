"""Staying, leaving and recommending: relationship surveys, renewals, public praise and warnings."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from touchline.simulation.pools import Floats, Ints
from touchline.simulation.story import UPSET
from touchline.simulation.verbatim_bank import STAGES
from touchline.simulation.walk import Walk

#: A year's membership, in cents.
_FEE: Final = 4900
#: Parts of the world after which everyone is asked about the relationship.
_WAVES: Final = (0.30, 0.80)
#: What a decision to renew weighs: the log odds of the so-so, the mood of many experiences, and the moment.
_STAYS: Final = 1.27
_BY_MOOD: Final = 3.0
_BY_MOMENT: Final = 0.5
#: What people talk about when they are asked about the whole.
_TOPICS: Final = (
    ("usage", 0.34),
    ("delivery", 0.20),
    ("support", 0.14),
    ("purchase", 0.08),
    ("advocacy", 0.24),
)


def relate(walk: Walk, who: Ints, since: Floats, until: Floats, asked: Ints) -> None:
    """Ask about the whole relationship (NPS), in waves; the words speak of whichever stage comes to mind.

    Args:
        walk: The block.
        who: Customers between two orders.
        since: The time since when they are between orders.
        until: Their next order.
        asked: Waves that have passed, by customer; changed here.
    """
    for number, wave in enumerate(_WAVES):
        day = wave * walk.story.days
        # The wave goes out over some days; who is in the middle of an order is asked when it is over.
        at = np.maximum(day, since) + 7.0 * walk.rng.random(len(who))
        reached = (asked[who] == number) & (until > day) & (since < day + 30.0)
        asked[who[until > day]] = np.maximum(asked[who[until > day]], number + 1)
        answers = reached & walk.some(who, 0.38)
        chosen, at = who[answers], walk.awake(who[answers], at[answers])
        topic = walk.rng.choice(
            [STAGES.index(stage) for stage, _ in _TOPICS], len(chosen), p=[share for _, share in _TOPICS]
        )
        felt = 1.15 * walk.mood[chosen] + walk.rng.normal(0.0, 0.45, len(chosen))
        walk.note("relationship_survey", chosen, at, felt=felt, stage=topic)


def renew(walk: Walk, who: Ints, since: Floats, until: Floats, due: Floats) -> npt.NDArray[np.bool_]:
    """Bring memberships up for renewal between two orders: a survey before, then a decision.

    The decision weighs the mood that all experiences have left more than how the renewal itself felt.

    Args:
        walk: The block.
        who: Customers.
        since: The time since when they are between orders.
        until: Their next order.
        due: Day of the next renewal, by customer; changed here.

    Returns:
        Who leaves, as a mask over `who`.
    """
    decides = walk.people.member[who] & (due[who] <= until)
    chosen = who[decides]
    at = walk.awake(chosen, np.maximum(due[chosen], since[decides] + 0.5))
    due[chosen] += 365.0
    mood = walk.mood[chosen]  # before the renewal itself is felt
    felt = walk.feel("renewal", chosen)
    answers = walk.some(chosen, 0.40)
    asked = np.maximum(since[decides], at - 14.0)
    walk.note("renewal_survey", chosen, asked, where=answers, felt=felt)
    stays = walk.some(chosen, 1.0 / (1.0 + np.exp(-_STAYS - _BY_MOOD * mood - _BY_MOMENT * felt)))
    walk.note("renewed", chosen, at, where=stays, cents=np.full(len(chosen), _FEE))
    gone, left_at = chosen[~stays], at[~stays]
    walk.note("cancelled", gone, left_at)
    says_why = walk.some(gone, 0.45)
    regret = np.minimum(felt[~stays], UPSET - 0.1)
    walk.note("cancellation_survey", gone, left_at + 0.02, where=says_why, felt=regret)
    walk.churned[gone] = left_at
    walk.cancelled[gone] = True
    leaves = np.zeros(len(who), dtype=bool)
    leaves[np.flatnonzero(decides)[~stays]] = True
    return leaves


def advocate(walk: Walk, who: Ints, at: Floats) -> None:
    """Recommend, or warn others off: mostly the very happy and the very unhappy speak."""
    mood = walk.mood[who]
    speaks = walk.some(who, np.where(mood > 0.7, 0.10, np.where(mood < -0.7, 0.07, 0.012)))
    chosen = who[speaks]
    day = walk.awake(chosen, at[speaks] + walk.wait(chosen, 1.0))
    felt = 1.2 * walk.mood[chosen] + 0.25 + walk.rng.normal(0.0, 0.3, len(chosen))
    walk.note("public_review", chosen, day, felt=felt)
    refers = walk.some(who, np.where(mood > 0.5, 0.06, 0.004))
    sent = walk.awake(who, at + walk.wait(who, 2.0))
    walk.note("referral_sent", who, sent, where=refers)
