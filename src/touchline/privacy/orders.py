"""Finds order, booking, account and customer numbers by the words before them; off unless a workspace asks for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_WHAT: Final = (
    r"orders?|invoices?|bookings?|reservations?|tickets?|cases?|claims?|polic(?:y|ies)|accounts?|acct|a/c|customers?"
    r"|members?(?:hip)?|contracts?|references?|ref|confirmation|tracking|shipments?|parcels?|purchases?|po|pnr"
    r"|transactions?|receipts?|loyalty|subscriptions?|meter|serial|incidents?|rma"
    r"|bestell(?:ung|nummer)|auftrags?(?:nummer)?|rechnung(?:snummer)?|kunden(?:nummer|nr)|konto(?:nummer)?"
    r"|vertrag(?:snummer)?|buchung(?:snummer)?|pedido|factura|cuenta|reserva|contrato|cliente|commande|facture|compte"
    r"|réservation|contrat|client|ordine|fattura|conto|prenotazione|contratto|encomenda|fatura|conta"
)
_LABEL: Final = (
    r"numbers?|num|no|nr|nº|n°|id|ids|code|ref|reference|nummer|número|numero|numéro|de|del|di|do|la|is|was"
    r"|ist|es|est|è|é|under"
)
_NUMBER: Final = re.compile(
    rf"(?<!\w)(?:{_WHAT})(?!\w)\.?(?:[ ](?:{_LABEL})(?!\w)\.?){{0,3}}[ ]?[:#=(-]{{0,2}}[ ]?"
    r"((?=[A-Za-z\d/-]*\d[A-Za-z/-]*\d[A-Za-z/-]*\d[A-Za-z/-]*\d)[A-Za-z\d](?:[/-]?[A-Za-z\d]){3,31})(?![\w]|[.,]\d)",
    re.IGNORECASE,
)
_YEAR: Final = re.compile(r"(?:19|20)\d\d|\d{4}-\d\d-\d\d|\d{1,2}[/-]\d{1,2}[/-]\d{2,4}")


def find_orders(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each number that a shop, a carrier or a bank gave out.

    Args:
        text: The text.

    >>> text = "Order no. 4471-882 of 2026 and account 00123456"
    >>> [text[a:b] for a, b in find_orders(text)]
    ['4471-882', '00123456']
    """
    for match in _NUMBER.finditer(text):
        if not _YEAR.fullmatch(match[1]):
            yield match.span(1)
