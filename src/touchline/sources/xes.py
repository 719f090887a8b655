"""Event logs in XES, packed or not: one interaction per event, the trace as the customer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Final

from touchline.errors import SourceError
from touchline.sources.base import Block, Reading, Reject
from touchline.sources.files import SourceFile
from touchline.sources.flattening import block_of, table_of
from touchline.sources.xes_events import CASE, NAME, Event, events, is_log
from touchline.words import phrase

_BLOCK: Final = 5_000
_SAMPLE: Final = 2_000
#: A trace is a customer and a conversation: its name stands in a second column, for the second role.
CONVERSATION: Final = "case"
_ROLES: Final = {
    f"{CASE}{NAME}": "customer",
    CONVERSATION: "conversation",
    NAME: "event",
    "time:timestamp": "time",
    "org:resource": "agent",
    "org:group": "team",
}


class Xes:
    """Event logs of process mining."""

    name = "xes"
    options = ()

    def recognise(self, file: SourceFile) -> float:
        """XML whose root is a log, perhaps packed by gzip."""
        return 1.0 if is_log(file) else 0.0

    def read(self, file: SourceFile, options: Mapping[str, str]) -> Reading:
        """Find the attributes of the first events."""
        found = list(islice(events(file), _SAMPLE))
        sample = [_cells(event) for event in found if not event.reason]
        if not sample:
            why = found[0].reason if found else "it holds no event"
            raise SourceError(
                phrase("there is no event in this log: {why}", why=str(why)),
                where=str(file.path),
                todo=phrase("export it again"),
            )
        table = table_of(sample)
        columns = tuple(table.column_names)
        return Reading(
            columns=columns,
            sample=table,
            blocks=partial(_blocks, partial(events, file), columns),
            first_row=1,
            roles={column: role for column, role in _ROLES.items() if column in columns},
            kind="event",
            notes=("one interaction per event, a trace is a customer; rows are lines of the log",),
        )


SOURCE: Final = Xes()


def _cells(event: Event) -> dict[str, str]:
    return {**event.cells, CONVERSATION: event.cells[f"{CASE}{NAME}"]}


def _blocks(start: Callable[[], Iterator[Event]], columns: tuple[str, ...]) -> Iterator[Callable[[], Block]]:
    found, row = start(), 1
    while batch := list(islice(found, _BLOCK)):
        lines = _rows(batch, row)
        yield partial(_block, batch, [line - row for line in lines], columns)
        row = lines[-1] + 1


def _rows(batch: list[Event], row: int) -> list[int]:
    """The line of each event; where several stand on one line, the next number that is free."""
    rows = []
    for event in batch:
        row = max(row, event.line)
        rows.append(row)
        row += 1
    return rows


def _block(batch: list[Event], rows: list[int], columns: tuple[str, ...]) -> Block:
    rejects = [Reject(row, event.reason, event.raw) for row, event in zip(rows, batch, strict=True) if event.reason]
    numbered = [(row, _cells(event), event.raw) for row, event in zip(rows, batch, strict=True) if not event.reason]
    return block_of(numbered, rejects, rows[-1] + 1, columns, batch[-1].fraction)
