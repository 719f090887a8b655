"""Replaces what names or identifies a person by typed placeholders, numbered within an interaction.

It runs before anything is stored. Rules have a version, so texts can be redacted again when they improve.
Texts that could hold nothing are told by one vectorised look, and cost next to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.privacy.addresses import find_addresses
from touchline.privacy.checks import iban_length, is_card, is_ipv6
from touchline.privacy.context import CARD_WORDS, words_before
from touchline.privacy.links import find_links
from touchline.privacy.names import load_names
from touchline.privacy.nationals import find_nationals
from touchline.privacy.orders import find_orders
from touchline.privacy.phones import find_phones
from touchline.privacy.places import Places, matches
from touchline.privacy.plain import plain, value_of
from touchline.privacy.prefilter import suspects
from touchline.settings.privacy import Privacy

REDACTION: Final = "r2"
#: In order of precedence, where two kinds claim the same characters.
KINDS: Final = ("url", "email", "iban", "card", "id", "ip", "phone", "address", "order", "name")

_EMAIL: Final = re.compile(
    r"(?<![\w.+%&'*/=?^`{|}~-])[\w.+%&'*/=?^`{|}~-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])"
    r"|(?<![\w.+-])[\w.+-]{1,64} ?(?:\(at\)|\[at\]| at ) ?[\w-]{1,63}"
    r"(?: ?(?:\(dot\)|\[dot\]| dot ) ?[\w-]{2,24}){1,3}"
    r"|(?<![\w.+-])[\w.+-]{1,64} ?[(\[]at[)\]] ?(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])",
    re.IGNORECASE,
)
_IBAN: Final = re.compile(r"(?<!\w)[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,32}")
_CARD: Final = re.compile(r"(?<![\w.,+#-])\d{2,19}(?:[ -]\d{2,19})*(?!\w)")
_IPV4: Final = re.compile(r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\w]|\.\d)")
_IPV6: Final = re.compile(r"(?<![\w:.])(?=[0-9A-Fa-f:]*:[0-9A-Fa-f:]*:)[0-9A-Fa-f:]{3,39}(?:\.\d{1,3}){0,3}(?![\w:])")
_VERSION: Final = re.compile(r"\b(?:v|ver|version|firmware|release|build|ios|android|update)\W{0,3}$", re.IGNORECASE)
_GROUPS: Final = re.compile(r"\d+")
_SPELT: Final = ("(at)", "[at]", " dot ", "(dot)", "[dot]", "(dot ", " dot)", "[dot ", " dot]")
_PATH: Final = re.compile(r"\.[^\W\d_]{2,24}(?::\d{1,5})?[/?#]")
#: A number of five digits or more, however it is grouped, a letter with digits behind it, or four numbers with dots.
_LONG: Final = re.compile(r"\d(?:(?:\W{0,3}\d){4}|(?<=[^\W\d]\d)(?:[ -]?\w){4}|\d{0,2}(?:\.\d{1,3}){3})")

_PLACEHOLDER: Final = re.compile(rf"\[({'|'.join(kind.upper() for kind in KINDS)})(?:_(\d{{1,9}}))?\]")
_ANYTHING: Final = re.compile(rf"({_PLACEHOLDER.pattern})|[^\s\[\]]*(?:[\d@=]|//)[^\s\[\]]*")
#: A text that still changes after so many rounds was made to.
_ROUNDS: Final = 3
_DEFAULT: Final = Privacy()


class _Numbers:
    """Numbers of the placeholders of one interaction: equal values of a kind share one."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._known: dict[tuple[str, str], int] = {}
        self._last: dict[str, int] = {}
        for text in texts:
            for label, number in _PLACEHOLDER.findall(text) if "[" in text else ():
                self._last[label] = max(self._last.get(label, 0), int(number or 0))

    def label(self, kind: str, value: str) -> str:
        """Return the placeholder of a value."""
        label, key = kind.upper(), (kind, value_of(kind, value))
        number = self._known.get(key)
        if number is None:
            number = self._known[key] = self._last[label] = self._last.get(label, 0) + 1
        return f"[{label}_{number}]"


