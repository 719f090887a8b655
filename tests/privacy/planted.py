"""Personal data made up by rule, valid by check sum, in sentences as customers write them; the same for every seed.

`planted` is what recall is measured on, by the tests and by ``python -m benchmarks.redaction``.
"""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import phonenumbers as pn

from touchline.privacy import sums
from touchline.privacy.checks import IBAN_LENGTHS, iban_length, is_card
from touchline.privacy.phones import COUNTRIES

DIGITS, LETTERS = string.digits, string.ascii_uppercase
Random = random.Random


@dataclass(frozen=True, slots=True)
class Planted:
    """A text with one value in it.

    Attributes:
        kind: The kind of placeholder that it should become.
        form: How it is written, such as "US SSN".
        value: The value.
        text: The text.
    """

    kind: str
    form: str
    value: str
    text: str


FRAMES = (
    "Please write to {} as soon as you can.",
    "{} is where you find me",
    "My details: {}, thanks!",
    "I gave you {} three weeks ago and nothing happened.",
    "order 4471 is still missing ({})",
    "Hi\n{}\nbest, Ann",
    "I waited 45 minutes on 12/03/2026 and then your agent read out {} to everyone in the shop!",
    "Why do you still have {} on file?",
    "As I said on the 3rd: {}. It cost me £19.99 and 2 hours.",
    "Your form shows {} instead of mine - not good, 1 star.",
    "The email of 14:30 had somebody else's data in it: {}",
    "you leaked {}; I want 50 % of my money back",
    'This is what I typed: "{}" and it said error 404',
    "{} - and still no answer after 5 attempts",
    "Bitte ändern Sie das auf {}, danke",
    "Je vous ai donné {} il y a 2 semaines.",
    "Les di {} hace 3 días y nada.",
    "It now says '{}' in my profile, flight BA117 on 3 May, seat 24C.",
    "they wrote {}.",
    "Gate B12, 07:45, and they asked for {} again",
)
CALLS = (
    "Call me on {} please.", "my phone number is {}", "mobile: {}", "you can reach me at {}.", "Tel. {}",
    "my cell is {} if you need me before 5pm", "WhatsApp {}", "Telefon: {}, ab 18 Uhr", "mi móvil es {}",
)  # fmt: skip
NAMED = ("My {name} is {value}, please update it.", "{name}: {value}", "they lost my {name} ({value}) twice in 2 weeks")
SENDS = (
    "Please send the replacement to {}.",
    "I live at {} and the courier said nobody was home at 10:45",
    "Delivered to {}, which is wrong. 3rd time this year!",
    "My address is {}",
    "New address:\n{}\nThanks",
    "The meter at {} was read on 4 June",
    "they left 2 parcels in front of {} in the rain!",
)
ORDERS = (
    "My order {} has not arrived.", "order number {} came broken", "Order no. {}: 2 of 3 items missing",
    "booking reference {} was cancelled", "invoice {} was charged twice", "account number {} is blocked",
    "my customer number is {}", "Meine Kundennummer {} geht nicht", "pedido {} sin entregar", "commande n° {} perdue",
    "policy {} expired", "tracking number {} shows nothing", "ticket #{} is open since 2025",
)  # fmt: skip


def _some(rnd: Random, length: int, among: str = DIGITS) -> str:
    return "".join(rnd.choices(among, k=length))


def _valid(rnd: Random, make: Callable[[], str], holds: Callable[[str], bool]) -> str:
    while True:
        value = make()
        if holds(value):
            return value


def _cut(value: str, *widths: int, gap: str = " ") -> str:
    parts, start = [], 0
    for width in widths:
        parts.append(value[start : start + width])
        start += width
    return gap.join(parts)


def emails(rnd: Random) -> str:
    user = rnd.choice(["ann", "b.smith", "o'brien", "first+tag", "x_y", "jürgen.müller", "a1", "Mary-Ann"])
    host = rnd.choice(["example.org", "mail.example.co.uk", "firma.de", "x-y.io", "sub.domain.example.com"])
    at = rnd.choice(["@"] * 8 + [" (at) ", "[at]"])
    return f"{user}{rnd.randrange(1000)}{at}{host}".replace("o'brien", "obrien" if at != "@" else "o'brien")


