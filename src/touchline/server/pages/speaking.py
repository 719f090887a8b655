"""What the engine says, in the language of who reads: phrases from the catalogues, numbers by Django's formats."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import Final

from django.conf import settings
from django.utils.formats import date_format, get_format
from django.utils.translation import get_language, gettext, ngettext, npgettext, pgettext

from touchline.words import Phrase

_ENGLISH: Final = "en"
#: The point of ``p < .001``, which only English writes so.
_BARE: Final = re.compile(r"(?<!\d)\.(?=\d)")
#: The sign of percent, which only English writes close to its number.
_CLOSE: Final = re.compile(r"(?<=\d)%")


class Translated:
    """Says phrases and numbers in the language that Django has active; see `touchline.words.speak`."""

    def template(self, phrase: Phrase) -> str | None:
        """Return the template in that language; None where its words are English as they stand."""
        language = get_language() or _ENGLISH
        if language.startswith(_ENGLISH):
            if language == settings.LANGUAGE_CODE or not phrase.values:
                return None
            return phrase.many if phrase.many and phrase.n != 1 else phrase.original  # days in it are said
        if phrase.many:
            if phrase.context:
                return npgettext(phrase.context, phrase.original, phrase.many, phrase.n)
            return ngettext(phrase.original, phrase.many, phrase.n)
        if phrase.context:
            return pgettext(phrase.context, phrase.original)
        return gettext(phrase.original) if phrase.original else ""

    def number(self, number: str) -> str:
        """Return a number, written the English way, as that language writes it."""
        language = get_language() or _ENGLISH
        if language.startswith(_ENGLISH):
            return number
        return _CLOSE.sub("\N{NO-BREAK SPACE}%", _BARE.sub("0.", number)).translate(_marks(language))

    def day(self, day: str) -> str:
        """Return a day of ISO 8601 as that language writes it; as it is where nobody reads."""
        language = get_language() or _ENGLISH
        if language == settings.LANGUAGE_CODE:
            return day
        return date_format(date.fromisoformat(day), "j F Y" if language.startswith(_ENGLISH) else "SHORT_DATE_FORMAT")


@cache
def _marks(language: str) -> dict[int, str]:
    return str.maketrans(
        {
            ",": get_format("THOUSAND_SEPARATOR", language, use_l10n=True),
            ".": get_format("DECIMAL_SEPARATOR", language, use_l10n=True),
        }
    )
