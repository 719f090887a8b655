"""Numbers what stands between blanks, without making a string of it: a table of tokens that is looked up in one go.

A token of up to 24 bytes is three numbers of 64 bits, so that equal numbers are equal tokens, and hundreds of thousands
of them are found in a table of slots by a few operations on arrays. Longer tokens, and those that the table does not
hold, take the way of a dictionary.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]
Keys = npt.NDArray[np.uint64]

#: Bytes that must follow the last token of a buffer.
PADDING: Final = 32
#: Tokens of more bytes than these are cut anew each time.
LONGEST: Final = 64
_WIDE: Final = 24
_NARROW: Final = 8
_BITS: Final = 19
#: A token that finds no free slot within so many is not put into the table: nobody can make a chain of them longer.
_PROBES: Final = 8
_LENGTH: Final = np.minimum(np.maximum(np.arange(_WIDE + 1) - np.array([[0], [8], [16]]), 0), 8)
_MASKS: Final = np.array([[(1 << 8 * n) - 1 for n in row] for row in _LENGTH.tolist()], np.uint64)
_MIX: Final = tuple(np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))


class Column:
    """Whole numbers that are added one by one and read as an array.

    Args:
        kind: Their type, as `array.array` calls it.
    """

    def __init__(self, kind: str = "q") -> None:
        self._new = array(kind)
        self._held = np.zeros(1024, kind)
        self._size = 0

    def __len__(self) -> int:
        """How many."""
        return self._size + len(self._new)

    def add(self, value: int) -> None:
        """Add one."""
        self._new.append(value)

    def values(self) -> npt.NDArray[Any]:
        """Return all of them."""
        if self._new:
            size = len(self)
            if size > len(self._held):
                wide = np.zeros(max(size, 2 * len(self._held)), self._held.dtype)
                wide[: self._size] = self._held[: self._size]
                self._held = wide
            self._held[self._size : size] = np.frombuffer(self._new, self._held.dtype)
            self._size, self._new = size, array(self._new.typecode)
        return self._held[: self._size]


class Tokens:
    """The numbers of all tokens met so far.

    Args:
        add: Takes the bytes of a token that was not met before and returns its number; numbers count up from 0.
    """

    def __init__(self, add: Callable[[bytes], int]) -> None:
        self._add = add
        self.clear()

    def clear(self) -> None:
        """Forget all of them."""
        self._known: dict[bytes, int] = {}
        self._slots = np.zeros(1 << _BITS, np.int32)  # number + 1, and 0 for a free one
        self._keys = np.zeros((3, 1024), np.uint64)

    def __len__(self) -> int:
        """How many are remembered."""
        return len(self._known)

    def numbers(self, data: Bytes, start: Ints, size: Ints) -> Ints:
        """Return the number of each token.

        Args:
            data: The bytes; `PADDING` more of them follow the last token.
            start: First byte of each token.
            size: Bytes of each, from 1; none of them is zero.
        """
        view = np.ascontiguousarray(np.ndarray((len(data) - 7,), np.dtype("<u8"), data, 0, (1,)))
        key = view.take(start) & _MASKS[0].take(np.minimum(size, _WIDE))
        long = np.flatnonzero(size >= _NARROW)  # a shorter one is told by its first number
        more = _more(view, start[long], size[long])
        mixed = key.copy()
        mixed[long] ^= _mixed(*more)
        slot = _slot(mixed)
        number = self._slots.take(slot).astype(np.int64)
        number -= 1
        found = number >= 0
        found &= self._keys[0].take(number, mode="wrap") == key
        held = number[long]
        found[long] &= (size[long] <= _WIDE) & self._same(held, more)
        if not found.all():
            at = np.flatnonzero(~found)
            keys = [key[at], *_more(view, start[at], size[at])]
            number[at] = self._rest(data, start[at], size[at], keys, slot[at])
        return number

    def _same(self, number: npt.NDArray[np.integer], keys: Sequence[Keys]) -> npt.NDArray[np.bool_]:
        """Whether the last keys of each token are those of that number; a free slot holds none."""
        same = number >= 0
        for mine, held in zip(keys, self._keys[-len(keys) :], strict=True):
            same &= mine == held.take(number, mode="wrap")
        return same

    def _rest(self, data: Bytes, start: Ints, size: Ints, keys: list[Keys], slot: Ints) -> Ints:
        """Number the tokens that are not in their first slot."""
        out = np.full(len(start), -1, np.int64)
        open_ = np.flatnonzero(size <= _WIDE)
        for step in range(1, _PROBES):
            if not len(open_):
                break
            held = self._slots.take((slot[open_] + step) & (len(self._slots) - 1)) - 1
            found = self._same(held, [key[open_] for key in keys])
            out[open_[found]] = held[found]
            open_ = open_[~found & (held >= 0)]
        added: dict[int, int] = {}
        left = np.flatnonzero(out < 0)
        for at, low, high in zip(left.tolist(), start[left].tolist(), (start + size)[left].tolist(), strict=True):
            token = data[low:high].tobytes()
            number = self._known.get(token)
            if number is None:
                number = self._add(token)
                if high - low <= LONGEST:
                    self._known[token] = number
                if high - low <= _WIDE:
                    added[number] = at
            out[at] = number
        if added:
            self._keep(added, keys, slot)
        return out

    def _keep(self, added: dict[int, int], keys: list[Keys], slot: Ints) -> None:
        """Put new tokens into the table."""
        size = max(added) + 1
        if size > self._keys.shape[1]:
            wide = np.zeros((3, max(size, 2 * self._keys.shape[1])), np.uint64)
            wide[:, : self._keys.shape[1]] = self._keys
            self._keys = wide
        at = np.fromiter(added.values(), np.int64, len(added))
        new = np.fromiter(added, np.int64, len(added))
        for row, key in zip(self._keys, keys, strict=True):
            row[new] = key[at]
        for number, first in zip(new.tolist(), slot[at].tolist(), strict=True):
            for step in range(_PROBES):
                place = (first + step) & (len(self._slots) - 1)
                if not self._slots[place]:
                    self._slots[place] = number + 1
                    break


def _more(view: Keys, start: Ints, size: Ints) -> tuple[Keys, Keys]:
    """Return the second and the third number of tokens."""
    short = np.minimum(size, _WIDE)
    two, three = (view.take(start + 8 * word) & _MASKS[word].take(short) for word in (1, 2))
    return two, three


def _mixed(two: Keys, three: Keys) -> Keys:
    return two * _MIX[1] ^ three * _MIX[2]


def _slot(mixed: Keys) -> Ints:
    mixed = mixed ^ mixed >> np.uint64(32)
    slots: Ints = (mixed * _MIX[0] >> np.uint64(64 - _BITS)).astype(np.int64)
    return slots
