"""The parts of a play's YAML, each read with a clear error where it is something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from touchline.errors import InputError
from touchline.words import Number, phrase


def table(said: Any, where: str, keys: Sequence[str] = ()) -> dict[str, Any]:
    """Return a table of names and values; only `keys` may be in it, any where there are none.

    Raises:
        InputError: It is something else.
    """
    if not isinstance(said, dict):
        raise InputError(
            phrase("there have to be names and values here"), where=where, todo=phrase("see docs/plays.md")
        )
    for key in said:
        if keys and key not in keys:
            raise InputError(
                phrase("there is no {key} here", key=repr(key)),
                where=where,
                todo=phrase("there are: {names}", names=", ".join(keys)),
            )
    return said


def text(top: Mapping[str, Any], key: str, where: str, *, needed: bool = False) -> str:
    """Return the text of a key; "" where it is not there and need not be.

    Raises:
        InputError: It is something else.
    """
    value = top.get(key)
    if value is None and not needed:
        return ""
    if not isinstance(value, str) or not value.strip() or len(value) > 2_000:
        raise InputError(phrase("{key} is a text", key=str(key)), where=f"{where}: {key}", todo=phrase("write it"))
    return value.strip()


def texts(top: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    """Return the texts of a key, one or several.

    Raises:
        InputError: It is something else.
    """
    value = top.get(key) or []
    value = [value] if isinstance(value, str) else value
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value) or len(value) > 200:
        raise InputError(
            phrase("{key} is a list of texts", key=str(key)), where=f"{where}.{key}", todo=phrase("write [one, two]")
        )
    return tuple(value)


def number(top: Mapping[str, Any], key: str, where: str, default: float, least: float, most: float) -> float:
    """Return the number of a key within its ends.

    Raises:
        InputError: It is something else.
    """
    value = top.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise InputError(
            phrase(
                "{key} is a number from {least} to {most}",
                key=str(key),
                least=Number(f"{least:g}"),
                most=Number(f"{most:g}"),
            ),
            where=f"{where}: {key}",
            todo=phrase("change it"),
        )
    return float(value)


def among(top: Mapping[str, Any], key: str, where: str, known: Sequence[str], default: str = "") -> str:
    """Return the value of a key, one of those known.

    Raises:
        InputError: It is something else.
    """
    value = top.get(key, default)
    if value not in known:
        raise InputError(
            phrase("{key} is {value}", key=str(key), value=repr(value)), where=f"{where}: {key}",
            todo=phrase('one of: {names}', names=', '.join(known)),
        )  # fmt: skip
    return str(value)
