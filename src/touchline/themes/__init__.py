"""Themes: those of the taxonomy, those found in customers' words, and what people said of either.

`Book` holds what is not the taxonomy's; `Matcher` says which mention has which theme; `discover` finds new ones.
"""

from touchline.themes.book import NO_THEMES, Book, Edit, Found
from touchline.themes.discovery import LANGUAGES, Discovery, Mentions, discover
from touchline.themes.matching import Matcher

__all__ = ["LANGUAGES", "NO_THEMES", "Book", "Discovery", "Edit", "Found", "Matcher", "Mentions", "discover"]