def cards(rnd: Random) -> str:
    stem = rnd.choice(["4", "51", "55", "2221", "34", "37", "6011", "3530"])
    length = 15 if stem in ("34", "37") else 16
    digits = _valid(rnd, lambda: stem + _some(rnd, length - len(stem)), is_card)
    gap = rnd.choice(["", " ", "-"])
    if length == 15 and rnd.random() < 0.5:
        return _cut(digits, 4, 6, 5, gap=gap)
    return _cut(digits, 4, 4, 4, 4, gap=gap)


def ibans(rnd: Random) -> str:
    country = rnd.choice(sorted(IBAN_LENGTHS))
    length = IBAN_LENGTHS[country]
    letters = _some(rnd, 4, "ABCDEFGHJK") if country in ("GB", "NL", "MT", "IE", "BG", "LV", "RO") else ""
    body = letters + _some(rnd, length - 4 - len(letters))
    check = next(f"{n:02d}" for n in range(2, 99) if iban_length(f"{country}{n:02d}{body}"))
    whole = country + check + body
    return rnd.choice([whole, whole.lower()] + [_cut(whole, *[4] * 9).rstrip()] * 3)


def addresses(rnd: Random) -> str:
    if rnd.random() < 0.6:
        return ".".join(str(rnd.randrange(1, 255)) for _ in range(4))
    groups = [f"{rnd.randrange(1, 65536):x}" for _ in range(8)]
    return ":".join(groups) if rnd.random() < 0.5 else f"2001:db8::{groups[0]}:{groups[1]}"


SHAPES = (
    "+1 (2xx) 5xx-xxxx", "+1-4xx-5xx-xxxx", "(4xx) 5xx-xxxx", "4xx-5xx-xxxx", "4xx.5xx.xxxx",
    "1-800-5xx-xxxx", "+44 20 7xxx xxxx", "+44 (0)20 7xxx xxxx", "020 7xxx xxxx", "07xxx xxxxxx",
    "07xxxxxxxxx", "+447xxxxxxxxx", "+49 30 xxxxxxx", "030/xxxxxxx", "0171 xxxxxxx",
    "+49 (0) 171 xxx xx xx", "0049 171 xxxxxxx", "06 xx xx xx xx", "+33 6 xx xx xx xx",
    "06.xx.xx.xx.xx", "+34 6xx xxx xxx", "+39 347 xxx xxxx", "+351 912 xxx xxx",
    "+91 98xxx xxxxx", "+61 4xx xxx xxx", "0412 xxx xxx", "(11) 9xxxx-xxxx", "+55 11 9xxxx-xxxx",
    "+86 138 xxxx xxxx", "(020) 7xxx xxxx",
)  # fmt: skip


def phones(rnd: Random) -> str:
    shape = rnd.choice(SHAPES)
    return "".join(str(rnd.randrange(2, 10)) if c == "x" else c for c in shape)


def international(rnd: Random) -> str:
    """A number that libphonenumber holds for valid, as it prints it."""
    style = rnd.choice([pn.PhoneNumberFormat.INTERNATIONAL, pn.PhoneNumberFormat.E164])
    return pn.format_number(_real(rnd, sorted(pn.SUPPORTED_REGIONS)), style)


def national(rnd: Random) -> str:
    """A number of a country that we know, as its people write it, of nine digits or more."""
    return _valid(
        rnd,
        lambda: pn.format_number(_real(rnd, COUNTRIES), pn.PhoneNumberFormat.NATIONAL),
        lambda value: sum(c.isdigit() for c in value) >= 9 and not value.isdigit(),
    )


def _real(rnd: Random, regions: list[str] | tuple[str, ...]) -> pn.PhoneNumber:
    while True:
        kind = rnd.choice([pn.PhoneNumberType.MOBILE, pn.PhoneNumberType.FIXED_LINE])
        example = pn.example_number_for_type(rnd.choice(regions), kind)
        if example is None or example.italian_leading_zero:
            continue
        digits = str(example.national_number)
        other = pn.PhoneNumber(example.country_code, int(digits[:-4] + _some(rnd, 4)))
        if pn.is_valid_number(other):
            return other


