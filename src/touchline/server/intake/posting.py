"""Records that the server itself has to add: what was done about a customer is part of their journey."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from touchline.errors import InputError
from touchline.server.intake.reading import take
from touchline.sources.base import Chunk
from touchline.vocabulary.schemas import QUARANTINE
from touchline.workspace.accept import Accepted, accept
from touchline.workspace.identify import Identifier

if TYPE_CHECKING:
    from touchline.workspace import Workspace


def post(
    workspace: Workspace, items: Sequence[dict[str, Any]], *, source: str, origin: str, live: bool = False
) -> Accepted:
    """Take records of our own in, as the door would; what this returns for is on disk.

    Records of people who were erased are left out. Records with an id enter once, however often they are posted.

    Args:
        workspace: Open in this process.
        items: As the door takes them; each with an id.
        source: What they call their source.
        origin: Who sends them, for the journal.
        live: Whether it happens now.

    Raises:
        InputError: A record cannot be used; none is taken.
    """
    taken = take(list(items), [source] * len(items), workspace.settings.workspace.timezone, datetime.now(UTC))
    if taken.faults:
        place, fault = next(iter(taken.faults.items()))
        raise InputError(f"record {place + 1}: {fault.reason}", where=fault.column or "")
    table = taken.table.filter(pa.array(~workspace.graveyard.read().refused(taken.table)))
    if not table.num_rows:
        return Accepted(len(items))
    chunk = Chunk(table, QUARANTINE.empty_table())
    return accept(
        workspace.journal, chunk, Identifier(workspace.key), origin=origin, live=live,
        privacy=workspace.settings.privacy,
    )  # fmt: skip
