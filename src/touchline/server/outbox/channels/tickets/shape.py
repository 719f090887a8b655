"""What all ticket systems have in common: a ticket is made once per case, told what changes, closed and opened again.

A case is named in the other system by our id of it: where the system knows external ids it makes sure itself that
there is one ticket only; elsewhere a retry looks for the ticket by a label before it makes one. A note may come twice
when this process is killed between sending it and writing that down; a ticket does not.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from touchline.errors import NotAllowed, OutgoingFailed, OutgoingRefused
from touchline.outgoing import Answer, Client
from touchline.server.outbox.channels.base import SECONDS, Given, Letter, Outcome, Ties, encoded
from touchline.server.outbox.channels.words import words_of
from touchline.words import phrase

#: Seconds by which the other system's clock may differ from ours.
TOLERANCE: Final = 300
#: Answers after which another try would come to the same: what was sent does not please.
HOPELESS: Final = frozenset({400, 404, 405, 406, 413, 414, 415, 422})


class Refused(Exception):
    """The other system did not do what it was asked; `outcome` says why."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(outcome.told)


@dataclass(frozen=True, slots=True)
class Ticket:
    """What is told to a ticket system.

    Attributes:
        ours: Our id of the case.
        title: One line.
        text: All that is told, as plain text.
        priority: ``low``, ``normal``, ``high`` or ``urgent``.
        message: The id of this delivery.
        label: A short name made of `ours`, for systems without external ids.
        first: Whether this is the first try to tell it.
        email: The customer's address, where the body names one.
    """

    ours: str
    title: str
    text: str
    priority: str
    message: str
    label: str
    first: bool
    email: str = ""


@dataclass(frozen=True, slots=True)
class Api:
    """Calls another system.

    Attributes:
        root: Its address.
        client: Sends.
        headers: Of every request.
    """

    root: str
    client: Client
    headers: Mapping[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None, *, ok: frozenset[int] = frozenset()) -> Answer:
        """Send one request; return its answer if it is good.

        Args:
            method: Of HTTP.
            path: Behind the root.
            body: Sent as JSON.
            ok: Statuses beside 2xx that are good here.

        Raises:
            Refused: It is not good, or none came.
        """
        sent = b"" if body is None else encoded(body)
        headers = {"Accept": "application/json", **({"Content-Type": "application/json"} if sent else {})}
        try:
            answer = self.client.send(
                method, self.root.rstrip("/") + path, body=sent, headers={**headers, **self.headers}, seconds=SECONDS
            )
        except (OutgoingFailed, OutgoingRefused) as error:
            raise Refused(Outcome.failed(error)) from None
        if not 200 <= answer.status < 300 and answer.status not in ok:
            raise Refused(Outcome.of(answer, hopeless=HOPELESS))
        return answer

    def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Send one request; return the object that comes back.

        Raises:
            Refused: None comes back.
        """
        return _object(self.call(method, path, body))


def _object(answer: Answer) -> dict[str, Any]:
    if not answer.body:
        return {}
    try:
        found = json.loads(answer.body)
    except ValueError:
        raise Refused(Outcome(False, "its answer is no JSON", answer.status)) from None
    return found if isinstance(found, dict) else {"results": found}


@dataclass(frozen=True, slots=True)
class Desk:
    """How one system does what all do.

    Attributes:
        api: Makes what calls it.
        make: Makes a ticket, or finds the one that is there; returns its id.
        note: Writes something into a ticket.
        turn: Closes a ticket, or opens it again: ``closed`` or ``open``.
        probe: A path that answers whoever is logged in.
    """

    api: Callable[[Given, Client], Api]
    make: Callable[[Api, Given, Ticket], str]
    note: Callable[[Api, Given, str, Ticket], None]
    turn: Callable[[Api, Given, str, str], None]
    probe: str

    def send(self, given: Given, letter: Letter, client: Client, ties: Ties) -> Outcome:
        """Make the ticket of a case, or tell it what has changed."""
        ticket = _ticket(letter)
        try:
            api = self.api(given, client)
            if letter.kind == "test":
                return Outcome.of(api.call("GET", self.probe))
            theirs, made = ties.theirs(ticket.ours), False
            if theirs is None:
                theirs, made = self.make(api, given, ticket), True
                ties.tie(ticket.ours, theirs, "open")
            state = "closed" if letter.kind.endswith(".closed") else "open"
            if not made:
                self.note(api, given, theirs, ticket)
            if state == "closed" or letter.kind.endswith(".reopened"):
                self.turn(api, given, theirs, state)
                ties.tie(ticket.ours, theirs, state)
        except Refused as refused:
            return refused.outcome
        did = "made" if made else "closed" if state == "closed" else "told"
        return Outcome(True, f"ticket {theirs} {did}", 200)


def _ticket(letter: Letter) -> Ticket:
    words = words_of(letter)
    ours = str(letter.body.get("case") or letter.body.get("id") or letter.message)[:200]
    return Ticket(
        ours, words.title, words.plain or words.title, words.priority, letter.message, label_of(letter.workspace, ours),
        letter.tries == 0, str(letter.body.get("email") or ""),
    )  # fmt: skip


def label_of(workspace: str, ours: str) -> str:
    """Return a label that names a case, short enough for every system.

    >>> label_of("acme", "17")
    'touchline-306a744918019a3d'
    """
    return "touchline-" + hashlib.sha256(f"{workspace}\x1f{ours}".encode()).hexdigest()[:16]


def basic(user: str, password: str) -> dict[str, str]:
    """Return the header of basic authentication."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def part(text: str) -> str:
    """Return a text as one part of a path."""
    return quote(text, safe="")


def secret_of(given: Given) -> str:
    """Return the secret that the other system signs with.

    Raises:
        NotAllowed: None was given: nothing that it sends is believed.
    """
    secret = str(given.get("signing") or "")
    if not secret:
        raise NotAllowed(phrase("this target has no signing secret"), todo=phrase("give it one"))
    return secret


def signed_hex(secret: str, body: bytes, said: str) -> None:
    """Check a signature that is the hex of an HMAC-SHA256 over the body.

    Raises:
        NotAllowed: It is not good.
    """
    if not hmac.compare_digest(hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode(), said.encode()):
        raise _unsigned()


def signed_base64(secret: str, text: bytes, said: str) -> None:
    """Check a signature that is the base64 of an HMAC-SHA256 over a text.

    Raises:
        NotAllowed: It is not good.
    """
    made = base64.b64encode(hmac.digest(secret.encode(), text, hashlib.sha256))
    if not hmac.compare_digest(made, said.encode("utf-8", "surrogatepass")):
        raise _unsigned()


def bearer(secret: str, headers: Mapping[str, str]) -> None:
    """Check the secret that a system without signatures sends.

    Raises:
        NotAllowed: It is not good.
    """
    said = headers.get("authorization", "").removeprefix("Bearer ").strip()
    if not secret or not hmac.compare_digest(secret.encode(), said.encode("utf-8", "surrogatepass")):
        raise _unsigned()


def recent(seconds: float) -> None:
    """Check that a time stamp is of now.

    Raises:
        NotAllowed: It is too old, or ahead.
    """
    if abs(time.time() - seconds) > TOLERANCE:
        raise _unsigned()


def _unsigned() -> NotAllowed:
    return NotAllowed(
        phrase("the call is not signed as it should be"), todo=phrase("give both systems the same secret")
    )


def read(body: bytes) -> Any:
    """Return JSON that was sent.

    Raises:
        NotAllowed: It is none.
    """
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise NotAllowed(phrase("the body is no JSON"), where="body") from None
