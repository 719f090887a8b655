"""One open project folder: settings, taxonomy, journal, warehouse."""

from touchline.workspace.accept import Accepted
from touchline.workspace.importing import Imported
from touchline.workspace.status import Status
from touchline.workspace.workspace import Workspace

__all__ = ["Accepted", "Imported", "Status", "Workspace"]
