"""Numbers as people read them: never to more digits than their interval deserves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from touchline.words import Number, Phrase, joined, phrase, phrase_of, phrases

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

MINUS: Final = "−"
NOTHING: Final = "–"
_SPACE: Final = "\N{NO-BREAK SPACE}"
LOW: Final = phrase("low\N{NO-BREAK SPACE}n")
_MONTHS: Final = (
    phrase_of("month", "Jan"), phrase_of("month", "Feb"), phrase_of("month", "Mar"), phrase_of("month", "Apr"),
    phrase_of("month", "May"), phrase_of("month", "Jun"), phrase_of("month", "Jul"), phrase_of("month", "Aug"),
    phrase_of("month", "Sep"), phrase_of("month", "Oct"), phrase_of("month", "Nov"), phrase_of("month", "Dec"),
)  # fmt: skip
#: Units of time and how many seconds each is, the longest first.
_UNITS: Final = ((phrase("{n} d"), 86_400.0), (phrase("{n} h"), 3600.0), (phrase("{n} min"), 60.0))

_PERIODS: Final = {
    "day": phrase_of("period", "day"),
    "week": phrase_of("period", "week"),
    "month": phrase_of("period", "month"),
    "quarter": phrase_of("period", "quarter"),
    "year": phrase_of("period", "year"),
}


def half(low: float | None, high: float | None) -> float | None:
    """Return half the width of an interval; None where there is none.

    >>> half(55.0, 61.0)
    3.0
    """
    return None if low is None or high is None else (high - low) / 2


def places(margin: float | None) -> int:
    """Return how many decimals a number with this half interval deserves: one when it is known to under 1.

    >>> places(0.7), places(3.2), places(None)
    (1, 0, 0)
    """
    return 1 if margin is not None and margin < 0.95 else 0


def plain(value: float | None, decimals: int = 0, *, signed: bool = False) -> str:
    """Return a number with a true minus sign and thousands apart; a dash where there is none.

    >>> plain(-2.345, 1), plain(21, signed=True), plain(-0.04, 1), plain(1284.0), plain(None)
    ('−2.3', '+21', '0.0', '1,284', '–')
    """
    if value is None:
        return NOTHING
    rounded = float(round(value, decimals)) + 0.0  # no minus zero; counts of a warehouse may be decimals
    sign = MINUS if rounded < 0 else "+" if signed and rounded > 0 else ""
    return Number(f"{sign}{abs(rounded):,.{decimals}f}")


def plus_minus(low: float | None, high: float | None, decimals: int | None = None) -> str:
    """Return the half interval as ``±3``; nothing where there is none.

    >>> plus_minus(55.0, 61.0), plus_minus(57.9, 59.3), plus_minus(None, None)
    ('±3', '±0.7', '')
    """
    margin = half(low, high)
    if margin is None:
        return ""
    return phrase("±{margin}", margin=plain(margin, places(margin) if decimals is None else decimals))


def between(low: float | None, high: float | None, decimals: int | None = None) -> str:
    """Return an interval as ``55 to 61``.

    >>> between(-2.0, 4.1)
    '−2 to 4'
    """
    margin = half(low, high)
    if margin is None:
        return NOTHING
    digits = places(margin) if decimals is None else decimals
    return phrase("{low} to {high}", low=plain(low, digits), high=plain(high, digits))


def arrow(change: float | None, decimals: int = 0) -> str:
    """Return a change with the arrow of its direction; a dash in place of an arrow when it rounds to nothing.

    >>> arrow(-9.4), arrow(1.24, 1), arrow(0.2), arrow(None)
    ('▼ 9', '▲ 1.2', '– 0', '')
    """
    if change is None:
        return ""
    rounded = round(change, decimals)
    sign = "▼" if rounded < 0 else "▲" if rounded > 0 else NOTHING
    return Phrase("{sign} {by}", {"sign": sign, "by": plain(abs(rounded), decimals)})


def percent(share: float | None) -> str:
    """Return a share as a whole percentage; ``<1`` rather than 0 for what is there.

    >>> percent(0.124), percent(0.004), percent(0.0), percent(None)
    ('12 %', '<1 %', '0 %', '–')
    """
    if share is None:
        return NOTHING
    return Number("<1 %" if 0 < share < 0.005 else f"{share * 100:.0f} %")


def p_value(p: float | None) -> str:
    """Return a p-value to the digits that matter.

    >>> [p_value(p).replace(_SPACE, " ") for p in (0.0003, 0.0042, 0.04, 0.62, None)]
    ['p < .001', 'p = .004', 'p = .04', 'p = .62', '']
    """
    if p is None:
        return ""
    if p < 0.001:
        return Number(f"p{_SPACE}<{_SPACE}.001")
    return Number(f"p{_SPACE}={_SPACE}" + f"{p:.{3 if p < 0.01 else 2}f}".removeprefix("0"))


def count(n: int, one: str, many: str | None = None) -> str:
    """Return a number of things.

    >>> count(1, "customer"), count(2345, "customer"), count(0, "stage")
    ('1 customer', '2,345 customers', '0 stages')
    """
    return phrases(f"{{n}} {one}", f"{{n}} {many or one + 's'}", n)


def stretch(n: int, by: str) -> str:
    """Return a number of periods.

    >>> stretch(8, "week")
    '8 weeks'
    """
    match by:
        case "day":
            return count(n, "day")
        case "week":
            return count(n, "week")
        case "month":
            return count(n, "month")
        case "quarter":
            return count(n, "quarter")
    return count(n, by)


def period(by: str) -> str:
    """Return what a period of a trend is called: ``week``."""
    return _PERIODS.get(by, by)


def listed(words: Iterable[str]) -> str:
    """Return words as people list them.

    >>> listed(["reads", "asks", "waits"])
    'reads, asks and waits'
    """
    *most, last = words
    return phrase("{most} and {last}", most=joined(", ", most), last=last) if most else last


def day(when: date, *, year: bool = True) -> str:
    """Return a day as people write it.

    >>> from datetime import date
    >>> day(date(2026, 9, 6)), day(date(2026, 9, 6), year=False)
    ('6 Sep 2026', '6 Sep')
    """
    month = _MONTHS[when.month - 1]
    if year:
        return phrase("{day} {month} {year}", day=when.day, month=month, year=str(when.year))
    return phrase("{day} {month}", day=when.day, month=month)


def span(seconds: float | None) -> str:
    """Return a length of time in the unit that people would use.

    >>> span(42), span(5400), span(200_000), span(9_000_000), span(None)
    ('42 s', '1.5 h', '2.3 d', '104 d', '–')
    """
    if seconds is None:
        return NOTHING
    for unit, length in _UNITS:
        if seconds >= length:
            value = seconds / length
            return Phrase(unit, {"n": plain(value, 0 if value >= 10 or value == round(value) else 1)})
    return phrase("{n} s", n=plain(seconds))
