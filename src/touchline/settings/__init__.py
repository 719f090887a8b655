"""What a workspace declares in its ``touchline.toml``: scales, programmes, proxies, segments, limits."""

from __future__ import annotations

from touchline.settings.agreement import open_taxonomy
from touchline.settings.model import (
    Engine,
    Persona,
    Programme,
    Score,
    SegmentRule,
    Segments,
    Settings,
    Workspace,
)
from touchline.settings.privacy import Privacy
from touchline.settings.proxies import Drop, Proxy, Threshold
from touchline.settings.rules import Rule
from touchline.settings.scales import Scale
from touchline.settings.severity import SeverityRule
from touchline.settings.starter import new_toml
from touchline.settings.understanding import Llm, Understanding
from touchline.settings.value import Health, Value

__all__ = [
    "Drop",
    "Engine",
    "Health",
    "Llm",
    "Persona",
    "Privacy",
    "Programme",
    "Proxy",
    "Rule",
    "Scale",
    "Score",
    "SegmentRule",
    "Segments",
    "Settings",
    "SeverityRule",
    "Threshold",
    "Understanding",
    "Value",
    "Workspace",
    "new_toml",
    "open_taxonomy",
]
