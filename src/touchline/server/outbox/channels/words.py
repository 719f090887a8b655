"""What is told, as people read it: the names of a body that every channel knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override

from touchline.server.outbox import acts
from touchline.server.outbox.channels.base import Letter
from touchline.words import phrase

_MOST_FACTS: Final = 10
_MOST_BUTTONS: Final = 5
_TITLES: Final[Mapping[str, str]] = {
    "test": phrase("Touchline can reach you"),
    "alert.opened": phrase("An alert"),
    "alert.updated": phrase("An alert goes on"),
    "alert.closed": phrase("An alert is over"),
    "case.opened": phrase("A case was opened"),
    "case.updated": phrase("A case has changed"),
    "case.closed": phrase("A case was closed"),
    "gate.held": phrase("A gate holds a customer"),
    "cause.found": phrase("A probable cause"),
    "opportunity.found": phrase("An opportunity"),
    "play.message": phrase("A message is drafted"),
    "map.mentioned": phrase("A comment on a map names somebody"),
    "map.review": phrase("A map waits for its review"),
}


@dataclass(frozen=True, slots=True)
class Button:
    """Leads somewhere, or does something.

    Attributes:
        text: What stands on it.
        url: Where it leads; of one that does something, to the page that asks once more and does it.
        value: What a chat sends back when it is pressed; empty for one that only leads somewhere.
    """

    text: str
    url: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A letter as people read it.

    Attributes:
        title: One line.
        text: Some sentences; plain.
        facts: Names and values.
        buttons: The first leads to the thing itself.
        priority: ``low``, ``normal``, ``high`` or ``urgent``.
        language: Which all of it is in.
    """

    title: str
    text: str
    facts: tuple[tuple[str, str], ...]
    buttons: tuple[Button, ...]
    priority: str
    language: str = "en"

    @property
    def plain(self) -> str:
        """All of it as text."""
        parts = [self.text, "\n".join(f"{name}: {value}" for name, value in self.facts)]
        parts.append("\n".join(f"{button.text}: {button.url}" for button in self.buttons))
        return "\n\n".join(part for part in parts if part)


def absolute(url: str) -> str:
    """Return an address that a person can open anywhere; empty for what leads to no page.

    >>> absolute("/w/acme/"), absolute("javascript:alert(1)")
    ('http://127.0.0.1:8765/w/acme/', '')
    """
    if url.startswith("/") and not url.startswith("//"):
        return settings.URL + url
    return url if urlsplit(url).scheme in ("https", "http") else ""


def _acting(letter: Letter, without: frozenset[tuple[str, str]], *, inside: bool) -> list[Button]:
    """Return the buttons that do something: a page each, or, inside a chat that tells us who pressed, a value."""
    made = []
    for one in acts.buttons_of(letter.workspace, letter.message, letter.body.get("acts")):
        act = acts.act_of(one.act)
        if act is not None and (one.act, one.of) not in without:
            token = acts.sealed(one)
            url = settings.URL + reverse("do", args=[letter.workspace, token])
            made.append(Button(str(act.label), url, token if inside else ""))
    return made


def words_of(letter: Letter, *, acting: bool = False, without: frozenset[tuple[str, str]] = frozenset()) -> Words:
    """Return a letter as people read it.

    Args:
        letter: What is told.
        acting: Whether buttons act where they are shown.
        without: Acts that are done, each with what it was done to: they have no button any more.
    """
    language = str(letter.body.get("said_in") or "en")
    with override(language):
        return _words(letter, language, acting=acting, without=without)


def _words(letter: Letter, language: str, *, acting: bool, without: frozenset[tuple[str, str]]) -> Words:
    body = letter.body
    title = str(body.get("title") or _TITLES.get(letter.kind, letter.kind)).replace("\n", " ")[:250]
    facts = body.get("facts")
    named = [(str(k)[:80], str(v)[:400]) for k, v in facts.items()] if isinstance(facts, Mapping) else []
    buttons = []
    if link := absolute(str(body.get("url") or "")):
        buttons.append(Button(str(phrase("Open in Touchline")), link))
    said: Any = body.get("buttons")
    more = [one for one in said if isinstance(one, Mapping)] if isinstance(said, list) else []
    links = [(str(one.get("text") or phrase("Open"))[:70], absolute(str(one.get("url") or ""))) for one in more]
    buttons += [Button(text, link) for text, link in links if link]
    buttons[1:1] = _acting(letter, without, inside=acting)
    priority = str(body.get("priority") or "normal")
    return Words(
        title, str(body.get("text") or "")[:2_900], tuple(named[:_MOST_FACTS]), tuple(buttons[:_MOST_BUTTONS]),
        priority if priority in ("low", "normal", "high", "urgent") else "normal", language,
    )  # fmt: skip
