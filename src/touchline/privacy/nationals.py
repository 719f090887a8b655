"""Finds national identity, tax and social security numbers by their printed forms and check sums.

A form that a check sum or its shape sets apart is taken wherever it stands. A form that other numbers have too needs
words before it that name it ("SIN", "Steuernummer"), or at least none that say order, invoice or the like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from touchline.privacy import sums
from touchline.privacy.context import OTHER_WORDS, PHONE_WORDS, words_before
from touchline.privacy.places import Places

#: When a form counts: "sure" always; "open" unless the words before speak of an order or a phone; "named" only if
#: the words before name it.
Trust: TypeAlias = Literal["sure", "open", "named"]
#: "id", "code" and "member" go with people's numbers as well as with orders.
_NOT_OURS: Final = (OTHER_WORDS - {"id", "code", "member", "customer", "pin", "case"}) | PHONE_WORDS


@dataclass(frozen=True, slots=True)
class Form:
    """A way of writing a national number.

    Attributes:
        name: Country and short name.
        first: How many digits it can begin with, before anything else.
        pattern: Its printed form, without what stands around it.
        holds: Whether the compact form passes its check.
        trust: See `Trust`.
        names: Words that name it, in lower case; any one before the number makes it sure.
    """

    name: str
    first: tuple[int, ...]
    pattern: re.Pattern[str]
    holds: Callable[[str], bool]
    trust: Trust
    names: frozenset[str]


def _any(compact: str) -> bool:
    return True


def _has_digits(compact: str) -> bool:
    """Whether a text has four digits: a passport's number, and no word."""
    return sum(c.isdigit() for c in compact) >= 4


def _form(
    name: str,
    first: str,
    pattern: str,
    holds: Callable[[str], bool] = _any,
    trust: Trust = "sure",
    names: str = "",
) -> Form:
    # What follows must not go on with letters or digits; a sentence's full stop or comma may.
    whole = re.compile(rf"(?:{pattern})(?![\w#]|[.,/-]\d)", re.IGNORECASE | re.ASCII)
    return Form(name, tuple(map(int, first.split())), whole, holds, trust, frozenset(names.split()))


_SSN_NAMES: Final = "ssn itin social ss"
_TAX: Final = "tin steuer steuernummer steueridentifikationsnummer idnr tax fiscal fiscale"

