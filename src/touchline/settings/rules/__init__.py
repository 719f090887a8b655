"""The rule language: which customers a segment, a persona, a lifecycle status or a proxy is about.

A rule is asked as of a date ``at``. ``N d`` is the span ``(at - N days, at]``; ``w`` stands for weeks.

    rule       = all ("or" all)* ;   all = one ("and" one)* ;   one = "not" one | "(" rule ")" | condition

    attributes   tier = vip              the value that held at that date; =, != < <= > >=
                 seats >= 100            compared as numbers, or as dates: renewal < 2026-12-31
                 region in (emea, "north america"), region not in (emea)
    place        stage = delivery        the progress stage that the customer holds; also in, not in
    behaviour    orders >= 3 in 90 d     how often
                 log-ins down 50 % in 28 d   against the span before it; up too; without a span, 28 d
                 no login for 30 d       not once in the span; without "for", not once ever
    scores       nps <= 6                the latest answer; also csat, ces, rating; with "in 90 d", if within
                 detractor               the latest NPS answer is one; also passive, promoter
                 detractor twice in 180 d    at least twice: once, twice, thrice, 4 times
                 csat dissatisfied       the same for csat, ces and rating; also neutral, satisfied
                 ces hard                hard is dissatisfied, easy is satisfied
                 jsi < 40, jsi at risk   the person's standing JSI, or its band: at risk, watch, healthy
    lifecycle    seen within 60 d, first seen within 30 d, not seen for 90 d
                 new, active, lapsed, at risk, advocate, prospect     as [lifecycle] declares them
    measures     wait_minutes > 2 * target(30)      in proxies: against a limit, written as a product

Words are compared without regard to case. A name or value that is not one plain word, or that has a meaning
of its own, stands in quotes: ``"first name" = "Ann"``, ``"nps" = high``. What is not known meets no
condition, so that ``tier != vip`` leaves out customers without a tier and ``not tier = vip`` takes them in.
How nouns find their events: `touchline.settings.rules.events`.

>>> Rule.parse("usage down 30 % and (tier = VIP or seats >= 100)").tree
And(parts=(Changed(event='*', direction='down', percent=30.0, days=28.0), \
Or(parts=(Compare(name='tier', operator='=', value='VIP'), \
Compare(name='seats', operator='>=', value=100.0)))))
>>> Rule.parse("detractor twice in 26 weeks").tree
Answered(kind='nps', sign=-1, times=2, days=182.0)
>>> print(Rule.parse("NOT  no log-ins for 2w"))
not no log-ins for 14 d
>>> Rule.parse("seats >= lots")
Traceback (most recent call last):
...
touchline.errors.SettingsError: expected a number or a date (2026-01-31), not 'lots'
    seats >= lots
             ^
"""

from __future__ import annotations

from dataclasses import dataclass, field

from touchline.settings.rules.parser import ANSWER_KINDS, LIFECYCLE, Parser
from touchline.settings.rules.tree import Leaf, Node, leaves
from touchline.settings.rules.writer import written

__all__ = ["ANSWER_KINDS", "LIFECYCLE", "Leaf", "Node", "Rule", "leaves", "parse_days", "written"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that was read. Two rules are equal when they say the same, however they are spaced.

    Attributes:
        tree: What it says.
        text: As it was written.
    """

    tree: Node
    text: str = field(compare=False, repr=False)

    @classmethod
    def parse(cls, text: str, where: str = "") -> Rule:
        """Read a rule.

        Args:
            text: The rule.
            where: What an error names as the place.

        Raises:
            SettingsError: With the rule, a caret where it stopped making sense, and what was expected there.
        """
        return cls(Parser(text, where).tree(), text)

    def __str__(self) -> str:
        """The rule in its canonical form."""
        return written(self.tree)


def parse_days(text: str, where: str = "") -> float:
    """Read a span of time as days.

    >>> parse_days("30d"), parse_days("4 weeks")
    (30.0, 28.0)

    Raises:
        SettingsError: It is no span.
    """
    return Parser(text, where).days()
