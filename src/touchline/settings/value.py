"""``[value]``: what counts as money, when a customer is lost, and how far to look ahead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, cast

from touchline.settings.section import Section

Churn: TypeAlias = Literal["auto", "contract", "inactivity"]

CHURNS: Final = ("auto", "contract", "inactivity")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
#: The parts of a health score, in the order in which they are shown.
HEALTH: Final = ("experience", "trend", "recency", "activity", "trouble")


@dataclass(frozen=True, slots=True)
class Health:
    """``[value.health]``: how much each part of a health score weighs; only their ratios matter."""

    experience: float = 35.0
    trend: float = 10.0
    recency: float = 25.0
    activity: float = 15.0
    trouble: float = 15.0


@dataclass(frozen=True, slots=True)
class Value:
    """``[value]``: what money, churn and renewal mean here. Steps are written in the step language.

    Attributes:
        currency: ISO 4217, what money is shown in; empty takes the one that most amounts are in.
        rates: A CSV file of ``date,currency,rate`` beside ``touchline.toml``; empty for none.
        rate_days: How long a rate holds after its date, in days.
        revenue: The step whose value is revenue; empty takes every interaction that has one.
        churn: How a customer is lost: by a contract that ends or by inactivity; ``auto`` looks which events there are.
        active: The step that shows a customer is alive, for inactivity; empty takes revenue, else anything.
        inactive: Days without it after which a customer is lost.
        start: The step with which a contract begins; empty for none.
        renewal: The step with which it is renewed; empty takes the usual names.
        cancel: The step with which it is ended; empty takes the usual names.
        contract_end: An attribute that holds the date on which the contract ends; empty for none.
        term: Length of a contract in days, where no attribute says its end.
        grace: Days after the end in which a renewal still counts.
        lead: Days before the end at which a renewal is foretold.
        ahead: Days within which a loss by inactivity is foretold.
        horizon: Days that revenue at risk and lifetime value look ahead.
        discount: Yearly rate at which later money counts less.
        cost_missed: What a lost customer costs whom nobody warned of.
        cost_alarm: What a warning costs about a customer who would have stayed.
        health: The weights of the health score.
    """

    currency: str = ""
    rates: str = ""
    rate_days: float = 31.0
    revenue: str = ""
    churn: Churn = "auto"
    active: str = ""
    inactive: float = 180.0
    start: str = ""
    renewal: str = ""
    cancel: str = ""
    contract_end: str = ""
    term: float = 365.0
    grace: float = 30.0
    lead: float = 30.0
    ahead: float = 90.0
    horizon: float = 365.0
    discount: float = 0.10
    cost_missed: float = 5.0
    cost_alarm: float = 1.0
    health: Health = Health()


def read_value(section: Section) -> Value:
    """Read ``[value]``; what is wrong is noted at its key."""
    d = Value()
    found = Value(
        currency=section.text("currency", d.currency),
        rates=section.text("rates", d.rates),
        rate_days=section.days("rate_days", d.rate_days),
        revenue=section.text("revenue", d.revenue),
        churn=cast(Churn, section.text("churn", d.churn, among=CHURNS)),
        active=section.text("active", d.active),
        inactive=section.days("inactive", d.inactive),
        start=section.text("start", d.start),
        renewal=section.text("renewal", d.renewal),
        cancel=section.text("cancel", d.cancel),
        contract_end=section.text("contract_end", d.contract_end),
        term=section.days("term", d.term),
        grace=section.days("grace", d.grace),
        lead=section.days("lead", d.lead),
        ahead=section.days("ahead", d.ahead),
        horizon=section.days("horizon", d.horizon),
        discount=section.number("discount", d.discount, 0, 10),
        cost_missed=section.number("cost_missed", d.cost_missed, 0, 1e12),
        cost_alarm=section.number("cost_alarm", d.cost_alarm, 0, 1e12),
        health=_health(section.table("health")) if section.has("health") else d.health,
    )
    if found.currency and not _CURRENCY.fullmatch(found.currency):
        section.wrong("currency", f"'{found.currency}' is no currency; use three capital letters such as EUR")
    section.close()
    return found


def _health(section: Section) -> Health:
    weights = {name: section.number(name, getattr(Health(), name), 0, 1e6) for name in HEALTH}
    if not any(weights.values()):
        section.wrong("", "one weight at least must be above 0")
    section.close()
    return Health(**weights)
