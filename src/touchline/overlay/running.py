"""A map's words run into a sentence: with the capitals that they have there, and told apart where commas would not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from touchline.figures.numbers import listed
from touchline.maps.model import Map

_WORD: Final = re.compile(r"[^\W_][\w'’-]*")
_ENDS: Final = frozenset('.!?:;…“”"»«(„–—')
#: From this share of capitals within sentences on, a language capitalises its nouns: no capital is taken away.
_NOUNS: Final = 0.2
_UNSURE: Final = 6  # words: that a short map has two names says nothing of its language


class Running:
    """Runs words of a map into sentences.

    A capital that only began a card is taken away; that of a name stays: a word that the map capitalises within a
    sentence, too, or a persona's name.

    >>> from touchline.maps.model import Card
    >>> cards = (Card("a", "l", "s", "Hears of Nordlicht"), Card("b", "l", "s", "Nordlicht sends an SMS, and waits"))
    >>> running = Running(Map("m", "M", cards=cards))
    >>> running.together(["Stops at a video.", "Tells others"]), running.one("Nordlicht answers")
    ('stops at a video and tells others', 'Nordlicht answers')
    >>> running.together(["Opens the page, comes back", "Asks"])
    'opens the page, comes back; asks'
    """

    def __init__(self, now: Map) -> None:
        texts = [now.scenario, now.goal, now.scope, now.note, *(phase.name for phase in now.phases)]
        texts += [step.name for step in now.steps()]
        texts += [text for card in now.cards for text in (card.text, card.note)]
        inner = [(word, word[0].isupper()) for text in texts for word in _within(text) if not word[1:].isupper()]
        self._keeps = {word.casefold() for word, capital in inner if capital}
        self._keeps |= {word.casefold() for name in now.personas for word in _WORD.findall(name)}
        self._all = sum(capital for _, capital in inner) > _NOUNS * (len(inner) + _UNSURE)

    def one(self, text: str) -> str:
        """Return words as they stand within a sentence, without their full stop."""
        words = " ".join(text.split()).rstrip(".")
        found = _WORD.match(words)
        if found is None or self._all:
            return words
        first = found[0]
        plain = first[0].isupper() and (first[1:].islower() or first == "A") and first.casefold() not in self._keeps
        return words[0].lower() + words[1:] if plain else words

    def together(self, texts: Iterable[str]) -> str:
        """Return several as one list."""
        found = [self.one(text) for text in texts]
        apart = any("," in one or ";" in one or " and " in f" {one} " for one in found)
        return "; ".join(found) if apart else listed(found)


def _within(text: str) -> Iterator[str]:
    """Yield the words of a text that begin no sentence."""
    before = 0
    for found in _WORD.finditer(text):
        between = text[before : found.start()]
        if before and not (_ENDS & set(between)):
            yield found[0]
        before = found.end()
