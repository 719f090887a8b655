"""The customers of one block of the world: who they are before anything happens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from touchline.simulation.pools import Floats, Ints
from touchline.simulation.seasons import Seasons
from touchline.simulation.story import (
    BUSINESS_SHARE,
    MEMBER_SHARE,
    NEW_SHARE,
    REGION_SHARES,
    REGIONS,
    ROLES,
    VIP_SHARE,
    Story,
)

#: Business customers who stand next to each other share an account.
_PEOPLE_PER_ACCOUNT = 50


@dataclass(frozen=True, slots=True)
class People:
    """Customers, one per position.

    Attributes:
        first: The number of the first one in the world.
        joined: Day (from start) of the first contact; returning customers joined before day 0.
        enters: Day on which they enter the world.
        newcomer: Is the first contact inside the world?
        region: Codes into `REGIONS`.
        vip: Of the tier ``vip``?
        language: Codes into `LANGUAGES`.
        account: Number of the organisation, -1 for a private person.
        role: Codes into `ROLES`, -1 for a private person.
        member: Has a membership that comes up for renewal?
        renews: Day on which it does; for newcomers counted from their first order.
        disposition: Satisfaction at the start.
    """

    first: int
    joined: Floats
    enters: Floats
    newcomer: npt.NDArray[np.bool_]
    region: Ints
    vip: npt.NDArray[np.bool_]
    language: Ints
    account: Ints
    role: Ints
    member: npt.NDArray[np.bool_]
    renews: Floats
    disposition: Floats

    def __len__(self) -> int:
        """How many they are."""
        return len(self.joined)


def populate(rng: np.random.Generator, story: Story, seasons: Seasons, first: int, count: int) -> People:
    """Make the customers of a block.

    Args:
        rng: The block's source of chance.
        story: The planted effects.
        seasons: When people are busy.
        first: The number of the first customer.
        count: How many to make.
    """
    newcomer = rng.random(count) < NEW_SHARE
    region = rng.choice(len(REGIONS), count, p=REGION_SHARES)
    vip = rng.random(count) < VIP_SHARE
    # Newcomers arrive all year long; who was there before places the next order in the first months.
    arrival = rng.random(count) * np.where(newcomer, 1.0, 0.3)
    enters = seasons.at_share(arrival)
    before = rng.exponential(500.0, count) + 100.0
    tongue = rng.random(count)
    german = (region == 0) & (tongue < 0.10)
    spanish = (region == 0) & (tongue > 0.96) | (region == 1) & (tongue > 0.92)
    business = rng.random(count) < BUSINESS_SHARE
    number = first + np.arange(count)
    role = rng.choice(len(ROLES), count, p=(0.6, 0.25, 0.15))
    return People(
        first=first,
        joined=np.where(newcomer, enters, -before),
        enters=enters,
        newcomer=newcomer,
        region=region,
        vip=vip,
        language=np.where(german, 1, np.where(spanish, 2, 0)),
        account=np.where(business, number // _PEOPLE_PER_ACCOUNT, -1),
        role=np.where(business, role, -1),
        member=rng.random(count) < MEMBER_SHARE,
        renews=np.where(newcomer, 182.0, rng.uniform(20.0, 1.0 * story.days + 20.0, count)),
        disposition=rng.normal(0.30, 0.55, count),
    )
