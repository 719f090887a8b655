"""One vectorised look over the bytes of a column: which texts could hold anything to redact.

It only ever errs towards looking closely, and does so where texts are few. Most comments hold no ``@``, no link and
fewer than five digits, and are done with here.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

#: Texts with fewer digits hold no number that names a person; only an address may have fewer.
MIN_DIGITS: Final = 5
#: What stands beside fewer digits (RE2 syntax): a word for street, a British or Canadian postcode.
_STREETS: Final = (
    r"(?i:\b(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|court|ct|boulevard|blvd|way|close|place|pl|square|sq"
    r"|gardens|grove|row|hill|walk|park|green|view|rise|circle|cir|trail|trl|quay|wharf|parade|broadway|esplanade|mall"
    r"|loop|plaza|alley|turnpike|embankment|vale|path|parkway|pkwy|highway|hwy|crescent|terrace|mews|box|postfach"
    r"|rue|av|bd|chemin|impasse|route|cours|passage|faubourg|ruelle|sentier|calle|avenida|avda|plaza|pza|paseo"
    r"|carrer|camino|ronda|carretera|via|viale|piazza|piazzale|corso|vicolo|largo|rua|travessa|alameda|estrada|rodovia"
    r"|col|privada|apartado|casella|caixa|postbus)\b|allée|praça|stra(?:ß|ss)e|str\.|weg|platz|allee|gasse|damm|ufer"
    r"|chaussee|promenade|steig|straat|laan|plein|gracht|kade|singel|dijk|dreef|hof|\bc/)"
    r"|\b[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}\b|\b[A-Z]\d[A-Z] \d[A-Z]\d\b"
    r"|(?i:\b[A-Z]{5}\d{4}[A-Z]\b)"  # India's PAN has but four digits
)
#: Bytes that begin a character which may be a digit of another script, or a full-width sign.
_FOREIGN: Final = (0xD9, 0xDB, 0xDF, 0xE0, 0xE1, 0xEA, 0xEF, 0xF0)
_OTHER_DIGITS: Final = r"\p{Nd}(?:[^\p{L}\p{Nd}]{0,3}\p{Nd}){3}|＠"

#: So many texts are looked at closely without asking a pattern: making it ready costs more (half a millisecond for
#: streets, five for digits of other scripts; a close look about 0.03).
_FEW: Final = 16

_DIGIT, _AT, _SLASH, _COLON, _DOT, _FAR = 1, 2, 4, 8, 16, 32
_CLASSES: Final = np.zeros(256, np.uint8)
_CLASSES[48:58] = _DIGIT
_CLASSES[ord("@")] = _AT
_CLASSES[ord("/")] = _SLASH
_CLASSES[ord(":")] = _COLON
_CLASSES[ord(".")] = _DOT
_CLASSES[list(_FOREIGN)] = _FAR


def suspects(texts: pa.Array, *, orders: bool = False) -> npt.NDArray[np.bool_]:
    """Return which texts need a closer look; NULL needs none.

    Args:
        texts: An array of strings.
        orders: Whether order numbers are asked for, which have four digits or more.

    >>> suspects(pa.array(["It was late", None, "Write to a@example.org", "078-05-1120"])).tolist()
    [False, False, True, True]
    """
    data, offsets = _bytes(texts)
    if not len(data):
        return np.zeros(len(texts), bool)
    classes = _CLASSES[data]
    digits = _count(classes == _DIGIT, offsets)
    found = digits >= MIN_DIGITS - orders
    at = classes == _AT
    at[1:] &= data[:-1] > ord(" ")  # "@name" is no address
    at[offsets[:-1][offsets[:-1] < len(at)]] = False
    found |= _count(at, offsets) > 0
    pairs = (classes[:-1] == classes[1:]) & ((classes[:-1] == _SLASH) | (classes[:-1] == _COLON))
    found |= _count(np.append(pairs, False), offsets) > 0  # "//" of a link, "::" of an address
    found |= _count(classes == _COLON, offsets) >= 6
    found |= (_count(classes == _DOT, offsets) >= 3) & (digits >= 4)
    found |= _count(_links_and_dots(data), offsets) > 0
    _look(texts, found, _count(classes == _FAR, offsets) > 0, _OTHER_DIGITS)
    _look(texts, found, digits > 0, _STREETS)
    if texts.null_count:
        found &= texts.is_valid().to_numpy(zero_copy_only=False)
    return found


def _look(texts: pa.Array, found: npt.NDArray[np.bool_], where: npt.NDArray[np.bool_], pattern: str) -> None:
    """Add to what was found those texts at the places that match a pattern."""
    rows = np.flatnonzero(where & ~found)
    if len(rows) < _FEW:
        found[rows] = True
    else:
        matched = pc.match_substring_regex(texts.take(pa.array(rows)), pattern).fill_null(False)
        found[rows] = matched.to_numpy(zero_copy_only=False)


def _links_and_dots(data: npt.NDArray[np.uint8]) -> npt.NDArray[np.bool_]:
    """Mark "www." and "=" of links, and what stands for the signs in ``ann (at) example (dot) org``."""
    marked: npt.NDArray[np.bool_] = data == ord("=")
    if len(data) < 5:
        return marked
    low = data | 0x20
    opens = (data == ord("(")) | (data == ord("["))
    closes = (data == ord(")")) | (data == ord("]"))
    space = data == ord(" ")
    marked[:-3] |= (low[:-3] == ord("w")) & (low[1:-2] == ord("w")) & (low[2:-1] == ord("w")) & (data[3:] == ord("."))
    marked[:-3] |= opens[:-3] & (low[1:-2] == ord("a")) & (low[2:-1] == ord("t")) & closes[3:]
    dot = (low[1:-3] == ord("d")) & (low[2:-2] == ord("o")) & (low[3:-1] == ord("t"))
    marked[:-4] |= dot & (opens | space)[:-4] & (closes | space)[4:]
    return marked


def _bytes(texts: pa.Array) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return the bytes of an array's texts, and where each begins and the last ends."""
    if not pa.types.is_string(texts.type):
        texts = texts.cast(pa.large_string())
    _, ends, data = texts.buffers()
    width = np.int32 if pa.types.is_string(texts.type) else np.int64
    offsets = np.frombuffer(ends, width, len(texts) + 1, texts.offset * np.dtype(width).itemsize).astype(np.int64)
    if data is None:
        return np.zeros(0, np.uint8), offsets
    first, last = int(offsets[0]), int(offsets[-1])
    return np.frombuffer(data, np.uint8)[first:last], offsets - first


def _count(marked: npt.NDArray[np.bool_], offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return how many bytes of each text are marked."""
    places = np.flatnonzero(marked)
    return np.diff(np.searchsorted(places, offsets))
