"""Money, as exports write it: ``1,234.50``, ``1.234,50 €``, ``$12``, ``(3.00)``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MONEY: Final = pa.decimal128(18, 4)

#: Currency signs and what they stand for.
SYMBOLS: Final = {
    "€": "EUR",
    "$": "USD",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "zł": "PLN",
    "Fr.": "CHF",
    "US$": "USD",
    "R$": "BRL",
}
_SHAPE: Final = re.compile(
    r"(?P<open>\()?(?P<minus>[-−+])?\s*(?P<before>[^\d\s().,+-]{1,3}\.?)?\s*(?P<minus2>[-−])?"
    r"(?P<number>\d[\d.,'’  \s]*)\s*(?P<after>[^\d\s().,]{1,3}\.?)?\s*\)?$"
)


@dataclass(frozen=True, slots=True)
class Amounts:
    """A column of amounts: decimals, the currencies that the cells tell, and a mask of the bad."""

    value: pa.Array
    currency: pa.Array
    bad: np.ndarray


def parse_amount(text: str) -> tuple[Decimal, str | None] | None:
    """Read one amount and, where it tells one, its currency.

    One kind of separator followed by groups of three only is taken for thousands if it is a comma.

    >>> parse_amount("1.234,50 €"), parse_amount("(3.00)"), parse_amount("1,234"), parse_amount("12,5")
    ((Decimal('1234.50'), 'EUR'), (Decimal('-3.00'), None), (Decimal('1234'), None), (Decimal('12.5'), None))
    """
    text = text.strip()
    try:
        if re.fullmatch(r"[+-]?\d+(\.\d+)?([eE][+-]?\d{1,2})?", text):
            return _fit(Decimal(text)), None
        found = _SHAPE.match(text)
        if not found:
            return None
        digits = re.sub(r"[\s'’  ]", "", found["number"])
        comma, point = digits.rfind(","), digits.rfind(".")
        if comma >= 0 and point >= 0:
            thousands = "," if point > comma else "."
        elif re.fullmatch(r"\d{1,3}(,\d{3})+", digits):
            thousands = ","
        elif re.fullmatch(r"\d{1,3}(\.\d{3}){2,}", digits):
            thousands = "."
        else:
            thousands = ""
        digits = (digits.replace(thousands, "") if thousands else digits).replace(",", ".")
        value = _fit(Decimal(digits))
    except InvalidOperation:
        return None
    negative = found["open"] or (found["minus"] or "+") != "+" or found["minus2"]
    mark = found["before"] or found["after"]
    currency = SYMBOLS.get(mark or "", mark if mark and re.fullmatch(r"[A-Z]{3}", mark) else None)
    return None if mark and currency is None else (-value if negative else value, currency)


def read_amounts(cells: pa.StringArray) -> Amounts:
    """Read a column of amounts; text is trimmed, NULL where missing."""
    try:
        return Amounts(pc.cast(cells, MONEY), pa.nulls(len(cells), pa.string()), np.zeros(len(cells), bool))
    except pa.ArrowInvalid:
        pass
    coded = cells.dictionary_encode()
    read = [parse_amount(str(v)) for v in coded.dictionary.to_pylist()]
    value = pa.array([r[0] if r else None for r in read], MONEY).take(coded.indices)
    currency = pa.array([r[1] if r else None for r in read], pa.string()).take(coded.indices)
    missing = cells.is_null().to_numpy(zero_copy_only=False)
    return Amounts(value, currency, value.is_null().to_numpy(zero_copy_only=False) & ~missing)


def _fit(value: Decimal) -> Decimal:
    if not value.is_finite() or abs(value) >= 10**14:
        raise InvalidOperation
    return value.quantize(Decimal("0.0001")) if -value.as_tuple().exponent > 4 else value  # type: ignore[operator]