def links(rnd: Random) -> str:
    token = _some(rnd, rnd.randrange(20, 40), string.ascii_letters + DIGITS)
    uuid = "-".join(_some(rnd, n, "0123456789abcdef") for n in (8, 4, 4, 4, 12))
    number, name = _some(rnd, 6), rnd.choice(["ann", "bob", "carla"])
    return rnd.choice(
        [
            f"https://shop.example/reset?token={token}",
            f"https://www.example.com/account/verify?email={name}%40example.org&page=2",
            f"http://example.org/o/{uuid}",
            f"https://example.com/invite/{token}1a2B3c",
            f"www.example.co.uk/orders?orderId={number}",
            f"https://example.com/survey?utm_source=mail&customer_id={number}",
            f"https://{name}:{token[:9]}@intranet.example.com/",
            f"https://example.com/login#access_token={token}&expires=3600",
            f"shop.example.com/track?code={number}",
            f"https://example.com/p?first_name={name}&lang=en",
            f"https://example.com/a/b?session={token[:8]}",
            f"https://example.com/pay?sig={token[:12]}&amount=12.50",
        ]
    )


FORMS: dict[str, tuple[Callable[[Random], str], str]] = {}


def _form(form: str, names: str = "") -> Callable[[Callable[[Random], str]], Callable[[Random], str]]:
    """Register a maker of a form; with names it stands in a sentence that names it."""

    def register(make: Callable[[Random], str]) -> Callable[[Random], str]:
        FORMS[form] = (make, names)
        return make

    return register


def _born(rnd: Random) -> tuple[str, str, str]:
    return f"{rnd.randrange(1, 29):02d}", f"{rnd.randrange(1, 13):02d}", f"{rnd.randrange(100):02d}"


@_form("US SSN")
def _ssn(rnd: Random) -> str:
    digits = _valid(rnd, lambda: str(rnd.randrange(1, 9)) + _some(rnd, 8), sums.ssn)
    return _cut(digits, 3, 2, 4, gap=rnd.choice("--- "))


@_form("US SSN, bare", "SSN")
def _bare_ssn(rnd: Random) -> str:
    return _valid(rnd, lambda: str(rnd.randrange(1, 9)) + _some(rnd, 8), sums.ssn)


@_form("UK NINO")
def _nino(rnd: Random) -> str:
    digits = _some(rnd, 2, "ABCEGHJKLMPRSTWXYZ").replace("K", "J") + _some(rnd, 6) + rnd.choice("ABCD")
    digits = "AB" + digits[2:] if not sums.nino(digits) else digits
    return rnd.choice([digits, digits.lower(), _cut(digits, 2, 2, 2, 2, 1)])


@_form("ES DNI")
def _dni(rnd: Random) -> str:
    value = _valid(rnd, lambda: _some(rnd, 8) + rnd.choice(LETTERS), sums.dni)
    return rnd.choice([value, f"{value[:8]}-{value[8]}", f"{value[:2]}.{value[2:5]}.{value[5:8]}-{value[8]}"])


@_form("ES NIE")
def _nie(rnd: Random) -> str:
    value = _valid(rnd, lambda: rnd.choice("XYZ") + _some(rnd, 7) + rnd.choice(LETTERS), sums.dni)
    return rnd.choice([value, f"{value[0]}-{value[1:8]}-{value[8]}"])


@_form("DE Steuer-ID")
def _steuer(rnd: Random) -> str:
    def make() -> str:
        some = rnd.sample(DIGITS, 9)
        some.insert(rnd.randrange(10), rnd.choice(some))
        return "".join(some) + rnd.choice(DIGITS)

    value = _valid(rnd, make, sums.steuer_id)
    return rnd.choice([value, _cut(value, 2, 3, 3, 3)])


@_form("DE Steuernummer", "Steuernummer")
def _steuernummer(rnd: Random) -> str:
    return f"{_some(rnd, 2)}/{_some(rnd, 3)}/{_some(rnd, 5)}"


@_form("FR NIR")
def _nir(rnd: Random) -> str:
    place = rnd.choice(["75", "13", "69", "2A", "2B", "33"])
    _, month, year = _born(rnd)
    value = _valid(
        rnd, lambda: rnd.choice("12") + year + month + place + _some(rnd, 6) + f"{rnd.randrange(1, 98):02d}", sums.nir
    )
    return rnd.choice([value, _cut(value, 1, 2, 2, 2, 3, 3, 2)])


