"""What the simulated world is like, and what was planted in it: the truth that analyses should find again.

Satisfaction has the scale of a standard deviation: 0 is so-so, +1 clearly good, -1 clearly bad.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Final

#: How a stage feels to the average customer when nothing goes wrong.
LEVELS: Final = {
    "awareness": 0.36,
    "consideration": 0.42,
    "purchase": 0.62,
    "onboarding": 0.36,
    "delivery": 0.20,
    "usage": 0.48,
    "support": 0.17,
    "renewal": 0.40,
    "advocacy": 0.75,
}

#: A feeling above PLEASED is a positive word, one below UPSET a negative one.
PLEASED: Final = 0.35
UPSET: Final = -0.15

REGIONS: Final = ("emea", "americas", "apac")
TIERS: Final = ("standard", "vip")
TENURES: Final = ("new", "returning")
ROLES: Final = ("user", "champion", "decision_maker")
CAMPAIGNS: Final = ("lighthouse_tv", "search_brand", "spring_sale", "creator_video")

REGION_SHARES: Final = (0.46, 0.30, 0.24)
VIP_SHARE: Final = 0.14
NEW_SHARE: Final = 0.45
BUSINESS_SHARE: Final = 0.06
MEMBER_SHARE: Final = 0.65
#: Days after the first contact during which a customer counts as new.
NEW_DAYS: Final = 90.0


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that goes wrong.

    Attributes:
        theme: The theme that customers raise about it, at its stage.
        stage: Where it happens.
        chance: Probability per experience of that stage.
        hit: What it takes from the satisfaction.
        resurfaces: Probability that the customer turns to support about it.
        days: Median days until then.
        in_support: The theme that customers raise there.
    """

    theme: str
    stage: str
    chance: float
    hit: float
    resurfaces: float
    days: float
    in_support: str


INCIDENTS: Final = (
    Incident("payment_declined", "purchase", 0.040, 1.4, 0.0, 0.0, "double_charge"),
    Incident("double_charge", "purchase", 0.015, 1.6, 0.50, 0.6, "double_charge"),
    Incident("activation_fails", "onboarding", 0.13, 1.4, 0.22, 0.8, "activation_fails"),
    Incident("late_delivery", "delivery", 0.160, 1.6, 0.40, 2.5, "late_delivery"),
    Incident("damaged_or_wrong", "delivery", 0.065, 1.6, 0.50, 1.2, "damaged_or_wrong"),
    Incident("lost_delivery", "delivery", 0.015, 2.1, 0.65, 3.0, "lost_delivery"),
    Incident("poor_quality", "usage", 0.070, 1.6, 0.35, 3.0, "claim_slow"),
)


@dataclass(frozen=True, slots=True)
class Story:
    """The planted effects, placed in time.

    Attributes:
        start: First day of the world.
        days: How many days it lasts.
        strike_day: Day (from start) on which the courier strike begins; it lasts to the end.
        strike_region: Where it strikes.
        strike_theme: The delivery incident that it multiplies.
        strike_factor: By how much.
        strike_hit: What it takes from every other delivery there.
        activation_day: Day on which the new activation flow begins.
        activation_lift: What it adds to every onboarding from then on.
        newcomer_hit: What being new takes from an onboarding.
        newcomer_region: Where newcomers have it worse still.
        newcomer_region_hit: What that takes.
        vip_lift: What being a VIP adds to every experience.
    """

    start: date
    days: int
    strike_day: float
    activation_day: float
    strike_region: str = "apac"
    strike_theme: str = "late_delivery"
    strike_factor: float = 3.0
    strike_hit: float = 0.35
    activation_lift: float = 0.60
    newcomer_hit: float = 0.35
    newcomer_region: str = "americas"
    newcomer_region_hit: float = 0.50
    vip_lift: float = 0.12

    def to_dict(self) -> dict[str, Any]:
        """Return the effects as plain values, days as dates too, for the truth's ``story.json``."""
        return asdict(self) | {
            "start": self.start.isoformat(),
            "end": (self.start + timedelta(self.days)).isoformat(),
            "strike_date": (self.start + timedelta(self.strike_day)).isoformat(),
            "activation_date": (self.start + timedelta(self.activation_day)).isoformat(),
            "levels": LEVELS,
            "incidents": [asdict(incident) for incident in INCIDENTS],
        }


def tell(start: date, days: int) -> Story:
    """Place the planted effects in time: a strike in the last six weeks, a new activation flow half-way.

    >>> from datetime import date
    >>> tell(date(2025, 11, 1), 365).to_dict()["strike_date"]
    '2026-09-20'
    """
    return Story(start, days, strike_day=max(days - 42.0, days * 0.7), activation_day=days * 0.5)
