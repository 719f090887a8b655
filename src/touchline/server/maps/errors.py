"""What can stand in the way of a change to a map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from touchline.errors import Conflict, MapError, Missing

if TYPE_CHECKING:
    from touchline.maps import Edit
    from touchline.server.maps.keeping import Kept
    from touchline.server.maps.models import Change


class MapMissing(MapError, Missing):
    """There is no such map here, or no such version, comment or link of it."""


class Exists(Conflict):
    """There is a map of that id already."""


class Clash(Conflict):
    """Others changed meanwhile what some edits change. None of either is lost: nothing of these edits was done.

    Attributes:
        edits: Those of the sender's edits that cannot stand beside the others'.
        kept: The map as it is now.
        since: The others' changes, the oldest first.
    """

    def __init__(self, edits: Sequence[Edit], kept: Kept, since: Sequence[Change]) -> None:
        self.edits, self.kept, self.since = list(edits), kept, list(since)
        super().__init__(
            f"{' and '.join(sorted({one.by for one in since}))} changed the same meanwhile: "
            f"the map is at version {kept.version} now",
            where=kept.map.id,
            todo="look at what they did, then send the change with the version as it is now",
        )

    def beside(self) -> dict[str, Any]:
        """Return the version that the map is at, the others' changes, and the edits that were not done."""
        from touchline.server.maps import plain, telling

        mine = [plain.told(one) for one in self.edits]
        return {"version": self.kept.version, "since": telling.changes(self.since), "edits": mine}
