"""How records that came over HTTP are read once more, for `touchline.workspace.quarantine`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from touchline.errors import InputError
from touchline.server.intake.events import called
from touchline.server.intake.items import Fault, decoded
from touchline.server.intake.reading import take
from touchline.sources.again import Again


@dataclass(frozen=True, slots=True)
class Door:
    """A door of the intake.

    Attributes:
        calls: Whether its items are calls of the Segment form.
    """

    calls: bool = False

    def values(self, raw: bytes, told: Mapping[str, Any]) -> dict[str, Any]:
        """Return an item's fields; raises `InputError` if it is no object."""
        value, wrong = decoded(raw)
        if wrong or not isinstance(value, dict):
            raise InputError(wrong or "this is no object; a record needs names and values")
        return value

    def read(self, records: Sequence[Mapping[str, Any]], told: Mapping[str, Any], zone: str, now: datetime) -> Again:
        """Read items as the door does."""
        items: list[Any] = [dict(record) for record in records]
        wrong: dict[int, Fault] = {}
        if self.calls:
            for place, record in enumerate(records):
                said = called(dict(record), {})
                items[place] = said.item
                if said.item is None:
                    wrong[place] = said.fault or Fault("this says who is who, and nothing else; send it again")
        taken = take(items, [str(told["source"])] * len(items), zone, now)
        found = {place: (fault.column, fault.reason) for place, fault in (taken.faults | wrong).items()}
        return Again(taken.table, tuple(taken.places.tolist()), found)


INTERACTIONS: Final = Door()
EVENTS: Final = Door(calls=True)
