"""What other apps hear of cases.

Listeners are called in the transaction that makes it true: what they write down in the server's database is there if
and only if the case is. One that raises undoes all of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from touchline.server.care.models import Case

CaseEvent = Literal["opened", "resolved", "closed", "reopened", "escalated"]


@dataclass(frozen=True, slots=True)
class CaseNotice:
    """Something happened to a case.

    Attributes:
        event: What.
        workspace: The slug.
        number: The case's, in the workspace.
        customer: The customer's reference.
        reason: Why it was opened.
        stage: The stage's id; empty where it is about none.
        theme: The theme.
        status: As it is now.
        priority: As it is now.
        owner: The owner's address; empty without one.
        team: The team.
        outcome: How it ended; empty while it has not.
        root_cause: What was found to be the cause.
        resurvey: Whether the customer is to be asked again.
        play: The play that it is part of.
        due_at: When it is due; None where its clock stands or there is no deadline.
        opened_at: When it was opened.
        url: Its page, as a path.
        at: When it happened.
        version: The case's; with the event it names the notice.
    """

    event: CaseEvent
    workspace: str
    number: int
    customer: str
    reason: str
    stage: str
    theme: str
    status: str
    priority: str
    owner: str
    team: str
    outcome: str
    root_cause: str
    resurvey: bool
    play: str
    due_at: datetime | None
    opened_at: datetime
    url: str
    at: datetime
    version: int

    @property
    def key(self) -> str:
        """Names the notice, for what must be done once."""
        return f"case-{self.number}-{self.event}-{self.version}"


_listeners: Final[list[Callable[[CaseNotice], None]]] = []


def on_case(listener: Callable[[CaseNotice], None]) -> None:
    """Have a function called when a case is opened, resolved, closed, reopened or escalated, in its transaction."""
    if listener not in _listeners:
        _listeners.append(listener)


def tell(event: CaseEvent, case: Case, at: datetime) -> None:
    """Call everyone who listens."""
    notice = CaseNotice(
        event, case.workspace, case.number, case.customer, case.reason, case.stage, case.theme, case.status,
        case.priority, case.owner.email if case.owner else "", case.team, case.outcome, case.root_cause,
        case.resurvey, case.play, case.due_at, case.opened_at, address(case), at, case.version,
    )  # fmt: skip
    for listener in tuple(_listeners):
        listener(notice)


def address(case: Case) -> str:
    """Return the path of a case's page."""
    return path(case.workspace, str(case.number))


def path(slug: str, number: str) -> str:
    """Return the path of the page of a workspace's case."""
    return f"/w/{slug}/cases?view=all&case={number}"