def redact(texts: pa.Array | pa.ChunkedArray, rules: Privacy = _DEFAULT) -> tuple[pa.Array, dict[str, int]]:
    """Redact an array of texts, each for itself.

    Args:
        texts: Strings; NULL stays NULL.
        rules: What a workspace's ``[privacy]`` says.

    Returns:
        The redacted texts, and how many values of each of `KINDS` were replaced.

    Raises:
        SettingsError: The rules ask for names of persons, and no finder of names is installed.

    >>> clean, counts = redact(pa.array(["ann@example.org or bob@example.org, not ann@example.org.", None]))
    >>> clean.to_pylist(), counts["email"]
    (['[EMAIL_1] or [EMAIL_2], not [EMAIL_1].', None], 3)
    """
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    counts = dict.fromkeys(KINDS, 0)
    if texts.null_count == len(texts):
        return texts, counts
    asked = rules.names or rules.patterns
    suspect = texts.is_valid().to_numpy(zero_copy_only=False) if asked else suspects(texts, orders=rules.orders)
    rows = np.flatnonzero(suspect)
    if not len(rows):
        return texts, counts
    found = texts.take(pa.array(rows)).to_pylist()
    numbers = [_Numbers([text]) for text in found] if rules.names else None
    cleaned = [
        _cleaned(text, _Numbers([text]) if numbers is None else numbers[row], counts, rules)
        for row, text in enumerate(found)
    ]
    if numbers is not None:
        cleaned = _without_names(cleaned, numbers, counts, rules)
    return pc.replace_with_mask(texts, pa.array(suspect), pa.array(cleaned, texts.type)), counts


def redact_text(text: str, counts: dict[str, int] | None = None, rules: Privacy = _DEFAULT) -> str:
    """Redact one text; what is redacted already stays as it is.

    Args:
        text: The text.
        counts: Replacements are added to it.
        rules: What a workspace's ``[privacy]`` says.

    >>> redact_text("Pay with 4111 1111 1111 1111 from 10.0.0.7; ring +44 20 7946 0958")
    'Pay with [CARD_1] from [IP_1]; ring [PHONE_1]'
    """
    return redact_together([text], counts, rules)[0]


def redact_together(texts: Sequence[str], counts: dict[str, int] | None = None, rules: Privacy = _DEFAULT) -> list[str]:
    """Redact the texts of one interaction: the same value gets the same number in all of them.

    Args:
        texts: The texts.
        counts: Replacements are added to it.
        rules: What a workspace's ``[privacy]`` says.

    >>> redact_together(["I am ann@example.org", "bob@example.org", "ANN@example.org"])
    ['I am [EMAIL_1]', '[EMAIL_2]', '[EMAIL_1]']
    """
    counts = dict.fromkeys(KINDS, 0) if counts is None else counts
    numbers = _Numbers(texts)
    cleaned = [_cleaned(text, numbers, counts, rules) for text in texts]
    return _without_names(cleaned, [numbers] * len(texts), counts, rules) if rules.names else cleaned


def version(rules: Privacy = _DEFAULT) -> str:
    """Return the version of the rules, with what a workspace changed about them.

    >>> version(), version(Privacy(orders=True, leave=("ip",)))
    ('r2', 'r2+orders-ip')
    """
    asked = [f"names={rules.names}"] * bool(rules.names) + ["orders"] * rules.orders
    asked += ["patterns"] * bool(rules.patterns) + sorted(rules.regions)
    return REDACTION + "".join(f"+{one}" for one in asked) + "".join(f"-{kind}" for kind in sorted(rules.leave))


def _cleaned(text: str, numbers: _Numbers, counts: dict[str, int], rules: Privacy) -> str:
    for _ in range(_ROUNDS):  # what was taken out may bare what it hid
        once = _replaced(text, _found(plain(text), rules), numbers, counts)
        if once == text:
            return text
        text = once
    if _replaced(text, _found(plain(text), rules), numbers, {}) == text:
        return text
    return _ANYTHING.sub(lambda match: match[0] if match[1] else "[REDACTED]", text)


