"""One open project folder: settings, taxonomy, journal, warehouse.

The rooms are imported when they are first asked for: who only takes records in needs no warehouse.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from touchline.workspace.accept import Accepted
    from touchline.workspace.importing import Imported
    from touchline.workspace.status import Status
    from touchline.workspace.workspace import Workspace

__all__ = ["Accepted", "Imported", "Status", "Workspace"]
_ROOMS = {"Accepted": "accept", "Imported": "importing", "Status": "status", "Workspace": "workspace"}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
    return found
