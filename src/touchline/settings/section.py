"""Reads one table of a TOML file, key by key, and collects all that is wrong in it."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, overload

from touchline.errors import SettingsError
from touchline.settings.lines import KeyPath
from touchline.settings.rules import Rule, parse_days

#: What is wrong, and at which key.
Problems = list[tuple[KeyPath, str]]


class Section:
    """A table under reading.

    Args:
        data: The table.
        path: Its key path.
        problems: Where to note what is wrong; shared by all sections of a file.
    """

    def __init__(self, data: dict[str, Any], path: KeyPath, problems: Problems) -> None:
        self._data, self._path, self._problems = data, path, problems
        self._known: set[str] = set()

    def wrong(self, key: str, message: str) -> None:
        """Note that something is wrong at a key; at the table itself when the key is empty."""
        self._problems.append(((*self._path, key) if key else self._path, message))

    def has(self, key: str) -> bool:
        """Is the key set?"""
        self._known.add(key)
        return key in self._data

    def close(self) -> None:
        """Note every key that nobody asked for, with the one that was probably meant."""
        for key in self._data.keys() - self._known:
            near = get_close_matches(key, self._known, n=1)
            self.wrong(
                key,
                "unknown key"
                + (f"; did you mean '{near[0]}'?" if near else f"; known: {', '.join(sorted(self._known))}"),
            )

    def _get(self, key: str, kinds: tuple[type, ...], what: str) -> Any:
        """Return the value if it has one of the types; note what is wrong otherwise."""
        if not self.has(key):
            return None
        value = self._data[key]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            self.wrong(key, f"must be {what}, not {value!r}")
            return None
        return value

    @overload
    def text(self, key: str, default: str, *, among: Sequence[str] = ...) -> str: ...
    @overload
    def text(self, key: str, default: None = ..., *, among: Sequence[str] = ...) -> str | None: ...
    def text(self, key: str, default: str | None = None, *, among: Sequence[str] = ()) -> str | None:
        """Return a text that is not blank, one of ``among`` when that is given."""
        value = self._get(key, (str,), "a text")
        if value is None:
            return default
        if not value.strip():
            self.wrong(key, "must not be empty")
            return default
        if among and value not in among:
            near = get_close_matches(value, among, n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"one of {', '.join(among)}"
            self.wrong(key, f"'{value}' is not known; {hint}")
            return default
        return str(value)

    def needed_text(self, key: str) -> str:
        """Return a text that must be there; empty, with a note, when it is not."""
        if not self.has(key):
            self.wrong("", f"'{key}' is missing")
        return self.text(key, "")

    def flag(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self._get(key, (bool,), "true or false")
        return default if value is None else bool(value)

    @overload
    def number(self, key: str, default: float, low: float, high: float) -> float: ...
    @overload
    def number(self, key: str, default: None, low: float, high: float) -> float | None: ...
    def number(self, key: str, default: float | None, low: float, high: float) -> float | None:
        """Return a number from ``low`` to ``high``."""
        value = self._get(key, (int, float), "a number")
        if value is None:
            return default
        if not low <= value <= high:
            self.wrong(key, f"must be from {low:g} to {high:g}, not {value:g}")
            return default
        return float(value)

    @overload
    def whole(self, key: str, default: int, low: int, high: int) -> int: ...
    @overload
    def whole(self, key: str, default: None, low: int, high: int) -> int | None: ...
    def whole(self, key: str, default: int | None, low: int, high: int) -> int | None:
        """Return a whole number from ``low`` to ``high``."""
        value = self.number(key, None, low, high)
        if value is None:
            return default
        if value != int(value):
            self.wrong(key, f"must be a whole number, not {value:g}")
            return default
        return int(value)

    def days(self, key: str, default: float) -> float:
        """Return a span of time as days: a text such as ``30 d``, or a number of days."""
        value = self._get(key, (str, int, float), 'a span of time, such as "30 d"')
        if value is None:
            return default
        try:
            return parse_days(value if isinstance(value, str) else f"{value:f} d")
        except SettingsError as error:
            self.wrong(key, error.what)
            return default

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, without blanks and doubles; a single text counts as a list of one."""
        value = self._get(key, (list, str), "a list of texts")
        if value is None:
            return ()
        found: list[str] = []
        for place, one in enumerate([value] if isinstance(value, str) else value):
            if not isinstance(one, str) or not one.strip():
                self.wrong(key, f"must hold texts only, not {one!r} in place {place + 1}")
            elif one in found:
                self.wrong(key, f"'{one}' stands there twice")
            else:
                found.append(one)
        return tuple(found)

    def numbers(self, key: str) -> tuple[float, ...] | None:
        """Return a list of numbers; None when it is not set."""
        value = self._get(key, (list,), "a list of numbers")
        if value is None:
            return None
        if any(isinstance(one, bool) or not isinstance(one, int | float) for one in value):
            self.wrong(key, f"must hold numbers only, not {value!r}")
            return None
        return tuple(float(one) for one in value)

    def rule(self, key: str) -> Rule | None:
        """Return a rule; None when it is not set or wrong."""
        text = self.text(key)
        if text is None:
            return None
        try:
            return Rule.parse(text)
        except SettingsError as error:
            self.wrong(key, error.what)
            return None

    def needed_rule(self, key: str) -> Rule | None:
        """Return a rule that must be there; None, with a note, when it is not or is wrong."""
        if not self.has(key):
            self.wrong("", f"'{key}' is missing")
        return self.rule(key)

    def table(self, key: str) -> Section:
        """Return a table; an empty one when it is not set."""
        value = self._get(key, (dict,), f"a table, [{key}]")
        return Section(value or {}, (*self._path, key), self._problems)

    def tables(self, key: str) -> list[Section]:
        """Return the tables of an array, ``[[key]]``."""
        value = self._get(key, (list,), f"an array of tables, [[{key}]]")
        found = []
        for place, one in enumerate(value or []):
            if isinstance(one, dict):
                found.append(Section(one, (*self._path, key, place), self._problems))
            else:
                self.wrong(key, f"must be an array of tables, [[{key}]], not hold {one!r}")
        return found
