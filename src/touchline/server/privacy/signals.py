"""What other apps may listen to."""

from __future__ import annotations

from typing import Final

from django.dispatch import Signal

#: Somebody was erased from a workspace (``workspace``: its slug), or words in it are past their time or were redacted
#: again: let go of every answer that is remembered.
erased: Final = Signal()
