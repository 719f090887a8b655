"""What other apps may ask of privacy."""

from __future__ import annotations

from touchline.server.privacy.acting import (
    agreements,
    correct,
    erase,
    erasures,
    everything,
    export,
    lift,
    may,
    reapply,
    redact_again,
    retain,
    say,
)
from touchline.server.privacy.api import router
from touchline.server.privacy.following import on_retained
from touchline.server.privacy.signals import erased
from touchline.server.privacy.stores import STORES, unlisted

__all__ = [
    "STORES",
    "agreements",
    "correct",
    "erase",
    "erased",
    "erasures",
    "everything",
    "export",
    "lift",
    "may",
    "on_retained",
    "reapply",
    "redact_again",
    "retain",
    "router",
    "say",
    "unlisted",
]