def _replaced(
    text: str, found: Iterable[tuple[int, int, str]], numbers: _Numbers, counts: dict[str, int] | None
) -> str:
    """Put placeholders where something was found; what begins first goes first, then what is longer."""
    kept = [match.span() for match in _PLACEHOLDER.finditer(text)] if "[" in text else []
    parts: list[str] = []
    end = 0
    for start, stop, kind in sorted(found, key=lambda f: (f[0], -f[1], KINDS.index(f[2]))):
        if start < end or any(a < stop and start < b for a, b in kept):
            continue
        parts += (text[end:start], numbers.label(kind, text[start:stop]))
        if counts is not None:
            counts[kind] = counts.get(kind, 0) + 1
        end = stop
    return "".join(parts) + text[end:] if parts else text


def _without_names(texts: list[str], numbers: Sequence[_Numbers], counts: dict[str, int], rules: Privacy) -> list[str]:
    spans = load_names(rules.names)(texts)
    return [
        _replaced(text, ((start, stop, "name") for start, stop in found), own, counts)
        for text, found, own in zip(texts, spans, numbers, strict=True)
    ]


def _found(text: str, rules: Privacy) -> Iterator[tuple[int, int, str]]:
    """Yield start, end and kind of all that is found in a plain text; they may overlap."""
    for kind, (start, stop) in _all_found(Places(text), rules):
        if kind not in rules.leave:
            yield start, stop, kind


def _all_found(places: Places, rules: Privacy) -> Iterator[tuple[str, tuple[int, int]]]:
    text, low = places.text, places.low
    if "@" in text or any(dot in low for dot in _SPELT):
        yield from (("email", match.span()) for match in _EMAIL.finditer(text))
    if "://" in text or "www." in low or _PATH.search(text):
        yield from (("url", span) for span in find_links(text))
    if text.count(":") > 1:
        yield from (("ip", match.span()) for match in _IPV6.finditer(text) if is_ipv6(match[0]))
    if _LONG.search(text):
        yield from (("iban", span) for span in _ibans(places))
        yield from (("card", span) for span in _cards(places))
        yield from (("id", span) for span in find_nationals(places))
        for match in matches(_IPV4, text, places.numbers):
            if not _VERSION.search(text, max(0, match.start() - 12), match.start()):
                yield "ip", match.span()
        yield from (("phone", span) for span in find_phones(places, rules.regions))
    yield from (("address", span) for span in find_addresses(places))
    if rules.orders:
        yield from (("order", span) for span in find_orders(text))
    for pattern in rules.patterns:
        yield from (("order", match.span()) for match in _compiled(pattern).finditer(text) if match[0].strip())


def _ibans(places: Places) -> Iterator[tuple[int, int]]:
    text = places.text
    for match in matches(_IBAN, text, places.codes):
        at = [i for i in range(*match.span()) if text[i].isalnum()]
        length = iban_length("".join(text[i] for i in at))
        if length and (length == len(at) or at[length] > at[length - 1] + 1):
            yield match.start(), at[length - 1] + 1


def _cards(places: Places) -> Iterator[tuple[int, int]]:
    """Runs of digit groups that are a card's number; a run may hold a date or a code beside it."""
    text = places.text
    for match in matches(_CARD, text, places.numbers):
        groups = [g.span() for g in _GROUPS.finditer(text, *match.span())]
        named = not CARD_WORDS.isdisjoint(words_before(text, match.start()))  # typed wrong, it still is one
        first = 0
        while first < len(groups):
            step = 1
            digits = ""
            for last in range(first, len(groups)):
                digits += text[slice(*groups[last])]
                if len(digits) >= 13 and (is_card(digits) or (len(digits) >= 15 and named)):
                    yield groups[first][0], groups[last][1]
                    step = last - first + 1
                    break
                if len(digits) >= 19:
                    break
            first += step


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