#: Forms that begin with a digit.
_DIGIT_FORMS: Final = (
    _form("US SSN", "3", r"\d{3}-\d{2}-\d{4}|\d{3} \d{2} \d{4}", sums.ssn, "open", _SSN_NAMES),
    _form("US SSN", "9", r"\d{9}", sums.ssn, "named", _SSN_NAMES),
    _form(
        "ES DNI", "8 2", r"\d{8}[ -]?[A-HJ-NP-TV-Z]|\d{2}\.\d{3}\.\d{3}[ -]?[A-HJ-NP-TV-Z]", sums.dni, names="dni nif"
    ),
    _form("DE Steuer-ID", "2 11", r"[1-9]\d(?: \d{3}){3}|[1-9]\d{10}", sums.steuer_id, "open", _TAX),
    _form("DE Steuernummer", "2 3", r"\d{2,3}/\d{3,4}/\d{4,5}", _any, "named", _TAX),
    _form(
        "FR NIR",
        "1 3 5 6 7 10 13 15",
        r"[12] ?\d\d ?\d\d ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d",
        sums.nir,
        names="sécu secu nir insee sociale",
    ),
    _form("BR CPF", "3", r"\d{3}\.\d{3}\.\d{3}-\d\d", sums.cpf, names="cpf"),
    _form("BR CPF", "11 9", r"\d{11}|\d{9}-\d\d", sums.cpf, "open", "cpf"),
    _form(
        "IN Aadhaar",
        "4",
        r"(?<!\d[ -])[2-9]\d{3}([ -])\d{4}\1\d{4}(?![ -]\d{4})",
        sums.aadhaar,
        "open",
        "aadhaar aadhar uid uidai",
    ),
    _form("IN Aadhaar", "12", r"[2-9]\d{11}", sums.aadhaar, "open", "aadhaar aadhar uid uidai"),
    _form("CA SIN", "3", r"[0-79]\d\d([ -])\d{3}\1\d{3}", sums.sin, "open", "sin nas insurance"),
    _form("CA SIN", "9", r"[0-79]\d{8}", sums.sin, "named", "sin nas insurance"),
    _form("NL BSN", "9 4", r"\d{9}|\d{4}[ .]\d{2}[ .]\d{3}", sums.bsn, "named", "bsn burgerservicenummer sofinummer"),
    _form("PT NIF", "9 3", r"\d{9}|\d{3} \d{3} \d{3}", sums.nif, "named", "nif contribuinte fiscal"),
    _form("PL PESEL", "11", r"\d{11}", sums.pesel, "open", "pesel"),
    _form(
        "SE personnummer",
        "6 8 12",
        r"(?:19|20)?\d{6}[-+]\d{4}|(?:19|20)\d{10}",
        sums.personnummer,
        "open",
        "personnummer personnr pnr",
    ),
    _form("DK CPR", "6", r"\d{6}-\d{4}", sums.cpr, "open", "cpr personnummer"),
    _form("DK CPR", "10", r"\d{10}", sums.cpr, "named", "cpr personnummer"),
    _form(
        "NO fødselsnummer",
        "6 11",
        r"\d{6} ?\d{5}",
        sums.fodselsnummer,
        "open",
        "fødselsnummer fodselsnummer personnummer",
    ),
    _form("FI HETU", "6", r"\d{6}[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y]", sums.hetu, names="henkilötunnus hetu"),
    _form("BE rijksregister", "2 6", r"\d\d\.\d\d\.\d\d-\d{3}\.\d\d|\d{6}-\d{3}-\d\d", sums.rrn_be),
    _form("BE rijksregister", "11", r"\d{11}", sums.rrn_be, "open", "rijksregisternummer nn insz niss"),
    _form("CH AHV", "3 13", r"756\.\d{4}\.\d{4}\.\d\d|756\d{10}|756 \d{4} \d{4} \d\d", sums.ahv, names="ahv avs"),
    _form(
        "AT SVNR",
        "4 10",
        r"\d{4}[ -]?\d{6}",
        sums.svnr,
        "named",
        "svnr sozialversicherungsnummer sv versicherungsnummer",
    ),
    _form("IE PPS", "7", r"\d{7}[A-W][A-IW]?", sums.pps, "open", "pps ppsn"),
    _form("AU TFN", "3 6 9", r"\d{3} ?\d{3} ?\d{3}", sums.tfn, "named", "tfn tax"),
    _form("UK NHS", "3 10", r"\d{3}([ -]?)\d{3}\1\d{4}", _any, "named", "nhs"),
    _form("CL RUT", "1 2", r"\d{1,2}\.\d{3}\.\d{3}-[\dK]", sums.rut),
    _form("CL RUT", "7 8", r"\d{7,8}-[\dK]", sums.rut, "open", "rut run"),
    _form("AR CUIL", "2", r"(?:2[0347]|3[034])-\d{8}-\d", sums.cuit, names="cuit cuil"),
    _form("ZA ID", "13 6", r"\d{13}|\d{6} \d{4} \d{3}", sums.south_african, "open"),
    _form("CN resident", "17 18", r"[1-9]\d{16}[\dX]", sums.chinese, names="身份证"),
    _form("JP My Number", "4 12", r"\d{4}([ -]?)\d{4}\1\d{4}", sums.my_number, "named", "mynumber マイナンバー"),
    _form("KR RRN", "6", r"\d{6}-[1-8]\d{6}", sums.korean, "open", "rrn resident"),
    _form("TR TCKN", "11", r"[1-9]\d{10}", sums.tckn, "open", "tc tckn kimlik"),
)
_BY_FIRST: Final = {
    length: tuple(form for form in _DIGIT_FORMS if length in form.first)
    for length in {length for form in _DIGIT_FORMS for length in form.first}
}
#: Forms that begin with a letter.
_LETTER_FORMS: Final = (
    _form("UK NINO", "", r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]?\d\d([ -]?)\d\d\1\d\d[ -]?[A-D]", sums.nino),
    _form("ES NIE", "", r"[XYZ][ -]?\d{7}[ -]?[A-HJ-NP-TV-Z]", sums.dni, names="nie"),
    _form("IT codice fiscale", "", r"[A-Z]{6}\d\d[A-EHLMPR-T]\d\d[A-Z]\d{3}[A-Z]", sums.codice_fiscale),
    _form(
        "IT codice fiscale",
        "",
        r"[A-Z]{3} [A-Z]{3} \d\d[A-EHLMPR-T]\d\d [A-Z]\d{3}[A-Z]",
        sums.codice_fiscale,
    ),
    _form("IN PAN", "", r"[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]", _any, "open", "pan"),
    _form("MX CURP", "", r"[A-Z]{4}\d{6}[HMX][A-Z]{5}[A-Z\d]\d", sums.curp),
    _form("SG NRIC", "", r"[STFGM]\d{7}[A-Z]", sums.nric, names="nric fin"),
    _form("UK driving licence", "", r"[A-Z]{2,5}9{0,3}\d{6}[A-Z9]{2}[A-Z2-9][A-Z]{2}", _any, "open", "licence license"),
)
#: A passport's number has as many forms as there are countries, so its words must stand right before it.
_PASSPORT: Final = re.compile(
    r"\b(?:passport|reisepass|passeport|pasaporte|passaporto|passaporte|paspoort)"
    r"(?:[ -]?(?:no|nr|number|num|nummer|numéro|número|numero|n[°º])\b)?\.?(?:[ ](?:is|ist|est|es|è|é))?[ :#(]{0,3}"
    r"([A-Z]{0,3}\d[A-Z\d]{5,9})(?!\w)",
    re.I,
)
#: Digits that may begin a form: five at least, and none of another number right before them.
_LOOK: Final = re.compile(r"(?<![\w.,/#+-])(?=\d(?:[ .\-/]?\d){4})\d+")
_APART: Final = re.compile(r"(?<![\w.,/#+-])")
_SEPARATORS: Final = re.compile(r"[^0-9A-Z]")


