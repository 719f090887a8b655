"""What other apps may ask of cases."""

from __future__ import annotations

from touchline.server.care.clocks import UNITS, Calendar, Length, Pause, Unit, due_at, elapsed, is_open, opens_at

__all__ = ["UNITS", "Calendar", "Length", "Pause", "Unit", "due_at", "elapsed", "is_open", "opens_at"]
