"""What the words before a number say that it is."""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Final

_SIGNS: Final = "#№$£€¥"
_BEFORE: Final = re.compile(r"[^\W\d_]+|[\d\n]")
_WORD: Final = re.compile(r"[^\W\d_]+")
_LOOK_BACK: Final = 40

#: Words after which a number is a telephone's.
PHONE_WORDS: Final = frozenset(
    {
        "phone", "telephone", "mobile", "cell", "cellphone", "fon", "telefon", "telefono", "teléfono", "telefone",
        "téléphone", "handy", "móvil", "movil", "celular", "portable", "cellulare", "whatsapp", "fax", "tel", "ph",
        "mob", "call", "calling", "ring", "dial", "text", "sms", "reach", "contact", "appeler", "llamar", "anrufen",
    }
)  # fmt: skip
#: Words after which nine digits and more are a telephone's, where none of the others stands beside them.
NUMBER_WORDS: Final = frozenset({"number", "numbers", "nummer", "número", "numero", "numéro"})
#: Words after which fifteen digits and more are a card's, whatever their check digit.
CARD_WORDS: Final = frozenset(
    {
        "card", "visa", "mastercard", "amex", "maestro", "debit", "credit", "karte", "kreditkarte", "kartennummer",
        "tarjeta", "carte", "carta", "cartão", "kaart",
    }
)  # fmt: skip
#: Words after which a number is a person's, in columns' names.
ID_WORDS: Final = frozenset(
    {
        "ssn", "itin", "nino", "sin", "nas", "bsn", "dni", "nie", "nif", "nir", "cpf", "rut", "curp", "pesel", "tfn",
        "tin", "steuer", "steuernummer", "aadhaar", "pan", "passport", "reisepass", "pasaporte", "passeport",
        "national", "identity", "svnr", "ahv", "pps", "cpr", "personnummer", "contribuinte", "nhs",
    }
)  # fmt: skip
#: Words after which a number is something that a shop or carrier gave out.
OTHER_WORDS: Final = frozenset(
    {
        "order", "invoice", "ref", "reference", "booking", "reservation", "ticket", "case", "claim", "policy",
        "tracking", "parcel", "shipment", "account", "acct", "confirmation", "serial", "id", "sku", "isbn",
        "ean", "article", "item", "product", "model", "contract", "customer", "member", "loyalty", "incident",
        "transaction", "payment", "receipt", "pnr", "imei", "meter", "vin", "zip", "code",
        "pin", "purchase", "po", "flight", "part", "batch", "lot", "room", "seat", "voucher", "coupon", "gift",
        "promo", "plate", "cheque", "check", "routing", "bank", "employee", "student", "job", "request", "complaint",
        "bestellung", "bestellnummer", "rechnung", "pedido", "factura", "commande", "facture", "ordine", "fattura",
    }
)  # fmt: skip


def words_before(text: str, start: int) -> frozenset[str]:
    """Return the words before a place, in lower case, back to the last digit or line break, 40 characters at most.

    >>> sorted(words_before("12 crates. My SSN: 078-05-1120", 19))
    ['crates', 'my', 'ssn']
    """
    words: set[str] = set()
    for word in reversed(_BEFORE.findall(text[max(0, start - _LOOK_BACK) : start].lower())):
        if word.isdigit() or word == "\n":
            break
        words.add(word)
    return frozenset(words)


def says_other(text: str, start: int, words: Set[str]) -> bool:
    """Whether the words before a place, or the sign right before it, say order number, price and the like."""
    return not words.isdisjoint(OTHER_WORDS) or text[max(0, start - 3) : start].rstrip()[-1:] in {*_SIGNS}


def is_naming(key: str) -> bool:
    """Whether a column's or attribute's name says what number stands in it.

    >>> is_naming("customer_phone"), is_naming("SSN"), is_naming("plan")
    (True, True, False)
    """
    words = set(_WORD.findall(key.lower().replace("_", " ")))
    return not words.isdisjoint(PHONE_WORDS | CARD_WORDS | ID_WORDS)
