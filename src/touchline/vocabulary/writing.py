"""A taxonomy as YAML that reads like the templates."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

import yaml

from touchline.vocabulary.model import Stage

#: Lists that are written one member a line; all others stand on one line.
_LONG: Final = frozenset({"stages", "examples", "sub_stages", "touchpoints", "themes"})
#: What the place in the file tells already.
_IMPLICIT: Final[dict[str, set[str]]] = {"Touchpoint": {"stage", "sub_stage"}, "Theme": {"stage"}}


class _Inline(list[str]):
    """A list that is written on one line."""


class _Dumper(yaml.SafeDumper):
    """The safe dumper, indenting lists below their keys."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


_Dumper.add_representer(
    _Inline, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
)


def plain(value: Any) -> Any:
    """Return dataclasses as dictionaries, tuples as lists; without what is empty or told by its place."""
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if not hasattr(value, "__dataclass_fields__"):
        return value
    implicit = _IMPLICIT.get(type(value).__name__, set())
    pairs = ((f.name, getattr(value, f.name)) for f in fields(value) if f.name not in implicit)
    return {name: plain(held) for name, held in pairs if held not in ((), "", None)}


def to_yaml(id_: str, name: str, description: str, stages: tuple[Stage, ...]) -> str:
    """Write a taxonomy; reading the text gives an equal one."""
    data = {"taxonomy": id_, "name": name, "description": description, "stages": plain(stages)}
    return yaml.dump(_laid_out(data), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _laid_out(value: Any, key: str = "stages") -> Any:
    if isinstance(value, dict):
        return {name: _laid_out(held, name) for name, held in value.items()}
    if isinstance(value, list):
        items = [_laid_out(item) for item in value]
        return items if key in _LONG else _Inline(items)
    return value
