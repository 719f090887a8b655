"""From the order to the product in use: purchase, onboarding, delivery, usage."""

from __future__ import annotations

import numpy as np

from touchline.simulation.helping import resurface
from touchline.simulation.pools import Floats, Ints
from touchline.simulation.story import INCIDENTS, REGIONS
from touchline.simulation.walk import Walk

_KINDS = {incident.theme: number for number, incident in enumerate(INCIDENTS)}


def order(walk: Walk, who: Ints, at: Floats) -> Floats:
    """Place an order.

    Args:
        walk: The block.
        who: Customers.
        at: When they begin.

    Returns:
        When the order stands.
    """
    kind, incident, hit = walk.befall("purchase", who, at, {})
    felt = walk.feel("purchase", who, -hit)
    failed = kind == _KINDS["payment_declined"]
    walk.note("payment_failed", who, at, where=failed, kind=kind, incident=incident)
    at = at + np.where(failed, 0.012, 0.002)
    cents = np.rint(walk.rng.lognormal(4.2, 0.75, len(who)) * np.where(walk.people.vip[who], 160.0, 100.0))
    walk.note("order_placed", who, at, cents=cents.astype(np.int64))
    asks = walk.some(who, np.where(felt < 0, 0.08, 0.02))
    walk.note("order_question", who, at + 0.03, where=asks, felt=felt, kind=kind, incident=incident)
    answers = walk.some(who, 0.15)
    walk.note("post_purchase_survey", who, at + 0.06, where=answers, felt=felt, kind=kind, incident=incident)
    resurface(walk, who, at, kind, incident)
    return at


def onboard(walk: Walk, who: Ints, at: Floats) -> None:
    """Open and activate an account; newcomers find it harder, the new activation flow makes it easier."""
    story, people = walk.story, walk.people
    renewed = at >= story.activation_day
    region = REGIONS.index(story.newcomer_region)
    hard = story.newcomer_hit + story.newcomer_region_hit * (people.region[who] == region)
    shift = story.activation_lift * renewed - hard * people.newcomer[who]
    factors = np.where(renewed, 0.45, 1.0) * np.where(people.newcomer[who], 1.2, 0.7)
    kind, incident, hit = walk.befall("onboarding", who, at, {"activation_fails": factors})
    felt = walk.feel("onboarding", who, shift - hit)
    at = at + 0.004
    walk.note("account_created", who, at)
    active = at + walk.wait(who, np.where(renewed, 0.01, 0.03), 0.8) + np.where(kind >= 0, 0.8, 0.0)
    manages = ~walk.some(who, np.where(kind >= 0, 0.30, 0.03))
    walk.note("account_activated", who, active, where=manages)
    asks = walk.some(who, np.where(kind >= 0, 0.40, np.where(felt < 0, 0.10, 0.03)))
    walk.note("activation_question", who, at + 0.02, where=asks, felt=felt, kind=kind, incident=incident)
    answers = walk.some(who, 0.34)
    later = walk.awake(who, active + 0.3)
    walk.note("onboarding_survey", who, later, where=answers, felt=felt, kind=kind, incident=incident)
    resurface(walk, who, at, kind, incident)


def deliver(walk: Walk, who: Ints, at: Floats) -> Floats:
    """Send the parcel. Incidents are felt here, and come back in support; a strike multiplies them.

    Returns:
        When the parcel arrived, or would have.
    """
    story = walk.story
    shipped = at + 0.3 + walk.wait(who, 0.6, 0.4)
    due = shipped + 2.0
    strikes = (due >= story.strike_day) & (walk.people.region[who] == REGIONS.index(story.strike_region))
    worse = np.where(strikes, story.strike_factor, 1.0)
    kind, incident, hit = walk.befall("delivery", who, due, {story.strike_theme: worse})
    felt = walk.feel("delivery", who, -hit - story.strike_hit * strikes)
    late, lost = kind == _KINDS["late_delivery"], kind == _KINDS["lost_delivery"]
    walk.note("order_shipped", who, shipped)
    asks = walk.some(who, np.where(late | lost, 0.40, np.where(felt < 0, 0.08, 0.03)))
    worried = walk.awake(who, due + walk.wait(who, 0.8))
    walk.note("parcel_question", who, worried, where=asks, felt=felt, kind=kind, incident=incident)
    delay = np.where(late, walk.wait(who, 5.0, 0.5), 0.0)
    arrived = walk.awake(who, shipped + walk.wait(who, 1.3, 0.3) + delay)
    walk.note("parcel_delivered", who, arrived, where=~lost)
    answers = walk.some(who, np.where(felt < 0, 0.36, 0.30))
    walk.note("post_delivery_survey", who, arrived + 0.25, where=answers, felt=felt, kind=kind, incident=incident)
    resurface(walk, who, np.where(late | lost, due, arrived), kind, incident)
    return arrived


def use(walk: Walk, who: Ints, at: Floats) -> Floats:
    """Use what was bought; the unhappy log in less.

    Returns:
        When the customer has got used to it.
    """
    kind, incident, hit = walk.befall("usage", who, at + 3.0, {})
    felt = walk.feel("usage", who, -hit)
    visits = walk.rng.poisson(0.8 * np.exp(0.35 * np.clip(walk.mood[who], -2.0, 2.0)))
    day = at
    for visit in range(5):
        day = walk.awake(who, day + 0.5 + walk.wait(who, 4.0, 0.8))
        comes = visits > visit
        walk.note("login", who, day, where=comes)
    reviews = walk.some(who, np.where(np.abs(felt) > 1.0, 0.16, 0.08))
    reviewed = walk.awake(who, at + 2.0 + walk.wait(who, 6.0))
    walk.note("product_review", who, reviewed, where=reviews, felt=felt, kind=kind, incident=incident)
    answers = walk.some(who, 0.12)
    asked = walk.awake(who, at + 1.0 + walk.wait(who, 8.0))
    walk.note("in_app_feedback", who, asked, where=answers, felt=felt, kind=kind, incident=incident)
    resurface(walk, who, at + 3.0, kind, incident)
    return np.asarray(at + 5.0 + walk.wait(who, 6.0))
