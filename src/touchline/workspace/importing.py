"""Taking a file in: chunk after chunk through the door, then one drain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from touchline.drain import RUN_ROWS, Drained
from touchline.settings import Privacy
from touchline.sources.base import Chunk
from touchline.workspace.accept import Accepted, accept
from touchline.workspace.erasing import without_erased
from touchline.workspace.identify import Identifier

if TYPE_CHECKING:
    from touchline.journal import Journal
    from touchline.privacy.tombstones import Tombstones
    from touchline.sources import Export


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file, in records: ``received = stored + duplicate + revised + quarantined``.

    Attributes:
        file: Its path.
        received: Records in it.
        stored: New ones.
        duplicate: Known with the same content.
        revised: Known with other content; the latest counts, the earlier ones are kept.
        quarantined: Not acceptable; kept with their raw bytes and the reason.
        redacted: Places where personal data were replaced.
        waiting: Accepted, but not yet in the warehouse, because another process holds it.
        earlier: Records of earlier imports that had waited, and went into the warehouse with this one.
        reasons: Why records are in quarantine, with their counts.
    """

    file: str
    received: int = 0
    stored: int = 0
    duplicate: int = 0
    revised: int = 0
    quarantined: int = 0
    redacted: int = 0
    waiting: int = 0
    earlier: int = 0
    reasons: tuple[tuple[str, int], ...] = field(default=())

    @classmethod
    def of(
        cls, file: str, door: Accepted, drained: Drained | None, earlier: int, reasons: tuple[tuple[str, int], ...]
    ) -> Imported:
        """Put the door's and the drain's halves together."""
        inside = drained or Drained()
        return cls(
            file=file,
            received=door.received,
            stored=inside.stored,
            duplicate=inside.duplicate + door.repeated,
            revised=inside.revised,
            quarantined=door.quarantined,
            redacted=door.redacted,
            waiting=0 if drained else door.accepted,
            earlier=earlier,
            reasons=reasons,
        )


def take_in(
    export: Export,
    journal: Journal,
    key: bytes,
    *,
    live: bool,
    privacy: Privacy,
    told: Callable[[float], None],
    store: Callable[[], object],
    tombstones: Tombstones,
) -> tuple[Accepted, tuple[tuple[str, int], ...]]:
    """Take all chunks of an export through the door; read the next, and store those before, in other threads.

    Args:
        export: The file.
        journal: Where its chunks go.
        key: The workspace's secret.
        live: Whether it may alert anyone.
        privacy: What is redacted beyond the rules that always hold.
        told: Called with how much of the file is done.
        store: Brings the warehouse up to the journal; called whenever a full run waits.
        tombstones: Whose records are refused.

    Returns:
        The sum over its chunks, and the reasons of the quarantined records with their counts.
    """
    identifier = Identifier(key)
    total, waiting = Accepted(), 0
    reasons: dict[str, int] = {}
    with ThreadPoolExecutor(max_workers=1) as pool:
        storing: Future[object] | None = None
        for read in _ahead(export.chunks()):
            chunk = without_erased(read, tombstones, file=export.path.name)
            reading = export.reading() if chunk.quarantine.num_rows else ""
            door = accept(
                journal, chunk, identifier, origin=export.path.name, live=live, privacy=privacy, reading=reading
            )
            total += door
            waiting += door.accepted
            for reason in chunk.quarantine["reason"].to_pylist():
                reasons[reason] = reasons.get(reason, 0) + 1
            told(chunk.fraction)
            if waiting >= RUN_ROWS and (storing is None or storing.done()):
                if storing:
                    storing.result()  # raises what it raised
                storing, waiting = pool.submit(store), 0
        if storing:
            storing.result()
    ranked = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return total, tuple(ranked)


def _ahead(chunks: Iterator[Chunk]) -> Iterator[Chunk]:
    """Yield the chunks, making the next in another thread meanwhile."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        coming = pool.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = pool.submit(next, chunks, None)
            yield chunk
