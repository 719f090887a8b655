"""Items into raw interactions, a column at a time: the items of all requests that wait together are one table.

An item that cannot be accepted is taken out with its first fault and stops none of the others.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.server.intake.items import Fault
from touchline.server.intake.moments import Bools, moments
from touchline.server.intake.structures import AnswersWrong, answers_of, attributes_of
from touchline.sources import words
from touchline.sources.amounts import MONEY, read_amounts
from touchline.sources.base import MISSING
from touchline.sources.cells import clean, names
from touchline.sources.converting import ASKED
from touchline.sources.flattening import as_text, whole
from touchline.sources.headers import match
from touchline.vocabulary.attributes import MAP
from touchline.vocabulary.schemas import ANSWER, RAW_INTERACTIONS, UTC

#: The fields of an item: those of an interaction, but the place in a file; "id" is short for "interaction_id".
FIELDS: Final = frozenset(RAW_INTERACTIONS.names) - {"row"} | {"id"}
_PLAIN: Final = (
    "stage", "touchpoint", "event", "text", "agent", "team", "location", "campaign", "programme",
)  # fmt: skip
_NAMES: Final = ("customer_ref", "account_ref", "conversation_ref")
_FREE: Final[Mapping[str, Callable[[str], object]]] = {
    "channel": words.channel, "experience_channel": words.channel, "language": words.language,
}  # fmt: skip
_CLOSED: Final[Mapping[str, tuple[Callable[[str], object], pa.DataType]]] = {
    "author": (words.author, pa.string()),
    "role": (words.role, pa.string()),
    "kind": (words.kind, pa.string()),
    "purpose": (words.purpose, pa.string()),
    "currency": (words.currency, pa.string()),
    "solicited": (words.truth, pa.bool_()),
    "sequence": (words.whole, pa.int64()),
}
#: What the columns of files are called, and the field that is meant; for a hint beside an unknown name.
_ROLES: Final = {
    "time": "occurred_at", "customer": "customer_ref", "account": "account_ref", "conversation": "conversation_ref",
    "id": "id", "text": "text", "channel": "channel", "source": "source", "kind": "kind",
    "event": "event", "value": "value", "language": "language", "agent": "agent", "stage": "stage",
    "score:nps": "answers", "score:csat": "answers", "score:ces": "answers", "score:rating": "answers",
}  # fmt: skip
_MISSING: Final = pa.array(MISSING)
_EMPTY: Final[dict[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of some items.

    Attributes:
        table: The good ones, schema `RAW_INTERACTIONS`, in their order.
        places: Where each of them stands among the items.
        faults: Why the others are not accepted, by place.
        clocks: Good ones whose clock is off, by place: ``ahead`` or ``behind``.
        notes: What a caller should know of good ones, by place.
    """

    table: pa.Table
    places: np.ndarray
    faults: dict[int, Fault]
    clocks: dict[int, str] = field(default_factory=dict)
    notes: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


def take(
    values: Sequence[Any], sources: Sequence[str], zone: str, now: datetime, made: Mapping[int, str] | None = None
) -> Taken:
    """Read items.

    Args:
        values: The items, as JSON has them; those that are None are left to the caller's own faults.
        sources: What each one's source is where it names none.
        zone: Of times that do not tell theirs.
        now: The present moment.
        made: Ids for items that have none of their own, by place.
    """
    reader = _Reader(values)
    columns = reader.columns(sources, zone, now, made or {})
    table = pa.Table.from_arrays([columns[name] for name in RAW_INTERACTIONS.names], schema=RAW_INTERACTIONS)
    keep = np.ones(len(values), bool)
    keep[list(reader.faults)] = False
    if not keep.all():
        table = table.filter(pa.array(keep))
    clocks = {place: clock for place, clock in reader.clocks.items() if keep[place]}
    notes = {place: (f"occurred_at is far {_FAR[clock]} our clock",) for place, clock in clocks.items()}
    return Taken(table, np.flatnonzero(keep), reader.faults, clocks, notes)


def joined(parts: Mapping[int, Taken]) -> Taken:
    """Return what became of items that were read one part of them after the other, by where each part starts."""
    if len(parts) == 1:
        return parts[0]

    def all_of(name: str) -> dict[int, Any]:
        told = ((start, getattr(part, name)) for start, part in parts.items())
        return {start + place: one for start, ones in told for place, one in ones.items()}

    places = np.concatenate([start + part.places for start, part in parts.items()])
    table = pa.concat_tables([part.table for part in parts.values()])
    return Taken(table, places, all_of("faults"), all_of("clocks"), all_of("notes"))


_FAR: Final = {"ahead": "ahead of", "behind": "behind"}


