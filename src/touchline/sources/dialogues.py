"""Dialogues in JSON: conversations that hold turns, ``[speaker, text]`` or objects; one interaction per turn."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any, Final

from touchline.errors import SourceError
from touchline.sources import headers, words
from touchline.sources.base import Block, Reading, Reject
from touchline.sources.files import SourceFile
from touchline.sources.flattening import block_of, flatten, table_of
from touchline.sources.json import Item, decoded, items, opening, raw_bytes, unfit
from touchline.words import phrase

_CONVERSATIONS: Final = 200
_SPEAKER: Final = ("speaker", "author", "role", "sender", "from", "participant", "speakerId")
_TEXT: Final = ("text", "utterance", "message", "content", "body")
#: Names that the turns' own columns get; a conversation's facts keep theirs.
CONVERSATION, TURN, SPEAKER, TEXT = "conversation", "turn", "speaker", "text"
Turn = tuple[str, str, dict[str, Any]]


class Dialogues:
    """Support dialogues and transcripts."""

    name = "dialogues"
    options = ("encoding", "records")

    def recognise(self, file: SourceFile) -> float:
        """JSON whose first object holds turns."""
        if opening(file)[:1] not in {"{", "["}:
            return 0.0
        text, _ = decoded(file, None)
        first = next((i.value for i in items(text) if isinstance(i.value, dict)), None)
        return 0.95 if first is not None and _turns_key(first) is not None else 0.0

    def read(self, file: SourceFile, options: Mapping[str, str]) -> Reading:
        """Find the turns."""
        text, encoding = decoded(file, options.get("encoding"))
        start = partial(items, text, options.get("records"))
        found = [i.value for i in islice(start(), _CONVERSATIONS) if isinstance(i.value, dict)]
        sample = [cells for n, value in enumerate(found) for cells in _rows(value, n)]
        if not sample:
            raise SourceError(phrase("there are no turns"), where=str(file.path), todo=phrase("try format=json"))
        table = table_of(sample, (CONVERSATION, TURN, SPEAKER, TEXT))
        roles = {CONVERSATION: "conversation", TURN: "sequence", SPEAKER: "author", TEXT: "text"}
        return Reading(
            columns=tuple(table.column_names),
            sample=table,
            blocks=partial(_blocks, start, tuple(table.column_names), len(text), encoding),
            first_row=1,
            encoding=encoding,
            roles=roles,
            kind="chat",
            notes=("one interaction per turn; rows count turns",),
        )


SOURCE: Final = Dialogues()


def _as_turn(item: Any) -> Turn | None:
    """Speaker, words and further facts of a turn, or None if it is none."""
    if isinstance(item, list) and len(item) == 2 and all(isinstance(part, str) for part in item):
        return item[0], item[1], {}
    if isinstance(item, dict):
        speaker = next((k for k in _SPEAKER if isinstance(item.get(k), str)), None)
        text = next((k for k in _TEXT if isinstance(item.get(k), str)), None)
        if speaker and text:
            rest = {k: v for k, v in item.items() if k not in {speaker, text} and not isinstance(v, list | dict)}
            return item[speaker], item[text], rest
    return None


def _turns_key(value: dict[str, Any]) -> str | None:
    """The list of turns in a conversation: pairs before objects, the original before what was made of it."""
    keys = [k for k, v in value.items() if isinstance(v, list) and v and all(_as_turn(t) for t in v[:5])]
    speaks = [k for k in keys if any(words.author(t[0]) for t in map(_as_turn, value[k][:20]) if t)]
    return min(speaks, key=lambda k: isinstance(value[k][0], dict), default=None)


def _rows(value: dict[str, Any], number: int) -> list[dict[str, str]]:
    """One row of cells per turn; facts of the conversation stand on each."""
    key = _turns_key(value)
    if key is None:
        return []
    facts = {k: v for k, v in value.items() if not (isinstance(v, list) and v and isinstance(v[0], list | dict))}
    name = max(facts, key=lambda k: headers.match("conversation", k), default="")
    named = headers.match("conversation", name) > 0.5 or name == "id"
    reference = str(facts.pop(name)) if named else f"conversation {number + 1}"
    shared = {k if k not in {CONVERSATION, TURN, SPEAKER, TEXT} else f"{k}_2": v for k, v in flatten(facts).items()}
    rows = []
    for turn, item in enumerate(value[key]):
        speaker, text, rest = _as_turn(item) or ("", json.dumps(item, ensure_ascii=False), {})
        own = {CONVERSATION: reference, TURN: str(turn), SPEAKER: speaker, TEXT: text}
        rows.append({**shared, **flatten(rest), **flatten(own)})
    return rows


def _blocks(
    start: Callable[[], Iterator[Item]], columns: tuple[str, ...], size: int, encoding: str
) -> Iterator[Callable[[], Block]]:
    found, number = start(), 0
    while batch := list(islice(found, _CONVERSATIONS)):
        yield partial(_block, batch, number, columns, encoding, batch[-1].at / max(size, 1))
        number += len(batch)


def _block(batch: list[Item], number: int, columns: tuple[str, ...], encoding: str, fraction: float) -> Block:
    numbered: list[tuple[int, dict[str, str], bytes]] = []
    rejects: list[Reject] = []
    row = 0
    for offset, item in enumerate(batch):
        reason = item.reason or unfit(item)
        rows = [] if reason else _rows(item.value, number + offset)
        if not rows:
            reason = reason or "this is no conversation with turns"
            rejects.append(Reject(row, reason, raw_bytes(item.text, encoding)))
            row += 1
        for cells in rows:
            numbered.append((row, cells, json.dumps(cells, ensure_ascii=False).encode()))
            row += 1
    return block_of(numbered, rejects, row, columns, fraction)
