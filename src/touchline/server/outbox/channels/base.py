"""What every channel is: what it is to be told, how that is checked, and how something is sent through it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from touchline.errors import InputError, OutgoingFailed, OutgoingRefused
from touchline.outgoing import Answer, Client, Target
from touchline.server.outbox import schedule
from touchline.words import phrase

SECONDS: Final = 15.0
_MOST_TOLD: Final = 300


class GivenWrong(InputError):
    """What somebody said of a target cannot be used."""


@dataclass(frozen=True, slots=True)
class Field:
    """Something that a channel has to be told.

    Attributes:
        name: As it is stored, and sent over the API.
        label: As people read it.
        secret: Whether it is never shown again.
        required: Whether it has to be given.
        help: A few words below it.
    """

    name: str
    label: str
    secret: bool = False
    required: bool = True
    help: str = ""


@dataclass(frozen=True, slots=True)
class Letter:
    """One thing to be told.

    Attributes:
        workspace: The slug of the workspace that tells it.
        message: Its id; the same at every try.
        kind: What it is: ``case.opened``.
        body: What is told.
        at: When it was written down.
        tries: How many were in vain.
    """

    workspace: str
    message: str
    kind: str
    body: Mapping[str, Any]
    at: datetime
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a try.

    Attributes:
        good: Whether it was delivered.
        told: In words; never what was sent.
        status: The HTTP status, where there was one.
        wait: What the receiver asked to wait.
        gone: Whether it asked not to be told any more.
        hopeless: Whether another try would come to the same.
    """

    good: bool
    told: str
    status: int | None = None
    wait: timedelta | None = None
    gone: bool = False
    hopeless: bool = False

    @classmethod
    def of(cls, answer: Answer, *, hopeless: frozenset[int] = frozenset()) -> Outcome:
        """Return what an answer means."""
        status = answer.status
        if 200 <= status < 300:
            return cls(True, f"delivered ({status})", status)
        header = answer.headers.get("retry-after", "")
        asked = schedule.asked(header) if header and status in (429, 503) else None
        words = f"it answered {status}"
        if asked is not None:
            words += f" and asks to wait {int(asked.total_seconds())} s"
        return cls(False, words, status, asked, gone=status == 410, hopeless=status in hopeless)

    @classmethod
    def failed(cls, error: OutgoingFailed | OutgoingRefused) -> Outcome:
        """Return what it means that nothing came back."""
        return cls(False, str(error)[:_MOST_TOLD])


class Ties(Protocol):
    """What cases are called in the other system."""

    def theirs(self, ours: str) -> str | None:
        """Return their id of one of ours, if it is known."""
        ...

    def tie(self, ours: str, theirs: str, state: str) -> None:
        """Write down their id, and whether it is ``open`` or ``closed`` now."""
        ...


Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Heard:
    """What another system says of one of its tickets.

    Attributes:
        theirs: Its id there.
        state: ``open``, ``closed``, or empty where it does not say.
        note: What somebody wrote there.
        by: Who, as they are called there.
    """

    theirs: str
    state: str = ""
    note: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button that somebody pressed in a chat.

    Attributes:
        key: Names this press: the same call names the same.
        team: Where they are, by its id there.
        their: Who, by their id there.
        name: What they are called there: what they say of themselves.
        value: What we put on the button.
        reply: Where an answer goes; empty where none may be sent.
    """

    key: str
    team: str
    their: str
    name: str
    value: str
    reply: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to a press.

    Attributes:
        text: To whoever pressed; read where there is no letter.
        link: Leads them on; empty without one.
        link_text: What stands on the link.
        letter: The message, to be written anew for all who see it.
        without: Acts that are taken from it, with what they are done to.
        done: What was done by it, a line each.
    """

    text: str = ""
    link: str = ""
    link_text: str = ""
    letter: Letter | None = None
    without: frozenset[tuple[str, str]] = frozenset()
    done: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chat:
    """How a channel's buttons act where they are shown.

    Attributes:
        read: Reads a press, once its signature is good (headers in small letters, body); None for anything else.
        email_of: Returns the address of whoever pressed, as the chat vouches for it; empty where it does not.
        reply: Answers a press.
    """

    read: Callable[[Given, Mapping[str, str], bytes], Pressed | None]
    email_of: Callable[[Given, Pressed, Client], str]
    reply: Callable[[Given, str, Reply, Client], Outcome]


@dataclass(frozen=True, slots=True)
class Channel:
    """A way to tell.

    Attributes:
        name: As it is stored.
        label: As people call it.
        fields: What it has to be told.
        shown: Checks what it was told, and returns what may be shown of where it leads.
        send: Sends one letter.
        hear: Reads what the other system sends (method, address, headers in small letters, body), once its signature
            is good; None where it sends nothing.
        about: A sentence for the page.
        signs: Whether it signs with a secret of its own.
        chat: How its buttons act where they are shown; None where they lead to a page here.
    """

    name: str
    label: str
    fields: tuple[Field, ...]
    shown: Callable[[Given], str]
    send: Callable[[Given, Letter, Client, Ties], Outcome]
    hear: Callable[[Given, str, Mapping[str, str], bytes], list[Heard]] | None = None
    about: str = ""
    signs: bool = field(default=False)
    chat: Chat | None = None

    @property
    def listens(self) -> bool:
        """Whether the other side calls us."""
        return self.hear is not None or self.chat is not None


def post(client: Client, url: str, body: Any, headers: Mapping[str, str] | None = None) -> Outcome:
    """Post JSON, and return what came of it."""
    try:
        answer = client.send(
            "POST", url, body=encoded(body), headers={"Content-Type": "application/json", **(headers or {})},
            seconds=SECONDS,
        )  # fmt: skip
    except (OutgoingFailed, OutgoingRefused) as error:
        return Outcome.failed(error)
    return Outcome.of(answer)


def encoded(body: Any) -> bytes:
    """Return JSON as it is sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def url_shown(given: Given, name: str = "url") -> str:
    """Check a URL, and return its origin.

    Raises:
        OutgoingRefused: It is no URL that may be called.
    """
    return Target.of(str(given.get(name, ""))).origin


def given_of(fields: tuple[Field, ...], said: Mapping[str, Any]) -> dict[str, str]:
    """Return what was said of a channel's fields.

    Raises:
        GivenWrong: One is missing, or is not known.
    """
    known = {one.name for one in fields}
    for name in said:
        if name not in known:
            raise GivenWrong(
                phrase("there is no {name} here", name=repr(name)),
                where=name,
                todo="there are: " + ", ".join(sorted(known)) or "none",
            )
    found = {one.name: str(said.get(one.name, "") or "").strip() for one in fields}
    for one in fields:
        if one.required and not found[one.name]:
            raise GivenWrong(phrase("{label} is missing", label=str(one.label)), where=one.name, todo=phrase("give it"))
        if len(found[one.name]) > 2_000:
            raise GivenWrong(
                phrase("{label} is too long", label=str(one.label)),
                where=one.name,
                todo=phrase("give 2,000 characters or fewer"),
            )
    return found