def nearest(name: str) -> str:
    """Return the field that an unknown name may mean, or "".

    >>> nearest("custmer_ref"), nearest("timestamp"), nearest("zzz")
    ('customer_ref', 'occurred_at', '')
    """
    near = next(iter(difflib.get_close_matches(name, sorted(FIELDS), 1, 0.75)), "")
    if near:
        return str(near)
    sure, role = max((match(role, name), role) for role in _ROLES)
    return _ROLES[role] if sure > 0.5 else ""


class _Reader:
    """The items of one call, and what was wrong with them so far."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.faults: dict[int, Fault] = {}
        self.clocks: dict[int, str] = {}
        self._rows = len(values)
        self._records: list[dict[str, Any]] = [v if type(v) is dict else _EMPTY for v in values]
        self._used: set[str] = set().union(*self._records)
        for place, value in enumerate(values):
            if type(value) is not dict:
                self._fault(place, None, "this is no object; a record needs names and values")
            elif not value.keys() <= FIELDS:
                self._strange(place, next(name for name in value if name not in FIELDS))

    def _fault(self, place: int, column: str | None, reason: str) -> None:
        if place not in self.faults:
            self.faults[place] = Fault(reason, column)

    def _faults(self, bad: Bools, column: str, reason: Callable[[int], str]) -> None:
        for place in np.flatnonzero(bad).tolist():
            self._fault(place, column, reason(place))

    def _strange(self, place: int, name: str) -> None:
        near = nearest(name)
        hint = f"did you mean {near!r}? What" if near else "what"
        reason = f"there is no field {_short(name)}; {hint} is your own goes into attributes"
        self._fault(place, whole(name)[:200], reason)

    def _of(self, name: str) -> list[Any]:
        return [record.get(name) for record in self._records]

    def _holds(self, name: str, place: int) -> str:
        value = self._records[place].get(name)
        return f"{name!r} holds {_short(value)}"

    def _text(self, name: str, values: list[Any] | None = None) -> pa.Array:
        """Return a column of texts, trimmed, NULL where nothing is said."""
        if values is None:
            if name not in self._used:
                return pa.nulls(self._rows, pa.string())
            values = self._of(name)
        try:
            cells = pa.array(values, pa.string())
        except (pa.ArrowException, UnicodeEncodeError):
            cells = pa.array([self._cell(place, name, value) for place, value in enumerate(values)], pa.string())
        if cells.null_count == self._rows:
            return cells
        cells = clean(cells)
        empty = pc.is_in(cells, _MISSING)
        return pc.if_else(empty, None, cells) if pc.any(empty).as_py() else cells

    def _cell(self, place: int, name: str, value: object) -> str | None:
        if isinstance(value, bool | list | dict):
            self._fault(place, name, f"{name!r} holds {_short(value)}, which is no text")
            return None
        return as_text(value)

    def columns(self, sources: Sequence[str], zone: str, now: datetime, made: Mapping[int, str]) -> dict[str, pa.Array]:
        """Return a column per field of `RAW_INTERACTIONS`."""
        rows = self._rows
        out: dict[str, pa.Array] = {name: self._text(name) for name in _PLAIN}
        out |= {name: names(self._text(name)) for name in _NAMES}
        for name, word in _FREE.items():
            out[name] = _translated(self._text(name), word)
        for name in _CLOSED:
            out[name] = self._closed(name)
        out["interaction_id"] = self._ids(made)
        out["source"] = pc.coalesce(self._text("source"), pa.array(sources, pa.string()))
        self._when(out, zone, now)
        self._money(out)
        out["answers"], out["attributes"] = self._answers(), self._attributes()
        out["author"] = out["author"].fill_null("customer")
        out["kind"] = pc.coalesce(out["kind"], _kinds(out))
        if out["solicited"].null_count:
            out["solicited"] = pc.coalesce(out["solicited"], words.translate(out["kind"], ASKED.get, pa.bool_()))
        out["row"] = pa.array(np.arange(1, rows + 1))
        return out

    def _closed(self, name: str) -> pa.Array:
        word, kind = _CLOSED[name]
        if name not in self._used:
            return pa.nulls(self._rows, kind)
        values = self._of(name)
        if name in ("solicited", "sequence"):
            values = [as_text(v) if isinstance(v, bool | int | float) and _fits(name, v) else v for v in values]
        text = names(self._text(name, values))
        if text.null_count == self._rows:
            return pa.nulls(self._rows, kind)
        read = words.translate(text, word, kind)
        unknown = pc.and_(read.is_null(), text.is_valid()).to_numpy(zero_copy_only=False)
        self._faults(unknown, name, lambda place: f"{self._holds(name, place)}, which is no {name} that we know")
        return read

    def _ids(self, made: Mapping[int, str]) -> pa.Array:
        values = []
        for place, record in enumerate(self._records):
            one, two = record.get("interaction_id"), record.get("id")
            if one is not None and two is not None and one != two:
                self._fault(place, "id", "'id' and 'interaction_id' are not the same; give one of them")
            values.append(two if one is None else one)
        ids = names(self._text("id", values))
        if not ids.null_count:
            return ids
        filled = ids.to_pylist()
        for place in np.flatnonzero(ids.is_null().to_numpy(zero_copy_only=False)).tolist():
            filled[place] = made.get(place)
            if filled[place] is None:
                self._fault(place, "id", "the record has no id, and the request no Idempotency-Key; give either")
        return pa.array(filled, pa.string())

    def _when(self, out: dict[str, pa.Array], zone: str, now: datetime) -> None:
        told = moments(self._of("occurred_at"), zone, now)
        self._faults(told.missing, "occurred_at", lambda _: "'occurred_at' is empty: the record has no time; fill it")
        self._faults(told.bad, "occurred_at", lambda place: f"{self._holds('occurred_at', place)}, which is no time")
        outside = "which no clock shows: times are from 1900 to 2099"
        self._faults(told.outside, "occurred_at", lambda place: f"{self._holds('occurred_at', place)}, {outside}")
        self.clocks |= dict.fromkeys(np.flatnonzero(told.ahead).tolist(), "ahead")
        self.clocks |= dict.fromkeys(np.flatnonzero(told.behind).tolist(), "behind")
        out["occurred_at"] = pa.array(told.micros).cast(UTC)
        out["date_only"] = pa.array(told.date_only)
        if "date_only" in self._used:
            stated = self._of("date_only")
            for place, value in enumerate(stated):
                if value is not None and not isinstance(value, bool):
                    self._fault(place, "date_only", f"{self._holds('date_only', place)}; say true or false")
            out["date_only"] = pa.array(told.date_only | np.array([value is True for value in stated], bool))
        if "valid_from" not in self._used:
            out["valid_from"] = pa.nulls(self._rows, UTC)
            return
        since = moments(self._of("valid_from"), zone, now)
        self._faults(
            since.bad | since.outside,
            "valid_from",
            lambda place: f"{self._holds('valid_from', place)}, which is no time",
        )
        out["valid_from"] = pa.array(since.micros, mask=since.missing | since.bad | since.outside).cast(UTC)

    def _money(self, out: dict[str, pa.Array]) -> None:
        if "value" not in self._used:
            out["value"] = pa.nulls(self._rows, MONEY)
            return
        values = [
            as_text(v) if isinstance(v, int | float) and not isinstance(v, bool) else v for v in self._of("value")
        ]
        text = names(self._text("value", values))
        amounts = read_amounts(text)
        self._faults(amounts.bad, "value", lambda place: f"{self._holds('value', place)}, which is no amount of money")
        out["value"] = amounts.value
        if amounts.currency.null_count < self._rows:
            out["currency"] = pc.coalesce(out["currency"], amounts.currency)

    def _answers(self) -> pa.Array:
        if "answers" not in self._used:
            return pa.nulls(self._rows, pa.list_(ANSWER))
        rows: list[list[dict[str, Any]] | None] = [None] * self._rows
        for place, record in enumerate(self._records):
            told = record.get("answers")
            if told:
                try:
                    rows[place] = answers_of(told)
                except AnswersWrong as error:
                    self._fault(place, "answers", str(error))
            elif told is not None and told != []:
                self._fault(place, "answers", "'answers' is no list of objects")
        return pa.array(rows, pa.list_(ANSWER))

    def _attributes(self) -> pa.Array:
        if "attributes" not in self._used:
            return pa.nulls(self._rows, MAP)
        rows: list[list[tuple[str, str]] | None] = [None] * self._rows
        for place, record in enumerate(self._records):
            told = record.get("attributes")
            if told is None:
                continue
            try:
                rows[place] = attributes_of(told)
            except AnswersWrong as error:
                self._fault(place, "attributes", str(error))
        return pa.array(rows, MAP)


def _fits(name: str, value: float) -> bool:
    return isinstance(value, bool) == (name == "solicited")


def _translated(cells: pa.Array, word: Callable[[str], object]) -> pa.Array:
    return cells if cells.null_count == len(cells) else words.translate(cells, word)


def _kinds(out: Mapping[str, pa.Array]) -> pa.Array:
    """Return what each would be: answers make a survey, a name of an event without words an event."""
    answered, happened, wordy = (out[name].is_valid() for name in ("answers", "event", "text"))
    return pc.case_when(pc.make_struct(answered, pc.and_(happened, pc.invert(wordy))), "survey", "event", "message")


def _short(value: object) -> str:
    text = whole(json.dumps(value, ensure_ascii=False) if isinstance(value, bool | None) else repr(value))
    return text if len(text) <= 80 else text[:77] + "..."
