"""Stages that are being changed, and the words of customers that lie beside them."""

from __future__ import annotations

from typing import Any

from touchline.server.data.models import Draft


def forget_words(sender: Any = None, *, workspace: str, **_: Any) -> None:
    """Let go of the words that drafts show as what would move: one of them may be of somebody who was erased."""
    Draft.objects.filter(workspace=workspace).exclude(moves={}).update(moves={})
