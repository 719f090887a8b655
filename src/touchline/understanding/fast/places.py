"""Where the words of a batch lie in their texts, in characters: worked out for the few that are asked about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Places:
    """Where words and tokens lie; a token is what stands between blanks, and holds any number of words.

    Attributes:
        token: Number of each token, shape (tokens,).
        first: First token of each text, and one past the last token, shape (texts + 1,).
        behind: Words up to and with each token, shape (tokens,).
        start: First byte of each token.
        begins: First byte of each text.
        continued: Bytes that go on with a character that another byte began, ascending.
        inside: Each word among those of all tokens met, shape (words,).
        parts: Into how many parts white space of any kind cuts every token met, by number; 0 for one of nothing else.
        long: Its characters.
        lead: Blank ones that it begins with.
        trail: Blank ones that it ends with.
        offset: First character of every word met, in its token.
        gap: Blanks between it and what stands before it in its token; -1 where nothing does.
    """

    token: Ints
    first: Ints
    behind: Ints
    start: Ints
    begins: Ints
    continued: Ints
    inside: Ints
    parts: Ints
    long: Ints
    lead: Ints
    trail: Ints
    offset: Ints
    gap: Ints

    def starts(self, words: Ints) -> Ints:
        """Return the first character of some words."""
        return self._at(self._holders(words)) + self.offset[self.inside[words]]

    def spans(self, text: Ints, first: Ints) -> tuple[Ints, Ints]:
        """Return the first character and one past the last of stretches of words, without blanks around.

        A text's stretches cover it: each goes up to the next, and the last one to the end.

        Args:
            text: Text of each stretch, ascending.
            first: First word of each.
        """
        start, end = np.empty_like(text), np.empty_like(text)
        if not len(text):
            return start, end
        solid = self._solid()
        goes_on = text[1:] == text[:-1]
        opens, closes = np.concatenate(([True], ~goes_on)), np.concatenate((~goes_on, [True]))
        token = solid[np.searchsorted(solid, self.first[text[opens]])]
        start[opens] = self._at(token) + self.lead[self.token[token]]
        end[closes] = self._close(solid[np.searchsorted(solid, self.first[text[closes] + 1]) - 1])
        following = first[1:][goes_on]
        begun, gap = self.starts(following), self.gap[self.inside[following]]
        before = solid[np.searchsorted(solid, self._holders(following)) - 1]
        start[1:][goes_on] = begun
        end[:-1][goes_on] = np.where(gap >= 0, begun - gap, self._close(before))
        return start, end

    def sizes(self, text: Ints, first: Ints) -> Ints:
        """Return how many words white space makes of the same stretches, but for texts of `torn`.

        Args:
            text: Text of each stretch, ascending.
            first: First word of each.
        """
        low, high = np.empty_like(text), np.empty_like(text)
        if not len(text):
            return low
        blank = np.flatnonzero(self.parts.take(self.token) == 0)

        def before(token: Ints) -> Ints:
            return token - np.searchsorted(blank, token)

        goes_on = text[1:] == text[:-1]
        opens, closes = np.concatenate(([True], ~goes_on)), np.concatenate((~goes_on, [True]))
        low[opens] = before(self.first[text[opens]])
        high[closes] = before(self.first[text[closes] + 1])
        following = first[1:][goes_on]
        begun = before(self._holders(following))
        low[1:][goes_on] = begun
        high[:-1][goes_on] = begun + (self.gap[self.inside[following]] >= 0)
        sizes: Ints = high - low
        return sizes

    def torn(self) -> Ints:
        """Return the texts of which some token has white space inside, ascending."""
        tokens = np.flatnonzero(self.parts.take(self.token) > 1)
        return np.unique(np.searchsorted(self.first, tokens, side="right") - 1)

    def _solid(self) -> Ints:
        """Return the tokens that are not all blank."""
        return np.flatnonzero(self.parts.take(self.token))

    def _at(self, tokens: Ints) -> Ints:
        text = np.searchsorted(self.first, tokens, side="right") - 1
        start, begin = self.start[tokens], self.begins[text]
        at: Ints = start - begin
        if len(self.continued):
            at -= np.searchsorted(self.continued, start) - np.searchsorted(self.continued, begin)
        return at

    def _close(self, tokens: Ints) -> Ints:
        number = self.token[tokens]
        closes: Ints = self._at(tokens) + self.long[number] - self.trail[number]
        return closes

    def _holders(self, words: Ints) -> Ints:
        return np.searchsorted(self.behind, words, side="right")
