"""What was measured, laid over a designed journey: overlays, gaps, priorities, personas, narratives."""

from __future__ import annotations

from touchline.overlay.overlay import overlay

__all__ = ["overlay"]
