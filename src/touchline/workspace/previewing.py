"""How a file would be read, as plain values: its format, its columns with their roles, first rows, what is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from touchline.sources import ColumnMapping, Export, open_export
from touchline.vocabulary.attributes import Attributes

if TYPE_CHECKING:
    from touchline.settings import Settings

#: Records that are looked at for rows to show and for what is wrong.
LOOKED_AT: Final = 2_000
ROWS: Final = 20
FAULTS: Final = 50
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of a file before it is read.

    Attributes:
        mapping: A mapping as TOML; empty to have it guessed.
        source: What its interactions call their source; empty for the file's name.
        zone: Of times that do not tell theirs; empty for the workspace's.
        day: The day of rows in a file without times, ISO; empty for the day on which it was written.
    """

    mapping: str = ""
    source: str = ""
    zone: str = ""
    day: str = ""


def opened(path: Path, said: Said, settings: Settings) -> Export:
    """Return a file, recognised and mapped.

    Raises:
        SourceError: It cannot be read, or the mapping does not fit.
    """
    from touchline.settings import open_taxonomy

    return open_export(
        path,
        mapping=ColumnMapping.from_toml(said.mapping) if said.mapping else None,
        source=said.source or None,
        timezone=said.zone or settings.workspace.timezone,
        taxonomy=open_taxonomy(settings),
        day=date.fromisoformat(said.day) if said.day else None,
    )


def look(path: Path, said: Said, settings: Settings) -> dict[str, Any]:
    """Return how a file would be read. Nothing is stored.

    Args:
        path: The file.
        said: What a person says of it.
        settings: The workspace's.

    Returns:
        ``format``, ``encoding``, ``delimiter``, ``source``, ``kind``, ``time_format``, ``mapping`` (TOML), ``columns``
        (name, looks, role, why, confidence, filled, distinct, samples, score), ``notes``, ``rows`` (the first ones as
        they would be stored, redacted, with what they hold), ``faults`` (row, column, reason), ``looked_at``,
        ``refused`` (how many of those records), ``size``.
    """
    from touchline.sources.chunking import read_chunks
    from touchline.workspace.private import without_personal

    export = opened(path, said, settings)
    first = next(read_chunks(export._reading, export._plan, LOOKED_AT))
    shown = first.interactions.slice(0, ROWS)
    clean, _ = without_personal(shown, Attributes.of(shown["attributes"]), settings.privacy)
    faults = first.quarantine.select(["row", "column", "reason"]).slice(0, FAULTS).to_pylist()
    return {
        "format": export.format, "encoding": export.encoding, "delimiter": export.delimiter, "source": export.source,
        "kind": export.mapping.kind, "time_format": export.mapping.time_format, "mapping": export.mapping.to_toml(),
        "columns": [_column(one) for one in export.columns], "notes": list(export.notes),
        "rows": [_row(row) for row in clean.to_pylist()], "faults": faults,
        "looked_at": first.received, "refused": first.quarantine.num_rows, "size": export.size,
    }  # fmt: skip


def _column(found: Any) -> dict[str, Any]:
    score = found.score
    return {
        "name": found.name, "looks": found.looks, "role": found.role, "why": found.why,
        "confidence": found.confidence, "filled": found.filled, "distinct": found.distinct,
        "samples": [_cut(one, 80) for one in found.samples],
        "score": None if score is None else {"kind": score.kind, "low": score.low, "high": score.high},
    }  # fmt: skip


def _row(row: dict[str, Any]) -> dict[str, Any]:
    """Return what a record holds, without what is empty in it, as texts."""
    told: dict[str, Any] = {}
    for name, value in row.items():
        if value is None or value == [] or name in ("date_only", "valid_from"):
            continue
        if name == "answers":
            told[name] = "; ".join(f"{one['question']} ({one['kind']}) {one['value']:g}" for one in value)
        elif name == "attributes":
            told[name] = "; ".join(f"{key}: {said}" for key, said in value)
        elif hasattr(value, "isoformat"):
            told[name] = value.strftime("%Y-%m-%d" if row.get("date_only") else "%Y-%m-%d %H:%M")
        else:
            told[name] = str(value)
        told[name] = _cut(told[name], _LONGEST)
    return told


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
