"""Who read a workspace's texts, and what that cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from touchline.workspace.status import read_by

if TYPE_CHECKING:
    from touchline.understanding.base import Understander
    from touchline.understanding.llm import Overview
    from touchline.warehouse.duckdb import DuckWarehouse


@dataclass(frozen=True, slots=True)
class Understood:
    """How the texts were read.

    Attributes:
        version: The understander's version.
        method: Its method.
        read_by: How many texts were read by each method, the most first.
        llm: What a language model was asked and paid for; None where none is.
    """

    version: str
    method: str
    read_by: tuple[tuple[str, int], ...]
    llm: Overview | None = None

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "version": self.version,
            "method": self.method,
            "read_by": dict(self.read_by),
            "llm": self.llm.as_json() if self.llm else None,
        }


def understood(reader: Understander, warehouse: DuckWarehouse) -> Understood:
    """Say how the texts in a warehouse were read."""
    from touchline.understanding.llm import LlmUnderstander, overview

    paid = overview(reader) if isinstance(reader, LlmUnderstander) else None
    return Understood(reader.version, reader.method, read_by(warehouse), paid)


def ask_again(reader: Understander) -> int:
    """Let the texts that fell back be asked for again with the next drain; return how many there are."""
    from touchline.understanding.llm import LlmUnderstander
    from touchline.understanding.llm.cache import Cache

    if not isinstance(reader, LlmUnderstander):
        return 0
    with Cache(reader.path, reader.scope) as cache:
        return cache.next_round()
