"""Rare but severe: single items that must be seen, however few they are.

A fact, not a test: each item alarms, once per customer in ``quiet_days``, and takes nothing of the alarm budget. Which
items these are, `reasons` tells from what was understood of a mention and from its words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from touchline.detection.base import Alarm, Evidence, State, register
from touchline.detection.checking import whole
from touchline.detection.days import local_days, spans
from touchline.detection.once import first_of
from touchline.detection.stepping import Stepping

#: From this severity on (safety, legal, money or a threat to leave).
SEVERE: Final = 3.0
SAFETY, LEGAL, REGULATOR, CHURN, REACH, OTHER = "safety", "legal", "regulator", "churn", "reach", "severe"
#: What a severe item is about, in the order in which it is to be looked at.
REASONS: Final = (SAFETY, REGULATOR, LEGAL, CHURN, REACH, OTHER)
#: Stems that name the matter, in the languages that are shipped; they are looked for in severe or angry mentions only.
_WORDS: Final = {
    SAFETY: r"injur|burn(?:ed|t)|caught fire|on fire|explod|unsafe|dangerous|electric shock|hospital|poison|allerg"
    r"|verletz|gefährlich|explodier|stromschlag|krankenhaus|vergift|lesion|peligros|incendi|hospital|intoxic",
    REGULATOR: r"regulator|ombuds|authorit|consumer protection|trading standards|data protection|gdpr|watchdog|\bfca\b"
    r"|\bcfpb\b|\bbbb\b|behörde|verbraucherzentrale|aufsicht|datenschutz|dsgvo|protección de datos|consumo|\brgpd\b",
    LEGAL: r"lawyer|solicitor|attorney|lawsuit|\bsue\b|suing|legal action|small claims|\bcourt\b|fraud"
    r"|anwalt|rechtsanw|klage|gericht|anzeige|betrug|abogad|demanda|denuncia|tribunal|fraude|estafa",
    REACH: r"journalist|newspaper|the press|viral|go(?:ing)? public|twitter|tiktok|instagram|youtube|trustpilot"
    r"|followers|presse|zeitung|öffentlich machen|periodista|prensa|redes sociales",
    CHURN: r"cancel(?:l?ing|led)? (?:my|our|the)|switch(?:ing)? to|leaving you|never again|close my account"
    r"|last time i|kündig|wechsle|nie wieder|darme de baja|cancelar (?:mi|el|la)|nunca más|cambiarme a",
}
_FOUND: Final = {name: re.compile(words, re.IGNORECASE) for name, words in _WORDS.items()}


def reasons(*, severity: float, sentiment: int, intent: str, theme: str = "", text: str = "") -> tuple[str, ...]:
    """Return why a mention is severe: some of `REASONS`, in their order; none where it is not.

    Args:
        severity: As understood: 0.5, 1, 2 or 3.
        sentiment: -1, 0 or 1.
        intent: As understood; ``cancel`` is a threat to leave.
        theme: Its theme's name, if any; read as words.
        text: Its words.

    >>> reasons(severity=3, sentiment=-1, intent="complaint", text="It caught fire. My lawyer will call you.")
    ('safety', 'legal')
    >>> reasons(severity=1, sentiment=1, intent="praise", text="My lawyer friend loves it")
    ()
    """
    if sentiment >= 0 and intent != "cancel":
        return ()
    grave = severity >= SEVERE or intent == "cancel"
    if not grave and severity < SEVERE - 1:
        return ()
    words = f"{theme} {text}"
    named = {name for name, pattern in _FOUND.items() if pattern.search(words)}
    if intent == "cancel":
        named.add(CHURN)
    if grave and not named:
        named.add(OTHER)
    return tuple(name for name in REASONS if name in named)


@register
@dataclass(frozen=True)
class Severe(Stepping):
    """Alarm at each item: the evidence is the severe ones alone.

    Attributes:
        quiet_days: Days in which one customer alarms once; 0 alarms at every item.
        zone: The reporting zone.

    >>> from touchline.detection.base import evidence
    >>> watch = Severe()
    >>> state, alarms = watch.run(watch.start(), evidence([10, 20, 30], [0, 0, 0], customer=[1, 1, 2]))
    >>> [alarm.at for alarm in alarms]
    [10, 30]
    """

    kind: ClassVar[str] = "severe"

    quiet_days: int = 7
    zone: str = "UTC"

    def __post_init__(self) -> None:
        """Refuse what it cannot work with."""
        whole(self, "quiet_days")

    def start(self, history: Evidence | None = None) -> State:
        """Return the state before the first item: who was severe of late does not alarm again."""
        state: State = {"seen": [], "day": None}
        if history is None or not len(history):
            return state
        return self.run(state, history[np.argsort(history.at, kind="stable")])[0]

    def run(self, state: State, evidence: Evidence) -> tuple[State, list[Alarm]]:
        """Return the state after some items, and an alarm of each that is not a customer's second."""
        alarms: list[Alarm] = []
        clock = np.maximum.accumulate(local_days(evidence.at, self.zone))
        if state["day"] is not None:
            clock = np.maximum(clock, state["day"])
        for day, low, high in spans(clock):
            items = evidence[low:high]
            seen, places = first_of(state["seen"], day, items.customer, self.quiet_days)
            state = {"seen": seen, "day": day}
            for place in places.tolist():
                at, value = int(items.at[place]), float(items.value[place])
                detail = {"n": 1, "customer": int(items.customer[place])}
                alarms.append(Alarm(at, at, value, value, value, value, 1.0, detail))
        return state, alarms
