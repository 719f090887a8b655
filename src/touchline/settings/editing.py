"""Changing a ``touchline.toml`` by program: tables are put in and taken out, every other line stays as written."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from touchline.errors import SettingsError
from touchline.settings.model import Settings
from touchline.words import phrase

_HEADER: Final = re.compile(r"^\s*\[")
_MULTILINE: Final = re.compile(r'"""|\'\'\'')


def with_tables(text: str, name: str, tables: Sequence[Mapping[str, Any]]) -> str:
    r"""Return settings with other tables ``[[name]]`` in the place of those that are there.

    Args:
        text: The settings.
        name: Of the tables: ``retention``.
        tables: Their values: texts, numbers, booleans, lists of texts.

    Raises:
        SettingsError: The tables are written in a way that cannot be told apart, such as ``name = [{...}]``.

    >>> with_tables("[score]\ngate = 50\n\n[[retention]]\ndays = 9\n", "retention", [{"days": 30, "what": "text"}])
    '[score]\ngate = 50\n\n[[retention]]\ndays = 30\nwhat = "text"\n'
    """
    kept = _without(text, name)
    return _checked(kept, "".join(_written(name, table) for table in tables))


def with_table(text: str, name: str, table: Mapping[str, Any]) -> str:
    r"""Return settings with one more table ``[[name]]`` behind those that are there.

    >>> with_table("[score]\ngate = 50\n", "retention", {"days": 30, "kinds": ["chat"]})
    '[score]\ngate = 50\n\n[[retention]]\ndays = 30\nkinds = ["chat"]\n'
    """
    return _checked(text, _written(name, table))


def write(path: Path, text: str) -> Settings:
    """Check settings, put them in the place of those in a file, as a whole or not at all, and return them.

    Raises:
        SettingsError: They are wrong; nothing was written.
    """
    Settings.parse(text, str(path))
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    if path.exists():
        fresh.chmod(path.stat().st_mode & 0o777)
    os.replace(fresh, path)
    return Settings.load(path)


def _without(text: str, name: str) -> str:
    """Return settings without the tables of a name; comments that stand above the next table stay with that."""
    mine = re.compile(rf"^\s*\[\[\s*{re.escape(name)}\s*\]\]\s*(#.*)?$")
    kept: list[str] = []
    inside = within = False
    for line in text.splitlines():
        if not within and _HEADER.match(line):
            inside = bool(mine.match(line))
        remark = not within and (not line.strip() or line.lstrip().startswith("#"))
        if remark or not inside:
            kept.append(line)
        within ^= len(_MULTILINE.findall(line)) % 2 == 1
    return "\n".join(kept)


def _written(name: str, table: Mapping[str, Any]) -> str:
    lines = [f"\n[[{name}]]", *(f"{key} = {_value(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if float(value).is_integer() and abs(value) < 1e15 else repr(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _checked(kept: str, more: str) -> str:
    text = kept.rstrip() + "\n" + more if kept.strip() else more.lstrip("\n")
    try:
        Settings.parse(text)
    except SettingsError as error:
        raise SettingsError(
            phrase("touchline.toml cannot be changed by program: {what}", what=str(error.what)),
            todo=phrase("change it by hand, and try again"),
        ) from error
    return text