@_form("IT codice fiscale")
def _fiscale(rnd: Random) -> str:
    day, _, year = _born(rnd)

    def make() -> str:
        name = _some(rnd, 6, "BCDFGLMNPRSTVZ")
        return name + year + rnd.choice("ABCDEHLMPRST") + day + "H" + _some(rnd, 3) + rnd.choice(LETTERS)

    value = _valid(rnd, make, sums.codice_fiscale)
    return rnd.choice([value, value.lower()])


@_form("BR CPF")
def _cpf(rnd: Random) -> str:
    value = _valid(rnd, lambda: _some(rnd, 11), sums.cpf)
    return rnd.choice([f"{value[:3]}.{value[3:6]}.{value[6:9]}-{value[9:]}", value])


@_form("IN Aadhaar")
def _aadhaar(rnd: Random) -> str:
    value = _valid(rnd, lambda: rnd.choice("23456789") + _some(rnd, 11), sums.aadhaar)
    return rnd.choice([_cut(value, 4, 4, 4), _cut(value, 4, 4, 4, gap="-"), value])


@_form("IN PAN")
def _pan(rnd: Random) -> str:
    return _some(rnd, 3, LETTERS) + rnd.choice("PCHF") + rnd.choice(LETTERS) + _some(rnd, 4) + rnd.choice(LETTERS)


@_form("CA SIN")
def _sin(rnd: Random) -> str:
    return _cut(_valid(rnd, lambda: _some(rnd, 9), sums.sin), 3, 3, 3, gap=rnd.choice("- "))


@_form("CA SIN, bare", "SIN")
def _bare_sin(rnd: Random) -> str:
    return _valid(rnd, lambda: _some(rnd, 9), sums.sin)


@_form("NL BSN", "BSN")
def _bsn(rnd: Random) -> str:
    return _valid(rnd, lambda: _some(rnd, 9), sums.bsn)


@_form("PT NIF", "NIF")
def _nif(rnd: Random) -> str:
    value = _valid(rnd, lambda: rnd.choice("123") + _some(rnd, 8), sums.nif)
    return rnd.choice([value, _cut(value, 3, 3, 3)])


@_form("PL PESEL")
def _pesel(rnd: Random) -> str:
    day, month, year = _born(rnd)
    return _valid(rnd, lambda: year + month + day + _some(rnd, 5), sums.pesel)


@_form("SE personnummer")
def _personnummer(rnd: Random) -> str:
    day, month, year = _born(rnd)
    value = _valid(rnd, lambda: year + month + day + _some(rnd, 4), sums.personnummer)
    return rnd.choice(["", "19"]) + f"{value[:6]}-{value[6:]}"


@_form("DK CPR")
def _cpr(rnd: Random) -> str:
    return "".join(_born(rnd)) + "-" + _some(rnd, 4)


@_form("NO fødselsnummer")
def _fodsels(rnd: Random) -> str:
    return _valid(rnd, lambda: "".join(_born(rnd)) + _some(rnd, 5), sums.fodselsnummer)


@_form("FI HETU")
def _hetu(rnd: Random) -> str:
    value = _valid(
        rnd, lambda: "".join(_born(rnd)) + _some(rnd, 3) + rnd.choice("0123456789ABCDEFHJKLMNPRSTUVWXY"), sums.hetu
    )
    return value[:6] + rnd.choice("-A") + value[6:]


@_form("BE rijksregister")
def _rijks(rnd: Random) -> str:
    day, month, year = _born(rnd)
    value = _valid(rnd, lambda: year + month + day + _some(rnd, 5), sums.rrn_be)
    return f"{value[:2]}.{value[2:4]}.{value[4:6]}-{value[6:9]}.{value[9:]}"


@_form("CH AHV")
def _ahv(rnd: Random) -> str:
    value = _valid(rnd, lambda: "756" + _some(rnd, 10), sums.ahv)
    return _cut(value, 3, 4, 4, 2, gap=".")


@_form("AT SVNR", "SVNR")
def _svnr(rnd: Random) -> str:
    value = _valid(rnd, lambda: _some(rnd, 4) + "".join(_born(rnd)), sums.svnr)
    return rnd.choice([value, _cut(value, 4, 6)])


@_form("IE PPS")
def _pps(rnd: Random) -> str:
    return _valid(rnd, lambda: _some(rnd, 7) + _some(rnd, 1, LETTERS[:23]) + rnd.choice(["", "A", "B"]), sums.pps)


