"""Journey maps, empathy maps and service blueprints as values: their words, edits, files, templates and exports.

What was measured is laid over a map by `touchline.overlay`; people edit maps together on the server.
"""

from __future__ import annotations

from touchline.maps.edits import Edit, apply
from touchline.maps.model import Belief, Card, Lane, Map, Phase, Proof, Route, Stakeholder, Step

__all__ = ["Belief", "Card", "Edit", "Lane", "Map", "Phase", "Proof", "Route", "Stakeholder", "Step", "apply"]
