"""What can stand in the way of a change to a case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from touchline import errors

if TYPE_CHECKING:
    from touchline.server.care.models import Case


class CaseMissing(errors.Missing):
    """There is no such case, file or view here, or the one who asks may not see it."""


class Conflict(errors.Conflict):
    """Somebody else changed the case since it was read. Nothing of either change is lost.

    Attributes:
        case: As it is now.
        wanted: What this change would have made of it.
    """

    def __init__(self, case: Case, wanted: Mapping[str, Any]) -> None:
        self.case, self.wanted = case, dict(wanted)
        super().__init__(
            f"case {case.number} was changed by somebody else: it is at version {case.version} now",
            where=f"case {case.number}",
            todo="read what they did, then send the change with the version as it is now",
        )

    def beside(self) -> dict[str, Any]:
        """Return the case as it is now, and what this change wanted."""
        from touchline.server.care import seeing

        return {"case": seeing.told(self.case), "wanted": self.wanted}
