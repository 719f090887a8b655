"""Parts that other apps add to the pages of customers and accounts: open cases, say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from touchline.figures.markup import Markup
    from touchline.server.journey.page import Visit

#: Makes a panel's content for a customer or an account that the reader may see; nothing where there is nothing to say.
Made = Callable[["Visit", str], "Markup | None"]
_panels: dict[str, Panel] = {}


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of a page.

    Attributes:
        name: Names it; a panel of the same name is replaced.
        on: Whose page it is on.
        made: Makes it. It is made at every visit, and never remembered.
        order: The smaller, the further up.
    """

    name: str
    on: Literal["customer", "account"]
    made: Made
    order: int = 50


def add_panel(panel: Panel) -> None:
    """Add a panel."""
    _panels[panel.name] = panel


def panels(on: str) -> list[Panel]:
    """Return the panels of a kind of page, in order."""
    return sorted((one for one in _panels.values() if one.on == on), key=lambda one: (one.order, one.name))
