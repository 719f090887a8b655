"""What other apps may ask of monitoring, and listen to."""

from __future__ import annotations

from touchline.server.monitoring.telling import AlertNotice, GateNotice, on_alert, on_gate

__all__ = ["AlertNotice", "GateNotice", "on_alert", "on_gate"]
