"""Blocks of text cells into raw interactions and quarantine, a column at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from touchline.sources import words
from touchline.sources.amounts import read_amounts
from touchline.sources.answers import read_scores
from touchline.sources.base import Block
from touchline.sources.cells import clean, joined, names
from touchline.sources.mapping import ColumnMapping, ScoreRange
from touchline.sources.nested import answers, attributes
from touchline.sources.times import EARLIEST, read_times
from touchline.vocabulary.schemas import QUARANTINE, RAW_INTERACTIONS, UTC

#: Roles whose cells pass as they are, and the interaction's column that they fill.
_PLAIN: Final = {
    "stage": "stage", "touchpoint": "touchpoint", "event": "event", "agent": "agent", "team": "team",
    "location": "location", "campaign": "campaign", "programme": "programme",
}  # fmt: skip
_NAMED: Final = {
    "id": "interaction_id",
    "customer": "customer_ref",
    "account": "account_ref",
    "conversation": "conversation_ref",
}
ASKED: Final = {
    **dict.fromkeys(("complaint", "ticket", "call", "chat", "review", "post", "message"), False),
    "survey": True,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """All that decides what a file's cells become.

    Attributes:
        mapping: Column to role.
        source: The source's name where no column tells it.
        file: Its name, for quarantine.
        zone: Of times that do not tell theirs.
        day: The day of rows in a file without a column of times.
        latest: Times behind this one go to quarantine.
    """

    mapping: ColumnMapping
    source: str
    file: str
    zone: str
    day: date
    latest: datetime


@dataclass(slots=True)
class _Faults:
    """Rows that cannot be accepted, each with its first fault."""

    found: dict[int, tuple[str, str]] = field(default_factory=dict)

    def add(self, bad: np.ndarray, column: str, reason: Callable[[int], str]) -> None:
        for i in np.flatnonzero(bad).tolist():
            if i not in self.found:
                self.found[i] = (column, reason(i))


def convert(block: Block, plan: Plan) -> tuple[pa.Table, pa.Table]:
    """Interactions (schema `RAW_INTERACTIONS`) and quarantine (schema `QUARANTINE`), rows as in the block."""
    cells = {name: clean(_one_array(block.table.column(name))) for name in block.table.column_names}
    rows, faults = block.table.num_rows, _Faults()
    blank = _blank(list(cells.values()), rows)
    out = _columns(cells, rows, plan, faults)
    out["row"] = block.rows
    table = pa.Table.from_arrays([out[name] for name in RAW_INTERACTIONS.names], schema=RAW_INTERACTIONS)
    rejected = {i: fault for i, fault in faults.found.items() if not blank[i]}
    if rejected or blank.any():
        keep = ~blank
        keep[list(rejected)] = False
        table = table.filter(pa.array(keep))
    return table, _quarantine(block, rejected, plan.file)


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    one = column.num_chunks == 1
    return column.chunk(0) if one else pa.concat_arrays(column.chunks or [pa.array([], pa.string())])


def _blank(columns: list[pa.Array], rows: int) -> np.ndarray:
    """Rows that hold nothing at all; they are no records."""
    blank = np.ones(rows, bool)
    for column in columns:
        if not column.null_count:
            return np.zeros(rows, bool)
        blank &= column.is_null().to_numpy(zero_copy_only=False)
        if not blank.any():
            break
    return blank


def _columns(cells: dict[str, pa.Array], rows: int, plan: Plan, faults: _Faults) -> dict[str, pa.Array]:
    out: dict[str, pa.Array] = {
        f.name: pa.nulls(rows, f.type) for f in RAW_INTERACTIONS if f.name not in {"row", "answers", "attributes"}
    }
    mapping = plan.mapping

    def of(role: str) -> tuple[str, pa.Array] | None:
        name = mapping.first(role)
        return (name, cells[name]) if name in cells else None

    for role, target in {**_NAMED, **_PLAIN}.items():
        if there := of(role):
            out[target] = names(there[1]) if role in _NAMED else there[1]
    texts = [cells[c] for c in mapping.of("text") if c in cells]
    if texts:
        out["text"] = joined(texts, "\n")
    _when(cells, rows, plan, faults, out)
    scores = [(c, scale, _score(c, scale, cells[c], faults)) for c, scale in mapping.scores if c in cells]
    out["answers"] = answers(scores, rows)
    _money(of("value"), of("currency"), out, faults)
    if there := of("sequence"):
        out["sequence"] = _whole(*there, faults)
    _translated(of, out, faults)
    out["source"] = _filled(out["source"], plan.source)
    out["author"] = _filled(out["author"], "customer")
    _kinds(out, mapping, rows)
    roles = {m.column: m.role for m in mapping.columns}
    free = {n: c for n, c in cells.items() if roles.get(n, "attribute") in {"attribute", "segment"}}
    out["attributes"] = attributes({n: c for n, c in free.items() if c.null_count < rows}, rows)
    return out


def _when(cells: dict[str, pa.Array], rows: int, plan: Plan, faults: _Faults, out: dict[str, pa.Array]) -> None:
    columns = [c for c in plan.mapping.of("time") if c in cells]
    if not plan.mapping.of("time"):
        noon = read_times(pa.array([plan.day.isoformat()]), plan.zone).micros[0]
        out["occurred_at"] = pa.array(np.full(rows, noon)).cast(UTC)
        out["date_only"] = pa.array(np.ones(rows, bool))
        return
    name = " + ".join(plan.mapping.of("time"))
    text = joined([cells[c] for c in columns], " ") if columns else pa.nulls(rows, pa.string())
    out["occurred_at"], out["date_only"] = _times(name, text, plan, faults, needed=True)
    since = plan.mapping.first("valid_from")
    if since in cells:
        out["valid_from"], _ = _times(since, cells[since], plan, faults, needed=False)


def _times(name: str, text: pa.Array, plan: Plan, faults: _Faults, *, needed: bool) -> tuple[pa.Array, pa.Array]:
    times = read_times(text, plan.zone, plan.mapping.time_format)
    missing = text.is_null().to_numpy(zero_copy_only=False)
    if needed:
        faults.add(missing, name, lambda _: f"{name!r} is empty: the row has no time; fill it")
    faults.add(
        times.bad,
        name,
        lambda i: f"{name!r} holds {_short(text[i])}, which is no time; state time_format=...",
    )
    sound = ~missing & ~times.bad
    first, last = (int(t.timestamp()) * 1_000_000 for t in (EARLIEST, plan.latest))
    early, late = sound & (times.micros < first), sound & (times.micros > last)
    faults.add(early, name, lambda i: f"{name!r} holds {_short(text[i])}, before 1990: a clock that was not set")
    faults.add(late, name, lambda i: f"{name!r} holds {_short(text[i])}, more than a day in the future")
    usable = sound & ~early & ~late
    # A row with a fault is taken out; until then its time must only be some time.
    stamps = pa.array(np.where(usable, times.micros, 0), mask=None if needed else ~usable)
    return stamps.cast(UTC), pa.array(times.date_only)


def _score(name: str, scale: ScoreRange, text: pa.Array, faults: _Faults) -> np.ndarray:
    values, bad = read_scores(names(text), scale.high)
    reading = f"which is no score ({scale})"
    faults.add(bad, name, lambda i: f"{name!r} holds {_short(text[i])}, {reading}")
    if scale.low is not None and scale.high is not None:
        outside = (values < scale.low) | (values > scale.high)
        hint = f"score:{scale.kind}:LOW-HIGH={name}"
        faults.add(outside, name, lambda i: f"{name!r} holds {_short(text[i])}, outside of {scale}; or state {hint}")
    return values


def _money(
    value: tuple[str, pa.Array] | None,
    currency: tuple[str, pa.Array] | None,
    out: dict[str, pa.Array],
    faults: _Faults,
) -> None:
    if currency:
        out["currency"] = words.translate(currency[1], words.currency)
    if not value:
        return
    name, text = value
    amounts = read_amounts(names(text))
    faults.add(amounts.bad, name, lambda i: f"{name!r} holds {_short(text[i])}, which is no amount of money")
    out["value"] = amounts.value
    if amounts.currency.null_count < len(amounts.currency):
        out["currency"] = pc.coalesce(out["currency"], amounts.currency)


def _whole(name: str, text: pa.Array, faults: _Faults) -> pa.Array:
    try:
        return pc.cast(text, pa.int64())
    except pa.ArrowInvalid:
        numbers = words.translate(names(text), words.whole, pa.int64())
        faults.add(_unknown(numbers, names(text)), name, _holds(name, text, "which is no whole number"))
        return numbers


def _unknown(read: pa.Array, text: pa.Array) -> np.ndarray:
    unknown: np.ndarray = pc.and_(read.is_null(), text.is_valid()).to_numpy(zero_copy_only=False)
    return unknown


def _translated(of: Callable[[str], tuple[str, pa.Array] | None], out: dict[str, pa.Array], faults: _Faults) -> None:
    for role in ("channel", "experience_channel"):
        if there := of(role):
            out[role] = words.translate(there[1], words.channel)
    if there := of("language"):
        out["language"] = words.translate(there[1], words.language)
    if there := of("source"):
        out["source"] = there[1]
    closed: tuple[tuple[str, Callable[[str], object], pa.DataType], ...] = (
        ("author", words.author, pa.string()),
        ("role", words.role, pa.string()),
        ("kind", words.kind, pa.string()),
        ("purpose", words.purpose, pa.string()),
        ("solicited", words.truth, pa.bool_()),
    )
    for role, word, type_ in closed:
        if there := of(role):
            name, text = there[0], names(there[1])
            out[role] = words.translate(text, word, type_)
            reason = f"which is no {role} that we know; map the column to something else"
            faults.add(_unknown(out[role], text), name, _holds(name, text, reason))


def _holds(name: str, text: pa.Array, reason: str) -> Callable[[int], str]:
    return lambda i: f"{name!r} holds {_short(text[i])}, {reason}"


def _filled(cells: pa.Array, value: str) -> pa.Array:
    if cells.null_count == len(cells):
        return pa.repeat(pa.scalar(value, pa.string()), len(cells))
    return cells.fill_null(value)


def _kinds(out: dict[str, pa.Array], mapping: ColumnMapping, rows: int) -> None:
    """The kind that the row tells; else answers make a survey, an event without words an event."""
    kinds = [mapping.kind, "survey", "event"]
    code = np.zeros(rows, np.int32)
    if mapping.first("event") is not None and (mapping.of("text") or mapping.of("score")):
        wordy, answered, happened = (_is_filled(out[c]) for c in ("text", "answers", "event"))
        code[happened & ~answered & ~wordy] = 2
        code[answered] = 1 if mapping.kind in {"message", "event", "order"} else 0
    places = pa.array(code)
    guessed = pa.array(kinds, pa.string()).take(places)
    told = out["kind"].null_count < rows
    out["kind"] = pc.coalesce(out["kind"], guessed) if told else guessed
    if mapping.first("solicited") is None:
        asked = words.translate(out["kind"], ASKED.get, pa.bool_()) if told else None
        out["solicited"] = asked if told else pa.array([ASKED.get(k) for k in kinds], pa.bool_()).take(places)


def _is_filled(cells: pa.Array) -> np.ndarray:
    filled: np.ndarray = cells.is_valid().to_numpy(zero_copy_only=False)
    return filled


def _quarantine(block: Block, rejected: dict[int, tuple[str, str]], file: str) -> pa.Table:
    numbers = block.rows.to_pylist() if rejected else []
    found: list[tuple[int, str | None, str, bytes]] = [
        (numbers[i], column, reason, block.raw(i)) for i, (column, reason) in rejected.items()
    ]
    found += [(r.row, r.column, r.reason, r.raw) for r in block.rejects]
    found.sort(key=lambda f: f[0])
    columns: list[tuple[object, ...]] = list(zip(*found, strict=True)) or [(), (), (), ()]
    arrays = [pa.array([file] * len(found), pa.string()), pa.array(columns[0], pa.int64())]
    arrays += [
        pa.array(columns[1], pa.string()),
        pa.array(columns[2], pa.string()),
        pa.array(columns[3], pa.binary()),
    ]
    return pa.Table.from_arrays(arrays, schema=QUARANTINE)


def _short(cell: pa.Scalar) -> str:
    text = str(cell.as_py())
    return repr(text if len(text) <= 60 else text[:57] + "...")


def latest(now: datetime) -> datetime:
    """The last time that is believed: a day ahead, for clocks and zones that are off."""
    return now + timedelta(days=1)
