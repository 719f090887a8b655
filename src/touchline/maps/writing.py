"""A map as the text of its file, always the same for the same map, so that `git diff` shows what changed.

One part, one place: cards stand under their step by lane, one key a line, defaults are left out, long texts are broken
between words. Whatever wrote the map, the text is the same; reading it gives the same map.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from touchline.maps.model import Belief, Card, Lane, Map, Step
from touchline.maps.plain import to_plain

_WIDTH: Final = 110
_LONGEST_KEY: Final = 200
_RESERVED: Final = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"})
#: Characters that YAML allows as they are, within one line.
_PRINTED: Final = re.compile("[\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")
_HARD: Final = re.compile(r": |:$| #|^\s|\s$")
_FIRST: Final = ("name", "kind", "state")


def ordered(found: Map) -> Map:
    """Return a map with its cards in the order in which its file has them: step by step, lane by lane.

    >>> from touchline.maps.model import Card, Lane, Map, Phase, Step
    >>> wall = Map("a", "A", phases=(Phase("p", "P", (Step("s", "S"), Step("t", "T"))),), lanes=(Lane("l", "notes"),),
    ...     cards=(Card("c", "l", "t"), Card("d", "l", "s"), Card("e", "l", "t")))
    >>> [card.id for card in ordered(wall).cards]
    ['d', 'c', 'e']
    """
    steps = {step.id: at for at, step in enumerate(found.steps())}
    lanes = {lane.id: at for at, lane in enumerate(found.lanes)}

    def place(card: Card) -> tuple[bool, int, int]:
        if not _at_home(card, steps, lanes):
            return True, 0, 0
        return False, steps[card.step], lanes[card.lane]

    return replace(found, cards=tuple(sorted(found.cards, key=place)))


def write(found: Map) -> str:
    """Return a map as YAML; `touchline.maps.reading.read` gives the same map back, its cards `ordered`.

    >>> from touchline.maps.model import Card, Lane, Map, Phase, Step
    >>> print(write(Map("coffee", "Ordering coffee", phases=(Phase("have", "Have", (Step("waits", "Waits"),)),),
    ...     lanes=(Lane("pains", "pains"),), cards=(Card("late", "pains", "waits", "Later than promised"),))))
    map: coffee
    name: Ordering coffee
    kind: journey
    state: current
    <BLANKLINE>
    lanes:
      - pains
    <BLANKLINE>
    phases:
      - id: have
        name: Have
        steps:
          - id: waits
            name: Waits
            cards:
              pains:
                - id: late
                  text: Later than promised
    <BLANKLINE>
    """
    return "".join(f"{line}\n" for line in _lines(nested(found)))


def nested(found: Map) -> dict[str, Any]:
    """Return a map as the plain data of its file, cards under their steps."""
    plain = to_plain(found)
    steps = {step.id: at for at, step in enumerate(found.steps())}
    lanes = {lane.id: at for at, lane in enumerate(found.lanes)}
    cells: dict[str, dict[str, list[Any]]] = {}
    loose = []
    for card in ordered(found).cards:
        data = to_plain(card)
        if _at_home(card, steps, lanes):
            del data["lane"], data["step"]
            cells.setdefault(card.step, {}).setdefault(card.lane, []).append(data)
        else:
            loose.append(data)
    head = {"map": found.id, **{key: getattr(found, key) for key in _FIRST}}
    below = {
        "lanes": [_lane(one) for one in found.lanes],
        "phases": [
            {**_without(to_plain(phase), "steps"), "steps": [_step(step, cells) for step in phase.steps]}
            for phase in found.phases
        ],
        "cards": loose,
        **{key: plain.get(key, []) for key in ("routes", "stakeholders")},
    }
    more = {key: value for key, value in plain.items() if key not in (*below, *_FIRST, "id")}
    return {key: value for key, value in {**head, **more, **below}.items() if value != []}


def _at_home(card: Card, steps: dict[str, int], lanes: dict[str, int]) -> bool:
    return card.step in steps and card.lane in lanes and len(card.lane) <= _LONGEST_KEY


def _lane(lane: Lane) -> Any:
    return lane.kind if lane == Lane(lane.kind, lane.kind) and lane.kind else to_plain(lane)


def _step(step: Step, cells: dict[str, dict[str, list[Any]]]) -> dict[str, Any]:
    data: dict[str, Any] = to_plain(step)
    if len(step.believed) == 1 and step.believed[0] == Belief(jsi=step.believed[0].jsi) != Belief():
        data["believed"] = step.believed[0].jsi
    return data | ({"cards": cells[step.id]} if step.id in cells else {})


def _without(data: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name != key}


def _lines(data: dict[str, Any]) -> Iterator[str]:
    for key, value in data.items():
        if key in ("lanes", "phases", "cards", "routes", "stakeholders"):
            yield ""
        yield from _entry(key, value, 0)


def _entry(key: str, value: Any, depth: int) -> Iterator[str]:
    """Yield the lines of one key with its value."""
    pad = " " * depth
    head = f"{pad}{_word(key)}:"
    if isinstance(value, dict):
        yield head if value else f"{head} {{}}"
        for name, inner in value.items():
            yield from _entry(name, inner, depth + 2)
    elif isinstance(value, list):
        flow = _flow(value) if key != "lanes" else ""
        if flow and len(head) + len(flow) < _WIDTH:
            yield f"{head} {flow}"
            return
        yield head
        for one in value:
            yield from _item(one, depth + 2)
    else:
        yield from _text(head, value, depth + 2)


def _item(value: Any, depth: int) -> Iterator[str]:
    pad = " " * depth
    if not isinstance(value, dict):
        yield from _text(f"{pad}-", value, depth + 2)
        return
    first = True
    for name, inner in value.items():
        for line in _entry(name, inner, depth + 2):
            yield f"{pad}- {line[depth + 2 :]}" if first else line
            first = False
    if first:
        yield f"{pad}- {{}}"


def _flow(values: list[Any]) -> str:
    """Return a short list of texts on one line, or "" where it is not one."""
    if not values:
        return "[]"
    if any(isinstance(one, dict | list) for one in values):
        return ""
    words = [_word(one, flow=True) for one in values]
    return f"[{', '.join(words)}]"


def _text(head: str, value: Any, depth: int) -> Iterator[str]:
    """Yield a text after its key or dash: on the same line, or in lines below where it is long or has several."""
    pad = " " * depth
    if isinstance(value, str) and "\n" in value:
        body = value.removesuffix("\n")
        rows = body.split("\n")
        if body and rows[0] and rows[-1] and all(_PRINTED.fullmatch(row) and row == row.strip(" \xa0") for row in rows):
            yield f"{head} {'|' if body != value else '|-'}"
            yield from (f"{pad}{row}" if row else "" for row in rows)
            return
    elif isinstance(value, str) and len(head) + len(value) > _WIDTH and _foldable(value):
        yield f"{head} >-"
        yield from (f"{pad}{row}" for row in _broken(value, _WIDTH - depth))
        return
    yield f"{head} {_word(value)}"


def _foldable(text: str) -> bool:
    return bool(_PRINTED.fullmatch(text)) and all(text.split(" "))


def _broken(text: str, width: int) -> Iterator[str]:
    """Yield a text's words in lines; a line breaks at a single blank only, so that reading puts it back."""
    line = ""
    for word in text.split(" "):
        if line and len(line) + len(word) + 1 > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line


def _word(value: Any, *, flow: bool = False) -> str:
    """Return a value on one line, quoted where YAML would read it as something else.

    >>> [_word(one) for one in ("late", "no", "66", 66.0, "a: b", 'say "so"', True)]
    ['late', '"no"', '"66"', '66', '"a: b"', 'say "so"', 'true']
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        told = repr(int(value)) if value.is_integer() else repr(value)
        return told.replace("e", ".0e") if "e" in told and "." not in told else told  # YAML 1.1 knows no 5e-7
    if not isinstance(value, str):
        return str(value)
    printed = bool(_PRINTED.fullmatch(value))
    plain = value[:1].isalpha() and printed and not _HARD.search(value) and value.lower() not in _RESERVED
    if plain and not (flow and set(value) & set(",[]{}")):
        return value
    if printed and ('"' in value or "\\" in value):
        return "'" + value.replace("'", "''") + "'"
    return '"' + "".join(_escaped(one) for one in value) + '"'


def _escaped(one: str) -> str:
    if one in '"\\':
        return "\\" + one
    if _PRINTED.fullmatch(one):
        return one
    code = ord(one)
    named = {"\n": "\\n", "\t": "\\t"}.get(one)
    return named or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