def find_nationals(places: Places) -> Iterator[tuple[int, int]]:
    """Yield start and end of each national number; they may overlap.

    Args:
        places: The text.

    >>> text = "My NINO is AB 12 34 56 C and the order 529982247 is late"
    >>> [text[a:b] for a, b in find_nationals(Places(text))]
    ['AB 12 34 56 C']
    """
    text = places.text
    for start in places.numbers:
        digits = _LOOK.match(text, start)
        if digits:
            yield from _forms_at(text, start, _BY_FIRST.get(digits.end() - start, ()))
    for start in places.codes:
        if _APART.match(text, start):
            yield from _forms_at(text, start, _LETTER_FORMS)
    if "pas" in places.low:
        for match in _PASSPORT.finditer(text):
            if _has_digits(match[1]):
                yield match.span(1)


def _forms_at(text: str, start: int, forms: tuple[Form, ...]) -> Iterator[tuple[int, int]]:
    said: frozenset[str] | None = None
    for form in forms:
        match = form.pattern.match(text, start)
        if not match or not form.holds(compact(match[0])):
            continue
        if form.trust != "sure":
            said = words_before(text, start) if said is None else said
            if said.isdisjoint(form.names) and (form.trust == "named" or not said.isdisjoint(_NOT_OURS)):
                continue
        yield match.span()


def compact(value: str) -> str:
    """Return a number without its separators, in upper case.

    >>> compact("131052-308t")
    '131052308T'
    """
    return _SEPARATORS.sub("", value.upper())