@_form("AU TFN", "TFN")
def _tfn(rnd: Random) -> str:
    value = _valid(rnd, lambda: rnd.choice("123456789") + _some(rnd, 8), sums.tfn)
    return rnd.choice([value, _cut(value, 3, 3, 3)])


@_form("MX CURP")
def _curp(rnd: Random) -> str:
    day, month, year = _born(rnd)
    stem = _some(rnd, 4, LETTERS) + year + month + day + rnd.choice("HM") + _some(rnd, 5, LETTERS) + "0"
    return _valid(rnd, lambda: stem + rnd.choice(DIGITS), sums.curp)


@_form("CL RUT")
def _rut(rnd: Random) -> str:
    value = _valid(rnd, lambda: rnd.choice("12") + _some(rnd, 7) + rnd.choice(DIGITS + "K"), sums.rut)
    return rnd.choice([f"{value[:2]}.{value[2:5]}.{value[5:8]}-{value[8]}", f"{value[:8]}-{value[8]}"])


@_form("AR CUIL")
def _cuil(rnd: Random) -> str:
    value = _valid(rnd, lambda: rnd.choice(["20", "27"]) + _some(rnd, 9), sums.cuit)
    return _cut(value, 2, 8, 1, gap="-")


@_form("ZA ID")
def _za(rnd: Random) -> str:
    day, month, year = _born(rnd)
    return _valid(rnd, lambda: year + month + day + _some(rnd, 4) + "08" + _some(rnd, 1), sums.south_african)


@_form("CN resident")
def _cn(rnd: Random) -> str:
    day, month, year = _born(rnd)
    return _valid(rnd, lambda: "11010519" + year + month + day + _some(rnd, 3) + rnd.choice(DIGITS + "X"), sums.chinese)


@_form("KR RRN")
def _kr(rnd: Random) -> str:
    day, month, year = _born(rnd)
    return year + month + day + "-" + rnd.choice("1234") + _some(rnd, 6)


@_form("TR TCKN")
def _tr(rnd: Random) -> str:
    return _valid(rnd, lambda: rnd.choice("123456789") + _some(rnd, 10), sums.tckn)


@_form("SG NRIC")
def _sg(rnd: Random) -> str:
    return _valid(rnd, lambda: rnd.choice("STFG") + _some(rnd, 7) + rnd.choice(LETTERS), sums.nric)


@_form("passport", "passport number")
def _passport(rnd: Random) -> str:
    return rnd.choice([_some(rnd, 9), rnd.choice(LETTERS) + _some(rnd, 8), _some(rnd, 2, LETTERS) + _some(rnd, 7)])


