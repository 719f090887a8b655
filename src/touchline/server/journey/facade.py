"""What other apps may ask of the journey's pages: a page and figures like theirs, and a place on the overview."""

from __future__ import annotations

from touchline.server.journey.cards import Card, add_card
from touchline.server.journey.filtering import OWN, Chosen, bar, chosen
from touchline.server.journey.marking import TONES, marked
from touchline.server.journey.page import TOKEN, Visit, shown, visiting
from touchline.server.journey.panels import Panel, add_panel
from touchline.server.journey.rows import Column, columns
from touchline.server.journey.showing import Shown, ask, figure_card, table

__all__ = [
    "OWN", "TOKEN", "TONES", "Card", "Chosen", "Column", "Panel", "Shown", "Visit", "add_card", "add_panel", "ask",
    "bar", "chosen", "columns", "figure_card", "marked", "shown", "table", "visiting",
]  # fmt: skip
