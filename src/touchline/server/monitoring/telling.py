"""What other apps hear of alerts and gates.

Listeners are called inside the transaction that makes an alert true: what they write down in the server's database (an
outbox row, a case) is there if and only if the alert is. One that raises undoes all of it, and it is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

AlertEvent = Literal["opened", "updated", "closed", "escalated"]


@dataclass(frozen=True, slots=True)
class AlertNotice:
    """Something happened to an alert.

    Attributes:
        event: What. Nobody is told of a muted alert; one outside its monitor's hours is told when they begin.
        workspace: The slug.
        id: The alert's number; with the event it names the notice.
        place: ``stage:delivery``, ``theme:late_delivery``, ``source:zendesk``, ``model`` or ``all``.
        stage: The stage's id; empty where it is about none.
        title: One line: ``Delivery fell 12 points``.
        text: What changed, since when, how sure, who is affected, what probably causes it: some sentences.
        url: The alert's page, as a path.
        kind: How it was noticed: ``shift``, ``threshold``, ``spike``, ``severe``, ``silence`` ...
        metric: What was watched: ``jsi``, ``nps`` ...
        since: Since when it is so.
        before: The level before; None where there is none.
        after: The level since.
        customers: How many are affected; `affected` tells who.
        causes: The probable causes' themes, the strongest first.
        owner: Who looks after it, or is told by escalation.
        monitors: The monitors that noticed.
        more: What else the story holds.
    """

    event: AlertEvent
    workspace: str
    id: int
    place: str
    stage: str
    title: str
    text: str
    url: str
    kind: str
    metric: str
    since: datetime
    before: float | None = None
    after: float | None = None
    customers: int = 0
    causes: tuple[str, ...] = ()
    owner: str = ""
    monitors: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Names the notice, for what must be done once."""
        return f"alert-{self.id}-{self.event}" + (f"-{self.more.get('times')}" if self.event == "updated" else "")


@dataclass(frozen=True, slots=True)
class GateNotice:
    """A gate's answer for somebody has become another one.

    Attributes:
        workspace: The slug.
        stage: The gate's stage.
        of: ``person`` or ``account``.
        ref: Whose answer.
        result: ``pass``, ``hold`` or ``unsure``.
        before: The answer before; empty for the first.
        jsi: The standing JSI; None without a touch.
        minimum: The gate's.
        reasons: Why, a sentence each.
        settle: What would settle it, where the evidence does not.
        at: When it was worked out.
    """

    workspace: str
    stage: str
    of: str
    ref: str
    result: str
    before: str
    jsi: float | None
    minimum: float
    reasons: tuple[str, ...]
    settle: tuple[str, ...]
    at: datetime

    @property
    def key(self) -> str:
        """Names the notice, for what must be done once."""
        return f"gate-{self.stage}-{self.of}-{self.ref}-{self.result}-{self.at:%Y%m%d%H%M%S}"


_alerts: Final[list[Callable[[AlertNotice], None]]] = []
_gates: Final[list[Callable[[GateNotice], None]]] = []


def on_alert(listener: Callable[[AlertNotice], None]) -> None:
    """Have a function called with every notice of an alert, in the alert's transaction."""
    if listener not in _alerts:
        _alerts.append(listener)


def on_gate(listener: Callable[[GateNotice], None]) -> None:
    """Have a function called when a gate's answer changes to or from ``hold``, in the same transaction."""
    if listener not in _gates:
        _gates.append(listener)


def tell_alert(notice: AlertNotice) -> None:
    """Call everyone who listens to alerts."""
    for listener in tuple(_alerts):
        listener(notice)


def tell_gate(notice: GateNotice) -> None:
    """Call everyone who listens to gates."""
    for listener in tuple(_gates):
        listener(notice)