def homes(rnd: Random) -> str:
    """A postal address of one of a dozen countries."""
    n = rnd.randrange(1, 250)
    names = ["High", "Victoria", "Kings", "Old Mill", "Maple", "St Mary's", "Queen Elizabeth", "North 5th", "Elm"]
    types = ["Street", "Road", "Avenue", "Lane", "Drive", "Court", "Close", "St", "Rd", "Ave", "Blvd", "Way", "Terrace"]
    outward = rnd.choice(["SW1A", "M1", "LS6", "EC2V", "B33", "CF10", "G12"])
    british = f"{outward} {rnd.randrange(1, 10)}{_some(rnd, 2, 'ABDEFGHJ')}"
    town = rnd.choice(["London", "Leeds", "Manchester", "Milton Keynes"])
    state = rnd.choice(["Springfield, IL", "Austin, TX", "New York, NY", "Portland, OR"])
    way = rnd.choice(types)
    street = f"{rnd.choice(names)} {way}"
    de = rnd.choice(["Lindenstraße", "Hauptstr.", "Gartenweg", "Konrad-Adenauer-Platz", "Lange Straße", "Amselweg"])
    fr = rnd.choice(["rue de la Paix", "avenue Victor Hugo", "boulevard Saint-Germain", "rue Daru"])
    es = rnd.choice(["Calle de Alcalá", "Calle Mayor", "Avenida de América", "Plaza de España", "C/ Serrano"])
    it = rnd.choice(["Via Roma", "Via Giuseppe Garibaldi", "Corso Buenos Aires", "Piazza del Popolo", "Viale Europa"])
    br = rnd.choice(["Rua Augusta", "Avenida Paulista", "Rua das Flores", "Alameda Santos"])
    nl = rnd.choice(["Keizersgracht", "Dorpsstraat", "Beethovenlaan", "Stationsweg"])
    zip5 = _some(rnd, 5, "123456789")
    return rnd.choice(
        [
            f"{n} {street}, {town} {british}",
            f"Flat {n % 30 + 1}, {n} {street}, {town}, {british}",
            f"{n} {street}",
            f"{n}A {street}, {british}",
            f"{n * 10 + 1} {street}, {state} {zip5}",
            f"{n * 10 + 1} {street} Apt {n % 20}B, {state} {zip5}-{_some(rnd, 4)}",
            f"{n} {street}, Toronto, ON M5V {rnd.randrange(1, 9)}K{rnd.randrange(1, 9)}",
            f"{n} {street.lower()}, {town.lower()}" if way in types[:4] else f"{n} {street}, {town}",
            f"{de} {n}, {zip5} Berlin",
            f"{de} {n}a",
            f"{de} {n} in {zip5} Bad Homburg",
            f"{n} {fr}, 75{_some(rnd, 3)} Paris",
            f"{n} bis {fr}",
            f"{es}, {n}, 28{_some(rnd, 3)} Madrid",
            f"{es} {n}",
            f"{it} {n}, 00{_some(rnd, 3)} Roma",
            f"{br}, {n} - {zip5}-{_some(rnd, 3)} São Paulo",
            f"{nl} {n}, 10{_some(rnd, 2)} AB Amsterdam",
            f"PO Box {n}",
            f"Postfach {n * 7}, {zip5} Köln",
        ]
    )


def orders(rnd: Random) -> str:
    return rnd.choice(
        [
            _some(rnd, rnd.randrange(5, 13), "123456789"),
            f"{_some(rnd, 2, LETTERS)}-{_some(rnd, 6)}",
            f"{_some(rnd, 4, '23456789')}-{_some(rnd, 4)}",
            f"{_some(rnd, 3, LETTERS)}{_some(rnd, 7)}",
        ]
    )


PLANTED: dict[str, Callable[[Random], str]] = {
    "email": emails,
    "card": cards,
    "iban": ibans,
    "ip": addresses,
    "phone": phones,
}


def planted(each: int = 200, seed: int = 7) -> Iterator[Planted]:
    """Yield texts with one value each: of every kind so many, of "id" a fifth as many of each of its forms.

    Args:
        each: How many of a kind.
        seed: Another one gives other values in other sentences.
    """
    for kind, form, make, frames in (
        ("email", "e-mail", emails, FRAMES),
        ("card", "card", cards, FRAMES),
        ("iban", "IBAN", ibans, FRAMES),
        ("ip", "IP", addresses, FRAMES),
        ("phone", "phone, by shape", phones, FRAMES),
        ("phone", "phone, international", international, FRAMES),
        ("phone", "phone, national", national, FRAMES + CALLS),
        ("phone", "phone, named", lambda rnd: str(rnd.randrange(41_000_000, 9_899_999_999)), CALLS),
        ("url", "link", links, FRAMES),
        ("address", "postal address", homes, SENDS),
        ("order", "order number", orders, ORDERS),
    ):
        rnd = random.Random(f"{seed} {form}")
        for _ in range(each):
            value = make(rnd)
            yield Planted(kind, form, value, rnd.choice(frames).format(value))
    for form, (make, name) in FORMS.items():
        rnd = random.Random(f"{seed} {form}")
        for _ in range(max(1, each // 5)):
            value = make(rnd)
            frame = rnd.choice(NAMED) if name else rnd.choice(FRAMES)
            yield Planted("id", form, value, frame.format(value, value=value, name=name))


def is_gone(one: Planted, cleaned: str) -> bool:
    """Whether a value was replaced, and none of its words with digits in them is left."""
    pieces = [piece for piece in _pieces(one.value) if piece not in one.text.replace(one.value, "", 1)]
    return "_1]" in cleaned and one.value not in cleaned and not any(piece in cleaned for piece in pieces)


def _pieces(value: str) -> list[str]:
    words = "".join(c if c.isalnum() else " " for c in value).split()
    return [word for word in words if any(c.isdigit() for c in word) and len(word) > 2]
