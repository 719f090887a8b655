"""Pictures as text: inline SVG and heat tables, drawn from plain values.

Drawings carry classes and presentation attributes only, no style attributes, no scripts and no ids, so that they
live on a page with a strict content policy, many times on one page, and in an e-mail.
"""

from __future__ import annotations

from pathlib import Path

from touchline.figures.bars import CauseBar, cause_bar, stacked_bar
from touchline.figures.colour import jsi_rules
from touchline.figures.gauge import gauge
from touchline.figures.heat import HeatCell, HeatRow, heat_table
from touchline.figures.journey import JourneyStage, journey_line
from touchline.figures.logo import logo
from touchline.figures.trend import TrendPoint, sparkline, trend_line

__all__ = [
    "CauseBar",
    "HeatCell",
    "HeatRow",
    "JourneyStage",
    "TrendPoint",
    "cause_bar",
    "gauge",
    "heat_table",
    "journey_line",
    "logo",
    "sparkline",
    "stacked_bar",
    "stylesheet",
    "trend_line",
]


def stylesheet() -> str:
    """Return the colours of light and dark, and the rules of every class that a drawing uses."""
    return Path(__file__).with_name("figures.css").read_text(encoding="utf-8") + jsi_rules() + "\n"
